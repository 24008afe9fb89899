//! What this adapter needs, and how its callers prove who they are.

use hookhost_sdk::manifest::{Acknowledgement, Manifest, Recipe, Secret, Setting};

use crate::events::{ID_AT, TOPIC, TOPIC_AT};

const SECRET: &str = "webhook_secret";
const SIGNATURE: &str = "x-signature";

pub(crate) fn manifest() -> Manifest {
    Manifest {
        topics: vec!["invocation".into()],
        secrets: vec![Secret::required(SECRET, "a random text that the callers sign with")],
        settings: vec![
            Setting::optional(
                TOPIC,
                "makes an event of each delivery; so called where it does not say itself",
            ),
            Setting::optional(TOPIC_AT, "the same, and where it says what it is: body /type, header x-event"),
            Setting::optional(
                ID_AT,
                "where a delivery has its id: body /id, header x-id; body: the hash of all",
            ),
        ],
        verification: vec![
            Recipe::hmac_sha256_hex(SECRET, SIGNATURE, "sha256="),
            Recipe::hmac_sha256_hex(SECRET, SIGNATURE, ""),
        ],
        acknowledgement: Acknowledgement {
            within_ms: 30_000,
            // Callers and proxies commonly give up after 30 seconds; the result has to be on its way before.
            hold_ms: Some(25_000),
            ..Acknowledgement::ok()
        },
        attributes: vec![("accepts".into(), "application/json".into())],
        ..Manifest::new(
            "generic",
            env!("CARGO_PKG_VERSION"),
            "Signed JSON that names a workflow and its inputs.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_waits_for_the_result_and_repeats_nothing() {
        let acknowledgement = manifest().acknowledgement;
        assert_eq!(acknowledgement.hold_ms, Some(25_000));
        assert_eq!(acknowledgement.repeats_ms, 0, "a rejection is answered with 400");
    }

    #[test]
    fn every_recipe_uses_the_declared_secret() {
        let manifest = manifest();
        assert_eq!(manifest.verification.len(), 2);
        for recipe in manifest.verification {
            assert_eq!(recipe.secret, manifest.secrets[0].name);
        }
    }
}
