use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::config::Verification;
use crate::config::environment::Environment;
use crate::config::grants::Grants;
use crate::config::secrets::provider_secrets;
use crate::config::variables::Variables;
use crate::model::manifest::{Manifest, SecretNeed};
use crate::model::name::ProviderName;
use crate::model::task::FormPart;
use crate::model::testing::{self, secret};
use crate::provider::Source;
use crate::workflow::access::Access;

const TOKEN: &str = "123456:planted-token";

fn endpoint() -> Endpoint {
    Endpoint {
        origin_setting: Some("api_url".into()),
        prefix: vec![Piece::Text("/bot".into()), Piece::Secret("bot_token".into())],
        headers: vec![Credential {
            name: "x-key".into(),
            value: CredentialValue::Pieces(vec![
                Piece::Text("Key ".into()),
                Piece::Secret("bot_token".into()),
            ]),
        }],
        hosts: vec!["files.example.org".into(), "*.cdn.example.org".into()],
        ..testing::endpoint("bot", "https://api.example.org/v1")
    }
}

fn provider(settings: &[(&str, &str)], hosts: &[&str]) -> Provider {
    let name: ProviderName = "telegram".parse().unwrap();
    let manifest = Manifest {
        secrets: vec![secret("bot_token")],
        endpoints: vec![endpoint()],
        ..testing::manifest("telegram")
    };
    let environment: Environment = [("TELEGRAM_BOT_TOKEN", TOKEN)].into_iter().collect();
    let variables = Variables::new(&environment, [&name]);
    Provider {
        path: "/webhooks/telegram".into(),
        public_url: None,
        source: Source { plugin: "whatsapp".parse().unwrap(), origin: None },
        plugin: None,
        secrets: provider_secrets(&variables, &name, &manifest, &Verification::None),
        manifest,
        proofs: Default::default(),
        is_waived: false,
        settings: settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        grants: Grants::new(hosts.iter().map(|host| host.parse().unwrap()).collect()),
        needs_grant: Default::default(),
        is_paced: true,
        access: Access::default(),
        allow_ips: None,
        rate_limit: None,
        intake: Default::default(),
        queue: Arc::default(),
        calls: Arc::default(),
        window: std::time::Duration::ZERO,
        metrics: crate::metrics::Metrics::default().provider(&name),
        name,
    }
}

fn call(target: Target) -> Call {
    Call {
        endpoint: "bot".into(),
        method: "POST".into(),
        target,
        query: vec![],
        headers: vec![],
        payload: Payload::Empty,
        save: false,
        buckets: vec![],
    }
}

fn at(path: &str) -> Call {
    call(Target::Path(path.into()))
}

const GRANTED: [&str; 3] = ["api.example.org", "files.example.org", "*.cdn.example.org"];

#[test]
fn a_call_gets_the_endpoints_address_and_credentials() {
    let asked = Call { query: vec![("a b".into(), "c&d".into())], ..at("/sendMessage") };
    let prepared = prepare(&provider(&[], &GRANTED), &asked).unwrap();
    assert_eq!(prepared.url.as_str(), format!("https://api.example.org/v1/bot{TOKEN}/sendMessage?a+b=c%26d"));
    assert_eq!(prepared.headers, [("x-key".to_owned(), format!("Key {TOKEN}"))]);
    assert_eq!(prepared.reach, Reach::Public);
}

#[test]
fn a_setting_replaces_the_origin_and_is_reached_only_where_granted_by_port() {
    let local = [("api_url", "http://127.0.0.1:9001/")];
    let prepared = prepare(&provider(&local, &["127.0.0.1:9001"]), &at("/x")).unwrap();
    assert_eq!(prepared.url.as_str(), format!("http://127.0.0.1:9001/bot{TOKEN}/x"));
    assert_eq!(prepared.reach, Reach::Private);
    for hosts in [&["127.0.0.1:9002"][..], &["127.0.0.1"], &[]] {
        let refused = prepare(&provider(&local, hosts), &at("/x")).err().unwrap();
        assert!(refused.waits_for_operator(), "{refused}");
    }
}

#[test]
fn a_path_that_leaves_its_endpoint_is_refused() {
    for path in [
        "x",
        "/../x",
        "/a/../../x",
        "/%2e%2e/x",
        "/a/%2E./x",
        "//evil.example",
        "/%2f/evil",
        "/a\\b",
        "/a?b",
        "/a#b",
        "/a%3fb",
        "/a%23b",
        "/a\nb",
        "/a%0ab",
        "/.",
        "@evil.example",
    ] {
        let refused = prepare(&provider(&[], &GRANTED), &at(path)).err();
        assert!(matches!(refused, Some(Refused::NotAllowed(_))), "{path}: {refused:?}");
    }
}

