//! Where a guest's standard output and error go: the last few KiB of a call, for the log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::io::{AsyncWrite, sink};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi_io::bytes::Bytes;

use crate::model::bounds::PLUGIN_OUTPUT_TAIL_BYTES as TAIL;

/// Takes whatever a guest prints and keeps its end, where a panic stands. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    /// The last of what was printed, lossily decoded; empty when nothing was.
    pub(super) fn tail(&self) -> String {
        let bytes = self.bytes();
        String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(TAIL)..]).into_owned()
    }

    pub(super) fn push(&self, new: &[u8]) {
        let mut bytes = self.bytes();
        bytes.extend_from_slice(&new[new.len().saturating_sub(TAIL)..]);
        // Twice the room, so that not every write moves what is kept.
        if bytes.len() > 2 * TAIL {
            let old = bytes.len() - TAIL;
            bytes.drain(..old);
        }
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(TAIL)
    }
}

#[async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    // Asked for by WASI 0.3 only, which is not linked.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(sink())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_flood_is_kept_and_no_more() {
        let output = Output::default();
        for round in 0..10_000 {
            output.push(format!("line {round}\n").as_bytes());
        }
        output.push(&vec![b'x'; 10 * TAIL]);
        output.push(b"the end");
        assert_eq!(output.tail().len(), TAIL);
        assert!(output.tail().ends_with("xxthe end"));
        assert!(output.bytes().capacity() <= 8 * TAIL);
    }

    #[test]
    fn a_character_that_was_cut_in_two_does_no_harm() {
        let output = Output::default();
        output.push("é".repeat(TAIL).as_bytes());
        output.push(b"!");
        assert!(output.tail().ends_with("é!"));
    }
}
