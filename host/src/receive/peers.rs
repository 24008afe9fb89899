//! How many connections come from one address, so that one machine cannot take all of them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use super::forwarded::is_one_of;
use crate::model::bounds;

/// What a network gives to one customer of IPv6: the first 64 bits of an address.
const CUSTOMER: u128 = !0 << 64;

/// Counts open connections by where they come from. Clones count together.
#[derive(Clone)]
pub(super) struct Peers {
    trusted: Arc<[IpNet]>,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection that is counted until this is dropped.
pub(super) struct Counted {
    peers: Peers,
    /// `None`: it is not counted.
    origin: Option<IpAddr>,
}

impl Peers {
    /// Connections from these are not counted: they come for many.
    pub(super) fn new(trusted: &[IpNet]) -> Self {
        Self { trusted: trusted.into(), open: Arc::default() }
    }

    /// Counts one more connection; `None`: there are as many from there as there may be.
    pub(super) fn count(&self, peer: IpAddr) -> Option<Counted> {
        let peer = peer.to_canonical();
        if peer.is_loopback() || is_one_of(&self.trusted, peer) {
            return Some(Counted { peers: self.clone(), origin: None });
        }
        let origin = origin(peer);
        let mut open = self.lock();
        let count = open.entry(origin).or_default();
        if *count >= bounds::CONNECTIONS_PER_PEER {
            return None;
        }
        *count += 1;
        Some(Counted { peers: self.clone(), origin: Some(origin) })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(origin) = self.origin else { return };
        let mut open = self.peers.lock();
        if let Some(count) = open.get_mut(&origin) {
            *count -= 1;
            if *count == 0 {
                open.remove(&origin);
            }
        }
    }
}

/// Who stands behind an address, as far as it shows.
fn origin(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & CUSTOMER).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_has_its_share_and_another_is_not_held_up() {
        let peers = Peers::new(&[]);
        let one: Vec<_> =
            (0..bounds::CONNECTIONS_PER_PEER).map(|_| peers.count(address("192.0.2.1")).unwrap()).collect();
        assert!(peers.count(address("192.0.2.1")).is_none());
        assert!(peers.count(address("::ffff:192.0.2.1")).is_none(), "the same in other clothes");
        assert!(peers.count(address("192.0.2.2")).is_some());
        drop(one);
        assert!(peers.count(address("192.0.2.1")).is_some());
        assert!(peers.lock().is_empty(), "nothing is remembered of those who went");
    }

    #[test]
    fn a_customer_of_ipv6_is_one_whatever_addresses_it_makes_up() {
        let peers = Peers::new(&[]);
        let numbered = |n: usize| address(&format!("2001:db8:0:1::{n:x}"));
        let all: Vec<_> =
            (0..bounds::CONNECTIONS_PER_PEER).map(|n| peers.count(numbered(n)).unwrap()).collect();
        assert!(peers.count(address("2001:db8:0:1:ffff::1")).is_none());
        assert!(peers.count(address("2001:db8:0:2::1")).is_some());
        drop(all);
    }

    #[test]
    fn those_who_come_for_many_are_not_counted() {
        let peers = Peers::new(&["10.0.0.0/8".parse().unwrap()]);
        for trusted in ["127.0.0.1", "::1", "10.1.2.3", "::ffff:10.1.2.3"] {
            let all: Vec<_> =
                (0..=bounds::CONNECTIONS_PER_PEER).map(|_| peers.count(address(trusted))).collect();
            assert!(all.iter().all(Option::is_some), "{trusted}");
        }
    }
}
