//! Turns what a plugin asks for into a request with the host's credentials, or says why not. Pure.
//!
//! A plugin names an endpoint and a path below it. Origin, prefix, query and headers with secrets come from
//! the manifest that the operator granted; nothing a plugin says can name a secret or another host.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::config::address::is_private;
use crate::config::grants::{NotGranted, Reach, origin};
use crate::model::http::{Field, field, is_reserved_header};
use crate::model::manifest::{Credential, CredentialValue, Endpoint, Piece};
use crate::model::task::{Call, FormContent, Payload, Target};
use crate::provider::Provider;

/// A request that may be made.
#[derive(Clone)]
pub struct Prepared {
    /// In upper case.
    pub method: String,
    /// With everything in it, so never shown.
    pub url: Url,
    /// The plugin's and the endpoint's.
    pub headers: Vec<Field>,
    /// The body.
    pub payload: Payload,
    /// How far it may reach.
    pub reach: Reach,
}

/// Why a call is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The operator has to grant the host.
    #[error("{0}")]
    NotGranted(#[from] NotGranted),
    /// The operator has to grant what a new version of the plugin asks for.
    #[error("the plugin may not use its endpoint {0} as this version of it wants to")]
    NeedsGrant(String),
    /// The operator has to set the secret.
    #[error("the secret {0} is not set")]
    NoSecret(String),
    /// The operator has to mend the setting.
    #[error("the setting {0} is not set or not an http(s) address")]
    BadSetting(String),
    /// The plugin asks for what no plugin may.
    #[error("{0}")]
    NotAllowed(String),
}

impl Refused {
    /// Whether an operator can change it, so that waiting makes sense.
    pub fn waits_for_operator(&self) -> bool {
        match self {
            Self::NotGranted(_) | Self::NeedsGrant(_) | Self::NoSecret(_) | Self::BadSetting(_) => true,
            Self::NotAllowed(_) => false,
        }
    }
}

/// Checks a call and fills in the endpoint's credentials.
///
/// # Errors
/// [`Refused::waits_for_operator`] tells whether it is worth trying again.
pub fn prepare(provider: &Provider, call: &Call) -> Result<Prepared, Refused> {
    let endpoint = provider
        .manifest
        .endpoint(&call.endpoint)
        .ok_or_else(|| Refused::NotAllowed(format!("the manifest has no endpoint {:?}", call.endpoint)))?;
    if provider.needs_grant.endpoints.contains(&endpoint.name) {
        return Err(Refused::NeedsGrant(endpoint.name.clone()));
    }
    let mut url = match &call.target {
        Target::Path(path) => below(provider, endpoint, path)?,
        Target::Url(url) => absolute(provider, endpoint, url)?,
    };
    let reach = provider.grants.decide(&url)?;
    if reach == Reach::Public && is_private_literal(&url) {
        let host = url.host_str().unwrap_or_default();
        return Err(Refused::NotAllowed(format!(
            "{host} is a private address, which is granted by address and port"
        )));
    }
    let credentials = values(provider, &endpoint.query)?;
    if !call.query.is_empty() || !credentials.is_empty() {
        url.query_pairs_mut().extend_pairs(&call.query).extend_pairs(&credentials);
    }
    let mut headers = call.headers.clone();
    for (name, _) in &headers {
        let of_endpoint = endpoint.headers.iter().any(|own| own.name.eq_ignore_ascii_case(name));
        if of_endpoint || is_reserved_header(name) {
            return Err(Refused::NotAllowed(format!("the header {name:?} belongs to the host")));
        }
    }
    headers.extend(values(provider, &endpoint.headers)?);
    check_payload(call)?;
    Ok(Prepared { method: call.method.clone(), url, headers, payload: call.payload.clone(), reach })
}

fn below(provider: &Provider, endpoint: &Endpoint, path: &str) -> Result<Url, Refused> {
    check_path(path)?;
    let origin = origin(endpoint, &provider.settings);
    let bad_setting =
        || Refused::BadSetting(endpoint.origin_setting.clone().unwrap_or_else(|| endpoint.name.clone()));
    let base = Url::parse(origin).map_err(|_| bad_setting())?;
    if !matches!(base.scheme(), "http" | "https") || base.query().is_some() || base.fragment().is_some() {
        return Err(bad_setting());
    }
    let prefix = joined(provider, &endpoint.prefix)?;
    let full = format!("{}{prefix}{path}", origin.trim_end_matches('/'));
    let url =
        Url::parse(&full).map_err(|_| Refused::NotAllowed(format!("the path {path:?} makes no URL")))?;
    // The checks above make this impossible; it stands here so that it stays so.
    if url.origin() != base.origin() || !url.path().starts_with(base.path().trim_end_matches('/')) {
        return Err(Refused::NotAllowed(format!("the path {path:?} leaves its endpoint")));
    }
    Ok(url)
}

