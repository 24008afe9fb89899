//! What stands in `examples/deploy` fits the host and itself, and `check --deploy` says what does not fit a machine.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::setup::{GENERIC_SECRET, Setup, TELEGRAM_BOT_TOKEN, TELEGRAM_SECRET_TOKEN, told};
use crate::support::workflow::ECHO;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/deploy");
/// What a stop takes at most, in seconds: `drain` in the example, and putting back what is cut off.
const STOP: u64 = 25 + 2;

fn text(name: &str) -> String {
    std::fs::read_to_string(Path::new(FOLDER).join(name)).unwrap()
}

fn config() -> toml::Table {
    text("hookhost.toml").parse().unwrap()
}

/// The folder of the store.
fn data() -> String {
    config()["store"]["url"].as_str().unwrap().strip_prefix("sled:").unwrap().to_owned()
}

/// `KEY=VALUE` lines; the values of a key that stands several times, after each other.
fn assignments(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((key, value)) = line.split_once('=') {
            all.entry(key).or_default().push(value);
        }
    }
    all
}

/// Runs a program that not every machine has; `None`, said out loud, where it is missing.
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Not with `eprintln!`, which is only seen when a test fails.
            let _ = writeln!(std::io::stderr(), "SKIPPED: there is no {program} to look at examples/deploy");
            None
        }
        ran => Some(ran.unwrap()),
    }
}

/// A file in YAML; `None`, said out loud, where no Python can read it.
fn yaml(name: &str) -> Option<Value> {
    let read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let path = PathBuf::from_iter([FOLDER, name]);
    let output = run("python3", &["-c", read, path.to_str().unwrap()])?;
    if told(&output).contains("ModuleNotFoundError") {
        let _ = writeln!(std::io::stderr(), "SKIPPED: python3 has no yaml to read examples/deploy/{name}");
        return None;
    }
    assert!(output.status.success(), "{}", told(&output));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn seconds(text: &str) -> u64 {
    text.trim_end_matches('s').parse().unwrap()
}

#[test]
fn the_unit_leaves_the_host_what_it_needs_and_time_to_stop() {
    let unit = text("hookhost.service");
    let unit = assignments(&unit);
    assert!(seconds(unit["TimeoutStopSec"][0]) > STOP);
    assert_eq!(unit["KillMode"], ["mixed"], "commands are not told to stop before their host is");
    assert_eq!(Path::new("/var/lib").join(unit["StateDirectory"][0]), Path::new(&data()));
    for broken in ["MemoryDenyWriteExecute", "ProcSubset"] {
        assert!(!unit.contains_key(broken), "{broken}");
    }
    let environment = text("environment");
    assert_eq!(unit["EnvironmentFile"], ["/etc/hookhost/environment"]);
    let secrets: Vec<_> = assignments(&environment).into_keys().collect();
    assert_eq!(secrets, ["TELEGRAM_BOT_TOKEN_FILE", "TELEGRAM_SECRET_TOKEN_FILE"]);
}

#[test]
fn systemd_understands_the_unit_and_finds_it_sandboxed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hookhost.service");
    let unit = text("hookhost.service").replace("/usr/local/bin/hookhost", env!("CARGO_BIN_EXE_hookhost"));
    std::fs::write(&path, unit).unwrap();
    let path = path.to_str().unwrap();
    let Some(verified) = run("systemd-analyze", &["verify", "--man=no", path]) else { return };
    let said = told(&verified);
    assert!(verified.status.success() && !said.contains("hookhost.service"), "{said}");
    let judged =
        run("systemd-analyze", &["security", "--offline=true", "--threshold=30", "--no-pager", path])
            .unwrap();
    assert!(judged.status.success(), "it is exposed to more than 3.0 of 10:\n{}", told(&judged));
}

