//! Senders that are slow, or never finish: they cost others nothing, and are cut off in the end.

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::generic::call;
use crate::support::host::Host;
use crate::support::setup::Setup;
use crate::support::wait::PATIENCE;
use crate::support::workflow::ECHO;

const HEAD: &str = "POST /webhooks/generic HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

async fn begin(host: &Host, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(host.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn hundreds_that_never_finish_keep_nobody_from_being_served() {
    let host = Setup::new().generic().script("echo", ECHO).start().await;
    let half_a_head = HEAD.to_owned();
    let half_a_body = format!("{HEAD}content-length: 1000000\r\n\r\n{{\"workflow_name\":\"echo\"");
    let nothing = String::new();
    let kinds = [half_a_head, half_a_body, nothing];
    let mut slow = join_all((0..600).map(|n| begin(&host, &kinds[n % kinds.len()]))).await;
    for round in 0..10 {
        // Each gives another byte now and then, as such attacks do.
        for stream in slow.iter_mut().skip(round % 7).step_by(7) {
            // One that was cut off already is no less slow.
            let _ = stream.write_all(b"x").await;
        }
        let reply = host.generic(&call("echo", "hello")).await;
        assert_eq!((reply.status, &reply.json()["result"]), (200, &"hello".into()), "{reply:?}");
    }
    host.end().await;
}

#[tokio::test]
async fn a_body_of_which_nothing_comes_any_more_is_given_up() {
    let host = Setup::new().generic().script("echo", ECHO).start().await;
    let mut stream = begin(&host, &format!("{HEAD}content-length: 1000\r\n\r\n{{")).await;
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("it is cut off").unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    host.end().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let host = Setup::new().generic().script("echo", ECHO).start().await;
    let many = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    for extra in [format!("x-large: {}\r\n", "x".repeat(64 * 1024)), many] {
        let mut stream = begin(&host, &format!("{HEAD}{extra}\r\n")).await;
        let mut answer = Vec::new();
        // The rest of what was sent is not read, so that the connection may end in a reset.
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is refused");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    assert_eq!(host.generic(&call("echo", "hello")).await.status, 200);
    host.end().await;
}
