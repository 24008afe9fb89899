//! `hookhost plugin new`: writes the crate of a new adapter. It needs nothing of this repository: the contract
//! and the SDK come along.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use toml::{Table, Value};

use crate::cli::failure::Failure;
use crate::model::name::ProviderName;

// `static FILES: &[(&str, &str)]`, places in the new crate and texts.
include!(concat!(env!("OUT_DIR"), "/new_plugin.rs"));

/// How the template is formatted.
const FORMAT: (&str, &str) = ("rustfmt.toml", include_str!("../../../../rustfmt.toml"));
/// What the SDK's manifest inherits from.
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");
const SDK: &str = "vendor/hookhost-sdk/";
/// What the template is called here.
const TEMPLATE: &str = "plugin-template";
/// Ends the new crate's manifest. Profiles and workspaces can only stand in the outermost one.
const OUTERMOST: &str = r#"
# A workspace of its own, wherever this folder stands.
[workspace]
exclude = ["vendor"]

# An adapter runs for every delivery.
[profile.release]
lto = true
codegen-units = 1
panic = "abort"
"#;
/// Names that cargo or the compiler keeps for something else.
const TAKEN: [&str; 10] =
    ["alloc", "core", "crate", "hookhost-sdk", "proc-macro", "self", "serde-json", "std", "super", "test"];

/// Writes the crate into a new folder of the adapter's name.
pub(in crate::cli) fn new(name: &str) -> Result<(), Failure> {
    let name = good(name)?;
    let folder = Path::new(name.as_str());
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let what = format!("there is a {name} here already, and nothing is overwritten");
            return Err(Failure::new(what, "choose another name, or move away what is there"));
        }
        Err(error) => return Err(unwritten(folder, &error)),
    }
    for (place, text) in FILES.iter().chain([&FORMAT]) {
        if let Err(error) = write(&folder.join(place), &adapted(place, text, &name)) {
            // It was made just now, so there is nothing of anybody else in it.
            let _ = fs::remove_dir_all(folder);
            return Err(unwritten(&folder.join(place), &error));
        }
    }
    print!("{}", next_steps(&name));
    Ok(())
}

fn good(name: &str) -> Result<ProviderName, Failure> {
    let parsed: ProviderName = name
        .parse()
        .map_err(|error| Failure::new(format!("{error}"), "for example: hookhost plugin new my-crm"))?;
    if name.starts_with(|c: char| c.is_ascii_digit()) || TAKEN.contains(&name) {
        return Err(Failure::new(
            format!("cargo takes no crate that is called {name}"),
            format!(
                "make it as {name}-plugin or plugin-{name}; its .wasm file may be called {name}.wasm all the same"
            ),
        ));
    }
    Ok(parsed)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format!("{} cannot be written: {error}", path.display()),
        "run it in a folder that you may write to",
    )
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// A file as it stands in the new crate.
fn adapted(place: &str, text: &str, name: &ProviderName) -> String {
    if place.starts_with(SDK) || place.starts_with("wit/") {
        return if place == format!("{SDK}Cargo.toml") { standalone(text, WORKSPACE) } else { text.into() };
    }
    let named = text
        .replace(TEMPLATE, name.as_str())
        .replace(&TEMPLATE.replace('-', "_"), &name.as_str().replace('-', "_"))
        .replace(&TEMPLATE.replace('-', "_").to_uppercase(), &name.variable_prefix());
    if place == "Cargo.toml" {
        named.replace("../../plugins/sdk", SDK.trim_end_matches('/')) + OUTERMOST
    } else {
        named
    }
}

