//! Who may run what from a provider.

use crate::model::event::Party;
use crate::model::http::field;
use crate::model::name::WorkflowName;

/// What a provider's configuration allows. The default allows everything to everyone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Which workflows may be run from there; `None`: all.
    pub workflows: Option<Vec<WorkflowName>>,
    /// Who may run them: ids, phone numbers or user names; `None`: everyone.
    pub senders: Option<Vec<String>>,
}

impl Access {
    /// Whether this workflow may be run.
    pub fn allows(&self, workflow: &WorkflowName) -> bool {
        self.workflows.as_ref().is_none_or(|allowed| allowed.contains(workflow))
    }

    /// Whether this sender may run anything. Where senders are listed, an event of nobody is refused.
    pub fn admits(&self, sender: Option<&Party>) -> bool {
        let Some(allowed) = &self.senders else { return true };
        sender.is_some_and(|sender| allowed.iter().any(|entry| means(entry, sender)))
    }
}

/// Whether an entry of the list is this sender: its id, its `phone` (with or without `+`), or its
/// `username` (with or without `@`, in any case).
fn means(entry: &str, sender: &Party) -> bool {
    if let Some(digits) = number(entry) {
        // Never the user name: people choose it, and nobody may become somebody else's number by it.
        let phone = field(&sender.attributes, "phone");
        return [Some(sender.id.as_str()), phone]
            .into_iter()
            .flatten()
            .any(|own| number(own) == Some(digits));
    }
    let name = entry.strip_prefix('@').unwrap_or(entry);
    if name.is_empty() || number(name).is_some() {
        return false;
    }
    entry == sender.id
        || field(&sender.attributes, "username").is_some_and(|username| name.eq_ignore_ascii_case(username))
}

/// The digits of a phone number or a numeric id, without its `+`.
fn number(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(senders: &[&str], id: &str, attributes: &[(&str, &str)], expected: bool) {
        let access = Access {
            senders: Some(senders.iter().map(|&entry| entry.into()).collect()),
            ..Access::default()
        };
        let attributes = attributes.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        let party = Party { id: id.into(), name: None, attributes };
        assert_eq!(access.admits(Some(&party)), expected, "{senders:?} {party:?}");
    }

    #[test]
    fn a_listed_sender_is_known_by_id_phone_or_user_name() {
        for (entry, expected) in [
            ("u-1", true),
            ("U-1", false),
            ("16505551234", true),
            ("+16505551234", true),
            ("alice", true),
            ("@Alice", true),
            ("alic", false),
            ("", false),
            ("+", false),
            ("@", false),
        ] {
            check(&[entry], "u-1", &[("phone", "+16505551234"), ("username", "Alice")], expected);
        }
        check(&["bob", "u-1"], "u-1", &[], true);
        check(&["+1650"], "1650", &[], true);
        check(&[], "u-1", &[], false);
        check(&["", "@", "+"], "u-1", &[("phone", ""), ("username", "")], false);
    }

    #[test]
    fn a_user_name_that_looks_like_a_number_opens_nothing() {
        for entry in ["16505551234", "+16505551234", "@16505551234"] {
            check(&[entry], "u-2", &[("username", "16505551234")], false);
            check(&[entry], "u-2", &[("username", "+16505551234")], false);
        }
    }

    #[test]
    fn an_event_of_nobody_is_admitted_only_where_everyone_is() {
        assert!(Access::default().admits(None));
        assert!(!Access { senders: Some(vec!["u-1".into()]), ..Access::default() }.admits(None));
    }
}
