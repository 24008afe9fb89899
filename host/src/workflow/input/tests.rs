//! The document's text, as workflow authors see it.

use serde_json::json;

use super::*;
use crate::model::event::Reaction;
use crate::model::testing;

fn field(name: &str, value: &str) -> Field {
    (name.into(), value.into())
}

fn event(topic: &str, content: Content) -> Event {
    Event {
        id: Some("update-1".into()),
        raw: Some(r#"{"original":true}"#.into()),
        handback: vec![field("callback", "hidden-from-workflows")],
        ..testing::event(topic, content)
    }
}

fn check(event: &Event, expected: &str) {
    let run = Run {
        workflow: "summarize".parse().unwrap(),
        input: "a \"b\"".into(),
        inputs: json!({ "input": "a \"b\"" }),
    };
    let link = |index| Some(format!("https://hooks.example/media/{index}"));
    let written = document(
        "0192a3b4c5d67e8f9aabbccddeeff001".parse().unwrap(),
        2,
        &run,
        &"telegram".parse().unwrap(),
        event,
        &link,
    );
    let head = r#"{"execution_id":"0192a3b4c5d67e8f9aabbccddeeff001","attempt":2,"workflow":"summarize","input":"a \"b\"","inputs":{"input":"a \"b\""},"event":"#;
    assert_eq!(written, format!("{head}{expected}}}"));
}

#[test]
fn a_message_is_given_with_all_that_is_known() {
    let message = event::Message {
        id: "100:5".into(),
        text: Some("/summarize a \"b\"".into()),
        command: Some(Command { name: "summarize".into(), arguments: "a \"b\"".into() }),
        choice: Some(Choice { id: "yes".into(), title: "Yes".into() }),
        attachments: vec![
            event::Attachment::Media(Media {
                kind: "image".into(),
                handle: "file-1".into(),
                media_type: Some("image/jpeg".into()),
                filename: None,
                size: Some(4711),
                sha256: None,
            }),
            event::Attachment::Location(Location {
                latitude: 1.5,
                longitude: -2.0,
                name: None,
                address: None,
            }),
            event::Attachment::Contact(Contact {
                name: "Grace".into(),
                phones: vec!["+1650".into()],
                emails: vec![],
                vcard: None,
            }),
        ],
        quoted: Some(Quote { message: "100:4".into(), author: None, text: Some("long text".into()) }),
    };
    let event = Event {
        occurred_ms: Some(1_760_000_000_000),
        account: Some("my_bot".into()),
        conversation: Some("100".into()),
        sender: Some(Party {
            id: "7".into(),
            name: Some("Ada".into()),
            attributes: vec![field("username", "ada"), field("id", "8"), field("name", "Eve")],
        }),
        attributes: vec![field("tag", "x"), field("chat", "private"), field("tag", "y")],
        ..event("message.text", Content::Message(message))
    };
    check(
        &event,
        concat!(
            r#"{"provider":"telegram","topic":"message.text","conversation":"100","account":"my_bot","#,
            r#""sender":{"id":"7","name":"Ada","username":"ada"},"occurred_at_ms":1760000000000,"#,
            r#""message":{"id":"100:5","text":"/summarize a \"b\"","#,
            r#""command":{"name":"summarize","arguments":"a \"b\""},"choice":{"id":"yes","title":"Yes"},"#,
            r#""quoted":{"message":"100:4","author":null,"text":"long text"},"attachments":["#,
            r#"{"kind":"image","handle":"file-1","media_type":"image/jpeg","filename":null,"size":4711,"#,
            r#""sha256":null,"url":"https://hooks.example/media/0"},"#,
            r#"{"kind":"location","latitude":1.5,"longitude":-2.0,"name":null,"address":null},"#,
            r#"{"kind":"contact","name":"Grace","phones":["+1650"],"emails":[],"vcard":null}]},"#,
            r#""attributes":{"chat":"private","tag":["x","y"]}}"#,
        ),
    );
}

#[test]
fn other_events_say_what_they_are() {
    let status = Status {
        message: "m-9".into(),
        state: "read".into(),
        recipient: None,
        correlation: Some("out-1".into()),
        failure: None,
    };
    for (content, key) in [
        (
            Content::Reaction(Reaction { message: "m-1".into(), emoji: None }),
            r#""reaction":{"message":"m-1","emoji":null},"#,
        ),
        (
            Content::Status(status),
            concat!(
                r#""status":{"message":"m-9","state":"read","recipient":null,"correlation":"out-1","#,
                r#""failure":null},"#
            ),
        ),
        (
            Content::Connection { state: "up".into(), detail: None },
            r#""connection":{"state":"up","detail":null},"#,
        ),
        (Content::Moved("200".into()), r#""moved":"200","#),
        (Content::Other, r#""data":{"original":true},"#),
        (Content::Notice, ""),
    ] {
        check(
            &event("topic", content),
            &format!(
                r#"{{"provider":"telegram","topic":"topic","conversation":null,"account":null,"sender":null,"occurred_at_ms":null,{key}"attributes":{{}}}}"#
            ),
        );
    }
}
