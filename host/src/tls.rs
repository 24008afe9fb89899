//! How every outgoing connection of the host trusts: the bundled roots and those of the machine.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tracing::warn;

/// The TLS settings for HTTP clients: TLS 1.2 and 1.3, HTTP/2 where the server has it.
///
/// A machine without certificates of its own (a bare container) still reaches public servers, and an
/// operator's own authority is trusted once the machine trusts it (`SSL_CERT_FILE` works too). Reads
/// files, so it is meant to be called once, at start, and cloned.
pub fn tls_config() -> ClientConfig {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        warn!(%error, "some of this machine's certificates cannot be read");
    }
    roots.add_parsable_certificates(native.certs);
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows the cipher suites of TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}
