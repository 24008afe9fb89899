//! What became of the messages of a reply after the provider took them. Pure.
//!
//! Statuses repeat, skip and come in any order, so a message only ever moves forward: sent, delivered, read,
//! played. A failure is final.

use serde::{Deserialize, Serialize};

use super::owed::{OwedReply, ReplyProgress};
use crate::model::bounds;
use crate::model::event::Status;
use crate::model::task::Failure;
use crate::model::time::Time;

/// How far a message is at the provider; a later one never gives way to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// The provider has it.
    Sent,
    /// Its receiver's device has it.
    Delivered,
    /// Somebody saw it.
    Read,
    /// Somebody listened to it.
    Played,
    /// It will never arrive.
    Failed,
}

impl MessageState {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
        }
    }

    fn of(text: &str) -> Option<Self> {
        let all = [Self::Sent, Self::Delivered, Self::Read, Self::Played, Self::Failed];
        all.into_iter().find(|state| state.as_str() == text)
    }
}

/// The last that was heard of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStatus {
    /// The provider's id of it.
    pub message: String,
    /// How far it is.
    pub state: MessageState,
    /// Since when.
    pub at: Time,
    /// Why it failed.
    pub failure: Option<Failure>,
}

impl MessageStatus {
    /// What a status says about its message. `None` where that is nothing new: a state that nobody knows, or
    /// the failure of one person of a group, whom the others do not have to share it with.
    pub fn of(status: &Status, at: Time) -> Option<Self> {
        let state = MessageState::of(&status.state)?;
        if state == MessageState::Failed && status.recipient.is_some() {
            return None;
        }
        let failure = status.failure.clone().filter(|_| state == MessageState::Failed);
        Some(Self { message: status.message.clone(), state, at, failure })
    }
}

/// Takes in what was heard of a message; gives whether that changed anything.
pub fn hear(known: &mut Vec<MessageStatus>, heard: MessageStatus) -> bool {
    match known.iter().position(|status| status.message == heard.message) {
        Some(at) if known[at].state < heard.state => known[at] = heard,
        None if known.len() < bounds::MESSAGES_PER_REPLY => known.push(heard),
        Some(_) | None => return false,
    }
    true
}

/// Where a reply stands, with what was heard of its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// `owed`, `sending`, `sent`, `delivered`, `read`, `played`, `unsure` or `failed`.
    pub state: &'static str,
    /// Why nobody knows, or why it failed.
    pub reason: Option<String>,
    /// Since when, where the provider said so.
    pub at: Option<Time>,
}

/// Where a reply stands: as far as the last of its messages, and failed with the first that failed.
///
/// A reply of which nobody knew whether it was sent was sent, once a status names a message that no answer
/// of the provider named: the one whose answer was lost.
pub fn standing(reply: &OwedReply, statuses: &[MessageStatus]) -> Standing {
    let plain = |state| Standing { state, reason: None, at: None };
    match &reply.progress {
        ReplyProgress::Owed => plain("owed"),
        ReplyProgress::Next(_) | ReplyProgress::Calling(_) | ReplyProgress::Answered { .. } => {
            plain("sending")
        }
        ReplyProgress::Unsure(reason) if !statuses.iter().any(|status| !is_receipt(reply, status)) => {
            Standing { reason: Some(reason.clone()), ..plain("unsure") }
        }
        ReplyProgress::Sent | ReplyProgress::Unsure(_) => of_messages(reply, statuses),
        ReplyProgress::Failed(failure) => Standing { reason: Some(shown(failure)), ..plain("failed") },
    }
}

fn of_messages(reply: &OwedReply, statuses: &[MessageStatus]) -> Standing {
    if let Some(failed) = statuses.iter().find(|status| status.state == MessageState::Failed) {
        let reason = failed.failure.as_ref().map_or_else(|| "the provider does not say why".into(), shown);
        return Standing { state: "failed", reason: Some(reason), at: Some(failed.at) };
    }
    let is_heard_of = |id: &String| statuses.iter().any(|status| status.message == *id);
    let is_silent = reply.receipts.iter().any(|receipt| !is_heard_of(&receipt.id));
    let last = statuses.iter().map(|status| status.state).min().filter(|_| !is_silent);
    let state = last.unwrap_or(MessageState::Sent);
    let reached = statuses.iter().filter(|status| status.state == state && !is_silent);
    Standing { state: state.as_str(), reason: None, at: reached.map(|status| status.at).max() }
}

fn is_receipt(reply: &OwedReply, status: &MessageStatus) -> bool {
    reply.receipts.iter().any(|receipt| receipt.id == status.message)
}

