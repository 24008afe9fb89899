//! Answers the requests with which a provider tries out an address, from data alone.

pub(super) mod check;

use crate::model::bounds;
use crate::model::http::{Field, Request, Response};
use crate::model::recipe::{Condition, Handshake, HandshakeHmac, HandshakePart, Locator, SecretCheck};
use crate::model::secret::Secret;
use crate::model::time::Time;

use super::encoding;
use super::hash::{hmac, same};
use super::locate::{Values, place};
use super::secrets::Secrets;
use super::verified::Verified;

const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// What a handshake is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandshakeAnswer {
    /// As the manifest says.
    Response(Response),
    /// The sender does not know what it must.
    Refused {
        /// As the manifest says; 4xx.
        status: u16,
        /// For the operator's log.
        why: HandshakeRefusal,
    },
}

/// Why a handshake is refused; for the operator, never for the sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeRefusal {
    /// The operator has to set it.
    #[error("no secret named {name:?} is configured")]
    NoSecret {
        /// As the manifest names it.
        name: String,
    },
    /// It is not the provider, or the provider was told another one.
    #[error("{at} is not the secret {name:?}")]
    WrongSecret {
        /// Where the sender stated it.
        at: String,
        /// As the manifest names it.
        name: String,
    },
    /// It is not the provider, or the provider has changed its form.
    #[error(
        "{at}, which the answer needs, is missing, repeated, too long or of a form that is not given back"
    )]
    Value {
        /// Which value.
        at: String,
    },
}

/// Answers a request that needs no signature to be answered; called before [`super::verify`].
///
/// The first handshake of which method and conditions apply counts. `None`: there is none, or it wants a
/// signature, and the request is to be verified. The handshakes have passed [`check::check_handshake`].
pub fn answer_handshake(
    handshakes: &[Handshake],
    secrets: &Secrets,
    request: &Request,
    now: Time,
) -> Option<HandshakeAnswer> {
    let handshake = first(handshakes, request)?;
    (!handshake.signed).then(|| answer(handshake, &Known { secrets, now }, request))
}

/// Whether a request is a handshake that is answered only with a good signature, so that it is to be
/// verified whatever its method.
pub fn is_signed_handshake(handshakes: &[Handshake], request: &Request) -> bool {
    first(handshakes, request).is_some_and(|handshake| handshake.signed)
}

/// Answers a request that is answered only with a good signature; called after [`super::verify`].
///
/// `None`: it is a delivery, for the plugin.
pub fn answer_signed_handshake(
    handshakes: &[Handshake],
    secrets: &Secrets,
    verified: &Verified,
    now: Time,
) -> Option<HandshakeAnswer> {
    let handshake = first(handshakes, verified.request())?;
    handshake.signed.then(|| answer(handshake, &Known { secrets, now }, verified.request()))
}

/// The secrets that hold now.
struct Known<'s> {
    secrets: &'s Secrets,
    now: Time,
}

impl Known<'_> {
    fn active(&self, name: &str) -> &[Secret] {
        self.secrets.active(name, self.now)
    }
}

fn first<'h>(handshakes: &'h [Handshake], request: &Request) -> Option<&'h Handshake> {
    handshakes.iter().find(|handshake| {
        handshake.method == request.method && handshake.conditions.iter().all(|wanted| holds(wanted, request))
    })
}

fn holds(condition: &Condition, request: &Request) -> bool {
    match (Values::new(request, &[]).get(&condition.at), &condition.equals) {
        (Ok(Some(value)), Some(wanted)) => value == *wanted,
        (Ok(Some(_)), None) => true,
        (Ok(None) | Err(_), _) => false,
    }
}

fn answer(handshake: &Handshake, secrets: &Known<'_>, request: &Request) -> HandshakeAnswer {
    match response(handshake, secrets, request) {
        Ok(response) => HandshakeAnswer::Response(response),
        Err(why) => HandshakeAnswer::Refused { status: handshake.refusal, why },
    }
}

fn response(
    handshake: &Handshake,
    secrets: &Known<'_>,
    request: &Request,
) -> Result<Response, HandshakeRefusal> {
    if let Some(check) = &handshake.check {
        check_secret(check, secrets, request)?;
    }
    let body = text(&handshake.body, secrets, request)?;
    let mut headers: Vec<Field> = Vec::new();
    for header in &handshake.headers {
        headers.push((header.name.clone(), text(&header.value, secrets, request)?));
    }
    if !body.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("content-type".to_owned(), PLAIN_TEXT.to_owned()));
    }
    headers.push(("x-content-type-options".to_owned(), "nosniff".to_owned()));
    Ok(Response { status: handshake.status, headers, body: body.into_bytes() })
}

fn check_secret(check: &SecretCheck, secrets: &Known<'_>, request: &Request) -> Result<(), HandshakeRefusal> {
    let active = secrets.active(&check.secret);
    if active.is_empty() {
        return Err(HandshakeRefusal::NoSecret { name: check.secret.clone() });
    }
    let stated = Values::new(request, &[]).get(&check.at).ok().flatten().unwrap_or_default();
    // An empty secret would be known to everybody.
    let known = |secret: &str| !secret.is_empty() && same(stated.as_bytes(), secret.as_bytes());
    if active.iter().any(|secret| known(secret.expose())) {
        return Ok(());
    }
    Err(HandshakeRefusal::WrongSecret { at: place(&check.at), name: check.secret.clone() })
}

fn text(parts: &[HandshakePart], secrets: &Known<'_>, request: &Request) -> Result<String, HandshakeRefusal> {
    let pieces = parts.iter().map(|part| match part {
        HandshakePart::Text(text) => Ok(text.clone()),
        HandshakePart::Value(at) => value(at, request),
        HandshakePart::JsonString(at) => {
            value(at, request).map(|value| serde_json::Value::from(value).to_string())
        }
        HandshakePart::Hmac(rule) => keyed_hash(rule, secrets, request),
    });
    pieces.collect()
}

/// A value that is given back as it came: of bounded length, without line breaks and other controls, which
/// could end a header or begin something else.
fn value(at: &Locator, request: &Request) -> Result<String, HandshakeRefusal> {
    let value = Values::new(request, &[]).get(at).ok().flatten();
    value
        .filter(|value| value.len() <= bounds::HANDSHAKE_VALUE_BYTES && !value.contains(char::is_control))
        .map(String::from)
        .ok_or_else(|| HandshakeRefusal::Value { at: place(at) })
}

/// A keyed hash over a value that anybody can choose, often with the key that also signs deliveries. So it
/// is made only of what can be no delivery: no JSON object or list, and no form with a value.
fn keyed_hash(
    rule: &HandshakeHmac,
    secrets: &Known<'_>,
    request: &Request,
) -> Result<String, HandshakeRefusal> {
    let value = value(&rule.value, request)?;
    let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    // Base64 may end in `=`.
    let is_harmless = !value.is_empty() && value.trim_end_matches('=').bytes().all(is_harmless);
    if !is_harmless || value.len() > bounds::HANDSHAKE_HMAC_BYTES {
        return Err(HandshakeRefusal::Value { at: place(&rule.value) });
    }
    match secrets.active(&rule.secret).first().map(|secret| secret.expose()) {
        None | Some("") => Err(HandshakeRefusal::NoSecret { name: rule.secret.clone() }),
        Some(key) => Ok(encoding::encode(rule.encoding, &hmac(rule.hash, key.as_bytes(), &[value]))),
    }
}
