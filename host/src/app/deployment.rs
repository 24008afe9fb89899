//! What is not as it should be where strangers can reach the host. Pure: what was observed is handed in.

pub mod observe;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::descriptors;
use super::finding::Finding;
use crate::config::{Config, DEFAULT_ADMIN};
use crate::model::bounds;
use crate::model::time::Time;

/// A clock that is behind what was written by less than this may be another machine's that is ahead.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

/// What a machine is like, as far as a program can see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Whether this process may do anything.
    pub is_root: bool,
    /// Files and connections that it may have open, when it has raised its own limit.
    pub descriptors: u64,
    /// Whether sandboxes are reset in the fast way, which swap prevents.
    pub resets_fast: bool,
    /// What the data folder is on.
    pub disk: Disk,
    /// What stands between an attacker and everything: the configuration, secrets, the data folder.
    pub guarded: Vec<Guarded>,
    /// When the configuration was written last.
    pub config_written: Option<Time>,
}

/// What the data folder is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// What becomes of what is written there.
    pub keeps: Keeps,
    /// Bytes that are free; `None`: it does not say.
    pub free: Option<u64>,
}

/// What becomes of what is written to a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// It stays, as far as one can see.
    Everything,
    /// It is gone when the machine goes down.
    UntilPowerOff,
    /// It is gone when the container is replaced.
    AsLongAsItsContainer,
    /// Another machine has it, and says that it is written when it may not be.
    Elsewhere,
}

/// A file or folder, and who may do what with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded {
    /// What it is.
    pub what: What,
    /// Where.
    pub path: PathBuf,
    /// Its mode, as `chmod` takes it.
    pub mode: u32,
}

/// What is guarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `hookhost.toml`, which holds no secrets but says what is run.
    Config,
    /// The file of a secret, and the variable that names it.
    Secret(String),
    /// The store, with everything that came in.
    Data,
}

/// Everything that an operator would want to know before the internet does; all of them are warnings, but a disk on
/// which every delivery would be refused.
pub fn findings(config: &Config, machine: &Machine, now: Time) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(who_reaches_it(config));
    findings.extend(what_guards_it(machine));
    findings.extend(where_it_is_kept(config, machine));
    findings.extend(what_it_runs_on(machine, now));
    findings
}

fn who_reaches_it(config: &Config) -> Vec<Finding> {
    let (server, mut findings) = (&config.server, Vec::new());
    let is_behind_a_proxy = !server.trusted_proxies.is_empty();
    if is_public(server.listen.ip()) && !is_behind_a_proxy {
        findings.push(Finding::warning(
            format!("it listens on {}, where strangers may reach it without TLS: tokens and messages can be read on the way", server.listen),
            "listen on 127.0.0.1 behind a reverse proxy, or name that proxy in `trusted_proxies` of [server]",
        ));
    }
    let admin = config.admin.listen.unwrap_or(DEFAULT_ADMIN);
    if is_public(admin.ip()) {
        findings.push(Finding::warning(
            format!("the admin listener is on {admin}, where others than this machine may reach it"),
            "listen on 127.0.0.1 in [admin], and come by SSH",
        ));
    }
    match server.public_url.as_deref() {
        None => findings.push(Finding::warning(
            "public_url is not set: signatures over the URL cannot be checked, and links to attachments lead to this machine only",
            "set public_url in [server] to what senders call, such as https://hooks.example.com",
        )),
        Some(url) if url.starts_with("http:") => findings.push(Finding::warning(
            format!("public_url is {url}: what senders send can be read on the way"),
            "let a reverse proxy do TLS, and write https://",
        )),
        Some(_) => {}
    }
    for (name, _) in config.providers.iter().filter(|(_, one)| one.allow_ips.is_some() && !is_behind_a_proxy)
    {
        findings.push(Finding::warning(
            format!("provider {name}: allow_ips is compared with who connects, which behind a reverse proxy is the proxy"),
            "name the proxy in `trusted_proxies` of [server]",
        ));
    }
    findings
}

