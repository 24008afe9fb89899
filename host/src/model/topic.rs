//! Patterns of topics: `message.*`.

use std::fmt;
use std::str::FromStr;

use super::bounds::TOPIC_BYTES;

/// What a route says about topics. `*` stands for any text, dots and nothing at all included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPattern(String);

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a topic pattern: use 1 to {TOPIC_BYTES} visible characters, such as \"message.*\"")]
pub struct BadPattern;

impl TopicPattern {
    /// Whether this topic is meant. Upper and lower case differ.
    pub fn matches(&self, topic: &str) -> bool {
        let Some((head, rest)) = self.0.split_once('*') else { return self.0 == topic };
        let Some(mut topic) = topic.strip_prefix(head) else { return false };
        let (between, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        // Taking each piece where it first occurs leaves the most for the pieces after it, so that
        // there is never a reason to go back.
        for piece in between.split('*') {
            let Some(at) = topic.find(piece) else { return false };
            topic = &topic[at + piece.len()..];
        }
        topic.ends_with(tail)
    }
}

/// What a route means that says nothing about topics: messages.
impl Default for TopicPattern {
    fn default() -> Self {
        Self("message.*".into())
    }
}

impl FromStr for TopicPattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let visible = |c: char| !c.is_whitespace() && !c.is_control();
        if (1..=TOPIC_BYTES).contains(&text.len()) && text.chars().all(visible) {
            Ok(Self(text.into()))
        } else {
            Err(BadPattern)
        }
    }
}

impl fmt::Display for TopicPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, topic, expected) in [
            ("message.*", "message.text", true),
            ("message.*", "message.text.long", true),
            ("message.*", "message.", true),
            ("message.*", "message", false),
            ("message.*", "status.message.text", false),
            ("*", "", true),
            ("*", "push", true),
            ("push", "push", true),
            ("push", "pushed", false),
            ("Push", "push", false),
            ("*.opened", "pull_request.opened", true),
            ("*.opened", "pull_request.reopened.x", false),
            ("a*a", "a", false),
            ("a*b*a", "aba", true),
            ("**", "x", true),
        ] {
            assert_eq!(
                pattern.parse::<TopicPattern>().unwrap().matches(topic),
                expected,
                "{pattern} {topic}"
            );
        }
    }

    #[test]
    fn a_route_without_a_topic_means_messages() {
        assert!(TopicPattern::default().matches("message.image"));
        assert!(!TopicPattern::default().matches("status.read"));
    }

    #[test]
    fn a_pattern_is_bounded_and_visible() {
        for (text, good) in [
            ("", false),
            ("message .*", false),
            ("message\n", false),
            (&"a".repeat(TOPIC_BYTES), true),
            (&"a".repeat(TOPIC_BYTES + 1), false),
        ] {
            assert_eq!(text.parse::<TopicPattern>().is_ok(), good, "{text:?}");
        }
    }

    /// The meaning of a pattern, said as shortly as possible and far too slowly for use.
    fn means(pattern: &[u8], topic: &[u8]) -> bool {
        match (pattern.split_first(), topic.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => means(rest, topic),
            (Some((b'*', rest)), Some((_, shorter))) => means(rest, topic) || means(pattern, shorter),
            (Some((a, rest)), Some((b, shorter))) => a == b && means(rest, shorter),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_definition(pattern in "[ab.*]{1,8}", topic in "[ab.]{0,10}") {
            let expected = means(pattern.as_bytes(), topic.as_bytes());
            prop_assert_eq!(pattern.parse::<TopicPattern>().unwrap().matches(&topic), expected);
        }

        #[test]
        fn every_text_is_refused_or_comes_back_and_matches_itself(text in "\\PC{0,40}") {
            if let Ok(pattern) = text.parse::<TopicPattern>() {
                prop_assert_eq!(pattern.to_string(), text.clone());
                prop_assert!(pattern.matches(&text));
            }
        }
    }
}
