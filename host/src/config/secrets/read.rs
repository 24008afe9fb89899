//! Reads one secret from a variable, or from the file that a variable names.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::SecretFault;
use crate::model::bounds;
use crate::model::secret::Secret;

/// The secret in the first of these variables that is set.
pub(super) fn first<'e>(
    get: impl Fn(&str) -> Option<&'e OsStr>,
    mut variables: impl Iterator<Item = String>,
) -> Result<Option<Secret>, SecretFault> {
    variables.find_map(|variable| read(&get, &variable).transpose()).transpose()
}

/// The secret in this variable, or in the file that `<variable>_FILE` names; `None` when neither is set.
pub(super) fn read<'e>(
    get: impl Fn(&str) -> Option<&'e OsStr>,
    variable: &str,
) -> Result<Option<Secret>, SecretFault> {
    let file_variable = format!("{variable}_FILE");
    let (variable, text) = match (get(variable), get(&file_variable)) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(SecretFault::Both { variable: variable.into(), file_variable }),
        (Some(value), None) => (variable.to_owned(), value.to_str().map(Secret::new)),
        (None, Some(path)) if path.is_empty() => return Err(SecretFault::Empty { variable: file_variable }),
        (None, Some(path)) => {
            let path = Path::new(path);
            match read_file(path) {
                Ok(text) => (file_variable, text),
                Err(source) => {
                    return Err(SecretFault::Unreadable {
                        variable: file_variable,
                        path: path.into(),
                        source,
                    });
                }
            }
        }
    };
    match text {
        None => Err(SecretFault::NotText { variable }),
        Some(secret) if secret.expose().is_empty() => Err(SecretFault::Empty { variable }),
        Some(secret) if secret.expose().len() < bounds::SECRET_BYTES_MIN => {
            Err(SecretFault::TooShort { variable })
        }
        Some(secret) => Ok(Some(secret)),
    }
}

/// The file's text without the newline that editors put at its end; `None` when it is not UTF-8.
///
/// # Errors
/// It cannot be read, or is too large for a secret.
pub fn read_file(path: &Path) -> io::Result<Option<Secret>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bounds::SECRET_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bounds::SECRET_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large for a secret"));
    }
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).ok();
    let line =
        |text: &'_ str| text.strip_suffix("\r\n").or(text.strip_suffix('\n')).unwrap_or(text).to_owned();
    Ok(text.map(|text| Secret::new(line(text))))
}
