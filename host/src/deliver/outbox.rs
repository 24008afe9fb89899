//! Works on lanes of replies: one reply after the other, each step by step.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::advance::{OPERATOR_PAUSE, after_fault, after_progress, again, failed};
use super::client::Client;
use super::hold::Holds;
use super::pace::Paces;
use super::request::{Refused, prepare};
use crate::dispatch::lanes::After;
use crate::dispatch::workers::{self, Announcements};
use crate::dispatch::{STORE_PAUSE, jitter, until_stored};
use crate::live::{Live, Setup};
use crate::model::bounds;
use crate::model::fault_point::FaultPoint;
use crate::model::task::{Answer, Failure, FailureScope, Next, Progress, Step, Task};
use crate::model::time::Time;
use crate::plugin::{Context, Fault, Plugin};
use crate::provider::Provider;
use crate::store::key::Lane;
use crate::store::owed::{OwedReply, ReplyClaimed, ReplyProgress};
use crate::store::{SharedStore, StoreError};

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
}

impl Outbox {
    /// Sends what is announced until `stop`, then finishes the steps that were begun.
    pub async fn run(self, announced: Announcements, workers: usize, stop: CancellationToken) {
        workers::run(announced, workers, stop, move |lane| {
            let outbox = self.clone();
            async move { outbox.work(lane).await }
        })
        .await;
    }

    async fn work(&self, lane: Lane) -> After {
        let worked = match self.store.claim_reply(lane, Time::now()).await {
            Ok(ReplyClaimed::Empty) => Ok(After::Empty),
            Ok(ReplyClaimed::NotBefore(at)) => Ok(After::NotBefore(at)),
            Ok(ReplyClaimed::Next(reply)) => self.send(*reply).await,
            Err(error) => Err(error),
        };
        worked.unwrap_or_else(|error| {
            tracing::error!(%error, "replies wait for the store");
            After::NotBefore(Time::now().plus(STORE_PAUSE))
        })
    }

    /// Goes on with a reply until it ends or has to wait.
    async fn send(&self, mut reply: OwedReply) -> Result<After, StoreError> {
        let setup = self.live.now();
        let Some(provider) = setup.providers.get(&reply.provider) else {
            tracing::warn!(provider = %reply.provider, execution = %reply.execution, "a reply waits: its provider is not configured");
            return self.rest(again(reply, OPERATOR_PAUSE, Time::now())).await;
        };
        let Some(plugin) = &provider.plugin else {
            return self.rest(again(reply, OPERATOR_PAUSE, Time::now())).await;
        };
        loop {
            reply = match reply.progress.clone() {
                ReplyProgress::Owed => self.think(provider, plugin, reply, None).await,
                ReplyProgress::Next(step) => {
                    // Such a wait is not stored: it is short, and what led here is found again.
                    if let Some(until) = self.must_wait(provider, &step) {
                        return Ok(After::NotBefore(until));
                    }
                    self.call(&setup, provider, reply, step).await?
                }
                // Found after a start: the call was begun, and nobody read its answer.
                ReplyProgress::Calling(step) => {
                    let answer = Answer::Unanswered { maybe_done: true, reason: "restart".into() };
                    self.kept(OwedReply { progress: ReplyProgress::Answered { step, answer }, ..reply })
                        .await?
                }
                ReplyProgress::Answered { step, answer } => {
                    self.think(provider, plugin, reply, Some((&step, &answer))).await
                }
                ReplyProgress::Sent | ReplyProgress::Unsure(_) | ReplyProgress::Failed(_) => {
                    log_end(&reply);
                    return self.rest(reply).await;
                }
            };
            if reply.not_before.is_some_and(|at| at > Time::now()) {
                return self.rest(reply).await;
            }
        }
    }

