//! Finds the word that somebody probably meant.

/// How alike two words must be, from 0 to 1: `retry` is meant to be `retries`, `color` is nothing.
const ALIKE: f64 = 0.8;

/// The known word most like `word`; `None` when nothing is alike.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = word.to_lowercase();
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(&word, known), *known))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_finds_nothing() {
        let known = ["listen", "public_url", "body_limit", "timeout", "retries", "command"];
        for (word, expected) in [
            ("timout", Some("timeout")),
            ("retry", Some("retries")),
            ("Public-URL", Some("public_url")),
            ("cmd", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), expected, "{word}");
        }
    }
}
