//! Brings a file from a provider, and checks that it is the one that was announced.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use tempfile::NamedTempFile;

use super::errand::{Courier, Ended, GivenUp, Terms};
use crate::model::bounds;
use crate::model::event::Media;
use crate::model::redact::Redactor;
use crate::model::reply::Blob;
use crate::model::task::{Next, Task};
use crate::provider::Provider;

/// A file that was brought. It goes when this is dropped.
#[derive(Debug)]
pub struct Fetched {
    /// Where its bytes are.
    pub file: NamedTempFile,
    /// What is known of them.
    pub blob: Blob,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum NotFetched {
    /// What the provider or the host was asked for did not work.
    #[error(transparent)]
    GivenUp(#[from] GivenUp),
    /// The plugin cannot bring files, or forgot to.
    #[error("its plugin brought no file")]
    NoFile,
    /// It is another file than was announced, or a damaged one.
    #[error("the file is not the one that was announced: its SHA-256 differs")]
    OtherFile,
}

/// Brings `media` into a file in `folder`.
///
/// # Errors
/// [`NotFetched`]; nothing is left in the folder.
pub async fn fetch(
    courier: &Courier,
    provider: &Provider,
    redactor: &Redactor,
    media: &Media,
    folder: &Path,
) -> Result<Fetched, NotFetched> {
    if media.size.is_some_and(|size| size > bounds::MEDIA_BYTES) {
        return Err(GivenUp::TooLarge.into());
    }
    let terms = Terms { patience: bounds::MEDIA_PATIENCE, saves_to: Some((folder, bounds::MEDIA_BYTES)) };
    let Ended { next, saved } = courier.run(provider, redactor, &Task::Fetch(media.clone()), terms).await?;
    let Next::Media(named) = next else { return Err(NotFetched::NoFile) };
    // What the plugin says of the file does not count: the host wrote it.
    let found = saved.into_iter().find(|(blob, _)| blob.id == named.id);
    let (blob, file) = found.ok_or(NotFetched::NoFile)?;
    match &media.sha256 {
        Some(stated) if !is_digest(stated, &blob.sha256) => Err(NotFetched::OtherFile),
        _ => Ok(Fetched { file, blob }),
    }
}

/// Whether a provider's way of writing a SHA-256, hex or base64, stands for this one in hex.
fn is_digest(stated: &str, sha256: &str) -> bool {
    let stated = stated.trim();
    if stated.eq_ignore_ascii_case(sha256) {
        return true;
    }
    let stated = stated.trim_end_matches('=');
    let decoded = STANDARD_NO_PAD.decode(stated).or_else(|_| URL_SAFE_NO_PAD.decode(stated));
    decoded.is_ok_and(|bytes| hex::encode(bytes) == sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_may_be_written_in_hex_or_base64() {
        let sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
        for (stated, expected) in [
            (sha256, true),
            (&*sha256.to_uppercase(), true),
            ("LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=", true),
            ("LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564", true),
            ("LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm565=", false),
            ("", false),
            ("2c26", false),
        ] {
            assert_eq!(is_digest(stated, sha256), expected, "{stated}");
        }
    }
}
