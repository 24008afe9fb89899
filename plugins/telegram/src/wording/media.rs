//! Files, with the words that belong to them.

use hookhost_sdk::types::{Failure, File, Source};
use serde_json::json;

use super::{texts, unsendable};
use crate::format::{self, Style};
use crate::method::{Method, Upload};

const CAPTION_UNITS: usize = 1024;

/// The file, and its caption as a message of its own where it is too long or the file can have none.
pub(super) fn methods(file: &File, style: Option<Style>) -> Result<Vec<Method>, Failure> {
    let (method, field, takes_caption) = match file.kind.as_str() {
        "image" => ("sendPhoto", "photo", true),
        "audio" => ("sendAudio", "audio", true),
        "voice" => ("sendVoice", "voice", true),
        "video" => ("sendVideo", "video", true),
        "animation" => ("sendAnimation", "animation", true),
        "document" => ("sendDocument", "document", true),
        "video_note" => ("sendVideoNote", "video_note", false),
        "sticker" => ("sendSticker", "sticker", false),
        _ => return Err(unsendable("unknown-kind", "this kind of file is not known")),
    };
    let mut sent = Method::new(method, json!({}));
    match &file.source {
        Source::Url(place) | Source::Handle(place) => {
            sent.parameters.insert(field.into(), place.as_str().into());
        }
        Source::Blob(blob) => {
            let media_type = file.media_type.clone().or_else(|| blob.media_type.clone());
            let filename = file.filename.clone();
            sent.upload = Some(Upload { field, blob: blob.id.clone(), filename, media_type });
        }
    }
    let caption = format::read(file.caption.as_deref().unwrap_or_default(), style.unwrap_or(Style::Plain));
    let mut pieces = if takes_caption { caption.pieces(CAPTION_UNITS) } else { Vec::new() };
    if pieces.len() == 1 && caption.units() <= CAPTION_UNITS {
        let caption = pieces.remove(0);
        sent.parameters.insert("caption".into(), caption.text.into());
        if !caption.entities.is_empty() {
            sent.parameters.insert("caption_entities".into(), caption.entities.into());
        }
        return Ok(vec![sent]);
    }
    Ok([vec![sent], texts(&caption)?].concat())
}
