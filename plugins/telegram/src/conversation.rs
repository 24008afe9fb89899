//! How the places are named that an answer can go to: `-1001234`, `-1001234/33`, `42@connection`,
//! `inline_query/123`; and how messages are: `-1001234:77`.

use std::fmt;
use std::str::FromStr;

/// Where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Conversation {
    Chat(Chat),
    Query(Query),
}

/// A chat, or one topic of it, written to as the bot or for a business account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chat {
    pub(crate) id: i64,
    pub(crate) topic: Topic,
    /// The connection to the account that the bot answers for.
    pub(crate) business: Option<String>,
}

/// A part of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// The whole chat, or what is called General.
    None,
    /// A topic of a forum.
    Forum(i64),
    /// What one person writes to a channel.
    Direct(i64),
}

/// A question of Telegram's that is answered once, by its id, and in no chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) kind: QueryKind,
    pub(crate) id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryKind {
    /// Somebody types `@bot words` in any chat.
    Inline,
    /// What would it cost to ship this?
    Shipping,
    /// Shall this be paid?
    PreCheckout,
    /// Somebody mentions the bot where it is not a member.
    Guest,
    /// No question: a message that was made of an inline answer, known by its id alone. It can be changed.
    InlineMessage,
}

/// The text is no conversation of this adapter's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoConversation;

impl QueryKind {
    const ALL: [Self; 5] =
        [Self::Inline, Self::Shipping, Self::PreCheckout, Self::Guest, Self::InlineMessage];

    /// As Telegram calls it; with `_id` behind it, the parameter that names it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Inline => "inline_query",
            Self::Shipping => "shipping_query",
            Self::PreCheckout => "pre_checkout_query",
            Self::Guest => "guest_query",
            Self::InlineMessage => "inline_message",
        }
    }
}

impl Query {
    /// A query with an id as Telegram makes them; others could not be told from the rest of a name.
    pub(crate) fn new(kind: QueryKind, id: &str) -> Option<Self> {
        is_id(id).then(|| Self { kind, id: id.into() })
    }
}

impl Chat {
    /// The chat as a whole, as the bot itself.
    pub(crate) fn whole(id: i64) -> Self {
        Self { id, topic: Topic::None, business: None }
    }
}

/// Whether this is an id as Telegram makes them, of queries and of business connections.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=' | b'+'))
}

impl From<Chat> for Conversation {
    fn from(chat: Chat) -> Self {
        Self::Chat(chat)
    }
}

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chat = match self {
            Self::Chat(chat) => chat,
            Self::Query(query) => return write!(f, "{}/{}", query.kind.as_str(), query.id),
        };
        write!(f, "{}", chat.id)?;
        match chat.topic {
            Topic::None => {}
            Topic::Forum(topic) => write!(f, "/{topic}")?,
            Topic::Direct(topic) => write!(f, "/direct/{topic}")?,
        }
        chat.business.iter().try_for_each(|connection| write!(f, "@{connection}"))
    }
}

impl FromStr for Conversation {
    type Err = NoConversation;

    fn from_str(text: &str) -> Result<Self, NoConversation> {
        let number = |digits: &str| digits.parse::<i64>().map_err(|_| NoConversation);
        for kind in QueryKind::ALL {
            if let Some(id) = text.strip_prefix(kind.as_str()).and_then(|rest| rest.strip_prefix('/')) {
                return Query::new(kind, id).map(Self::Query).ok_or(NoConversation);
            }
        }
        let (place, business) = match text.split_once('@') {
            Some((place, connection)) if is_id(connection) => (place, Some(connection.to_owned())),
            Some(_) => return Err(NoConversation),
            None => (text, None),
        };
        let (id, topic) = match place.split_once('/') {
            Some((id, topic)) => match topic.strip_prefix("direct/") {
                Some(topic) => (id, Topic::Direct(number(topic)?)),
                None => (id, Topic::Forum(number(topic)?)),
            },
            None => (place, Topic::None),
        };
        Ok(Chat { id: number(id)?, topic, business }.into())
    }
}

/// A message's id: Telegram counts messages in each chat, so the chat stands before it.
pub(crate) fn message_id(chat: i64, message: i64) -> String {
    format!("{chat}:{message}")
}

/// The number of a message, if it is one of this chat's.
pub(crate) fn message_in(chat: i64, id: &str) -> Option<i64> {
    let (of, message) = id.split_once(':')?;
    (of.parse() == Ok(chat)).then(|| message.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_is_known_in_its_own_chat_only() {
        for (chat, id, expected) in [
            (-100, "-100:7", Some(7)),
            (-101, "-100:7", None),
            (-100, "-100", None),
            (-100, "-100:x", None),
            (-100, "-100:7:8", None),
        ] {
            assert_eq!(message_in(chat, id), expected, "{chat} {id}");
        }
    }

    #[test]
    fn a_place_is_called_by_its_chat_topic_and_connection() {
        let chat = |topic, business: Option<&str>| {
            Conversation::Chat(Chat { id: -100, topic, business: business.map(String::from) })
        };
        for (place, name) in [
            (chat(Topic::None, None), "-100"),
            (chat(Topic::Forum(33), None), "-100/33"),
            (chat(Topic::Direct(5), None), "-100/direct/5"),
            (chat(Topic::Forum(33), Some("A_b-1")), "-100/33@A_b-1"),
            (Conversation::Query(Query { kind: QueryKind::Inline, id: "7".into() }), "inline_query/7"),
        ] {
            assert_eq!(place.to_string(), name);
            assert_eq!(name.parse(), Ok(place));
        }
    }

    proptest! {
        #[test]
        fn a_name_leads_back_to_its_conversation(
            id: i64, topic: Option<(bool, i64)>, business in proptest::option::of("[A-Za-z0-9_-]{1,40}"),
        ) {
            let topic = match topic {
                None => Topic::None,
                Some((true, topic)) => Topic::Direct(topic),
                Some((false, topic)) => Topic::Forum(topic),
            };
            let conversation = Conversation::Chat(Chat { id, topic, business });
            prop_assert_eq!(conversation.to_string().parse(), Ok(conversation));
        }

        #[test]
        fn other_texts_are_refused(text in "[a-z@ /:.]{0,9}") {
            prop_assert_eq!(text.parse::<Conversation>(), Err(NoConversation));
        }
    }
}
