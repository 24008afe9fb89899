//! Understands what a workflow answered. The form of its replies is a promise to workflow authors:
//!
//! ```json
//! {"replies": [
//!   {"text": "*Done.*", "format": "markdown"},
//!   {"image": {"url": "https://files.example.com/cat.png", "caption": "a cat"}},
//!   {"location": {"latitude": 52.5, "longitude": 13.4, "name": "Here", "address": "Street 1"}},
//!   {"contact": {"name": "Grace", "phones": ["+16505550100"], "emails": ["grace@example.com"], "vcard": null}},
//!   {"buttons": {"body": "Sure?", "header": null, "footer": null,
//!     "buttons": [{"id": "yes", "title": "Yes"}, {"url": "https://example.com/", "title": "Read first"}]}},
//!   {"menu": {"body": "Which?", "label": "Choose",
//!     "sections": [{"title": "Warm", "rows": [{"id": "soup", "title": "Soup", "description": "of today"}]}]}},
//!   {"template": {"name": "order_update", "language": "en_US", "parameters": ["Ada", 12]}},
//!   {"reaction": {"emoji": "👍"}},
//!   {"raw": {"type": "sticker"}}
//! ]}
//! ```
//!
//! What can be left out is `null` above, and `format`: `plain`, `markdown`, or for providers that know them `html` and
//! `markdown_v2`. In place of `image` stand `audio`, `voice`, `video`, `animation`, `video_note`, `document` and
//! `sticker`, each with `url` or `handle` (that of an attachment which came from the same provider), and with
//! `caption`, `filename` and `media_type` where they make sense. Buttons and rows come back as
//! `event.message.choice`. A template's parameters are in order or an object of named ones; `components` in their
//! place are the provider's own. A reaction is put on the message that is answered, or on `message`; without an
//! emoji it is taken back. `raw` is the provider's own JSON for one message, as its plugin's README says.
//!
//! Beside the kind may stand what the workflow wishes, which providers do as far as they can: `"quote": true`
//! (answer as a reply to the message that came), `"silent": true` (without a sound), `"preview": true` (show what
//! links lead to).
//!
//! What a provider has no form for is said in words (`workflow/degrade.rs`): a caption and a link, a place with its
//! coordinates, a numbered list of what can be chosen. A reaction's taking back and `raw` have no words and are left
//! out. Links must be https.

mod reply;

use serde_json::Value;
use url::Url;

use crate::model::bounds::REPLIES_PER_RUN;
use crate::model::reply::{Reply, Said};

/// What a workflow answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// For callers who wait: the JSON as it stands, or the text as a JSON string.
    pub result: Value,
    /// For the chat, in this order.
    pub replies: Vec<Said>,
}

/// Why an answer cannot be used; the text is for the operator's log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// A link that is not https. The chat may be told: the workflow meant it to be seen there. The log may not,
    /// since a link may hold a token.
    #[error("reply {position}: a link {} is refused: links must be https", place(link))]
    Link {
        /// Of the reply, from 1.
        position: usize,
        /// As the workflow wrote it.
        link: String,
    },
    /// It is not written as answers are; the workflow's author has to change it.
    #[error("{0}")]
    Shape(String),
}

/// Reads the bytes that a workflow printed or answered.
///
/// Nothing at all, and `null`, say nothing. `{"reply": "text"}` and `{"replies": [...]}` say just that;
/// their other keys are for callers who wait. Any other JSON, and any other text, is said as it stands,
/// a text without its last line break. What nobody could see, a text of blanks, is not said.
///
/// `message` is what is being answered: a reaction without a message of its own is put on it.
///
/// # Errors
/// The next attempt would most likely answer the same, so both errors are final.
pub fn read(output: &[u8], message: Option<&str>) -> Result<Answer, BadAnswer> {
    let Ok(text) = str::from_utf8(output) else {
        return Err(BadAnswer::Shape("the answer is not UTF-8 text".into()));
    };
    if text.trim().is_empty() {
        return Ok(Answer { result: Value::Null, replies: Vec::new() });
    }
    let Ok(result) = serde_json::from_str::<Value>(text) else {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        return Ok(Answer { result: Value::String(text.into()), replies: vec![Reply::text(text).into()] });
    };
    let mut replies = match &result {
        Value::Null => Vec::new(),
        Value::String(said) => vec![Reply::text(said).into()],
        // Digits stay as they were written: a long number loses its last ones as a JSON number.
        Value::Bool(_) | Value::Number(_) => vec![Reply::text(text.trim()).into()],
        Value::Object(fields) => match (fields.get("reply"), fields.get("replies")) {
            (None, None) => vec![Reply::text(result.to_string()).into()],
            (Some(Value::String(said)), None) => vec![Reply::text(said).into()],
            (None, Some(Value::Array(replies))) => read_replies(replies, message)?,
            (Some(_), Some(_)) => return Err(shape("the answer has both `reply` and `replies`")),
            (Some(_), None) => return Err(shape("`reply` must be a text")),
            (None, Some(_)) => return Err(shape("`replies` must be a list")),
        },
        Value::Array(_) => vec![Reply::text(result.to_string()).into()],
    };
    replies.retain(|reply| !matches!(&reply.reply, Reply::Text(text) if text.body.trim().is_empty()));
    Ok(Answer { result, replies })
}

