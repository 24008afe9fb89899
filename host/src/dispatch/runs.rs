//! Works on lanes of runs: claims an event, decides what it asks for, runs it, settles it.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, interval_at, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use super::at_work::Signs;
use super::completions::Completions;
use super::judge::{Ended, dead, judge};
use super::lanes::After;
use super::outage::Outages;
use super::workers::{self, Announcements, Desk};
use super::{STORE_PAUSE, jitter, until_stored};
use crate::link::{Attached, Links};
use crate::live::{Live, Setup};
use crate::metrics::{Attempt, Ended as EndedAs, Metrics, RunEnd};
use crate::model::bounds;
use crate::model::event::Content;
use crate::model::fault_point::FaultPoint;
use crate::model::name::WorkflowName;
use crate::model::outcome::Outcome;
use crate::model::reply::Reply;
use crate::model::time::Time;
use crate::store::execution::{Claim, Claimed, Execution, Postponed, Settled, State};
use crate::store::key::Lane;
use crate::store::{SharedStore, StoreError};
use crate::telemetry::execution_span;
use crate::workflow::answer::Answer;
use crate::workflow::degrade::as_supported;
use crate::workflow::input::document;
use crate::workflow::route::{Decision, Run, decide};
use crate::workflow::runner::{self, Clients, Job, RunError};
use crate::workflow::{Workflow, say};

/// How often a claim is renewed while its run goes on: twice before it would be over.
const RENEWED_EVERY: Duration = Duration::from_secs(bounds::CLAIM_LEASE.as_secs() / 3);

/// What running needs.
#[derive(Clone)]
pub struct Runs {
    /// Where events wait.
    pub store: SharedStore,
    /// Who sent them, what they may run, and what they run, as of now.
    pub live: Live,
    /// How workflows are reached.
    pub clients: Clients,
    /// Which of them cannot be reached.
    pub outages: Arc<Outages<WorkflowName>>,
    /// Who is told of an end.
    pub completions: Completions,
    /// What is counted.
    pub metrics: Metrics,
    /// Who sends what is owed.
    pub owed: Announcements,
    /// Who shows in chats that they are worked for.
    pub signs: Signs,
    /// Where their attachments are.
    pub links: Links,
    /// When this is cancelled, runs are broken off and put back as if they had not begun.
    pub cut_off: CancellationToken,
}

/// How a run ended.
enum Ran {
    /// The workflow answered, or failed.
    Ended(Result<Answer, RunError>),
    /// Its deadline came first.
    TooLate,
    /// The host stops.
    CutOff,
}

impl Runs {
    /// Runs what is announced until `stop`, then finishes the attempts that were begun.
    pub async fn run(self, announced: Announcements, workers: usize, stop: CancellationToken) {
        workers::run(announced, workers, stop, move |lane, desk| {
            let runs = self.clone();
            async move { runs.work(lane, desk).await }
        })
        .await;
    }

    async fn work(&self, lane: Lane, desk: Desk<WorkflowName>) -> After {
        match self.look(lane, desk).await {
            Ok(after) => after,
            Err(StoreError::Superseded) => After::Again,
            Err(error) => {
                tracing::error!(%error, "runs wait for the store");
                After::NotBefore(Time::now().plus(STORE_PAUSE))
            }
        }
    }

