//! Events, for tasks that expand one.

use super::super::all;
use crate::model::event::{
    Attachment, Contact, Content, Event, Location, Media, Message, Party, Reaction, Status,
};
use crate::model::task::{Failure, FailureScope};
use crate::plugin::bindings::hookhost::provider::types as wit;

impl From<&Event> for wit::Event {
    fn from(event: &Event) -> Self {
        Self {
            id: event.id.clone(),
            topic: event.topic.clone(),
            occurred_ms: event.occurred_ms,
            account: event.account.clone(),
            conversation: event.conversation.clone(),
            sender: event.sender.as_ref().map(Into::into),
            content: (&event.content).into(),
            raw: event.raw.clone(),
            handback: event.handback.clone(),
            attributes: event.attributes.clone(),
        }
    }
}

impl From<&Party> for wit::Party {
    fn from(party: &Party) -> Self {
        Self { id: party.id.clone(), name: party.name.clone(), attributes: party.attributes.clone() }
    }
}

impl From<&Content> for wit::Content {
    fn from(content: &Content) -> Self {
        match content {
            Content::Message(message) => Self::Message(message.into()),
            Content::Reaction(reaction) => Self::Reaction(reaction.into()),
            Content::Status(status) => Self::Status(status.into()),
            Content::Invocation(invocation) => Self::Invocation(wit::Invocation {
                workflow: invocation.workflow.clone(),
                inputs: invocation.inputs.clone(),
            }),
            Content::Connection { state, detail } => {
                Self::Connection(wit::Connection { state: state.clone(), detail: detail.clone() })
            }
            Content::Moved(to) => Self::Moved(to.clone()),
            Content::Notice => Self::Notice,
            Content::Other => Self::Other,
        }
    }
}

impl From<&Message> for wit::Message {
    fn from(message: &Message) -> Self {
        let command = message
            .command
            .as_ref()
            .map(|command| wit::Command { name: command.name.clone(), arguments: command.arguments.clone() });
        let choice = message
            .choice
            .as_ref()
            .map(|choice| wit::Choice { id: choice.id.clone(), title: choice.title.clone() });
        let quoted = message.quoted.as_ref().map(|quote| wit::Quote {
            message: quote.message.clone(),
            author: quote.author.clone(),
            text: quote.text.clone(),
        });
        Self {
            id: message.id.clone(),
            text: message.text.clone(),
            command,
            choice,
            attachments: all(&message.attachments),
            quoted,
        }
    }
}

impl From<&Attachment> for wit::Attachment {
    fn from(attachment: &Attachment) -> Self {
        match attachment {
            Attachment::Media(media) => Self::Media(media.into()),
            Attachment::Location(location) => Self::Location(location.into()),
            Attachment::Contact(contact) => Self::Contact(contact.into()),
        }
    }
}

impl From<&Media> for wit::Media {
    fn from(media: &Media) -> Self {
        Self {
            kind: media.kind.clone(),
            handle: media.handle.clone(),
            media_type: media.media_type.clone(),
            filename: media.filename.clone(),
            size: media.size,
            sha256: media.sha256.clone(),
        }
    }
}

impl From<&Location> for wit::Location {
    fn from(location: &Location) -> Self {
        Self {
            latitude: location.latitude,
            longitude: location.longitude,
            name: location.name.clone(),
            address: location.address.clone(),
        }
    }
}

impl From<&Contact> for wit::Contact {
    fn from(contact: &Contact) -> Self {
        Self {
            name: contact.name.clone(),
            phones: contact.phones.clone(),
            emails: contact.emails.clone(),
            vcard: contact.vcard.clone(),
        }
    }
}

impl From<&Reaction> for wit::Reaction {
    fn from(reaction: &Reaction) -> Self {
        Self { message: reaction.message.clone(), emoji: reaction.emoji.clone() }
    }
}

impl From<&Status> for wit::Status {
    fn from(status: &Status) -> Self {
        Self {
            message: status.message.clone(),
            state: status.state.clone(),
            recipient: status.recipient.clone(),
            correlation: status.correlation.clone(),
            failure: status.failure.as_ref().map(Into::into),
        }
    }
}

impl From<&Failure> for wit::Failure {
    fn from(failure: &Failure) -> Self {
        let scope = match failure.scope {
            FailureScope::Message => wit::FailureScope::Message,
            FailureScope::Conversation => wit::FailureScope::Conversation,
            FailureScope::Provider => wit::FailureScope::Provider,
        };
        Self { scope, code: failure.code.clone(), message: failure.message.clone() }
    }
}
