//! Which new versions go on, which need the operator, and what they may do until then.

use super::*;
use crate::model::recipe::Locator;
use crate::model::testing::{self, secret};

const SHIPPED: bool = true;
const FOLDER: bool = false;

fn plugin() -> ProviderName {
    "crm".parse().unwrap()
}

fn recipe(header: &str) -> Recipe {
    testing::hmac_of_body("webhook_secret", Locator::Header(header.into()))
}

fn endpoint(name: &str, origin: &str, secret: &str) -> Endpoint {
    Endpoint {
        headers: vec![Credential {
            name: "authorization".into(),
            value: CredentialValue::Pieces(vec![Piece::Text("Bearer ".into()), Piece::Secret(secret.into())]),
        }],
        ..testing::endpoint(name, origin)
    }
}

fn manifest() -> Manifest {
    Manifest {
        version: "1".into(),
        secrets: vec![secret("webhook_secret"), secret("api_key")],
        endpoints: vec![endpoint("api", "https://api.example.com", "api_key")],
        verification: vec![recipe("x-signature")],
        ..testing::manifest("crm")
    }
}

fn granted(is_shipped: bool) -> Grant {
    let ask = Ask::of(&manifest());
    Grant {
        plugin: plugin(),
        version: "1".into(),
        digest: "d".into(),
        is_shipped,
        shipped_recipes: vec![],
        ask,
        at: Time(0),
    }
}

/// The same plugin, changed.
fn changed(change: impl FnOnce(&mut Manifest)) -> Manifest {
    let mut manifest = Manifest { version: "2".into(), ..manifest() };
    change(&mut manifest);
    manifest
}

fn beyond(manifest: &Manifest) -> Vec<String> {
    match decide(Some(&granted(FOLDER)), &plugin(), FOLDER, &Ask::of(manifest)) {
        Decision::Beyond(items) => items.iter().map(ToString::to_string).collect(),
        Decision::Covered => vec![],
        Decision::Granted => panic!("something was granted before"),
    }
}

#[test]
fn a_version_that_asks_for_no_more_goes_on() {
    assert_eq!(beyond(&changed(|_| {})), [""; 0]);
    assert_eq!(beyond(&changed(|one| one.endpoints.clear())), [""; 0], "less is no question");
    assert_eq!(beyond(&changed(|one| one.verification.clear())), [""; 0]);
}

#[test]
fn whatever_is_new_is_named() {
    let to = |origin: &str, secret: &str| endpoint("other", origin, secret);
    let with = |endpoint: Endpoint| changed(|one| one.endpoints.push(endpoint));
    assert_eq!(
        beyond(&with(to("https://evil.example.com", "api_key"))),
        ["to call https://evil.example.com", "to send the secret api_key to https://evil.example.com"]
    );
    assert_eq!(
        beyond(&with(to("https://api.example.com", "webhook_secret"))),
        ["to send the secret webhook_secret to https://api.example.com"],
        "a host and a secret that are both granted, but not together"
    );
    assert_eq!(beyond(&changed(|one| one.secrets.push(secret("more")))), ["to use the secret more"]);
    let another = beyond(&changed(|one| one.verification = vec![recipe("x-other")]));
    assert!(another[0].starts_with("to verify by {\"scheme\""), "{another:?}");
    let claims = changed(|one| {
        one.verification.clear();
        one.attributes.push(("claims".into(), "api_key".into()));
    });
    assert_eq!(beyond(&claims), ["to verify by claims of its own with the secret api_key"]);
}

#[test]
fn the_first_version_and_what_comes_with_the_host_are_granted() {
    let asked = Ask::of(&changed(|one| one.secrets.push(secret("more"))));
    let other: ProviderName = "other".parse().unwrap();
    for (before, name, is_shipped, is_granted) in [
        (None, plugin(), FOLDER, true),
        (None, plugin(), SHIPPED, true),
        (Some(granted(SHIPPED)), plugin(), SHIPPED, true),
        (Some(granted(FOLDER)), plugin(), SHIPPED, true),
        // The operator has configured another plugin.
        (Some(granted(FOLDER)), other, FOLDER, true),
        // A file that takes the place of a shipped one.
        (Some(granted(SHIPPED)), plugin(), FOLDER, false),
    ] {
        let decision = decide(before.as_ref(), &name, is_shipped, &asked);
        assert_eq!(decision == Decision::Granted, is_granted, "{before:?} {name} {is_shipped}");
    }
    let same = Ask::of(&manifest());
    assert_eq!(decide(Some(&granted(SHIPPED)), &plugin(), SHIPPED, &same), Decision::Covered);
    assert_eq!(decide(Some(&granted(SHIPPED)), &plugin(), FOLDER, &same), Decision::Covered);
}

#[test]
fn until_it_is_granted_it_verifies_reads_and_calls_as_before() {
    let ask = granted(FOLDER).ask;
    let newer = changed(|one| {
        one.secrets = vec![secret("api_key"), secret("more")];
        one.verification = vec![recipe("x-other")];
        one.endpoints.push(endpoint("other", "https://evil.example.com", "api_key"));
        one.replies.push("image".into());
    });
    let Restricted { manifest, endpoints } = ask.restrict(newer.clone());
    assert_eq!(manifest.verification, [recipe("x-signature")]);
    let secrets: Vec<_> = manifest.secrets.iter().map(|need| need.name.as_str()).collect();
    assert_eq!(secrets, ["api_key", "webhook_secret"], "the old recipe's secret is read, the new one is not");
    assert_eq!(endpoints.into_iter().collect::<Vec<_>>(), ["other"]);
    assert_eq!((&*manifest.version, manifest.replies), ("2", vec!["image".to_owned()]), "the rest is new");

    let all = Ask::of(&newer).restrict(newer.clone());
    assert_eq!(all, Restricted { manifest: newer, endpoints: BTreeSet::new() }, "and then it has all of it");
}

#[test]
fn claims_that_are_new_do_not_replace_a_recipe() {
    let newer = changed(|one| {
        one.verification.clear();
        one.attributes.push(("claims".into(), "webhook_secret".into()));
    });
    let manifest = granted(FOLDER).ask.restrict(newer).manifest;
    assert_eq!((manifest.claims_secret(), manifest.verification.len()), (None, 1));
}
