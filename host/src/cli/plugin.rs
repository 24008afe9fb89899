//! `hookhost plugin`: which plugins there are, and what one asks for.

use std::path::Path;

use serde_json::{Value, json};

use super::ConfigArgs;
use super::failure::Failure;
use super::open;
use super::table::table;
use crate::config::grants::wanted;
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::plugin::source::{self, Found, Origin};
use crate::plugin::{Engine, Plugin};

pub(super) async fn list(args: ConfigArgs, as_json: bool) -> Result<(), Failure> {
    let config = open::config(&args, args.overrides())?;
    let dir = config.plugins.dir.as_path();
    let (found, bad) = source::discover(dir.is_dir().then_some(dir));
    let engine = engine()?;
    let mut rows = Vec::new();
    for found in &found {
        let (version, size, state) = match load(&engine, found).await {
            Ok(plugin) => (plugin.manifest().version.clone(), plugin.size().to_string(), "ok".to_owned()),
            Err(failure) => (String::new(), String::new(), failure.to_string()),
        };
        rows.push(vec![found.name.to_string(), version, size, origin(&found.origin), state]);
    }
    for file in bad {
        rows.push(vec![
            String::new(),
            String::new(),
            String::new(),
            file.path.display().to_string(),
            file.error.to_string(),
        ]);
    }
    if as_json {
        let row = |row: &Vec<String>| json!({ "name": row[0], "version": row[1], "bytes": row[2].parse::<u64>().ok(), "source": row[3], "state": row[4] });
        println!("{}", rows.iter().map(row).collect::<Value>());
    } else {
        print!("{}", table(&["name", "version", "bytes", "source", "state"], &rows));
    }
    Ok(())
}

pub(super) async fn inspect(file: &Path, as_json: bool) -> Result<(), Failure> {
    let found = find(file)?;
    let plugin = load(&engine()?, &found).await?;
    if as_json {
        let manifest = serde_json::to_value(plugin.manifest()).expect("a manifest is plain data");
        println!("{}", json!({ "digest": plugin.digest(), "bytes": plugin.size(), "manifest": manifest }));
    } else {
        print!("{}", as_text(&plugin));
    }
    Ok(())
}

fn find(file: &Path) -> Result<Found, Failure> {
    let shipped = source::discover(None).0;
    if let Some(found) = shipped.into_iter().find(|found| Path::new(found.name.as_str()) == file) {
        return Ok(found);
    }
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name: ProviderName = stem.parse().map_err(|error| {
        Failure::new(format!("{}: {error}", file.display()), "a plugin's file is called NAME.wasm")
    })?;
    Ok(Found { name, origin: Origin::Folder(file.to_owned()) })
}

async fn load(engine: &Engine, found: &Found) -> Result<Plugin, Failure> {
    let bytes = source::read(found).map_err(|error| {
        let what = format!("{} is no plugin: {error}", origin(&found.origin));
        Failure::new(what, "name a .wasm file, or a plugin that `hookhost plugin list` shows")
    })?;
    let loaded = Plugin::load(engine, &found.name, bytes).await;
    loaded.map_err(|error| Failure::new(error.to_string(), error.hint()))
}

fn engine() -> Result<Engine, Failure> {
    Engine::new()
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
