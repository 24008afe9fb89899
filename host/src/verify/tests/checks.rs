//! What a plugin may declare: recipes and handshakes that prove something and do no harm.

use super::samples::*;
use super::*;
use crate::model::recipe::{
    Condition, Encoding, Handshake, HandshakeHeader, HandshakeHmac, HandshakePart, Hash, KeyEncoding, Part,
    Scheme, SecretCheck, SignatureFormat, TimeFormat, Timestamp, UrlForm,
};

#[test]
fn a_recipe_that_proves_nothing_does_not_load() {
    type Change = fn(&mut Recipe);
    let cases: [(Change, &str); 18] = [
        (|r| r.secret.clear(), "names no secret"),
        (|r| r.signature.at.clear(), "looks for no signature"),
        (|r| r.signature.max = 0, "looks for no signature"),
        (|r| r.signature.at = vec![header("x signature")], "no name of a header"),
        (|r| r.signature.at = vec![query("")], "has no name"),
        (|r| r.signature.at = vec![json("mac")], "no JSON pointer"),
        (|r| r.delivery = Some(json("/a~2")), "no JSON pointer"),
        (|r| r.signature.at = vec![field("t")], "signature field"),
        (|r| r.signed.push(value(field("t"))), "signature field"),
        (|r| r.signature.format = SignatureFormat::Pairs(pairs(",", "", "v1")), "is empty"),
        (|r| r.signed.clear(), "nothing is signed"),
        (|r| r.signed = vec![text("v0:"), Part::Secret, Part::Method], "nothing is signed"),
        (|r| r.scheme = Scheme::Digest(Hash::Sha256), "does not cover the secret"),
        (|r| r.signed.push(raw_body()), "body is signed twice"),
        (|r| r.signature.at = vec![json("/mac")], "stands in what it signs"),
        (|r| r.scheme = Scheme::Ed25519, "cannot be written as Utf8"),
        (
            |r| {
                let at = header("x-time");
                r.timestamp = Some(Timestamp { at, format: TimeFormat::UnixS, tolerance_s: 300 });
            },
            "does not cover the timestamp: header x-time",
        ),
        (
            |r| {
                r.signed.push(Part::Url(UrlForm::WithoutQuery));
                r.body_sha256_query = Some("hash".into());
            },
            "does not cover the query",
        ),
    ];
    assert_eq!(check_recipe(&hmac_of_body(header("x-signature"))), Ok(()));
    for (change, expected) in cases {
        let mut recipe = hmac_of_body(header("x-signature"));
        change(&mut recipe);
        let error = check_recipe(&recipe).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn the_shipped_recipes_load_and_say_whether_they_cover_the_body() {
    let mut url_only = twilio_json();
    url_only.body_sha256_query = None;
    let [prefixed, bare] = <[Recipe; 2]>::try_from(generic()).unwrap();
    for (recipe, covers) in [
        (telegram(), false),
        (url_only, false),
        (meta(), true),
        (prefixed, true),
        (bare, true),
        (standard_webhooks(), true),
        (stripe(), true),
        (slack(), true),
        (twilio_form(), true),
        (twilio_json(), true),
    ] {
        assert_eq!(check_recipe(&recipe), Ok(()), "{recipe:?}");
        assert_eq!(covers_body(&recipe), covers, "{recipe:?}");
    }
}

#[test]
fn a_secret_that_is_no_key_of_its_recipe_is_found_before_the_first_delivery() {
    let secret = crate::model::secret::Secret::new("not base64");
    assert_eq!(check_secret(&slack(), &secret), Ok(()));
    let error = check_secret(&standard_webhooks(), &secret).unwrap_err().to_string();
    assert_eq!(error, "it is not base64 after whsec_");
    for (text, expected) in [("1234567", Err(KeyError::TooShort)), ("12345678", Ok(()))] {
        assert_eq!(check_secret(&slack(), &crate::model::secret::Secret::new(text)), expected);
    }
    let mut discord = hmac_of_body(header("x-signature-ed25519"));
    (discord.scheme, discord.key) = (Scheme::Ed25519, KeyEncoding::Hex);
    for (text, good) in [(hex::encode([0x58; 31]), false), ("58".to_owned() + &"66".repeat(31), true)] {
        assert_eq!(check_secret(&discord, &crate::model::secret::Secret::new(text)).is_ok(), good);
    }
}

/// Gives a query parameter back.
pub(super) fn echo() -> Handshake {
    Handshake {
        method: "GET".into(),
        conditions: vec![Condition { at: query("challenge"), equals: None }],
        signed: false,
        check: None,
        refusal: 403,
        learn: None,
        status: 200,
        headers: vec![],
        body: vec![HandshakePart::Value(query("challenge"))],
    }
}

pub(super) fn fixed_header(name: &str, text: &str) -> HandshakeHeader {
    HandshakeHeader { name: name.into(), value: vec![HandshakePart::Text(text.into())] }
}

#[test]
fn a_handshake_that_could_do_harm_does_not_load() {
    type Change = fn(&mut Handshake);
    let cases: [(Change, &str); 13] = [
        (|h| h.learn = Some(SecretCheck { at: header("x-hook-secret"), secret: "secret".into() }), "`learn`"),
        (|h| h.method = "get".into(), "no method"),
        (
            |h| {
                h.method = "POST".into();
                h.conditions.clear();
            },
            "swallow every delivery",
        ),
        (|h| h.status = 302, "status 302"),
        (|h| h.refusal = 200, "status 200"),
        (|h| h.conditions[0].at = json("challenge"), "no JSON pointer"),
        (|h| h.body = vec![HandshakePart::JsonString(field("t"))], "signature field"),
        (|h| h.headers = vec![fixed_header("x y", "1")], "cannot set header"),
        (|h| h.headers = vec![fixed_header("Set-Cookie", "1")], "cannot set header"),
        (
            |h| {
                let value = vec![HandshakePart::Value(query("challenge"))];
                h.headers = vec![HandshakeHeader { name: "location".into(), value }];
            },
            "must not hold a value",
        ),
        (|h| h.headers = vec![fixed_header("Content-Type", "text/html")], "text/plain"),
        (|h| h.headers = vec![fixed_header("Content-Type", "application/json")], "text/plain"),
        (
            |h| {
                h.headers = vec![fixed_header("Content-Type", "text/html; a=application/json")];
                h.body = vec![HandshakePart::JsonString(query("challenge"))];
            },
            "text/plain",
        ),
    ];
    assert_eq!(check_handshake(&echo()), Ok(()));
    for (change, expected) in cases {
        let mut handshake = echo();
        change(&mut handshake);
        let error = check_handshake(&handshake).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn json_may_hold_quoted_values_and_hashes() {
    let mut handshake = echo();
    handshake.headers = vec![fixed_header("content-type", "application/json; charset=utf-8")];
    let hash = HandshakeHmac {
        value: query("challenge"),
        secret: "secret".into(),
        hash: Hash::Sha256,
        encoding: Encoding::Hex,
    };
    handshake.body = vec![HandshakePart::JsonString(query("challenge")), HandshakePart::Hmac(hash)];
    assert_eq!(check_handshake(&handshake), Ok(()));
}
