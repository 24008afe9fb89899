//! Which variable gives which secret, and what is said when one does not.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::*;
use crate::config::testing::manifest;
use crate::model::recipe::{HandshakeHeader, HandshakeHmac, Hash, Locator, SecretCheck};

/// What `provider` gets of `environment`, where `whatsapp` and `whatsapp-bridge` are configured.
fn secrets_of(provider: &str, manifest: &Manifest, environment: &[(&str, &str)]) -> ProviderSecrets {
    let environment: Environment = environment.iter().copied().collect();
    let providers = ["whatsapp", "whatsapp-bridge"].map(|name| name.parse::<ProviderName>().unwrap());
    let variables = Variables::new(&environment, &providers);
    provider_secrets(&variables, &provider.parse().unwrap(), manifest, &Verification::Required)
}

fn whatsapp() -> Manifest {
    manifest().secret("app_secret", true).verified_by("app_secret").secret("access_token", false)
}

fn texts(secrets: &[Secret]) -> Vec<&str> {
    secrets.iter().map(Secret::expose).collect()
}

/// Problem and hint, a line each.
fn shown(problem: &SecretProblem) -> String {
    format!("{problem}\n{}", problem.hint())
}

#[test]
fn the_inbound_secret_is_the_first_that_is_set() {
    let all = [
        ("WEBHOOK_SECRET_WHATSAPP", "first-secret"),
        ("WHATSAPP_WEBHOOK_SECRET", "second-secret"),
        ("WHATSAPP_APP_SECRET", "third-secret"),
        ("WEBHOOK_SECRET_DEFAULT", "fourth-secret"),
    ];
    for (from, (_, expected)) in all.iter().enumerate() {
        assert_eq!(texts(secrets_of("whatsapp", &whatsapp(), &all[from..]).inbound()), [*expected]);
    }
    assert!(secrets_of("whatsapp", &whatsapp(), &[]).inbound().is_empty());
}

#[test]
fn a_previous_secret_holds_beside_the_current_one() {
    const CURRENT: (&str, &str) = ("WHATSAPP_APP_SECRET", "current-secret");
    const DEFAULT: (&str, &str) = ("WEBHOOK_SECRET_DEFAULT", "default-secret");
    const DEFAULT_PREVIOUS: (&str, &str) = ("WEBHOOK_SECRET_DEFAULT_PREVIOUS", "older-default");
    for (environment, expected) in [
        (
            vec![CURRENT, ("WHATSAPP_APP_SECRET_PREVIOUS", "previous-secret")],
            vec!["current-secret", "previous-secret"],
        ),
        (
            vec![CURRENT, ("WEBHOOK_SECRET_WHATSAPP_PREVIOUS", "previous-secret")],
            vec!["current-secret", "previous-secret"],
        ),
        (vec![CURRENT, ("WHATSAPP_APP_SECRET_PREVIOUS", "current-secret")], vec!["current-secret"]),
        (vec![CURRENT, DEFAULT, DEFAULT_PREVIOUS], vec!["current-secret"]),
        (vec![DEFAULT, DEFAULT_PREVIOUS], vec!["default-secret", "older-default"]),
        (vec![("WHATSAPP_APP_SECRET_PREVIOUS", "previous-secret")], vec![]),
        (vec![DEFAULT_PREVIOUS], vec![]),
    ] {
        assert_eq!(texts(secrets_of("whatsapp", &whatsapp(), &environment).inbound()), expected);
    }
}

#[test]
fn a_variable_with_a_longer_provider_name_is_never_read() {
    let bridge = manifest().secret("bridge_token", true).secret("secret", true).verified_by("secret");
    let environment = [
        ("WHATSAPP_BRIDGE_TOKEN", "token-of-the-bridge"),
        ("WHATSAPP_BRIDGE_SECRET", "secret-of-the-bridge"),
        ("WEBHOOK_SECRET_WHATSAPP_BRIDGE", "inbound-of-the-bridge"),
        ("WHATSAPP_BRIDGE_BRIDGE_TOKEN", "long-bridge-token"),
    ];
    let of_whatsapp = secrets_of("whatsapp", &bridge, &environment);
    assert_eq!(of_whatsapp.values().count(), 0);
    let hint = of_whatsapp.problems[0].hint();
    assert_eq!(hint, "its variable belongs to a provider with a longer name; rename one of the two");
    let of_bridge = secrets_of("whatsapp-bridge", &bridge, &environment);
    assert_eq!(texts(of_bridge.inbound()), ["inbound-of-the-bridge"]);
    assert_eq!(of_bridge.outbound("bridge_token").unwrap().expose(), "long-bridge-token");
}

