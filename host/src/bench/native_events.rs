//! Understands the text messages that the benchmark sends, as the adapters would: in native code.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::sender::Sender;
use crate::model::event::{Content, Event, Message, Party};

/// The events of a delivery; `None` where it is none that the benchmark sends.
pub(super) fn events(sender: Sender, body: &[u8]) -> Option<Vec<Event>> {
    match sender {
        Sender::Whatsapp => whatsapp(serde_json::from_slice(body).ok()?),
        Sender::Telegram => telegram(serde_json::from_slice(body).ok()?).map(|event| vec![event]),
    }
}

#[derive(Deserialize)]
struct WhatsappDelivery<'a> {
    #[serde(borrow)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    id: String,
    #[serde(borrow)]
    changes: Vec<Change<'a>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    value: Value<'a>,
}

#[derive(Deserialize)]
struct Value<'a> {
    metadata: Metadata,
    contacts: Vec<Contact>,
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Metadata {
    phone_number_id: String,
}

#[derive(Deserialize)]
struct Contact {
    profile: Profile,
    wa_id: String,
}

#[derive(Deserialize)]
struct Profile {
    name: String,
}

#[derive(Deserialize)]
struct WhatsappMessage {
    from: String,
    id: String,
    timestamp: String,
    text: Text,
}

#[derive(Deserialize)]
struct Text {
    body: String,
}

fn whatsapp(delivery: WhatsappDelivery<'_>) -> Option<Vec<Event>> {
    let mut events = Vec::new();
    for entry in delivery.entry {
        for Change { value } in entry.changes {
            let number = value.metadata.phone_number_id;
            for raw in value.messages {
                let message: WhatsappMessage = serde_json::from_str(raw.get()).ok()?;
                let contact = value.contacts.iter().find(|contact| contact.wa_id == message.from);
                events.push(Event {
                    id: Some(message.id.clone()),
                    topic: "message.text".into(),
                    occurred_ms: Some(message.timestamp.parse::<u64>().ok()?.checked_mul(1000)?),
                    account: Some(number.clone()),
                    conversation: Some(format!("{number}/{}", message.from)),
                    sender: Some(Party {
                        id: message.from.clone(),
                        name: contact.map(|contact| contact.profile.name.clone()),
                        attributes: vec![("phone".into(), message.from)],
                    }),
                    content: text(message.id, message.text.body),
                    raw: Some(raw.get().to_owned()),
                    handback: vec![("waba".into(), entry.id.clone())],
                    attributes: vec![("chat".into(), "private".into())],
                });
            }
        }
    }
    Some(events)
}

#[derive(Deserialize)]
struct Update {
    update_id: i64,
    message: TelegramMessage,
}

#[derive(Deserialize)]
struct TelegramMessage {
    message_id: i64,
    date: u64,
    from: User,
    chat: Chat,
    text: String,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    first_name: String,
    language_code: Option<String>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    r#type: String,
}

fn telegram(update: Update) -> Option<Event> {
    let Update { update_id, message } = update;
    let language = message.from.language_code.map(|code| ("language".to_owned(), code));
    Some(Event {
        id: Some(update_id.to_string()),
        topic: "message.text".into(),
        occurred_ms: Some(message.date.checked_mul(1000)?),
        account: None,
        conversation: Some(message.chat.id.to_string()),
        sender: Some(Party {
            id: message.from.id.to_string(),
            name: Some(message.from.first_name),
            attributes: language.into_iter().collect(),
        }),
        content: text(format!("{}:{}", message.chat.id, message.message_id), message.text),
        raw: None,
        handback: Vec::new(),
        attributes: vec![("chat".into(), message.chat.r#type)],
    })
}

fn text(id: String, text: String) -> Content {
    Content::Message(Message {
        id,
        text: Some(text),
        command: None,
        choice: None,
        attachments: Vec::new(),
        quoted: None,
    })
}

#[cfg(all(test, feature = "bundled"))]
mod tests {
    use super::*;
    use crate::model::event::Verdict;
    use crate::model::terms::Terms;
    use crate::model::testing::request;
    use crate::model::time::Time;
    use crate::plugin::source::{discover, read};
    use crate::plugin::{Context, Engine, Plugin};

    #[tokio::test]
    async fn the_native_handler_understands_what_the_adapter_understands() {
        let engine = Engine::new(None).unwrap();
        for sender in [Sender::Whatsapp, Sender::Telegram] {
            let found = discover(None).0;
            let found = found.iter().find(|found| found.name.as_str() == sender.plugin()).unwrap();
            let plugin =
                Plugin::load(&engine, &found.name, read(found).unwrap(), Terms::default()).await.unwrap();
            let body = sender.delivery(7, 1_700_000_000).to_string().into_bytes();
            let native = events(sender, &body).unwrap();
            let context = Context { now: Time(1_700_000_001_000), settings: Vec::new(), attempt: 0 };
            let Ok(Verdict::Accept(accepted)) = plugin.receive(context, &request(&body)).await else {
                panic!("the adapter takes it")
            };
            assert_eq!(accepted.events, native, "{sender:?}");
        }
    }
}
