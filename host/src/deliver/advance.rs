//! Decides what a plugin's answer means for a reply: the next step, a wait, or the end. Pure.

use std::time::Duration;

use crate::model::bounds;
use crate::model::task::{Answer, Failure, FailureScope, Next, Progress, Step};
use crate::model::time::Time;
use crate::plugin::Fault;
use crate::store::owed::{OwedReply, ReplyProgress};
use crate::workflow::backoff::next_delay;

/// How long a reply rests that only the operator can help: a missing grant or secret.
pub const OPERATOR_PAUSE: Duration = Duration::from_secs(60);

/// How often a plugin may break on the same step before its reply is given up.
const FAULTS_MAX: u32 = 3;

/// How often a step may be repeated at once; after that the host's own delay keeps it from spinning.
const AT_ONCE_MAX: u32 = 2;

/// The reply after `progress` of its plugin. `jitter` is in `0.0..1.0`.
pub fn after_progress(mut reply: OwedReply, progress: Progress, now: Time, jitter: f64) -> OwedReply {
    reply.faults = 0;
    reply.receipts.extend(progress.receipts);
    if let Some(moved) = progress.moved {
        reply.outgoing.conversation = moved;
    }
    match progress.next {
        Next::Step(step) => {
            reply.calls += 1;
            if reply.calls > bounds::STEPS_PER_TASK {
                let message = format!("it took more than {} calls", bounds::STEPS_PER_TASK);
                return failed(reply, "too-many-calls", message);
            }
            reply.tries = 0;
            reply.not_before = step.after_ms.map(|wait| now.plus(bounded(wait)));
            reply.progress = ReplyProgress::Next(step);
            reply
        }
        Next::Retry { after_ms, .. } => {
            let asked = after_ms.map(bounded);
            let delay = match asked {
                Some(asked) if !asked.is_zero() || reply.tries < AT_ONCE_MAX => asked,
                _ => next_delay(reply.tries + 1, None, jitter),
            };
            again(reply, delay, now)
        }
        Next::Done => ended(reply, ReplyProgress::Sent),
        Next::Unsure(reason) => ended(reply, ReplyProgress::Unsure(reason)),
        // The operator may set a better token while the reply is still worth sending; the provider's circuit says
        // when it is tried again.
        Next::Failed(failure) if failure.scope == FailureScope::Provider => {
            OwedReply { not_before: None, ..again(reply, Duration::ZERO, now) }
        }
        Next::Failed(failure) => ended(reply, ReplyProgress::Failed(failure)),
        Next::Media(_) | Next::Events(_) | Next::Respond(_) => {
            failed(reply, "plugin", "the plugin ended a send as if it were another task")
        }
    }
}

/// The reply after its plugin broke.
pub fn after_fault(mut reply: OwedReply, fault: &Fault, now: Time, jitter: f64) -> OwedReply {
    if !fault.is_of_the_host() {
        reply.faults += 1;
    }
    if reply.faults >= FAULTS_MAX {
        return failed(reply, fault.kind(), fault.to_string());
    }
    let delay = next_delay(reply.tries + 1, None, jitter);
    wait(reply, delay, now)
}

/// The reply after a wait for something that is not its own fault. It is given up after a day.
pub fn again(reply: OwedReply, delay: Duration, now: Time) -> OwedReply {
    if now.since(reply.owed_at) > bounds::REPLY_TRIED_FOR {
        return given_up(reply);
    }
    let progress = match reply.progress {
        ReplyProgress::Answered { step, .. } => ReplyProgress::Next(step),
        other => other,
    };
    wait(OwedReply { progress, ..reply }, delay, now)
}

/// How long a reply that has failed lets others go first when a pause ends.
const AFTER_OTHERS: Duration = Duration::from_secs(1);

/// The reply while its plugin is paused: it has not been tried.
pub fn put_off(reply: OwedReply, until: Time, now: Time) -> OwedReply {
    if now.since(reply.owed_at) > bounds::REPLY_TRIED_FOR {
        return failed(reply, "expired", "it could not be sent for 24 hours");
    }
    let until = if reply.faults > 0 { until.plus(AFTER_OTHERS) } else { until };
    OwedReply { not_before: Some(until), ..reply }
}

/// The reply after what can never be sent.
pub fn failed(reply: OwedReply, code: &str, message: impl Into<String>) -> OwedReply {
    let failure = Failure { scope: FailureScope::Message, code: code.into(), message: message.into() };
    ended(reply, ReplyProgress::Failed(failure))
}

/// The reply as it is now, or its end where the next thing to do about it would come too late.
pub fn in_time(reply: OwedReply, now: Time) -> OwedReply {
    let next = reply.not_before.map_or(now, |at| at.max(now));
    if reply.progress.is_final() || reply.deadline.is_none_or(|deadline| next < deadline) {
        return reply;
    }
    failed(reply, "expired", "its deadline passed before it was sent")
}

