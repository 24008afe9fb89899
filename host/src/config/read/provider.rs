//! Reads `[providers.NAME]`.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use super::workflow::{existing, tidied};
use crate::config::active::GENERIC;
use crate::config::error::{Faults, Wrong};
use crate::config::limit::{call_time, memory, output};
use crate::config::network::{addresses, rate_limit};
use crate::config::section::Section;
use crate::config::verification::{self, Verification};
use crate::config::{Pacing, ProviderConfig};
use crate::model::name::ProviderName;
use crate::model::terms::{Limits, Terms};

const KEYS: [&str; 13] = [
    "plugin",
    "digest",
    "path",
    "allow_hosts",
    "settings",
    "workflows",
    "allow_senders",
    "allow_ips",
    "rate_limit",
    "verification",
    "pacing",
    "limits",
    "compat",
];
/// What the host itself answers on.
const HOST_PATHS: [&str; 4] = ["/health", "/ready", "/executions", "/media"];

/// Reads every provider; one that is wrong is noted and may be left out.
pub(super) fn read_all<'t>(
    faults: &mut Faults<'_>,
    value: Option<&'t Spanned<DeValue<'t>>>,
    workflows: Option<&Spanned<DeValue<'_>>>,
) -> BTreeMap<ProviderName, ProviderConfig> {
    let mut providers: BTreeMap<ProviderName, ProviderConfig> = BTreeMap::new();
    for (at, name, value) in named_tables(faults, "providers", value) {
        let name: ProviderName = match name.parse() {
            Ok(name) => name,
            Err(error) => {
                let hint = format!("rename it, for example to [providers.{}]", tidied(name));
                faults.add(at, Wrong::new(error.to_string(), hint));
                continue;
            }
        };
        let label = format!("[providers.{name}]");
        let Some(section) = Section::new(faults, label, value, &KEYS) else { continue };
        let provider = read(faults, &section, &name, workflows);
        if let Some((other, _)) = providers.iter().find(|(_, other)| other.path == provider.path) {
            let what = format!("{} path: {} is the path of {other} too", section.label(), provider.path);
            faults.add(section.at("path"), Wrong::new(what, "give one of them another path"));
        }
        providers.insert(name, provider);
    }
    providers
}

fn read(
    faults: &mut Faults<'_>,
    section: &Section<'_>,
    name: &ProviderName,
    workflows: Option<&Spanned<DeValue<'_>>>,
) -> ProviderConfig {
    let mut defaults = ProviderConfig::new(name);
    let verification = verification::read(faults, section);
    if let Some(Verification::Preset(_) | Verification::Record(_)) = verification {
        // Who says how a sender proves itself needs no plugin of its own for it.
        defaults.plugin = GENERIC.parse().expect("it is a good name");
    }
    ProviderConfig {
        plugin: section.parse(faults, "plugin", plugin).unwrap_or(defaults.plugin),
        digest: section.parse(faults, "digest", digest),
        path: section.parse(faults, "path", path).unwrap_or(defaults.path),
        allow_hosts: section.list(faults, "allow_hosts", str::parse).unwrap_or_default(),
        settings: section.plain_values(faults, "settings"),
        workflows: section.list(faults, "workflows", |text| existing(text, workflows)),
        allow_senders: section.list(faults, "allow_senders", sender),
        allow_ips: section.list(faults, "allow_ips", addresses),
        rate_limit: section.parse(faults, "rate_limit", rate_limit),
        verification: verification.unwrap_or(defaults.verification),
        pacing: section.parse(faults, "pacing", pacing).unwrap_or(defaults.pacing),
        terms: Terms {
            limits: limits(faults, section),
            is_compat: section.truth(faults, "compat").unwrap_or(defaults.terms.is_compat),
        },
    }
}

/// What the plugin may take, where that is not what every plugin may.
fn limits(faults: &mut Faults<'_>, provider: &Section<'_>) -> Limits {
    let defaults = Limits::default();
    let label = format!("{} limits", provider.label());
    let section = provider
        .value("limits")
        .and_then(|value| Section::new(faults, label, value, &["memory", "call_time", "output"]));
    let Some(section) = section else { return defaults };
    Limits {
        memory: section.parse(faults, "memory", memory).unwrap_or(defaults.memory),
        call_time: section.parse(faults, "call_time", call_time).unwrap_or(defaults.call_time),
        output: section.parse(faults, "output", output).unwrap_or(defaults.output),
    }
}

/// The tables of `[section.NAME]`: where the name stands, the name, and the value.
pub(super) fn named_tables<'t>(
    faults: &mut Faults<'_>,
    section: &str,
    value: Option<&'t Spanned<DeValue<'t>>>,
) -> Vec<(usize, &'t str, &'t Spanned<DeValue<'t>>)> {
    let Some(value) = value else { return Vec::new() };
    let Some(table) = value.get_ref().as_table() else {
        let what = format!("{section} must be sections");
        faults.add(value.span().start, Wrong::new(what, format!("write [{section}.NAME] for each")));
        return Vec::new();
    };
    table.iter().map(|(name, value)| (name.span().start, &**name.get_ref(), value)).collect()
}

fn plugin(text: &str) -> Result<ProviderName, Wrong> {
    let hint = "write the file's name without .wasm, such as \"whatsapp\"";
    text.parse().map_err(|_| Wrong::new(format!("{text:?} names no plugin"), hint))
}

fn path(text: &str) -> Result<String, Wrong> {
    let wrong = |why: &str, hint: &str| Err(Wrong::new(format!("{text:?} {why}"), hint));
    if !text.starts_with('/') {
        return wrong("does not begin with /", "write it like \"/webhooks/whatsapp\"");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:@+=,/".contains(c);
    let segments = || text[1..].split('/');
    if !text.chars().all(plain) || segments().any(|segment| matches!(segment, "" | "." | "..")) {
        let hint = "use letters, digits and -._~:@+=, with single / between, and none at the end";
        return wrong("is not a path that can be served", hint);
    }
    let is_below =
        |own: &&&str| text.strip_prefix(**own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if let Some(own) = HOST_PATHS.iter().find(is_below) {
        return wrong(&format!("belongs to hookhost, which answers on {own}"), "choose another path");
    }
    Ok(text.to_owned())
}

fn sender(text: &str) -> Result<String, Wrong> {
    if text.is_empty() {
        return Err(Wrong::new("an empty text is nobody", "write senders as the provider names them"));
    }
    Ok(text.to_owned())
}

fn digest(text: &str) -> Result<String, Wrong> {
    let is_hash = |hex: &&str| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.strip_prefix("sha256:").filter(is_hash) {
        Some(hex) => Ok(hex.to_ascii_lowercase()),
        None => Err(Wrong::new(
            format!("{text:?} is no digest"),
            "write \"sha256:\" and 64 hexadecimal digits, as `hookhost plugin inspect` prints it",
        )),
    }
}

fn pacing(text: &str) -> Result<Pacing, Wrong> {
    match text {
        "default" => Ok(Pacing::Default),
        "off" => Ok(Pacing::Off),
        _ => Err(Wrong::new(format!("{text:?} is not known"), "write \"default\" or \"off\"")),
    }
}
