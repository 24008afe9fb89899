//! Turns an HTTP request into one that can be verified and stored.

use axum::http::request::Parts;
use ipnet::IpNet;

use super::forwarded::{is_one_of, is_said_by_proxies};
use super::peer;
use crate::model::http::{Field, Request};

/// The request below a provider's path, with its exact body. What proxies say about its sender is only taken from
/// `proxies`.
pub(super) fn request(parts: &Parts, path_below: &str, body: Vec<u8>, proxies: &[IpNet]) -> Request {
    let raw_query = parts.uri.query().unwrap_or_default();
    Request {
        method: parts.method.as_str().to_owned(),
        path: path_below.to_owned(),
        raw_query: raw_query.to_owned(),
        query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        headers: headers(parts, is_from_a_proxy(proxies)),
        body,
    }
}

/// The media type of a request, without its parameters, in lower case.
pub(super) fn media_type(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(axum::http::header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Whether the sender wants to be answered at once (RFC 7240).
pub(super) fn prefers_async(request: &Request) -> bool {
    let prefers = request.headers.iter().filter(|(name, _)| name == "prefer");
    prefers
        .flat_map(|(_, value)| value.split([',', ';']))
        .any(|preference| preference.trim().eq_ignore_ascii_case("respond-async"))
}

fn headers(parts: &Parts, is_from_a_proxy: bool) -> Vec<Field> {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let is_meant = |name: &str| is_from_a_proxy || !is_said_by_proxies(name);
    let fields = parts.headers.iter().filter(|(name, _)| is_meant(name.as_str()));
    fields.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn is_from_a_proxy(proxies: &[IpNet]) -> bool {
    !proxies.is_empty() && peer::address().is_some_and(|peer| is_one_of(proxies, peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(request: axum::http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_query_is_kept_as_it_came_and_decoded() {
        let parts = parts(axum::http::Request::get("/webhooks/x/sub?hub.mode=a%20b&hub.mode=c&d"));
        let request = request(&parts, "/sub", vec![], &[]);
        assert_eq!(request.raw_query, "hub.mode=a%20b&hub.mode=c&d");
        let expected = [("hub.mode", "a b"), ("hub.mode", "c"), ("d", "")];
        assert_eq!(request.query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_media_type_has_no_parameters() {
        for (value, expected) in
            [("application/json; charset=utf-8", "application/json"), ("Text/Plain", "text/plain")]
        {
            let parts = parts(axum::http::Request::post("/").header("content-type", value));
            assert_eq!(media_type(&parts).as_deref(), Some(expected));
        }
        assert_eq!(media_type(&parts(axum::http::Request::post("/"))), None);
    }

    #[test]
    fn the_wish_to_be_answered_at_once_may_stand_among_others() {
        for (value, expected) in [
            ("respond-async", true),
            ("wait=10, Respond-Async", true),
            ("respond-async; wait=1", true),
            ("wait=10", false),
        ] {
            let parts = parts(axum::http::Request::post("/").header("prefer", value));
            assert_eq!(prefers_async(&request(&parts, "", vec![], &[])), expected, "{value}");
        }
    }
}
