//! What `describe` may answer: every name is declared once, and every name that is used is declared.
//!
//! Whether a recipe can be carried out is for those who carry it out.

use std::collections::HashSet;

use super::{header, printable};
use crate::model::bounds;
use crate::model::manifest::{CredentialValue, Endpoint, Manifest, Piece};
use crate::model::name::ProviderName;
use crate::model::recipe::{Handshake, HandshakePart};

/// Longer than any name that is typed or made into a variable.
const NAME_BYTES: usize = 64;
/// A sentence or two, shown in lists.
const ABOUT_BYTES: usize = 1024;

/// Everything that is wrong, a sentence each; empty when nothing is.
pub(in crate::plugin) fn manifest(manifest: &Manifest) -> Vec<String> {
    let mut wrong = Wrong(Vec::new());
    if let Err(error) = manifest.name.parse::<ProviderName>() {
        wrong.note(Err(error.to_string()));
    }
    wrong.note(printable("the version", &manifest.version, NAME_BYTES));
    wrong.note(printable("the description", &manifest.about, ABOUT_BYTES));
    for topic in &manifest.topics {
        wrong.note(printable("a topic", topic, bounds::TOPIC_BYTES));
    }
    let secrets: Vec<&str> = manifest.secrets.iter().map(|secret| secret.name.as_str()).collect();
    let settings: Vec<&str> = manifest.settings.iter().map(|setting| setting.name.as_str()).collect();
    // Together, since both are read from <PROVIDER>_<NAME>: a secret must not come back as a setting.
    wrong.unique("secret or setting", secrets.iter().chain(&settings));
    for name in secrets.iter().chain(&settings).filter(|name| !is_variable(name)) {
        wrong.note(Err(format!("{name:?} cannot be a variable: use a-z, 0-9 and '_'")));
    }
    wrong.unique("endpoint", manifest.endpoints.iter().map(|endpoint| &endpoint.name));
    wrong.unique("bucket", manifest.pacing.iter().map(|pace| &pace.bucket));
    for endpoint in &manifest.endpoints {
        wrong.note(printable("an endpoint's name", &endpoint.name, NAME_BYTES));
        wrong.endpoint(endpoint, manifest, &secrets, &settings);
    }
    for recipe in &manifest.verification {
        wrong.declared("a recipe", "secret", &recipe.secret, &secrets);
    }
    if let Some(secret) = manifest.claims_secret() {
        wrong.declared("`claims`", "secret", secret, &secrets);
    }
    for handshake in &manifest.handshakes {
        for secret in secrets_of(handshake) {
            wrong.declared("a handshake", "secret", secret, &secrets);
        }
    }
    for pace in manifest.pacing.iter().filter(|pace| pace.calls == 0 || pace.per_ms == 0) {
        wrong.note(Err(format!("the pacing of {:?} allows no calls", pace.bucket)));
    }
    let acknowledgement = &manifest.acknowledgement;
    if !(200..=299).contains(&acknowledgement.status) {
        wrong.note(Err(format!("{} does not acknowledge anything; use 200 to 299", acknowledgement.status)));
    }
    wrong.note(
        header::headers(&acknowledgement.headers).map_err(|wrong| format!("the acknowledgement: {wrong}")),
    );
    wrong.0
}

/// Collects sentences.
struct Wrong(Vec<String>);

impl Wrong {
    fn note(&mut self, checked: Result<(), String>) {
        self.0.extend(checked.err());
    }

    fn unique<S: AsRef<str>>(&mut self, what: &str, names: impl Iterator<Item = S>) {
        let mut seen = HashSet::new();
        for name in names {
            if !seen.insert(name.as_ref().to_owned()) {
                self.0.push(format!("the {what} {:?} is declared twice", name.as_ref()));
            }
        }
    }

    fn declared(&mut self, user: &str, what: &str, name: &str, names: &[&str]) {
        if !names.contains(&name) {
            self.0.push(format!("{user} uses the {what} {name:?}, which is not declared"));
        }
    }

    fn endpoint(&mut self, endpoint: &Endpoint, manifest: &Manifest, secrets: &[&str], settings: &[&str]) {
        let user = format!("the endpoint {:?}", endpoint.name);
        if let Some(setting) = &endpoint.origin_setting {
            self.declared(&user, "setting", setting, settings);
        }
        for piece in pieces(endpoint) {
            match piece {
                Piece::Text(_) => {}
                Piece::Setting(setting) => self.declared(&user, "setting", setting, settings),
                Piece::Secret(secret) => {
                    self.declared(&user, "secret", secret, secrets);
                    // Whoever knows it could sign deliveries.
                    let of_claims = manifest.claims_secret() == Some(secret);
                    if of_claims || manifest.verification.iter().any(|recipe| recipe.secret == *secret) {
                        self.0.push(format!("{user} would send out {secret:?}, which proves deliveries"));
                    }
                }
            }
        }
    }
}

