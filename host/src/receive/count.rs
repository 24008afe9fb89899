//! Under which of their closed sets of values things are counted.

use super::reply::Problem;
use crate::metrics::{Admitted as AdmittedAs, Refused, Secret, Verdict, VerificationFailure};
use crate::provider::Provider;
use crate::store::admission::{Admitted, Judged};
use crate::verify::Refusal;

/// What became of a delivery, as far as its plugin decides it; `None` where the store has the last word on each
/// of its events.
pub(super) fn judged(judged: &Judged) -> Option<Verdict> {
    match judged {
        Judged::Accepted(_) => None,
        Judged::Ignored(_) => Some(Verdict::Ignored),
        Judged::Held(_) => Some(Verdict::Held),
        Judged::Waiting(_) => Some(Verdict::Waiting),
    }
}

/// What became of an accepted delivery with these events: what became of the best of them.
pub(super) fn accepted(events: &[Admitted]) -> Verdict {
    let has = |is: fn(&Admitted) -> bool| events.iter().any(is);
    if events.is_empty() || has(|one| matches!(one, Admitted::New(_) | Admitted::Recorded(_))) {
        Verdict::Accepted
    } else if has(|one| matches!(one, Admitted::Conflict { .. })) {
        Verdict::Conflict
    } else if has(|one| matches!(one, Admitted::Duplicate(_))) {
        Verdict::Duplicate
    } else {
        Verdict::Stale
    }
}

/// What became of a delivery whose sender is known and that was not stored.
pub(super) fn not_stored(problem: &Problem) -> Verdict {
    match problem {
        Problem::Busy(_) | Problem::TooMany => Verdict::Unavailable,
        _ => Verdict::Rejected,
    }
}

pub(super) fn admitted(admitted: &Admitted) -> AdmittedAs {
    match admitted {
        Admitted::New(_) | Admitted::Recorded(_) => AdmittedAs::New,
        Admitted::Stale(_) => AdmittedAs::Stale,
        Admitted::Duplicate(_) => AdmittedAs::Duplicate,
        Admitted::Conflict { .. } => AdmittedAs::Conflict,
    }
}

/// Which of the active secrets matched, by its place among them.
pub(super) fn secret(place: Option<usize>) -> Secret {
    match place {
        None => Secret::None,
        Some(0) => Secret::Current,
        Some(_) => Secret::Previous,
    }
}

/// Counts a delivery from an address from which none may come.
pub(super) fn from_elsewhere(provider: &Provider) {
    provider.metrics.deliveries.count(Verdict::Unverified);
    provider.metrics.verification_failures.count(VerificationFailure::Address);
}

/// Counts a delivery whose sender is not proven.
pub(super) fn unverified(provider: &Provider, refusal: &Refusal) {
    provider.metrics.deliveries.count(Verdict::Unverified);
    provider.metrics.verification_failures.count(failure(refusal));
}

fn failure(refusal: &Refusal) -> VerificationFailure {
    match refusal {
        Refusal::NoRecipe => VerificationFailure::NoRecipe,
        Refusal::Claims { .. } => VerificationFailure::Claims,
        Refusal::NoSecret { .. } => VerificationFailure::NoSecret,
        Refusal::SignatureMissing { .. } => VerificationFailure::SignatureMissing,
        Refusal::Repeated { .. } => VerificationFailure::Repeated,
        Refusal::SignatureUnreadable { .. } => VerificationFailure::SignatureUnreadable,
        Refusal::TimestampUnreadable { .. } => VerificationFailure::TimestampUnreadable,
        Refusal::Stale { .. } => VerificationFailure::Stale,
        Refusal::Key { .. } => VerificationFailure::Key,
        Refusal::NoPublicUrl => VerificationFailure::NoPublicUrl,
        Refusal::PartMissing { .. } => VerificationFailure::PartMissing,
        Refusal::Mismatch { .. } => VerificationFailure::Mismatch,
        Refusal::BodyHash { .. } => VerificationFailure::BodyHash,
    }
}

pub(super) fn refused(problem: &Problem) -> Refused {
    match problem {
        Problem::NotFound(_) => Refused::NotFound,
        Problem::MethodNotAllowed(_) => Refused::MethodNotAllowed,
        Problem::Malformed(_) => Refused::Malformed,
        Problem::Unverified => Refused::Unverified,
        Problem::HandshakeRefused(_) => Refused::Handshake,
        Problem::TooLarge(_) => Refused::TooLarge,
        Problem::WrongType(_) => Refused::WrongType,
        Problem::TooSlow => Refused::TooSlow,
        Problem::IdReused => Refused::IdReused,
        Problem::Gone => Refused::Gone,
        Problem::Upstream(_) => Refused::Upstream,
        Problem::TooMany => Refused::TooMany,
        Problem::TooFast(_) => Refused::TooFast,
        Problem::Busy(_) => Refused::Busy,
    }
}
