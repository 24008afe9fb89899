//! What is counted for each provider.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::series::{Counters, Durations, Labels, durations, kinds};
use crate::model::name::ProviderName;

kinds! {
    /// What became of a delivery.
    Verdict {
        /// At least one of its events is new, or it had none.
        Accepted = "accepted",
        /// All of its events were seen before, at least one of them just so.
        Duplicate = "duplicate",
        /// The id of an event was seen before with other content, and no event is new.
        Conflict = "conflict",
        /// All of its events happened too long ago.
        Stale = "stale",
        /// Its plugin saw nothing to do.
        Ignored = "ignored",
        /// Its plugin could not make sense of it; it waits for somebody to look.
        Held = "held",
        /// It waits for its plugin.
        Waiting = "waiting",
        /// Answered with 400 or 404: it is not in the provider's form, or calls what cannot be run.
        Rejected = "rejected",
        /// Answered with 401: its sender is not proven.
        Unverified = "unverified",
        /// Answered with 429: more came than `rate_limit` lets in.
        TooFast = "too_fast",
        /// Answered with 503: the host could not take it, nothing was stored.
        Unavailable = "unavailable",
    }

    /// Why a sender is not proven.
    VerificationFailure {
        /// It sends from elsewhere than `allow_ips` says.
        Address = "address",
        /// The plugin declares no way to prove one.
        NoRecipe = "no_recipe",
        /// The plugin found nothing that could be proven.
        Claims = "claims",
        /// The operator has set no secret.
        NoSecret = "no_secret",
        /// There is no signature.
        SignatureMissing = "signature_missing",
        /// Something is there twice that may be there once.
        Repeated = "repeated",
        /// The signature has another form.
        SignatureUnreadable = "signature_unreadable",
        /// The timestamp is missing or has another form.
        TimestampUnreadable = "timestamp_unreadable",
        /// The timestamp is too far from this machine's clock.
        Stale = "stale",
        /// The secret is no key for this scheme.
        Key = "key",
        /// The signature covers the URL, and no `public_url` is set.
        NoPublicUrl = "no_public_url",
        /// Something that is signed is missing.
        PartMissing = "part_missing",
        /// No signature fits.
        Mismatch = "mismatch",
        /// The hash of the body in the query is another one.
        BodyHash = "body_hash",
    }

    /// Which secret a sender was proven with.
    Secret {
        /// The one in use.
        Current = "current",
        /// One that is still accepted while it is replaced.
        Previous = "previous",
        /// None: the operator has switched verification off.
        None = "none",
    }

    /// What the store made of an event.
    Admitted {
        /// It waits for its run.
        New = "new",
        /// It was seen before.
        Duplicate = "duplicate",
        /// Its id was seen before with other content.
        Conflict = "conflict",
        /// It happened too long ago.
        Stale = "stale",
    }

    /// How far an event came in the end.
    Ended {
        /// Its workflow answered, or the host itself did.
        Done = "done",
        /// Its workflow never answered; given up.
        Dead = "dead",
        /// Nothing was to be done.
        Recorded = "recorded",
        /// Its deadline passed first.
        Expired = "expired",
    }

    /// How a reply ended.
    ReplyEnd {
        /// The provider has it.
        Sent = "sent",
        /// Nobody knows whether the provider has it.
        Unsure = "unsure",
        /// It could not be sent.
        Failed = "failed",
    }

    /// What a call of a provider was answered with.
    Call {
        /// 1xx or 2xx: it is done.
        Done = "2xx",
        /// A redirect, which is not followed.
        Redirect = "3xx",
        /// Too many requests.
        TooMany = "429",
        /// A refusal.
        Refused = "4xx",
        /// A fault of the provider.
        Fault = "5xx",
        /// Nothing; nobody knows what became of it.
        Unanswered = "unanswered",
        /// Nothing: no connection came about.
        Unreachable = "unreachable",
    }

    /// Why a reply has to wait for its next call.
    Wait {
        /// The provider asked for it.
        Hold = "hold",
        /// The provider cannot be reached.
        Outage = "outage",
        /// It would be faster than the manifest says.
        Pace = "pace",
        /// The provider refuses everything.
        Refused = "refused",
    }

    /// What a handshake was answered with.
    Handshake {
        /// What it asked for.
        Answered = "answered",
        /// It does not know what it must.
        Refused = "refused",
    }
}

