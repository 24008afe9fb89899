//! The plugins that `build.rs` has put into this binary; none without the feature `bundled`.

use crate::model::name::ProviderName;

// `static SHIPPED: &[(&str, &[u8])]`, names and components.
include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

pub(super) fn names() -> impl Iterator<Item = ProviderName> {
    SHIPPED.iter().map(|(name, _)| name.parse().expect("build.rs gives them good names"))
}

pub(super) fn bytes(name: &ProviderName) -> Option<&'static [u8]> {
    SHIPPED.iter().find(|(shipped, _)| *shipped == name.as_str()).map(|(_, bytes)| *bytes)
}
