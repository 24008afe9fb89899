//! Reads what a message carries beside its words: files, places, contacts.

use hookhost_sdk::json;
use hookhost_sdk::types::{Attachment, Contact, Location, Media};
use serde_json::Value;

/// What a message with this content carries. Contents without a form of their own (a poll, a game) carry
/// nothing.
pub(crate) fn of_message(content: &str, message: &Value) -> Vec<Attachment> {
    let Some(value) = message.get(content) else { return Vec::new() };
    match content {
        "photo" => photo(value).into_iter().collect(),
        "paid_media" => {
            let items = json::at(value, "/paid_media").and_then(Value::as_array).into_iter().flatten();
            items.filter_map(paid).collect()
        }
        "audio" | "document" | "video" | "animation" | "voice" | "video_note" | "sticker" => {
            file(content, value).into_iter().collect()
        }
        "live_photo" => file("video", value).into_iter().collect(),
        "location" | "venue" => place(value).into_iter().collect(),
        "contact" => contact(value).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Telegram offers a photo in several sizes; the largest is the photo.
fn photo(sizes: &Value) -> Option<Attachment> {
    let pixels = |size: &&Value| {
        let side = |at| json::integer(size, at).unwrap_or_default().max(0);
        side("/width").saturating_mul(side("/height"))
    };
    let largest = sizes.as_array()?.iter().max_by_key(pixels)?;
    let Attachment::Media(media) = file("image", largest)? else { return None };
    // All of them are; Telegram does not say so.
    Some(Attachment::Media(Media { media_type: Some("image/jpeg".into()), ..media }))
}

fn paid(item: &Value) -> Option<Attachment> {
    match json::str(item, "/type")? {
        "photo" => photo(item.get("photo")?),
        "video" => file("video", item.get("video")?),
        "live_photo" => file("video", item.get("live_photo")?),
        // A preview has no file.
        _ => None,
    }
}

fn file(kind: &str, file: &Value) -> Option<Attachment> {
    let of_sticker = || match (json::is_true(file, "/is_animated"), json::is_true(file, "/is_video")) {
        (true, _) => "application/x-tgsticker",
        (_, true) => "video/webm",
        _ => "image/webp",
    };
    let media_type = match kind {
        "sticker" => Some(of_sticker()),
        "video_note" => Some("video/mp4"),
        _ => json::str(file, "/mime_type"),
    };
    Some(Attachment::Media(Media {
        kind: kind.into(),
        handle: json::str(file, "/file_id")?.into(),
        media_type: media_type.map(String::from),
        filename: json::str(file, "/file_name").map(String::from),
        size: json::integer(file, "/file_size").and_then(|size| size.try_into().ok()),
        sha256: None,
    }))
}

/// A place, or a venue with a place in it.
fn place(value: &Value) -> Option<Attachment> {
    let place = value.get("location").unwrap_or(value);
    let degrees = |at| place.get(at).and_then(Value::as_f64);
    Some(Attachment::Location(Location {
        latitude: degrees("latitude")?,
        longitude: degrees("longitude")?,
        name: json::str(value, "/title").map(String::from),
        address: json::str(value, "/address").map(String::from),
    }))
}

fn contact(card: &Value) -> Option<Attachment> {
    let name = [json::str(card, "/first_name"), json::str(card, "/last_name")];
    Some(Attachment::Contact(Contact {
        name: name.into_iter().flatten().collect::<Vec<_>>().join(" "),
        phones: vec![json::str(card, "/phone_number")?.into()],
        emails: Vec::new(),
        vcard: json::str(card, "/vcard").map(String::from),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(content: &str, value: Value, expected: &[(&str, &str, Option<&str>)]) {
        let message = Value::Object([(content.to_owned(), value)].into_iter().collect());
        let found: Vec<_> = of_message(content, &message);
        let found: Vec<_> = found
            .iter()
            .map(|one| match one {
                Attachment::Media(media) => {
                    (media.kind.as_str(), media.handle.as_str(), media.media_type.as_deref())
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn a_file_is_known_by_its_id_and_of_a_photo_the_largest_size() {
        let size = |id: &str, width: i64| json!({"file_id": id, "width": width, "height": 10});
        check(
            "photo",
            json!([size("s", 10), size("l", 30), size("m", 20)]),
            &[("image", "l", Some("image/jpeg"))],
        );
        check(
            "document",
            json!({"file_id": "d", "mime_type": "text/csv"}),
            &[("document", "d", Some("text/csv"))],
        );
        check("sticker", json!({"file_id": "s"}), &[("sticker", "s", Some("image/webp"))]);
        check("sticker", json!({"file_id": "s", "is_video": true}), &[("sticker", "s", Some("video/webm"))]);
        check("video_note", json!({"file_id": "v"}), &[("video_note", "v", Some("video/mp4"))]);
        check("voice", json!({"duration": 3}), &[]);
        let media = json!([{"type": "photo", "photo": [size("p", 1)]}, {"type": "preview"}, {"type": "video", "video": {"file_id": "v"}}]);
        check(
            "paid_media",
            json!({"paid_media": media}),
            &[("image", "p", Some("image/jpeg")), ("video", "v", None)],
        );
        check("poll", json!({"id": "1"}), &[]);
        check("photo", json!([]), &[]);
        check("photo", json!("odd"), &[]);
    }

    #[test]
    fn a_venue_is_a_place_with_a_name() {
        let place = json!({"latitude": 1.5, "longitude": -2.5});
        for (content, value, name) in [
            ("location", place.clone(), None),
            ("venue", json!({"location": place, "title": "Home", "address": "1 Street"}), Some("Home")),
        ] {
            let message = Value::Object([(content.to_owned(), value)].into_iter().collect());
            let found = of_message(content, &message);
            let [Attachment::Location(found)] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!((found.latitude, found.longitude, found.name.as_deref()), (1.5, -2.5, name));
        }
    }
}
