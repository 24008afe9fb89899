//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::model::bounds;

/// What the store, plugins, commands and outgoing connections may have open besides the connections that come in:
/// all workers at once with a command's three pipes, and as many calls.
const OTHERS: u64 = 512;

/// Lets this process open as many files as the machine allows it, and gives how many that are. Usual shells and
/// services begin with 1,024 although far more are allowed.
pub(super) fn raise() -> u64 {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limits.maximum, maximum: limits.maximum };
    let is_raised = setrlimit(Resource::Nofile, raised).is_ok();
    let limit = if is_raised { raised.current } else { limits.current };
    limit.unwrap_or(u64::MAX)
}

/// How many connections fit into that, when all other parts have theirs.
pub(super) fn connections(descriptors: u64) -> usize {
    let left = descriptors.saturating_sub(OTHERS).max(descriptors / 2).max(1);
    usize::try_from(left).unwrap_or(usize::MAX).min(bounds::CONNECTIONS)
}

/// How many are needed so that [`bounds::CONNECTIONS`] fit.
pub(super) fn needed() -> u64 {
    bounds::CONNECTIONS as u64 + OTHERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_everything_else() {
        for (descriptors, expected) in [
            (u64::MAX, bounds::CONNECTIONS),
            (needed(), bounds::CONNECTIONS),
            (4_000, 3_488),
            (1_024, 512),
            (64, 32),
            (0, 1),
        ] {
            assert_eq!(connections(descriptors), expected, "{descriptors}");
        }
    }
}