fn shown(failure: &Failure) -> String {
    format!("{}: {}", failure.code, failure.message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::id::{ExecutionId, OutgoingId};
    use crate::model::reply::Reply;
    use crate::model::task::{FailureScope, Outgoing, Receipt};
    use crate::store::key::Lane;

    fn status(message: &str, state: &str) -> Status {
        let failure = Failure { scope: FailureScope::Message, code: "131026".into(), message: "gone".into() };
        Status {
            message: message.into(),
            state: state.into(),
            recipient: None,
            correlation: None,
            failure: Some(failure),
        }
    }

    fn heard(states: &[(&str, &str)]) -> Vec<MessageStatus> {
        let mut known = Vec::new();
        for ((message, state), at) in states.iter().zip(1..) {
            if let Some(news) = MessageStatus::of(&status(message, state), Time(at)) {
                hear(&mut known, news);
            }
        }
        known
    }

    fn reply(progress: ReplyProgress, receipts: &[&str]) -> OwedReply {
        let (id, execution) = (OutgoingId::new(), ExecutionId::new());
        OwedReply {
            id,
            execution,
            number: 0,
            provider: "whatsapp".parse().unwrap(),
            lane: Lane::alone(execution),
            seq: 1,
            outgoing: Outgoing {
                id: id.to_string(),
                conversation: "42".into(),
                reply: Reply::text("hi"),
                origin: None,
                attributes: vec![],
            },
            owed_at: Time(0),
            deadline: None,
            not_before: None,
            tries: 0,
            faults: 0,
            calls: 1,
            unknown_calls: 0,
            begun_by: None,
            progress,
            receipts: receipts.iter().map(|id| Receipt { id: (*id).into(), attributes: vec![] }).collect(),
            trace: None,
        }
    }

    #[test]
    fn a_message_only_moves_forward_and_a_failure_is_final() {
        for (states, expected, at) in [
            (&["sent", "delivered", "read"][..], "read", 3),
            (&["read", "delivered", "sent"], "read", 1),
            (&["delivered", "delivered"], "delivered", 1),
            (&["read", "played", "read"], "played", 2),
            (&["sent", "failed", "delivered", "read"], "failed", 2),
            (&["delivered", "sideways", "sent"], "delivered", 1),
        ] {
            let states: Vec<_> = states.iter().map(|state| ("m", *state)).collect();
            let standing = standing(&reply(ReplyProgress::Sent, &["m"]), &heard(&states));
            assert_eq!((standing.state, standing.at), (expected, Some(Time(at))), "{states:?}");
        }
    }

    #[test]
    fn a_reply_is_as_far_as_its_last_message() {
        for (states, expected) in [
            (&[][..], "sent"),
            (&[("a", "read")], "sent"),
            (&[("a", "read"), ("b", "delivered")], "delivered"),
            (&[("a", "read"), ("b", "delivered"), ("b", "read")], "read"),
            (&[("a", "failed"), ("b", "read")], "failed"),
        ] {
            assert_eq!(standing(&reply(ReplyProgress::Sent, &["a", "b"]), &heard(states)).state, expected);
        }
    }

    #[test]
    fn what_was_unsure_is_settled_by_a_status_of_the_message_that_nobody_knew() {
        let unsure = || ReplyProgress::Unsure("restart".into());
        for (receipts, states, expected, reason) in [
            (&[][..], &[][..], "unsure", Some("restart")),
            (&["a"], &[("a", "read")], "unsure", Some("restart")),
            (&[], &[("b", "sent")], "sent", None),
            (&["a"], &[("a", "read"), ("b", "delivered")], "delivered", None),
            (&[], &[("b", "failed")], "failed", Some("131026: gone")),
        ] {
            let standing = standing(&reply(unsure(), receipts), &heard(states));
            assert_eq!((standing.state, standing.reason.as_deref()), (expected, reason), "{states:?}");
        }
    }

    #[test]
    fn a_reply_that_is_still_being_sent_or_was_refused_says_so() {
        let failure = Failure { scope: FailureScope::Message, code: "1".into(), message: "no".into() };
        for (progress, expected) in
            [(ReplyProgress::Owed, "owed"), (ReplyProgress::Failed(failure), "failed")]
        {
            assert_eq!(standing(&reply(progress, &["a"]), &heard(&[("a", "read")])).state, expected);
        }
    }

    #[test]
    fn the_failure_of_one_person_of_a_group_is_not_the_messages() {
        let of_one = |state| Status { recipient: Some("7".into()), ..status("m", state) };
        assert_eq!(MessageStatus::of(&of_one("failed"), Time(1)), None);
        assert!(MessageStatus::of(&of_one("read"), Time(1)).is_some());
    }

    #[test]
    fn no_reply_remembers_messages_without_end() {
        let mut known = Vec::new();
        for number in 0..2 * bounds::MESSAGES_PER_REPLY {
            hear(&mut known, MessageStatus::of(&status(&number.to_string(), "sent"), Time(1)).unwrap());
        }
        assert_eq!(known.len(), bounds::MESSAGES_PER_REPLY);
        assert!(hear(&mut known, MessageStatus::of(&status("0", "read"), Time(2)).unwrap()));
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(
            states in proptest::collection::vec(0..5usize, 1..12), rotated in 0..12usize,
        ) {
            let names = ["sent", "delivered", "read", "played", "failed"];
            let named: Vec<_> = states.iter().map(|state| ("m", names[*state])).collect();
            let mut other = named.clone();
            other.rotate_left(rotated % named.len());
            prop_assert_eq!(heard(&named)[0].state, heard(&other)[0].state);
            prop_assert_eq!(heard(&named)[0].state.as_str(), names[*states.iter().max().unwrap()]);
        }
    }
}
