//! Signed requests, ready to be sent: made before the clock starts.

use super::Options;
use super::sender::Sender;
use crate::model::secret::Secret;
use crate::model::time::Time;
use crate::verify::sign;

/// Makes requests of which none equals another.
pub(super) struct Maker {
    sender: Sender,
    secret: Secret,
    next: u64,
}

/// Whole requests, one after the other.
#[derive(Default)]
pub(super) struct Requests {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Requests {
    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.bytes[start..end])
    }
}

impl Maker {
    pub(super) fn new(options: &Options) -> Self {
        Self { sender: options.sender, secret: Secret::new(&*options.secret), next: 1 }
    }

    /// The number of the next request.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// So many for this path; with a signature that does not fit where they are `forged`.
    pub(super) fn requests(&mut self, path: &str, count: usize, forged: bool) -> Requests {
        let mut requests = Requests::default();
        let other = Secret::new("not the secret that was agreed upon");
        let secret = if forged { &other } else { &self.secret };
        for _ in 0..count {
            let now = Time::now();
            let body = self.sender.delivery(self.next, now.millis() / 1000).to_string();
            self.next += 1;
            let signed = sign(self.sender.recipe(), secret, None, "POST", body.as_bytes(), now, "");
            let signed = signed.expect("both senders sign with a text as key");
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 user-agent: hookhost-bench\r\naccept: */*\r\ncontent-length: {}\r\n",
                body.len()
            );
            requests.bytes.extend_from_slice(head.as_bytes());
            for (name, value) in &signed.headers {
                requests.bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
            requests.bytes.extend_from_slice(b"\r\n");
            requests.bytes.extend_from_slice(body.as_bytes());
            requests.ends.push(requests.bytes.len());
        }
        requests
    }
}
