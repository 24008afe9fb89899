//! Runs the engine where it may panic: sled asserts what a damaged or full disk does not keep to.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use super::StoreError;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs it, and makes an error of a panic. Whoever calls throws away what was half done, the engine included,
/// so that nothing is looked at again that a panic left in pieces.
pub(super) fn guarded<T>(run: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let outer = IS_GUARDED.replace(true);
    let ran = catch_unwind(AssertUnwindSafe(run));
    IS_GUARDED.set(outer);
    ran.unwrap_or_else(|panic| Err(StoreError::Unavailable(said(&*panic))))
}

/// Prints no panic that becomes an error: it is told as one, and a backtrace would look like a crash.
pub fn keep_guarded_panics_quiet() {
    let print = take_hook();
    set_hook(Box::new(move |info| {
        if !IS_GUARDED.get() {
            print(info);
        }
    }));
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a reason");
    format!("its engine panicked: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_words() {
        let error = guarded::<()>(|| panic!("out of {}", "bounds")).unwrap_err();
        assert_eq!(error.reason(), "its engine panicked: out of bounds");
        assert_eq!(guarded(|| Ok(7)).unwrap(), 7);
    }
}