#[test]
fn the_containers_fit_the_configuration_and_each_other() {
    let image = text("Containerfile");
    let of_image = |word: &str| {
        let mut lines = image.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
        lines.next_back().unwrap_or_else(|| panic!("no {word} in the image")).to_owned()
    };
    let (user, config) = (of_image("USER"), config());
    assert_eq!(of_image("VOLUME"), data());
    assert!(image.contains(&format!("--owner={} --group={} --mode=0700 {}", &user[..5], &user[6..], data())));
    assert_eq!(of_image("CMD"), "[\"serve\"]");
    let config_path = of_image("ENV").strip_prefix("HOOKHOST_CONFIG=").unwrap().to_owned();
    let port = config["server"]["listen"].as_str().unwrap().rsplit_once(':').unwrap().1;
    assert_eq!(of_image("EXPOSE"), port);
    assert!(text("Caddyfile").contains(&format!("127.0.0.1:{port}")));

    let Some(compose) = yaml("compose.yaml") else { return };
    let (host, caddy) = (&compose["services"]["hookhost"], &compose["services"]["caddy"]);
    let context = Path::new(FOLDER).join(host["build"]["context"].as_str().unwrap());
    assert!(context.join(host["build"]["dockerfile"].as_str().unwrap()).is_file());
    assert_eq!(host["user"], *user);
    assert_eq!((&host["read_only"], &caddy["read_only"]), (&true.into(), &true.into()));
    assert!(host["ports"].is_null(), "only the proxy reaches it");
    assert!(seconds(host["stop_grace_period"].as_str().unwrap()) > STOP);
    let mounts: Vec<_> =
        host["volumes"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert_eq!(mounts, [format!("./hookhost.toml:{config_path}:ro"), format!("data:{}", data())]);
    assert_eq!(caddy["environment"]["HOOKHOST_UPSTREAM"], format!("hookhost:{port}"));
    let proxies = config["server"]["trusted_proxies"].as_array().unwrap();
    let address = caddy["networks"]["inside"]["ipv4_address"].as_str().unwrap();
    assert!(proxies.iter().any(|proxy| proxy.as_str() == Some(address)), "{address} is trusted");

    let named: Vec<_> = host["secrets"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    let environment = host["environment"].as_object().unwrap();
    let read = environment.iter().filter(|(name, _)| name.ends_with("_FILE"));
    let read: Vec<_> =
        read.map(|(_, path)| path.as_str().unwrap().strip_prefix("/run/secrets/").unwrap()).collect();
    assert_eq!(named, read);
    assert!(named.iter().all(|name| !compose["secrets"][name]["file"].is_null()));
}

#[tokio::test]
async fn the_configuration_is_sound_and_the_deployment_too() {
    let setup = Setup::new()
        .config(&text("hookhost.toml"))
        .file("token", TELEGRAM_BOT_TOKEN)
        .file("secret", TELEGRAM_SECRET_TOKEN)
        .env("TELEGRAM_BOT_TOKEN_FILE", "token")
        .env("TELEGRAM_SECRET_TOKEN_FILE", "secret");
    for file in ["token", "secret"] {
        std::fs::set_permissions(setup.dir().join(file), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let checked = setup.run(&["check", "--deploy", "--json"]).await;
    assert_eq!(checked.status.code(), Some(0), "{}", told(&checked));
    let findings: Value = serde_json::from_slice(&checked.stdout).unwrap();
    // Of the machine that runs this test anything may be said, of the configuration nothing.
    let of_machine = ["swap", "open files", "runs as root", "disk of", "data folder"];
    for finding in findings.as_array().unwrap() {
        let what = finding["what"].as_str().unwrap();
        assert!(of_machine.iter().any(|word| what.contains(word)), "{finding}");
    }
}

#[tokio::test]
async fn check_says_before_the_internet_does_what_is_open() {
    let setup = Setup::new()
        .config("[server]\nlisten = \"0.0.0.0:7862\"\n[admin]\nlisten = \"0.0.0.0:7863\"")
        .config("[providers.generic]\nallow_ips = [\"192.0.2.0/24\"]")
        .file("secret", GENERIC_SECRET)
        .env("WEBHOOK_SECRET_GENERIC_FILE", "secret")
        .script("echo", ECHO);
    let secret = setup.dir().join("secret");
    let allow = |mode| std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(0o644);
    let of_secret = "the secret of WEBHOOK_SECRET_GENERIC_FILE";
    let open = [
        "it listens on 0.0.0.0:7862",
        "admin listener is on 0.0.0.0:7863",
        "public_url is not set",
        "allow_ips is compared with who connects",
        of_secret,
    ];
    let checked = setup.run(&["check", "--deploy"]).await;
    let said = told(&checked);
    assert_eq!(checked.status.code(), Some(0), "warnings refuse nothing: {said}");
    for words in open {
        assert!(said.contains(words), "{words} is not in:\n{said}");
    }
    assert!(said.contains("hint: chmod 600 secret"), "{said}");

    allow(0o600);
    let checked = told(&setup.run(&["check", "--deploy"]).await);
    assert!(!checked.contains(of_secret) && checked.contains(open[0]), "{checked}");
    let unasked = told(&setup.run(&["check"]).await);
    assert!(open.iter().all(|words| !unasked.contains(words)), "{unasked}");
}
