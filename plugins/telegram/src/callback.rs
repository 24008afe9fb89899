//! Reads the press of a button, and ends its waiting.

use hookhost_sdk::types::{Choice, Event, Message};
use hookhost_sdk::{command, json};
use serde_json::{Value, json};

use crate::bot::Bot;
use crate::conversation::{Conversation, Query, QueryKind, message_id};
use crate::receive::{as_written, chat};

/// The parameter that names the press, also what it is called among the things that come back with a reply.
pub(crate) const CALLBACK: &str = "callback_query_id";

/// What the button carries is what the person said: a command, or an input.
pub(crate) fn read(bot: Bot<'_>, press: &Value) -> Event {
    let message = press.get("message").filter(|message| message.is_object());
    let chat = message.and_then(chat);
    let number = message.and_then(|message| json::integer(message, "/message_id"));
    let inline = || {
        let id = json::str(press, "/inline_message_id")?;
        Query::new(QueryKind::InlineMessage, id).map(Conversation::Query)
    };
    let place = chat.as_ref().map(|chat| chat.clone().into()).or_else(inline);
    let id = json::text(press, "/id");
    let event = match (json::str(press, "/data"), &id) {
        (Some(data), Some(id)) => {
            let of_chat = chat.zip(number).map(|(chat, number)| message_id(chat.id, number));
            let read = Message {
                command: command::leading(data, bot.name).ours(),
                choice: Some(Choice { id: data.into(), title: title(press, data).unwrap_or(data).into() }),
                ..Message::text(of_chat.unwrap_or_else(|| id.clone()), data)
            };
            Event::message("callback_query", read)
        }
        // A game, which is answered with its address.
        _ => Event {
            attributes: as_written("callback_query", Some(press)).into_iter().collect(),
            ..Event::other("callback_query")
        },
    };
    Event {
        conversation: place.map(|place: Conversation| place.to_string()),
        handback: id.map(|id| (CALLBACK.into(), id)).into_iter().collect(),
        ..event
    }
}

/// The call that ends the waiting which the person sees. A game's button waits for the workflow: only it knows
/// the address.
pub(crate) fn answer(press: &Value) -> Option<Value> {
    json::str(press, "/data")?;
    let id = json::text(press, "/id")?;
    Some(json!({"method": "answerCallbackQuery", CALLBACK: id}))
}

/// What stood on the button.
fn title<'a>(press: &'a Value, data: &str) -> Option<&'a str> {
    let rows = json::at(press, "/message/reply_markup/inline_keyboard")?.as_array()?;
    let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
    json::str(buttons.find(|button| json::str(button, "/callback_data") == Some(data))?, "/text")
}
