//! Why a verb of the store fails.

/// Why a verb failed; each is another next move for the caller.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Free disk space is below the reserve: refuse deliveries until there is room.
    #[error("the disk of the data folder has less than {} MiB free", .reserve_bytes / (1024 * 1024))]
    Full {
        /// What has to stay free.
        reserve_bytes: u64,
    },
    /// No further id may be remembered: refuse deliveries with new ids until a day of them is forgotten.
    #[error("{max_ids} ids are remembered, and no more may be")]
    TooManyIds {
        /// The ceiling.
        max_ids: u32,
    },
    /// No further event may wait: refuse deliveries until some have run.
    #[error("{max_queued} events wait to be run, and no more may")]
    QueueFull {
        /// The high-water mark.
        max_queued: u32,
    },
    /// The engine failed, and is opened anew: try again later. What was asked for may have been done.
    #[error("the store cannot be written or read: {0}")]
    Unavailable(String),
    /// A record cannot be understood: leave it alone, an operator has to look.
    #[error("a stored record cannot be read: {0}")]
    Unreadable(String),
    /// Somebody else has claimed the event since: throw the result away.
    #[error("the claim was superseded by a newer one")]
    Superseded,
    /// The host is shutting down.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Why, without saying again that it is the store.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Unavailable(reason) | Self::Unreadable(reason) => reason.clone(),
            other => other.to_string(),
        }
    }
}
