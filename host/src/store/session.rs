//! The last that was heard of each session of a provider: of a phone that a bridge is logged in as, say.

use serde::{Deserialize, Serialize};

use crate::model::id::ExecutionId;
use crate::model::name::ProviderName;
use crate::model::time::Time;

/// A session, as its last event told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub provider: ProviderName,
    /// What the provider calls it: the event's account. Empty where there is only one.
    pub name: String,
    /// "open", "closed", "pairing", ...
    pub state: String,
    /// In the provider's words.
    pub detail: Option<String>,
    /// When it came into this state, by the provider's clock where that was told.
    pub since: Time,
    /// When this was said last.
    pub heard_at: Time,
    /// The event that said it last.
    pub event: ExecutionId,
}

/// The session after news of it; `None` where the news is older than what is known.
pub(crate) fn heard(known: Option<&Session>, news: Session) -> Option<Session> {
    match known {
        Some(known) if news.heard_at < known.heard_at => None,
        Some(known) if news.state == known.state => Some(Session { since: known.since, ..news }),
        _ => Some(news),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_counts_and_a_state_that_is_repeated_holds_since_it_was_first_said() {
        let said = |state: &str, at| Session {
            provider: "bridge".parse().unwrap(),
            name: "s1".into(),
            state: state.into(),
            detail: None,
            since: Time(at),
            heard_at: Time(at),
            event: ExecutionId::new(),
        };
        let known = said("open", 50);
        for (state, at, expected) in [
            ("closed", 49, None),
            ("closed", 50, Some((50, 50))),
            ("closed", 60, Some((60, 60))),
            ("open", 60, Some((50, 60))),
            ("open", 49, None),
        ] {
            let after = heard(Some(&known), said(state, at));
            let times = after.map(|after| (after.since.0, after.heard_at.0));
            assert_eq!(times, expected, "{state} at {at}");
        }
        assert!(heard(None, known).is_some());
    }
}
