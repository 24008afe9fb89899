//! Who we are, as far as the operator says it, and which other bots are heard.

use hookhost_sdk::types::{Context, Party};

/// Our own bot's settings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bot<'a> {
    /// Its user name.
    pub(crate) name: Option<&'a str>,
    /// The setting `allow_bots`.
    pub(crate) allowed: &'a str,
}

impl<'a> Bot<'a> {
    pub(crate) fn of(context: &'a Context) -> Self {
        Self {
            name: context.setting("bot_username").map(|name| name.trim_start_matches('@')),
            allowed: context.setting("allow_bots").unwrap_or_default(),
        }
    }

    /// Whether another bot is heard: by its id or its user name, or all of them by `*`. Never ourselves.
    pub(crate) fn hears(self, other: &Party) -> bool {
        let username = other.attributes.iter().find(|(name, _)| name == "username").map(|(_, value)| value);
        let is_called =
            |name: &str| username.is_some_and(|own| own.eq_ignore_ascii_case(name.trim_start_matches('@')));
        let mut allowed = self.allowed.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        !self.name.is_some_and(is_called)
            && allowed.any(|entry| entry == "*" || entry == other.id || is_called(entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bots_that_are_allowed_are_heard_and_never_ourselves() {
        for (allowed, username, expected) in [
            ("", "helper_bot", false),
            ("*", "helper_bot", true),
            ("*", "HookBot", false),
            ("@Helper_Bot", "helper_bot", true),
            ("7", "helper_bot", true),
            ("8, helper_bot", "helper_bot", true),
            ("8,,other", "helper_bot", false),
        ] {
            let attributes = vec![("username".into(), username.into())];
            let party = Party { id: "7".into(), name: None, attributes };
            assert_eq!(
                Bot { name: Some("hookbot"), allowed }.hears(&party),
                expected,
                "{allowed} {username}"
            );
        }
    }
}
