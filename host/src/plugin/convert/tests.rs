//! Events go both ways, so there and back must change nothing.

use crate::model::event::{
    Attachment, Choice, Command, Contact, Content, Event, Invocation, Location, Media, Message, Party, Quote,
    Reaction, Status,
};
use crate::model::task::{Failure, FailureScope};
use crate::plugin::bindings::hookhost::provider::types as wit;

fn check(content: Content) {
    let event = Event {
        id: Some("id".into()),
        topic: "topic".into(),
        occurred_ms: Some(1),
        account: Some("account".into()),
        conversation: Some("conversation".into()),
        sender: Some(Party {
            id: "party".into(),
            name: Some("name".into()),
            attributes: vec![("username".into(), "u".into())],
        }),
        content,
        raw: Some("{}".into()),
        handback: vec![("callback".into(), "1".into())],
        attributes: vec![("chat".into(), "private".into())],
    };
    assert_eq!(Event::from(wit::Event::from(&event)), event);
}

fn failure(scope: FailureScope) -> Option<Failure> {
    Some(Failure { scope, code: "131047".into(), message: "why".into() })
}

#[test]
fn every_event_comes_back_as_it_went() {
    check(Content::Message(Message {
        id: "message".into(),
        text: Some("text".into()),
        command: Some(Command { name: "start".into(), arguments: "now".into() }),
        choice: Some(Choice { id: "choice".into(), title: "title".into() }),
        attachments: vec![
            Attachment::Media(Media {
                kind: "image".into(),
                handle: "handle".into(),
                media_type: Some("image/png".into()),
                filename: Some("a.png".into()),
                size: Some(7),
                sha256: Some("00".into()),
            }),
            Attachment::Location(Location {
                latitude: 1.5,
                longitude: -2.5,
                name: Some("place".into()),
                address: Some("street".into()),
            }),
            Attachment::Contact(Contact {
                name: "contact".into(),
                phones: vec!["+1".into()],
                emails: vec!["a@example.com".into()],
                vcard: Some("vcard".into()),
            }),
        ],
        quoted: Some(Quote {
            message: "quoted".into(),
            author: Some("author".into()),
            text: Some("words".into()),
        }),
    }));
    check(Content::Reaction(Reaction { message: "message".into(), emoji: Some("+".into()) }));
    for scope in [FailureScope::Message, FailureScope::Conversation, FailureScope::Provider] {
        check(Content::Status(Status {
            message: "message".into(),
            state: "failed".into(),
            recipient: Some("recipient".into()),
            correlation: Some("correlation".into()),
            failure: failure(scope),
        }));
    }
    check(Content::Invocation(Invocation { workflow: "workflow".into(), inputs: "{}".into() }));
    check(Content::Connection { state: "open".into(), detail: Some("detail".into()) });
    check(Content::Moved("there".into()));
    check(Content::Notice);
    check(Content::Other);
}
