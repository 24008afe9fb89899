//! How bridges name messages and people.

/// The message's own id. Some bridges put around it whether it is ours, the chat and the person
/// (`false_4917@c.us_3EB0C0`, `true_12036@g.us_3EB0C0_4917@c.us`), and name one chat in several ways: the same
/// message then comes as `4917@c.us` and as `2201@lid`.
pub(crate) fn inner(id: &str) -> &str {
    let mut parts = id.split('_');
    let follows_a_chat = parts.by_ref().any(|part| part.contains('@'));
    parts.next().filter(|part| follows_a_chat && !part.is_empty()).unwrap_or(id)
}

/// The phone number in a person's name, if there is one: `4917` in `+4917`, `4917@c.us` and `4917:12@c.us`.
pub(crate) fn phone(person: &str) -> Option<&str> {
    let user = match person.split_once('@') {
        Some((user, "c.us" | "s.whatsapp.net")) => user.split(':').next().unwrap_or(user),
        Some(_) => return None,
        None => person.strip_prefix('+').unwrap_or(person),
    };
    (!user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit())).then_some(user)
}

/// Whether this is a chat of several people.
pub(crate) fn is_group(chat: &str) -> bool {
    chat.ends_with("@g.us")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_its_own_id() {
        for (id, expected) in [
            ("3EB0C0", "3EB0C0"),
            ("false_4917@c.us_3EB0C0", "3EB0C0"),
            ("false_2201@lid_3EB0C0", "3EB0C0"),
            ("true_12036@g.us_3EB0C0_4917@c.us", "3EB0C0"),
            ("4917@c.us_3EB0C0", "3EB0C0"),
            ("msg_1", "msg_1"),
            ("false_4917@c.us", "false_4917@c.us"),
            ("false_4917@c.us_", "false_4917@c.us_"),
            ("", ""),
        ] {
            assert_eq!(inner(id), expected);
        }
    }

    #[test]
    fn a_phone_number_is_digits() {
        for (person, expected) in [
            ("4917", Some("4917")),
            ("+4917", Some("4917")),
            ("4917@c.us", Some("4917")),
            ("4917:12@s.whatsapp.net", Some("4917")),
            ("2201@lid", None),
            ("12036@g.us", None),
            ("Ada", None),
            ("", None),
        ] {
            assert_eq!(phone(person), expected, "{person}");
        }
    }
}
