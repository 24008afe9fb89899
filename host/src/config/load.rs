//! Reads the configuration file, then lets the command line have the last word.

use std::fs::File;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::Config;
use super::error::ConfigError;
use super::read::parse;
use crate::model::bounds;

/// Reads this file. Relative paths in it come out relative to nothing: absolute.
///
/// # Errors
/// [`ConfigError::NotFound`] and [`ConfigError::Unreadable`] concern the file, [`ConfigError::Invalid`]
/// what stands in it.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ConfigError::NotFound { path: path.into() },
        _ => ConfigError::Unreadable { path: path.into(), source },
    };
    let text = read_text(path).map_err(failed)?;
    // Absolute, since commands run in the file's folder and would look for their program from there.
    let absolute = std::path::absolute(path).map_err(failed)?;
    parse(&text, &absolute).map_err(|error| match error {
        // Errors show the path as it was typed.
        ConfigError::Invalid { faults, .. } => ConfigError::Invalid { path: path.into(), faults },
        other => other,
    })
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(bounds::CONFIG_FILE_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > bounds::CONFIG_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large for a configuration"));
    }
    Ok(text)
}

/// What flags, or the environment in their place, say over the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// The address of `[server] listen`.
    pub host: Option<IpAddr>,
    /// The port of `[server] listen`.
    pub port: Option<u16>,
    /// The folder of `[store] url`, relative to the working directory.
    pub data: Option<PathBuf>,
    /// `[plugins] dir`, relative to the working directory.
    pub plugins: Option<PathBuf>,
}

impl Overrides {
    /// Puts what is stated here in the place of what the file said.
    pub fn apply(self, config: &mut Config) {
        if let Some(host) = self.host {
            config.server.listen.set_ip(host);
        }
        if let Some(port) = self.port {
            config.server.listen.set_port(port);
        }
        if let Some(data) = self.data {
            config.store.path = data;
        }
        if let Some(plugins) = self.plugins {
            config.plugins.dir = plugins;
            config.plugins.must_exist = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file() {
        let file = "[server]\nlisten = \"127.0.0.1:1\"\n[store]\nurl = \"sled:a\"\n[plugins]\ndir = \"b\"";
        let of_file = parse(file, Path::new("/etc/hookhost.toml")).unwrap();
        let mut config = of_file.clone();
        Overrides::default().apply(&mut config);
        assert_eq!(config, of_file);
        let overrides = Overrides {
            host: Some("::1".parse().unwrap()),
            port: Some(2),
            data: Some("c".into()),
            plugins: Some("d".into()),
        };
        overrides.apply(&mut config);
        assert_eq!(config.server.listen.to_string(), "[::1]:2");
        assert_eq!((config.store.path, config.plugins.dir), ("c".into(), "d".into()));
    }

    #[test]
    fn a_file_is_read_relative_to_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hookhost.toml");
        std::fs::write(&path, "[workflows.x]\ncommand = [\"./x.py\"]").unwrap();
        let config = load(&path).unwrap();
        assert_eq!(config.base_dir, folder.path());
        assert_eq!(config.store.path, folder.path().join("data"));
        assert_eq!(config.plugins.dir, folder.path().join("plugins"));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_told_with_the_next_step() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("binary"), [0xff; 4]).unwrap();
        std::fs::write(file("large"), " ".repeat(1 << 21)).unwrap();
        std::fs::write(file("wrong"), "[serverr]").unwrap();
        for (name, before, after, hint) in [
            (
                "absent",
                "there is no file ",
                "",
                "check --config; without a file, hookhost runs on its defaults",
            ),
            (
                "binary",
                "",
                " cannot be read: stream did not contain valid UTF-8",
                "the file must be UTF-8 text",
            ),
            ("large", "", " cannot be read: it is too large for a configuration", "the file must be"),
            ("wrong", "", ":1:2: unknown section [serverr]", "did you mean [server]?"),
        ] {
            let error = load(&file(name)).unwrap_err();
            assert_eq!(error.to_string(), format!("{before}{}{after}", file(name).display()));
            assert!(error.hint().starts_with(hint), "{}", error.hint());
        }
    }
}
