//! The path of a delivery: receive, verify, adapt, admit, acknowledge.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Method, Request as HttpRequest, Response};
use axum::response::IntoResponse;

use super::intake::{Taken, take_in};
use super::reply::{self, Problem};
use super::share::Share;
use super::{Receiver, body, claimed, count, forwarded, peer, read, wait};
use crate::metrics::{Handshake, Verdict};
use crate::model::fault_point::FaultPoint;
use crate::model::http::{self, Request};
use crate::model::time::Time;
use crate::provider::{Provider, Providers};
use crate::verify::{self, HandshakeAnswer, Verified};

/// Answers a request for a provider.
pub(super) async fn receive(
    State(receiver): State<Arc<Receiver>>,
    request: HttpRequest<Body>,
) -> Response<Body> {
    let _being_handled = receiver.metrics.requests().one_more();
    let (parts, body) = request.into_parts();
    match take(&receiver, &parts, body).await {
        Ok(response) => response,
        Err(problem) => {
            receiver.metrics.refused().count(count::refused(&problem));
            problem.into_response()
        }
    }
}

async fn take(receiver: &Arc<Receiver>, parts: &Parts, body: Body) -> Result<Response<Body>, Problem> {
    let path = parts.uri.path();
    let setup = receiver.live.now();
    let Some((provider, path_below)) = setup.providers.at(path) else {
        body::drain(body);
        return Err(nobody_at(&setup.providers, path));
    };
    if let Err(from) = check_origin(receiver, provider, parts) {
        body::drain(body);
        tell_origin(receiver, provider, from, Time::now());
        return Err(Problem::Unverified);
    }
    check_type(provider, parts)?;
    let mut counted = receiver.bodies.share(&provider.intake.body_bytes);
    let body = body::read(&parts.headers, body, receiver.settings.body_limit, &mut counted).await?;
    let request = read::request(parts, path_below, body, &receiver.settings.trusted_proxies);
    let now = Time::now();

    let handshakes = &provider.manifest.handshakes;
    if let Some(answer) = verify::answer_handshake(handshakes, &provider.proofs, &request, now) {
        return handshake(receiver, provider, answer, now);
    }
    if parts.method != Method::POST && !verify::is_signed_handshake(handshakes, &request) {
        return Err(Problem::MethodNotAllowed("POST"));
    }
    deliver(receiver, provider, request, now, counted).await
}

/// Why a path belongs to no provider that can take anything.
fn nobody_at(providers: &Providers, path: &str) -> Problem {
    if let Some(dormant) = providers.dormant_at(path) {
        let variables = dormant.variables.join(" or ");
        tracing::warn!(provider = %dormant.name, "a delivery was refused: no secret is set; set {variables}");
        Problem::Unverified
    } else if providers.is_unknown(path) {
        Problem::Busy("this provider cannot be loaded")
    } else {
        Problem::NotFound("there is no provider at this address".into())
    }
}

/// Refuses whoever sends from where nobody may, with its address as far as it is known. It is answered as if it had
/// not proven itself: with a secret that it has stolen, it does not learn that the secret holds.
fn check_origin(receiver: &Receiver, provider: &Provider, parts: &Parts) -> Result<(), Option<IpAddr>> {
    let Some(allowed) = &provider.allow_ips else { return Ok(()) };
    let proxies = &receiver.settings.trusted_proxies;
    let sender = peer::address().map(|peer| forwarded::sender(peer, proxies, &parts.headers));
    if sender.is_some_and(|sender| forwarded::is_one_of(allowed, sender)) { Ok(()) } else { Err(sender) }
}

fn tell_origin(receiver: &Receiver, provider: &Provider, from: Option<IpAddr>, now: Time) {
    count::from_elsewhere(provider);
    if receiver.refusals_told.admits(&provider.name, now) {
        tracing::warn!(provider = %provider.name, from = from.map(display), "a delivery was refused: its sender's address is none of `allow_ips`");
    }
}

