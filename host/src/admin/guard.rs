//! Who gets in at all.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, HeaderName, Response};
use axum::middleware::Next;
use axum::response::IntoResponse as _;

use super::own_host::is_own;
use super::refusal::Refusal;
use super::{Admin, metrics};

/// Lets a request through that was sent to this listener and shows its token, or needs none.
pub(super) async fn guard(State(admin): State<Arc<Admin>>, request: Request, next: Next) -> Response<Body> {
    let needs_token = request.uri().path() != metrics::PATH || !admin.address.ip().is_loopback();
    match check(&admin, request.headers(), needs_token) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn check(admin: &Admin, headers: &HeaderMap, needs_token: bool) -> Result<(), Refusal> {
    if !only(headers, &HOST).is_some_and(|host| is_own(admin.address, host)) {
        return Err(Refusal::ForeignHost);
    }
    if needs_token && !only(headers, &AUTHORIZATION).is_some_and(|shown| admin.token.is_shown_by(shown)) {
        return Err(Refusal::NoToken);
    }
    Ok(())
}

/// The value of a header that stands there once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
