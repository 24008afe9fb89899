//! Works on lanes of replies: one reply after the other, each step by step.

use std::sync::Arc;
use std::time::Instant;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::advance::{
    OPERATOR_PAUSE, after_fault, after_progress, again, answered, failed, held_back, in_time, put_off,
};
use super::client::{Client, UNREACHED, call_of};
use super::heed::heed;
use super::hold::Holds;
use super::pace::Paces;
use super::pin::adopted;
use super::request::{Prepared, Refused, prepare};
use crate::dispatch::circuit::Circuits;
use crate::dispatch::lanes::After;
use crate::dispatch::outage::Outages;
use crate::dispatch::workers::{self, Announcements, Desk};
use crate::dispatch::{STORE_PAUSE, jitter, until_stored};
use crate::live::{Live, Setup};
use crate::metrics::{ReplyEnd, Wait};
use crate::model::bounds;
use crate::model::fault_point::FaultPoint;
use crate::model::name::ProviderName;
use crate::model::task::{Answer, Step, Task};
use crate::model::time::Time;
use crate::plugin::{Context, Fault, Plugin};
use crate::provider::{Provider, Unanswered};
use crate::store::key::Lane;
use crate::store::owed::{OwedReply, ReplyClaimed, ReplyProgress};
use crate::store::{SharedStore, StoreError};
use crate::telemetry::execution_span;

/// What sending needs.
#[derive(Clone)]
pub struct Outbox {
    /// Where replies are owed.
    pub store: SharedStore,
    /// Who carries them, as of now.
    pub live: Live,
    /// How they are called.
    pub client: Client,
    /// Who must not be called for a while.
    pub holds: Arc<Holds>,
    /// How fast the others may be called.
    pub paces: Arc<Paces>,
    /// Which hosts of whom cannot be reached.
    pub outages: Arc<Outages<(ProviderName, String)>>,
    /// Who refuses everything.
    pub circuits: Arc<Circuits>,
    /// Where lanes are announced in which replies are owed.
    pub owed: Announcements,
}

impl Outbox {
    /// Sends what is announced until `stop`, then finishes the steps that were begun.
    pub async fn run(self, workers: usize, stop: CancellationToken) {
        workers::run(self.owed.clone(), workers, stop, move |lane, desk| {
            let outbox = self.clone();
            async move { outbox.work(lane, desk).await }
        })
        .await;
    }

    /// The setup was exchanged, and with it perhaps what a provider had refused: each is tried again at once.
    pub fn try_anew(&self) {
        for provider in self.circuits.close_all() {
            tracing::info!(%provider, "replies are sent again, since what is served was exchanged");
        }
        self.owed.look_again();
    }

    async fn work(&self, lane: Lane, desk: Desk<ProviderName>) -> After {
        self.look(lane, desk).await.unwrap_or_else(|error| {
            tracing::error!(%error, "replies wait for the store");
            After::NotBefore(Time::now().plus(STORE_PAUSE))
        })
    }

    async fn look(&self, lane: Lane, mut desk: Desk<ProviderName>) -> Result<After, StoreError> {
        match self.store.claim_reply(lane, Time::now()).await? {
            ReplyClaimed::Empty => Ok(After::Empty),
            ReplyClaimed::NotBefore(at) => Ok(After::NotBefore(at)),
            ReplyClaimed::Next(reply) => match desk.turn(&reply.provider) {
                None => Ok(After::Parked),
                Some(_turn) => {
                    let span = execution_span(reply.execution, &reply.provider, None, reply.trace);
                    self.send(*reply).instrument(span).await
                }
            },
        }
    }