fn pieces(endpoint: &Endpoint) -> impl Iterator<Item = &Piece> {
    let credentials = endpoint.query.iter().chain(&endpoint.headers).flat_map(|credential| {
        let (first, second): (&[Piece], &[Piece]) = match &credential.value {
            CredentialValue::Pieces(pieces) => (pieces, &[]),
            CredentialValue::Basic { user, password } => (user, password),
        };
        first.iter().chain(second)
    });
    endpoint.prefix.iter().chain(credentials)
}

fn secrets_of(handshake: &Handshake) -> impl Iterator<Item = &str> {
    let checks = handshake.check.iter().chain(&handshake.learn).map(|check| check.secret.as_str());
    let parts = handshake.headers.iter().flat_map(|header| &header.value).chain(&handshake.body);
    checks.chain(parts.filter_map(|part| match part {
        HandshakePart::Hmac(hmac) => Some(hmac.secret.as_str()),
        HandshakePart::Text(_) | HandshakePart::Value(_) | HandshakePart::JsonString(_) => None,
    }))
}

/// Whether `<PROVIDER>_<NAME>` is a variable that a shell can set.
fn is_variable(name: &str) -> bool {
    (1..=NAME_BYTES).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::check::example::example;

    /// `expected` is a part of the only sentence; empty: nothing is wrong.
    fn check(change: impl FnOnce(&mut Manifest), expected: &str) {
        let mut changed = example();
        change(&mut changed);
        let wrong = manifest(&changed);
        match wrong.as_slice() {
            [] => assert_eq!(expected, ""),
            [sentence] => assert!(!expected.is_empty() && sentence.contains(expected), "{sentence}"),
            more => panic!("{more:?}"),
        }
    }

    #[test]
    fn names_are_fit_for_urls_variables_and_lists() {
        check(|_| {}, "");
        check(|m| m.name = "../x".into(), "is not a name");
        check(|m| m.version = "\u{1b}[2J".into(), "the version contains control characters");
        check(|m| m.about = "x".repeat(2000), "the description has 2000 bytes");
        check(|m| m.topics.push(String::new()), "a topic is empty");
        check(|m| m.settings[0].default = Some("any value".into()), "");
        check(|m| m.secrets[0].required = false, "");
    }

    #[test]
    fn nothing_is_declared_twice() {
        check(|m| m.secrets.push(m.secrets[0].clone()), "\"app_secret\" is declared twice");
        check(|m| m.settings.push(m.settings[0].clone()), "\"api_url\" is declared twice");
        check(|m| m.endpoints.push(m.endpoints[0].clone()), "endpoint \"api\" is declared twice");
        check(|m| m.pacing.push(m.pacing[0].clone()), "bucket \"chat\" is declared twice");
    }

    #[test]
    fn a_secret_cannot_be_read_as_a_setting() {
        let twin = |m: &mut Manifest| {
            m.settings.push(m.settings[0].clone());
            m.settings[1].name = "token".into();
        };
        check(twin, "\"token\" is declared twice");
    }

    #[test]
    fn what_is_used_is_declared() {
        let secret = || vec![Piece::Secret("nothing".into())];
        check(|m| m.verification[0].secret = "nothing".into(), "a recipe uses the secret \"nothing\"");
        check(|m| m.handshakes[0].check.as_mut().unwrap().secret = "nothing".into(), "a handshake uses");
        check(
            |m| {
                let HandshakePart::Hmac(hmac) = &mut m.handshakes[0].body[0] else { panic!() };
                hmac.secret = "nothing".into();
            },
            "a handshake uses",
        );
        check(|m| m.endpoints[0].prefix = secret(), "\"api\" uses the secret \"nothing\"");
        check(|m| m.endpoints[0].origin_setting = Some("nothing".into()), "uses the setting \"nothing\"");
        check(
            |m| {
                m.endpoints[0].headers[0].value =
                    CredentialValue::Basic { user: Vec::new(), password: secret() };
            },
            "uses the secret \"nothing\"",
        );
    }

    #[test]
    fn a_secret_that_proves_deliveries_is_not_sent_out() {
        check(|m| m.endpoints[0].prefix = vec![Piece::Secret("app_secret".into())], "proves deliveries");
    }

    #[test]
    fn an_acknowledgement_acknowledges() {
        for (status, expected) in [(200, ""), (202, ""), (299, ""), (302, "302"), (500, "500"), (0, "0")] {
            check(|m| m.acknowledgement.status = status, expected);
        }
        check(|m| m.acknowledgement.headers.push(("set-cookie".into(), "a".into())), "the acknowledgement");
        check(|m| m.pacing[0].per_ms = 0, "allows no calls");
    }
}
