//! Who is at the other end of the connection on which a request came.

use std::future::Future;
use std::net::IpAddr;

tokio::task_local! {
    /// A connection answers its requests in its own task, so that this costs no request anything.
    static PEER: IpAddr;
}

/// Lets [`address`] say during this future, which answers the requests of one connection, from where they come.
pub(super) async fn answering<F: Future>(peer: IpAddr, connection: F) -> F::Output {
    PEER.scope(peer, connection).await
}

/// The address from which the request came that is being answered; `None` outside of [`answering`].
pub(super) fn address() -> Option<IpAddr> {
    PEER.try_with(|peer| *peer).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_connection_knows_its_own_peer() {
        let peers = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        let ask = |peer| answering(peer, async { (address(), tokio::task::yield_now().await, address()) });
        let (one, other) = tokio::join!(ask(peers[0]), ask(peers[1]));
        for (found, peer) in [one, other].into_iter().zip(peers) {
            assert_eq!(found, (Some(peer), (), Some(peer)));
        }
        assert_eq!(address(), None);
    }
}
