//! What a plugin asks for, what the configuration gives it, and what comes of that, side by side.

use crate::config::grants::wanted;
use crate::model::manifest::Manifest;
use crate::provider::Provider;
use crate::verify::covers_body;

/// The headings of the rows.
pub(super) const HEADINGS: [&str; 4] = ["provider", "its plugin asks", "the configuration", "so"];

/// One row for each host, each secret and each way to verify.
pub(super) fn rows(asked: &Manifest, provider: &Provider) -> Vec<[String; 4]> {
    let mut rows = Vec::new();
    let mut add = |asks: String, gives: &str, so: &str| {
        rows.push([provider.name.to_string(), asks, gives.to_owned(), so.to_owned()]);
    };
    let missing = provider.grants.missing(asked, &provider.settings);
    for host in wanted(asked, &provider.settings) {
        match missing.contains(&host) {
            true => add(format!("to call {host}"), "does not allow it", "nothing is sent there"),
            false => add(format!("to call {host}"), "allows it", "it may be called"),
        }
    }
    for need in &asked.secrets {
        let asks = format!("the secret {}", need.name);
        match (provider.secrets.active(&need.name).is_empty(), need.required) {
            (false, _) => add(asks, "has it", "the host uses it"),
            (true, true) => add(asks, "lacks it", "what needs it is refused"),
            (true, false) => add(asks, "lacks it", "it is left out"),
        }
    }
    let (gives, so) = verification(asked, provider);
    let declared: Vec<String> = asked
        .verification
        .iter()
        .map(|recipe| {
            let covers = if covers_body(recipe) { "the body" } else { "not the body" };
            format!("{} over {covers}", word(&recipe.scheme))
        })
        .collect();
    let declared = match (&declared[..], asked.claims_secret()) {
        ([], Some(_)) => "claims of its own".into(),
        ([], None) => "nothing".into(),
        (some, _) => some.join(" or "),
    };
    add(format!("to verify by {declared}"), gives, so);
    for item in &provider.needs_grant.items {
        add(item.clone(), "has not granted it", "it needs a grant");
    }
    rows
}

/// What the configuration says of verifying, and what comes of it.
fn verification(asked: &Manifest, provider: &Provider) -> (&'static str, &'static str) {
    let holds = &provider.manifest.verification;
    let gives = match (provider.is_waived, *holds == asked.verification) {
        (true, _) => "switches it off",
        (false, true) => "leaves it to the plugin",
        (false, false) => "says otherwise",
    };
    let so = if provider.is_waived {
        "anybody may send anything"
    } else if provider.manifest.claims_secret().is_some() {
        "the host checks its claims"
    } else if holds.is_empty() {
        "every delivery is refused"
    } else if holds.iter().all(covers_body) {
        "the whole body is proven"
    } else {
        "the sender is proven, the body is not"
    };
    (gives, so)
}

/// As the configuration writes it.
fn word(scheme: &impl serde::Serialize) -> String {
    match serde_json::json!(scheme) {
        serde_json::Value::String(word) => word,
        other => other.to_string().replace(['{', '}', '"'], "").replace(':', " "),
    }
}