fn check_type(provider: &Provider, parts: &Parts) -> Result<(), Problem> {
    match (provider.manifest.accepts(), read::media_type(parts)) {
        (Some(expected), Some(sent)) if parts.method == Method::POST && sent != expected => {
            Err(Problem::WrongType(expected.into()))
        }
        _ => Ok(()),
    }
}

async fn deliver(
    receiver: &Arc<Receiver>,
    provider: &Arc<Provider>,
    request: Request,
    now: Time,
    counted: Share,
) -> Result<Response<Body>, Problem> {
    let verified = match provider.manifest.claims_secret() {
        Some(secret) if !provider.is_waived => {
            claimed::verified(receiver, provider, secret, request, now).await?
        }
        _ => verified(receiver, provider, request, now)?,
    };
    provider.metrics.verified.count(count::secret(verified.secret()));
    FaultPoint::Verified.reached();
    let handshakes = &provider.manifest.handshakes;
    if let Some(answer) = verify::answer_signed_handshake(handshakes, &provider.proofs, &verified, now) {
        return handshake(receiver, provider, answer, now);
    }
    // Only what is proven counts, so that nobody else can use up what its sender may send.
    if let Some(limit) = provider.rate_limit {
        provider.intake.count(limit, now).map_err(|wait| {
            provider.metrics.deliveries.count(Verdict::TooFast);
            Problem::TooFast(wait)
        })?;
    }
    let prefers_async = read::prefers_async(verified.request());
    let Taken { admission, held_for, response } = take_in(receiver, provider, verified, now, counted).await?;
    if provider.manifest.acknowledgement.hold_ms.is_some() {
        return match (&held_for, admission.events.first()) {
            (Some(_), _) => Ok(reply::held(admission.delivery)),
            (None, Some(admitted)) => wait::for_outcome(receiver, provider, admitted, prefers_async).await,
            (None, None) => Ok(acknowledgement(provider, response)),
        };
    }
    Ok(acknowledgement(provider, response))
}

fn verified(
    receiver: &Receiver,
    provider: &Provider,
    request: Request,
    now: Time,
) -> Result<Verified, Problem> {
    let (recipes, proofs) = (&provider.manifest.verification, &provider.proofs);
    if provider.is_waived {
        return Ok(Verified::by_operator_waiver(recipes, request));
    }
    let public_url = provider.public_url.as_deref();
    verify::verify_or_explain(recipes, proofs, public_url, request, now).map_err(|unproven| {
        // Whoever sends them in thousands must not fill the log, and the disk, with them.
        if receiver.refusals_told.admits(&provider.name, now) {
            let likely = match receiver.diagnoses.admits(&provider.name, now) {
                true => unproven.diagnose(recipes, proofs, public_url, now),
                false => None,
            };
            tracing::warn!(provider = %provider.name, reason = %unproven.refusal, likely, "a delivery was refused: its sender is not proven");
        }
        count::unverified(provider, &unproven.refusal);
        Problem::Unverified
    })
}

fn handshake(
    receiver: &Receiver,
    provider: &Provider,
    answer: HandshakeAnswer,
    now: Time,
) -> Result<Response<Body>, Problem> {
    if !receiver.handshakes.admits(&provider.name, now) {
        return Err(Problem::TooMany);
    }
    match answer {
        HandshakeAnswer::Response(response) => {
            provider.metrics.handshakes.count(Handshake::Answered);
            tracing::info!(provider = %provider.name, status = response.status, "answered a handshake");
            Ok(reply::of_plugin(response))
        }
        HandshakeAnswer::Refused { status, why } => {
            provider.metrics.handshakes.count(Handshake::Refused);
            tracing::warn!(provider = %provider.name, reason = %why, "refused a handshake");
            Err(Problem::HandshakeRefused(status))
        }
    }
}

fn acknowledgement(provider: &Provider, response: Option<http::Response>) -> Response<Body> {
    let default = &provider.manifest.acknowledgement;
    reply::of_plugin(response.unwrap_or_else(|| http::Response {
        status: default.status,
        headers: default.headers.clone(),
        body: default.body.clone(),
    }))
}