fn read_replies(replies: &[Value], message: Option<&str>) -> Result<Vec<Said>, BadAnswer> {
    if replies.len() > REPLIES_PER_RUN {
        let count = replies.len();
        return Err(BadAnswer::Shape(format!("{count} replies are too many: at most {REPLIES_PER_RUN}")));
    }
    let read = |(index, written)| {
        reply::read(written, message).map_err(|problem| match problem {
            reply::Problem::Link(link) => BadAnswer::Link { position: index + 1, link },
            reply::Problem::Shape(why) => BadAnswer::Shape(format!("reply {}: {why}", index + 1)),
        })
    };
    replies.iter().enumerate().map(read).collect()
}

/// Where a link leads, without what may be secret in it.
fn place(link: &str) -> String {
    match Url::parse(link) {
        Ok(url) if url.has_host() => format!("to {}", url.origin().ascii_serialization()),
        Ok(url) => format!("of the form {}:", url.scheme()),
        Err(_) => "that is none".into(),
    }
}

fn shape(why: &str) -> BadAnswer {
    BadAnswer::Shape(why.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn check(output: &str, result: Value, said: &[&str]) {
        let replies = said.iter().map(|&text| Reply::text(text).into()).collect();
        assert_eq!(read(output.as_bytes(), None), Ok(Answer { result, replies }), "{output:?}");
    }

    #[test]
    fn an_answer_is_text_or_json() {
        for (output, result, said) in [
            ("", json!(null), &[][..]),
            ("\n", json!(null), &[]),
            ("null", json!(null), &[]),
            ("hello\n", json!("hello"), &["hello"]),
            ("two\r\nlines\r\n", json!("two\r\nlines"), &["two\r\nlines"]),
            ("  indented\n\n", json!("  indented\n"), &["  indented\n"]),
            ("{not json}", json!("{not json}"), &["{not json}"]),
            ("\"hello\\nyou\"\n", json!("hello\nyou"), &["hello\nyou"]),
            ("\" \"", json!(" "), &[]),
            ("42\n", json!(42), &["42"]),
            ("1.50", json!(1.5), &["1.50"]),
            ("true", json!(true), &["true"]),
            ("[1, 2]", json!([1, 2]), &["[1,2]"]),
            (r#"{ "total": 3 }"#, json!({ "total": 3 }), &[r#"{"total":3}"#]),
            (r#"{"reply":"hi"}"#, json!({ "reply": "hi" }), &["hi"]),
            (r#"{"reply":"hi","total":3}"#, json!({ "reply": "hi", "total": 3 }), &["hi"]),
            (r#"{"reply":""}"#, json!({ "reply": "" }), &[]),
            (r#"{"replies":[]}"#, json!({ "replies": [] }), &[]),
            (
                r#"{"replies":[{"text":"a"},{"text":" "},{"text":"b"}]}"#,
                json!({ "replies": [{ "text": "a" }, { "text": " " }, { "text": "b" }] }),
                &["a", "b"],
            ),
        ] {
            check(output, result, said);
        }
        check("12345678901234567890123", json!(1.234_567_890_123_456_8e22), &["12345678901234567890123"]);
    }

    #[test]
    fn the_example_above_is_read_as_it_stands() {
        let doc = include_str!("answer.rs").lines().map_while(|line| line.strip_prefix("//!"));
        let example = doc.skip_while(|line| *line != " ```json").skip(1).take_while(|line| *line != " ```");
        let answer = read(example.collect::<String>().as_bytes(), Some("m-1")).unwrap();
        let kinds: Vec<_> = answer.replies.iter().map(|said| said.reply.kind()).collect();
        let expected = "text image location contact buttons menu template reaction raw";
        assert_eq!(kinds.join(" "), expected);
    }

    #[test]
    fn an_answer_of_another_form_is_refused_with_the_place_and_the_reason() {
        let too_many = json!({ "replies": vec![json!({ "text": "x" }); REPLIES_PER_RUN + 1] }).to_string();
        for (output, reason) in [
            (r#"{"reply":5}"#, "`reply` must be a text"),
            (r#"{"replies":{"text":"x"}}"#, "`replies` must be a list"),
            (r#"{"reply":"x","replies":[]}"#, "the answer has both `reply` and `replies`"),
            (too_many.as_str(), "51 replies are too many: at most 50"),
            (
                r#"{"replies":[{"image":{"url":"http://x/y.png"}}]}"#,
                "reply 1: a link to http://x is refused: links must be https",
            ),
            (r#"{"replies":[{"text":"a"},{}]}"#, "reply 2: it must have one key that says what it is: text,"),
        ] {
            let refused = read(output.as_bytes(), None).unwrap_err().to_string();
            assert!(refused.starts_with(reason), "{refused}");
        }
        assert_eq!(read(b"\xff", None).unwrap_err().to_string(), "the answer is not UTF-8 text");
    }

    proptest! {
        #[test]
        fn only_text_that_is_not_utf8_is_refused_among_outputs_without_replies(
            output in proptest::collection::vec(prop_oneof![9 => 0x20..0x7f_u8, 1 => any::<u8>()], 0..20),
        ) {
            prop_assert_eq!(read(&output, None).is_err(), str::from_utf8(&output).is_err());
        }

        #[test]
        fn a_text_is_said_as_it_stands(text in "[a-z][ -~\n]{0,40}[a-z.]") {
            prop_assume!(serde_json::from_str::<Value>(&text).is_err());
            let answer = read(format!("{text}\n").as_bytes(), None).unwrap();
            prop_assert_eq!(answer.replies, vec![Said::from(Reply::text(text))]);
        }
    }
}
