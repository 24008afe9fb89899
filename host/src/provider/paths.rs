//! Finds what answers at a path or above it, as quickly among a thousand as with one.

use std::collections::BTreeMap;

/// Things by the path below which they answer.
pub(super) struct Paths<T> {
    things: BTreeMap<String, T>,
    longest: usize,
}

impl<T> Default for Paths<T> {
    fn default() -> Self {
        Self { things: BTreeMap::new(), longest: 0 }
    }
}

impl<T> Paths<T> {
    /// Takes the place of what had this path.
    pub(super) fn insert(&mut self, path: String, thing: T) {
        self.longest = self.longest.max(path.len());
        self.things.insert(path, thing);
    }

    /// What has the longest path that this one is or lies below, and the rest of this one.
    pub(super) fn at<'p>(&self, path: &'p str) -> Option<(&T, &'p str)> {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        // Whoever sends a path of nothing but slashes makes no work.
        let ends = ends.take_while(|end| *end <= self.longest);
        let found = ends.filter_map(|end| Some((self.things.get(&path[..end])?, &path[end..])));
        found.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn paths(all: &[&str]) -> Paths<usize> {
        let mut paths = Paths::default();
        for (number, path) in all.iter().enumerate() {
            paths.insert((*path).to_owned(), number);
        }
        paths
    }

    #[test]
    fn the_longest_path_above_a_request_is_meant() {
        let paths = paths(&["/webhooks/a", "/webhooks/a/b", "/c"]);
        for (path, expected) in [
            ("/webhooks/a", Some((&0, ""))),
            ("/webhooks/a/", Some((&0, "/"))),
            ("/webhooks/a/x/y", Some((&0, "/x/y"))),
            ("/webhooks/a/b", Some((&1, ""))),
            ("/webhooks/a/b/x", Some((&1, "/x"))),
            ("/webhooks/a/bc", Some((&0, "/bc"))),
            ("/webhooks/ab", None),
            ("/c/webhooks/a", Some((&2, "/webhooks/a"))),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(paths.at(path), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn it_is_what_a_look_at_every_path_would_find(
            all in proptest::collection::vec("(/[ab]{1,2}){1,3}", 0..6),
            path in "(/[ab]{0,2}){0,5}",
        ) {
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            let is_above = |above: &&&str| {
                path.strip_prefix(**above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let expected = all.iter().filter(is_above).max_by_key(|above| above.len());
            let paths = paths(&all);
            let found = paths.at(&path).map(|(_, rest)| &path[..path.len() - rest.len()]);
            prop_assert_eq!(found, expected.copied());
        }
    }
}
