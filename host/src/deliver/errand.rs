//! Carries a task to its end in memory: nothing of it is stored, and nobody repeats it after a crash. For what
//! is shown in a chat in passing, and for files that somebody waits for.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::client::{Client, NotSaved, call_of};
use super::hold::Holds;
use super::pace::Paces;
use super::request::{Refused, prepare};
use crate::dispatch::circuit::Circuits;
use crate::dispatch::jitter;
use crate::model::bounds;
use crate::model::redact::Redactor;
use crate::model::reply::Blob;
use crate::model::task::{Answer, Call, Failure, Next, Step, Task};
use crate::model::time::Time;
use crate::plugin::{Context, Fault, Plugin};
use crate::provider::{Provider, Unanswered};
use crate::workflow::backoff::next_delay;

/// Who runs errands. Clones share what they heed.
#[derive(Clone)]
pub struct Courier {
    /// How providers are called.
    pub client: Client,
    /// Who must not be called for a while.
    pub holds: Arc<Holds>,
    /// How fast the others may be called.
    pub paces: Arc<Paces>,
    /// Who refuses everything. Only a reply finds out whether that is over.
    pub circuits: Arc<Circuits>,
}

/// What an errand may do on its way.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// How long it may wait in all: for its turn, and between two tries.
    pub patience: Duration,
    /// Where answers are saved, if they may be, and how many bytes each may have.
    pub saves_to: Option<(&'a Path, u64)>,
}

/// Where an errand ended.
#[derive(Debug)]
pub struct Ended {
    /// Neither a step nor a retry.
    pub next: Next,
    /// What was saved, which goes when this is dropped.
    pub saved: Vec<(Blob, NamedTempFile)>,
}

