//! A running host: the listeners, the workers and the keeper of the store.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Assembled;
use super::descriptors;
use super::observer::Observer;
use super::reload::{self, Reloader, Source};
use super::waiting::WaitingWork;
use crate::admin::file::{AdminFile, Published};
use crate::admin::token::Token;
use crate::admin::{self, Admin, Scrape};
use crate::backlog::Backlog;
use crate::config::{Config, DEFAULT_ADMIN};
use crate::deliver::client::Client;
use crate::deliver::errand::Courier;
use crate::deliver::hold::Holds;
use crate::deliver::outbox::Outbox;
use crate::deliver::pace::Paces;
use crate::deliver::signs::Signs;
use crate::dispatch::at_work::signs;
use crate::dispatch::circuit::Circuits;
use crate::dispatch::completions::Completions;
use crate::dispatch::runs::Runs;
use crate::dispatch::workers::Announcements;
use crate::inspect::Inspector;
use crate::link::Links;
use crate::live::Live;
use crate::media::shelf::Shelf;
use crate::media::{self, Counter};
use crate::metrics::Level;
use crate::model::bounds;
use crate::model::time::Time;
use crate::receive::server::Door;
use crate::receive::{Receiver, Settings, router, server};
use crate::store::{SharedStore, StoreError};
use crate::workflow::runner::Clients;
use crate::{keeper, tls};

/// A host that is ready to serve.
pub struct Host {
    listener: TcpListener,
    admin: AdminDoor,
    config: Config,
    assembled: Assembled,
    store: SharedStore,
    source: Source,
    hangups: Option<Signal>,
}

/// The admin listener and what was told of it.
struct AdminDoor {
    listener: TcpListener,
    file: AdminFile,
    published: Published,
}

