//! Reads `verification`: who has to prove what, in the operator's words.

use serde::Deserialize as _;
use toml::de::{DeValue, ValueDeserializer};

use super::error::{Faults, Wrong, did_you_mean};
use super::nearest::nearest;
use super::section::Section;
use crate::model::recipe::Recipe;
use crate::preset::{self, Preset};
use crate::verify::check_recipe;

/// Whether deliveries must prove who sent them, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// They must, as the manifest says.
    Required,
    /// The operator takes anything from anybody, and is reminded of it at every start.
    None,
    /// They must, as this known sender does.
    Preset(&'static Preset),
    /// They must, as the operator wrote; the recipe can be carried out.
    Record(Box<Recipe>),
}

/// The preset of this name; `-` and `_` are the same.
///
/// # Errors
/// There is none; the hint names the one that is meant, or how to see them all.
pub fn known_preset(name: &str) -> Result<&'static Preset, Wrong> {
    preset::find(name).ok_or_else(|| {
        let hint = match nearest(&name.replace('-', "_"), &preset::names()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => "hookhost recipes list shows them all; a record says how another signs, and \"none\" \
                     verifies nothing"
                .into(),
        };
        Wrong::new(format!("{name:?} is no known sender"), hint)
    })
}

/// `"none"`, the name of a preset, or a record.
pub(super) fn read(faults: &mut Faults<'_>, section: &Section<'_>) -> Option<Verification> {
    const KEY: &str = "verification";
    let value = section.value(KEY)?;
    if value.get_ref().is_table() {
        let at = value.span().start;
        return match record(value.clone()) {
            Ok(recipe) => Some(Verification::Record(Box::new(recipe))),
            Err((place, Wrong { what, hint })) => {
                faults
                    .add(place.unwrap_or(at), Wrong::new(format!("{} {KEY}: {what}", section.label()), hint));
                None
            }
        };
    }
    section.parse(faults, KEY, |text| match text {
        "none" => Ok(Verification::None),
        name => known_preset(name).map(Verification::Preset),
    })
}

/// A recipe, or what is wrong with it and where.
fn record(value: toml::Spanned<DeValue<'_>>) -> Result<Recipe, (Option<usize>, Wrong)> {
    let recipe = Recipe::deserialize(ValueDeserializer::from(value)).map_err(|error| {
        let place = error.span().map(|span| span.start);
        (place, Wrong::new(error.message(), meant(error.message())))
    })?;
    let hint = "hookhost recipes show stripe --json has a record to compare with";
    check_recipe(&recipe).map_err(|error| (None, Wrong::new(error.to_string(), hint)))?;
    Ok(recipe)
}

/// The hint for a message that quotes an unknown word and then the known ones.
fn meant(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let known = |word: &str| format!("{word:?}");
    match (message.starts_with("unknown "), quoted.next()) {
        (true, Some(word)) => did_you_mean(word, &quoted.collect::<Vec<_>>(), known),
        _ => {
            "the words are those of wit/manifest.wit, with _ for -; hookhost recipes show has records".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::read::parse;
    use crate::model::recipe::{Encoding, Hash, KeyEncoding, Scheme};

    fn verification(text: &str) -> Result<Verification, String> {
        let file = format!("[providers.acme]\nverification = {text}\n");
        let config = parse(&file, Path::new("/etc/hookhost.toml"))
            .map_err(|error| format!("{error} / {}", error.hint()))?;
        Ok(config.providers.into_values().next().unwrap().verification)
    }

    const GOOD: &str = r#"{ scheme = { hmac = "sha1" }, key = "hex", signature = { at = [{ header = "x-mac" }],
        format = { prefix = "sha1=" }, encoding = "base64url" }, signed = ["method", { body = "raw" }] }"#;

    #[test]
    fn a_record_is_read_word_for_word() {
        let Ok(Verification::Record(recipe)) = verification(GOOD) else { panic!("{:?}", verification(GOOD)) };
        assert_eq!((recipe.scheme, recipe.key), (Scheme::Hmac(Hash::Sha1), KeyEncoding::Hex));
        assert_eq!((recipe.signature.encoding, recipe.signature.max), (Encoding::Base64Url, 8));
        assert_eq!((recipe.signed.len(), &*recipe.secret), (2, "webhook_secret"));
    }

    #[test]
    fn a_known_sender_is_named_with_either_stroke() {
        for name in ["standard-webhooks", "standard_webhooks"] {
            let read = verification(&format!("{name:?}"));
            assert_eq!(read, Ok(Verification::Preset(preset::find(name).unwrap())));
        }
        assert_eq!(verification("\"none\""), Ok(Verification::None));
    }

    #[test]
    fn what_a_record_cannot_say_is_an_error_with_a_hint() {
        for (from, to, expected) in [
            ("hmac = \"sha1\"", "hmac = \"sha3\"", "unknown variant `sha3`"),
            ("hmac = \"sha1\"", "hmac = \"sha265\"", "did you mean \"sha256\"?"),
            ("signed =", "sigend =", "did you mean \"signed\"?"),
            ("encoding = \"base64url\"", "", "missing field `encoding`"),
            ("key = \"hex\"", "key = \"pem\"", "known are \"utf8\""),
            ("header =", "cookie =", "unknown variant `cookie`"),
            (", { body = \"raw\" }", "", "nothing is signed"),
            ("x-mac", "x mac", "no name of a header"),
            (", encoding", ", max = 0, encoding", "`max` is 0"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let error = verification(&GOOD.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(expected), "{expected}: {error}");
            assert!(error.contains("[providers.acme] verification: "), "{error}");
        }
        for (text, expected) in [
            ("\"strpe\"", "did you mean \"stripe\"?"),
            ("\"xyz\"", "hookhost recipes list"),
            ("true", "must be text"),
        ] {
            let error = verification(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
