//! Tells whoever shows it that a workflow is at work for a chat.

use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::model::bounds;
use crate::model::event::Content;
use crate::model::id::ExecutionId;
use crate::model::name::ProviderName;
use crate::model::task::Origin;
use crate::store::execution::Execution;

/// Where it is told. Nobody waits for it, and nothing depends on it: where too much is told at once, the rest
/// is not shown.
#[derive(Debug, Clone)]
pub struct Signs(mpsc::Sender<AtWork>);

/// A message that was taken up.
#[derive(Debug)]
pub struct AtWork {
    /// Its run.
    pub execution: ExecutionId,
    /// Who brought it.
    pub provider: ProviderName,
    /// Where it was written.
    pub conversation: String,
    /// What is being answered.
    pub origin: Origin,
    /// Whether this is the first attempt, before which nobody showed anything.
    pub is_first: bool,
    /// Cancelled when the attempt is over.
    pub over: CancellationToken,
}

/// Where it is told, and where it is heard.
pub fn signs() -> (Signs, mpsc::Receiver<AtWork>) {
    let (told, heard) = mpsc::channel(bounds::SIGNS_WAITING);
    (Signs(told), heard)
}

impl Signs {
    /// An attempt begins; it is over when what this gives is dropped. Nothing is told of what nobody wrote.
    pub fn begin(&self, execution: &Execution) -> Option<DropGuard> {
        let event = &execution.event;
        let conversation = event.conversation.clone()?;
        if !matches!(event.content, Content::Message(_)) {
            return None;
        }
        let over = CancellationToken::new();
        let at_work = AtWork {
            execution: execution.id,
            provider: execution.provider.clone(),
            conversation,
            origin: Origin::of(event),
            is_first: execution.attempts == 1,
            over: over.clone(),
        };
        self.0.try_send(at_work).ok()?;
        Some(over.drop_guard())
    }
}
