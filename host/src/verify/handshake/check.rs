//! Checks a handshake when it is loaded.

use crate::model::recipe::{Handshake, HandshakeHeader, HandshakePart, Locator};
use crate::verify::locate::{PlaceError, check_place, is_token};

/// What is wrong with a handshake. Its plugin cannot be loaded; only its author can change it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The host cannot do it.
    #[error("`learn`: keeping a secret that the provider delivers is not supported; let the operator set it")]
    Learn,
    /// It is no method, or not in upper case.
    #[error("{0:?} is no method in upper case")]
    Method(String),
    /// Every delivery would be answered, and lost.
    #[error("it has no conditions, so that it would swallow every delivery")]
    Unconditional,
    /// A place that no request can have.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// There is none before a signature was taken apart.
    #[error("a handshake cannot look at signature field {0:?}")]
    SignatureField(String),
    /// An answer says yes, a refusal no.
    #[error("status {0} stands where one of {1} belongs")]
    Status(u16, &'static str),
    /// It has no name, or the host sets it itself.
    #[error("a handshake cannot set header {0:?}")]
    Header(String),
    /// What anybody can choose could steer a browser.
    #[error("header {0:?} must not hold a value of the request; only those that begin with x- may")]
    ReflectingHeader(String),
    /// What anybody can choose must not be taken for a page.
    #[error(
        "a body that holds values of the request must be text/plain, or application/json with `json-string`"
    )]
    ReflectingBody,
}

/// Says whether a handshake can be carried out without harm, once, when its plugin is loaded.
///
/// # Errors
/// What the plugin's author has to change.
pub fn check_handshake(handshake: &Handshake) -> Result<(), HandshakeError> {
    if handshake.learn.is_some() {
        return Err(HandshakeError::Learn);
    }
    let method = &handshake.method;
    if !is_token(method) || method.contains(|c: char| c.is_ascii_lowercase()) {
        return Err(HandshakeError::Method(method.clone()));
    }
    // Deliveries come as POST.
    if method == "POST" && handshake.conditions.is_empty() {
        return Err(HandshakeError::Unconditional);
    }
    if !(200..=299).contains(&handshake.status) {
        return Err(HandshakeError::Status(handshake.status, "200 to 299"));
    }
    if !(400..=499).contains(&handshake.refusal) {
        return Err(HandshakeError::Status(handshake.refusal, "400 to 499"));
    }
    check_places(handshake)?;
    handshake.headers.iter().try_for_each(check_header)?;
    check_body(handshake)
}

fn check_places(handshake: &Handshake) -> Result<(), HandshakeError> {
    let conditions = handshake.conditions.iter().map(|condition| &condition.at);
    let check = handshake.check.iter().map(|check| &check.at);
    let parts = handshake.headers.iter().flat_map(|header| &header.value).chain(&handshake.body);
    for at in conditions.chain(check).chain(parts.filter_map(reflected)) {
        check_place(at)?;
        if let Locator::SignatureField(name) = at {
            return Err(HandshakeError::SignatureField(name.clone()));
        }
    }
    Ok(())
}

fn reflected(part: &HandshakePart) -> Option<&Locator> {
    match part {
        HandshakePart::Text(_) => None,
        HandshakePart::Value(at) | HandshakePart::JsonString(at) => Some(at),
        HandshakePart::Hmac(rule) => Some(&rule.value),
    }
}

fn check_header(header: &HandshakeHeader) -> Result<(), HandshakeError> {
    let name = header.name.to_ascii_lowercase();
    let is_the_hosts = matches!(
        name.as_str(),
        "connection"
            | "content-length"
            | "date"
            | "set-cookie"
            | "transfer-encoding"
            | "x-content-type-options"
    );
    if !is_token(&name) || is_the_hosts {
        return Err(HandshakeError::Header(header.name.clone()));
    }
    if header.value.iter().any(|part| reflected(part).is_some()) && !name.starts_with("x-") {
        return Err(HandshakeError::ReflectingHeader(header.name.clone()));
    }
    Ok(())
}

fn check_body(handshake: &Handshake) -> Result<(), HandshakeError> {
    if handshake.body.iter().all(|part| reflected(part).is_none()) {
        return Ok(());
    }
    let as_it_is = handshake.body.iter().any(|part| matches!(part, HandshakePart::Value(_)));
    let types = handshake.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("content-type"));
    for declared in types {
        let declared: String = declared.value.iter().map(literal).collect();
        // Without its parameters, such as the character set.
        let media_type = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if media_type != "text/plain" && (as_it_is || media_type != "application/json") {
            return Err(HandshakeError::ReflectingBody);
        }
    }
    Ok(())
}

/// `check_header` has seen to it that a content type is made of texts alone.
fn literal(part: &HandshakePart) -> &str {
    match part {
        HandshakePart::Text(text) => text,
        HandshakePart::Value(_) | HandshakePart::JsonString(_) | HandshakePart::Hmac(_) => "",
    }
}