/// The reply as it is while it waits until then for the sake of others, or its end where that is too late.
pub fn held_back(reply: OwedReply, until: Time, now: Time) -> OwedReply {
    if until.since(reply.owed_at) > bounds::REPLY_TRIED_FOR {
        return given_up(reply);
    }
    let not_before = reply.not_before;
    let reply = in_time(OwedReply { not_before: Some(until), ..reply }, now);
    if reply.progress.is_final() { reply } else { OwedReply { not_before, ..reply } }
}

/// The reply with the answer to a call that was made.
pub fn answered(mut reply: OwedReply, step: Step, answer: Answer) -> OwedReply {
    if matches!(answer, Answer::Unanswered { maybe_done: true, .. }) {
        reply.unknown_calls += 1;
    }
    reply.progress = ReplyProgress::Answered { step, answer };
    reply
}

fn given_up(reply: OwedReply) -> OwedReply {
    failed(reply, "expired", "it could not be sent for 24 hours")
}

/// Nothing is tried for longer than this, so nothing is put off for longer.
fn bounded(wait_ms: u64) -> Duration {
    Duration::from_millis(wait_ms).min(bounds::REPLY_TRIED_FOR)
}

fn wait(mut reply: OwedReply, delay: Duration, now: Time) -> OwedReply {
    reply.tries += 1;
    reply.not_before = Some(now.plus(delay));
    reply
}

