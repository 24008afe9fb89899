//! How the commands call a host.

use std::time::Duration;

use super::failure::Failure;
use crate::tls;

/// A client that goes exactly where it is told, and waits that long for an answer.
pub(super) fn http_client(patience: Duration) -> Result<reqwest::Client, Failure> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls::tls_config())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(patience)
        .build()
        .map_err(|error| Failure::new(error.to_string(), ""))
}
