//! Looks at the machine on which a host is to run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rustix::fs::{statfs, statvfs};
use rustix::process::geteuid;

use super::{Disk, Guarded, Keeps, Machine, What};
use crate::app::descriptors;
use crate::config::variables::Variables;
use crate::model::time::Time;
use crate::plugin::Reset;

/// What this machine is like for a host with this configuration file, this data folder and these variables, whose
/// engine says how it resets sandboxes. What cannot be seen is left out: the host itself says what it cannot use.
pub fn machine(config_file: Option<&Path>, data: &Path, variables: &Variables<'_>, reset: &Reset) -> Machine {
    let secrets = variables.secret_files().map(|(variable, path)| (What::Secret(variable.to_owned()), path));
    let config = config_file.map(|path| (What::Config, path));
    let all = secrets.chain(config).chain([(What::Data, data)]);
    Machine {
        is_root: geteuid().is_root(),
        descriptors: descriptors::raise(),
        resets_fast: *reset == Reset::Written,
        disk: disk(&existing(data)),
        guarded: all.filter_map(|(what, path)| Some(Guarded::new(what, path, mode(path)?))).collect(),
        config_written: config_file.and_then(written),
    }
}

/// The folder, or the nearest one above it that is there already.
fn existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.ancestors().find(|one| one.exists()).unwrap_or(Path::new("/")).to_owned()
}

fn disk(folder: &Path) -> Disk {
    // From linux/magic.h.
    const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
    const OVERLAY: u64 = 0x794c_7630;
    const NETWORK: [u64; 3] = [0x6969, 0xfe53_4d42, 0xff53_4d42];
    let kind = statfs(folder).ok().and_then(|found| u64::try_from(found.f_type).ok());
    let keeps = match kind {
        Some(kind) if IN_MEMORY.contains(&kind) => Keeps::UntilPowerOff,
        Some(OVERLAY) => Keeps::AsLongAsItsContainer,
        Some(kind) if NETWORK.contains(&kind) => Keeps::Elsewhere,
        _ => Keeps::Everything,
    };
    let free = statvfs(folder).ok().map(|found| found.f_bavail.saturating_mul(found.f_frsize));
    Disk { keeps, free }
}

fn mode(path: &Path) -> Option<u32> {
    Some(fs::metadata(path).ok()?.permissions().mode())
}

fn written(path: &Path) -> Option<Time> {
    let since = fs::metadata(path).ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok().map(Time)
}
