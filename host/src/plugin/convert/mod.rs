//! The contract's types to ours and back. They mirror each other; a new case must be answered in both.

mod from_wit;
mod to_wit;

#[cfg(test)]
mod tests;

/// Converts each.
fn all<A, B: From<A>>(items: impl IntoIterator<Item = A>) -> Vec<B> {
    items.into_iter().map(Into::into).collect()
}
