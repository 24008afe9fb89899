//! Every answer that the host itself gives, and its status code.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use crate::adapt::Unfit;
use crate::model::bounds;
use crate::model::http::{self, Field};
use crate::model::id::DeliveryId;
use crate::store::StoreError;
use crate::verify::Refusal;

/// How long a sender is asked to stay away when the host cannot take more.
const COME_BACK: Duration = Duration::from_secs(5);

/// Why a request is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such provider or page.
    NotFound(String),
    /// The method is not for this address.
    MethodNotAllowed(&'static str),
    /// It cannot be understood, and would not be when repeated.
    Malformed(String),
    /// Its sender is not known.
    Unverified,
    /// The sender of a handshake does not know what it must; the manifest names the status.
    HandshakeRefused(u16),
    /// Its body is too large.
    TooLarge(usize),
    /// Its body has another type.
    WrongType(String),
    /// It was not finished in time.
    TooSlow,
    /// Its id was used before for something else.
    IdReused,
    /// Its outcome was forgotten.
    Gone,
    /// A provider did not do its part.
    Upstream(String),
    /// It is asked too often.
    TooMany,
    /// More of its deliveries come than the operator takes; when the next one is.
    TooFast(Duration),
    /// The host cannot take it now.
    Busy(&'static str),
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unverified => StatusCode::UNAUTHORIZED,
            Self::HandshakeRefused(status) => StatusCode::from_u16(*status).unwrap_or(StatusCode::FORBIDDEN),
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::IdReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Gone => StatusCode::GONE,
            Self::Upstream(_) => StatusCode::BAD_GATEWAY,
            Self::TooMany | Self::TooFast(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::NotFound(detail) | Self::Malformed(detail) | Self::Upstream(detail) => detail.clone(),
            Self::MethodNotAllowed(allowed) => format!("this address takes {allowed} only"),
            Self::Unverified => Refusal::PUBLIC.into(),
            Self::HandshakeRefused(_) => "the verification token is missing or does not match".into(),
            Self::TooLarge(limit) => format!("the body is larger than {limit} bytes"),
            Self::WrongType(expected) => format!("`Content-Type` must be {expected}"),
            Self::TooSlow => "the request was not finished in time".into(),
            Self::IdReused => "this id was used before with another body".into(),
            Self::Gone => "this id was used before, and its outcome is no longer kept".into(),
            Self::TooMany => "this was asked too often in the last minute".into(),
            Self::TooFast(_) => "more deliveries come than this host takes".into(),
            Self::Busy(detail) => (*detail).into(),
        }
    }
}

impl From<Unfit> for Problem {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Malformed(_) | Unfit::InputsNotAnObject => Self::Malformed(unfit.to_string()),
            Unfit::UnknownWorkflow => Self::NotFound(unfit.to_string()),
            Unfit::NoRoom => Self::Busy("the host has no room to understand deliveries now"),
        }
    }
}

impl From<&StoreError> for Problem {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Full { .. } => Self::Busy("the host has no room left; nothing was stored"),
            StoreError::TooManyIds { .. } => {
                Self::Busy("the host remembers as many ids as it may; nothing was stored")
            }
            StoreError::QueueFull { .. } => Self::Busy("as many deliveries wait as may; nothing was stored"),
            StoreError::Unavailable(_)
            | StoreError::Unreadable(_)
            | StoreError::Superseded
            | StoreError::Closed => Self::Busy("the host cannot store deliveries now; nothing was stored"),
        }
    }
}

impl IntoResponse for Problem {
    /// As `problem+json` (RFC 9457).
    fn into_response(self) -> Response<Body> {
        let status = self.status();
        let mut response = problem_reply(status, &self.detail());
        let headers = response.headers_mut();
        match self {
            Self::Busy(_) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(COME_BACK.as_secs()));
            }
            Self::TooMany => {
                headers.insert(RETRY_AFTER, HeaderValue::from(bounds::RATE_WINDOW.as_secs()));
            }
            Self::TooFast(wait) => {
                headers
                    .insert(RETRY_AFTER, HeaderValue::from(wait.as_millis().div_ceil(1_000).max(1) as u64));
            }
            Self::MethodNotAllowed(allowed) => {
                headers.insert(ALLOW, HeaderValue::from_static(allowed));
            }
            // The rest of the request is not read, so the connection cannot be used again.
            Self::TooLarge(_) | Self::TooSlow => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        response
    }
}

/// JSON with a status.
pub fn json_reply(status: StatusCode, body: &Value) -> Response<Body> {
    with_body(status, "application/json", body.to_string())
}

/// `problem+json` (RFC 9457) with a sentence that says what is wrong.
pub fn problem_reply(status: StatusCode, detail: &str) -> Response<Body> {
    let title = status.canonical_reason().unwrap_or("Refused");
    let body = json!({ "title": title, "status": status.as_u16(), "detail": detail });
    with_body(status, "application/problem+json", body.to_string())
}

/// A delivery that waits for somebody to look, told to a sender that waits for a result.
pub fn held(delivery: DeliveryId) -> Response<Body> {
    json_reply(StatusCode::ACCEPTED, &json!({ "status": "held", "delivery_id": delivery }))
}

/// What a manifest or a plugin wants answered. Headers that are none are left out.
pub fn of_plugin(response: http::Response) -> Response<Body> {
    let mut reply = Response::new(Body::from(response.body));
    *reply.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::OK);
    add_headers(&mut reply, &response.headers);
    reply
}

fn add_headers(reply: &mut Response<Body>, headers: &[Field]) {
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            reply.headers_mut().append(name, value);
        }
    }
}

fn with_body(status: StatusCode, media_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    #[tokio::test]
    async fn problems_are_told_as_problem_json() {
        for (problem, status, detail, header) in [
            (Problem::NotFound("no provider".into()), 404, "no provider", None),
            (Problem::MethodNotAllowed("POST"), 405, "this address takes POST only", Some(("allow", "POST"))),
            (Problem::Unverified, 401, "the signature is missing or does not match", None),
            (Problem::TooLarge(7), 413, "the body is larger than 7 bytes", Some(("connection", "close"))),
            (
                Problem::WrongType("application/json".into()),
                415,
                "`Content-Type` must be application/json",
                None,
            ),
            (Problem::Upstream("not given".into()), 502, "not given", None),
            (
                Problem::TooFast(Duration::from_millis(1_200)),
                429,
                "more deliveries come than this host takes",
                Some(("retry-after", "2")),
            ),
            (
                Problem::TooFast(Duration::ZERO),
                429,
                "more deliveries come than this host takes",
                Some(("retry-after", "1")),
            ),
            (Problem::Busy("later"), 503, "later", Some(("retry-after", "5"))),
        ] {
            let response = problem.into_response();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            if let Some((name, value)) = header {
                assert_eq!(response.headers()[name], value);
            }
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(
                (body["status"].as_u64(), body["detail"].as_str()),
                (Some(status.into()), Some(detail))
            );
        }
    }
}
