//! Logs to standard error, for people or as JSON, never with a secret in them.

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, PoisonError, RwLock};

use tracing::field::display;
use tracing::{Span, error_span};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::name::ProviderName;
use crate::model::redact::Redactor;
use crate::model::trace::TraceParent;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging. `filter` is a `tracing` directive list such as `info` or `hookhost=debug`; one that
/// cannot be read counts as `info`.
///
/// The result takes the redactor once the secrets are known.
pub fn start(format: LogFormat, filter: &str, no_color: bool) -> Redacting {
    let redacting = Redacting { redactor: Arc::new(RwLock::new(Redactor::new([]))) };
    // The store tells what becomes of sled's errors, in one line; sled repeats each for every table.
    let with_quiet = |filter: &str| EnvFilter::try_new(format!("sled=off,{filter}"));
    let filter = with_quiet(filter).unwrap_or_else(|_| EnvFilter::new("sled=off,info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(redacting.clone());
    // It only fails when logging was started before, as several tests in one process may.
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).try_init(),
        LogFormat::Text => {
            builder.with_ansi(!no_color && io::stderr().is_terminal()).with_target(false).try_init()
        }
    };
    redacting
}

/// The span under which everything is logged that belongs to an event, from its admission to its last reply. It is
/// made again on each side of the store, from what is stored.
///
/// It has the level of errors, so that it is there whatever the filter lets through.
pub fn execution_span(
    execution: ExecutionId,
    provider: &ProviderName,
    delivery: Option<DeliveryId>,
    trace: Option<TraceParent>,
) -> Span {
    // All at once: what is recorded later is formatted together with what stands there already.
    let (delivery, trace) = (delivery.map(display), trace.map(|trace| display(trace.trace_id())));
    error_span!("execution", %execution, %provider, delivery, trace)
}

/// A writer to standard error through which no secret passes: the last guard behind all others.
#[derive(Clone)]
pub struct Redacting {
    redactor: Arc<RwLock<Redactor>>,
}

impl Redacting {
    /// From now on these secrets are blotted out.
    pub fn redact(&self, redactor: Redactor) {
        *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
    }
}

impl<'w> MakeWriter<'w> for Redacting {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Write for Redacting {
    // The formatter writes each line as a whole, so that a secret is never cut in two.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let redactor = self.redactor.read().unwrap_or_else(PoisonError::into_inner);
        io::stderr().lock().write_all(&redactor.bytes(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