/// Why an errand was given up.
#[derive(Debug, thiserror::Error)]
pub enum GivenUp {
    /// The plugin cannot be used now: later it may.
    #[error("its plugin is not loaded, or paused")]
    NoPlugin,
    /// The plugin broke, or the host has no room for it.
    #[error("its plugin failed: {0}")]
    Plugin(#[from] Fault),
    /// The call is not allowed, or lacks what only the operator can set.
    #[error("a call was not made: {0}")]
    Refused(#[from] Refused),
    /// The provider will never do it.
    #[error("{}: {}", .0.code, .0.message)]
    Failed(Failure),
    /// It would have had to wait longer than it may.
    #[error("the provider cannot be called in time")]
    NoPatience,
    /// The provider refuses everything, until it has taken a reply again.
    #[error("the provider refuses everything now")]
    Refuses,
    /// It takes more calls than any task needs.
    #[error("it takes more than {} calls", bounds::STEPS_PER_ERRAND)]
    TooManyCalls,
    /// No host keeps so much.
    #[error("the file is larger than {} MiB", bounds::MEDIA_BYTES / (1024 * 1024))]
    TooLarge,
    /// The disk refuses.
    #[error("the data folder cannot be written: {0}")]
    Disk(#[from] std::io::Error),
}

impl From<NotSaved> for GivenUp {
    fn from(not_saved: NotSaved) -> Self {
        match not_saved {
            NotSaved::TooLarge => Self::TooLarge,
            NotSaved::Disk(error) => Self::Disk(error),
        }
    }
}

impl Courier {
    /// Runs a task until the plugin says that it is over. Secrets that `redactor` knows are blotted out of what the
    /// provider answers.
    ///
    /// # Errors
    /// [`GivenUp`]; nothing of it goes on.
    pub async fn run(
        &self,
        provider: &Provider,
        redactor: &Redactor,
        task: &Task,
        terms: Terms<'_>,
    ) -> Result<Ended, GivenUp> {
        let plugin = provider.plugin.as_ref().ok_or(GivenUp::NoPlugin)?;
        let give_up_at = Time::now().plus(terms.patience);
        let mut errand =
            Errand { courier: self, provider, redactor, plugin, task, give_up_at, saved: Vec::new() };
        let (mut last, mut attempt) = (None, 0);
        for _ in 0..bounds::STEPS_PER_ERRAND {
            let step = match errand.think(last.as_ref(), attempt).await? {
                Next::Step(step) => {
                    attempt = 0;
                    errand.wait(step.after_ms.map(Duration::from_millis)).await?;
                    step
                }
                Next::Retry { after_ms, hold } => {
                    attempt += 1;
                    let asked = after_ms.map(Duration::from_millis);
                    if let (Some(bucket), Some(asked)) = (hold, asked) {
                        let now = Time::now();
                        let until = now.plus(asked.min(bounds::REPLY_TRIED_FOR));
                        self.holds.hold(&provider.name, bucket, until, now);
                    }
                    errand.wait(Some(asked.unwrap_or_else(|| next_delay(attempt, None, jitter())))).await?;
                    match last.take() {
                        Some((step, _)) => step,
                        None => continue,
                    }
                }
                Next::Failed(failure) => return Err(GivenUp::Failed(failure)),
                next => return Ok(Ended { next, saved: errand.saved }),
            };
            let answer = errand.call(&step, terms.saves_to).await?;
            last = Some((step, answer));
        }
        Err(GivenUp::TooManyCalls)
    }
}

struct Errand<'a> {
    courier: &'a Courier,
    provider: &'a Provider,
    redactor: &'a Redactor,
    plugin: &'a Plugin,
    task: &'a Task,
    give_up_at: Time,
    saved: Vec<(Blob, NamedTempFile)>,
}

impl Errand<'_> {
    async fn think(&self, last: Option<&(Step, Answer)>, attempt: u32) -> Result<Next, GivenUp> {
        let context = Context { now: Time::now(), settings: self.provider.settings.clone(), attempt };
        let answered = last.map(|(step, answer)| (&step.state[..], answer));
        let said = self.provider.think(self.plugin, context, (None, self.task), answered).await;
        said.map(|progress| progress.next).map_err(|unanswered| match unanswered {
            Unanswered::Paused(_) => GivenUp::NoPlugin,
            Unanswered::Fault(fault) => GivenUp::Plugin(fault),
        })
    }

    async fn call(&mut self, step: &Step, saves_to: Option<(&Path, u64)>) -> Result<Answer, GivenUp> {
        let (client, call) = (&self.courier.client, &step.call);
        let (true, Some((folder, limit))) = (call.save, saves_to) else {
            let prepared = prepare(self.provider, call)?;
            self.take_turn(call).await?;
            let began = Instant::now();
            let answer = client.call(prepared, self.redactor).await;
            self.provider.metrics.calls.took(call_of(&answer), began.elapsed());
            return Ok(answer);
        };
        let prepared = prepare(self.provider, &Call { save: false, ..call.clone() })?;
        self.take_turn(call).await?;
        let file = NamedTempFile::new_in(folder)?;
        let id = format!("{}", self.saved.len() + 1);
        let began = Instant::now();
        let answer = client.save(prepared, self.redactor, file.reopen()?, &id, limit).await?;
        self.provider.metrics.calls.took(call_of(&answer), began.elapsed());
        if let Answer::Saved { blob, .. } = &answer {
            self.saved.push((blob.clone(), file));
        }
        Ok(answer)
    }

    /// Waits until this call may be made, and counts it.
    async fn take_turn(&self, call: &Call) -> Result<(), GivenUp> {
        let Courier { holds, paces, circuits, .. } = self.courier;
        loop {
            let (now, name) = (Time::now(), &self.provider.name);
            circuits.may_call(name, None, now).map_err(|_| GivenUp::Refuses)?;
            let held = holds.held_until(name, &call.buckets, now);
            let until =
                held.map_or_else(|| paces.take(name, self.provider.paces(), &call.buckets, None, now), Err);
            match until {
                Ok(()) => return Ok(()),
                Err(until) => self.wait(Some(until.since(now))).await?,
            }
        }
    }

    async fn wait(&self, delay: Option<Duration>) -> Result<(), GivenUp> {
        let delay = delay.unwrap_or_default();
        if delay.is_zero() {
            return Ok(());
        }
        if delay > self.give_up_at.since(Time::now()) {
            return Err(GivenUp::NoPatience);
        }
        tokio::time::sleep(delay).await;
        Ok(())
    }
}