    /// Claims nothing before there is a worker for it, so that an attempt that was started goes on at once.
    async fn look(&self, lane: Lane, mut desk: Desk<WorkflowName>) -> Result<After, StoreError> {
        let (now, first) = (Time::now(), self.store.first_run(lane).await?);
        if let Some(at) = first.as_ref().and_then(|first| first.not_before).filter(|at| *at > now) {
            return Ok(After::NotBefore(at));
        }
        let _turn = match first.as_ref().and_then(|first| Some((first, self.workflow_of(first)?))) {
            None => None,
            Some((first, workflow)) => {
                let Some(turn) = desk.turn(&workflow) else { return Ok(After::Parked) };
                // Each event tries once by itself, so that its hour begins, and once when that is over.
                let has_tried =
                    first.unreachable_since.is_some() && first.unreachable_for(now) < bounds::UNREACHABLE_FOR;
                match self.outages.may_try(&workflow, lane, now) {
                    Err(until) if has_tried => return Ok(After::NotBefore(until)),
                    _ => Some(turn),
                }
            }
        };
        match self.store.claim(lane, now).await? {
            Claimed::Empty => Ok(After::Empty),
            Claimed::NotBefore(at) => Ok(After::NotBefore(at)),
            Claimed::Expired(execution) => {
                if let Some(first) = &first {
                    span_of(first).in_scope(|| tracing::warn!("not run: its deadline has passed"));
                    self.metrics.provider(&first.provider).ended.count(EndedAs::Expired);
                }
                self.completions.settled(execution);
                Ok(After::Again)
            }
            Claimed::Started(claim) => {
                FaultPoint::Claimed.reached();
                self.attempt(&claim).instrument(span_of(&claim.execution)).await
            }
        }
    }

    /// What a worker is needed for; nothing where the host itself knows the answer.
    fn workflow_of(&self, execution: &Execution) -> Option<WorkflowName> {
        match decided(&self.live.now(), execution)? {
            Decision::Run(run) => Some(run.workflow),
            Decision::Record(_) | Decision::Say(_) | Decision::Refuse(_) => None,
        }
    }

    async fn attempt(&self, claim: &Claim) -> Result<After, StoreError> {
        let setup = self.live.now();
        let Some(decision) = decided(&setup, &claim.execution) else {
            return self.settle(claim, Settled::recorded("its provider is not configured")).await;
        };
        let execution = &claim.execution;
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
            tracing::error!(workflow = %run.workflow, "given up: its runs were cut off too often");
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
        let trace = execution.trace.map(|trace| trace.step(execution.id, attempts));
        let job = Job { execution: execution.id, document, message, now, trace };
        let at_work = (self.signs.begin(execution), self.metrics.events_at_work().one_more());
        let ran = self.run_within(claim, workflow, job).await?;
        drop(at_work);
        FaultPoint::Ran.reached();
        let now_ended = Time::now();
        let attempts = &self.metrics.workflow(&run.workflow).attempts;
        attempts.took(attempt_of(&ran), now_ended.since(now));
        let ran = match ran {
            Ran::Ended(ran) => ran,
            Ran::TooLate => {
                tracing::warn!(workflow = %run.workflow, "broken off: its deadline has passed");
                return self.settle(claim, Settled::expired(Some(run.workflow.clone()))).await;
            }
            Ran::CutOff => {
                let unreachable_since = execution.unreachable_since;
                let put_back = Postponed { until: Time::now(), is_counted: false, unreachable_since };
                return self.postpone(claim, put_back).await;
            }
        };
        match &ran {
            Err(RunError::Unreachable { .. }) => self.outages.failed(run.workflow.clone(), now_ended),
            _ => self.outages.worked(&run.workflow),
        }
        log_attempt(execution, run, &ran, now_ended.since(now));
        match judge(execution, workflow, ran, now_ended, jitter()) {
            Ended::Settled(settled) => self.settle(claim, settled).await,
            Ended::Postponed(postponed) => self.postpone(claim, postponed).await,
        }
    }

