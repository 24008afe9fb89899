//! `context.json`: what every case of a folder is given.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use super::folder::{self, CONTEXT};
use crate::cli::failure::Failure;
use crate::model::http::Field;
use crate::model::manifest::Manifest;
use crate::model::secret::Secret;
use crate::model::time::Time;
use crate::plugin::Context;
use crate::verify::Secrets;

/// A moment that is the same in every run: 2026-09-21, 14:13:20 UTC.
const NOW: Time = Time(1_790_000_000_000);

/// What every case of a folder is given.
pub(super) struct CaseContext {
    /// For the plugin.
    pub(super) context: Context,
    /// What requests prove themselves with; none: they need not.
    pub(super) secrets: Secrets,
    /// What signatures over the URL are made over.
    pub(super) public_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    now_ms: Option<u64>,
    attempt: u32,
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    public_url: Option<String>,
}

impl CaseContext {
    /// Reads the file, where there is one.
    ///
    /// # Errors
    /// When it cannot be read, or names what the manifest does not.
    pub(super) fn read(folder: &Path, manifest: &Manifest) -> Result<Self, Failure> {
        let path = folder.join(CONTEXT);
        let wrong = |what: String| {
            Failure::new(
                format!("{}: {what}", path.display()),
                r#"write it like {"now_ms": 1790000000000, "settings": {"name": "value"}, "secrets": {"name": "value"}}; each may be left out"#,
            )
        };
        let written = match folder::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => Written::default(),
            Err(error) => return Err(wrong(format!("it cannot be read: {error}"))),
        };
        Self::of(written, manifest).map_err(wrong)
    }

    fn of(written: Written, manifest: &Manifest) -> Result<Self, String> {
        let settings: Vec<&str> = manifest.settings.iter().map(|need| need.name.as_str()).collect();
        let secrets: Vec<&str> = manifest.secrets.iter().map(|need| need.name.as_str()).collect();
        declared("setting", written.settings.keys(), &settings)?;
        declared("secret", written.secrets.keys(), &secrets)?;
        let secret = |(name, text): (String, String)| (name, vec![Secret::new(text)]);
        Ok(Self {
            context: Context {
                now: written.now_ms.map_or(NOW, Time),
                settings: given(manifest, &written.settings),
                attempt: written.attempt,
            },
            secrets: written.secrets.into_iter().map(secret).collect(),
            public_url: written.public_url,
        })
    }
}

/// As a host gives them: in the manifest's order, with its defaults.
fn given(manifest: &Manifest, settings: &BTreeMap<String, String>) -> Vec<Field> {
    let value = |name: &str, default: &Option<String>| settings.get(name).or(default.as_ref()).cloned();
    let needs = manifest.settings.iter();
    needs.filter_map(|need| Some((need.name.clone(), value(&need.name, &need.default)?))).collect()
}

fn declared<'a>(what: &str, names: impl Iterator<Item = &'a String>, known: &[&str]) -> Result<(), String> {
    for name in names {
        if !known.contains(&name.as_str()) {
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            return Err(format!("the manifest has no {what} {name:?}; it has {known}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::manifest::SettingNeed;
    use crate::model::testing;

    fn manifest() -> Manifest {
        let setting = |name: &str, default: Option<&str>| SettingNeed {
            name: name.into(),
            about: String::new(),
            required: false,
            default: default.map(Into::into),
        };
        let settings = vec![setting("a", Some("1")), setting("b", None), setting("c", Some("3"))];
        Manifest { settings, ..testing::manifest("x") }
    }

    fn read(json: &str) -> Result<CaseContext, String> {
        CaseContext::of(serde_json::from_str(json).unwrap(), &manifest())
    }

    #[test]
    fn what_is_not_said_is_as_the_manifest_has_it_and_the_same_every_time() {
        for (json, now, settings) in [
            ("{}", NOW, vec![("a", "1"), ("c", "3")]),
            (
                r#"{"now_ms": 5, "settings": {"c": "x", "b": "2"}}"#,
                Time(5),
                vec![("a", "1"), ("b", "2"), ("c", "x")],
            ),
        ] {
            let context = read(json).unwrap().context;
            let settings: Vec<_> = settings.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
            assert_eq!((context.now, context.settings), (now, settings), "{json}");
        }
    }

    #[test]
    fn what_the_manifest_does_not_know_is_a_mistake() {
        for (json, expected) in [
            (r#"{"settings": {"d": ""}}"#, "the manifest has no setting \"d\"; it has a, b, c"),
            (r#"{"secrets": {"a": ""}}"#, "the manifest has no secret \"a\"; it has none"),
        ] {
            assert_eq!(read(json).err().as_deref(), Some(expected));
        }
    }
}
