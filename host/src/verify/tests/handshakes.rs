//! How providers that try out an address are answered.

use super::checks::{echo, fixed_header};
use super::samples::*;
use super::*;
use crate::model::http::{Response, field as header_of};
use crate::model::recipe::{
    Condition, Encoding, Handshake, HandshakeHeader, HandshakeHmac, HandshakePart, Hash, SecretCheck,
};

fn equals(at: crate::model::recipe::Locator, text: &str) -> Condition {
    Condition { at, equals: Some(text.into()) }
}

/// Meta's: the sender must know the verify token.
fn meta_get() -> Handshake {
    Handshake {
        conditions: vec![equals(query("hub.mode"), "subscribe")],
        check: Some(SecretCheck { at: query("hub.verify_token"), secret: "secret".into() }),
        body: vec![HandshakePart::Value(query("hub.challenge"))],
        ..echo()
    }
}

fn get(raw_query: &str) -> Request {
    Request { method: "GET".into(), ..request(&[], raw_query, b"") }
}

fn ask(handshake: &Handshake, texts: &[&str], request: &Request) -> Option<HandshakeAnswer> {
    assert_eq!(check_handshake(handshake), Ok(()));
    answer_handshake(std::slice::from_ref(handshake), &secrets(texts), request, NOW)
}

fn body_of(answer: Option<HandshakeAnswer>) -> Result<String, Option<u16>> {
    match answer {
        Some(HandshakeAnswer::Response(Response { status: 200, headers, body })) => {
            assert_eq!(header_of(&headers, "x-content-type-options"), Some("nosniff"));
            Ok(String::from_utf8(body).unwrap())
        }
        Some(HandshakeAnswer::Response(other)) => panic!("{other:?}"),
        Some(HandshakeAnswer::Refused { status, .. }) => Err(Some(status)),
        None => Err(None),
    }
}

#[test]
fn metas_challenge_is_given_back_only_to_who_knows_the_token() {
    let know = "hub.mode=subscribe&hub.verify_token=verify-me";
    let long = format!("{know}&hub.challenge={}", "1".repeat(4_097));
    for (raw_query, expected) in [
        (format!("{know}&hub.challenge=0011"), Ok("0011")),
        (format!("{know}&hub.challenge=%3Cscript%3E"), Ok("<script>")),
        ("hub.mode=subscribe&hub.verify_token=verify-you&hub.challenge=1".into(), Err(Some(403))),
        ("hub.mode=subscribe&hub.challenge=1".into(), Err(Some(403))),
        ("hub.mode=subscribe&hub.verify_token=&hub.challenge=1".into(), Err(Some(403))),
        (format!("{know}&hub.verify_token=verify-me&hub.challenge=1"), Err(Some(403))),
        (know.into(), Err(Some(403))),
        (format!("{know}&hub.challenge=a%0d%0ab"), Err(Some(403))),
        (long, Err(Some(403))),
        ("hub.mode=unsubscribe&hub.challenge=1".into(), Err(None)),
        (String::new(), Err(None)),
    ] {
        let answer = body_of(ask(&meta_get(), &["verify-me"], &get(&raw_query)));
        assert_eq!(answer.as_deref(), expected.as_deref(), "{raw_query}");
    }
}

#[test]
fn a_handshake_whose_secret_is_not_set_is_refused() {
    for texts in [&[][..], &[""]] {
        let request = get("hub.mode=subscribe&hub.verify_token=&hub.challenge=1");
        assert_eq!(body_of(ask(&meta_get(), texts, &request)), Err(Some(403)));
    }
    let request = get("hub.mode=subscribe&hub.verify_token=old&hub.challenge=1");
    assert_eq!(body_of(ask(&meta_get(), &["new", "old"], &request)), Ok("1".into()));
}

