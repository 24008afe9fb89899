//! Takes secret values out of whatever is about to be logged, stored or answered.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::secret::Secret;

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";

/// Knows every secret value and replaces each occurrence by `[redacted]`.
///
/// Found are the value as it is, with any of its bytes percent-encoded (as in a URL), and with
/// backslashes before its characters (as in JSON). A text without secrets costs one look at each byte, more only
/// where a secret might begin, and is not copied. A thousand secrets cost little more than one.
#[derive(Clone)]
pub struct Redactor {
    /// In order, none twice: those that begin alike stand together.
    secrets: Vec<Secret>,
    /// Whether an occurrence may begin with this byte.
    begins: [bool; 256],
}

/// Knows no secret.
impl Default for Redactor {
    fn default() -> Self {
        Self::new([])
    }
}

impl Redactor {
    /// Takes the values to look for; an empty one is left out, since it would be found everywhere.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut secrets: Vec<Secret> =
            secrets.into_iter().filter(|secret| !secret.expose().is_empty()).collect();
        secrets.sort_unstable_by(|one, other| one.expose().cmp(other.expose()));
        secrets.dedup_by(|one, other| one.expose() == other.expose());
        let mut begins = [false; 256];
        for secret in &secrets {
            for byte in [secret.expose().as_bytes()[0], b'%', b'\\'] {
                begins[usize::from(byte)] = true;
            }
        }
        Self { secrets, begins }
    }

    /// The text without secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found = self.find(text.as_bytes());
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        // Every range begins and ends at a character: a secret is whole characters, and so are `%XX` and `\`.
        let mut clean = String::with_capacity(text.len());
        let mut copied = 0;
        for range in found {
            clean.push_str(&text[copied..range.start]);
            clean.push_str(REDACTED);
            copied = range.end;
        }
        clean.push_str(&text[copied..]);
        Cow::Owned(clean)
    }

    /// The bytes without secrets.
    pub fn bytes<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        let found = self.find(bytes);
        if found.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut clean = Vec::with_capacity(bytes.len());
        let mut copied = 0;
        for range in found {
            clean.extend_from_slice(&bytes[copied..range.start]);
            clean.extend_from_slice(REDACTED.as_bytes());
            copied = range.end;
        }
        clean.extend_from_slice(&bytes[copied..]);
        Cow::Owned(clean)
    }

    /// Where secrets stand, in order; overlapping ones are one range, so that no tail is left over.
    fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for start in 0..bytes.len() {
            if !self.begins[usize::from(bytes[start])] {
                continue;
            }
            let Some(length) = longest(&self.secrets, &bytes[start..]) else { continue };
            let end = start + length;
            match found.last_mut() {
                Some(last) if start < last.end => last.end = last.end.max(end),
                _ => found.push(start..end),
            }
        }
        found
    }
}

/// Secrets that are left, after so many of their bytes were found in so many of the text's.
type Way = (Range<usize>, usize, usize);

/// How many bytes the longest of the secrets takes with which `text` begins. The secrets are in order.
fn longest(secrets: &[Secret], text: &[u8]) -> Option<usize> {
    let mut longest = None;
    // A byte may stand for itself or be the beginning of a longer form, so there may be two ways on. Those that meet
    // again are gone once: every escaped backslash would double them.
    let (mut way, mut other_ways, mut gone) = (Some((0..secrets.len(), 0, 0)), Vec::<Way>::new(), 0);
    loop {
        let Some((left, known, at)) =
            way.take().or_else(|| other_ways.get(gone).cloned().inspect(|_| gone += 1))
        else {
            return longest;
        };
        // The shortest stands first.
        let Some(shortest) = secrets[left.clone()].first() else { continue };
        if shortest.expose().len() == known {
            longest = longest.max(Some(at));
        }
        let rest = &text[at..];
        let longer = match rest {
            [b'%', high, low, ..] => decoded(*high, *low).map(|byte| (byte, 3)),
            [b'\\', next, ..] => Some((*next, 2)),
            _ => None,
        };
        let on = |(byte, taken)| (with_byte(secrets, &left, known, byte), known + 1, at + taken);
        if let Some(other) = longer.map(on).filter(|(left, ..)| !left.is_empty())
            && !other_ways.contains(&other)
        {
            other_ways.push(other);
        }
        way = rest.first().map(|byte| on((*byte, 1)));
    }
}