    /// Runs the workflow while the claim is kept alive, until its deadline or the end of the host.
    async fn run_within(&self, claim: &Claim, workflow: &Workflow, job: Job<'_>) -> Result<Ran, StoreError> {
        let left = claim.execution.deadline.map(|deadline| deadline.since(Time::now()));
        let mut too_late = pin!(async {
            match left {
                Some(left) => sleep(left).await,
                None => pending().await,
            }
        });
        let mut run = pin!(runner::run(&self.clients, workflow, job));
        let mut renewals = interval_at(Instant::now() + RENEWED_EVERY, RENEWED_EVERY);
        loop {
            tokio::select! {
                biased;
                ran = &mut run => return Ok(Ran::Ended(ran)),
                () = &mut too_late => return Ok(Ran::TooLate),
                () = self.cut_off.cancelled() => return Ok(Ran::CutOff),
                _ = renewals.tick() => match self.store.renew(claim, Time::now()).await {
                    Err(StoreError::Superseded) => return Err(StoreError::Superseded),
                    Err(error) => tracing::warn!(%error, "a claim was not renewed"),
                    Ok(()) => {}
                },
            }
        }
    }

    async fn postpone(&self, claim: &Claim, postponed: Postponed) -> Result<After, StoreError> {
        let until = postponed.until;
        until_stored(|| self.store.postpone(claim, postponed.clone())).await?;
        Ok(After::NotBefore(until))
    }

    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<After, StoreError> {
        let execution = &claim.execution;
        let settled = self.sayable(execution, settled);
        let owes = !settled.replies.is_empty();
        until_stored(|| self.store.settle(claim, settled.clone(), Time::now())).await?;
        FaultPoint::Settled.reached();
        self.count_end(execution, &settled);
        self.completions.settled(execution.id);
        if owes {
            self.owed.arrived(execution.lane);
        }
        Ok(After::Again)
    }

    fn count_end(&self, execution: &Execution, settled: &Settled) {
        let (ended, run) = match settled.state {
            State::Dead => (EndedAs::Dead, RunEnd::Dead),
            State::Expired => (EndedAs::Expired, RunEnd::Expired),
            State::Recorded { .. } => (EndedAs::Recorded, RunEnd::Done),
            _ => (EndedAs::Done, RunEnd::Done),
        };
        self.metrics.provider(&execution.provider).ended.count(ended);
        if let Some(workflow) = &settled.workflow {
            self.metrics.workflow(workflow).runs.count(run);
        }
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
                    tracing::warn!("a reply is left out: {unsayable}");
                    None
                }
            })
            .collect();
        settled
    }
}

fn span_of(execution: &Execution) -> Span {
    execution_span(execution.id, &execution.provider, Some(execution.delivery), execution.trace)
}

/// `None`: its provider is not configured.
fn decided(setup: &Setup, execution: &Execution) -> Option<Decision> {
    let provider = setup.providers.get(&execution.provider)?;
    Some(decide(&execution.event, &provider.name, &provider.access, &setup.routes, &setup.workflows))
}

fn attempt_of(ran: &Ran) -> Attempt {
    match ran {
        Ran::Ended(Ok(_)) => Attempt::Answered,
        Ran::Ended(Err(RunError::TryAgain { .. })) => Attempt::Failed,
        Ran::Ended(Err(RunError::Unreachable { .. })) => Attempt::Unreachable,
        Ran::Ended(Err(RunError::Final(_))) => Attempt::Refused,
        Ran::Ended(Err(RunError::BadAnswer(_))) => Attempt::BadAnswer,
        Ran::TooLate => Attempt::TooLate,
        Ran::CutOff => Attempt::CutOff,
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

fn log_attempt(execution: &Execution, run: &Run, ran: &Result<Answer, RunError>, took: Duration) {
    let (workflow, attempt) = (&run.workflow, execution.attempts);
    match ran {
        Ok(answer) => {
            tracing::info!(%workflow, attempt, took_ms = took.as_millis(), replies = answer.replies.len(), "ran");
        }
        Err(RunError::TryAgain { reason, .. } | RunError::Unreachable { reason, .. }) => {
            tracing::warn!(%workflow, attempt, took_ms = took.as_millis(), %reason, "an attempt failed");
        }
        Err(error) => {
            tracing::error!(%workflow, attempt, took_ms = took.as_millis(), %error, "the workflow failed");
        }
    }
}