#[test]
fn what_is_given_back_as_it_came_is_plain_text() {
    let Some(HandshakeAnswer::Response(response)) = ask(&echo(), &[], &get("challenge=%3Cb%3E")) else {
        panic!("no answer");
    };
    assert_eq!(header_of(&response.headers, "content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(header_of(&response.headers, "x-content-type-options"), Some("nosniff"));
}

#[test]
fn a_challenge_in_json_is_quoted() {
    let slack = Handshake {
        method: "POST".into(),
        conditions: vec![equals(json("/type"), "url_verification")],
        headers: vec![fixed_header("content-type", "application/json")],
        body: vec![
            HandshakePart::Text(r#"{"challenge":"#.into()),
            HandshakePart::JsonString(json("/challenge")),
            HandshakePart::Text("}".into()),
        ],
        ..echo()
    };
    for (body, expected) in [
        (r#"{"type": "url_verification", "challenge": "a\"b\\c"}"#, Ok(r#"{"challenge":"a\"b\\c"}"#)),
        (r#"{"type": "url_verification"}"#, Err(Some(403))),
        (r#"{"type": "event_callback", "challenge": "x"}"#, Err(None)),
        ("type=url_verification", Err(None)),
    ] {
        let answer = body_of(ask(&slack, &[], &request(&[], "", body.as_bytes())));
        assert_eq!(answer.as_deref(), expected.as_deref(), "{body}");
    }
}

#[test]
fn a_keyed_hash_is_given_only_for_what_can_be_no_delivery() {
    let rule = |at, encoding| {
        HandshakePart::Hmac(HandshakeHmac {
            value: at,
            secret: "secret".into(),
            hash: Hash::Sha256,
            encoding,
        })
    };
    let crc = Handshake { body: vec![rule(query("challenge"), Encoding::Base64)], ..echo() };
    let long = "a".repeat(513);
    for (token, expected) in [
        ("9b4507b3-9040-4669-9ca3-6b94edb50553", Ok("HLRNL5jbBZW6HnzFIXx9CW1LlR6LSisHbu7P316mNI4=")),
        ("", Err(Some(403))),
        ("%7B%22for_user_id%22%3A1%7D", Err(Some(403))),
        ("v0%3A1700000000%3A1", Err(Some(403))),
        ("a%3Db", Err(Some(403))),
        ("[1]", Err(Some(403))),
        ("%C3%A4", Err(Some(403))),
        (&long, Err(Some(403))),
    ] {
        let answer = body_of(ask(&crc, &["x-consumer-secret"], &get(&format!("challenge={token}"))));
        assert_eq!(answer.as_deref(), expected.as_deref(), "{token}");
    }
    assert_eq!(body_of(ask(&crc, &[], &get("challenge=a"))), Err(Some(403)));

    let zoom = Handshake {
        method: "POST".into(),
        conditions: vec![equals(json("/event"), "endpoint.url_validation")],
        headers: vec![fixed_header("content-type", "application/json")],
        body: vec![
            HandshakePart::Text(r#"{"plainToken":"#.into()),
            HandshakePart::JsonString(json("/payload/plainToken")),
            HandshakePart::Text(r#","encryptedToken":""#.into()),
            rule(json("/payload/plainToken"), Encoding::Hex),
            HandshakePart::Text(r#""}"#.into()),
        ],
        ..echo()
    };
    let body = br#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#;
    let expected = r#"{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"b17f0320a1322a509340a1a835b3d9edbc491f0b0790ed2d20d0604d39dfe922"}"#;
    assert_eq!(body_of(ask(&zoom, &["zoom-secret"], &request(&[], "", body))), Ok(expected.into()));
}

#[test]
fn a_signed_handshake_is_answered_only_after_the_signature() {
    let ping = Handshake {
        method: "POST".into(),
        conditions: vec![equals(json("/workflow_name"), "hello")],
        signed: true,
        body: vec![HandshakePart::Text("pong".into())],
        ..echo()
    };
    // Would answer too, but is not the first.
    let other = Handshake { signed: false, ..ping.clone() };
    let handshakes = [ping, other];
    let request = request(&[("x-signature", GENERIC_SIGNATURE)], "", GENERIC_BODY.as_bytes());
    let secrets = secrets(&["generic-secret"]);
    assert_eq!(answer_handshake(&handshakes, &secrets, &request, NOW), None);
    let verified = verify(&generic(), &secrets, None, request.clone(), NOW).unwrap();
    assert_eq!(body_of(answer_signed_handshake(&handshakes, &secrets, &verified, NOW)), Ok("pong".into()));
    // A delivery that no handshake means, and one that needs no signature and was answered before.
    assert_eq!(answer_signed_handshake(&[], &secrets, &verified, NOW), None);
    assert_eq!(answer_signed_handshake(&handshakes[1..], &secrets, &verified, NOW), None);
}

#[test]
fn a_value_may_be_given_back_in_a_header_of_its_own() {
    let asana = Handshake {
        headers: vec![HandshakeHeader {
            name: "X-Hook-Secret".into(),
            value: vec![HandshakePart::Value(query("challenge"))],
        }],
        body: vec![],
        status: 204,
        ..echo()
    };
    let Some(HandshakeAnswer::Response(response)) = ask(&asana, &[], &get("challenge=abc")) else {
        panic!("no answer");
    };
    assert_eq!((response.status, response.body.len()), (204, 0));
    assert_eq!(header_of(&response.headers, "x-hook-secret"), Some("abc"));
    assert_eq!(header_of(&response.headers, "content-type"), None);
    let refused = body_of(ask(&asana, &[], &get("challenge=a%0d%0aset-cookie:b")));
    assert_eq!(refused, Err(Some(403)));
}
