//! How a search is written in a URL: the commands write it, the admin listener reads it.

use std::fmt::Display;
use std::str::FromStr;

use crate::model::bounds::EVENTS_PER_LOOK;
use crate::model::http::Field;
use crate::model::time::Time;
use crate::store::listing::{EventFilter, Look, Origin};

/// What is wrong with a search; a sentence for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuery {
    /// No parameter has this name.
    #[error("there is no parameter {0:?}")]
    Unknown(String),
    /// Its value is none.
    #[error("{name}: {why}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// Writes a search for events.
pub fn write_events<Id: Display>(filter: &EventFilter, look: &Look<Id>) -> Vec<Field> {
    let EventFilter { origin, topic, state, conversation, replayed } = filter;
    let mut fields = write_held(origin, look);
    push(&mut fields, "topic", topic.as_ref());
    push(&mut fields, "state", state.as_ref());
    push(&mut fields, "conversation", conversation.as_ref());
    push(&mut fields, "replayed", replayed.as_ref());
    fields
}

/// Writes a search for held deliveries.
pub fn write_held<Id: Display>(origin: &Origin, look: &Look<Id>) -> Vec<Field> {
    let mut fields = Vec::new();
    push(&mut fields, "provider", origin.provider.as_ref());
    push(&mut fields, "since_ms", origin.since.map(Time::millis).as_ref());
    push(&mut fields, "until_ms", origin.until.map(Time::millis).as_ref());
    push(&mut fields, "before", look.before.as_ref());
    push(&mut fields, "limit", Some(&look.max));
    fields
}

/// Reads a search for events.
///
/// # Errors
/// Which parameter is wrong, and why.
pub fn read_events<Id: FromStr<Err: Display>>(fields: &[Field]) -> Result<(EventFilter, Look<Id>), BadQuery> {
    let mut fields = Parameters(fields.to_vec());
    let filter = EventFilter {
        origin: fields.origin()?,
        topic: fields.take("topic")?,
        state: fields.take("state")?,
        conversation: fields.take("conversation")?,
        replayed: fields.take("replayed")?,
    };
    Ok((filter, fields.look()?))
}

/// Reads a search for held deliveries.
///
/// # Errors
/// As [`read_events`].
pub fn read_held<Id: FromStr<Err: Display>>(fields: &[Field]) -> Result<(Origin, Look<Id>), BadQuery> {
    let mut fields = Parameters(fields.to_vec());
    Ok((fields.origin()?, fields.look()?))
}

fn push(fields: &mut Vec<Field>, name: &str, value: Option<&impl Display>) {
    fields.extend(value.map(|value| (name.to_owned(), value.to_string())));
}

/// What was not read yet.
struct Parameters(Vec<Field>);

impl Parameters {
    fn take<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Result<Option<T>, BadQuery> {
        let Some(at) = self.0.iter().position(|(key, _)| key == name) else { return Ok(None) };
        let (_, value) = self.0.remove(at);
        value.parse().map(Some).map_err(|error: T::Err| BadQuery::Value { name, why: error.to_string() })
    }

    fn origin(&mut self) -> Result<Origin, BadQuery> {
        Ok(Origin {
            provider: self.take("provider")?,
            since: self.take("since_ms")?.map(Time),
            until: self.take("until_ms")?.map(Time),
        })
    }

    /// What comes last: whatever is left now is unknown, or stands twice.
    fn look<Id: FromStr<Err: Display>>(&mut self) -> Result<Look<Id>, BadQuery> {
        let before = self.take("before")?;
        let max = self.take("limit")?.unwrap_or(EVENTS_PER_LOOK);
        if !(1..=EVENTS_PER_LOOK).contains(&max) {
            return Err(BadQuery::Value { name: "limit", why: format!("use 1 to {EVENTS_PER_LOOK}") });
        }
        match self.0.pop() {
            Some((name, _)) => Err(BadQuery::Unknown(name)),
            None => Ok(Look { before, max }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ExecutionId;
    use crate::store::execution::StateName;

    #[test]
    fn what_is_written_is_read_back() {
        let everything = EventFilter {
            origin: Origin {
                provider: Some("telegram".parse().unwrap()),
                since: Some(Time(1)),
                until: Some(Time(2)),
            },
            topic: Some("message.*".parse().unwrap()),
            state: Some(StateName::Dead),
            conversation: Some("a&b=c d".into()),
            replayed: Some(false),
        };
        for (filter, before) in [(EventFilter::default(), None), (everything, Some(ExecutionId::new()))] {
            let look = Look { before, max: 7 };
            assert_eq!(read_events(&write_events(&filter, &look)), Ok((filter.clone(), look)));
            let origin = filter.origin;
            assert_eq!(read_held(&write_held(&origin, &look)), Ok((origin, look)));
        }
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        for (name, value, says) in [
            ("colour", "blue", r#"there is no parameter "colour""#),
            ("state", "asleep", "state: not a state: use queued"),
            ("limit", "0", "limit: use 1 to 200"),
            ("limit", "201", "limit: use 1 to 200"),
            ("limit", "many", "limit: invalid digit"),
            ("before", "x", "before: not an id"),
            ("provider", "../x", "provider: "),
            ("since_ms", "-1", "since_ms: "),
            ("replayed", "yes", "replayed: "),
        ] {
            let error = read_events::<ExecutionId>(&[(name.into(), value.into())]).unwrap_err().to_string();
            assert!(error.starts_with(says), "{name}={value}: {error}");
        }
        let held = read_held::<ExecutionId>(&[("topic".into(), "x".into())]);
        assert_eq!(held, Err(BadQuery::Unknown("topic".into())));
    }
}