    /// Goes on with a reply until it ends or has to wait.
    async fn send(&self, mut reply: OwedReply) -> Result<After, StoreError> {
        let setup = self.live.now();
        let Some(provider) = setup.providers.get(&reply.provider) else {
            tracing::warn!("a reply waits: its provider is not configured");
            return self.rest(again(reply, OPERATOR_PAUSE, Time::now())).await;
        };
        let Some(plugin) = &provider.plugin else {
            return self.rest(again(reply, OPERATOR_PAUSE, Time::now())).await;
        };
        reply = adopted(reply, plugin.digest());
        let found = reply.clone();
        loop {
            reply = in_time(reply, Time::now());
            if reply.not_before.is_some_and(|at| at > Time::now()) {
                return self.rest(reply).await;
            }
            if let Err(until) = self.may_go_on(&reply) {
                provider.metrics.waits.count(Wait::Refused);
                reply = held_back(reply, until, Time::now());
                if reply.progress.is_final() {
                    continue;
                }
                if reply != found {
                    self.kept(reply).await?;
                }
                return Ok(After::NotBefore(until));
            }
            reply = match reply.progress.clone() {
                ReplyProgress::Owed => self.think(provider, plugin, reply, None).await,
                ReplyProgress::Next(step) => match prepare(provider, &step.call) {
                    Err(refused) => refuse(reply, &step, &refused, Time::now()),
                    Ok(prepared) => {
                        if let Some(until) = self.must_wait(provider, &reply, &step, &prepared) {
                            reply = held_back(reply, until, Time::now());
                            if reply.progress.is_final() {
                                continue;
                            }
                            // Not stored: it is short, and what led here is found again.
                            return Ok(After::NotBefore(until));
                        }
                        self.call(&setup, provider, reply, step, prepared).await?
                    }
                },
                // Found after a start: the call was begun, and nobody read its answer.
                ReplyProgress::Calling(step) => {
                    let answer = Answer::Unanswered { maybe_done: true, reason: "restart".into() };
                    self.kept(answered(reply, step, answer)).await?
                }
                ReplyProgress::Answered { step, answer } => {
                    self.think(provider, plugin, reply, Some((&step, &answer))).await
                }
                ReplyProgress::Sent | ReplyProgress::Unsure(_) | ReplyProgress::Failed(_) => {
                    log_end(&reply.progress, reply.calls);
                    let (end, took) = (end_of(&reply.progress), Time::now().since(reply.owed_at));
                    let after = self.rest(reply).await?;
                    provider.metrics.replies.took(end, took);
                    return Ok(after);
                }
            };
        }
    }

    /// Asks the plugin for the next step.
    async fn think(
        &self,
        provider: &Provider,
        plugin: &Plugin,
        mut reply: OwedReply,
        answered: Option<(&Step, &Answer)>,
    ) -> OwedReply {
        let context = Context { now: Time::now(), settings: provider.settings.clone(), attempt: reply.tries };
        let task = Task::Send(reply.outgoing.clone());
        let answered = answered.map(|(step, answer)| (&step.state[..], answer));
        let said =
            provider.think(plugin, context, (Some(&reply.outgoing.conversation), &task), answered).await;
        let now = Time::now();
        if answered.is_none() && !matches!(said, Err(Unanswered::Paused(_))) {
            reply.begun_by = Some(plugin.digest().to_owned());
        }
        match said {
            Ok(progress) => {
                let answer = answered.map(|(_, answer)| answer);
                let Self { holds, circuits, .. } = self;
                if heed(holds, circuits, provider, &reply, answer, &progress.next, now) {
                    self.owed.look_again();
                }
                after_progress(reply, progress, now, jitter())
            }
            Err(Unanswered::Paused(until)) => put_off(reply, until, now),
            Err(Unanswered::Fault(fault)) => {
                log_fault(&fault);
                after_fault(reply, &fault, now, jitter())
            }
        }
    }

    /// Whether its provider's circuit lets a reply go on. What was called is heard to its end.
    fn may_go_on(&self, reply: &OwedReply) -> Result<(), Time> {
        match reply.progress {
            ReplyProgress::Owed | ReplyProgress::Next(_) => {
                self.circuits.may_call(&reply.provider, Some(reply.lane), Time::now())
            }
            _ => Ok(()),
        }
    }

    /// When this call may be made, if not now; else it is counted.
    fn must_wait(
        &self,
        provider: &Provider,
        reply: &OwedReply,
        step: &Step,
        prepared: &Prepared,
    ) -> Option<Time> {
        let (now, name, buckets) = (Time::now(), &provider.name, &step.call.buckets);
        let held = self.holds.held_until(name, buckets, now).map(|until| (Wait::Hold, until));
        let (wait, until) = held
            .or_else(|| {
                let tried = self.outages.may_try(&(name.clone(), host(prepared)), reply.lane, now);
                tried.err().map(|until| (Wait::Outage, until))
            })
            .or_else(|| {
                let taken = self.paces.take(name, provider.paces(), buckets, Some(reply.lane), now);
                taken.err().map(|until| (Wait::Pace, until))
            })?;
        provider.metrics.waits.count(wait);
        Some(until)
    }

