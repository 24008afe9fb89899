//! How chats, their topics and messages are named: `-1001234`, `-1001234/33`, `-1001234:77`.

use std::fmt;
use std::str::FromStr;

/// A chat, or one topic of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conversation {
    pub(crate) chat: i64,
    /// The topic, in chats that have them.
    pub(crate) thread: Option<i64>,
}

/// The text is no conversation of this adapter's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoConversation;

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.thread {
            Some(thread) => write!(f, "{}/{thread}", self.chat),
            None => write!(f, "{}", self.chat),
        }
    }
}

impl FromStr for Conversation {
    type Err = NoConversation;

    fn from_str(text: &str) -> Result<Self, NoConversation> {
        let number = |digits: &str| digits.parse().map_err(|_| NoConversation);
        match text.split_once('/') {
            Some((chat, thread)) => Ok(Self { chat: number(chat)?, thread: Some(number(thread)?) }),
            None => Ok(Self { chat: number(text)?, thread: None }),
        }
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

    proptest! {
        #[test]
        fn a_name_leads_back_to_its_conversation(chat: i64, thread: Option<i64>) {
            let conversation = Conversation { chat, thread };
            prop_assert_eq!(conversation.to_string().parse(), Ok(conversation));
        }

        #[test]
        fn other_texts_are_refused(text in "[a-z@ /:.]{0,9}") {
            prop_assert_eq!(text.parse::<Conversation>(), Err(NoConversation));
        }
    }
}
