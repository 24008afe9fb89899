//! Where things are in the Graph API.

use hookhost_sdk::types::{Context, Failure, FailureScope};

/// What holds where neither `graph_version` nor a server of the operator's own is set.
const VERSION: &str = "v25.0";

/// The path of something: `/v25.0/{id}/messages`. A server of the operator's own is named with its version, if
/// it has one, so none is put behind it unless it is asked for.
pub(crate) fn path(context: &Context, rest: &str) -> Result<String, Failure> {
    let version = match (context.setting("graph_version"), context.setting("api_url")) {
        (Some(version), _) => version,
        (None, None) => VERSION,
        (None, Some(_)) => return Ok(rest.into()),
    };
    let digits = version.strip_prefix('v').unwrap_or_default();
    if digits.is_empty() || !digits.split('.').all(|part| part.parse::<u16>().is_ok()) {
        return Err(Failure {
            // Nothing can be sent until the operator mends it.
            scope: FailureScope::Provider,
            code: "graph_version".into(),
            message: format!("the setting graph_version is {version:?}; write it like {VERSION:?}"),
        });
    }
    Ok(format!("/{version}{rest}"))
}

/// Whether this can be an id of Meta's. It becomes part of a path.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_stands_first_unless_a_server_is_named_with_its_own() {
        for (settings, expected) in [
            (&[][..], Some("/v25.0/7")),
            (&[("graph_version", "v26.0")], Some("/v26.0/7")),
            (&[("api_url", "http://localhost:1/v99.0")], Some("/7")),
            (&[("api_url", "http://localhost:1"), ("graph_version", "v9")], Some("/v9/7")),
            (&[("graph_version", "26.0")], None),
            (&[("graph_version", "v")], None),
            (&[("graph_version", "v26.0/me")], None),
            (&[("graph_version", "v26..0")], None),
        ] {
            let settings = settings.iter().map(|&(name, value)| (name.into(), value.into())).collect();
            let context = Context { now_ms: 0, settings, attempt: 0 };
            let path = path(&context, "/7").map_err(|failure| assert_eq!(failure.code, "graph_version"));
            assert_eq!(path.ok().as_deref(), expected);
        }
    }
}
