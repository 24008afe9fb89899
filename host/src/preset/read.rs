//! Reads the presets that are compiled in.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Preset;
use crate::model::http::Field;
use crate::model::manifest::{Acknowledgement, SecretNeed};
use crate::model::recipe::{Handshake, Recipe};

const FILES: [&str; 4] = [
    include_str!("../../presets/body.toml"),
    include_str!("../../presets/timed.toml"),
    include_str!("../../presets/url.toml"),
    include_str!("../../presets/other.toml"),
];

/// One section.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    title: String,
    about_secret: String,
    setup: String,
    topic_at: Option<String>,
    id_at: Option<String>,
    within_s: u32,
    repeats_h: u32,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    #[serde(default)]
    answer: Answer,
    record: Recipe,
    #[serde(default)]
    handshakes: Vec<Handshake>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Answer {
    status: u16,
    headers: Vec<Field>,
    body: String,
}

impl Default for Answer {
    fn default() -> Self {
        Self { status: 200, headers: Vec::new(), body: String::new() }
    }
}

pub(super) fn embedded() -> Vec<Preset> {
    let mut presets: Vec<Preset> = FILES.into_iter().flat_map(section).collect();
    presets.sort_by(|one, other| one.name.cmp(&other.name));
    presets
}

fn section(text: &str) -> impl Iterator<Item = Preset> {
    let entries: BTreeMap<String, Entry> =
        toml::from_str(text).unwrap_or_else(|error| panic!("a preset that is compiled in is wrong: {error}"));
    entries.into_iter().map(|(name, entry)| preset(name, entry))
}

fn preset(name: String, entry: Entry) -> Preset {
    let need = |name: String, about: String| SecretNeed { name, about, required: true };
    let mut secrets = vec![need(entry.record.secret.clone(), entry.about_secret)];
    secrets.extend(entry.secrets.into_iter().map(|(name, about)| need(name, about)));
    Preset {
        name,
        title: entry.title,
        setup: entry.setup,
        recipe: entry.record,
        secrets,
        handshakes: entry.handshakes,
        acknowledgement: Acknowledgement {
            status: entry.answer.status,
            headers: entry.answer.headers,
            body: entry.answer.body.into_bytes(),
            within_ms: entry.within_s * 1_000,
            repeats_ms: u64::from(entry.repeats_h) * 3_600_000,
            honours_retry_after: false,
            hold_ms: None,
        },
        topic_at: entry.topic_at,
        id_at: entry.id_at,
    }
}
