//! What each verb of the store does to the tables, as plain functions on a transaction.

pub(super) mod admit;
pub(super) mod list;
pub(super) mod manifests;
pub(super) mod readmit;
pub(super) mod replay;
pub(super) mod replies;
pub(super) mod retention;
pub(super) mod runs;
mod sequence;
pub(super) mod session;
pub(super) mod show;
pub(super) mod stats;
pub(super) mod status;
pub(super) mod survey;
pub(super) mod verify;
