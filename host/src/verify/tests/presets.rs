//! What holds for every preset: it says what its sender does, and proves what it covers.

use std::path::PathBuf;

use proptest::prelude::*;
use proptest::sample::Index;

use super::samples::*;
use super::signing::{forged, received, replace, secret_text};
use super::*;
use crate::model::http::Response;
use crate::model::recipe::{Encoding, Handshake, KeyEncoding, Locator, Part, Scheme};
use crate::model::secret::Secret;
use crate::preset::{self, Preset};
use crate::verify::check::values;

#[test]
fn every_preset_can_be_carried_out() {
    for Preset { name, recipe, secrets, handshakes, .. } in preset::all() {
        assert_eq!(check_recipe(recipe), Ok(()), "{name}");
        let is_declared = |secret: &str| secrets.iter().any(|need| need.name == secret);
        assert!(is_declared(&recipe.secret), "{name}");
        for handshake in handshakes {
            assert_eq!(check_handshake(handshake), Ok(()), "{name}");
            assert!(handshake.check.iter().all(|check| is_declared(&check.secret)), "{name}");
        }
    }
}

#[test]
fn every_preset_is_the_record_of_its_sender() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let Some(specs) = vectors::read(folder.join("signatures/specs.json"), "specs") else {
        eprintln!("SKIPPED: no signature records in {}", folder.display());
        return;
    };
    let specs = specs.as_object().unwrap();
    for (name, spec) in specs {
        let preset = preset::find(name).unwrap_or_else(|| panic!("no preset {name}"));
        let secret = preset.recipe.secret.clone();
        assert_eq!(preset.recipe, Recipe { secret, ..vectors::recipe(spec) }, "{name}");
        assert_eq!(preset::find(&name.replace('_', "-")), Some(preset), "{name}");
    }
    assert_eq!(specs.len(), preset::all().len());
}

/// What the sender signs with, and what the operator sets.
fn key_pair(recipe: &Recipe, seed: [u8; 32]) -> (Secret, Secret) {
    use base64::Engine as _;
    use p256::pkcs8::EncodePublicKey as _;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let public = match recipe.scheme {
        Scheme::Ed25519 => {
            let key = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
            match recipe.key {
                KeyEncoding::Hex => hex::encode(key.as_bytes()),
                KeyEncoding::Whpk => format!("whpk_{}", base64(key.as_bytes())),
                _ => base64(key.as_bytes()),
            }
        }
        Scheme::EcdsaP256Sha256 => {
            let key = p256::ecdsa::SigningKey::from_slice(&seed).unwrap();
            base64(key.verifying_key().to_public_key_der().unwrap().as_bytes())
        }
        _ => {
            let secret = secret_text(recipe.key, &seed);
            return (secret.clone(), secret);
        }
    };
    (Secret::new(hex::encode(seed)), Secret::new(public))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_signed_for_a_preset_is_accepted_and_no_change_of_it_is(
        seed in proptest::array::uniform32(1_u8..255),
        words in proptest::collection::vec("[a-z]{1,8}", 1..4),
        now in 1_000_000_000_u64..4_000_000_000,
        index: Index,
        bit in 0_u8..7,
    ) {
        for preset in preset::all() {
            let (name, recipe) = (&preset.name, &preset.recipe);
            let now = Time(now * 1_000);
            let is_form = recipe.signed.contains(&Part::FormSorted);
            let body = match is_form {
                true => words.iter().map(|word| format!("{word}=1")).collect::<Vec<_>>().join("&"),
                false => serde_json::json!({ "type": "test", "words": words }).to_string(),
            };
            let (private, public) = key_pair(recipe, seed);
            let secrets: Secrets = [(recipe.secret.clone(), vec![public])].into_iter().collect();
            let check_at = |url: &str, request: Request| {
                verify(std::slice::from_ref(recipe), &secrets, Some(url), request, now)
            };
            let check = |request: Request| check_at(URL, request);
            let signed = sign(recipe, &private, Some(URL), "POST", body.as_bytes(), now, "id-1").unwrap();
            let body = signed.body.clone().unwrap_or(body.into_bytes());
            let genuine = received(&signed, &body);
            prop_assert!(check(genuine.clone()).is_ok(), "{}: {:?}", name, check(genuine));

            let mut other = genuine.clone();
            replace(&mut other, &recipe.signature.at[0], &forged(recipe, &genuine, index, bit));
            prop_assert!(check(other).is_err(), "{}: another signature", name);
            if covers_body(recipe) {
                let mut other = genuine.clone();
                let index = index.index(body.len());
                other.body[index] ^= 1 << bit;
                prop_assert!(check(other).is_err(), "{}: another body", name);
            }
            for at in values(recipe) {
                let mut other = genuine.clone();
                if !matches!(at, Locator::SignatureField(_)) {
                    replace(&mut other, at, "1234567890");
                    prop_assert!(check(other).is_err(), "{}: another {:?}", name, at);
                }
            }
            if let Some(rule) = &recipe.timestamp {
                let late = now.plus(std::time::Duration::from_secs(u64::from(rule.tolerance_s) + 1));
                let outcome = verify(std::slice::from_ref(recipe), &secrets, Some(URL), genuine.clone(), late);
                prop_assert!(matches!(outcome, Err(Refusal::Stale { .. })), "{}: {:?}", name, outcome);
            }
            if recipe.signed.iter().any(|part| matches!(part, Part::Url(_))) {
                prop_assert!(check_at(&format!("{URL}x"), genuine).is_err(), "{}: another address", name);
            }
        }
    }
}

