//! What the stage accepts and refuses.

mod checks;
mod handshakes;
mod presets;
mod rules;
mod samples;
mod senders;
mod signing;
mod vectors;

use self::samples::{URL, secrets};
use super::*;

const NOW: Time = Time(1_700_000_000_000);
const GENERIC_BODY: &str = r#"{"workflow_name":"hello","inputs":{}}"#;
const GENERIC_SIGNATURE: &str = "21982e5e274a09e9ae928d37032feb400eef6a425bfbd8d197cce726fba2fc0b";

/// Checks the recipes, then the request.
fn try_at(now: Time, recipes: &[Recipe], texts: &[&str], request: Request) -> Result<Verified, Refusal> {
    for recipe in recipes {
        check_recipe(recipe).unwrap();
    }
    verify(recipes, &secrets(texts), Some(URL), request, now)
}

#[track_caller]
fn accepts(recipes: &[Recipe], texts: &[&str], request: Request) -> Verified {
    try_at(NOW, recipes, texts, request).unwrap()
}

#[track_caller]
fn refuses(recipes: &[Recipe], texts: &[&str], request: Request, expected: &str) {
    let refusal = try_at(NOW, recipes, texts, request).unwrap_err().to_string();
    assert!(refusal.contains(expected), "{refusal}");
}