#[test]
fn an_inbound_secret_never_goes_out() {
    let check = SecretCheck { at: Locator::Query("token".into()), secret: "verify_token".into() };
    let hmac = |secret: &str| {
        HandshakePart::Hmac(HandshakeHmac {
            value: Locator::Query("token".into()),
            secret: secret.into(),
            hash: Hash::Sha256,
            encoding: crate::model::recipe::Encoding::Hex,
        })
    };
    let mut manifest = whatsapp().verified_by("other_key").secret("other_key", false);
    for name in ["verify_token", "reply_key", "header_key"] {
        manifest = manifest.secret(name, false);
    }
    manifest.handshakes.push(Handshake {
        method: "GET".into(),
        conditions: Vec::new(),
        signed: false,
        check: Some(check),
        refusal: 403,
        learn: None,
        status: 200,
        headers: vec![HandshakeHeader { name: "x-reply".into(), value: vec![hmac("header_key")] }],
        body: vec![hmac("reply_key")],
    });
    let names = ["app_secret", "other_key", "verify_token", "reply_key", "header_key", "access_token"];
    let environment: Vec<(String, String)> = names
        .iter()
        .map(|name| (format!("WHATSAPP_{}", name.to_uppercase()), format!("{name}-value")))
        .collect();
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let secrets = secrets_of("whatsapp", &manifest, &environment);
    for name in names {
        assert_eq!(texts(secrets.active(name)), [format!("{name}-value")]);
        assert_eq!(secrets.outbound(name).is_some(), name == "access_token", "{name}");
    }
}

#[test]
fn no_name_of_an_outbound_secret_reaches_an_inbound_one() {
    for name in ["webhook_secret", "app_secret_previous", "app_secret_file"] {
        let variable = format!("WHATSAPP_{}", name.to_uppercase());
        let secrets = secrets_of("whatsapp", &whatsapp().secret(name, true), &[(&variable, "stolen-secret")]);
        assert!(secrets.outbound(name).is_none(), "{name}");
        let reserved = |problem: &SecretProblem| matches!(problem.fault, SecretFault::Reserved { .. });
        assert!(secrets.problems.iter().any(reserved), "{name}");
    }
}

#[test]
fn a_secret_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    for (content, expected) in [
        ("file-secret", "file-secret"),
        ("file-secret\n", "file-secret"),
        ("file-secret\r\n", "file-secret"),
        ("file-secret\n\n", "file-secret\n"),
        (" file-secret ", " file-secret "),
    ] {
        std::fs::write(&path, content).unwrap();
        for variable in
            ["WEBHOOK_SECRET_WHATSAPP_FILE", "WHATSAPP_APP_SECRET_FILE", "WEBHOOK_SECRET_DEFAULT_FILE"]
        {
            let secrets = secrets_of("whatsapp", &whatsapp(), &[(variable, path.to_str().unwrap())]);
            assert_eq!(texts(secrets.inbound()), [expected], "{content:?}");
        }
    }
}

#[test]
fn a_missing_secret_names_all_that_would_do() {
    let secrets = secrets_of("whatsapp", &whatsapp(), &[]);
    let shown: Vec<String> = secrets.problems.iter().map(shown).collect();
    assert_eq!(
        shown,
        ["provider whatsapp: app_secret is not set\n\
          set WEBHOOK_SECRET_WHATSAPP or WHATSAPP_WEBHOOK_SECRET or WHATSAPP_APP_SECRET or \
          WEBHOOK_SECRET_DEFAULT, or name a file in the same with _FILE: about app_secret"]
    );
}

