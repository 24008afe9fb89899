//! Decides how a reply goes on whose plugin was replaced between two of its steps. Pure.

use crate::model::task::Answer;
use crate::store::owed::{OwedReply, ReplyProgress};

/// The reply as the plugin with this digest may go on with it.
///
/// Another plugin's state is never given to it. A reply is begun anew when surely nothing of it was sent, or
/// when the other plugin had decided to repeat the first call; else nobody can say what the provider has, and
/// sending all of it again could show it twice.
pub(super) fn adopted(reply: OwedReply, digest: &str) -> OwedReply {
    let is_foreign = reply.begun_by.as_deref().is_some_and(|begun_by| begun_by != digest);
    if !is_foreign || reply.progress.is_final() || reply.progress == ReplyProgress::Owed {
        return reply;
    }
    if may_begin_anew(&reply) {
        return OwedReply { progress: ReplyProgress::Owed, tries: 0, faults: 0, calls: 0, ..reply };
    }
    let reason = "its plugin was replaced after a part of it may have been sent".into();
    OwedReply { progress: ReplyProgress::Unsure(reason), not_before: None, ..reply }
}

fn may_begin_anew(reply: &OwedReply) -> bool {
    let is_at_the_first_call = reply.calls <= 1 && reply.receipts.is_empty();
    is_at_the_first_call
        && matches!(
            &reply.progress,
            ReplyProgress::Next(_)
                | ReplyProgress::Answered { answer: Answer::Unanswered { maybe_done: false, .. }, .. }
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::advance::tests::{step, with_an_answer};
    use crate::model::http::Response;
    use crate::model::task::Receipt;

    const BEFORE: &str = "digest of the plugin that began it";

    fn begun(progress: ReplyProgress, calls: u32) -> OwedReply {
        OwedReply { progress, calls, begun_by: Some(BEFORE.into()), ..with_an_answer() }
    }

    fn answered(answer: Answer) -> ReplyProgress {
        ReplyProgress::Answered { step: step("0"), answer }
    }

    fn unanswered(maybe_done: bool) -> ReplyProgress {
        answered(Answer::Unanswered { maybe_done, reason: "x".into() })
    }

    fn accepted() -> ReplyProgress {
        answered(Answer::Response(Response { status: 200, headers: vec![], body: vec![] }))
    }

    #[test]
    fn the_same_plugin_goes_on_and_another_one_never_sees_its_state() {
        let (next, calling) = (ReplyProgress::Next(step("0")), ReplyProgress::Calling(step("0")));
        for (progress, calls, begins_anew) in [
            (next.clone(), 1, true),
            (unanswered(false), 1, true),
            (unanswered(true), 1, false),
            (accepted(), 1, false),
            (calling, 1, false),
            (next, 2, false),
            (unanswered(false), 2, false),
        ] {
            let reply = begun(progress, calls);
            assert_eq!(adopted(reply.clone(), BEFORE), reply);
            let replaced = adopted(reply.clone(), "another").progress;
            match begins_anew {
                true => assert_eq!(replaced, ReplyProgress::Owed, "{reply:?}"),
                false => assert!(matches!(replaced, ReplyProgress::Unsure(_)), "{reply:?}"),
            }
        }
    }

    #[test]
    fn what_was_accepted_is_not_sent_again_and_what_has_ended_stays_so() {
        let receipt = Receipt { id: "7".into(), attributes: vec![] };
        let accepted = OwedReply { receipts: vec![receipt], ..begun(ReplyProgress::Next(step("0")), 1) };
        assert!(matches!(adopted(accepted, "another").progress, ReplyProgress::Unsure(_)));
        for progress in [ReplyProgress::Sent, ReplyProgress::Owed] {
            let reply = begun(progress, 1);
            assert_eq!(adopted(reply.clone(), "another"), reply);
        }
    }
}