/// What a preset's handshakes answer to a request that needs no signature.
fn asked(name: &str, method: &str, headers: &[(&str, &str)], query: &str, body: &[u8]) -> Option<Response> {
    let Preset { handshakes, secrets, .. } = preset::find(name).unwrap();
    let known = secrets.iter().map(|need| (need.name.clone(), vec![Secret::new("handshake-secret")]));
    let request = Request { method: method.into(), ..request(headers, query, body) };
    match answer_handshake(handshakes, &known.collect(), &request, NOW)? {
        HandshakeAnswer::Response(response) => Some(response),
        HandshakeAnswer::Refused { status, .. } => Some(Response { status, headers: vec![], body: vec![] }),
    }
}

#[test]
fn senders_that_try_an_address_get_what_they_want() {
    let zoom = br#"{"event": "endpoint.url_validation", "payload": {"plainToken": "abc"}}"#;
    let hash = |encoding| {
        crate::verify::encoding::encode(
            encoding,
            &crate::verify::hash::hmac(crate::model::recipe::Hash::Sha256, b"handshake-secret", &["abc"]),
        )
    };
    let zoomed = format!(r#"{{"plainToken":"abc","encryptedToken":"{}"}}"#, hash(Encoding::Hex));
    let crc = format!(r#"{{"response_token":"sha256={}"}}"#, hash(Encoding::Base64));
    let meta = "hub.mode=subscribe&hub.challenge=17&hub.verify_token=";
    let slack = br#"{"type": "url_verification", "challenge": "abc", "token": "x"}"#;
    let okta = [("x-okta-verification-challenge", "a\"c")];
    let signs_anything = br#"{"event": "endpoint.url_validation", "payload": {"plainToken": "v0:1:{}"}}"#;
    for (name, method, headers, query, body, expected) in [
        ("meta", "GET", &[][..], &*format!("{meta}handshake-secret"), &b""[..], Some((200, "17"))),
        ("meta", "GET", &[], &format!("{meta}wrong"), b"", Some((403, ""))),
        ("meta", "GET", &[], "", b"", None),
        ("slack", "POST", &[], "", slack, Some((200, "abc"))),
        ("slack", "POST", &[], "", br#"{"type": "event_callback"}"#, None),
        ("zoom", "POST", &[], "", zoom, Some((200, &zoomed))),
        ("zoom", "POST", &[], "", signs_anything, Some((403, ""))),
        ("x-twitter", "GET", &[], "crc_token=abc&nonce=x", b"", Some((200, &crc))),
        ("x-twitter", "GET", &[], "crc_token=%7B%22a%22%3A1%7D", b"", Some((403, ""))),
        ("ms-graph-client-state", "POST", &[], "validationToken=a%20b%3A+c", b"", Some((200, "a b: c"))),
        ("dropbox", "GET", &[], "challenge=abc", b"", Some((200, "abc"))),
        ("nylas", "GET", &[], "challenge=abc", b"", Some((200, "abc"))),
        ("okta-static-header", "GET", &okta, "", b"", Some((200, r#"{"verification":"a\"c"}"#))),
        ("lark", "POST", &[], "", slack, Some((200, r#"{"challenge":"abc"}"#))),
        ("asana", "POST", &[("x-hook-secret", "abc")], "", b"", Some((200, ""))),
        ("trello", "HEAD", &[], "", b"", Some((200, ""))),
        ("intercom", "HEAD", &[], "", b"", Some((200, ""))),
        ("mandrill", "HEAD", &[], "", b"", Some((200, ""))),
        // These are answered with a good signature only.
        ("discord", "POST", &[], "", br#"{"type": 1, "token": "x"}"#, None),
        (
            "twitch",
            "POST",
            &[("twitch-eventsub-message-type", "webhook_callback_verification")],
            "",
            b"",
            None,
        ),
        ("wechat", "GET", &[], "echostr=abc", b"", None),
        ("viber", "POST", &[], "", br#"{"event": "webhook"}"#, None),
    ] {
        let answer = asked(name, method, headers, query, body);
        let answer = answer.map(|answer| (answer.status, String::from_utf8(answer.body).unwrap()));
        let expected = expected.map(|(status, body)| (status, body.to_owned()));
        assert_eq!(answer, expected, "{name} {query}");
    }
    let hooked = asked("asana", "POST", &[("x-hook-secret", "abc")], "", b"").unwrap();
    assert_eq!(crate::model::http::field(&hooked.headers, "X-Hook-Secret"), Some("abc"));
}

#[test]
fn senders_that_sign_what_they_try_are_answered_after_their_signature() {
    let discord = |body: &[u8]| signed_handshake("discord", "POST", "", body, &[]);
    assert_eq!(discord(br#"{"type": 1, "token": "x"}"#), Some((200, r#"{"type":1}"#.into())));
    assert_eq!(discord(br#"{"type": 0}"#), Some((204, String::new())));
    assert_eq!(discord(br#"{"type": 1, "event": {"type": "ENTITLEMENT_CREATE"}}"#), None);
    assert_eq!(discord(br#"{"type": 2, "token": "x"}"#), None);
    let message_type = |kind| {
        signed_handshake(
            "twitch",
            "POST",
            "",
            br#"{"challenge": "abc"}"#,
            &[("twitch-eventsub-message-type", kind)],
        )
    };
    assert_eq!(message_type("webhook_callback_verification"), Some((200, "abc".into())));
    assert_eq!(message_type("notification"), None);
    assert_eq!(signed_handshake("wechat", "GET", "echostr=abc", b"", &[]), Some((200, "abc".into())));
    let viber = signed_handshake("viber", "POST", "", br#"{"event": "webhook"}"#, &[]);
    assert_eq!(viber, Some((200, String::new())));
}

fn signed_handshake(
    name: &str,
    method: &str,
    query: &str,
    body: &[u8],
    headers: &[(&str, &str)],
) -> Option<(u16, String)> {
    let Preset { recipe, handshakes, .. } = preset::find(name).unwrap();
    let (private, public) = key_pair(recipe, [7; 32]);
    let secrets: Secrets = [(recipe.secret.clone(), vec![public])].into_iter().collect();
    let signed = sign(recipe, &private, Some(URL), method, body, NOW, "id-1").unwrap();
    let mut sent = received(&signed, body);
    sent.method = method.into();
    sent.query.extend(url::form_urlencoded::parse(query.as_bytes()).into_owned());
    sent.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let is_signed = |handshake: &Handshake| handshake.signed;
    assert!(handshakes.iter().all(is_signed), "{name}");
    let verified = verify(std::slice::from_ref(recipe), &secrets, Some(URL), sent, NOW).unwrap();
    match answer_signed_handshake(handshakes, &secrets, &verified, NOW)? {
        HandshakeAnswer::Response(answer) => Some((answer.status, String::from_utf8(answer.body).unwrap())),
        HandshakeAnswer::Refused { .. } => panic!("{name} was refused"),
    }
}