#[test]
fn a_bad_secret_is_named_and_never_shown() {
    const GOOD: (&str, &str) = ("WEBHOOK_SECRET_WHATSAPP", "good-secret");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("large"), "x".repeat(70_000)).unwrap();
    std::fs::write(path("binary"), [0xff; 32]).unwrap();
    std::fs::write(path("short"), "1234567\n").unwrap();
    let (large, binary, short, absent) = (path("large"), path("binary"), path("short"), path("absent"));
    for (environment, what, hint) in [
        (
            vec![("WHATSAPP_APP_SECRET", "")],
            "WHATSAPP_APP_SECRET is empty",
            "give WHATSAPP_APP_SECRET a value",
        ),
        (vec![("WHATSAPP_APP_SECRET_FILE", "")], "WHATSAPP_APP_SECRET_FILE is empty", "give WHATSAPP_APP"),
        (
            vec![("WEBHOOK_SECRET_WHATSAPP", ""), ("WHATSAPP_APP_SECRET", "good-secret")],
            "WEBHOOK_SECRET_WHATSAPP is empty",
            "give",
        ),
        (
            vec![("WEBHOOK_SECRET_DEFAULT", "1234567")],
            "WEBHOOK_SECRET_DEFAULT holds less than 8 bytes",
            "make one that nobody can guess",
        ),
        (
            vec![("WHATSAPP_APP_SECRET_FILE", &short)],
            "WHATSAPP_APP_SECRET_FILE holds less than 8 bytes",
            "make",
        ),
        (
            vec![GOOD, ("WEBHOOK_SECRET_WHATSAPP_FILE", &short)],
            "WEBHOOK_SECRET_WHATSAPP and WEBHOOK_SECRET_WHATSAPP_FILE are both set",
            "remove one",
        ),
        (
            vec![("WHATSAPP_APP_SECRET_FILE", &absent)],
            &format!("WHATSAPP_APP_SECRET_FILE names {absent}, which cannot be read: No such file"),
            "correct the path in WHATSAPP_APP_SECRET_FILE",
        ),
        (
            vec![("WHATSAPP_APP_SECRET_FILE", &large)],
            &format!("WHATSAPP_APP_SECRET_FILE names {large}, which cannot be read: it is too large"),
            "correct",
        ),
        (
            vec![("WHATSAPP_APP_SECRET_FILE", &binary)],
            "WHATSAPP_APP_SECRET_FILE is not UTF-8 text",
            "write the secret as text",
        ),
        (
            vec![GOOD, ("WEBHOOK_SECRET_WHATSAPP_PREVIOUS", "old")],
            "WEBHOOK_SECRET_WHATSAPP_PREVIOUS holds",
            "make",
        ),
        (vec![GOOD, ("WHATSAPP_ACCESS_TOKEN", "short")], "WHATSAPP_ACCESS_TOKEN holds less", "make"),
    ] {
        let secrets = secrets_of("whatsapp", &whatsapp(), &environment);
        let [problem] = &secrets.problems[..] else { panic!("{:?}", secrets.problems) };
        assert!(problem.to_string().starts_with(&format!("provider whatsapp: {what}")), "{problem}");
        assert!(problem.hint().starts_with(hint), "{}", problem.hint());
    }
}

#[test]
fn a_value_that_is_not_text_is_refused() {
    let value = OsString::from_vec(vec![0xff; 16]);
    let environment: Environment = [("WHATSAPP_APP_SECRET", value)].into_iter().collect();
    let provider = "whatsapp".parse().unwrap();
    let variables = Variables::new(&environment, [&provider]);
    let secrets = provider_secrets(&variables, &provider, &whatsapp(), &Verification::Required);
    assert_eq!(secrets.problems[0].to_string(), "provider whatsapp: WHATSAPP_APP_SECRET is not UTF-8 text");
}

#[test]
fn an_inbound_secret_is_required_unless_nothing_is_verified() {
    let optional = manifest().secret("key", false).verified_by("key").secret("token", false);
    let either = optional.clone().secret("public_key", false).verified_by("public_key");
    let with_public_key = vec![("WHATSAPP_PUBLIC_KEY", "a-public-key")];
    for (manifest, environment, verification, required) in [
        (&optional, vec![], Verification::Required, Some(true)),
        (&optional, vec![], Verification::None, None),
        (&optional, vec![("WHATSAPP_KEY", "")], Verification::None, Some(false)),
        (&either, vec![], Verification::Required, Some(true)),
        (&either, with_public_key, Verification::Required, None),
        (&whatsapp(), vec![], Verification::None, None),
    ] {
        let environment: Environment = environment.into_iter().collect();
        let provider = "whatsapp".parse().unwrap();
        let variables = Variables::new(&environment, [&provider]);
        let secrets = provider_secrets(&variables, &provider, manifest, &verification);
        assert_eq!(secrets.problems.first().map(|problem| problem.required), required);
    }
}

#[test]
fn a_workflow_has_a_secret_of_its_own() {
    let name = "daily-report".parse().unwrap();
    for (value, expected) in
        [(None, Ok(None)), (Some("long enough"), Ok(Some("long enough"))), (Some(""), Err(()))]
    {
        let environment: Environment =
            value.map(|value| ("WORKFLOW_SECRET_DAILY_REPORT", value)).into_iter().collect();
        let found = workflow_secret(&environment, &name);
        if let Err(problem) = &found {
            assert_eq!(problem.to_string(), "workflow daily-report: WORKFLOW_SECRET_DAILY_REPORT is empty");
        }
        let found = found.map_err(|_| ());
        assert_eq!(
            found.as_ref().map(|secret| secret.as_ref().map(Secret::expose)),
            expected.as_ref().copied()
        );
    }
}

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    let environment = [("WHATSAPP_APP_SECRET", "hidden-value"), ("WHATSAPP_ACCESS_TOKEN", "hidden-token")];
    let secrets = secrets_of("whatsapp", &whatsapp(), &environment);
    assert_eq!(secrets.values().count(), 2);
    assert!(!format!("{secrets:?}").contains("hidden"));
}
