//! How a file is given out: as something to save, never to be shown or run by a browser.

use std::io;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Response};
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::AsyncReadExt as _;

use super::shelf::Kept;
use crate::model::event::Media;

/// What is read of a file at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// What a file name may have as it stands, in `filename*` (RFC 8187).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A file name longer than that is cut off.
const NAME_CHARS: usize = 128;

/// The file of an attachment.
pub(super) fn answer(media: &Media, number: u16, kept: Kept) -> Response<Body> {
    let Kept { file, blob } = kept;
    let media_type = media.media_type.as_deref().or(blob.media_type.as_deref());
    let mut response = Response::new(body(file));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type(media_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(blob.size));
    headers.insert(CONTENT_DISPOSITION, disposition(media, number));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

fn body(file: std::fs::File) -> Body {
    let file = tokio::fs::File::from_std(file);
    Body::from_stream(stream::try_unfold(file, async |mut file| {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        let read = file.read_buf(&mut chunk).await?;
        Ok::<_, io::Error>((read > 0).then_some((chunk, file)))
    }))
}

/// The stated type where it is one; what it is not known to be is bytes.
fn content_type(stated: Option<&str>) -> HeaderValue {
    let is_type =
        |text: &&str| text.split_once('/').is_some_and(|(kind, sub)| !kind.is_empty() && !sub.is_empty());
    let value = stated.filter(is_type).and_then(|stated| HeaderValue::from_str(stated).ok());
    value.unwrap_or_else(|| HeaderValue::from_static("application/octet-stream"))
}

/// With the name that the sender gave the file, in a form that leads out of no folder.
fn disposition(media: &Media, number: u16) -> HeaderValue {
    let given = media.filename.as_deref().and_then(|name| name.rsplit(['/', '\\']).next());
    let given = given.map(|name| name.trim_matches(|c: char| c == '.' || c.is_whitespace()));
    let own = format!("{}-{}", media.kind, number + 1);
    let name: String =
        given.filter(|name| !name.is_empty()).unwrap_or(&own).chars().take(NAME_CHARS).collect();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._ ".contains(c);
    let ascii: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let encoded = utf8_percent_encode(&name, PLAIN);
    let value = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    HeaderValue::from_str(&value).expect("every other character was replaced or encoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(filename: Option<&str>) -> Media {
        Media {
            kind: "image".into(),
            handle: "h".into(),
            media_type: None,
            filename: filename.map(Into::into),
            size: None,
            sha256: None,
        }
    }

    #[test]
    fn a_file_name_leads_nowhere() {
        for (given, ascii, encoded) in [
            (None, "image-3", "image-3"),
            (Some("cat.png"), "cat.png", "cat.png"),
            (Some("../../etc/passwd"), "passwd", "passwd"),
            (Some("C:\\cat.exe"), "cat.exe", "cat.exe"),
            (Some("Größe \"1\"\r\n.png"), "Gr__e _1___.png", "Gr%C3%B6%C3%9Fe%20%221%22%0D%0A.png"),
            (Some(".."), "image-3", "image-3"),
            (Some(" "), "image-3", "image-3"),
        ] {
            let expected = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
            assert_eq!(disposition(&media(given), 2).to_str().unwrap(), expected, "{given:?}");
        }
    }

    #[test]
    fn what_is_no_media_type_is_bytes() {
        for (stated, expected) in [
            (Some("image/png"), "image/png"),
            (Some("audio/ogg; codecs=opus"), "audio/ogg; codecs=opus"),
            (Some("image"), "application/octet-stream"),
            (Some("image/png\r\nx: y"), "application/octet-stream"),
            (None, "application/octet-stream"),
        ] {
            assert_eq!(content_type(stated), expected, "{stated:?}");
        }
    }
}
