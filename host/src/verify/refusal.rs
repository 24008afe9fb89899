//! Why a request is refused, told twice: one sentence for the sender, the whole reason for the operator.

use super::key::KeyError;

/// Why a request is refused. `Display` is for the operator, [`Refusal::PUBLIC`] for the sender; neither
/// ever holds a secret, a signature or a part of the body.
///
/// The variants stand in the order of the checks, so that the greater of two came further.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// Only the operator's `verification = "none"` would let it in.
    #[error("the plugin declares no way to prove who sends")]
    NoRecipe,
    /// The plugin was asked what is to be proven, and nothing can be.
    #[error("nothing can be proven of it: {why}")]
    Claims {
        /// In the plugin's words or the host's.
        why: String,
    },
    /// The operator has to set it.
    #[error("no secret named {name:?} is configured, so no sender can be verified")]
    NoSecret {
        /// As the manifest names it.
        name: String,
    },
    /// It is not from the provider, or a proxy has removed it.
    #[error("{at} is missing: the sender does not sign, or something on the way removed it")]
    SignatureMissing {
        /// Where it was looked for.
        at: String,
    },
    /// Which one counts cannot be known.
    #[error("{at} is there more than once, so that nobody can tell which one counts")]
    Repeated {
        /// What is repeated.
        at: String,
    },
    /// The sender uses another format.
    #[error("{at} is there but holds no signature of the form: {form}")]
    SignatureUnreadable {
        /// Where it stands.
        at: String,
        /// What was expected.
        form: String,
    },
    /// Its age cannot be known.
    #[error("{at} is missing or holds no timestamp of the form {form}")]
    TimestampUnreadable {
        /// Where it was looked for.
        at: String,
        /// What was expected.
        form: &'static str,
    },
    /// A replay, or one of the two clocks is wrong.
    #[error(
        "its timestamp is {} s {} this machine's clock and {tolerance_s} s are allowed: \
         it was sent again or late, or a clock is wrong",
        off_s.unsigned_abs(),
        if *off_s < 0 { "behind" } else { "ahead of" }
    )]
    Stale {
        /// The timestamp less this machine's clock, in seconds, rounded away from zero.
        off_s: i64,
        /// What is allowed in both directions, in seconds.
        tolerance_s: u32,
    },
    /// The operator has set something that is no key of this kind.
    #[error("the secret {name:?} cannot be used: {error}")]
    Key {
        /// As the manifest names it.
        name: String,
        /// What is wrong with it.
        error: KeyError,
    },
    /// The operator has to state it.
    #[error("the signature covers the URL, and no public_url is configured")]
    NoPublicUrl,
    /// What is signed is not complete.
    #[error("{at} is signed but missing")]
    PartMissing {
        /// What is missing.
        at: String,
    },
    /// Not the provider, not its secret, or not the bytes it sent.
    #[error(
        "no signature fits ({signatures} found, {secrets} active secrets): the secret is another one, \
         or the request was changed on the way{}",
        if *url { ", or public_url is not the address that the sender calls" } else { "" }
    )]
    Mismatch {
        /// How many were tried.
        signatures: usize,
        /// How many were tried.
        secrets: usize,
        /// Whether the URL is part of what is signed.
        url: bool,
    },
    /// The URL is genuine, the body is not.
    #[error("query parameter {parameter} is not the hash of the body")]
    BodyHash {
        /// Which parameter states the hash.
        parameter: String,
    },
}

impl Refusal {
    /// What the sender is told, whatever the reason: it must not learn which check failed.
    pub const PUBLIC: &'static str = "the signature is missing or does not match";
}