fn ended(mut reply: OwedReply, progress: ReplyProgress) -> OwedReply {
    reply.not_before = None;
    reply.progress = progress;
    reply
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::id::{ExecutionId, OutgoingId};
    use crate::model::reply::Reply;
    use crate::model::task::{Call, Outgoing, Payload, Receipt, Target};
    use crate::store::key::Lane;

    const NOW: Time = Time(1_790_000_000_000);

    pub(in crate::deliver) fn step(state: &str) -> Step {
        let call = Call {
            endpoint: "bot".into(),
            method: "POST".into(),
            target: Target::Path("/sendMessage".into()),
            query: vec![],
            headers: vec![],
            payload: Payload::Empty,
            save: false,
            buckets: vec![],
        };
        Step { call, state: state.into(), after_ms: None }
    }

    pub(in crate::deliver) fn with_an_answer() -> OwedReply {
        let (id, execution) = (OutgoingId::new(), ExecutionId::new());
        let answer = Answer::Unanswered { maybe_done: false, reason: "connect".into() };
        OwedReply {
            id,
            execution,
            number: 0,
            provider: "telegram".parse().unwrap(),
            lane: Lane::alone(execution),
            seq: 1,
            outgoing: Outgoing {
                id: id.to_string(),
                conversation: "42".into(),
                reply: Reply::text("hi"),
                origin: None,
                attributes: vec![],
            },
            owed_at: NOW,
            deadline: None,
            not_before: None,
            tries: 0,
            faults: 0,
            calls: 1,
            unknown_calls: 0,
            begun_by: None,
            progress: ReplyProgress::Answered { step: step("0"), answer },
            receipts: vec![],
            trace: None,
        }
    }

    fn progress(next: Next) -> Progress {
        Progress { receipts: vec![], moved: None, next }
    }

    #[test]
    fn a_retry_repeats_the_same_step_after_exactly_the_asked_time() {
        let next = Next::Retry { after_ms: Some(7_000), hold: None };
        let reply = after_progress(with_an_answer(), progress(next), NOW, 0.5);
        assert_eq!(reply.progress, ReplyProgress::Next(step("0")));
        assert_eq!((reply.not_before, reply.tries), (Some(NOW.plus(Duration::from_secs(7))), 1));
    }

    #[test]
    fn a_further_step_keeps_the_receipts_and_starts_counting_anew() {
        let receipt = Receipt { id: "42:7".into(), attributes: vec![] };
        let said = Progress { receipts: vec![receipt.clone()], moved: None, next: Next::Step(step("1")) };
        let reply = after_progress(OwedReply { tries: 4, ..with_an_answer() }, said, NOW, 0.5);
        assert_eq!((reply.tries, reply.calls, reply.receipts), (0, 2, vec![receipt]));
        assert_eq!(reply.progress, ReplyProgress::Next(step("1")));
    }

    #[test]
    fn a_task_that_never_ends_is_ended() {
        let endless = OwedReply { calls: bounds::STEPS_PER_TASK, ..with_an_answer() };
        let reply = after_progress(endless, progress(Next::Step(step("1"))), NOW, 0.5);
        assert!(matches!(reply.progress, ReplyProgress::Failed(_)));
    }

    #[test]
    fn what_cannot_be_sent_for_a_day_is_given_up() {
        for (age, given_up) in
            [(bounds::REPLY_TRIED_FOR, false), (bounds::REPLY_TRIED_FOR + Duration::from_millis(1), true)]
        {
            let next = Next::Retry { after_ms: None, hold: None };
            let reply = after_progress(with_an_answer(), progress(next), NOW.plus(age), 0.5);
            assert_eq!(reply.progress.is_final(), given_up, "{age:?}");
        }
    }

    #[test]
    fn a_failure_of_the_whole_provider_waits_for_the_operator() {
        for (scope, is_final) in [
            (FailureScope::Message, true),
            (FailureScope::Conversation, true),
            (FailureScope::Provider, false),
        ] {
            let failure = Failure { scope, code: "x".into(), message: String::new() };
            let reply = after_progress(with_an_answer(), progress(Next::Failed(failure)), NOW, 0.5);
            assert_eq!(reply.progress.is_final(), is_final, "{scope:?}");
            assert_eq!(reply.not_before, None, "its circuit says when");
        }
    }

    #[test]
    fn what_is_held_back_is_given_up_when_its_day_or_its_deadline_is_over() {
        let (day, ms) = (bounds::REPLY_TRIED_FOR, Duration::from_millis(1));
        for (until, deadline, is_final) in [
            (NOW.plus(day), None, false),
            (NOW.plus(day + ms), None, true),
            (NOW.plus(ms), Some(NOW.plus(ms)), true),
            (NOW, Some(NOW.plus(ms)), false),
        ] {
            let reply = OwedReply { deadline, ..with_an_answer() };
            let held = held_back(reply.clone(), until, NOW);
            assert_eq!(held.progress.is_final(), is_final, "{until:?}");
            assert!(is_final || held == reply, "it is as it was");
        }
    }

    #[test]
    fn a_fault_repeats_the_plugin_and_not_the_call_and_is_given_up_after_three() {
        let once = after_fault(with_an_answer(), &Fault::Cpu, NOW, 0.5);
        assert!(matches!(once.progress, ReplyProgress::Answered { .. }));
        let twice = after_fault(once, &Fault::Cpu, NOW, 0.5);
        assert!(after_fault(twice, &Fault::Cpu, NOW, 0.5).progress.is_final());
    }

    #[test]
    fn what_was_tried_often_survives_a_fault_and_a_busy_host() {
        let often = OwedReply { tries: 9, ..with_an_answer() };
        assert!(!after_fault(often.clone(), &Fault::Trap(String::new()), NOW, 0.5).progress.is_final());
        let mut reply = often;
        for _ in 0..9 {
            reply = after_fault(reply, &Fault::Busy, NOW, 0.5);
        }
        assert!(!reply.progress.is_final());
    }

    #[test]
    fn no_wait_is_longer_than_a_reply_is_tried() {
        let next = Next::Retry { after_ms: Some(u64::MAX), hold: None };
        let reply = after_progress(with_an_answer(), progress(next), NOW, 0.5);
        assert_eq!(reply.not_before, Some(NOW.plus(bounds::REPLY_TRIED_FOR)));
    }

    #[test]
    fn a_pause_of_its_plugin_uses_up_nothing_of_a_reply_but_its_day() {
        let (reply, until) = (with_an_answer(), NOW.plus(Duration::from_secs(300)));
        let waits = put_off(reply.clone(), until, NOW);
        assert_eq!(waits, OwedReply { not_before: Some(until), ..reply.clone() });
        let has_failed = put_off(OwedReply { faults: 1, ..reply.clone() }, until, NOW);
        assert!(has_failed.not_before > waits.not_before, "others are tried first");
        let too_late = NOW.plus(bounds::REPLY_TRIED_FOR + Duration::from_millis(1));
        assert!(put_off(reply, until, too_late).progress.is_final());
    }

    #[test]
    fn a_call_that_was_not_answered_is_remembered_when_it_may_have_arrived() {
        for (maybe_done, unknown_calls) in [(true, 1), (false, 0)] {
            let answer = Answer::Unanswered { maybe_done, reason: "timeout".into() };
            let reply = answered(with_an_answer(), step("0"), answer);
            assert_eq!(reply.unknown_calls, unknown_calls);
        }
    }

    #[test]
    fn what_comes_too_late_is_not_waited_for() {
        let at = |millis| Some(NOW.plus(Duration::from_millis(millis)));
        for (deadline, not_before, is_final) in [
            (None, at(5_000), false),
            (at(1), None, false),
            (at(0), None, true),
            (at(1_000), at(999), false),
            (at(1_000), at(1_000), true),
        ] {
            let reply = OwedReply { deadline, not_before, ..with_an_answer() };
            assert_eq!(in_time(reply, NOW).progress.is_final(), is_final, "{deadline:?} {not_before:?}");
        }
    }

    #[test]
    fn a_moved_conversation_is_followed() {
        let said = Progress { moved: Some("-100".into()), ..progress(Next::Step(step("1"))) };
        assert_eq!(after_progress(with_an_answer(), said, NOW, 0.5).outgoing.conversation, "-100");
    }
}