fn what_guards_it(machine: &Machine) -> Vec<Finding> {
    const OTHERS_READ: u32 = 0o004;
    const OTHERS_WRITE: u32 = 0o002;
    const GROUP_OR_OTHERS: u32 = 0o077;
    let open = |Guarded { what, path, mode }: &Guarded| {
        let path = path.display();
        match what {
            What::Secret(variable) if mode & (OTHERS_READ | OTHERS_WRITE) != 0 => Some(Finding::warning(
                format!("every user of this machine may read or change {path}, the secret of {variable}"),
                format!("chmod 600 {path}"),
            )),
            What::Config if mode & OTHERS_WRITE != 0 => Some(Finding::warning(
                format!("every user of this machine may change {path}, and so what is run"),
                format!("chmod 644 {path}"),
            )),
            What::Data if mode & GROUP_OR_OTHERS != 0 => Some(Finding::warning(
                format!("other users of this machine may look into {path}, where every message is kept"),
                format!("chmod 700 {path}"),
            )),
            What::Secret(_) | What::Config | What::Data => None,
        }
    };
    let mut findings: Vec<Finding> = machine.guarded.iter().filter_map(open).collect();
    if machine.is_root {
        findings.push(Finding::warning(
            "it runs as root, and so does every program that it starts",
            "make a user for it, as examples/deploy does",
        ));
    }
    findings
}

fn where_it_is_kept(config: &Config, machine: &Machine) -> Vec<Finding> {
    let Disk { keeps, free } = machine.disk;
    let data = config.store.path.display();
    let lost = match keeps {
        Keeps::Everything => None,
        Keeps::UntilPowerOff => Some("in memory: a power cut loses what was acknowledged"),
        Keeps::AsLongAsItsContainer => {
            Some("in the container's own layer: what was acknowledged goes with the container")
        }
        Keeps::Elsewhere => Some("on a network file system, which may lose what it said was written"),
    };
    let lost = lost.map(|why| {
        Finding::warning(
            format!("the data folder {data} is {why}"),
            "put it on a local disk, or on a volume of one",
        )
    });
    let full = free.filter(|free| *free < config.store.min_free).map(|free| {
        const MIB: u64 = 1 << 20;
        let (free, least) = (free / MIB, config.store.min_free / MIB);
        Finding::refused(
            format!(
                "the disk of {data} has {free} MiB free, and below {least} MiB every delivery is refused"
            ),
            "make room, or lower `min_free` in [store]",
        )
    });
    lost.into_iter().chain(full).collect()
}

fn what_it_runs_on(machine: &Machine, now: Time) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !machine.resets_fast {
        findings.push(Finding::warning(
            "this machine has swap, or a kernel before 6.7: sandboxes are reset in the slow way, twice the time of a call",
            "turn swap off: swapoff -a, and remove it from /etc/fstab",
        ));
    }
    if machine.descriptors < descriptors::needed() {
        let connections = descriptors::connections(machine.descriptors);
        findings.push(Finding::warning(
            format!(
                "{} open files are allowed, so that at most {connections} senders can be connected instead of {}",
                machine.descriptors,
                bounds::CONNECTIONS
            ),
            format!("allow {}: LimitNOFILE in the systemd unit, or ulimit -Hn", descriptors::needed()),
        ));
    }
    if machine.config_written.is_some_and(|written| written.since(now) > CLOCK_SLACK) {
        findings.push(Finding::warning(
            "the configuration was written in the future: this machine's clock is behind, and signatures with a time are refused",
            "set the clock, and keep it right with systemd-timesyncd or chrony",
        ));
    }
    findings
}

fn is_public(address: IpAddr) -> bool {
    !address.to_canonical().is_loopback()
}

