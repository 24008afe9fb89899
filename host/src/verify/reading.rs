//! The ways to read a request, where a sender may have signed another spelling than the one that arrived.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::iter;

use crate::model::http::Request;
use crate::model::recipe::{BodyForm, Part, Recipe};

use super::address::{address, spellings};
use super::refusal::Refusal;

/// One body and one URL that the sender may have signed.
pub(super) struct Reading<'a> {
    pub(super) body: Cow<'a, [u8]>,
    /// Empty where the recipe signs no URL.
    pub(super) url: Cow<'a, str>,
}

/// All ways to read this request, the likeliest first; each is made only when the ones before did not fit.
pub(super) fn readings<'a>(
    recipe: &Recipe,
    public_url: Option<&str>,
    request: &'a Request,
) -> Result<impl Iterator<Item = Reading<'a>>, Refusal> {
    // A recipe signs at most one body and one URL; `check_recipe` sees to it.
    let body_form = recipe.signed.iter().find_map(|part| match part {
        Part::Body(form) => Some(*form),
        _ => None,
    });
    let url_form = recipe.signed.iter().find_map(|part| match part {
        Part::Url(form) => Some(*form),
        _ => None,
    });
    let urls = match url_form {
        Some(form) => spellings(form, &address(public_url.ok_or(Refusal::NoPublicUrl)?, request)),
        None => Vec::new(),
    };
    let body = request.body.as_slice();
    let escaped =
        iter::once_with(move || (body_form == Some(BodyForm::RawOrEscaped)).then(|| escape(body))).flatten();
    let bodies = iter::once(Cow::Borrowed(body)).chain(escaped.flatten().map(Cow::Owned));
    Ok(bodies.flat_map(move |body| {
        let urls = urls.clone();
        // Without a URL that is signed there is one reading all the same.
        (0..urls.len().max(1)).map(move |index| Reading {
            body: body.clone(),
            url: urls.get(index).cloned().map_or(Cow::Borrowed(""), Cow::Owned),
        })
    }))
}

/// The body with everything beyond ASCII as lower-case `\uXXXX`, in surrogate pairs where needed; `None`
/// when that changes nothing or it is not UTF-8.
pub(super) fn escape(body: &[u8]) -> Option<Vec<u8>> {
    if body.is_ascii() {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    let mut escaped = String::with_capacity(body.len() * 2);
    for c in text.chars() {
        if c.is_ascii() {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(escaped, "\\u{unit:04x}").expect("a String takes every text");
        }
    }
    Some(escaped.into_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_and_emoji_are_escaped_in_lower_case() {
        for (body, expected) in [
            ("{\"a\": \"\\n\u{7f}\"}", None),
            ("\"ä\"", Some(r#""\u00e4""#)),
            ("\"a😀b\"", Some(r#""a\ud83d\ude00b""#)),
            ("\"\\u00E4ß\"", Some(r#""\u00E4\u00df""#)),
        ] {
            assert_eq!(escape(body.as_bytes()).as_deref(), expected.map(str::as_bytes), "{body}");
        }
        assert_eq!(escape(b"\xff"), None);
    }

    proptest! {
        #[test]
        fn an_escaped_json_string_is_the_same_string(text in "\\PC*") {
            let json = serde_json::to_string(&text).unwrap();
            if let Some(escaped) = escape(json.as_bytes()) {
                prop_assert!(escaped.is_ascii());
                prop_assert_eq!(serde_json::from_slice::<String>(&escaped).unwrap(), text);
            }
        }
    }
}
