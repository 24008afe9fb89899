//! Reads a secret that a flag names the file of.

use std::path::Path;

use super::failure::Failure;
use crate::config::secrets::read_file;
use crate::model::secret::Secret;

/// The file's text, without a newline at its end.
pub(super) fn read(file: &Path) -> Result<Secret, Failure> {
    let shown = file.display();
    match read_file(file) {
        Ok(Some(secret)) => Ok(secret),
        Ok(None) => {
            Err(Failure::new(format!("{shown} is not UTF-8 text"), "write the secret as its sender shows it"))
        }
        Err(error) => {
            Err(Failure::new(format!("{shown} cannot be read: {error}"), "name a file that holds the secret"))
        }
    }
}
