//! Ranges of addresses and rates, as operators write them.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::error::Wrong;
use crate::model::bounds;
use crate::model::rate_limit::RateLimit;

const UNITS: [(&str, u64); 3] = [("s", 1), ("m", 60), ("h", 3_600)];

/// Reads `149.154.160.0/20`, `2001:67c:4e8::/48`, or one address. IPv4 addresses in IPv6's clothes are IPv4.
///
/// # Errors
/// When it is written otherwise, or its address lies within its range rather than at the beginning.
pub fn addresses(text: &str) -> Result<IpNet, Wrong> {
    let hint = "write a range such as \"149.154.160.0/20\" or \"2001:67c:4e8::/48\", or one address";
    let wrong = || Wrong::new(format!("{text:?} is no range of addresses"), hint);
    let net = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().map_err(|_| wrong())?,
    };
    if net.addr() != net.network() {
        let what = format!("{text:?} is not the beginning of its range");
        return Err(Wrong::new(what, format!("write \"{}\"", net.trunc())));
    }
    Ok(plain(net))
}

/// `::ffff:a.b.c.d/n` as the IPv4 range that it means; addresses are compared in that form.
fn plain(net: IpNet) -> IpNet {
    const MAPPED: u8 = 96;
    let IpNet::V6(v6) = net else { return net };
    match (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(MAPPED)) {
        (Some(v4), Some(bits)) => IpNet::new(v4.into(), bits).unwrap_or(net),
        _ => net,
    }
}

/// Reads `100/s`, `600/m` or `5000/h`, with how many may come at once where that is another number:
/// `100/s, burst 500`.
///
/// # Errors
/// When it is written otherwise or is out of range.
pub fn rate_limit(text: &str) -> Result<RateLimit, Wrong> {
    let hint = "write \"100/s\", \"600/m\" or \"5000/h\", or \"100/s, burst 500\"";
    let wrong = || Wrong::new(format!("{text:?} is no rate"), hint);
    let (rate, burst) = match text.split_once(',') {
        Some((rate, burst)) => (rate, Some(burst.trim().strip_prefix("burst ").ok_or_else(wrong)?)),
        None => (text, None),
    };
    let (count, unit) = rate.split_once('/').ok_or_else(wrong)?;
    let seconds = UNITS.iter().find(|(name, _)| *name == unit.trim()).map(|(_, seconds)| *seconds);
    let per = Duration::from_secs(seconds.ok_or_else(wrong)?);
    let number = |text: &str| {
        let number: u32 = text.trim().parse().map_err(|_| wrong())?;
        let range = 1..=bounds::RATE_MAX;
        let out_of_range =
            || Wrong::new(format!("{number} is out of range"), format!("write 1 to {}", bounds::RATE_MAX));
        if range.contains(&number) { Ok(number) } else { Err(out_of_range()) }
    };
    let count = number(count)?;
    let burst = burst.map_or(Ok(count), number)?;
    Ok(RateLimit::new(count, per, burst))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_is_an_address_and_a_length_or_one_address() {
        for (text, expected) in [
            ("149.154.160.0/20", Ok("149.154.160.0/20")),
            ("10.0.0.1", Ok("10.0.0.1/32")),
            ("0.0.0.0/0", Ok("0.0.0.0/0")),
            ("2001:67c:4e8::/48", Ok("2001:67c:4e8::/48")),
            ("::1", Ok("::1/128")),
            ("::ffff:10.0.0.0/104", Ok("10.0.0.0/8")),
            ("::ffff:10.0.0.1", Ok("10.0.0.1/32")),
            ("149.154.160.1/20", Err("write \"149.154.160.0/20\"")),
            ("10.0.0.0/33", Err("write a range such as")),
            ("10.0.0/8", Err("write a range such as")),
            ("example.com", Err("write a range such as")),
            ("", Err("write a range such as")),
        ] {
            let read = addresses(text);
            match (read, expected) {
                (Ok(net), Ok(expected)) => assert_eq!(net.to_string(), expected, "{text}"),
                (Err(wrong), Err(hint)) => assert!(wrong.hint.starts_with(hint), "{text}: {}", wrong.hint),
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
    }

    #[test]
    fn a_rate_is_a_number_in_a_unit_with_or_without_a_burst() {
        let second = Duration::from_secs(1);
        for (text, expected) in [
            ("100/s", Some(RateLimit::new(100, second, 100))),
            ("600/m", Some(RateLimit::new(600, second * 60, 600))),
            ("5000/h", Some(RateLimit::new(5_000, second * 3_600, 5_000))),
            ("100/s, burst 500", Some(RateLimit::new(100, second, 500))),
            ("100 / s,burst 1", Some(RateLimit::new(100, second, 1))),
            ("0/s", None),
            ("100/s, burst 0", None),
            ("100000000/s", None),
            ("100", None),
            ("100/d", None),
            ("100/s burst 5", None),
            ("-1/s", None),
            ("", None),
        ] {
            assert_eq!(rate_limit(text).ok(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_them_panic(text in "[0-9a-f:./, burstmh]{0,24}") {
            let _ = (addresses(&text), rate_limit(&text));
        }
    }
}
