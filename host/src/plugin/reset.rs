//! How a sandbox's memory is made clean for the next guest, and whether that may be done the fast way here.

use std::fmt;
use std::fs;
use std::path::Path;

use wasmtime::PoolingAllocationConfig;

/// The kernel's list of swap areas.
pub(super) const SWAPS: &str = "/proc/swaps";

/// How memory is made clean between two guests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reset {
    /// Only the pages that the kernel says were written; it halves the cost of a call.
    Written,
    /// All pages that a guest is likely to have written one by one, the rest by the kernel.
    All(Reason),
    /// Not at all: memory is mapped anew for each call, since there is no room for a pool.
    Mapped,
}

/// Why the fast way is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// There is this swap area. A page that was swapped out is not seen, would not be reset, and the next guest
    /// could read it.
    Swap(String),
    /// Nobody knows whether there is swap.
    Unknown,
    /// The kernel does not say which pages were written.
    Kernel,
}

impl Reset {
    /// The best way on this machine as it is now; `swaps` is [`SWAPS`].
    pub(super) fn now(swaps: &Path) -> Self {
        let reason = match fs::read_to_string(swaps) {
            Ok(table) if !table.starts_with("Filename") => Some(Reason::Unknown),
            Ok(table) => first_area(&table).map(Reason::Swap),
            Err(_) => Some(Reason::Unknown),
        };
        let kernel = || (!PoolingAllocationConfig::is_pagemap_scan_available()).then_some(Reason::Kernel);
        reason.or_else(kernel).map_or(Self::Written, Self::All)
    }
}

/// A heading, then a line for each area, which begins with its name.
fn first_area(table: &str) -> Option<String> {
    table.lines().nth(1).map(|line| line.split_whitespace().next().unwrap_or("?").to_owned())
}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written => f.write_str("only written pages are reset (fast)"),
            Self::All(Reason::Swap(area)) => {
                write!(f, "all pages are reset (slower), since there is swap on {area}: `swapoff` ends that")
            }
            Self::All(Reason::Unknown) => {
                write!(f, "all pages are reset (slower), since {SWAPS} does not say whether there is swap")
            }
            Self::All(Reason::Kernel) => f.write_str(
                "all pages are reset (slower), since the kernel does not list written pages: Linux 6.7 does",
            ),
            Self::Mapped => {
                f.write_str("memory is mapped for each call (slowest), for lack of address space")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

    fn now(table: &str) -> Reset {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), table).unwrap();
        Reset::now(file.path())
    }

    #[test]
    fn with_swap_or_when_nobody_knows_the_fast_way_is_not_taken() {
        let area = format!("{HEADING}/swapfile file 2097148 0 -2\n/dev/sdb2 partition 1 0 -3\n");
        assert_eq!(now(&area), Reset::All(Reason::Swap("/swapfile".into())));
        assert_eq!(now(""), Reset::All(Reason::Unknown));
        assert_eq!(now("no list of swap areas"), Reset::All(Reason::Unknown));
        assert_eq!(Reset::now(Path::new("/nonexistent/swaps")), Reset::All(Reason::Unknown));
    }

    #[test]
    fn without_swap_the_kernel_decides() {
        let is_able = PoolingAllocationConfig::is_pagemap_scan_available();
        assert_eq!(now(HEADING), if is_able { Reset::Written } else { Reset::All(Reason::Kernel) });
    }
}
