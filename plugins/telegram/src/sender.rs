//! Tells who caused an update: a person, a bot, an admin who hides behind the group, a channel.

use hookhost_sdk::json;
use hookhost_sdk::types::Party;
use serde_json::Value;

/// Who it was.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sender {
    pub(crate) party: Party,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Person,
    Bot,
    /// Telegram names a bot of its own as the author; the group stands for whoever it was.
    AnonymousAdmin,
    Channel,
}

/// Whoever caused an update; `None` where nobody did.
pub(crate) fn of(news: &Value) -> Option<Sender> {
    let as_chat =
        ["/sender_chat", "/actor_chat", "/voter_chat"].into_iter().find_map(|at| json::at(news, at));
    if let Some(chat) = as_chat.filter(|chat| chat.is_object()) {
        let is_own =
            chat.get("id") == json::at(news, "/chat/id") && json::str(chat, "/type") != Some("channel");
        let kind = if is_own { Kind::AnonymousAdmin } else { Kind::Channel };
        return sender(chat, json::text(chat, "/title"), kind);
    }
    let places = ["/from", "/user", "/boost/source/user", "/source/user"];
    let user = places.into_iter().filter_map(|at| json::at(news, at)).find(|user| user.is_object())?;
    let name = [json::str(user, "/first_name"), json::str(user, "/last_name")];
    let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let kind = if json::is_true(user, "/is_bot") { Kind::Bot } else { Kind::Person };
    sender(user, (!name.is_empty()).then_some(name), kind)
}

fn sender(who: &Value, name: Option<String>, kind: Kind) -> Option<Sender> {
    let kind_name = match kind {
        Kind::Person => None,
        Kind::Bot => Some("bot"),
        Kind::AnonymousAdmin => Some("anonymous_admin"),
        Kind::Channel => Some("channel"),
    };
    let attributes = [
        ("username", json::str(who, "/username")),
        ("language", json::str(who, "/language_code")),
        ("kind", kind_name),
    ];
    let attributes =
        attributes.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into()))).collect();
    Some(Sender { party: Party { id: json::text(who, "/id")?, name, attributes }, kind })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_bots_hidden_admins_and_channels_are_told_apart() {
        let person = json!({"id": 7, "is_bot": false, "first_name": "Ada", "last_name": "L."});
        let helper = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group"});
        let group = json!({"id": -100, "type": "supergroup", "title": "Kitchen"});
        let channel = json!({"id": -200, "type": "channel", "title": "News", "username": "news"});
        for (news, id, name, kind) in [
            (json!({"from": person, "chat": {"id": 7}}), "7", "Ada L.", Kind::Person),
            (json!({"user": person}), "7", "Ada L.", Kind::Person),
            (json!({"boost": {"source": {"user": person}}}), "7", "Ada L.", Kind::Person),
            (json!({"from": helper}), "1087968824", "Group", Kind::Bot),
            (
                json!({"from": helper, "sender_chat": group, "chat": group}),
                "-100",
                "Kitchen",
                Kind::AnonymousAdmin,
            ),
            (json!({"from": helper, "sender_chat": channel, "chat": group}), "-200", "News", Kind::Channel),
            (json!({"sender_chat": channel, "chat": channel}), "-200", "News", Kind::Channel),
            (json!({"actor_chat": channel, "chat": group}), "-200", "News", Kind::Channel),
        ] {
            let sender = of(&news).unwrap();
            assert_eq!(
                (sender.party.id.as_str(), sender.party.name.as_deref(), sender.kind),
                (id, Some(name), kind)
            );
        }
        for nobody in [json!({}), json!({"from": null}), json!({"from": {"first_name": "no id"}})] {
            assert_eq!(of(&nobody), None, "{nobody}");
        }
    }
}
