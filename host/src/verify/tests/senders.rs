//! Requests as known senders sign them, with signatures that another implementation made.

use super::samples::*;
use super::*;
use crate::model::recipe::{
    Atom, Encoding, Hash, Joined, KeyEncoding, Part, Scheme, TimeFormat, Timestamp, UrlForm,
};

const STANDARD_KEY: &str = "whsec_YSBzdGFuZGFyZCB3ZWJob29rcyBrZXkh";
const STANDARD_SIGNATURE: &str = "v1,OEyxtsuozSDAbrBJuLTOFQ/zAfnjQha8qcZvG+SDZrQ=";
const STRIPE_SIGNATURE: &str = "9c98ab4199794e6a6e686167064d1304e8dbf2acc02946baa30529caacdc05f7";

#[test]
fn telegrams_token_must_be_the_secret() {
    let with = |token: &str| request(&[("X-Telegram-Bot-Api-Secret-Token", token)], "", b"{}");
    accepts(&[telegram()], &["s3cret-token"], with("s3cret-token"));
    for wrong in ["s3cret-toke", "s3cret-token ", "S3cret-token", ""] {
        refuses(&[telegram()], &["s3cret-token"], with(wrong), "no signature fits");
    }
    refuses(&[telegram()], &["s3cret-token"], request(&[], "", b"{}"), "is missing");
}

#[test]
fn metas_signature_may_be_over_the_escaped_body() {
    let unicode = r#"{"object":"page","entry":[{"text":"Grüße 😀 \/ ok"}]}"#;
    let escaped = r#"{"object":"page","entry":[{"text":"Gr\u00fc\u00dfe \ud83d\ude00 \/ ok"}]}"#;
    let over_unicode = "sha256=0a4346119da9dbd71905ef7a3a41e665ea1f625395c2767cc38357116896f321";
    let over_escaped = "sha256=6f510f67b7c35f007f8ac3f15742861ae29e365be30ace49236281333eaa255b";
    for (body, signature, good) in [
        (unicode, over_unicode, true),
        (unicode, over_escaped, true),
        (escaped, over_escaped, true),
        (escaped, over_unicode, false),
    ] {
        let request = request(&[("x-hub-signature-256", signature)], "", body.as_bytes());
        let outcome = try_at(NOW, &[meta()], &["meta-app-secret"], request);
        assert_eq!(outcome.is_ok(), good, "{body} {signature}");
    }
}

#[test]
fn generics_signature_may_stand_with_or_without_its_prefix() {
    let upper = GENERIC_SIGNATURE.to_uppercase();
    for (signature, good) in [
        (GENERIC_SIGNATURE.to_owned(), true),
        (format!("sha256={GENERIC_SIGNATURE}"), true),
        (format!("sha256={upper}"), true),
        (upper, true),
        (format!("sha512={GENERIC_SIGNATURE}"), false),
        (format!(" {GENERIC_SIGNATURE}"), false),
        (GENERIC_SIGNATURE[..62].to_owned(), false),
        (format!("{GENERIC_SIGNATURE}00"), false),
        (String::new(), false),
    ] {
        let request = request(&[("x-signature", &signature)], "", GENERIC_BODY.as_bytes());
        let outcome = try_at(NOW, &generic(), &["generic-secret"], request);
        assert_eq!(outcome.is_ok(), good, "{signature}");
    }
}

