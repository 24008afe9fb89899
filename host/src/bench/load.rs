//! Sends requests over connections of its own, and takes the time of each.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

use super::requests::Requests;

/// A load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) connections: usize,
    pub(super) pace: Pace,
    pub(super) time: Duration,
}

/// When the next request is sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// As soon as the one before is answered.
    Closed,
    /// The same, with signatures that do not fit.
    Forged,
    /// At its time, whether or not others are answered: a server that stalls is not asked less for it, and the
    /// time of a request that was sent late counts from when it was due.
    Open { per_second: f64 },
}

/// What came of a load.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Of each answer, in microseconds.
    pub(super) latencies: Vec<u32>,
    /// Answers with 2xx.
    pub(super) accepted: usize,
    /// Answers with 401, and whatever else is answered to a forgery.
    pub(super) refused: usize,
    /// The first other status.
    pub(super) other: Option<u16>,
    pub(super) time: Duration,
}

/// Sends until the time is over or nothing is left to send.
pub(super) async fn send(address: SocketAddr, load: Load, requests: Requests) -> io::Result<Sent> {
    on_a_thread(move || send_all(address, load, requests)).await
}

/// Gives work a thread of its own, which is not the one that waits for it.
pub(super) async fn on_a_thread<F: Future<Output = io::Result<Sent>>>(
    work: impl FnOnce() -> F + Send + 'static,
) -> io::Result<Sent> {
    let working = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, work())
    });
    working.await.map_err(io::Error::other)?
}

async fn send_all(address: SocketAddr, load: Load, requests: Requests) -> io::Result<Sent> {
    let mut streams = Vec::new();
    for _ in 0..load.connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let start = Instant::now();
    let shared =
        Rc::new(Shared { requests, next: Cell::new(0), start, end: start + load.time, pace: load.pace });
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|stream| tokio::task::spawn_local(connection(Rc::clone(&shared), stream)))
        .collect();
    let mut sent = Sent::default();
    for task in tasks {
        sent.add(task.await.map_err(io::Error::other)??);
    }
    sent.time = start.elapsed();
    Ok(sent)
}

struct Shared {
    requests: Requests,
    next: Cell<usize>,
    start: Instant,
    end: Instant,
    pace: Pace,
}

impl Shared {
    /// The next request, and when it is due.
    fn take(&self) -> Option<(&[u8], Option<Instant>)> {
        let index = self.next.get();
        let due = match self.pace {
            Pace::Closed | Pace::Forged => None,
            #[expect(clippy::cast_precision_loss, reason = "so many are never sent")]
            Pace::Open { per_second } => {
                Some(self.start + Duration::from_secs_f64(index as f64 / per_second))
            }
        };
        if due.unwrap_or_else(Instant::now) >= self.end {
            return None;
        }
        self.next.set(index + 1);
        Some((self.requests.get(index)?, due))
    }
}

async fn connection(shared: Rc<Shared>, mut stream: TcpStream) -> io::Result<Sent> {
    let mut sent = Sent::default();
    let mut buffer = vec![0; 16 * 1024];
    while let Some((request, due)) = shared.take() {
        if let Some(due) = due.filter(|due| *due > Instant::now()) {
            sleep_until(due).await;
        }
        let from = due.unwrap_or_else(Instant::now);
        stream.write_all(request).await?;
        let status = answer(&mut stream, &mut buffer).await?;
        sent.latencies.push(u32::try_from(from.elapsed().as_micros()).unwrap_or(u32::MAX));
        match status {
            200..=299 => sent.accepted += 1,
            401 => sent.refused += 1,
            other => {
                sent.other = sent.other.or(Some(other));
                // Some servers refuse a forgery in another way.
                sent.refused += usize::from(matches!(shared.pace, Pace::Forged));
            }
        }
    }
    Ok(sent)
}

impl Sent {
    pub(super) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.other = self.other.or(other.other);
    }
}

/// Reads one answer to its end, and gives its status.
pub(super) async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<u16> {
    let mut filled = 0;
    loop {
        let count = stream.read(&mut buffer[filled..]).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += count;
        if let Some((status, length)) = head(&buffer[..filled])?
            && filled >= length
        {
            return Ok(status);
        }
    }
}

/// The status of an answer and its whole length, once its head is there.
fn head(bytes: &[u8]) -> io::Result<Option<(u16, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "an answer that is none");
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| broken())?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Ok(Some((status, end + 4 + length.unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_as_long_as_it_says() {
        for (bytes, expected) in [
            (&b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"[..], Some((200, 40))),
            (b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 10\r\n\r\n", Some((401, 59))),
            (b"HTTP/1.1 204 No Content\r\n\r\n", Some((204, 27))),
            (b"HTTP/1.1 200 OK\r\nContent-Le", None),
        ] {
            assert_eq!(head(bytes).unwrap(), expected);
        }
        assert!(head(b"nothing of the kind\r\n\r\n").is_err());
    }
}
