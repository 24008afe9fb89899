//! What can be asked of `hookhost events`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::when::When;
use crate::cli::ConfigArgs;
use crate::config::load::Overrides;
use crate::model::bounds;
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::model::topic::TopicPattern;
use crate::store::execution::StateName;
use crate::store::listing::{EventFilter, Origin};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EventsCommand {
    /// List events, newest first
    List(ListArgs),
    /// Show an event or a delivery
    Show(ShowArgs),
    /// Run events again, and let plugins look again at held deliveries
    ///
    /// An event runs under a new id, whatever was run before. A held delivery is adapted again; its events
    /// that came again meanwhile are not run twice.
    Replay(ReplayArgs),
    /// List the deliveries that no plugin could understand; they are kept until they are replayed
    Held(HeldArgs),
    /// List the events that were given up and not replayed since
    Dead(DeadArgs),
    /// Print events as they come and change, until stopped; the host must run
    Tail(TailArgs),
}

/// Which host is meant.
#[derive(Debug, Args)]
pub(in crate::cli) struct StoreArgs {
    #[command(flatten)]
    pub(in crate::cli) config: ConfigArgs,
    /// The folder in which the host keeps its data
    #[arg(long, value_name = "DIR", env = "HOOKHOST_DATA")]
    data: Option<PathBuf>,
}

/// From whom, and when.
#[derive(Debug, Args)]
pub(super) struct OriginArgs {
    /// Only of this provider
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,
    /// Only what was taken in since then: 1h (ago), or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "WHEN")]
    since: Option<When>,
    /// Only what was taken in before then
    #[arg(long, value_name = "WHEN")]
    until: Option<When>,
}

/// Of what kind.
#[derive(Debug, Args)]
pub(super) struct KindArgs {
    /// Only with such a topic, for example "message.*"
    #[arg(long, value_name = "PATTERN")]
    topic: Option<TopicPattern>,
    /// Only of this conversation, as the provider names it
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
}

/// How a list is printed.
#[derive(Debug, Args)]
pub(super) struct PrintArgs {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = bounds::EVENTS_LISTED)]
    pub(super) limit: usize,
    /// Print one JSON array
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,
    #[command(flatten)]
    origin: OriginArgs,
    #[command(flatten)]
    kind: KindArgs,
    /// Only in this state: queued, running, done, dead, recorded, stale, conflict or expired
    #[arg(long)]
    state: Option<StateName>,
    #[command(flatten)]
    pub(super) print: PrintArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DeadArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,
    #[command(flatten)]
    origin: OriginArgs,
    #[command(flatten)]
    kind: KindArgs,
    #[command(flatten)]
    pub(super) print: PrintArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct HeldArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,
    #[command(flatten)]
    origin: OriginArgs,
    #[command(flatten)]
    pub(super) print: PrintArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    /// Of an event or a delivery
    pub(super) id: String,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// Show the bytes that were delivered, too
    #[arg(long)]
    pub(super) body: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(group(
    ArgGroup::new("which")
        .required(true)
        .multiple(true)
        .args(["ids", "held", "state", "provider", "since", "until", "topic", "conversation"])
))]
pub(in crate::cli) struct ReplayArgs {
    /// Of events and held deliveries
    #[arg(value_name = "ID", conflicts_with_all = ["held", "state", "provider", "since", "until", "topic", "conversation"])]
    pub(super) ids: Vec<String>,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// Held deliveries, in place of events
    #[arg(long, conflicts_with_all = ["state", "topic", "conversation"])]
    pub(super) held: bool,
    #[command(flatten)]
    origin: OriginArgs,
    #[command(flatten)]
    kind: KindArgs,
    /// Only in this state: done, dead, recorded or stale
    #[arg(long)]
    state: Option<StateName>,
    /// Replay everything that was found, and not only when it is one
    #[arg(long)]
    pub(super) yes: bool,
    /// Print one JSON array
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TailArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,
    #[command(flatten)]
    origin: OriginArgs,
    #[command(flatten)]
    kind: KindArgs,
    /// Only in this state: queued, running, done, dead, recorded or stale
    #[arg(long)]
    state: Option<StateName>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(super) json: bool,
}

impl StoreArgs {
    pub(in crate::cli) fn overrides(&self) -> Overrides {
        Overrides { data: self.data.clone(), ..self.config.overrides() }
    }
}

impl OriginArgs {
    fn origin(&self) -> Origin {
        let now = Time::now();
        let at = |when: &Option<When>| when.as_ref().map(|when| when.at(now));
        Origin { provider: self.provider.clone(), since: at(&self.since), until: at(&self.until) }
    }

    fn filter(&self, kind: &KindArgs, state: Option<StateName>) -> EventFilter {
        EventFilter {
            origin: self.origin(),
            topic: kind.topic.clone(),
            state,
            conversation: kind.conversation.clone(),
            replayed: None,
        }
    }
}

impl ListArgs {
    pub(super) fn filter(&self) -> EventFilter {
        self.origin.filter(&self.kind, self.state)
    }
}

impl DeadArgs {
    pub(super) fn filter(&self) -> EventFilter {
        let dead = self.origin.filter(&self.kind, Some(StateName::Dead));
        EventFilter { replayed: Some(false), ..dead }
    }
}

impl HeldArgs {
    pub(super) fn origin(&self) -> Origin {
        self.origin.origin()
    }
}

impl ReplayArgs {
    pub(super) fn origin(&self) -> Origin {
        self.origin.origin()
    }

    /// What was replayed already is left alone: its replay is an event of its own.
    pub(super) fn filter(&self) -> EventFilter {
        EventFilter { replayed: Some(false), ..self.origin.filter(&self.kind, self.state) }
    }
}

impl TailArgs {
    pub(super) fn filter(&self) -> EventFilter {
        self.origin.filter(&self.kind, self.state)
    }
}
