//! Why a call gave no answer.

use tracing::debug;
use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::I32Exit;

use super::guest::Guest;
use crate::model::bounds;

/// Why a call gave no answer. The plugin is as good as before: every call begins afresh.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its processor time was up. The same input will need as much again.
    #[error("the plugin computed for too long and was stopped")]
    Cpu,
    /// So many calls run already that it never got its turn. The input has no part in it.
    #[error("the plugin did not get its turn within {} s", bounds::PLUGIN_CALL_WALL.as_secs())]
    Busy,
    /// The wall-clock limit passed while it ran. May work when there is less to do.
    #[error("the plugin did not answer within {} s", bounds::PLUGIN_CALL_WALL.as_secs())]
    Timeout,
    /// It wanted more memory than a plugin gets.
    #[error("the plugin wanted more memory than its limits allow")]
    Memory,
    /// It recursed too deep. Rust guests show that as an access outside of their memory, and so does a
    /// stray pointer.
    #[error("the plugin ran out of stack or left its memory")]
    Stack,
    /// It crashed, in its own words where it had any.
    #[error("the plugin crashed: {0}")]
    Trap(String),
    /// It answered, but not what the contract allows.
    #[error("the plugin's answer is not allowed: {0}")]
    Output(String),
    /// The host could not give it a sandbox; the plugin has no part in it.
    #[error("no sandbox could be set up: {0}")]
    Host(String),
}

/// A word for each fault.
pub(super) const KINDS: [&str; 8] = ["cpu", "busy", "timeout", "memory", "stack", "trap", "output", "host"];

impl Fault {
    /// The words of those for which the plugin never ran.
    pub(super) const OF_THE_HOST: [&str; 2] = ["busy", "host"];

    /// Whether the plugin never ran, so that the same call is worth repeating as it is.
    pub fn is_of_the_host(&self) -> bool {
        Self::OF_THE_HOST.contains(&self.kind())
    }

    /// Whether the same call may work later. Guests cannot wait for anything, so one whose wall-clock limit passed
    /// was on a machine without time for it.
    pub fn may_pass(&self) -> bool {
        self.is_of_the_host() || *self == Self::Timeout
    }

    /// One word for metrics, records and lists.
    pub fn kind(&self) -> &'static str {
        KINDS[self.ordinal()]
    }

    /// Where its word stands among [`KINDS`].
    pub(super) fn ordinal(&self) -> usize {
        match self {
            Self::Cpu => 0,
            Self::Busy => 1,
            Self::Timeout => 2,
            Self::Memory => 3,
            Self::Stack => 4,
            Self::Trap(_) => 5,
            Self::Output(_) => 6,
            Self::Host(_) => 7,
        }
    }

    /// What went wrong while a guest was set up. Code of the guest may have run (start functions).
    pub(super) fn at_start(error: &wasmtime::Error, guest: &Guest) -> Self {
        known(error, guest).unwrap_or_else(|| Self::Host(format!("{error:#}")))
    }

    /// What went wrong while a guest ran. What the engine has no name for is a value that it could not
    /// read from the guest's memory.
    pub(super) fn in_call(error: &wasmtime::Error, guest: &Guest) -> Self {
        known(error, guest).unwrap_or_else(|| Self::Trap(error.root_cause().to_string()))
    }
}

/// How the engine says that a guest hands over too much; the error has no public type.
const TOO_MUCH_DATA: &str = "fuel allocated for hostcalls has been exhausted";

fn known(error: &wasmtime::Error, guest: &Guest) -> Option<Fault> {
    debug!(plugin = guest.lines.plugin(), error = format!("{error:#}"), "it was stopped");
    if guest.limits.exceeded() {
        return Some(Fault::Memory);
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return Some(match trap {
            Trap::Interrupt => Fault::Cpu,
            Trap::StackOverflow | Trap::MemoryOutOfBounds => Fault::Stack,
            other => Fault::Trap(guest.lines.panic().unwrap_or_else(|| other.to_string())),
        });
    }
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return Some(Fault::Trap(format!("it ended itself with exit code {code}")));
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Some(Fault::Host(error.to_string()));
    }
    error.root_cause().to_string().contains(TOO_MUCH_DATA).then(|| {
        let kib = guest.limits.allowed().output >> 10;
        Fault::Output(format!("it hands over more than {kib} KiB at once"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_input_brought_about_comes_again_and_the_rest_may_pass() {
        for (fault, of_the_host, may_pass) in [
            (Fault::Busy, true, true),
            (Fault::Host(String::new()), true, true),
            (Fault::Timeout, false, true),
            (Fault::Cpu, false, false),
            (Fault::Memory, false, false),
            (Fault::Stack, false, false),
            (Fault::Trap(String::new()), false, false),
            (Fault::Output(String::new()), false, false),
        ] {
            assert_eq!((fault.is_of_the_host(), fault.may_pass()), (of_the_host, may_pass), "{fault}");
        }
    }
}