impl Guarded {
    /// Of a path with this mode.
    pub(super) fn new(what: What, path: &Path, mode: u32) -> Self {
        Self { what, path: path.to_owned(), mode: mode & 0o777 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read::parse;

    const GOOD: &str = "[server]\nlisten = \"127.0.0.1:7862\"\npublic_url = \"https://hooks.example.com\"\n\
                        trusted_proxies = [\"127.0.0.1\"]\n[providers.telegram]\nallow_ips = [\"149.154.160.0/20\"]";
    const NOW: Time = Time(1_790_000_000_000);

    fn machine() -> Machine {
        let guarded = |what, path: &str, mode| Guarded::new(what, Path::new(path), mode);
        Machine {
            is_root: false,
            descriptors: 524_288,
            resets_fast: true,
            disk: Disk { keeps: Keeps::Everything, free: Some(10 << 30) },
            guarded: vec![
                guarded(What::Config, "/etc/hookhost/hookhost.toml", 0o644),
                guarded(What::Secret("TELEGRAM_BOT_TOKEN_FILE".into()), "/run/secrets/token", 0o440),
                guarded(What::Data, "/var/lib/hookhost", 0o700),
            ],
            config_written: Some(NOW.minus(Duration::from_secs(86_400))),
        }
    }

    fn told(config: &str, machine: &Machine) -> Vec<String> {
        let config = parse(config, Path::new("/etc/hookhost/hookhost.toml")).unwrap();
        findings(&config, machine, NOW)
            .into_iter()
            .map(|one| format!("{} / {}", one.what, one.hint))
            .collect()
    }

    #[test]
    fn a_host_that_is_set_up_as_it_should_be_is_left_alone() {
        assert_eq!(told(GOOD, &machine()), [""; 0]);
    }

    #[test]
    fn what_strangers_reach_is_told() {
        let without = |line: &str| GOOD.replace(line, "");
        for (config, expected) in [
            (
                without("trusted_proxies = [\"127.0.0.1\"]\n").replace("127.0.0.1:7862", "0.0.0.0:7862"),
                vec!["it listens on 0.0.0.0:7862", "provider telegram: allow_ips"],
            ),
            (GOOD.replace("127.0.0.1:7862", "[::]:7862"), vec![]),
            (
                format!("{GOOD}\n[admin]\nlisten = \"0.0.0.0:7863\""),
                vec!["the admin listener is on 0.0.0.0:7863"],
            ),
            (format!("{GOOD}\n[admin]\nlisten = \"[::1]:7863\""), vec![]),
            (without("public_url = \"https://hooks.example.com\"\n"), vec!["public_url is not set"]),
            (GOOD.replace("https:", "http:"), vec!["public_url is http://hooks.example.com"]),
            (without("trusted_proxies = [\"127.0.0.1\"]\n"), vec!["provider telegram: allow_ips"]),
        ] {
            let told = told(&config, &machine());
            assert_eq!(told.len(), expected.len(), "{told:#?}");
            assert!(told.iter().zip(&expected).all(|(one, begins)| one.starts_with(begins)), "{told:#?}");
        }
    }

    #[test]
    fn what_the_machine_lacks_is_told() {
        type Change = fn(&mut Machine);
        let cases: [(Change, &str); 14] = [
            (|one| one.is_root = true, "it runs as root"),
            (|one| one.descriptors = 1_024, "1024 open files are allowed, so that at most 512 senders"),
            (|one| one.resets_fast = false, "this machine has swap"),
            (|one| one.disk.keeps = Keeps::UntilPowerOff, "the data folder /etc/hookhost/data is in memory"),
            (
                |one| one.disk.keeps = Keeps::AsLongAsItsContainer,
                "the data folder /etc/hookhost/data is in the container",
            ),
            (|one| one.disk.keeps = Keeps::Elsewhere, "the data folder /etc/hookhost/data is on a network"),
            (
                |one| one.disk.free = Some(100 << 20),
                "the disk of /etc/hookhost/data has 100 MiB free, and below 256",
            ),
            (|one| one.disk.free = None, ""),
            (
                |one| one.guarded[0].mode = 0o666,
                "every user of this machine may change /etc/hookhost/hookhost.toml",
            ),
            (
                |one| one.guarded[1].mode = 0o644,
                "every user of this machine may read or change /run/secrets/token",
            ),
            (
                |one| one.guarded[2].mode = 0o750,
                "other users of this machine may look into /var/lib/hookhost",
            ),
            (
                |one| one.config_written = Some(NOW.plus(Duration::from_secs(61))),
                "the configuration was written in",
            ),
            (|one| one.config_written = Some(NOW.plus(Duration::from_secs(60))), ""),
            (|one| one.config_written = None, ""),
        ];
        for (change, expected) in cases {
            let mut machine = machine();
            change(&mut machine);
            let told = told(GOOD, &machine);
            assert_eq!(told.len(), usize::from(!expected.is_empty()), "{expected}: {told:#?}");
            assert!(told.iter().all(|one| one.starts_with(expected) && !one.ends_with("/ ")), "{told:#?}");
        }
    }
}
