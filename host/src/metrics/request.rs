//! What is counted of requests before they belong to a provider.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::series::{Counters, Labels, kinds};

kinds! {
    /// Why a request was refused; each has a status of its own.
    Refused {
        /// 404.
        NotFound = "not_found",
        /// 405.
        MethodNotAllowed = "method_not_allowed",
        /// 400.
        Malformed = "malformed",
        /// 401.
        Unverified = "unverified",
        /// The status that the manifest names, mostly 403.
        Handshake = "handshake",
        /// 413.
        TooLarge = "too_large",
        /// 415.
        WrongType = "wrong_type",
        /// 408.
        TooSlow = "too_slow",
        /// 422.
        IdReused = "id_reused",
        /// 410.
        Gone = "gone",
        /// 502.
        Upstream = "upstream",
        /// 429.
        TooMany = "too_many",
        /// 429: more deliveries came than `rate_limit` lets in.
        TooFast = "too_fast",
        /// 503.
        Busy = "busy",
    }
}

pub(super) fn register(registry: &mut Registry) -> Counters<Refused> {
    let refused = Family::<Labels, Counter>::default();
    registry.register(
        "requests_refused",
        "Requests for webhooks and executions that were refused",
        refused.clone(),
    );
    Counters::from_zero(&refused, Labels::new(), "reason")
}
