//! Writes the body of an answer into a file, as it comes.

use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::reason;

/// Writes at most `limit` bytes; gives how many there were and their SHA-256 in hex.
///
/// # Errors
/// Why it was broken off, in the contract's words; the file is of no use then.
pub(super) async fn stream(
    mut response: reqwest::Response,
    into: std::fs::File,
    limit: u64,
) -> Result<(u64, String), &'static str> {
    if response.content_length().is_some_and(|length| length > limit) {
        return Err("too-large");
    }
    let mut file = tokio::fs::File::from_std(into);
    let (mut hash, mut size) = (Sha256::new(), 0);
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        size += chunk.len() as u64;
        if size > limit {
            return Err("too-large");
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(|_| "disk")?;
    }
    // Without it the last write may still be under way, and fail unseen.
    file.flush().await.map_err(|_| "disk")?;
    Ok((size, hex::encode(hash.finalize())))
}
