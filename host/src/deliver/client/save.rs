//! Writes the body of an answer into a file, as it comes.

use std::io;

use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::reason;

/// What came.
pub(super) enum Body {
    /// All of it: so many bytes, with this SHA-256 in hex.
    Whole { size: u64, sha256: String },
    /// The provider broke off, with the contract's word for why.
    BrokenOff(&'static str),
}

/// Why an answer cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// It has more bytes than it may.
    #[error("it is too large")]
    TooLarge,
    /// The disk refuses.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// Writes at most `limit` bytes.
///
/// # Errors
/// [`NotSaved`]; the file is of no use then.
pub(super) async fn stream(
    mut response: reqwest::Response,
    into: std::fs::File,
    limit: u64,
) -> Result<Body, NotSaved> {
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(NotSaved::TooLarge);
    }
    let mut file = tokio::fs::File::from_std(into);
    let (mut hash, mut size) = (Sha256::new(), 0);
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                size += chunk.len() as u64;
                if size > limit {
                    return Err(NotSaved::TooLarge);
                }
                hash.update(&chunk);
                file.write_all(&chunk).await?;
            }
            Ok(None) => break,
            Err(error) => return Ok(Body::BrokenOff(reason(&error))),
        }
    }
    // Without it the last write may still be under way, and fail unseen.
    file.flush().await?;
    Ok(Body::Whole { size, sha256: hex::encode(hash.finalize()) })
}