/// A manifest of this repository with everything put in that it inherits from the workspace, apart from lints,
/// which are for those who change it.
fn standalone(manifest: &str, workspace: &str) -> String {
    let read = |text: &str| text.parse::<Table>().expect("cargo has read it before");
    let (mut manifest, workspace) = (read(manifest), read(workspace));
    let inherited = &workspace["workspace"];
    manifest.remove("lints");
    for (section, of) in
        [("package", "package"), ("dependencies", "dependencies"), ("dev-dependencies", "dependencies")]
    {
        let Some(entries) = manifest.get_mut(section).and_then(Value::as_table_mut) else { continue };
        for (key, value) in entries {
            let Some(own) = value.as_table_mut() else { continue };
            if own.remove("workspace").is_some() {
                *value = merged(inherited[of][key].clone(), own);
            }
        }
    }
    manifest.to_string()
}

/// What is inherited, with what the crate itself adds to it.
fn merged(inherited: Value, own: &Table) -> Value {
    if own.is_empty() {
        return inherited;
    }
    let mut all = match inherited {
        Value::Table(table) => table,
        version => Table::from_iter([("version".to_owned(), version)]),
    };
    for (key, value) in own {
        match (all.get_mut(key), value) {
            (Some(Value::Array(all)), Value::Array(more)) => all.extend(more.iter().cloned()),
            _ => _ = all.insert(key.clone(), value.clone()),
        }
    }
    Value::Table(all)
}

fn next_steps(name: &ProviderName) -> String {
    let file = name.as_str().replace('-', "_");
    format!(
        "{name} is an adapter that works already. To try it:\n\n  \
         cd {name}\n  \
         cargo test\n  \
         rustup target add wasm32-wasip2\n  \
         cargo build --release --target wasm32-wasip2\n  \
         hookhost plugin test target/wasm32-wasip2/release/{file}.wasm cases\n\n\
         {name}/README.md goes on from there.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_hosts_and_cargo_take() {
        for (name, good) in [
            ("my-crm", true),
            ("a", true),
            ("crm2", true),
            ("", false),
            ("My-Crm", false),
            ("my_crm", false),
            ("../crm", false),
            ("crm/x", false),
            ("-crm", false),
            ("2crm", false),
            ("test", false),
            ("serde-json", false),
        ] {
            assert_eq!(super::good(name).is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn a_new_crate_has_its_own_name_everywhere() {
        let name = "my-crm".parse().unwrap();
        for (place, text) in FILES {
            let text = adapted(place, text, &name);
            assert!(!text.to_lowercase().replace('_', "-").contains(TEMPLATE), "{place} names the template");
        }
    }

    #[test]
    fn a_new_crate_is_complete() {
        let places: Vec<_> = FILES.iter().map(|(place, _)| *place).collect();
        for place in [
            "Cargo.toml",
            "README.md",
            ".cargo/config.toml",
            ".gitignore",
            "src/lib.rs",
            "cases/context.json",
            "wit/world.wit",
            "vendor/hookhost-sdk/Cargo.toml",
            "vendor/hookhost-sdk/src/lib.rs",
        ] {
            assert!(places.contains(&place), "{place} is missing");
        }
        assert!(!places.iter().any(|place| place.contains("target/")), "{places:?}");
    }

    #[test]
    fn a_manifest_stands_alone_when_what_it_inherits_is_put_in() {
        let workspace = r#"
            [workspace.package]
            version = "1.2.3"
            [workspace.dependencies]
            plain = "1"
            rich = { version = "2", features = ["a"] }
        "#;
        let manifest = r#"
            [package]
            name = "x"
            version.workspace = true
            [dependencies]
            plain.workspace = true
            rich = { workspace = true, features = ["b"] }
            own = "3"
            [dev-dependencies]
            plain = { workspace = true, optional = true }
            [lints]
            workspace = true
        "#;
        let expected = r#"
            [package]
            name = "x"
            version = "1.2.3"
            [dependencies]
            plain = "1"
            rich = { version = "2", features = ["a", "b"] }
            own = "3"
            [dev-dependencies]
            plain = { version = "1", optional = true }
        "#;
        let read = |text: &str| text.parse::<Table>().unwrap();
        assert_eq!(read(&standalone(manifest, workspace)), read(expected));
    }
}