/// Those with this byte in this place; they stand together where all begin alike up to there.
fn with_byte(secrets: &[Secret], left: &Range<usize>, place: usize, byte: u8) -> Range<usize> {
    let at = |secret: &Secret| secret.expose().as_bytes().get(place).copied();
    let (begin, secrets) = (left.start, &secrets[left.clone()]);
    let with =
        |is_before: &dyn Fn(Option<u8>) -> bool| begin + secrets.partition_point(|one| is_before(at(one)));
    with(&|found| found < Some(byte))..with(&|found| found <= Some(byte))
}

fn decoded(high: u8, low: u8) -> Option<u8> {
    let digit = |hex: u8| char::from(hex).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets.iter().map(|text| Secret::new(*text)))
    }

    #[test]
    fn every_form_of_a_secret_is_replaced() {
        let token = "123:ABC-\"d/é";
        for (text, clean) in [
            ("nothing here", "nothing here"),
            ("a 123:ABC-\"d/é b", "a [redacted] b"),
            ("/bot123%3AABC-%22d/%C3%A9/x", "/bot[redacted]/x"),
            ("/bot123%3aABC%2d%22d%2f%c3%a9/x", "/bot[redacted]/x"),
            (r#"{"t":"123:ABC-\"d\/é"}"#, r#"{"t":"[redacted]"}"#),
            ("123:ABC-\"d/é123:ABC-\"d/é", "[redacted][redacted]"),
            ("123:ABC-\"d/", "123:ABC-\"d/"),
            ("100% \\ %3", "100% \\ %3"),
            ("", ""),
        ] {
            assert_eq!(redactor(&[token]).text(text), clean);
            assert_eq!(redactor(&[token]).bytes(text.as_bytes()), clean.as_bytes());
        }
    }

    #[test]
    fn a_secret_with_a_percent_sign_is_found_as_it_stands_and_encoded() {
        for text in ["p%41ssword", "p%2541ssword"] {
            assert_eq!(redactor(&["p%41ssword"]).text(text), "[redacted]", "{text}");
        }
    }

    #[test]
    fn secrets_that_overlap_leave_nothing_behind() {
        let redactor = redactor(&["abcdefgh", "abcdefghij", "ijklmnop", ""]);
        for (text, clean) in [("abcdefghijklmnop.", "[redacted]."), ("xabcdefghi", "x[redacted]i")] {
            assert_eq!(redactor.text(text), clean);
        }
    }

    #[test]
    fn each_of_many_secrets_is_found_and_the_longest_counts() {
        let secrets: Vec<String> = (0..1_000).map(|number| format!("whsec_{number}")).collect();
        let redactor = Redactor::new(secrets.iter().chain(&secrets).cloned().map(Secret::new));
        for (text, clean) in [
            ("whsec_7 whsec_71 whsec_713", "[redacted] [redacted] [redacted]"),
            ("whsec_7134", "[redacted]4"),
            (r"w%68sec\_%3713", "[redacted]"),
            ("whsec_ whse", "whsec_ whse"),
        ] {
            assert_eq!(redactor.text(text), clean);
        }
        assert_eq!(format!("{redactor:?}"), "Redactor(1000 secrets)");
    }

    #[test]
    fn a_secret_of_backslashes_is_found_however_often_they_were_escaped() {
        let key = "-----BEGIN\\n".to_owned() + &"MII\\n".repeat(60);
        for form in [key.clone(), key.replace('\\', r"\\"), key.replace('\\', "%5C")] {
            assert_eq!(redactor(&[&key]).text(&form), "[redacted]", "{form}");
        }
    }

    #[test]
    fn a_text_without_secrets_is_not_copied() {
        assert!(matches!(redactor(&["abcdefgh"]).text("100 % abcdefg"), Cow::Borrowed(_)));
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", redactor(&["abcdefgh"])), "Redactor(1 secrets)");
    }

    proptest! {
        #[test]
        fn no_secret_survives(secret in "[ -~é]{8,20}", before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let encoded: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
            for form in [&secret, &encoded] {
                let text = format!("{before}{form}{after}");
                prop_assert!(redactor(&[&secret]).text(&text).contains(REDACTED));
            }
        }
    }
}
