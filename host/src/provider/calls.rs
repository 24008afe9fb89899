//! Calls a provider's plugin, unless it is paused, and takes notice of how it behaves.
//!
//! For each provider and not for each plugin: providers that share one have other senders and settings, and none
//! of them may stop the others. Receiving and sending by themselves: deliveries go on while replies fail.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Provider;
use super::conduct::{Change, Conduct, Ended, Ending, Pause, Permit, Subject, Why};
use crate::model::event::Verdict;
use crate::model::http::Request;
use crate::model::task::{Answer, Progress, Task};
use crate::model::time::Time;
use crate::plugin::{Context, Fault, Measured, Plugin};

/// How a provider's plugin behaves. The same for every setup, until its plugin is replaced.
#[derive(Debug, Default)]
pub struct Calls {
    receiving: Mutex<Conduct>,
    sending: Mutex<Conduct>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// It was not called; ask again then.
    Paused(Time),
    /// It was, and broke.
    Fault(Fault),
}

/// How much of a body is looked at to tell it from others.
const LOOKED_AT: usize = 16 * 1024;

impl Calls {
    /// The pause of receiving, while there is one.
    pub fn receiving_pause(&self) -> Option<Pause> {
        look(&self.receiving).pause()
    }

    /// The pause of sending, while there is one.
    pub fn sending_pause(&self) -> Option<Pause> {
        look(&self.sending).pause()
    }

    /// Whether there is a pause, in one direction at least.
    pub fn is_paused(&self) -> bool {
        self.receiving_pause().or_else(|| self.sending_pause()).is_some()
    }

    /// When a delivery may be received, if not now.
    pub fn receiving_not_before(&self, now: Time) -> Option<Time> {
        look(&self.receiving).not_before(now)
    }
}

impl Provider {
    /// [`Plugin::receive`].
    ///
    /// # Errors
    /// [`Unanswered::Paused`]: the delivery is to wait.
    pub async fn receive(
        &self,
        plugin: &Plugin,
        context: Context,
        request: &Request,
    ) -> Result<Verdict, Unanswered> {
        let subject = Some(subject(&[request.raw_query.as_bytes(), &request.body]));
        self.watched(&self.calls.receiving, subject, plugin.measure_receive(context, request)).await
    }

    /// Lets a plugin that is paused show that it works again: with this request, if it is time for a trial and
    /// nobody else makes it. A plugin is pure, so nothing comes of the answer but that. Of those that wait, only
    /// the first is tried; if that is a bad one, a good one that arrives need not wait until it is gone.
    pub async fn try_out(&self, request: &Request, now: Time) {
        if let Some(plugin) = &self.plugin
            && self.calls.receiving_pause().is_some()
        {
            let context = Context { now, settings: self.settings.clone(), attempt: 0 };
            drop(self.receive(plugin, context, request).await);
        }
    }

    /// The next step of a task: [`Plugin::begin`], or [`Plugin::resume`] with a state and the answer to the last
    /// step. Replies to one conversation are one subject, since one stranger may be what they have in common;
    /// without a conversation, nothing is held against the plugin but its time.
    ///
    /// # Errors
    /// [`Unanswered::Paused`]: the task is to wait, as if it had not been tried.
    pub async fn think(
        &self,
        plugin: &Plugin,
        context: Context,
        (conversation, task): (Option<&str>, &Task),
        answered: Option<(&[u8], &Answer)>,
    ) -> Result<Progress, Unanswered> {
        let subject = conversation.map(|name| Subject(hashed(name)));
        let call = async {
            match answered {
                None => plugin.measure_begin(context, task).await,
                Some((state, answer)) => plugin.measure_resume(context, task, state, answer).await,
            }
        };
        self.watched(&self.calls.sending, subject, call).await
    }

    async fn watched<T>(
        &self,
        conduct: &Mutex<Conduct>,
        subject: Option<Subject>,
        call: impl Future<Output = Measured<T>>,
    ) -> Result<T, Unanswered> {
        let permit = look(conduct).permit(Time::now());
        if let Permit::NotBefore(at) = permit {
            return Err(Unanswered::Paused(at));
        }
        let Measured { answer, usage } = call.await;
        let ending = match &answer {
            Ok(_) => Ending::Answered,
            Err(fault) if fault.may_pass() => Ending::Undecided,
            Err(_) => Ending::Failed,
        };
        let ended = Ended { subject, ending, ticks: usage.ticks, was_trial: permit == Permit::Trial };
        let change = look(conduct).end(Time::now(), ended);
        if let Some(change) = change {
            self.tell(change, answer.as_ref().err());
        }
        answer.map_err(Unanswered::Fault)
    }

    fn tell(&self, change: Change, fault: Option<&Fault>) {
        let (provider, plugin) = (&self.name, &self.manifest.name);
        match change {
            Change::Works => tracing::info!(%provider, %plugin, "the plugin works again"),
            Change::Paused(Pause { why: Why::Failures { failed, of }, .. }) => {
                let (kind, fault) = (fault.map(Fault::kind), fault.map(ToString::to_string));
                tracing::error!(
                    %provider, %plugin, failed, of, kind, fault,
                    "the plugin is paused: most of what differs fails; deliveries and replies wait for it"
                );
            }
            Change::Paused(Pause { why: Why::ProcessorTime, .. }) => tracing::error!(
                %provider, %plugin,
                "the plugin is paused: its slow calls take more than half of a processor; deliveries and replies wait for it"
            ),
        }
    }
}

fn look(conduct: &Mutex<Conduct>) -> MutexGuard<'_, Conduct> {
    // Nothing can panic while it is held.
    conduct.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is left of a request when everything is taken out that has a digit in it: ids, times, counters. So a
/// message that somebody sends again and again is one subject, although each delivery of it has ids of its own.
fn subject(parts: &[&[u8]]) -> Subject {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        let words = part[..part.len().min(LOOKED_AT)]
            .split(|byte| !(byte.is_ascii_alphanumeric() || *byte >= 0x80 || b"+/=_-.".contains(byte)));
        for word in words {
            if !word.iter().any(u8::is_ascii_digit) {
                hasher.write(word);
            }
        }
    }
    Subject(hasher.finish())
}

fn hashed(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_message_is_one_subject_whatever_ids_it_comes_with() {
        let telegram = |update: u32, name: &str, text: &str| {
            format!(
                r#"{{"update_id":{update},"message":{{"date":{},"from":{{"id":42,"first_name":"{name}"}},"text":"{text}"}}}}"#,
                update + 1_700_000_000
            )
        };
        let whatsapp =
            |id: &str| format!(r#"{{"messages":[{{"id":"wamid.{id}","text":{{"body":"boom"}}}}]}}"#);
        for (one, other, same) in [
            (telegram(1, "Eve", "boom"), telegram(2, "Eve", "boom"), true),
            (telegram(1, "Eve", "boom 1"), telegram(2, "Eve", "boom 2"), true),
            (telegram(1, "Eve", "boom"), telegram(1, "Eve", "hello"), false),
            (telegram(1, "Eve", "boom"), telegram(2, "Bob", "boom"), false),
            (telegram(1, "Eve", "бум"), telegram(1, "Eve", "мир"), false),
            (whatsapp("HBgLMTY1MDU1NTEyMzQVAgA="), whatsapp("HBgLMTY1MDU1NTk5OTkVAgB="), true),
            (String::new(), String::new(), true),
        ] {
            let of = |body: &str| subject(&[b"", body.as_bytes()]);
            assert_eq!(of(&one) == of(&other), same, "{one} {other}");
        }
    }
}
