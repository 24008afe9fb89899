//! Reads the text of the file into a configuration, collecting everything that is wrong.

mod provider;
mod route;
mod workflow;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::Config;
use super::error::{ConfigError, Faults, Wrong, did_you_mean};
use super::network::addresses;
use super::section::Section;
use super::unit::{duration, size};
use crate::model::bounds;

const SECTIONS: [&str; 8] =
    ["server", "admin", "store", "dispatch", "plugins", "providers", "workflows", "routes"];

/// Reads a configuration. `file` names the text in errors, and its folder is what relative paths are
/// relative to.
///
/// # Errors
/// [`ConfigError::Invalid`] with everything that is wrong, in the order of the text.
pub fn parse(text: &str, file: &Path) -> Result<Config, ConfigError> {
    let mut faults = Faults::new(text);
    let mut config = Config::without_file(file.parent().unwrap_or(Path::new("")).to_owned());
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        read_root(&mut faults, root.get_ref(), &mut config);
    }
    // After a mistake in the punctuation, what is left of the text would only raise false alarms.
    for error in errors {
        // Only the message: the whole error quotes the line, and who knows what stands there.
        let at = error.span().map_or(0, |span| span.start);
        let hint = "the file is TOML: texts stand in quotes, a section begins with [its name]";
        faults.add(at, Wrong::new(error.message(), hint));
    }
    let faults = faults.into_sorted();
    if faults.is_empty() { Ok(config) } else { Err(ConfigError::Invalid { path: file.into(), faults }) }
}

fn read_root<'t>(faults: &mut Faults<'_>, root: &'t DeTable<'t>, config: &mut Config) {
    for (key, value) in root.iter() {
        if !SECTIONS.contains(&&**key.get_ref()) {
            faults.add(key.span().start, unknown_at_top(key.get_ref(), value.get_ref()));
        }
    }
    if let Some(value) = root.get("server") {
        read_server(faults, value, config);
    }
    if let Some(value) = root.get("admin") {
        read_admin(faults, value, config);
    }
    check_listeners(faults, root, config);
    if let Some(value) = root.get("store") {
        read_store(faults, value, config);
    }
    if let Some(value) = root.get("dispatch") {
        read_dispatch(faults, value, config);
    }
    if let Some(value) = root.get("plugins") {
        read_plugins(faults, value, config);
    }
    config.workflows = workflow::read_all(faults, root.get("workflows"), &config.base_dir);
    config.providers = provider::read_all(faults, root.get("providers"), root.get("workflows"));
    config.routes = route::read_all(faults, root.get("routes"), root.get("workflows"));
}

fn unknown_at_top(key: &str, value: &DeValue<'_>) -> Wrong {
    let shown = |known: &str| if known == "routes" { "[[routes]]".into() } else { format!("[{known}]") };
    let hint = did_you_mean(key, &SECTIONS, shown);
    match value {
        DeValue::Table(_) => Wrong::new(format!("unknown section [{key}]"), hint),
        DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
            Wrong::new(format!("unknown section [[{key}]]"), hint)
        }
        _ => Wrong::new(
            format!("{key:?} stands outside of every section"),
            "move it below the section that it belongs to, such as [server]",
        ),
    }
}

fn read_server<'t>(faults: &mut Faults<'_>, value: &'t Spanned<DeValue<'t>>, config: &mut Config) {
    let known = ["listen", "public_url", "body_limit", "drain", "trusted_proxies"];
    let Some(section) = Section::new(faults, "[server]".into(), value, &known) else { return };
    if let Some(listen) = section.parse(faults, "listen", socket_address) {
        config.server.listen = listen;
    }
    config.server.public_url = section.parse(faults, "public_url", public_url);
    let range = bounds::BODY_BYTES_MIN as u64..=bounds::BODY_BYTES_MAX as u64;
    if let Some(limit) = section.parse(faults, "body_limit", |text| size(text, range)) {
        config.server.body_limit = usize::try_from(limit).expect("the largest limit fits");
    }
    let range = bounds::DRAIN_MIN..=bounds::DRAIN_MAX;
    if let Some(drain) = section.parse(faults, "drain", |text| duration(text, range)) {
        config.server.drain = drain;
    }
    if let Some(proxies) = section.list(faults, "trusted_proxies", addresses) {
        config.server.trusted_proxies = proxies;
    }
}

fn read_admin<'t>(faults: &mut Faults<'_>, value: &'t Spanned<DeValue<'t>>, config: &mut Config) {
    let Some(section) = Section::new(faults, "[admin]".into(), value, &["listen"]) else { return };
    if let Some(listen) = section.parse(faults, "listen", socket_address) {
        config.admin.listen = Some(listen);
    }
}