    /// Makes one call, stored before and after.
    async fn call(
        &self,
        setup: &Setup,
        provider: &Provider,
        reply: OwedReply,
        step: Step,
        prepared: Prepared,
    ) -> Result<OwedReply, StoreError> {
        FaultPoint::Calling.reached();
        let reply = self.kept(OwedReply { progress: ReplyProgress::Calling(step.clone()), ..reply }).await?;
        FaultPoint::Begun.reached();
        let host = (provider.name.clone(), host(&prepared));
        let left = reply.deadline.map_or(bounds::CALL_TIMEOUT, |deadline| deadline.since(Time::now()));
        let began = Instant::now();
        let answer = timeout(left, self.client.call(prepared, &setup.redactor))
            .await
            .unwrap_or_else(|_| Answer::Unanswered { maybe_done: true, reason: "timeout".into() });
        FaultPoint::Called.reached();
        provider.metrics.calls.took(call_of(&answer), began.elapsed());
        match &answer {
            Answer::Unanswered { reason, .. } if reason == UNREACHED => {
                self.outages.failed(host, Time::now());
            }
            Answer::Unanswered { maybe_done: false, .. } => {}
            _ => self.outages.worked(&host),
        }
        if let Answer::Unanswered { maybe_done, reason } = &answer {
            tracing::warn!(
                endpoint = %step.call.endpoint, %reason,
                maybe_done, "the provider did not answer"
            );
        }
        let reply = self.kept(answered(reply, step, answer)).await?;
        FaultPoint::Answered.reached();
        Ok(reply)
    }

    async fn kept(&self, reply: OwedReply) -> Result<OwedReply, StoreError> {
        until_stored(|| self.store.keep_reply(reply.clone())).await?;
        Ok(reply)
    }

    async fn rest(&self, reply: OwedReply) -> Result<After, StoreError> {
        let after = match reply.not_before {
            Some(at) if !reply.progress.is_final() => After::NotBefore(at),
            _ => After::Again,
        };
        until_stored(|| self.store.keep_reply(reply.clone())).await?;
        Ok(after)
    }
}

/// Where a call goes, without what may be secret in it.
fn host(prepared: &Prepared) -> String {
    prepared.url.origin().ascii_serialization()
}

fn refuse(reply: OwedReply, step: &Step, refused: &Refused, now: Time) -> OwedReply {
    let hint = match refused {
        Refused::NotGranted(not_granted) => not_granted.hint(),
        Refused::NeedsGrant(_) => {
            format!("look at what it asks for: hookhost plugin grant {}", reply.provider)
        }
        _ => String::new(),
    };
    tracing::error!(
        endpoint = %step.call.endpoint, hint,
        "not sent: {refused}"
    );
    if refused.waits_for_operator() {
        again(reply, OPERATOR_PAUSE, now)
    } else {
        failed(reply, "not-allowed", refused.to_string())
    }
}

fn log_fault(fault: &Fault) {
    tracing::error!(kind = fault.kind(), %fault, "the plugin broke while sending");
}

/// Of a reply that has ended.
fn end_of(progress: &ReplyProgress) -> ReplyEnd {
    match progress {
        ReplyProgress::Failed(_) => ReplyEnd::Failed,
        ReplyProgress::Unsure(_) => ReplyEnd::Unsure,
        _ => ReplyEnd::Sent,
    }
}

fn log_end(progress: &ReplyProgress, calls: u32) {
    match progress {
        ReplyProgress::Failed(failure) => {
            tracing::error!(code = %failure.code, reason = %failure.message, "a reply could not be sent");
        }
        ReplyProgress::Unsure(reason) => {
            tracing::warn!(%reason, "nobody knows whether a reply was sent");
        }
        _ => tracing::info!(calls, "replied"),
    }
}
