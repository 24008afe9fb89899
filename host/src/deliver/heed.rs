//! What a provider's answer to one reply means for the others: a bucket that is held, a circuit that opens or
//! closes.

use std::time::Duration;

use super::hold::Holds;
use crate::dispatch::circuit::Circuits;
use crate::model::bounds;
use crate::model::task::{Answer, Failure, FailureScope, Next};
use crate::model::time::Time;
use crate::provider::Provider;
use crate::store::owed::OwedReply;

/// What an answer says about whether its provider takes calls at all.
#[derive(Debug, PartialEq, Eq)]
enum Said<'n> {
    /// It takes none.
    Refuses(&'n Failure),
    /// It understood this one.
    Takes,
    /// Nothing: it was busy, or not to be had.
    Nothing,
}

/// Heeds what the plugin says about the answer to a call, or to none before the first. Gives whether the provider's
/// circuit closed, so that the others need not wait any longer.
pub(super) fn heed(
    holds: &Holds,
    circuits: &Circuits,
    provider: &Provider,
    reply: &OwedReply,
    answer: Option<&Answer>,
    next: &Next,
    now: Time,
) -> bool {
    let name = &provider.name;
    if let Next::Retry { after_ms, hold: Some(bucket) } = next {
        let wait = Duration::from_millis(after_ms.unwrap_or_default()).min(bounds::REPLY_TRIED_FOR);
        holds.hold(name, bucket.clone(), now.plus(wait), now);
    }
    match said(answer, next) {
        Said::Refuses(Failure { code, message, .. }) => {
            if circuits.refused(name, reply.lane, code, message, now) {
                tracing::error!(
                    %code, reason = %message,
                    "the provider refuses everything, so its replies wait, and one at a time tries again; \
                     check its credentials, then send SIGHUP"
                );
            }
            false
        }
        Said::Takes => {
            let has_closed = circuits.accepted(name, now);
            if has_closed {
                tracing::info!("the provider takes replies again");
            }
            has_closed
        }
        Said::Nothing => {
            if answer.is_some() {
                circuits.undecided(name, reply.lane, now);
            }
            false
        }
    }
}

fn said<'n>(answer: Option<&Answer>, next: &'n Next) -> Said<'n> {
    match (answer, next) {
        (_, Next::Failed(failure)) if failure.scope == FailureScope::Provider => Said::Refuses(failure),
        (None | Some(Answer::Unanswered { .. }), _) | (_, Next::Retry { .. } | Next::Unsure(_)) => {
            Said::Nothing
        }
        _ => Said::Takes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::http::Response;

    #[test]
    fn only_what_the_provider_understood_shows_that_it_takes_calls() {
        let failed = |scope| Next::Failed(Failure { scope, code: "x".into(), message: String::new() });
        let answered = Answer::Response(Response { status: 200, headers: vec![], body: vec![] });
        let lost = Answer::Unanswered { maybe_done: true, reason: "timeout".into() };
        let refused = failed(FailureScope::Provider);
        let Next::Failed(failure) = &refused else { unreachable!("it was just made") };
        for (answer, next, expected) in [
            (Some(&answered), &Next::Done, Said::Takes),
            (Some(&answered), &failed(FailureScope::Message), Said::Takes),
            (Some(&answered), &failed(FailureScope::Conversation), Said::Takes),
            (Some(&answered), &refused, Said::Refuses(failure)),
            (None, &refused, Said::Refuses(failure)),
            (None, &Next::Done, Said::Nothing),
            (Some(&lost), &Next::Done, Said::Nothing),
            (Some(&answered), &Next::Retry { after_ms: None, hold: None }, Said::Nothing),
            (Some(&answered), &Next::Unsure("gone".into()), Said::Nothing),
        ] {
            assert_eq!(said(answer, next), expected, "{answer:?} {next:?}");
        }
    }
}
