//! The secrets that senders may know.

use std::collections::BTreeMap;

use crate::model::secret::Secret;
use crate::model::time::Time;

/// The active secrets of one provider, by the names that its manifest gives them: the current one first,
/// then those that are still accepted during a rotation.
#[derive(Debug, Clone, Default)]
pub struct Secrets(BTreeMap<String, Rotation>);

#[derive(Debug, Clone, Default)]
struct Rotation {
    values: Vec<Secret>,
    /// From then on only the first one holds.
    ends: Option<Time>,
}

impl Secrets {
    /// Those of this name that hold at this time; none when the operator has set none.
    pub fn active(&self, name: &str, now: Time) -> &[Secret] {
        let Some(Rotation { values, ends }) = self.0.get(name) else { return &[] };
        let is_over = ends.is_some_and(|ends| now >= ends);
        if is_over { &values[..values.len().min(1)] } else { values }
    }

    /// Ends the rotation of this secret at that time.
    pub fn end_rotation(&mut self, name: &str, ends: Time) {
        if let Some(rotation) = self.0.get_mut(name) {
            rotation.ends = Some(ends);
        }
    }
}

impl FromIterator<(String, Vec<Secret>)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (String, Vec<Secret>)>>(named: I) -> Self {
        Self(named.into_iter().map(|(name, values)| (name, Rotation { values, ends: None })).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_ends_at_its_time_and_the_current_secret_stays() {
        let values = ["new", "old"].map(Secret::new).to_vec();
        let mut secrets: Secrets = [("key".to_owned(), values)].into_iter().collect();
        assert_eq!(secrets.active("key", Time(u64::MAX)).len(), 2, "no end was set");
        secrets.end_rotation("key", Time(10));
        for (now, expected) in [(9, 2), (10, 1), (11, 1)] {
            assert_eq!(secrets.active("key", Time(now)).len(), expected, "{now}");
        }
        assert_eq!(secrets.active("key", Time(11))[0], Secret::new("new"));
        assert!(secrets.active("other", Time(0)).is_empty());
    }
}