fn check_listeners(faults: &mut Faults<'_>, root: &DeTable<'_>, config: &Config) {
    let listen = config.server.listen;
    if Some(listen) == config.admin.listen && listen.port() != 0 {
        let section = root.get("admin").or(root.get("server"));
        let what = format!("[server] and [admin] would both listen on {listen}");
        faults.add(
            section.map_or(0, |section| section.span().start),
            Wrong::new(what, "give one another port"),
        );
    }
}

fn read_store<'t>(faults: &mut Faults<'_>, value: &'t Spanned<DeValue<'t>>, config: &mut Config) {
    let known = ["url", "dedupe_window", "keep_events", "min_free", "max_ids", "max_queued"];
    let Some(section) = Section::new(faults, "[store]".into(), value, &known) else { return };
    if let Some(folder) = section.parse(faults, "url", store_folder) {
        config.store.path = beside(&config.base_dir, &folder);
    }
    let kept = Duration::from_secs(1)..=bounds::KEPT_MAX;
    if let Some(window) = section.parse(faults, "dedupe_window", |text| duration(text, kept.clone())) {
        config.store.dedupe_window = window;
    }
    if let Some(keep) = section.parse(faults, "keep_events", |text| duration(text, kept)) {
        config.store.keep_events = keep;
    }
    if let Some(free) = section.parse(faults, "min_free", |text| size(text, 0..=u64::MAX)) {
        config.store.min_free = free;
    }
    if let Some(ids) = section.number(faults, "max_ids", 1..=bounds::IDS_MAX) {
        config.store.max_ids = ids;
    }
    if let Some(queued) = section.number(faults, "max_queued", 1..=bounds::QUEUED_MAX) {
        config.store.max_queued = queued;
    }
}

fn read_dispatch<'t>(faults: &mut Faults<'_>, value: &'t Spanned<DeValue<'t>>, config: &mut Config) {
    let Some(section) = Section::new(faults, "[dispatch]".into(), value, &["workers"]) else { return };
    if let Some(workers) = section.number(faults, "workers", 1..=bounds::WORKERS_MAX) {
        config.dispatch.workers = workers;
    }
}

fn read_plugins<'t>(faults: &mut Faults<'_>, value: &'t Spanned<DeValue<'t>>, config: &mut Config) {
    let Some(section) = Section::new(faults, "[plugins]".into(), value, &["dir"]) else { return };
    if let Some(dir) = section.parse(faults, "dir", folder) {
        config.plugins.dir = beside(&config.base_dir, &dir);
        config.plugins.must_exist = true;
    }
}

/// The path as the process may use it, without `.` in it.
fn beside(base_dir: &Path, path: &str) -> PathBuf {
    base_dir.join(path).components().collect()
}

fn socket_address(text: &str) -> Result<SocketAddr, Wrong> {
    let hint = "write an IP address and a port, such as \"127.0.0.1:7862\" or \"[::]:7862\"";
    text.parse().map_err(|_| Wrong::new(format!("{text:?} is not an address to listen on"), hint))
}

fn folder(text: &str) -> Result<String, Wrong> {
    if text.is_empty() || text.contains('\0') {
        return Err(Wrong::new(format!("{text:?} is not a folder"), "write a path, such as \"plugins\""));
    }
    Ok(text.to_owned())
}

fn store_folder(text: &str) -> Result<String, Wrong> {
    let hint = "write \"sled:\" and a folder, such as \"sled:data\"";
    match text.split_once(':') {
        Some(("sled", path)) if !path.is_empty() && !path.contains('\0') => Ok(path.to_owned()),
        Some(("postgres" | "postgresql", _)) => Err(Wrong::new("there is no store in postgres yet", hint)),
        _ => Err(Wrong::new(format!("{text:?} names no store"), hint)),
    }
}

/// The URL as the operator wrote it, since that is what senders sign, but without a `/` at its end.
fn public_url(text: &str) -> Result<String, Wrong> {
    let url = web_url(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Wrong::new("it has a query or a fragment", "end the URL before ? and #"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// An http or https URL without a user. Errors do not repeat it: it may hold a password.
fn web_url(text: &str) -> Result<Url, Wrong> {
    let hint = "write it like https://hooks.example.com";
    let url = Url::parse(text).map_err(|error| Wrong::new(format!("it is not a URL: {error}"), hint))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Wrong::new("it is not an http or https URL", hint));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Wrong::new(
            "it names a user",
            "remove the part before @: secrets never stand in the file",
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
