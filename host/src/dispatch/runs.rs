//! Works on lanes of runs: claims an event, decides what it asks for, runs it, settles it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::at_work::Signs;
use super::completions::Completions;
use super::judge::{Ended, dead, judge};
use super::lanes::After;
use super::workers::{self, Announcements};
use super::{STORE_PAUSE, jitter, until_stored};
use crate::link::{Attached, Links};
use crate::live::Live;
use crate::model::event::Content;
use crate::model::fault_point::FaultPoint;
use crate::model::outcome::Outcome;
use crate::model::reply::Reply;
use crate::model::time::Time;
use crate::store::execution::{Claim, Claimed, Execution, Settled, State};
use crate::store::key::Lane;
use crate::store::{SharedStore, StoreError};
use crate::workflow::degrade::as_supported;
use crate::workflow::input::document;
use crate::workflow::route::{Decision, Run, decide};
use crate::workflow::runner::{self, Clients, Job, RunError};
use crate::workflow::{Workflow, say};

/// What running needs.
#[derive(Clone)]
pub struct Runs {
    /// Where events wait.
    pub store: SharedStore,
    /// Who sent them, what they may run, and what they run, as of now.
    pub live: Live,
    /// How workflows are reached.
    pub clients: Clients,
    /// Who is told of an end.
    pub completions: Completions,
    /// Who sends what is owed.
    pub owed: Announcements,
    /// Who shows in chats that they are worked for.
    pub signs: Signs,
    /// Where their attachments are.
    pub links: Links,
}

impl Runs {
    /// Runs what is announced until `stop`, then finishes the attempts that were begun.
    pub async fn run(self, announced: Announcements, workers: usize, stop: CancellationToken) {
        workers::run(announced, workers, stop, move |lane| {
            let runs = self.clone();
            async move { runs.work(lane).await }
        })
        .await;
    }

    async fn work(&self, lane: Lane) -> After {
        let worked = match self.store.claim(lane, Time::now()).await {
            Ok(Claimed::Empty) => Ok(After::Empty),
            Ok(Claimed::NotBefore(at)) => Ok(After::NotBefore(at)),
            Ok(Claimed::Started(claim)) => {
                FaultPoint::Claimed.reached();
                self.attempt(&claim).await
            }
            Err(error) => Err(error),
        };
        match worked {
            Ok(after) => after,
            Err(StoreError::Superseded) => After::Again,
            Err(error) => {
                tracing::error!(%error, "runs wait for the store");
                After::NotBefore(Time::now().plus(STORE_PAUSE))
            }
        }
    }

    async fn attempt(&self, claim: &Claim) -> Result<After, StoreError> {
        let execution = &claim.execution;
        let setup = self.live.now();
        let Some(provider) = setup.providers.get(&execution.provider) else {
            return self.settle(claim, Settled::recorded("its provider is not configured")).await;
        };
        let decision =
            decide(&execution.event, &provider.name, &provider.access, &setup.routes, &setup.workflows);
        match decision {
            Decision::Record(reason) => self.settle(claim, Settled::recorded(reason.as_str())).await,
            Decision::Say(text) => {
                // It was seen, and the answer is here already.
                drop(self.signs.begin(execution));
                self.settle(claim, said(text)).await
            }
            Decision::Refuse(refusal) => self.settle(claim, refused(refusal.to_string())).await,
            Decision::Run(run) => {
                let workflow = setup.workflows.get(&run.workflow);
                let workflow = workflow.expect("only configured workflows are decided for");
                self.run_workflow(claim, &run, workflow).await
            }
        }
    }

    async fn run_workflow(&self, claim: &Claim, run: &Run, workflow: &Workflow) -> Result<After, StoreError> {
        let execution = &claim.execution;
        if claim.is_exhausted() {
            tracing::error!(execution = %execution.id, workflow = %run.workflow, "given up: its runs were cut off too often");
            let sentence = say::failure(&run.workflow, execution.id, None);
            return self.settle(claim, dead(&run.workflow, sentence)).await;
        }
        let message = match &execution.event.content {
            Content::Message(message) => Some(message.id.as_str()),
            _ => None,
        };
        let now = Time::now();
        let link = |index| {
            let number = u16::try_from(index).ok()?;
            Some(self.links.to(Attached { execution: execution.id, number }, now))
        };
        let (attempts, provider) = (execution.attempts, &execution.provider);
        let document = document(execution.id, attempts, run, provider, &execution.event, &link);
        let job = Job { execution: execution.id, document, message, now };
        let at_work = self.signs.begin(execution);
        let ran = runner::run(&self.clients, workflow, job).await;
        drop(at_work);
        FaultPoint::Ran.reached();
        let now_ended = Time::now();
        log_attempt(execution, run, &ran, now_ended.since(now));
        match judge(execution, workflow, ran, now_ended, jitter()) {
            Ended::Settled(settled) => self.settle(claim, settled).await,
            Ended::Postponed(postponed) => {
                let until = postponed.until;
                until_stored(|| self.store.postpone(claim, postponed.clone())).await?;
                Ok(After::NotBefore(until))
            }
        }
    }

    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<After, StoreError> {
        let execution = &claim.execution;
        let settled = self.sayable(execution, settled);
        let owes = !settled.replies.is_empty();
        until_stored(|| self.store.settle(claim, settled.clone(), Time::now())).await?;
        FaultPoint::Settled.reached();
        self.completions.settled(execution.id);
        if owes {
            self.owed.arrived(execution.lane);
        }
        Ok(After::Again)
    }

    /// With every reply in a form that the provider can send; none where nobody can be answered.
    fn sayable(&self, execution: &Execution, mut settled: Settled) -> Settled {
        if execution.event.conversation.is_none() {
            settled.replies.clear();
        }
        let setup = self.live.now();
        let Some(provider) = setup.providers.get(&execution.provider) else { return settled };
        settled.replies = settled
            .replies
            .into_iter()
            .filter_map(|mut owed| match as_supported(owed.reply, &provider.manifest.replies) {
                Ok(reply) => {
                    owed.reply = reply;
                    Some(owed)
                }
                Err(unsayable) => {
                    tracing::warn!(execution = %execution.id, provider = %provider.name, "a reply is left out: {unsayable}");
                    None
                }
            })
            .collect();
        settled
    }
}

fn said(text: String) -> Settled {
    Settled { state: State::Done, workflow: None, outcome: None, replies: vec![Reply::text(text).into()] }
}

fn refused(reason: String) -> Settled {
    Settled {
        state: State::Dead,
        workflow: None,
        outcome: Some(Outcome::Failed(reason)),
        replies: Vec::new(),
    }
}

fn log_attempt(
    execution: &Execution,
    run: &Run,
    ran: &Result<crate::workflow::answer::Answer, RunError>,
    took: Duration,
) {
    let (id, workflow, attempt) = (execution.id, &run.workflow, execution.attempts);
    match ran {
        Ok(answer) => {
            tracing::info!(execution = %id, %workflow, attempt, took_ms = took.as_millis(), replies = answer.replies.len(), "ran");
        }
        Err(RunError::TryAgain { reason, .. } | RunError::Unreachable { reason, .. }) => {
            tracing::warn!(execution = %id, %workflow, attempt, took_ms = took.as_millis(), %reason, "an attempt failed");
        }
        Err(error) => {
            tracing::error!(execution = %id, %workflow, attempt, took_ms = took.as_millis(), %error, "the workflow failed");
        }
    }
}
