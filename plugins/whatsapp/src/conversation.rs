//! How conversations are named: `{our number's id}/{who}`, where who is a phone number as it stands,
//! `u:{user id}` or `g:{group id}`.

use std::fmt;
use std::str::FromStr;

/// From which of our numbers to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conversation {
    /// The id of the number that received the message, and that the answer comes from.
    pub(crate) number: Option<String>,
    pub(crate) recipient: Recipient,
}

/// Whom a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// A phone number with its country code, as Meta wrote it.
    Phone(String),
    /// A person whose number Meta does not show, by the business-scoped user id.
    User(String),
    Group(String),
}

/// The text is no conversation of this adapter's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoConversation;

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number.as_deref().unwrap_or_default();
        match &self.recipient {
            Recipient::Phone(phone) => write!(f, "{number}/{phone}"),
            Recipient::User(user) => write!(f, "{number}/u:{user}"),
            Recipient::Group(group) => write!(f, "{number}/g:{group}"),
        }
    }
}

impl FromStr for Conversation {
    type Err = NoConversation;

    fn from_str(text: &str) -> Result<Self, NoConversation> {
        let (number, who) = text.split_once('/').ok_or(NoConversation)?;
        let recipient = match who.split_once(':') {
            Some(("u", user)) => Recipient::User(user.into()),
            Some(("g", group)) => Recipient::Group(group.into()),
            _ => Recipient::Phone(who.into()),
        };
        let number = match number {
            "" => None,
            number if is_number_id(number) => Some(number.into()),
            _ => return Err(NoConversation),
        };
        Ok(Self { number, recipient })
    }
}

/// Whether this can be the id of one of our numbers. It becomes part of a path.
pub(crate) fn is_number_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_without_number_or_with_a_path_in_it_is_refused() {
        for (text, expected) in [
            ("16505551234", Err(NoConversation)),
            ("../me/16505551234", Err(NoConversation)),
            ("a b/16505551234", Err(NoConversation)),
            (
                "/16505551234",
                Ok(Conversation { number: None, recipient: Recipient::Phone("16505551234".into()) }),
            ),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_name_leads_back_to_its_conversation(
            number in proptest::option::of("[0-9]{1,20}"),
            kind in 0..3,
            id in "[A-Za-z0-9+/=.:]{1,40}",
        ) {
            let recipient = match kind {
                0 => Recipient::Phone(id.replace(':', "")),
                1 => Recipient::User(id),
                _ => Recipient::Group(id),
            };
            let conversation = Conversation { number, recipient };
            prop_assert_eq!(conversation.to_string().parse(), Ok(conversation));
        }
    }
}