#[test]
fn headers_of_the_host_and_of_the_endpoint_are_refused() {
    for header in ["Host", "authorization", "Transfer-Encoding", "X-Key", "cookie"] {
        let asked = Call { headers: vec![(header.into(), "x".into())], ..at("/x") };
        let refused = prepare(&provider(&[], &GRANTED), &asked).err();
        assert!(matches!(refused, Some(Refused::NotAllowed(_))), "{header}: {refused:?}");
    }
}

#[test]
fn absolute_urls_go_to_the_endpoints_own_hosts_only() {
    for (url, allowed) in [
        ("https://files.example.org/a?b=c", true),
        ("https://eu.cdn.example.org/a", true),
        ("https://cdn.example.org/a", false),
        ("https://evilcdn.example.org/a", false),
        ("http://files.example.org/a", false),
        ("https://user@files.example.org/a", false),
        ("https://files.example.org.evil.example/a", false),
        ("https://127.0.0.1/a", false),
        ("nonsense", false),
    ] {
        let prepared = prepare(&provider(&[], &GRANTED), &call(Target::Url(url.into())));
        assert_eq!(prepared.is_ok(), allowed, "{url}: {:?}", prepared.err());
    }
}

#[test]
fn an_absolute_url_may_point_to_the_endpoints_own_origin() {
    for (settings, url, allowed) in [
        (&[][..], "https://api.example.org/elsewhere?a=b", true),
        (&[], "http://api.example.org/elsewhere", false),
        (&[], "https://api.example.org:8443/elsewhere", false),
        (&[("api_url", "http://127.0.0.1:9001/v1")], "http://127.0.0.1:9001/elsewhere", true),
        (&[("api_url", "http://127.0.0.1:9001/v1")], "http://127.0.0.1:9002/elsewhere", false),
        (&[("api_url", "http://127.0.0.1:9001/v1")], "https://api.example.org/elsewhere", false),
    ] {
        let provider = provider(settings, &["api.example.org", "127.0.0.1:9001", "127.0.0.1:9002"]);
        let prepared = prepare(&provider, &call(Target::Url(url.into())));
        assert_eq!(prepared.is_ok(), allowed, "{url}: {:?}", prepared.err());
    }
}

#[test]
fn a_credential_whose_secret_may_be_missing_is_left_out_where_it_is() {
    let key = |secret: &str| Credential {
        name: "x-other".into(),
        value: CredentialValue::Pieces(vec![Piece::Secret(secret.into())]),
    };
    for (required, expected) in [(false, Some(1)), (true, None)] {
        let mut provider = provider(&[], &GRANTED);
        provider.manifest.secrets.push(SecretNeed { required, ..secret("extra") });
        provider.manifest.endpoints[0].headers.push(key("extra"));
        let prepared = prepare(&provider, &at("/x")).ok();
        assert_eq!(prepared.map(|prepared| prepared.headers.len()), expected, "required: {required}");
    }
}

#[test]
fn what_is_missing_or_not_offered_is_said() {
    let part = FormPart {
        name: "f".into(),
        filename: None,
        media_type: None,
        content: FormContent::Blob("7".into()),
    };
    for (asked, says) in [
        (Call { endpoint: "other".into(), ..at("/x") }, "no endpoint"),
        (Call { payload: Payload::Blob("7".into()), ..at("/x") }, "no blob"),
        (Call { payload: Payload::Multipart(vec![part]), ..at("/x") }, "no blob"),
        (Call { save: true, ..at("/x") }, "`save`"),
    ] {
        let refused = prepare(&provider(&[], &GRANTED), &asked).err().unwrap().to_string();
        assert!(refused.contains(says) && !refused.contains(TOKEN), "{refused}");
    }
}

proptest! {
    #[test]
    fn whatever_path_a_plugin_asks_for_it_stays_below_the_prefix(path in "[/a.%2eEfF\\\\?#@:;& -]{0,40}") {
        if let Ok(prepared) = prepare(&provider(&[], &GRANTED), &at(&path)) {
            prop_assert_eq!(prepared.url.host_str(), Some("api.example.org"));
            let prefix = format!("/v1/bot{TOKEN}");
            prop_assert!(prepared.url.path().starts_with(&prefix), "{}", path);
            prop_assert!(!prepared.url.path().contains("/../"));
        }
    }
}
