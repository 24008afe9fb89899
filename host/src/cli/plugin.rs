//! `hookhost plugin`: which plugins there are, what one asks for, and what their authors need.

mod grant;
mod list;
mod new;
mod test;
mod unloaded;

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use self::unloaded::Unloaded;
use super::failure::Failure;
use super::table::table;
use super::{ConfigArgs, asks, open};
use crate::config::Config;
use crate::config::grants::wanted;
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::terms::Terms;
use crate::plugin::source::{self, Found, Origin};
use crate::plugin::{CONTRACT_VERSION, Compiled, Engine, Plugin};

pub(super) use self::grant::{GrantArgs, grant};
pub(super) use self::list::list;
pub(super) use self::new::new;
pub(super) use self::test::{TestArgs, test};

pub(super) async fn inspect(
    file: &Path,
    config: &ConfigArgs,
    terms: Terms,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let found = find(file);
    let plugin = match load(&engine(None)?, &found, terms).await {
        Err(unloaded @ Unloaded::Refused(_)) if as_json => {
            println!("{}", unloaded.as_json());
            return Ok(ExitCode::from(1));
        }
        loaded => loaded.map_err(|unloaded| unloaded.failure(&found))?,
    };
    if as_json {
        let manifest = serde_json::to_value(plugin.manifest()).expect("a manifest is plain data");
        println!("{}", json!({ "digest": plugin.digest(), "bytes": plugin.size(), "manifest": manifest }));
    } else {
        print!("{}{}", as_text(&plugin), configured(&found.name, &plugin, config).await);
    }
    Ok(ExitCode::SUCCESS)
}

/// What the configuration gives this file where it serves a provider, or would in the place of the one that does.
async fn configured(name: &ProviderName, plugin: &Plugin, config: &ConfigArgs) -> String {
    let assembled = match open::assembled(config).await {
        Ok((_, assembled)) => assembled,
        // An author's machine serves nothing.
        Err(failure) => return format!("\nnothing is configured to compare with: {}\n", failure.what),
    };
    let users = assembled.setup.providers.iter().filter(|provider| provider.source.plugin == *name);
    let rows: Vec<Vec<String>> =
        users.flat_map(|provider| asks::rows(plugin.manifest(), provider)).map(Vec::from).collect();
    if rows.is_empty() { String::new() } else { format!("\n{}", table(&asks::HEADINGS, &rows)) }
}

fn find(file: &Path) -> Found {
    let shipped = source::discover(None).0;
    if let Some(found) = shipped.into_iter().find(|found| Path::new(found.name.as_str()) == file) {
        return found;
    }
    Found { name: name_of(file), origin: Origin::Folder(file.to_owned()) }
}

/// What a file that stands anywhere is called in log lines: cargo writes `_` where a plugin's name has `-`.
fn name_of(file: &Path) -> ProviderName {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem.replace('_', "-").parse().unwrap_or_else(|_| "plugin".parse().expect("it is a good name"))
}

/// On which terms a plugin runs: those of the first provider that it speaks for.
fn terms_of(config: &Config, plugin: &ProviderName) -> Terms {
    let own = config.providers.values().find(|provider| provider.plugin == *plugin);
    own.map(|provider| provider.terms).unwrap_or_default()
}

async fn load(engine: &Engine, found: &Found, terms: Terms) -> Result<Plugin, Unloaded> {
    let bytes = source::read(found).map_err(Unloaded::Unread)?;
    Plugin::load(engine, &found.name, bytes, terms).await.map_err(Unloaded::Refused)
}

fn engine(compiled: Option<Compiled>) -> Result<Engine, Failure> {
    Engine::new(compiled)
        .map_err(|error| Failure::new(error.to_string(), "give the process more memory and address space"))
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Shipped => "shipped".into(),
        Origin::Folder(path) => path.display().to_string(),
    }
}

fn as_text(plugin: &Plugin) -> String {
    let manifest: &Manifest = plugin.manifest();
    let mut text = format!("{} {}\n{}\n\n", manifest.name, manifest.version, manifest.about);
    text.push_str(&format!("size     {} bytes\ndigest   sha256:{}\n", plugin.size(), plugin.digest()));
    text.push_str(&format!("contract {CONTRACT_VERSION}\n"));
    text.push_str(&format!("sends    {}\n", or_nothing(&manifest.replies)));
    let hosts: Vec<String> = wanted(manifest, &[]).iter().map(ToString::to_string).collect();
    text.push_str(&format!("asks for {}\n", or_nothing(&hosts)));
    text.push_str(&format!(
        "recipes  {}, handshakes {}\n\n",
        manifest.verification.len(),
        manifest.handshakes.len()
    ));
    let need = |required: bool| if required { "required" } else { "optional" }.to_owned();
    let secrets =
        manifest.secrets.iter().map(|one| vec![one.name.clone(), need(one.required), one.about.clone()]);
    text.push_str(&table(&["secret", "", "about"], &secrets.collect::<Vec<_>>()));
    text.push('\n');
    let settings = manifest.settings.iter().map(|one| {
        vec![one.name.clone(), one.default.clone().unwrap_or_else(|| need(one.required)), one.about.clone()]
    });
    text.push_str(&table(&["setting", "default", "about"], &settings.collect::<Vec<_>>()));
    text
}

fn or_nothing(items: &[String]) -> String {
    if items.is_empty() { "nothing".into() } else { items.join(", ") }
}
