//! What a store says of itself as a whole: how much of what it holds.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::key::Lane;
use super::tally::Waiting;

/// Lanes in which something waits.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct WaitingLanes {
    /// With events to run.
    pub runs: Vec<Lane>,
    /// With replies to send.
    pub replies: Vec<Lane>,
}

/// What a start finds. How many deliveries, events and ids are kept is not among it: the engine would walk
/// all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    /// Events that wait for their run.
    pub queued: Count,
    /// Those of them that had been started.
    pub interrupted: usize,
    /// Replies that are owed.
    pub owed: Count,
    /// Deliveries that wait for somebody to look.
    pub held: Count,
    /// Days for which ids are remembered.
    pub days_of_ids: usize,
    /// Events that were ever admitted.
    pub admitted: u64,
}

/// What one step of forgetting did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Old executions and deliveries that were looked at.
    pub looked_at: usize,
    /// Executions of them that are kept for longer: their outcome may be asked for, or a reply is owed.
    pub put_off: usize,
    /// Executions that went, with their replies.
    pub executions: usize,
    /// Deliveries that went, with their bodies.
    pub deliveries: usize,
}

/// A number that was counted up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What was counted.
    pub number: usize,
    /// Whether the bound was not met.
    pub is_all: bool,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, if self.is_all { "" } else { " or more" })
    }
}

/// What is known of a store without looking into it. Zeros, until the thread that writes has counted what
/// waits, which it does before its first group.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Events that wait or run.
    pub queued: Waiting,
    /// Replies that are owed; the oldest by when its event came in.
    pub owed: Waiting,
    /// Deliveries that wait for somebody to look, or for their plugin.
    pub held: Waiting,
    /// Ids that are remembered.
    pub ids: usize,
}

/// How much of everything a store holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Raw deliveries.
    pub deliveries: usize,
    /// Events, finished ones included.
    pub executions: usize,
    /// Events that wait or run.
    pub queued: usize,
    /// Replies that are owed.
    pub owed: usize,
    /// Ids that are remembered.
    pub ids: usize,
}
