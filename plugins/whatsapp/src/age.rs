//! Marks messages that came too late to be run: after an outage Meta delivers what is up to a week old.

use hookhost_sdk::log;
use hookhost_sdk::types::{Content, Context, Event};

/// How old a message may be, and when it is now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MaxAge {
    oldest_ms: Option<u64>,
}

impl MaxAge {
    /// As the setting `max_age` says; without it, and where it cannot be read, a message may have any age.
    pub(crate) fn of(context: &Context) -> Self {
        let Some(setting) = context.setting("max_age") else { return Self::default() };
        match duration_ms(setting) {
            Some(max_ms) => Self { oldest_ms: Some(context.now_ms.saturating_sub(max_ms)) },
            None => {
                log::warn("the setting max_age is not understood; write it like 2h", &[("max_age", setting)]);
                Self::default()
            }
        }
    }

    /// The event; if it is a message and too old, its attributes say so.
    pub(crate) fn mark(self, mut event: Event) -> Event {
        let is_message = matches!(event.content, Content::Message(_));
        let is_old = self.oldest_ms.is_some_and(|oldest| event.occurred_ms.is_some_and(|at| at < oldest));
        if is_message && is_old {
            event.attributes.push(("stale".into(), "true".into()));
        }
        event
    }
}

/// `90s`, `30m`, `2h`, `1d`; `off` is no limit at all.
fn duration_ms(text: &str) -> Option<u64> {
    if text == "off" {
        return Some(u64::MAX);
    }
    let units = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    let (number, seconds) =
        units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, *seconds)))?;
    number.trim_end().parse::<u64>().ok()?.checked_mul(seconds * 1_000)
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::types::Message;

    use super::*;

    #[test]
    fn only_messages_older_than_the_setting_are_marked() {
        let now_ms = 1_790_000_000_000;
        let message = || Content::Message(Message::text("m", "a"));
        for (setting, content, age_ms, expected) in [
            ("2h", message(), 7_200_000, false),
            ("2h", message(), 7_200_001, true),
            ("90s", message(), 90_001, true),
            ("30 m", message(), 1_800_001, true),
            ("1d", message(), 86_400_000, false),
            ("off", message(), 1_000_000_000, false),
            ("", message(), 1_000_000_000, false),
            ("soon", message(), 1_000_000_000, false),
            ("2", message(), 1_000_000_000, false),
            ("99999999999999999d", message(), 1_000_000_000, false),
            ("2h", Content::Other, 7_200_001, false),
        ] {
            let context = Context { now_ms, settings: vec![("max_age".into(), setting.into())], attempt: 0 };
            let event = Event { occurred_ms: Some(now_ms - age_ms), ..Event::new("message.text", content) };
            let event = MaxAge::of(&context).mark(event);
            assert_eq!(
                event.attributes.iter().any(|(name, _)| name == "stale"),
                expected,
                "{setting} {age_ms}"
            );
        }
    }
}