/// The counters of one provider. They are found once, when the provider is set up.
#[derive(Debug)]
pub struct ProviderMetrics {
    /// Its deliveries by what became of them.
    pub deliveries: Counters<Verdict>,
    /// Its deliveries whose senders are not proven, by the reason.
    pub verification_failures: Counters<VerificationFailure>,
    /// Its deliveries whose senders are proven, by the secret.
    pub verified: Counters<Secret>,
    /// Its events by what the store made of them.
    pub events: Counters<Admitted>,
    /// Its handshakes.
    pub handshakes: Counters<Handshake>,
    /// Its events by how they ended. Those that never ran are among [`Self::events`].
    pub ended: Counters<Ended>,
    /// Its replies, from owing them to their end.
    pub replies: Durations<ReplyEnd>,
    /// Calls of it.
    pub calls: Durations<Call>,
    /// Waits of its replies before a call.
    pub waits: Counters<Wait>,
}

/// The families of what is counted for each provider.
#[derive(Debug)]
pub(super) struct Families {
    deliveries: Family<Labels, Counter>,
    verification_failures: Family<Labels, Counter>,
    verified: Family<Labels, Counter>,
    events: Family<Labels, Counter>,
    handshakes: Family<Labels, Counter>,
    ended: Family<Labels, Counter>,
    waits: Family<Labels, Counter>,
    replies: Family<Labels, Histogram>,
    calls: Family<Labels, Histogram>,
}

impl Families {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let families = Self {
            deliveries: Family::default(),
            verification_failures: Family::default(),
            verified: Family::default(),
            events: Family::default(),
            handshakes: Family::default(),
            ended: Family::default(),
            waits: Family::default(),
            replies: durations(),
            calls: durations(),
        };
        for (name, help, family) in [
            ("deliveries", "Deliveries by what became of them", &families.deliveries),
            (
                "verification_failures",
                "Deliveries whose sender is not proven, by the reason",
                &families.verification_failures,
            ),
            ("verified_deliveries", "Deliveries whose sender is proven, by the secret", &families.verified),
            ("events", "Events by what the store made of them", &families.events),
            ("handshakes", "Handshakes by what they were answered with", &families.handshakes),
            ("events_ended", "Events by how they ended", &families.ended),
            (
                "reply_waits",
                "Waits of replies before a call of their provider, by the reason",
                &families.waits,
            ),
        ] {
            registry.register(name, help, family.clone());
        }
        let help = "From owing a reply to its end, by how it ended";
        registry.register("reply_duration_seconds", help, families.replies.clone());
        let help = "Calls of providers by what they were answered with";
        registry.register("provider_call_duration_seconds", help, families.calls.clone());
        families
    }

    pub(super) fn of(&self, provider: &ProviderName) -> ProviderMetrics {
        let common = || vec![("provider", provider.as_str().to_owned())];
        ProviderMetrics {
            deliveries: Counters::from_zero(&self.deliveries, common(), "verdict"),
            verification_failures: Counters::new(&self.verification_failures, common(), "reason"),
            verified: Counters::new(&self.verified, common(), "secret"),
            events: Counters::from_zero(&self.events, common(), "result"),
            handshakes: Counters::new(&self.handshakes, common(), "result"),
            ended: Counters::from_zero(&self.ended, common(), "state"),
            replies: Durations::new(&self.replies, common(), "outcome"),
            calls: Durations::new(&self.calls, common(), "outcome"),
            waits: Counters::new(&self.waits, common(), "reason"),
        }
    }
}
