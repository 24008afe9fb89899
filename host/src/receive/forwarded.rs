//! Who really sent a request that a proxy handed on: what `X-Forwarded-For` and `Forwarded` say, as far as it can be
//! believed. Pure.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");

/// The address of whoever sent a request that came from `peer`. Each proxy adds the address that it was called from
/// at the end, so they are read from there, and the first that is no proxy of ours is the sender: what stands before
/// it, the sender may have written itself.
///
/// Where both headers are there and name different senders, one of them came with the request and nobody knows
/// which; then it is the proxy's own address, which no sender has.
pub(super) fn sender(peer: IpAddr, proxies: &[IpNet], headers: &HeaderMap) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_one_of(proxies, peer) {
        return peer;
    }
    let named = |name: &HeaderName, read: fn(&str) -> Vec<Option<IpAddr>>| {
        let hops = hops(headers, name, read);
        (!hops.is_empty()).then(|| nearest_stranger(peer, proxies, &hops))
    };
    match (named(&X_FORWARDED_FOR, in_list), named(&FORWARDED, in_forwarded)) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(sender), _) | (None, Some(sender)) => sender,
        (None, None) => peer,
    }
}

/// Whether an address lies in one of these ranges; one of IPv4 in IPv6's clothes is one of IPv4.
pub(super) fn is_one_of(ranges: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    ranges.iter().any(|range| range.contains(&address))
}

/// Whether a header says from where a request came, which only a proxy of ours can know.
pub(super) fn is_said_by_proxies(name: &str) -> bool {
    name == "forwarded" || name == "x-real-ip" || name.starts_with("x-forwarded-")
}

/// The last of the hops that is no proxy. What cannot be read ends the search at the proxy that wrote it.
fn nearest_stranger(peer: IpAddr, proxies: &[IpNet], hops: &[Option<IpAddr>]) -> IpAddr {
    let mut nearest = peer;
    for hop in hops.iter().rev() {
        let Some(address) = hop else { break };
        nearest = *address;
        if !is_one_of(proxies, nearest) {
            break;
        }
    }
    nearest
}

/// What all headers of this name say, in their order.
fn hops(
    headers: &HeaderMap,
    name: &HeaderName,
    read: fn(&str) -> Vec<Option<IpAddr>>,
) -> Vec<Option<IpAddr>> {
    let read = |value: &HeaderValue| value.to_str().map_or_else(|_| vec![None], read);
    headers.get_all(name).iter().flat_map(read).collect()
}

/// `192.0.2.1, 2001:db8::1`.
fn in_list(value: &str) -> Vec<Option<IpAddr>> {
    value.split(',').map(|hop| address(hop.trim())).collect()
}

/// `for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"` (RFC 7239).
fn in_forwarded(value: &str) -> Vec<Option<IpAddr>> {
    let read = |element: &str| {
        let pairs = split_unquoted(element, ';');
        let mut named = pairs.iter().filter_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            name.eq_ignore_ascii_case("for").then(|| value.trim_matches('"'))
        });
        // Two senders in one hop are none.
        match (named.next(), named.next()) {
            (Some(hop), None) => address(hop),
            _ => None,
        }
    };
    split_unquoted(value, ',').into_iter().map(read).collect()
}

/// The parts of a text between separators that stand in no quotes.
fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let split = text.split(|c: char| {
        let ends = c == separator && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        ends
    });
    split.collect()
}

/// An address with or without a port; IPv6 with or without brackets. Names such as `unknown` are none.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(peer: &str, headers: &[(&'static str, &str)], expected: &str) {
        let proxies: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|range| range.parse().unwrap()).into();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let found = sender(peer.parse().unwrap(), &proxies, &map);
        assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {headers:?}");
    }

    #[test]
    fn nobody_but_a_proxy_of_ours_is_believed() {
        let claims = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1")];
        check("203.0.113.9", &claims, "203.0.113.9");
        check("203.0.113.9", &claims[..1], "203.0.113.9");
        check("10.1.2.3", &claims, "192.0.2.1");
        check("::ffff:10.1.2.3", &claims, "192.0.2.1");
        check("fd00::1", &claims, "192.0.2.1");
        check("10.1.2.3", &[], "10.1.2.3");
    }

    #[test]
    fn the_sender_is_the_last_that_is_no_proxy() {
        for (list, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            // What stands before the last stranger is the stranger's own invention.
            ("149.154.160.9, 192.0.2.1", "192.0.2.1"),
            ("149.154.160.9,192.0.2.1, 10.0.0.7", "192.0.2.1"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("10.0.0.7, 10.0.0.8", "10.0.0.7"),
            ("192.0.2.1, unknown", "10.1.2.3"),
            ("192.0.2.1, unknown, 10.0.0.8", "10.0.0.8"),
            ("192.0.2.1,", "10.1.2.3"),
            ("", "10.1.2.3"),
        ] {
            check("10.1.2.3", &[("x-forwarded-for", list)], expected);
        }
        check(
            "10.1.2.3",
            &[("x-forwarded-for", "149.154.160.9"), ("x-forwarded-for", "192.0.2.1")],
            "192.0.2.1",
        );
    }

    #[test]
    fn the_standard_header_is_read_too() {
        for (value, expected) in [
            ("for=192.0.2.1", "192.0.2.1"),
            ("For=192.0.2.1;proto=https;by=10.0.0.1", "192.0.2.1"),
            ("for=149.154.160.9, for=192.0.2.1;host=\"a, for=149.154.160.9\"", "192.0.2.1"),
            ("for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("for=192.0.2.1;x=\"\\\";for=149.154.160.9\"", "192.0.2.1"),
            ("for=192.0.2.1;for=149.154.160.9", "10.1.2.3"),
            ("for=_hidden", "10.1.2.3"),
            ("proto=https", "10.1.2.3"),
        ] {
            check("10.1.2.3", &[("forwarded", value)], expected);
        }
    }

    #[test]
    fn two_headers_that_disagree_are_both_doubted() {
        let of = |one: &'static str, other: &'static str| [("x-forwarded-for", one), ("forwarded", other)];
        check("10.1.2.3", &of("192.0.2.1", "for=149.154.160.9"), "10.1.2.3");
        check("10.1.2.3", &of("149.154.160.9", "for=192.0.2.1"), "10.1.2.3");
        check("10.1.2.3", &of("192.0.2.1", "for=\"192.0.2.1:4711\""), "192.0.2.1");
    }

    proptest! {
        /// A stranger may write whatever it wants; the proxy adds the address that it was called from.
        #[test]
        fn whatever_a_stranger_writes_it_is_found_by_its_address(
            written in "[ -~]{0,60}",
            forwarded in proptest::option::of("[ -~]{0,60}"),
            own in any::<[u8; 4]>(),
        ) {
            let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
            let (proxy, own) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from(own));
            let mut headers = HeaderMap::new();
            headers.append(X_FORWARDED_FOR, HeaderValue::from_str(&format!("{written}, {own}")).unwrap());
            if let Some(forwarded) = &forwarded {
                headers.append(FORWARDED, HeaderValue::from_str(forwarded).unwrap());
            }
            let found = sender(proxy, &proxies, &headers);
            prop_assert!(found == own || found == proxy || is_one_of(&proxies, own), "{found}");
            if forwarded.is_none() && !is_one_of(&proxies, own) {
                prop_assert_eq!(found, own);
            }
        }
    }
}
