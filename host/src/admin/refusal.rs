//! Why the admin listener does not do what it was asked.

use axum::body::Body;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;

use crate::inspect::query::BadQuery;
use crate::receive::reply::problem_reply;
use crate::store::StoreError;
use crate::store::backup::BackupError;

/// Each is another status.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It was sent to another name than this listener's.
    ForeignHost,
    /// It does not show the token.
    NoToken,
    /// There is nothing there.
    NotFound(String),
    /// The path takes another method.
    MethodNotAllowed,
    /// What it is about has changed meanwhile.
    Conflict(String),
    /// It cannot be understood.
    Malformed(String),
    /// Its body has more bytes than this, or broke off.
    TooLarge(usize),
    /// It was not finished in time.
    TooSlow,
    /// A mistake of the host's own.
    BrokeOff,
    /// The store cannot be read or written.
    Store(StoreError),
    /// The store was not copied.
    Backup(BackupError),
}

impl From<BadQuery> for Refusal {
    fn from(error: BadQuery) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<BackupError> for Refusal {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Store(error) => Self::Store(error),
            other => Self::Backup(other),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        match self {
            Self::ForeignHost => {
                problem_reply(StatusCode::FORBIDDEN, "`Host` must name the address of this listener")
            }
            Self::NoToken => {
                let detail = "the bearer token of admin.json in the data folder is needed";
                let mut response = problem_reply(StatusCode::UNAUTHORIZED, detail);
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                response
            }
            Self::NotFound(detail) => problem_reply(StatusCode::NOT_FOUND, &detail),
            Self::MethodNotAllowed => {
                problem_reply(StatusCode::METHOD_NOT_ALLOWED, "this address takes another method")
            }
            Self::Conflict(detail) => problem_reply(StatusCode::CONFLICT, &detail),
            Self::Malformed(detail) => problem_reply(StatusCode::BAD_REQUEST, &detail),
            Self::TooLarge(limit) => {
                let detail = format!("the body is larger than {limit} bytes, or broke off");
                problem_reply(StatusCode::PAYLOAD_TOO_LARGE, &detail)
            }
            Self::TooSlow => {
                problem_reply(StatusCode::REQUEST_TIMEOUT, "the request was not finished in time")
            }
            Self::BrokeOff => {
                problem_reply(StatusCode::INTERNAL_SERVER_ERROR, "it broke off; the log says more")
            }
            Self::Backup(error) => problem_reply(StatusCode::CONFLICT, &error.to_string()),
            Self::Store(error) => problem_reply(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        }
    }
}
