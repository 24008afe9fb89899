//! Makes a prepared request and reads its answer, bounded in time and size. The only place that calls
//! providers.

mod save;

pub use save::NotSaved;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::multipart::{Form, Part};

use self::save::Body;
use super::request::Prepared;
use crate::config::address::is_private;
use crate::config::grants::Reach;
use crate::metrics::Call;
use crate::model::bounds;
use crate::model::http::{Field, Response, field};
use crate::model::redact::Redactor;
use crate::model::reply::Blob;
use crate::model::task::{Answer, FormContent, FormPart, Payload};

/// The reason of an answer where no connection came about.
pub const UNREACHED: &str = "connect";

/// How long reaching a provider may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// HTTP clients that follow no redirect and use no proxy of the environment.
#[derive(Clone)]
pub struct Client {
    /// Refuses names that resolve to private addresses.
    public: reqwest::Client,
    /// For hosts that were granted by name and port.
    private: reqwest::Client,
}

impl Client {
    /// Clients with no connection yet.
    ///
    /// # Errors
    /// TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, reqwest::Error> {
        Ok(Self { public: builder().dns_resolver(PublicOnly).build()?, private: builder().build()? })
    }

    /// Makes a request. Whatever happens is an answer, which the plugin understands; secrets that `redactor`
    /// knows are blotted out of it.
    pub async fn call(&self, prepared: Prepared, redactor: &Redactor) -> Answer {
        match self.send(prepared, bounds::CALL_TIMEOUT).await {
            Ok(response) => read(response, redactor).await,
            Err(answer) => answer,
        }
    }

    /// The same, but keeps the body of a 2xx answer in a file, as the blob of this id, if it has at most
    /// `limit` bytes.
    ///
    /// # Errors
    /// What no further try can mend, and so is no answer for the plugin.
    pub async fn save(
        &self,
        prepared: Prepared,
        redactor: &Redactor,
        into: std::fs::File,
        id: &str,
        limit: u64,
    ) -> Result<Answer, NotSaved> {
        let response = match self.send(prepared, bounds::MEDIA_TIMEOUT).await {
            Ok(response) if response.status().is_success() => response,
            Ok(response) => return Ok(read(response, redactor).await),
            Err(answer) => return Ok(answer),
        };
        let (status, headers) = (response.status().as_u16(), headers(response.headers(), redactor));
        let media_type = field(&headers, "content-type").map(str::to_owned);
        Ok(match save::stream(response, into, limit).await? {
            Body::Whole { size, sha256 } => {
                Answer::Saved { status, headers, blob: Blob { id: id.into(), size, media_type, sha256 } }
            }
            Body::BrokenOff(reason) => unanswered(true, reason),
        })
    }

    async fn send(&self, prepared: Prepared, timeout: Duration) -> Result<reqwest::Response, Answer> {
        let client = match prepared.reach {
            Reach::Public => &self.public,
            Reach::Private => &self.private,
        };
        let Some(headers) = header_map(&prepared.headers) else {
            return Err(unanswered(false, "headers"));
        };
        let Ok(method) = prepared.method.parse() else { return Err(unanswered(false, "method")) };
        let mut request = client.request(method, prepared.url).headers(headers);
        request = match prepared.payload {
            Payload::Empty | Payload::Blob(_) => request,
            Payload::Bytes(bytes) => request.body(bytes),
            Payload::Multipart(parts) => match form(parts) {
                Some(form) => request.multipart(form),
                None => return Err(unanswered(false, "form")),
            },
        };
        let sent = request.timeout(timeout).send().await;
        sent.map_err(|error| unanswered(!error.is_connect(), reason(&error)))
    }
}

/// Under what a call with this answer is counted.
pub(super) fn call_of(answer: &Answer) -> Call {
    match answer {
        Answer::Response(Response { status, .. }) | Answer::Saved { status, .. } => match status {
            429 => Call::TooMany,
            ..300 => Call::Done,
            300..400 => Call::Redirect,
            400..500 => Call::Refused,
            _ => Call::Fault,
        },
        Answer::Unanswered { reason, .. } if reason == UNREACHED => Call::Unreachable,
        Answer::Unanswered { .. } => Call::Unanswered,
    }
}

async fn read(mut response: reqwest::Response, redactor: &Redactor) -> Answer {
    let status = response.status().as_u16();
    let headers = headers(response.headers(), redactor);
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > bounds::ANSWER_BYTES => {
                return unanswered(true, "too-large");
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return unanswered(true, reason(&error)),
        }
    }
    let body = redactor.bytes(&body).into_owned();
    Answer::Response(Response { status, headers, body })
}

// Only text, and no cookies: they would let the provider keep state in a plugin.
fn headers(headers: &HeaderMap, redactor: &Redactor) -> Vec<Field> {
    let shown = headers.iter().filter(|(name, _)| *name != reqwest::header::SET_COOKIE);
    shown
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), redactor.text(value.to_str().ok()?).into_owned()))
        })
        .collect()
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(crate::tls::tls_config())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("hookhost/", env!("CARGO_PKG_VERSION")))
}

fn unanswered(maybe_done: bool, reason: &str) -> Answer {
    Answer::Unanswered { maybe_done, reason: reason.into() }
}

// Never the error's own text: it holds the URL, and the URL may hold a token.
pub(super) fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_connect() {
        UNREACHED
    } else if error.is_timeout() {
        "timeout"
    } else {
        "broken"
    }
}

fn header_map(fields: &[Field]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
    }
    Some(headers)
}

fn form(parts: Vec<FormPart>) -> Option<Form> {
    let mut form = Form::new();
    for FormPart { name, filename, media_type, content } in parts {
        let FormContent::Text(text) = content else { return None };
        let mut part = Part::text(text);
        if let Some(filename) = filename {
            part = part.file_name(filename);
        }
        if let Some(media_type) = media_type {
            part = part.mime_str(&media_type).ok()?;
        }
        form = form.part(name, part);
    }
    Some(form)
}

/// Resolves names, but only to addresses that belong to everybody: a name that a stranger controls must not
/// lead into the operator's network.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| !is_private(address.ip())).collect();
            if public.is_empty() {
                return Err(io::Error::other("the name leads to no public address").into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests;
