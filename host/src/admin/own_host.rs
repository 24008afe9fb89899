//! Whether a request was sent to this listener under a name of its own.
//!
//! A page in a browser may give its own name the address of this machine; its requests then arrive here,
//! but with that name in `Host`.

use std::net::{IpAddr, SocketAddr};

/// The port that a `Host` without one means.
const HTTP: u16 = 80;

/// Whether a `Host` header names the listener: by its address, or as `localhost`; by any address where it
/// listens on all of them, since an address belongs to nobody's page.
pub(super) fn is_own(listener: SocketAddr, host: &str) -> bool {
    let Some((name, port)) = split(host) else { return false };
    let is_address = |address: IpAddr| address == listener.ip() || listener.ip().is_unspecified();
    let is_name = name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_address);
    is_name && port == listener.port()
}

fn split(host: &str) -> Option<(&str, u16)> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
        _ => (host, HTTP),
    };
    let name = match name.strip_prefix('[') {
        Some(address) => address.strip_suffix(']')?,
        None => name,
    };
    Some((name, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_answers_to_its_own_names_only() {
        for (listener, host, own) in [
            ("127.0.0.1:7863", "127.0.0.1:7863", true),
            ("127.0.0.1:7863", "localhost:7863", true),
            ("127.0.0.1:7863", "LocalHost:7863", true),
            ("127.0.0.1:7863", "127.0.0.1:7862", false),
            ("127.0.0.1:7863", "127.0.0.1", false),
            ("127.0.0.1:7863", "127.0.0.2:7863", false),
            ("127.0.0.1:7863", "evil.example:7863", false),
            ("127.0.0.1:7863", "localhost.evil.example:7863", false),
            ("127.0.0.1:7863", "127.0.0.1.evil.example:7863", false),
            ("127.0.0.1:7863", "127.0.0.1:7863@evil.example", false),
            ("127.0.0.1:7863", "", false),
            ("127.0.0.1:80", "127.0.0.1", true),
            ("127.0.0.1:80", "localhost", true),
            ("[::1]:7863", "[::1]:7863", true),
            ("[::1]:80", "[::1]", true),
            ("[::1]:7863", "[::2]:7863", false),
            ("[::1]:7863", "[::1:7863", false),
            ("0.0.0.0:7863", "10.0.0.5:7863", true),
            ("0.0.0.0:7863", "evil.example:7863", false),
        ] {
            assert_eq!(is_own(listener.parse().unwrap(), host), own, "{host} at {listener}");
        }
    }
}
