//! What a running host knows that its configuration does not say.

use std::path::Path;

use crate::app::finding::Finding;
use crate::cli::client;
use crate::cli::failure::Failure;
use crate::cli::plain::plain;
use crate::inspect::view::provider::{ProviderView, RefusesView};

/// What the host that runs on this folder, if one does, knows of its providers; and what is not as it should be.
pub(super) async fn providers(folder: &Path) -> (Vec<ProviderView>, Vec<Finding>) {
    match ask(folder).await {
        Ok(providers) => {
            let findings = providers.iter().filter_map(refuses).collect();
            (providers, findings)
        }
        // What was to be checked is the configuration, and that worked.
        Err(error) => {
            let what = format!("a host may run here, and cannot be asked: {}", error.what);
            (Vec::new(), vec![Finding::warning(what, error.hint)])
        }
    }
}

/// A row for each session that a provider told of.
pub(super) fn session_rows(providers: &[ProviderView]) -> Vec<Vec<String>> {
    let rows = providers.iter().flat_map(|provider| {
        provider.sessions.iter().map(|session| {
            let detail = session.detail.as_deref().unwrap_or_default();
            vec![
                plain(if session.name.is_empty() { "-" } else { &session.name }),
                provider.name.to_string(),
                plain(&session.state),
                session.since_ms.shown(),
                plain(detail),
            ]
        })
    });
    rows.collect()
}

async fn ask(folder: &Path) -> Result<Vec<ProviderView>, Failure> {
    match client::running(folder).await? {
        Some(host) => host.providers().await,
        None => Ok(Vec::new()),
    }
}

fn refuses(provider: &ProviderView) -> Option<Finding> {
    let name = &provider.name;
    let RefusesView { since_ms, code, reason, .. } = provider.refuses.as_ref()?;
    let what = format!(
        "provider {name}: it refuses every reply since {}, so they wait: {} ({})",
        since_ms.shown(),
        plain(reason),
        plain(code)
    );
    Some(Finding::warning(what, "set credentials that it takes, and send the host SIGHUP"))
}
