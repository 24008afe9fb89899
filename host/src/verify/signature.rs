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
    let mut seen = Vec::new();
    for at in &rule.at {
        if let Some(text) = Values::new(request, &[]).get(at)? {
            seen.push((at, text));
        }
    }
    if seen.is_empty() {
        return Err(Refusal::SignatureMissing { at: places(rule.at.iter()) });
    }

    let mut texts = Vec::new();
    let mut fields = Vec::new();
    for (_, text) in &seen {
        read(&rule.format, text, &mut texts, &mut fields);
    }
    texts.truncate(bounds::SIGNATURES.min(rule.max.into()));
    let signatures: Vec<Vec<u8>> = texts.into_iter().filter_map(|text| bytes(recipe, text)).collect();
    if signatures.is_empty() {
        let at = places(seen.iter().map(|(at, _)| *at));
        return Err(Refusal::SignatureUnreadable { at, form: form(recipe) });
    }
    Ok(Found { signatures, fields })
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

/// Takes one value apart into signatures and the fields beside them.
fn read<'t>(format: &SignatureFormat, text: &'t str, signatures: &mut Vec<&'t str>, fields: &mut Vec<Field>) {
    match format {
        SignatureFormat::Raw => signatures.push(text),
        SignatureFormat::Prefix(prefix) => signatures.extend(text.strip_prefix(prefix)),
        SignatureFormat::Pairs(pairs) => {
            for item in text.split(&pairs.separator) {
                match item.trim().split_once(&pairs.equals) {
                    Some((label, value)) if label == pairs.label => signatures.push(value),
                    Some((label, value)) => fields.push((label.to_owned(), value.to_owned())),
                    None => {}
                }
            }
        }
        SignatureFormat::Versioned(pairs) => {
            let labelled = text.split(&pairs.separator).filter_map(|item| item.split_once(&pairs.equals));
            signatures.extend(labelled.filter(|(label, _)| *label == pairs.label).map(|(_, value)| value));
        }
    }
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

fn places<'l>(at: impl Iterator<Item = &'l Locator>) -> String {
    at.map(place).collect::<Vec<_>>().join(", ")
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
