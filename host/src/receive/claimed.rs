//! Proves senders whose scheme only their plugin understands.

use super::reply::Problem;
use super::{Receiver, count};
use crate::metrics::Verdict;
use crate::model::http::Request;
use crate::model::recipe::Claim;
use crate::model::time::Time;
use crate::plugin::{Context, Fault, Plugin};
use crate::provider::Provider;
use crate::verify::{Refusal, Verified, unverified_for_plugin, verify_claims};

/// Asks the plugin what is to be proven, and proves it with the secret of this name.
pub(super) async fn verified(
    receiver: &Receiver,
    provider: &Provider,
    secret: &str,
    request: Request,
    now: Time,
) -> Result<Verified, Problem> {
    // Nobody has verified these bytes, and a sandbox costs more than a hash.
    if !receiver.claimed.admits(&provider.name, now) {
        return Err(Problem::TooMany);
    }
    let Some(plugin) = &provider.plugin else { return Err(Problem::Busy("this provider cannot be loaded")) };
    let proven = match claimed(provider, plugin, &request, now).await {
        Ok(Ok(claims)) => verify_claims(&claims, secret, &provider.proofs, request, now),
        Ok(Err(why)) => Err(Refusal::Claims { why }),
        // Nobody knows whether the sender is genuine, so it must come again.
        Err(fault) if fault.may_pass() => {
            provider.metrics.deliveries.count(Verdict::Unavailable);
            return Err(Problem::Busy("the host has no room to prove who sends now"));
        }
        Err(fault) => Err(Refusal::Claims { why: fault.to_string() }),
    };
    proven.map_err(|refusal| {
        if receiver.refusals_told.admits(&provider.name, now) {
            tracing::warn!(provider = %provider.name, reason = %refusal, "a delivery was refused: its sender is not proven");
        }
        count::unverified(provider, &refusal);
        Problem::Unverified
    })
}

async fn claimed(
    provider: &Provider,
    plugin: &Plugin,
    request: &Request,
    now: Time,
) -> Result<Result<Vec<Claim>, String>, Fault> {
    let context = Context { now, settings: provider.settings.clone(), attempt: 0 };
    let query = if request.raw_query.is_empty() { String::new() } else { format!("?{}", request.raw_query) };
    let url = provider.public_url.as_ref().map(|url| format!("{url}{}{query}", request.path));
    plugin.prove(context, &unverified_for_plugin(request), url.as_deref()).await
}
