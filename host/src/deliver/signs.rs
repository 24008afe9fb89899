//! Shows in a chat that a message was seen, and that somebody is at work: tried once, never stored, and
//! nothing ever waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::errand::{Courier, GivenUp, Terms};
use crate::dispatch::at_work::AtWork;
use crate::live::{Live, Setup};
use crate::model::bounds;
use crate::model::id::OutgoingId;
use crate::model::reply::Reply;
use crate::model::task::{Outgoing, Task};
use crate::provider::Provider;

/// What showing needs.
#[derive(Clone)]
pub struct Signs {
    /// Who carries it, as of now.
    pub live: Live,
    /// How.
    pub courier: Courier,
}

/// A workflow that answers sooner needs no sign of its work: it would be seen after the answer.
const TYPING_AFTER: Duration = Duration::from_secs(1);

/// How long `typing` is seen where the manifest does not say: the shortest of the shipped providers.
const TYPING_SEEN: Duration = Duration::from_secs(5);

/// A provider whose manifest says less is not called more often all the same.
const TYPING_EVERY_MIN: Duration = Duration::from_secs(1);

/// One that would have to wait is not shown at all.
const AT_ONCE: Terms<'static> = Terms { patience: Duration::ZERO, saves_to: None };

impl Signs {
    /// Shows what is told until `stop`. What is on its way then is dropped: nobody is owed it.
    pub async fn run(self, mut told: mpsc::Receiver<AtWork>, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(bounds::SIGNS_SHOWN));
        let mut shown = JoinSet::new();
        loop {
            let at_work = tokio::select! {
                Some(at_work) = told.recv() => at_work,
                () = stop.cancelled() => break,
            };
            while shown.try_join_next().is_some() {}
            let setup = self.live.now();
            let provider = setup.providers.get(&at_work.provider);
            if !provider.is_some_and(|provider| can_show(provider, "seen") || can_show(provider, "typing")) {
                continue;
            }
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
            let signs = self.clone();
            shown.spawn(async move {
                signs.show(&at_work).await;
                drop(place);
            });
        }
    }

    async fn show(&self, at_work: &AtWork) {
        let setup = self.live.now();
        let Some(provider) = setup.providers.get(&at_work.provider) else { return };
        if at_work.is_first && can_show(provider, "seen") {
            self.send(&setup, provider, at_work, Reply::Seen).await;
        }
        if can_show(provider, "typing") {
            let typing = self.type_on(&setup, provider, at_work);
            let _ = at_work.over.run_until_cancelled(typing).await;
        }
    }

    async fn type_on(&self, setup: &Setup, provider: &Provider, at_work: &AtWork) {
        let every = repeated_every(provider.manifest.typing_ms);
        tokio::time::sleep(TYPING_AFTER).await;
        while self.send(setup, provider, at_work, Reply::Typing).await {
            tokio::time::sleep(every).await;
        }
    }

    /// Gives whether it makes sense to send more of it.
    async fn send(&self, setup: &Setup, provider: &Provider, at_work: &AtWork, reply: Reply) -> bool {
        let kind = reply.kind().to_owned();
        let task = Task::Send(Outgoing {
            id: OutgoingId::new().to_string(),
            conversation: at_work.conversation.clone(),
            reply,
            origin: Some(at_work.origin.clone()),
            attributes: Vec::new(),
        });
        match self.courier.run(provider, &setup.redactor, &task, AT_ONCE).await {
            Ok(_) => true,
            // The next one may have its turn.
            Err(GivenUp::NoPatience) => true,
            Err(error) => {
                tracing::debug!(provider = %provider.name, execution = %at_work.execution, kind, %error, "not shown");
                false
            }
        }
    }
}

fn can_show(provider: &Provider, kind: &str) -> bool {
    provider.manifest.replies.iter().any(|known| known == kind)
}

/// A little earlier than it fades.
fn repeated_every(seen_ms: Option<u32>) -> Duration {
    let seen = seen_ms.map_or(TYPING_SEEN, |millis| Duration::from_millis(millis.into()));
    (seen * 9 / 10).max(TYPING_EVERY_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_is_repeated_before_it_fades() {
        for (seen_ms, expected_ms) in
            [(None, 4_500), (Some(5_000), 4_500), (Some(25_000), 22_500), (Some(0), 1_000)]
        {
            assert_eq!(repeated_every(seen_ms), Duration::from_millis(expected_ms), "{seen_ms:?}");
        }
    }
}
