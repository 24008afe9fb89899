//! Tells addresses of the public internet from all others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether this address is anything but a public host: loopback, private, link-local, shared, reserved,
/// documentation, multicast, or an IPv6 form that carries such an IPv4 address.
///
/// A plugin's calls must not reach these unless the operator granted the host by name and port.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (0 | 10 | 127, ..) | (224..=255, ..) => true, // this network, private, loopback; multicast, reserved
        (100, 64..=127, _) => true,                   // shared by carriers
        (169, 254, _) => true,                        // link-local, where clouds keep their metadata
        (172, 16..=31, _) | (192, 168, _) => true,    // private
        (192, 0, 0 | 2) | (192, 88, 99) => true,      // protocol assignments, documentation, old 6to4 relay
        (198, 18..=19, _) => true,                    // benchmarks
        (198, 51, 100) | (203, 0, 113) => true,       // documentation
        _ => false,
    }
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let carried = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_private_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => carried(high, low), // IPv4-mapped
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => carried(high, low), // NAT64
        [0x2002, high, low, ..] => carried(high, low),            // 6to4
        [0x2001, 0..=0x1ff, ..] => true,                          // protocol assignments, Teredo among them
        [0x2001, 0xdb8, ..] => true,                              // documentation
        [0x3fff, 0..=0xfff, ..] => true,                          // documentation
        [first, ..] => !(0x2000..=0x3fff).contains(&first),       // all else that is no global unicast
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for (text, private) in [
            ("0.0.0.0", true),
            ("9.255.255.255", false),
            ("10.0.0.1", true),
            ("11.0.0.0", false),
            ("100.63.255.255", false),
            ("100.64.0.1", true),
            ("100.127.255.255", true),
            ("100.128.0.0", false),
            ("127.0.0.1", true),
            ("127.255.0.1", true),
            ("169.253.1.1", false),
            ("169.254.169.254", true),
            ("172.15.255.255", false),
            ("172.16.0.1", true),
            ("172.31.255.255", true),
            ("172.32.0.0", false),
            ("192.0.0.1", true),
            ("192.0.1.1", false),
            ("192.0.2.1", true),
            ("192.88.99.1", true),
            ("192.168.1.1", true),
            ("192.169.0.1", false),
            ("198.17.255.255", false),
            ("198.18.0.1", true),
            ("198.19.255.255", true),
            ("198.51.100.1", true),
            ("203.0.113.1", true),
            ("223.255.255.255", false),
            ("224.0.0.1", true),
            ("240.0.0.1", true),
            ("255.255.255.255", true),
            ("8.8.8.8", false),
            ("::", true),
            ("::1", true),
            ("::8.8.8.8", true),
            ("::ffff:127.0.0.1", true),
            ("::ffff:8.8.8.8", false),
            ("64:ff9b::10.0.0.1", true),
            ("64:ff9b::8.8.8.8", false),
            ("64:ff9b:1::8.8.8.8", true),
            ("100::1", true),
            ("2001::1", true),
            ("2001:1ff::1", true),
            ("2001:200::1", false),
            ("2001:db8::1", true),
            ("2001:4860:4860::8888", false),
            ("2002:7f00:1::1", true),
            ("2002:808:808::1", false),
            ("2606:4700::1111", false),
            ("3fff::1", true),
            ("3fff:1000::1", false),
            ("5f00::1", true),
            ("fc00::1", true),
            ("fdff::1", true),
            ("fe80::1", true),
            ("fec0::1", true),
            ("ff02::1", true),
        ] {
            assert_eq!(is_private(text.parse().unwrap()), private, "{text}");
        }
    }
}
