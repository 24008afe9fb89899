//! Places at which a test lets the whole process die, one between every two stages of an event's path.
//!
//! A variable, honoured only where debug assertions are on, rather than a feature of the crate: tests then
//! run the very program that everything else runs, and nobody compiles a second one for them. In a release
//! build nothing of it is left.

/// A place between two stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultPoint {
    /// The sender is proven, and nothing else was done.
    Verified,
    /// The plugin has said what the delivery means.
    Adapted,
    /// The delivery's changes are made, and not yet durable.
    Admitting,
    /// They are durable, and not yet acknowledged.
    Admitted,
    /// An attempt is counted, and its workflow not yet called.
    Claimed,
    /// The workflow has answered, and nothing of it is stored.
    Ran,
    /// The outcome and the replies are stored, and nobody was told.
    Settled,
    /// A provider is to be called, and that is not yet stored.
    Calling,
    /// It is stored that the call was begun, and it was not.
    Begun,
    /// The provider has answered, and nothing of it is stored.
    Called,
    /// The answer is stored, and the plugin has not seen it.
    Answered,
}

impl FaultPoint {
    /// All of them, in the order in which an event meets them.
    pub const ALL: [Self; 11] = [
        Self::Verified,
        Self::Adapted,
        Self::Admitting,
        Self::Admitted,
        Self::Claimed,
        Self::Ran,
        Self::Settled,
        Self::Calling,
        Self::Begun,
        Self::Called,
        Self::Answered,
    ];

    /// The variable with the [`Self::name`] of the place to die at.
    pub const VARIABLE: &str = "HOOKHOST_DIE_AT";

    /// As the variable names it.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Goes on, unless the process is to die here.
    pub fn reached(self) {
        #[cfg(debug_assertions)]
        if std::env::var_os(Self::VARIABLE).is_some_and(|place| place == *self.name()) {
            // As kill -9 would: no destructor runs, and nothing is flushed.
            std::process::abort();
        }
    }
}
