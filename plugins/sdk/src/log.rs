//! Lines for the operator's log.
//!
//! The host adds which plugin wrote a line and in which call; it keeps 100 lines of 1 KiB for each call. Do
//! not log what people wrote. In native tests the lines go to standard error.

pub use crate::bindings::hookhost::provider::log::Level;

/// Something that only helps to develop the adapter.
pub fn debug(message: &str, fields: &[(&str, &str)]) {
    write(Level::Debug, message, fields);
}

/// Something that explains an error that may come.
pub fn warn(message: &str, fields: &[(&str, &str)]) {
    write(Level::Warn, message, fields);
}

/// Writes one line; `fields` are logged as data beside it.
pub fn write(level: Level, message: &str, fields: &[(&str, &str)]) {
    #[cfg(target_arch = "wasm32")]
    {
        let fields: Vec<_> = fields.iter().map(|&(key, value)| (key.into(), value.into())).collect();
        crate::bindings::hookhost::provider::log::write(level, message, &fields);
    }
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{level:?}: {message} {fields:?}");
}
