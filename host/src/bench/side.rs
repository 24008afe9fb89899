//! One of the two servers that are compared.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

use super::figures::Turn;
use super::load::{Load, Pace, Sent, send};
use super::process::{Memory, Server};
use super::report::Stored;
use super::requests::{Maker, Requests};
use super::sender::Sender;
use super::{BenchError, Options, USUAL, WARM_UP, count, data};

/// More than any server on such a machine takes in a second; what is not sent is thrown away.
const PER_SECOND: f64 = 60_000.0;

/// A server, and what was acknowledged by it.
pub(super) struct Side {
    name: &'static str,
    address: SocketAddr,
    path: String,
    /// Where it takes those whose signature does not fit.
    forged_path: String,
    /// What this program started; nothing is known of others but what they answer.
    server: Option<Server>,
    acknowledged: usize,
}

impl Side {
    /// The real thing.
    pub(super) async fn hookhost(folder: &Path, options: &Options) -> Result<Self, BenchError> {
        let server = Server::hookhost(folder, &sections(options), &variables(options)).await?;
        let path = path(options.sender, 0);
        Ok(Self::of("hookhost", server.address, [path.clone(), path], Some(server)))
    }

    /// What it is compared with.
    pub(super) async fn other(folder: &Path, options: &Options) -> Result<Self, BenchError> {
        if let Some(beside) = &options.beside {
            let paths = [beside.path.clone(), beside.path.clone()];
            return Ok(Self::of("the other server", beside.address, paths, None));
        }
        let data = data(folder);
        let sender = options.sender.plugin();
        let arguments = ["bench", "--provider", sender, "--serve-native"].map(OsStr::new);
        let arguments = [&arguments[..], &[data.as_os_str()]].concat();
        let server = Server::start(folder, &arguments, &variables(options)).await?;
        let paths = ["/", "/bare"].map(str::to_owned);
        Ok(Self::of("the native handler", server.address, paths, Some(server)))
    }

    fn of(
        name: &'static str,
        address: SocketAddr,
        [path, forged_path]: [String; 2],
        server: Option<Server>,
    ) -> Self {
        Self { name, address, path, forged_path, server, acknowledged: 0 }
    }

    pub(super) fn memory(&self) -> Option<Memory> {
        self.server.as_ref().map(Server::memory)
    }

    /// Lets connections, caches and the store get going.
    pub(super) async fn warm_up(&mut self, maker: &mut Maker) -> Result<(), BenchError> {
        let load = Load { connections: USUAL, pace: Pace::Closed, time: WARM_UP };
        self.drive(maker, load).await.map(drop)
    }

    /// Puts it under load, and waits until it has done what there is to do.
    pub(super) async fn drive(&mut self, maker: &mut Maker, load: Load) -> Result<Turn, BenchError> {
        let forged = matches!(load.pace, Pace::Forged);
        let path = if forged { &self.forged_path } else { &self.path };
        let requests = enough(maker, path, load);
        let before = self.server.as_ref().map(|server| (server.cpu(), server.commits()));
        let sent = send(self.address, load, requests).await;
        let sent = sent.map_err(|error| BenchError::Machine("a server cannot be called", error))?;
        self.check(&sent, forged)?;
        self.acknowledged += sent.accepted;
        let mut turn = Turn { sent, cpu: None, commits: None };
        if let (Some(server), Some((cpu, commits))) = (&self.server, before) {
            turn.commits = Some(server.commits() - commits);
            server.quiet().await;
            turn.cpu = Some(server.cpu().saturating_sub(cpu));
        }
        Ok(turn)
    }

    /// The same, while another provider at the path `flooded` is flooded, from so long before it until after it.
    pub(super) async fn drive_beside(
        &mut self,
        maker: &mut Maker,
        load: Load,
        flooded: &str,
        (flood, before): (Load, Duration),
    ) -> Result<Turn, BenchError> {
        let requests = enough(maker, &self.path, load);
        let flooding = enough(maker, flooded, flood);
        let later = async {
            sleep(before).await;
            send(self.address, load, requests).await
        };
        let both = tokio::try_join!(later, send(self.address, flood, flooding));
        let (sent, flood_sent) =
            both.map_err(|error| BenchError::Machine("a server cannot be called", error))?;
        self.check(&sent, false)?;
        self.check(&flood_sent, matches!(flood.pace, Pace::Forged))?;
        self.acknowledged += sent.accepted + flood_sent.accepted;
        if let Some(server) = &self.server {
            server.quiet().await;
        }
        Ok(Turn { sent, cpu: None, commits: None })
    }

    /// A server that answers otherwise does other work.
    fn check(&self, sent: &Sent, forged: bool) -> Result<(), BenchError> {
        let wrong = match forged {
            true if sent.accepted > 0 => Some(200),
            // How another server refuses is its own affair.
            true if self.server.is_none() => None,
            false if sent.refused > 0 => Some(401),
            _ => sent.other,
        };
        match wrong {
            Some(status) => Err(BenchError::Refused { name: self.name.into(), status }),
            None => Ok(()),
        }
    }

    /// Stops it, opens its store and counts what is there.
    pub(super) async fn counted(self) -> Result<Option<Stored>, BenchError> {
        let Some(server) = self.server else { return Ok(None) };
        let stored = count(&data(&server.stop().await?)).await?;
        Ok(Some(Stored { name: self.name, acknowledged: self.acknowledged, stored }))
    }
}

/// As many requests as can be sent under this load.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred thousand at most")]
fn enough(maker: &mut Maker, path: &str, load: Load) -> Requests {
    let (forged, per_second) = match load.pace {
        Pace::Closed => (false, PER_SECOND),
        Pace::Forged => (true, PER_SECOND),
        Pace::Open { per_second } => (false, per_second),
    };
    let count = (per_second * load.time.as_secs_f64()) as usize + load.connections;
    maker.requests(path, count, forged)
}

/// Where the provider of this number takes deliveries.
pub(super) fn path(sender: Sender, number: usize) -> String {
    format!("/webhooks/{}", provider(sender, number))
}

/// The name of the provider of this number.
fn provider(sender: Sender, number: usize) -> String {
    format!("{}-{number}", sender.plugin())
}

/// Every provider knows the same secret. Nobody who sends may run anything: what is measured is what happens
/// before the acknowledgement.
fn sections(options: &Options) -> String {
    let mut toml = String::new();
    for number in 0..options.providers {
        let (name, plugin) = (provider(options.sender, number), options.sender.plugin());
        let section = format!("\n[providers.{name}]\nplugin = \"{plugin}\"\nallow_senders = [\"nobody\"]\n");
        toml.write_str(&section).expect("writing to a text never fails");
    }
    toml
}

/// The one secret of all providers.
pub(super) fn variables(options: &Options) -> Vec<(String, String)> {
    vec![("WEBHOOK_SECRET_DEFAULT".into(), options.secret.clone())]
}
