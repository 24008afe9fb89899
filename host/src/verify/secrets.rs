//! The secrets that senders may know.

use std::collections::BTreeMap;

use crate::model::secret::Secret;

/// The active secrets of one provider, by the names that its manifest gives them: the current one first,
/// then those that are still accepted during a rotation.
#[derive(Debug, Clone, Default)]
pub struct Secrets(BTreeMap<String, Vec<Secret>>);

impl Secrets {
    /// Those of this name; none when the operator has set none.
    pub fn active(&self, name: &str) -> &[Secret] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

impl FromIterator<(String, Vec<Secret>)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (String, Vec<Secret>)>>(named: I) -> Self {
        Self(named.into_iter().collect())
    }
}
