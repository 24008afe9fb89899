//! The spellings of the called URL that senders sign.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use crate::model::http::Request;
use crate::model::recipe::UrlForm;

/// The address that the sender called, as the operator states it.
pub(super) fn address(public_url: &str, request: &Request) -> String {
    let mut url = format!("{public_url}{}", request.path);
    if !request.raw_query.is_empty() {
        url.push('?');
        url.push_str(&request.raw_query);
    }
    url
}

/// What the sender may have signed for this address.
pub(super) fn spellings(form: UrlForm, url: &str) -> Vec<String> {
    match form {
        UrlForm::Configured => vec![url.to_owned()],
        UrlForm::WithoutQuery => vec![url.split('?').next().unwrap_or(url).to_owned()],
        UrlForm::PortVariants => port_variants(url),
        UrlForm::HubspotDecoded => vec![hubspot_decoded(url)],
    }
}

/// The query without the parameters of these names, everything else as it was.
pub(super) fn without_parameters(raw_query: &str, is_hidden: impl Fn(&str) -> bool) -> String {
    let kept = raw_query.split('&').filter(|piece| {
        let name = form_urlencoded::parse(piece.as_bytes()).next().map(|(name, _)| name);
        !is_hidden(&name.unwrap_or(Cow::Borrowed("")))
    });
    kept.collect::<Vec<_>>().join("&")
}

/// Without the port, and with it; the default one where the address states none.
fn port_variants(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // The colons of an IPv6 address stand within its brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, if scheme == "http" { "80" } else { "443" }),
    };
    vec![format!("{scheme}://{host}{tail}"), format!("{scheme}://{host}:{port}{tail}")]
}

/// HubSpot decodes exactly these before it signs.
fn hubspot_decoded(url: &str) -> String {
    const DECODED: &[u8] = b":/?@!$'()*,;";
    let mut decoded = String::with_capacity(url.len());
    let mut rest = url;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        decoded.push_str(before);
        let length = escape.char_indices().nth(3).map_or(escape.len(), |(end, _)| end);
        let (escape, after) = escape.split_at(length);
        match percent_decode_str(escape).collect::<Vec<_>>().as_slice() {
            [byte] if DECODED.contains(byte) => {
                decoded.push(char::from(*byte));
                rest = after;
            }
            _ => {
                decoded.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    decoded + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_url_is_spelled_as_its_sender_would() {
        use UrlForm::{Configured, HubspotDecoded, PortVariants, WithoutQuery};
        for (form, url, expected) in [
            (Configured, "https://h/p?a=%2F", &["https://h/p?a=%2F"][..]),
            (WithoutQuery, "https://h/p?a=1?b", &["https://h/p"]),
            (WithoutQuery, "https://h/p", &["https://h/p"]),
            (PortVariants, "https://h/p?a=1", &["https://h/p?a=1", "https://h:443/p?a=1"]),
            (PortVariants, "http://h", &["http://h", "http://h:80"]),
            (PortVariants, "https://h:1234/p:5", &["https://h/p:5", "https://h:1234/p:5"]),
            (PortVariants, "https://[::1]/p", &["https://[::1]/p", "https://[::1]:443/p"]),
            (PortVariants, "https://[::1]:8/p", &["https://[::1]/p", "https://[::1]:8/p"]),
            (HubspotDecoded, "https://h/%3a%3A%2f%20%zz%", &["https://h/::/%20%zz%"]),
            (HubspotDecoded, "https://h/%253A%2ä", &["https://h/%253A%2ä"]),
        ] {
            assert_eq!(spellings(form, url), expected, "{form:?} {url}");
        }
    }

    #[test]
    fn a_hidden_parameter_goes_and_the_rest_stays_as_it_was() {
        for (query, expected) in [
            ("a=1&sig=x&b=%20", "a=1&b=%20"),
            ("s%69g=x", ""),
            ("sig&signature=1", "signature=1"),
            ("a=sig", "a=sig"),
        ] {
            assert_eq!(without_parameters(query, |name| name == "sig"), expected, "{query}");
        }
    }

    proptest! {
        #[test]
        fn no_address_is_too_strange(url in "(https?://)?[a-z:\\[\\]/?%ä0-9]{0,20}") {
            for form in [UrlForm::Configured, UrlForm::WithoutQuery, UrlForm::PortVariants, UrlForm::HubspotDecoded]
            {
                prop_assert!(!spellings(form, &url).is_empty());
            }
        }
    }
}
