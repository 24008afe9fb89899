//! The flags that stand for `limits` and `compat` of a provider, for commands that look at a file alone.

use std::time::Duration;

use clap::Args;

use crate::config::error::Wrong;
use crate::config::limit;
use crate::model::terms::{Limits, Terms};

#[derive(Debug, Args)]
pub(super) struct TermsArgs {
    /// Link the rest of WASI, of which nothing works, as `compat = true` does
    #[arg(long)]
    compat: bool,
    /// What all its memories may have together [default: 32MiB]
    #[arg(long, value_name = "SIZE", value_parser = said(limit::memory))]
    memory: Option<usize>,
    /// How long a call may compute [default: 200ms]
    #[arg(long, value_name = "DURATION", value_parser = said(limit::call_time))]
    call_time: Option<Duration>,
    /// What a call may hand over at once [default: 16MiB]
    #[arg(long, value_name = "SIZE", value_parser = said(limit::output))]
    output: Option<usize>,
}

impl TermsArgs {
    pub(super) fn terms(&self) -> Terms {
        let defaults = Limits::default();
        let limits = Limits {
            memory: self.memory.unwrap_or(defaults.memory),
            call_time: self.call_time.unwrap_or(defaults.call_time),
            output: self.output.unwrap_or(defaults.output),
        };
        Terms { limits, is_compat: self.compat }
    }
}

/// What is wrong, and what to write, in one line.
fn said<T>(read: impl Fn(&str) -> Result<T, Wrong> + Clone) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| read(text).map_err(|wrong| format!("{}; {}", wrong.what, wrong.hint))
}
