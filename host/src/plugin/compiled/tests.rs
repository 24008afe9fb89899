//! What was compiled is used again, and nothing else is.

use std::fs::Metadata;
use std::os::unix::fs::{chown, symlink};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::*;
use crate::plugin::tests::rogue::{IGNORE, receiving};
use crate::plugin::tests::{context, ignored, load, request};
use crate::plugin::{Engine as Plugins, Plugin, config};

fn data() -> (TempDir, Compiled) {
    let data = tempfile::tempdir().unwrap();
    let compiled = Compiled::open(data.path()).unwrap();
    (data, compiled)
}

fn plugins(compiled: &Compiled) -> Plugins {
    Plugins::new(Some(compiled.clone())).unwrap()
}

/// Loads the plugin in an engine of its own, as the next start would, and calls it.
async fn start(compiled: &Compiled) -> Plugin {
    let plugin = load(&plugins(compiled), receiving(IGNORE)).await.unwrap();
    assert_eq!(plugin.receive(context(), &request(b"{}")).await, ignored());
    plugin
}

fn entries(compiled: &Compiled) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(&compiled.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// Whether the next start would use what is kept.
fn is_usable(compiled: &Compiled, plugin: &Plugin) -> bool {
    compiled.find(plugins(compiled).wasm(), plugin.digest()).is_some()
}

fn mode(about: &Metadata) -> u32 {
    about.mode() & 0o777
}

#[tokio::test]
async fn the_second_start_compiles_nothing() {
    let (_data, compiled) = data();
    let plugin = start(&compiled).await;
    let [entry] = entries(&compiled).try_into().unwrap();
    let first = fs::metadata(&entry).unwrap();
    assert_eq!((mode(&first), mode(&fs::metadata(&compiled.folder).unwrap())), (0o600, 0o700));
    assert!(is_usable(&compiled, &plugin));
    start(&compiled).await;
    assert_eq!(fs::metadata(&entry).unwrap().ino(), first.ino(), "it was not written again");
    assert_eq!(entries(&compiled), [entry]);
}

#[tokio::test]
async fn what_is_not_the_host_s_own_is_compiled_again() {
    let (_data, compiled) = data();
    let plugin = start(&compiled).await;
    let [entry] = entries(&compiled).try_into().unwrap();
    let good = fs::read(&entry).unwrap();
    let write = |bytes: &[u8]| fs::write(&entry, bytes).unwrap();
    let other_host = {
        let (_data, other) = data();
        start(&other).await;
        fs::read(&entries(&other)[0]).unwrap()
    };
    let name = entry.file_name().unwrap().to_str().unwrap();
    // Machine code of an engine with other settings, sealed by this host under this name.
    let other_engine = {
        let engine = Plugins::with(&config::on_demand()).unwrap();
        compiled.seals.seal(name, &engine.wasm().precompile_component(&receiving(IGNORE)).unwrap())
    };
    let other_plugin = {
        let code = receiving("(i32.store8 (i32.const 3072) (i32.const 2)) i32.const 3072");
        compiled.seals.seal("another", &plugins(&compiled).wasm().precompile_component(&code).unwrap())
    };
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    let rows: &[(&str, &dyn Fn())] = &[
        ("cut off", &|| write(&good[..good.len() / 2])),
        ("empty", &|| write(b"")),
        ("zeros, as after a power cut", &|| write(&vec![0; good.len()])),
        ("one bit", &|| write(&changed)),
        ("longer", &|| write(&[&good[..], b"x"].concat())),
        ("of another host", &|| write(&other_host)),
        ("of another engine", &|| write(&other_engine)),
        ("of another plugin", &|| write(&other_plugin)),
        ("without a seal", &|| write(&good[32..])),
        ("writable for others", &|| fs::set_permissions(&entry, Permissions::from_mode(0o666)).unwrap()),
        ("sparse", &|| File::create(&entry).unwrap().set_len(bounds::COMPILED_BYTES + 1).unwrap()),
        ("a link", &|| {
            fs::rename(&entry, compiled.folder.join("elsewhere")).unwrap();
            symlink("elsewhere", &entry).unwrap();
        }),
        ("a pipe", &|| {
            fs::remove_file(&entry).unwrap();
            mknodat(CWD, &entry, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        }),
        ("another user's", &|| match chown(&entry, Some(65_534), None) {
            Ok(()) => {}
            Err(error) => {
                eprintln!("skipped: files cannot be given away here ({error})");
                write(b"");
            }
        }),
    ];
    for (what, harm) in rows {
        harm();
        assert!(!is_usable(&compiled, &plugin), "{what}");
        start(&compiled).await;
        assert!(is_usable(&compiled, &plugin), "{what}: it was not mended");
    }
}

#[tokio::test]
async fn where_nothing_can_be_kept_plugins_run_all_the_same() {
    let (_data, compiled) = data();
    let plugin = start(&compiled).await;
    let [entry] = entries(&compiled).try_into().unwrap();
    fs::remove_file(&entry).unwrap();
    fs::create_dir(&entry).unwrap();
    fs::write(entry.join("x"), "in the way").unwrap();
    start(&compiled).await;
    assert!(!is_usable(&compiled, &plugin));
    fs::remove_dir_all(&compiled.folder).unwrap();
    start(&compiled).await;
}

#[test]
fn only_a_folder_of_its_own_is_used() {
    let data = tempfile::tempdir().unwrap();
    assert!(Compiled::existing(data.path()).is_none());
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0, "who only looks makes nothing");
    Compiled::open(data.path()).unwrap();
    assert!(Compiled::existing(data.path()).is_some());
    let folder = data.path().join(FOLDER);
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    Compiled::open(data.path()).unwrap();
    assert_eq!(mode(&fs::metadata(&folder).unwrap()), 0o700);
    let elsewhere = data.path().join("elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    assert!(Compiled::open(data.path()).is_err(), "a link");
    assert!(Compiled::existing(data.path()).is_none());
    assert!(Compiled::open(&data.path().join("missing")).is_err(), "it makes no data folder");
}

#[tokio::test]
async fn what_is_served_no_more_goes_when_it_takes_too_much_room() {
    let (_data, compiled) = data();
    let plugin = start(&compiled).await;
    let [served_entry] = entries(&compiled).try_into().unwrap();
    let half = bounds::COMPILED_IDLE_BYTES / 2;
    for (age, name) in [(3, "old"), (2, "newer"), (1, ".new-abc")] {
        let file = File::create(compiled.folder.join(name)).unwrap();
        file.set_len(half).unwrap();
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(60 * age);
        file.set_modified(time).unwrap();
    }
    let served = BTreeSet::from([plugin.digest().to_owned()]);
    let engine = plugins(&compiled);
    engine.forget_idle(&served);
    let left = ["newer", ".new-abc"].map(|name| compiled.folder.join(name));
    let mut expected = [&left[..], &[served_entry]].concat();
    expected.sort();
    assert_eq!(entries(&compiled), expected);
    assert!(is_usable(&compiled, &plugin));
}