/// Why a host cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program has the address, or it is none of this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The same for the admin listener.
    #[error("cannot listen on {address} for the commands: {source}")]
    ListenAdmin {
        /// As configured.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Commands could not find the admin listener.
    #[error("cannot write admin.json into the data folder: {0}")]
    Publish(io::Error),
    /// The data folder has no place for attachments and the key of their links.
    #[error("cannot keep attachments in the data folder: {0}")]
    Media(io::Error),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// TLS cannot be set up on this machine.
    #[error("cannot set up TLS for calls: {0}")]
    Tls(#[from] reqwest::Error),
    /// A part ended that never should: only a start brings it back.
    #[error("a part of the host ended by itself")]
    PartEnded,
}

impl Host {
    /// Opens the listeners and tells the commands where the admin listener is; nothing is answered before
    /// [`Self::run`]. `source` is what the setup was assembled from.
    ///
    /// # Errors
    /// [`StartError::Listen`], [`StartError::ListenAdmin`], [`StartError::Publish`].
    pub async fn bind(
        config: Config,
        assembled: Assembled,
        store: SharedStore,
        source: Source,
    ) -> Result<Self, StartError> {
        let address = config.server.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
        let admin = AdminDoor::open(config.admin.listen, &config.store.path).await?;
        Ok(Self { listener, admin, config, assembled, store, source, hangups: reload::hangups() })
    }

    /// Where it listens, with the port that was picked for port 0.
    ///
    /// # Errors
    /// The operating system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where the admin listener is.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin.file.address
    }

    /// Serves until `stop`, then lets end what was begun, for as long as `drain` in `[server]` says or until
    /// `cut_off`. What has not ended by then is broken off; runs are put back as if they had not begun, which
    /// takes [`bounds::PUT_BACK`] at most.
    ///
    /// # Errors
    /// [`StartError::PartEnded`] after it served; nothing that was acknowledged is lost. The others before.
    pub async fn run(self, stop: CancellationToken, cut_off: CancellationToken) -> Result<(), StartError> {
        let Self { listener, admin, config, assembled, store, source, hangups } = self;
        let (metrics, engine) = (source.loader.metrics().clone(), source.loader.engine().clone());
        let started = Time::now();
        let longest_window = assembled.setup.providers.longest_window();
        let live = Live::new(assembled.setup);
        let address = config.server.listen;
        let address = listener.local_addr().map_err(|source| StartError::Listen { address, source })?;
        let (arrivals, owed, completions) = Default::default();
        let waiting = WaitingWork {
            openings: store.openings(),
            store: Arc::clone(&store),
            arrivals: Announcements::clone(&arrivals),
            owed: Announcements::clone(&owed),
        };
        waiting.announce().await?;

        let circuits = Arc::<Circuits>::default();
        let courier = Courier {
            client: Client::new()?,
            holds: Arc::new(Holds::default()),
            paces: Arc::new(Paces::default()),
            circuits: Arc::clone(&circuits),
        };
        let outbox = Outbox {
            store: Arc::clone(&store),
            live: live.clone(),
            client: courier.client.clone(),
            holds: Arc::clone(&courier.holds),
            paces: Arc::clone(&courier.paces),
            outages: Arc::default(),
            circuits: Arc::clone(&circuits),
            owed: Announcements::clone(&owed),
        };
        let (at_work, told) = signs();
        let showing = Signs { live: live.clone(), courier: courier.clone() };
        let base = config.server.public_url.clone().unwrap_or(format!("http://{}", reachable(address)));
        let data = &config.store.path;
        let links = Links::open(data, &base).map_err(StartError::Media)?;
        let shelf = Arc::new(Shelf::open(data, config.store.min_free).map_err(StartError::Media)?);
        let runs = Runs {
            store: Arc::clone(&store),
            live: live.clone(),
            clients: Clients::new(tls::tls_config()),
            outages: Arc::default(),
            completions: Completions::clone(&completions),
            metrics: metrics.clone(),
            cut_off: cut_off.clone(),
            owed: Announcements::clone(&owed),
            signs: at_work,
            links: links.clone(),
        };
        let keep = keeper::Keep {
            finished: config.store.keep_events,
            ids: config.store.dedupe_window.max(longest_window),
        };
        let inspector = Inspector {
            store: Arc::clone(&store),
            live: live.clone(),
            arrivals: Announcements::clone(&arrivals),
            circuits: Arc::clone(&circuits),
            loads: source.loader.loads().clone(),
        };
        let backlog = Backlog::default();
        backlog.find(&live, &store).await?;
        let granted = Arc::new(Notify::new());
        let reloader = Reloader {
            source,
            hangups,
            config: config.clone(),
            findings: assembled.findings,
            live: live.clone(),
            store: Arc::clone(&store),
            backlog: backlog.clone(),
            outbox: outbox.clone(),
            granted: Arc::clone(&granted),
        };
        let counter = Counter::new(Arc::clone(&store), live.clone(), courier, links, Arc::clone(&shelf));
        let AdminDoor { listener: admin_listener, file, published } = admin;
        let observer = Observer {
            metrics: metrics.clone(),
            started,
            store: Arc::clone(&store),
            live: live.clone(),
            engine,
            data: data.clone(),
            ids_max: config.store.max_ids,
            arrivals: Announcements::clone(&arrivals),
            owed: Announcements::clone(&owed),
            holds: Arc::clone(&outbox.holds),
            hosts: Arc::clone(&outbox.outages),
            workflows: Arc::clone(&runs.outages),
            circuits: Arc::clone(&circuits),
        };
        let scrape: Scrape = Arc::new(move || observer.scrape());
        let (inspecting, AdminFile { token, address }) = (inspector.clone(), file);
        let admin = Admin { inspector: inspecting, token, address, scrape, granted };
        let trusted_proxies = config.server.trusted_proxies.clone();
        let settings = Settings {
            body_limit: config.server.body_limit,
            trusted_proxies: trusted_proxies.clone(),
            stop: stop.clone(),
        };
        let open = metrics.connections().clone();
        let receiver = Receiver::new(
            Arc::clone(&store),
            live,
            (Announcements::clone(&arrivals), backlog.clone()),
            completions,
            circuits,
            settings,
            metrics,
        );

        let workers = config.dispatch.workers as usize;
        let mut parts = JoinSet::new();
        parts.spawn(runs.run(arrivals, workers, stop.clone()));
        parts.spawn(outbox.run(workers, stop.clone()));
        parts.spawn(backlog.run(inspector, stop.clone()));
        parts.spawn(reloader.run(stop.clone()));
        parts.spawn(waiting.announce_again(stop.clone()));
        parts.spawn(showing.run(told, stop.clone()));
        parts.spawn(keeper::run(store, shelf, keep, stop.clone()));
        let public = router(receiver).merge(media::router(counter));
        let door =
            Door { connections: descriptors::connections(descriptors::raise()), trusted_proxies, open };
        parts.spawn(server::serve(listener, public, door, stop.clone()));
        let door = Door {
            connections: bounds::ADMIN_CONNECTIONS,
            trusted_proxies: Vec::new(),
            open: Level::default(),
        };
        parts.spawn(server::serve(admin_listener, admin::router(admin), door, stop.clone()));
        // Without one of them the others would take in what nobody works on.
        let ended_by_itself = tokio::select! {
            _ = parts.join_next() => !stop.is_cancelled(),
            () = stop.cancelled() => false,
        };
        stop.cancel();
        let mut all_ended = pin!(async { while parts.join_next().await.is_some() {} });
        let drain = config.server.drain;
        let have_ended = tokio::select! {
            () = &mut all_ended => true,
            () = sleep(drain) => false,
            () = cut_off.cancelled() => false,
        };
        if !have_ended {
            tracing::warn!(?drain, "what has not ended is cut off: runs and replies go on at the next start");
            cut_off.cancel();
            // A call on its way is found in the store at the next start.
            let _ = timeout(bounds::PUT_BACK, &mut all_ended).await;
        }
        drop(published);
        if ended_by_itself { Err(StartError::PartEnded) } else { Ok(()) }
    }
}

impl AdminDoor {
    async fn open(configured: Option<SocketAddr>, data: &Path) -> Result<Self, StartError> {
        let address = configured.unwrap_or(DEFAULT_ADMIN);
        let cannot = |source| StartError::ListenAdmin { address, source };
        let listener = match TcpListener::bind(address).await {
            // Another host of this machine has it; an address that nobody asked for must not stop this one.
            Err(error) if configured.is_none() && error.kind() == io::ErrorKind::AddrInUse => {
                TcpListener::bind((address.ip(), 0)).await
            }
            bound => bound,
        };
        let listener = listener.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let file = AdminFile { address, token: Token::generate() };
        let published = file.publish(data).map_err(StartError::Publish)?;
        Ok(Self { listener, file, published })
    }
}

/// Where this machine reaches a listener; one on all addresses is on loopback too.
fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback = match address.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    let ip = if address.ip().is_unspecified() { loopback } else { address.ip() };
    SocketAddr::new(ip, address.port())
}
