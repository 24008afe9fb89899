//! Short ways to say how a task goes on.

use crate::types::{Blob, Bucket, Call, Failure, FailureScope, Next, Progress, Receipt, Retry, Step};

impl Progress {
    /// Make this call; `state` comes back with its answer.
    pub fn step(call: Call, state: impl Into<Vec<u8>>) -> Self {
        Self::next(Next::Step(Step { call, state: state.into(), after_ms: None }))
    }

    /// The task is finished.
    pub fn done() -> Self {
        Self::next(Next::Done)
    }

    /// The file that was asked for is here.
    pub fn media(blob: Blob) -> Self {
        Self::next(Next::Media(blob))
    }

    /// The same step again, in so many milliseconds or after the host's own growing delay; all other calls
    /// that count under `hold` wait as well.
    pub fn retry(after_ms: impl Into<Option<u64>>, hold: impl Into<Option<Bucket>>) -> Self {
        Self::next(Next::Retry(Retry { after_ms: after_ms.into(), hold: hold.into() }))
    }

    /// Nobody knows whether it was sent; `reason` says why.
    pub fn unsure(reason: impl Into<String>) -> Self {
        Self::next(Next::Unsure(reason.into()))
    }

    /// It will never work. `code` is the provider's or a word, `message` is for the operator.
    pub fn failed(scope: FailureScope, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::next(Next::Failed(Failure { scope, code: code.into(), message: message.into() }))
    }

    /// The same, and the provider accepted this message.
    #[must_use]
    pub fn with_receipt(mut self, id: impl Into<String>) -> Self {
        self.receipts.push(Receipt { id: id.into(), attributes: Vec::new() });
        self
    }

    /// The same, and the conversation goes on under this name.
    #[must_use]
    pub fn with_moved(mut self, conversation: impl Into<String>) -> Self {
        self.moved = Some(conversation.into());
        self
    }

    fn next(next: Next) -> Self {
        Self { receipts: Vec::new(), moved: None, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_besides_goes_along_with_what_is_next() {
        let progress = Progress::retry(5_000, Bucket::new("chat", "7")).with_receipt("7:1").with_moved("8");
        assert_eq!(progress.receipts[0].id, "7:1");
        assert_eq!(progress.moved.as_deref(), Some("8"));
        let Next::Retry(retry) = progress.next else { panic!("{:?}", progress.next) };
        assert_eq!(retry.after_ms, Some(5_000));
    }
}
