//! Files to send: by a link, by an id of Meta's, or uploaded first from what the host holds.

use hookhost_sdk::split;
use hookhost_sdk::types::{Blob, Call, File, FormContent, FormPart, Payload, Source, Target};
use serde_json::json;

use crate::describe::GRAPH;
use crate::wording::{Body, texts, typed};

const CAPTION_UNITS: usize = 1024;

/// The message with the file, and what of its caption does not fit there as text. `uploaded` is the id of a file
/// that the host holds, once it has one.
///
/// # Errors
/// A sentence, where WhatsApp knows no such files.
pub(crate) fn bodies(file: &File, uploaded: Option<&str>, preview: bool) -> Result<Vec<Body>, String> {
    let (kind, has_caption) = match file.kind.as_str() {
        "image" => ("image", true),
        "video" => ("video", true),
        "document" => ("document", true),
        // A voice note is an audio file in the right format.
        "audio" | "voice" => ("audio", false),
        "sticker" => ("sticker", false),
        other => return Err(format!("`kind` is {other:?}, which WhatsApp does not know")),
    };
    let mut media = match &file.source {
        Source::Url(link) => json!({"link": link}),
        Source::Handle(id) => json!({"id": id}),
        Source::Blob(_) => json!({"id": uploaded.unwrap_or_default()}),
    };
    if let (Some(filename), "document") = (&file.filename, kind) {
        media["filename"] = filename.as_str().into();
    }
    let caption = file.caption.as_deref().unwrap_or_default();
    if has_caption && !caption.is_empty() && split::utf16_units(caption) <= CAPTION_UNITS {
        media["caption"] = caption.into();
        return Ok(vec![typed(kind, media)]);
    }
    let mut bodies = vec![typed(kind, media)];
    bodies.extend(texts(caption, preview));
    Ok(bodies)
}

/// The call that gives Meta a file of the host's.
pub(crate) fn upload(path: String, file: &File, blob: &Blob) -> Call {
    let media_type = file.media_type.clone().or_else(|| blob.media_type.clone());
    let media_type = media_type.unwrap_or_else(|| usual_type(&file.kind).into());
    let text = |name: &str, text: &str| FormPart {
        name: name.into(),
        filename: None,
        media_type: None,
        content: FormContent::Text(text.into()),
    };
    let bytes = FormPart {
        name: "file".into(),
        filename: Some(file.filename.clone().unwrap_or_else(|| file.kind.clone())),
        media_type: Some(media_type.clone()),
        content: FormContent::Blob(blob.id.clone()),
    };
    let parts = vec![text("messaging_product", "whatsapp"), text("type", &media_type), bytes];
    Call { method: "POST".into(), payload: Payload::Multipart(parts), ..Call::get(GRAPH, Target::Path(path)) }
}

/// What is most likely, where nobody has said it: Meta takes no file without a type.
fn usual_type(kind: &str) -> &'static str {
    match kind {
        "image" => "image/jpeg",
        "video" => "video/mp4",
        "audio" | "voice" => "audio/ogg",
        "sticker" => "image/webp",
        _ => "application/pdf",
    }
}
