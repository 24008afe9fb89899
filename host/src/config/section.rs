//! Takes the keys of one table of the file, noting what is wrong with each.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Faults, Wrong, did_you_mean};

/// A table of the file. Every method notes a wrong value and then answers as if the key were not there.
pub(super) struct Section<'t> {
    /// As the file writes it: `[server]`, `[[routes]]`.
    label: String,
    table: &'t DeTable<'t>,
    at: usize,
}

impl<'t> Section<'t> {
    /// Takes the value for a table and notes every key that is not a known one.
    pub(super) fn new(
        faults: &mut Faults<'_>,
        label: String,
        value: &'t Spanned<DeValue<'t>>,
        known: &[&str],
    ) -> Option<Self> {
        let at = value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            let what = format!("{label} must be a section, not {}", kind(value.get_ref()));
            faults.add(at, Wrong::new(what, format!("write {label} on a line of its own, its keys below")));
            return None;
        };
        let section = Self { label, table, at };
        for key in table.keys() {
            if !known.contains(&&**key.get_ref()) {
                faults.add(key.span().start, section.unknown(key.get_ref(), known));
            }
        }
        Some(section)
    }

    fn unknown(&self, key: &str, known: &[&str]) -> Wrong {
        let label = &self.label;
        if looks_like_secret(key) {
            let what = format!("{key:?} in {label} looks like a secret, and secrets never stand in the file");
            return Wrong::new(
                what,
                "remove it and set it in the environment; hookhost check names the variable",
            );
        }
        let hint = did_you_mean(key, known, |known| format!("{known:?}"));
        Wrong::new(format!("unknown key {key:?} in {label}"), hint)
    }

    /// Where this key stands, else where the section does: for what is wrong with several keys together.
    pub(super) fn at(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.at, |value| value.span().start)
    }

    /// Whether the file says anything for this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The key's value, for whoever reads it otherwise.
    pub(super) fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key)
    }

    /// How the file writes this section.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// The key's text, read by `read`.
    pub(super) fn parse<T>(
        &self,
        faults: &mut Faults<'_>,
        key: &str,
        read: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let value = self.table.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            faults.add(
                value.span().start,
                self.wrong_kind(
                    key,
                    "text",
                    value,
                    "text stands in quotes, also durations and sizes: \"30s\", \"3MiB\"",
                ),
            );
            return None;
        };
        self.noted(faults, key, value, read(text))
    }

    /// The key's whole number.
    pub(super) fn number(
        &self,
        faults: &mut Faults<'_>,
        key: &str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let value = self.table.get(key)?;
        let hint = format!("write {} to {}, without quotes", range.start(), range.end());
        let Some(number) = value.get_ref().as_integer() else {
            faults.add(value.span().start, self.wrong_kind(key, "a whole number", value, &hint));
            return None;
        };
        let parsed = u32::from_str_radix(number.as_str(), number.radix()).ok();
        let in_range = parsed.filter(|number| range.contains(number));
        self.noted(faults, key, value, in_range.ok_or_else(|| Wrong::new("out of range", hint)))
    }

    /// Whether the key is true.
    pub(super) fn truth(&self, faults: &mut Faults<'_>, key: &str) -> Option<bool> {
        let value = self.table.get(key)?;
        let DeValue::Boolean(truth) = value.get_ref() else {
            let hint = format!("write {key} = true or {key} = false, without quotes");
            faults.add(value.span().start, self.wrong_kind(key, "true or false", value, &hint));
            return None;
        };
        Some(*truth)
    }

    /// The key's list of texts, each read by `read`; what is wrong is left out.
    pub(super) fn list<T>(
        &self,
        faults: &mut Faults<'_>,
        key: &str,
        read: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Vec<T>> {
        let value = self.table.get(key)?;
        let hint = format!("write {key} = [\"...\"]");
        let Some(items) = value.get_ref().as_array() else {
            faults.add(value.span().start, self.wrong_kind(key, "a list of texts", value, &hint));
            return None;
        };
        let mut list = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) => list.extend(self.noted(faults, key, item, read(text))),
                None => faults.add(item.span().start, self.wrong_kind(key, "a list of texts", item, &hint)),
            }
        }
        Some(list)
    }

    /// The key's table of plain values, each as text.
    pub(super) fn plain_values(&self, faults: &mut Faults<'_>, key: &str) -> BTreeMap<String, String> {
        let Some(value) = self.table.get(key) else { return BTreeMap::new() };
        let Some(table) = value.get_ref().as_table() else {
            let hint = format!("write {key} = {{ name = \"value\" }}");
            faults.add(value.span().start, self.wrong_kind(key, "a table", value, &hint));
            return BTreeMap::new();
        };
        let mut values = BTreeMap::new();
        for (name, value) in table.iter() {
            match plain(value.get_ref()) {
                Some(text) => _ = values.insert(name.get_ref().to_string(), text),
                None => {
                    let key = format!("{key}.{}", name.get_ref());
                    let wrong =
                        self.wrong_kind(&key, "text, a number, true or false", value, "write it as text");
                    faults.add(value.span().start, wrong);
                }
            }
        }
        values
    }

    fn noted<T>(
        &self,
        faults: &mut Faults<'_>,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        read: Result<T, Wrong>,
    ) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(Wrong { what, hint }) => {
                faults.add(value.span().start, Wrong::new(format!("{} {key}: {what}", self.label), hint));
                None
            }
        }
    }

    fn wrong_kind(&self, key: &str, expected: &str, value: &Spanned<DeValue<'_>>, hint: &str) -> Wrong {
        let what = format!("{} {key} must be {expected}, not {}", self.label, kind(value.get_ref()));
        Wrong::new(what, hint)
    }
}

/// Whether a key of this name would hold a secret: `bot_token`, `app-secret`, `api_key`.
pub(super) fn looks_like_secret(key: &str) -> bool {
    const WORDS: [&str; 7] = ["secret", "secrets", "token", "password", "passwd", "credentials", "apikey"];
    let key = key.to_lowercase().replace('-', "_");
    key.ends_with("_key") || key.split('_').any(|word| WORDS.contains(&word))
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some(number.to_string())
        }
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_would_hold_secrets_are_known_by_their_words() {
        for (key, secret) in [
            ("secret", true),
            ("bot_token", true),
            ("APP-SECRET", true),
            ("api_key", true),
            ("password", true),
            ("max_tokens", false),
            ("keyboard", false),
            ("phone_number_id", false),
        ] {
            assert_eq!(looks_like_secret(key), secret, "{key}");
        }
    }
}
