//! Makes the binary complete by itself: builds the shipped plugins for wasm32-wasip2 and embeds them, beside
//! the files that `hookhost plugin new` writes.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const TARGET: &str = "wasm32-wasip2";
/// Each stands in `plugins/` and is the package `hookhost-plugin-<name>`.
const PLUGINS: [&str; 4] = ["generic", "telegram", "whatsapp", "whatsapp-bridge"];
/// A runaway recursion ends early, and less memory is dirtied by each call, than with 1 MiB.
const STACK: &str = "-Clink-arg=-zstack-size=131072";
/// What a new adapter's crate is made of: folders of this repository, and where they stand in the crate.
const NEW_PLUGIN: [(&str, &str); 3] =
    [("../examples/plugin-template", ""), ("../plugins/sdk", "vendor/hookhost-sdk/"), ("../wit", "wit/")];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    match embed().and_then(|()| embed_new_plugin()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            println!("cargo::error={sentence}");
            ExitCode::FAILURE
        }
    }
}

fn embed() -> Result<(), String> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let mut list = String::from("static SHIPPED: &[(&str, &[u8])] = &[\n");
    if env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        let built = build(&out.join("plugins"))?;
        for name in PLUGINS {
            let path = built.join(format!("hookhost_plugin_{}.wasm", name.replace('-', "_")));
            list.push_str(&format!("    ({name:?}, include_bytes!({path:?})),\n"));
        }
    }
    list.push_str("];\n");
    fs::write(out.join("shipped.rs"), list).map_err(|error| format!("cannot write to OUT_DIR: {error}"))
}

/// Lists the files of [`NEW_PLUGIN`]: where each stands in the crate, and its text.
fn embed_new_plugin() -> Result<(), String> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let mut list = String::from("static FILES: &[(&str, &str)] = &[\n");
    for (folder, place) in NEW_PLUGIN {
        println!("cargo::rerun-if-changed={folder}");
        for file in files_below(&root.join(folder), "")? {
            let (name, path) = (format!("{place}{file}"), format!("/{folder}/{file}"));
            // Not by its whole path: a target folder may outlive the checkout, or serve another one.
            let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?})");
            list.push_str(&format!("    ({name:?}, include_str!({path})),\n"));
        }
    }
    list.push_str("];\n");
    let out = PathBuf::from(variable("OUT_DIR")?).join("new_plugin.rs");
    fs::write(out, list).map_err(|error| format!("cannot write to OUT_DIR: {error}"))
}

/// In the order of their names, so that the same sources make the same binary.
fn files_below(root: &Path, below: &str) -> Result<Vec<String>, String> {
    let folder = root.join(below);
    let unread = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files.extend(files_below(root, &format!("{name}/"))?);
        } else {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

/// Runs a cargo of its own, in a target folder of its own: the outer one holds the lock of the usual.
fn build(target_dir: &Path) -> Result<PathBuf, String> {
    for path in ["../plugins", "../wit", "../Cargo.toml", "../Cargo.lock"] {
        println!("cargo::rerun-if-changed={path}");
    }
    provide_target()?;
    let mut cargo = Command::new(variable("CARGO")?);
    cargo.args(["build", "--locked", "--profile", "plugin", "--target", TARGET]);
    cargo.args(["--manifest-path", "../Cargo.toml", "--target-dir"]).arg(target_dir);
    for name in PLUGINS {
        cargo.args(["--package", &format!("hookhost-plugin-{name}")]);
    }
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_the_outer_build(name)) {
        cargo.env_remove(name);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", STACK);
    let status = cargo.status().map_err(|error| format!("cannot run cargo for the plugins: {error}"))?;
    if !status.success() {
        return Err("the shipped plugins do not build; `cargo build -p hookhost-plugin-generic \
             --target wasm32-wasip2` shows why, and `--no-default-features` does without them"
            .into());
    }
    Ok(target_dir.join(TARGET).join("plugin"))
}

/// What cargo, clippy or a coverage tool has set for the host and what would change or break the plugins.
fn is_of_the_outer_build(name: &OsStr) -> bool {
    const KEPT: [&str; 6] =
        ["CARGO_HOME", "CARGO_HTTP_", "CARGO_MAKEFLAGS", "CARGO_NET_", "CARGO_REGISTR", "CARGO_TERM_"];
    let name = name.to_string_lossy();
    let of_cargo = name.starts_with("CARGO_") && !KEPT.iter().any(|kept| name.starts_with(kept));
    of_cargo || ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"].contains(&&*name)
}

/// Adds the target to the toolchain where it is missing; rustup itself does so only if it is allowed to.
fn provide_target() -> Result<(), String> {
    if has_target()? {
        return Ok(());
    }
    let added = Command::new("rustup").args(["target", "add", TARGET]).status();
    if added.is_ok_and(|status| status.success()) && has_target()? {
        return Ok(());
    }
    Err(format!(
        "the shipped plugins need the target {TARGET}: run `rustup target add {TARGET}`, or build with \
         `--no-default-features` to do without them"
    ))
}

fn has_target() -> Result<bool, String> {
    let printed = Command::new(variable("RUSTC")?)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|error| format!("cannot run rustc: {error}"))?;
    let folder = String::from_utf8_lossy(&printed.stdout);
    Ok(printed.status.success() && Path::new(folder.trim()).is_dir())
}

fn variable(name: &str) -> Result<OsString, String> {
    env::var_os(name).ok_or_else(|| format!("{name} is not set; this script is for cargo"))
}
