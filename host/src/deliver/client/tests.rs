//! What a provider answers is bounded, and never unpacked.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// What is read of an answer with this head and body.
async fn read_answer(head: &str, body: &[u8]) -> Answer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{head}\r\n", body.len());
    let whole = [head.as_bytes(), body].concat();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _request = stream.read(&mut [0; 4096]).await.unwrap();
        // Whoever has read enough hangs up.
        let _cut_off = stream.write_all(&whole).await;
    });
    let response = builder().build().unwrap().get(url).send().await.unwrap();
    let answer = read(response, &Redactor::default()).await;
    served.abort();
    answer
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_bound() {
    let fits = vec![b'x'; bounds::ANSWER_BYTES];
    match read_answer("", &fits).await {
        Answer::Response(response) => assert_eq!(response.body, fits),
        other => panic!("{other:?}"),
    }
    let too_large = read_answer("", &[&fits[..], b"x"].concat()).await;
    assert_eq!(too_large, unanswered(true, "too-large"));
}

#[tokio::test]
async fn an_answer_is_never_unpacked() {
    // 22 bytes of gzip that say "ok": whoever unpacks gives other bytes.
    let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\xcf\x06\0\x47\xdd\xdc\x79\x02\0\0\0";
    match read_answer("content-encoding: gzip\r\n", packed).await {
        Answer::Response(response) => assert_eq!(response.body, packed),
        other => panic!("{other:?}"),
    }
}
