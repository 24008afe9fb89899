//! Finds the signatures that a request carries.

use crate::model::bounds;
use crate::model::http::{Field, Request};
use crate::model::recipe::{Locator, Pairs, Recipe, Scheme, SignatureFormat};

use super::encoding;
use super::locate::{Values, place};
use super::refusal::Refusal;

/// What stands where signatures are looked for.
pub(super) struct Found {
    /// The bytes of each signature or token; at least one.
    pub(super) signatures: Vec<Vec<u8>>,
    /// What stood beside them.
    pub(super) fields: Vec<Field>,
}

/// Finds every signature, up to the recipe's bound and [`bounds::SIGNATURES`].
pub(super) fn find(recipe: &Recipe, request: &Request) -> Result<Found, Refusal> {
    let rule = &recipe.signature;
    let most = bounds::SIGNATURES.min(rule.max.into());
    let (mut signatures, mut fields) = (Vec::with_capacity(1), Vec::new());
    let (mut seen, mut candidates) = (false, 0);
    for at in &rule.at {
        let Some(text) = Values::new(request, &[]).get(at)? else { continue };
        seen = true;
        read(&rule.format, &text, &mut fields, |candidate| {
            candidates += 1;
            if candidates <= most {
                signatures.extend(bytes(recipe, candidate));
            }
        });
    }
    match (seen, signatures.is_empty()) {
        (false, _) => Err(Refusal::SignatureMissing { at: places(&rule.at) }),
        (true, true) => Err(Refusal::SignatureUnreadable { at: places(&rule.at), form: form(recipe) }),
        (true, false) => Ok(Found { signatures, fields }),
    }
}

/// Writes a signature's text, and fields beside it, as [`find`] reads them.
pub(super) fn write(recipe: &Recipe, text: &str, fields: &[Field]) -> String {
    match &recipe.signature.format {
        SignatureFormat::Raw if recipe.scheme == Scheme::Basic => format!("Basic {text}"),
        SignatureFormat::Raw => text.to_owned(),
        SignatureFormat::Prefix(prefix) => format!("{prefix}{text}"),
        SignatureFormat::Pairs(Pairs { separator, equals, label })
        | SignatureFormat::Versioned(Pairs { separator, equals, label }) => fields
            .iter()
            .map(|(name, value)| format!("{name}{equals}{value}"))
            .chain([format!("{label}{equals}{text}")])
            .collect::<Vec<_>>()
            .join(separator),
    }
}

/// Takes one value apart into signatures, which are `found`, and the fields beside them.
fn read(format: &SignatureFormat, text: &str, fields: &mut Vec<Field>, mut found: impl FnMut(&str)) {
    match format {
        SignatureFormat::Raw => found(text),
        SignatureFormat::Prefix(prefix) => _ = text.strip_prefix(prefix).map(found),
        SignatureFormat::Pairs(pairs) => {
            for item in pieces(text, &pairs.separator) {
                match cut(item.trim(), &pairs.equals) {
                    Some((label, value)) if label == pairs.label => found(value),
                    Some((label, value)) => fields.push((label.to_owned(), value.to_owned())),
                    None => {}
                }
            }
        }
        SignatureFormat::Versioned(pairs) => {
            let labelled = pieces(text, &pairs.separator).filter_map(|item| cut(item, &pairs.equals));
            labelled.filter(|(label, _)| *label == pairs.label).for_each(|(_, value)| found(value));
        }
    }
}

/// What stands before and behind the first of these separators. Nearly all are one character, for which the standard
/// library would prepare a search that takes longer than the search itself.
fn cut<'t>(text: &'t str, separator: &str) -> Option<(&'t str, &'t str)> {
    match separator.as_bytes() {
        [byte] => {
            let at = text.bytes().position(|other| other == *byte)?;
            Some((&text[..at], &text[at + 1..]))
        }
        _ => text.split_once(separator),
    }
}

fn pieces<'t>(text: &'t str, separator: &str) -> impl Iterator<Item = &'t str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (piece, behind) = match cut(rest?, separator) {
            Some((piece, behind)) => (piece, Some(behind)),
            None => (rest?, None),
        };
        rest = behind;
        Some(piece)
    })
}

fn bytes(recipe: &Recipe, text: &str) -> Option<Vec<u8>> {
    match recipe.scheme {
        Scheme::Token => Some(text.as_bytes().to_vec()),
        // The scheme's name is read in any case, as HTTP wants it; a prefix in the recipe has removed it.
        Scheme::Basic => match text.split_once(' ') {
            Some((name, rest)) if name.eq_ignore_ascii_case("basic") => {
                encoding::decode(recipe.signature.encoding, rest)
            }
            _ => encoding::decode(recipe.signature.encoding, text),
        },
        _ => encoding::decode(recipe.signature.encoding, text),
    }
}

fn places(at: &[Locator]) -> String {
    at.iter().map(place).collect::<Vec<_>>().join(", ")
}

/// What was looked for, in words for an operator.
fn form(recipe: &Recipe) -> String {
    let what = match recipe.scheme {
        Scheme::Token => "a token",
        _ => encoding::name(recipe.signature.encoding),
    };
    match &recipe.signature.format {
        SignatureFormat::Raw => what.to_owned(),
        SignatureFormat::Prefix(prefix) => format!("{what} after {prefix:?}"),
        SignatureFormat::Pairs(pairs) | SignatureFormat::Versioned(pairs) => {
            format!("{what} labelled {:?}", pairs.label)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_list_is_taken_apart_as_the_standard_library_would(text in "[a,=;ä ]{0,24}", separator in "[,=]|, |ä") {
            let found: Vec<_> = pieces(&text, &separator).collect();
            prop_assert_eq!(found, text.split(&separator).collect::<Vec<_>>());
            prop_assert_eq!(cut(&text, &separator), text.split_once(&separator));
        }
    }
}
