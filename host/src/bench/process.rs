//! A server as a process of its own, and what it takes of the machine.

use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::BenchError;

/// What `/proc/PID/stat` counts in, on every Linux.
const TICK: Duration = Duration::from_millis(10);
/// How long a server may take to start, or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// A server whose processor time did not grow for so long has nothing left to do.
const QUIET: Duration = Duration::from_millis(60);
/// What is left to do after a load is waited for at most so long.
const QUIET_WITHIN: Duration = Duration::from_secs(10);

/// How every Hookhost that is started here begins.
const CONFIGURATION: &str =
    "[store]\nurl = \"sled:data\"\nmin_free = \"1MiB\"\n\n[admin]\nlisten = \"127.0.0.1:0\"\n";

/// A running server of this binary.
pub(super) struct Server {
    child: Child,
    pid: u32,
    folder: PathBuf,
    pub(super) address: SocketAddr,
    /// From running the program until it said where it listens.
    pub(super) started_in: Duration,
}

/// What a process holds of the machine's memory, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    pub(super) now: u64,
    pub(super) peak: u64,
}

impl Server {
    /// Starts the real thing with what the file says besides where everything is kept.
    pub(super) async fn hookhost(
        folder: &Path,
        configuration: &str,
        variables: &[(String, String)],
    ) -> Result<Self, BenchError> {
        let machine = |error| BenchError::Machine("the configuration cannot be written", error);
        fs::create_dir_all(folder).map_err(machine)?;
        let configuration = [CONFIGURATION, configuration].concat();
        fs::write(folder.join("hookhost.toml"), configuration).map_err(machine)?;
        Self::start(folder, &["serve", "--port", "0"].map(OsStr::new), variables).await
    }

    /// Starts this binary with these arguments and variables, and waits until it says where it listens. What it
    /// logs goes into a file of its folder, as a service manager would have it.
    pub(super) async fn start(
        folder: &Path,
        arguments: &[&OsStr],
        variables: &[(String, String)],
    ) -> Result<Self, BenchError> {
        let machine = |what| move |error| BenchError::Machine(what, error);
        fs::create_dir_all(folder).map_err(machine("no scratch folder can be made"))?;
        let log = fs::File::create(folder.join("log")).map_err(machine("no log can be written"))?;
        let program = std::env::current_exe().map_err(machine("this program cannot be found"))?;
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(machine("a server cannot be started"))?;
        let pid = child.id().expect("it was not waited for");
        let address = timeout(PATIENCE, listening(&mut child)).await.ok().flatten();
        let started_in = began.elapsed();
        let Some(address) = address else {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            let why = log.lines().last().unwrap_or("it said nothing").to_owned();
            return Err(BenchError::NotStarted { name: "the server".into(), why });
        };
        Ok(Self { child, pid, folder: folder.to_owned(), address, started_in })
    }

    /// Processor time so far, of all its threads.
    pub(super) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        ticks(&stat).map_or(Duration::ZERO, |ticks| TICK * ticks)
    }

    pub(super) fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
        };
        Memory { now: bytes("VmRSS:").unwrap_or_default(), peak: bytes("VmHWM:").unwrap_or_default() }
    }

    /// Groups that were made durable so far, as the store notes them.
    pub(super) fn commits(&self) -> u64 {
        let mark = fs::read(self.folder.join("data/store.json")).unwrap_or_default();
        let mark: serde_json::Value = serde_json::from_slice(&mark).unwrap_or_default();
        mark["commits"].as_u64().unwrap_or_default()
    }

    /// Waits until it has nothing left to do.
    pub(super) async fn quiet(&self) {
        let wait = async {
            let mut before = self.cpu();
            loop {
                sleep(QUIET).await;
                let now = self.cpu();
                if now == before {
                    return;
                }
                before = now;
            }
        };
        // One that is never quiet is measured as it is.
        let _ = timeout(QUIET_WITHIN, wait).await;
    }

    /// Ends it, and gives its folder.
    pub(super) async fn stop(mut self) -> Result<PathBuf, BenchError> {
        let pid = Pid::from_raw(self.pid.cast_signed()).expect("a process has an id");
        let failed = |error| BenchError::Machine("a server cannot be stopped", error);
        kill_process(pid, Signal::TERM).map_err(|error| failed(error.into()))?;
        match timeout(PATIENCE, self.child.wait()).await {
            Ok(ended) => ended.map(|_| self.folder.clone()).map_err(failed),
            Err(_) => Err(failed(std::io::ErrorKind::TimedOut.into())),
        }
    }
}

/// The address of the line that every server prints when it is ready.
async fn listening(child: &mut Child) -> Option<SocketAddr> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    let address = loop {
        let line = lines.next_line().await.ok()??;
        if let Some(address) = line.strip_prefix("listening on http://") {
            break address.parse().ok()?;
        }
    };
    // Read on, or a server that prints more would wait for somebody who does.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Some(address)
}

/// User and system time of a line of `/proc/PID/stat`, whose second field is a name that may hold anything.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut number = || fields.next()?.parse::<u32>().ok();
    Some(number()? + number()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_any_name() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 500 0 0 0 17 25 0 0 20 0 4 0 100 1000 10";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks(""), None);
    }
}