#[test]
fn standard_webhooks_are_verified_among_other_versions() {
    let with = |signature: &str| {
        let headers =
            [("webhook-id", "msg_1"), ("webhook-timestamp", "1700000000"), ("webhook-signature", signature)];
        request(&headers, "", br#"{"n":1}"#)
    };
    for list in [
        STANDARD_SIGNATURE.to_owned(),
        format!("v1a,AAAA {STANDARD_SIGNATURE}"),
        format!("v1,not-base64 v1,AAAA {STANDARD_SIGNATURE} v2,x"),
    ] {
        let verified = accepts(&[standard_webhooks()], &[STANDARD_KEY], with(&list));
        assert_eq!(verified.delivery(), Some(&Delivery { id: "msg_1".into(), signed: true }), "{list}");
    }
    refuses(&[standard_webhooks()], &[STANDARD_KEY], with("v1,AAAA"), "no signature fits");
    refuses(&[standard_webhooks()], &[STANDARD_KEY], with("v2,AAAA"), "holds no signature");
    refuses(&[standard_webhooks()], &["whsec_*"], with(STANDARD_SIGNATURE), "not base64 after whsec_");
}

#[test]
fn stripes_timestamp_stands_beside_the_signature() {
    let with = |text: &str| request(&[("Stripe-Signature", text)], "", br#"{"n":1}"#);
    let good = format!("t=1700000000,v0=00,v0=01, v1={STRIPE_SIGNATURE}");
    accepts(&[stripe()], &["whsec_stripe_text"], with(&good));
    for (text, expected) in [
        (format!("v1={STRIPE_SIGNATURE}"), "field t beside the signature is missing"),
        (format!("t=1700000000,t=1,v1={STRIPE_SIGNATURE}"), "more than once"),
        (format!("t=1700000001,v1={STRIPE_SIGNATURE}"), "no signature fits"),
        (format!("t=x,v1={STRIPE_SIGNATURE}"), "seconds since 1970"),
        ("t=1700000000".to_owned(), "no signature of the form: hex labelled \"v1\""),
    ] {
        refuses(&[stripe()], &["whsec_stripe_text"], with(&text), expected);
    }
}

#[test]
fn a_signature_over_the_url_needs_the_operators_address() {
    let signature = "rQ3fQiJwlYCv+mc5W3qnkKxm8e4=";
    let recipe = [twilio_form()];
    let secrets = secrets(&["twilio-auth-token"]);
    let headers = [("x-twilio-signature", signature), ("host", "hooks.example.com")];
    let body = b"To=%2B2&From=%2B1&Body=hi+there&To=%2B2";
    for (public_url, expected) in [
        // The signature is over the address with its port.
        (Some("https://hooks.example.com/webhooks/twilio"), None),
        (Some("https://hooks.example.com:443/webhooks/twilio"), None),
        (Some("https://hooks.example.com/webhooks/other"), Some("public_url is not the address")),
        (None, Some("no public_url is configured")),
    ] {
        let request = request(&headers, "a=1", body);
        let refusal =
            verify(&recipe, &secrets, public_url, request, NOW).err().map(|refusal| refusal.to_string());
        match expected {
            None => assert_eq!(refusal, None, "{public_url:?}"),
            Some(expected) => assert!(refusal.unwrap().contains(expected), "{public_url:?}"),
        }
    }
}

#[test]
fn a_hash_of_the_body_in_a_signed_url_must_be_right() {
    let hash = "2bfd14f43d17fc7cea24e0917a8879b4b2f880b8baeec1b9d90fbaad655e71bd";
    let headers = [("x-twilio-signature", "hj1jwTi/daQWNFeQPELiO0yvjYM=")];
    let public_url = Some("https://hooks.example.com/webhooks/twilio");
    for (body, expected) in
        [(br#"{"n":1}"#, Ok(())), (br#"{"n":2}"#, Err(Refusal::BodyHash { parameter: "bodySHA256".into() }))]
    {
        let request = request(&headers, &format!("bodySHA256={hash}"), body);
        let outcome = verify(&[twilio_json()], &secrets(&["twilio-auth-token"]), public_url, request, NOW);
        assert_eq!(outcome.map(|_| ()), expected);
    }
}

#[test]
fn plain_digests_cover_the_secret() {
    let mut hubspot = hmac_of_body(header("x-hubspot-signature"));
    hubspot.scheme = Scheme::Digest(Hash::Sha256);
    hubspot.signed = vec![Part::Secret, raw_body()];
    let signature = "d627c92ea7c164ac7d34fdaf9cdff42fbc29532421ca14e11ec39c6fab61941e";
    let with = |body: &[u8]| request(&[("x-hubspot-signature", signature)], "", body);
    accepts(std::slice::from_ref(&hubspot), &["hubspot-client-secret"], with(br#"{"n":1}"#));
    refuses(&[hubspot], &["hubspot-client-secret"], with(br#"{"n":2}"#), "no signature fits");

    let mut wechat = hmac_of_body(query("signature"));
    wechat.scheme = Scheme::Digest(Hash::Sha1);
    wechat.signed =
        vec![Part::Sorted(vec![Atom::Secret, Atom::Value(query("timestamp")), Atom::Value(query("nonce"))])];
    let query = "signature=48c8af63836bd02d9ab60f81ce70605428005071&timestamp=1700000000&nonce=abc";
    accepts(std::slice::from_ref(&wechat), &["wechat-token"], request(&[], query, b""));
    let without_nonce = query.replace("&nonce=abc", "");
    refuses(
        &[wechat],
        &["wechat-token"],
        request(&[], &without_nonce, b""),
        "parameter nonce is signed but missing",
    );
}

#[test]
fn parts_of_a_json_body_can_be_signed_and_signatures_stand_in_it() {
    let mut adyen = hmac_of_body(json("/mac"));
    adyen.key = KeyEncoding::Hex;
    adyen.signature.encoding = Encoding::Base64;
    let values = vec![json("/reference"), json("/original"), json("/amount/value"), json("/amount/currency")];
    adyen.signed = vec![Part::Joined(Joined { separator: ":".into(), values })];
    let body = |value: &str| {
        let mac = "rB0nKrhvvm2eE/7wawYO7Ww1LpBhPr7Azvs2CN9m0iQ=";
        format!(
            r#"{{"reference": "psp", "amount": {{"value": {value}, "currency": "EUR"}}, "mac": "{mac}"}}"#
        )
    };
    let key = "00112233445566778899aabbccddeeff";
    accepts(std::slice::from_ref(&adyen), &[key], request(&[], "", body("10").as_bytes()));
    refuses(
        std::slice::from_ref(&adyen),
        &[key],
        request(&[], "", body("11").as_bytes()),
        "no signature fits",
    );
    refuses(&[adyen], &[key], request(&[], "", b"mac=1"), "the body's /mac is missing");
}

#[test]
fn method_and_decoded_url_are_signed_as_hubspot_does() {
    let mut hubspot = hmac_of_body(header("x-hubspot-signature-v3"));
    let time = header("x-hubspot-request-timestamp");
    hubspot.signature.encoding = Encoding::Base64;
    hubspot.signed = vec![Part::Method, Part::Url(UrlForm::HubspotDecoded), raw_body(), value(time.clone())];
    hubspot.timestamp = Some(Timestamp { at: time, format: TimeFormat::UnixMs, tolerance_s: 300 });
    let headers = [
        ("x-hubspot-signature-v3", "By3Pn7FrCZFGsvlcZjgqUA+7Q3DG8EPOrzid20Ib2+k="),
        ("x-hubspot-request-timestamp", "1700000000123"),
    ];
    let public_url = Some("https://hooks.example.com/webhooks");
    for (method, good) in [("POST", true), ("PUT", false)] {
        let mut request = request(&headers, "a=b%3Ac", br#"{"n":1}"#);
        request.path = "/twilio".into();
        request.method = method.into();
        let secrets = secrets(&["hubspot-client-secret"]);
        let outcome = verify(std::slice::from_ref(&hubspot), &secrets, public_url, request, NOW);
        assert_eq!(outcome.is_ok(), good, "{method}");
    }
}

#[test]
fn public_keys_verify_what_their_private_keys_signed() {
    use base64::Engine as _;
    use p256::ecdsa::signature::Signer as _;
    use p256::pkcs8::EncodePublicKey as _;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let body = br#"{"n":1}"#;

    let ed25519 = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let p256 = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let spki = p256.verifying_key().to_public_key_der().unwrap();
    let der: p256::ecdsa::DerSignature = p256.sign(body);
    for (scheme, key, secret, signature) in [
        (
            Scheme::Ed25519,
            KeyEncoding::Hex,
            hex::encode(ed25519.verifying_key().as_bytes()),
            ed25519.sign(body).to_bytes().to_vec(),
        ),
        (Scheme::EcdsaP256Sha256, KeyEncoding::SpkiBase64, base64(spki.as_bytes()), der.as_bytes().to_vec()),
    ] {
        let mut recipe = hmac_of_body(header("x-signature"));
        (recipe.scheme, recipe.key, recipe.signature.encoding) = (scheme, key, Encoding::Base64);
        let recipes = [recipe];
        let with = |signature: &[u8], body: &[u8]| request(&[("x-signature", &base64(signature))], "", body);
        accepts(&recipes, &[&secret], with(&signature, body));
        refuses(&recipes, &[&secret], with(&signature, br#"{"n":2}"#), "no signature fits");
        refuses(&recipes, &[&secret], with(&signature[1..], body), "no signature fits");
        refuses(&recipes, &[&secret[..8]], with(&signature, body), "cannot be used");
    }
}