fn check_path(path: &str) -> Result<(), Refused> {
    let not_allowed = |why: &str| Err(Refused::NotAllowed(format!("the path {path:?} {why}")));
    if !path.is_empty() && !path.starts_with('/') {
        return not_allowed("does not begin with /");
    }
    let decoded = percent_decode_str(path).collect::<Vec<u8>>();
    if decoded.iter().any(|byte| byte.is_ascii_control() || matches!(byte, b'\\' | b'?' | b'#')) {
        return not_allowed("holds a character that does not belong into a path");
    }
    let dots: [&[u8]; 2] = [b".", b".."];
    if decoded.split(|byte| *byte == b'/').any(|segment| dots.contains(&segment))
        || decoded.starts_with(b"//")
    {
        return not_allowed("leaves its endpoint");
    }
    Ok(())
}

fn absolute(provider: &Provider, endpoint: &Endpoint, text: &str) -> Result<Url, Refused> {
    let not_allowed = |why: &str| Refused::NotAllowed(format!("an absolute URL {why}"));
    let url = Url::parse(text).map_err(|_| not_allowed("cannot be read"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(not_allowed("must be without a user"));
    }
    // The same server, over whatever the operator reaches it by.
    let own = Url::parse(origin(endpoint, &provider.settings));
    if own.is_ok_and(|own| own.origin() == url.origin()) {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err(not_allowed("must be https"));
    }
    let host = url.host_str().unwrap_or_default();
    if !endpoint.hosts.iter().any(|pattern| matches_host(pattern, host)) {
        return Err(not_allowed(&format!("points to {host}, which is none of the endpoint's hosts")));
    }
    Ok(url)
}

fn matches_host(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => {
            host.strip_suffix(parent).is_some_and(|below| below.len() > 1 && below.ends_with('.'))
        }
        None => pattern.eq_ignore_ascii_case(host),
    }
}

fn is_private_literal(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => is_private(address.into()),
        Some(url::Host::Ipv6(address)) => is_private(address.into()),
        Some(url::Host::Domain(_)) | None => false,
    }
}

fn check_payload(call: &Call) -> Result<(), Refused> {
    let blob = match &call.payload {
        Payload::Blob(id) => Some(id),
        Payload::Multipart(parts) => parts.iter().find_map(|part| match &part.content {
            FormContent::Blob(id) => Some(id),
            FormContent::Text(_) => None,
        }),
        Payload::Empty | Payload::Bytes(_) => None,
    };
    match blob {
        Some(id) => {
            Err(Refused::NotAllowed(format!("there is no blob {id:?}: this host holds no files yet")))
        }
        None if call.save => {
            Err(Refused::NotAllowed("`save` is not offered: this host holds no files yet".into()))
        }
        None => Ok(()),
    }
}

fn values(provider: &Provider, credentials: &[Credential]) -> Result<Vec<Field>, Refused> {
    let value = |credential: &Credential| match &credential.value {
        CredentialValue::Pieces(pieces) => joined(provider, pieces),
        CredentialValue::Basic { user, password } => {
            use base64::Engine as _;
            let pair = format!("{}:{}", joined(provider, user)?, joined(provider, password)?);
            Ok(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
        }
    };
    let wanted = credentials.iter().filter(|credential| !is_left_out(provider, credential));
    wanted.map(|credential| Ok((credential.name.clone(), value(credential)?))).collect()
}

/// Whether it needs a secret that the provider can do without, and the operator did not set.
fn is_left_out(provider: &Provider, credential: &Credential) -> bool {
    let (first, second): (&[Piece], &[Piece]) = match &credential.value {
        CredentialValue::Pieces(pieces) => (pieces, &[]),
        CredentialValue::Basic { user, password } => (user, password),
    };
    let is_optional =
        |name: &str| provider.manifest.secrets.iter().any(|need| need.name == name && !need.required);
    first.iter().chain(second).any(|piece| match piece {
        Piece::Secret(name) => is_optional(name) && provider.secrets.outbound(name).is_none(),
        Piece::Text(_) | Piece::Setting(_) => false,
    })
}

fn joined(provider: &Provider, pieces: &[Piece]) -> Result<String, Refused> {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => Ok(text.clone()),
        Piece::Secret(name) => match provider.secrets.outbound(name) {
            Some(secret) => Ok(secret.expose().to_owned()),
            None => Err(Refused::NoSecret(name.clone())),
        },
        Piece::Setting(name) => match field(&provider.settings, name) {
            Some(value) => Ok(value.to_owned()),
            None => Err(Refused::BadSetting(name.clone())),
        },
    };
    pieces.iter().map(piece).collect()
}

#[cfg(test)]
mod tests;
