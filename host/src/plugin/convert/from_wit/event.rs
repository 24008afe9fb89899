//! Verdicts and events.

use super::super::all;
use crate::model::event::{
    Acceptance, Attachment, Choice, Command, Contact, Content, Event, Invocation, Location, Media, Message,
    Party, Quote, Reaction, Status, Verdict,
};
use crate::model::http::Response;
use crate::model::task::{Failure, FailureScope};
use crate::plugin::bindings::hookhost::provider::types as wit;

impl From<wit::Verdict> for Verdict {
    fn from(verdict: wit::Verdict) -> Self {
        match verdict {
            wit::Verdict::Accept(acceptance) => Self::Accept(Acceptance {
                events: all(acceptance.events),
                response: acceptance.response.map(Into::into),
            }),
            wit::Verdict::Ignore(why) => Self::Ignore(why),
            wit::Verdict::Reject(why) => Self::Reject(why),
        }
    }
}

impl From<wit::Response> for Response {
    fn from(wit::Response { status, headers, body }: wit::Response) -> Self {
        Self { status, headers, body }
    }
}

impl From<wit::Event> for Event {
    fn from(event: wit::Event) -> Self {
        Self {
            id: event.id,
            topic: event.topic,
            occurred_ms: event.occurred_ms,
            account: event.account,
            conversation: event.conversation,
            sender: event.sender.map(Into::into),
            content: event.content.into(),
            raw: event.raw,
            handback: event.handback,
            attributes: event.attributes,
        }
    }
}

impl From<wit::Party> for Party {
    fn from(wit::Party { id, name, attributes }: wit::Party) -> Self {
        Self { id, name, attributes }
    }
}

impl From<wit::Content> for Content {
    fn from(content: wit::Content) -> Self {
        match content {
            wit::Content::Message(message) => Self::Message(message.into()),
            wit::Content::Reaction(reaction) => Self::Reaction(reaction.into()),
            wit::Content::Status(status) => Self::Status(status.into()),
            wit::Content::Invocation(wit::Invocation { workflow, inputs }) => {
                Self::Invocation(Invocation { workflow, inputs })
            }
            wit::Content::Connection(wit::Connection { state, detail }) => Self::Connection { state, detail },
            wit::Content::Moved(to) => Self::Moved(to),
            wit::Content::Notice => Self::Notice,
            wit::Content::Other => Self::Other,
        }
    }
}

impl From<wit::Message> for Message {
    fn from(message: wit::Message) -> Self {
        Self {
            id: message.id,
            text: message.text,
            command: message.command.map(|wit::Command { name, arguments }| Command { name, arguments }),
            choice: message.choice.map(|wit::Choice { id, title }| Choice { id, title }),
            attachments: all(message.attachments),
            quoted: message.quoted.map(|wit::Quote { message, author, text }| Quote {
                message,
                author,
                text,
            }),
        }
    }
}

impl From<wit::Attachment> for Attachment {
    fn from(attachment: wit::Attachment) -> Self {
        match attachment {
            wit::Attachment::Media(media) => Self::Media(media.into()),
            wit::Attachment::Location(location) => Self::Location(location.into()),
            wit::Attachment::Contact(contact) => Self::Contact(contact.into()),
        }
    }
}

impl From<wit::Media> for Media {
    fn from(wit::Media { kind, handle, media_type, filename, size, sha256 }: wit::Media) -> Self {
        Self { kind, handle, media_type, filename, size, sha256 }
    }
}

impl From<wit::Location> for Location {
    fn from(wit::Location { latitude, longitude, name, address }: wit::Location) -> Self {
        Self { latitude, longitude, name, address }
    }
}

impl From<wit::Contact> for Contact {
    fn from(wit::Contact { name, phones, emails, vcard }: wit::Contact) -> Self {
        Self { name, phones, emails, vcard }
    }
}

impl From<wit::Reaction> for Reaction {
    fn from(wit::Reaction { message, emoji }: wit::Reaction) -> Self {
        Self { message, emoji }
    }
}

impl From<wit::Status> for Status {
    fn from(wit::Status { message, state, recipient, correlation, failure }: wit::Status) -> Self {
        Self { message, state, recipient, correlation, failure: failure.map(Into::into) }
    }
}

impl From<wit::Failure> for Failure {
    fn from(wit::Failure { scope, code, message }: wit::Failure) -> Self {
        Self { scope: scope.into(), code, message }
    }
}

impl From<wit::FailureScope> for FailureScope {
    fn from(scope: wit::FailureScope) -> Self {
        match scope {
            wit::FailureScope::Message => Self::Message,
            wit::FailureScope::Conversation => Self::Conversation,
            wit::FailureScope::Provider => Self::Provider,
        }
    }
}