    /// Asks the plugin for the next step.
    async fn think(
        &self,
        provider: &Provider,
        plugin: &Plugin,
        reply: OwedReply,
        answered: Option<(&Step, &Answer)>,
    ) -> OwedReply {
        let context = Context { now: Time::now(), settings: provider.settings.clone(), attempt: reply.tries };
        let task = Task::Send(reply.outgoing.clone());
        let said = match answered {
            None => plugin.begin(context, &task).await,
            Some((step, answer)) => plugin.resume(context, &task, &step.state, answer).await,
        };
        let now = Time::now();
        match said {
            Ok(progress) => {
                self.heed(provider, &reply, &progress, now);
                after_progress(reply, progress, now, jitter())
            }
            Err(fault) => {
                log_fault(provider, &reply, &fault);
                after_fault(reply, &fault, now, jitter())
            }
        }
    }

    /// What an answer means for other replies too.
    fn heed(&self, provider: &Provider, reply: &OwedReply, progress: &Progress, now: Time) {
        match &progress.next {
            Next::Retry { after_ms, hold: Some(bucket) } => {
                let wait = Duration::from_millis(after_ms.unwrap_or_default()).min(bounds::REPLY_TRIED_FOR);
                self.holds.hold(&provider.name, bucket.clone(), now.plus(wait), now);
            }
            Next::Failed(Failure { scope: FailureScope::Provider, code, message }) => {
                tracing::error!(
                    provider = %provider.name, execution = %reply.execution, %code, reason = %message,
                    "the provider refuses everything; check its credentials"
                );
            }
            _ => {}
        }
    }

    /// When this call may be made, if not now; else it is counted.
    fn must_wait(&self, provider: &Provider, step: &Step) -> Option<Time> {
        let (now, buckets) = (Time::now(), &step.call.buckets);
        let held = self.holds.held_until(&provider.name, buckets, now);
        held.or_else(|| self.paces.take(&provider.name, provider.paces(), buckets, now).err())
    }

    /// Makes one call, stored before and after.
    async fn call(
        &self,
        setup: &Setup,
        provider: &Provider,
        reply: OwedReply,
        step: Step,
    ) -> Result<OwedReply, StoreError> {
        let prepared = match prepare(provider, &step.call) {
            Ok(prepared) => prepared,
            Err(refused) => return Ok(refuse(provider, reply, &step, &refused, Time::now())),
        };
        FaultPoint::Calling.reached();
        let reply = self.kept(OwedReply { progress: ReplyProgress::Calling(step.clone()), ..reply }).await?;
        FaultPoint::Begun.reached();
        let answer = self.client.call(prepared, &setup.redactor).await;
        FaultPoint::Called.reached();
        if let Answer::Unanswered { maybe_done, reason } = &answer {
            tracing::warn!(
                provider = %provider.name, execution = %reply.execution, endpoint = %step.call.endpoint, %reason,
                maybe_done, "the provider did not answer"
            );
        }
        let reply =
            self.kept(OwedReply { progress: ReplyProgress::Answered { step, answer }, ..reply }).await?;
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

fn refuse(provider: &Provider, reply: OwedReply, step: &Step, refused: &Refused, now: Time) -> OwedReply {
    let hint = match refused {
        Refused::NotGranted(not_granted) => not_granted.hint(),
        _ => String::new(),
    };
    tracing::error!(
        provider = %provider.name, execution = %reply.execution, endpoint = %step.call.endpoint, hint,
        "not sent: {refused}"
    );
    if refused.waits_for_operator() {
        again(reply, OPERATOR_PAUSE, now)
    } else {
        failed(reply, "not-allowed", refused.to_string())
    }
}

fn log_fault(provider: &Provider, reply: &OwedReply, fault: &Fault) {
    tracing::error!(
        provider = %provider.name, execution = %reply.execution, kind = fault.kind(), %fault,
        "the plugin broke while sending"
    );
}

fn log_end(reply: &OwedReply) {
    let (provider, execution) = (&reply.provider, reply.execution);
    match &reply.progress {
        ReplyProgress::Failed(failure) => {
            tracing::error!(%provider, %execution, code = %failure.code, reason = %failure.message, "a reply could not be sent");
        }
        ReplyProgress::Unsure(reason) => {
            tracing::warn!(%provider, %execution, %reason, "nobody knows whether a reply was sent");
        }
        _ => tracing::info!(%provider, %execution, calls = reply.calls, "replied"),
    }
}
