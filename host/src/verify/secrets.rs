//! The secrets that senders may know.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::hash::Begun;
use super::key::Key;
use crate::model::recipe::{Hash, KeyEncoding, Recipe, Scheme};
use crate::model::secret::Secret;
use crate::model::time::Time;

/// The active secrets of one provider, by the names that its manifest gives them: the current one first,
/// then those that are still accepted during a rotation.
#[derive(Debug, Clone, Default)]
pub struct Secrets(BTreeMap<String, Rotation>);

#[derive(Debug, Clone, Default)]
struct Rotation {
    values: Vec<Secret>,
    /// For each of them the keyed hash that the first request has begun.
    begun: Vec<OnceLock<(Hash, KeyEncoding, Begun)>>,
    /// From then on only the first one holds.
    ends: Option<Time>,
}

impl Secrets {
    /// Those of this name that hold at this time; none when the operator has set none.
    pub fn active(&self, name: &str, now: Time) -> &[Secret] {
        let Some(Rotation { values, ends, .. }) = self.0.get(name) else { return &[] };
        let is_over = ends.is_some_and(|ends| now >= ends);
        if is_over { &values[..values.len().min(1)] } else { values }
    }

    /// The keyed hash of a recipe with the active secret at this place, begun once. `None` where it has another
    /// scheme, its secret cannot be its key, or another recipe has begun another hash with that secret.
    pub(super) fn begun(&self, recipe: &Recipe, place: usize) -> Option<&Begun> {
        let Scheme::Hmac(hash) = recipe.scheme else { return None };
        let Rotation { values, begun, .. } = self.0.get(&recipe.secret)?;
        let (secret, begun) = (values.get(place)?, begun.get(place)?);
        let (of, written, begun) = match begun.get() {
            Some(begun) => begun,
            None => match Key::new(recipe, secret).ok()? {
                Key::Shared(key) => begun.get_or_init(|| (hash, recipe.key, Begun::new(hash, &key))),
                Key::Ed25519(_) | Key::P256(_) => return None,
            },
        };
        (*of == hash && *written == recipe.key).then_some(begun)
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
        let rotation = |values: Vec<Secret>| {
            let begun = values.iter().map(|_| OnceLock::new()).collect();
            Rotation { values, begun, ends: None }
        };
        Self(named.into_iter().map(|(name, values)| (name, rotation(values))).collect())
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
