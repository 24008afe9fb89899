//! Makes a component of an adapter.

/// Exports a type that implements [`Provider`](crate::Provider), once in a crate:
/// `hookhost_sdk::export!(Telegram);`.
///
/// The file also gets a custom section `hookhost:adapter` with the crate's name, its version and the
/// contract's version, so that it can be named even by a host that cannot run it. On any target but
/// WebAssembly this expands to nothing: there the crate is an ordinary library, and its tests run.
#[macro_export]
macro_rules! export {
    ($provider:ident) => {
        #[cfg(target_arch = "wasm32")]
        $crate::__private::export_component!($provider with_types_in $crate::__private);

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            const NAMES: &str = concat!(
                env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), " hookhost:provider@0.1.0"
            );
            #[used]
            #[unsafe(link_section = "hookhost:adapter")]
            static SECTION: [u8; NAMES.len()] = match NAMES.as_bytes().first_chunk() {
                Some(bytes) => *bytes,
                None => [0; NAMES.len()],
            };
        };
    };
}
