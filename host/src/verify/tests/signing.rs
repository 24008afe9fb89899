//! Whatever `sign` makes, `verify` accepts, and nothing that differs from it.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::samples::*;
use super::*;
use crate::model::recipe::{
    Atom, BodyForm, Encoding, Hash, Joined, KeyEncoding, Locator, Part, Scheme, SignatureFormat, TimeFormat,
    Timestamp, UrlForm,
};
use crate::model::secret::Secret;
use crate::verify::signature;

/// A recipe that can be carried out, with a secret that fits it.
fn recipes() -> impl Strategy<Value = (Recipe, Secret)> {
    let hashes = select(vec![Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512]);
    let schemes = prop_oneof![
        Just(Scheme::Token),
        Just(Scheme::Basic),
        hashes.clone().prop_map(Scheme::Hmac),
        hashes.prop_map(Scheme::Digest),
    ];
    let formats = select(vec![
        SignatureFormat::Raw,
        SignatureFormat::Prefix("sha256=".into()),
        SignatureFormat::Pairs(pairs(",", "=", "v1")),
        SignatureFormat::Versioned(pairs(" ", ",", "v1")),
    ]);
    let encodings = select(vec![Encoding::Hex, Encoding::Base64, Encoding::Base64Url]);
    let places = select(vec![header("X-Signature"), query("sig")]);
    let keys = select(vec![KeyEncoding::Utf8, KeyEncoding::Hex, KeyEncoding::Base64, KeyEncoding::Whsec]);
    let times = proptest::option::of((
        select(vec![header("x-time"), query("time"), field("t")]),
        select(vec![TimeFormat::UnixS, TimeFormat::UnixMs, TimeFormat::Rfc3339]),
    ));
    let ids = proptest::option::of(select(vec![header("x-id"), query("id")]));
    let rest = (parts(), times, ids, any::<bool>(), proptest::collection::vec(any::<u8>(), 1..40));
    let all = (schemes, formats, encodings, places, keys, rest);
    all.prop_filter_map("cannot be carried out", |(scheme, format, encoding, at, key, rest)| {
        let (signed, time, delivery, hashes_body, secret) = rest;
        let mut recipe = hmac_of_body(at);
        (recipe.scheme, recipe.signature.format, recipe.signature.encoding) = (scheme, format, encoding);
        (recipe.signed, recipe.delivery) = (signed, delivery);
        if matches!(scheme, Scheme::Hmac(_)) {
            recipe.key = key;
        }
        if let Some((at, format)) = time {
            recipe.signed.push(value(at.clone()));
            recipe.timestamp = Some(Timestamp { at, format, tolerance_s: 300 });
        }
        recipe.body_sha256_query = hashes_body.then(|| "hash".into());
        check_recipe(&recipe).is_ok().then_some((recipe.clone(), secret_text(recipe.key, &secret)))
    })
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let body = select(vec![BodyForm::Raw, BodyForm::RawOrEscaped]);
    let url = select(vec![
        UrlForm::Configured,
        UrlForm::WithoutQuery,
        UrlForm::PortVariants,
        UrlForm::HubspotDecoded,
    ]);
    let values = vec![header("x-nonce"), query("none")];
    let one = prop_oneof![
        3 => body.prop_map(Part::Body),
        2 => Just(Part::Secret),
        1 => url.prop_map(Part::Url),
        1 => Just(text("v0:")),
        1 => Just(value(header("x-nonce"))),
        1 => Just(Part::Method),
        1 => Just(Part::FormSorted),
        1 => Just(Part::Sorted(vec![Atom::Value(query("nonce")), Atom::Secret])),
        1 => Just(Part::Joined(Joined { separator: ":".into(), values })),
    ];
    proptest::collection::vec(one, 0..5)
}

pub(super) fn secret_text(key: KeyEncoding, bytes: &[u8]) -> Secret {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD.encode(bytes);
    Secret::new(match key {
        KeyEncoding::Base64 => base64,
        KeyEncoding::Whsec => format!("whsec_{base64}"),
        _ => hex::encode(bytes),
    })
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof!["\\PC{0,40}".prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 0..40),]
}

pub(super) fn received(signed: &Signed, body: &[u8]) -> Request {
    let headers: Vec<(&str, &str)> =
        signed.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    request(&headers, &signed.raw_query, body)
}

/// Puts another value where the recipe looks for it.
pub(super) fn replace(request: &mut Request, at: &Locator, value: &str) {
    match at {
        Locator::Header(name) => {
            request.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
            request.headers.push((name.to_lowercase(), value.into()));
        }
        Locator::Query(name) => {
            let parameter = request.query.iter_mut().find(|(key, _)| key == name).unwrap();
            parameter.1 = value.into();
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            request.raw_query = query.extend_pairs(&request.query).finish();
        }
        Locator::Json(pointer) => {
            request.body = crate::verify::json::with(&request.body, pointer, value).unwrap();
        }
        other => panic!("not replaced: {other:?}"),
    }
}

/// The signature's text again, with one bit of the signature changed.
pub(super) fn forged(recipe: &Recipe, request: &Request, index: Index, bit: u8) -> String {
    let found = signature::find(recipe, request).unwrap();
    let mut bytes = found.signatures[0].clone();
    let index = index.index(bytes.len());
    bytes[index] ^= 1 << bit;
    let text = match recipe.scheme {
        Scheme::Token => String::from_utf8_lossy(&bytes).into_owned(),
        _ => crate::verify::encoding::encode(recipe.signature.encoding, &bytes),
    };
    signature::write(recipe, &text, &found.fields)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_signed_is_accepted_and_what_differs_is_not(
        (recipe, secret) in recipes(),
        body in bodies(),
        now in 1_000_000_u64..4_000_000_000_000,
        index: Index,
        bit in 0_u8..8,
    ) {
        let now = Time(now);
        let secrets: Secrets = [("secret".to_owned(), vec![secret.clone()])].into_iter().collect();
        let check = |request: Request| verify(std::slice::from_ref(&recipe), &secrets, Some(URL), request, now);
        let signed = match sign(&recipe, &secret, Some(URL), "POST", &body, now, "id-1") {
            Ok(signed) => signed,
            Err(error) => {
                // Of all this, only a form that is not UTF-8 cannot be signed.
                prop_assert!(recipe.signed.contains(&Part::FormSorted), "{}", error);
                prop_assert!(std::str::from_utf8(&body).is_err(), "{}", error);
                return Ok(());
            }
        };
        let genuine = received(&signed, &body);
        let verified = check(genuine.clone()).unwrap();
        prop_assert_eq!(
            verified.delivery().map(|delivery| delivery.id.as_str()),
            recipe.delivery.as_ref().map(|_| "id-1")
        );

        let mut other = genuine.clone();
        replace(&mut other, &recipe.signature.at[0], &forged(&recipe, &genuine, index, bit));
        prop_assert!(check(other).is_err(), "another signature");

        let signs_bytes = recipe.signed.iter().any(|part| matches!(part, Part::Body(_)));
        if covers_body(&recipe) && (signs_bytes || recipe.body_sha256_query.is_some()) {
            let mut other = genuine.clone();
            if other.body.is_empty() {
                other.body.push(0);
            } else {
                let index = index.index(body.len());
                other.body[index] ^= 1 << bit;
            }
            prop_assert!(check(other).is_err(), "another body");
        }

        if let Some(rule) = &recipe.timestamp
            && !matches!(rule.at, Locator::SignatureField(_))
        {
            let mut other = genuine.clone();
            let later = Time(now.millis() + 1_000);
            replace(&mut other, &rule.at, &crate::verify::freshness::write(rule.format, later));
            prop_assert!(check(other).is_err(), "another time");
        }
    }
}

#[test]
fn signing_is_refused_where_the_secret_or_the_body_does_not_allow_it() {
    let mut public = hmac_of_body(header("x-signature"));
    (public.scheme, public.key) = (Scheme::Ed25519, KeyEncoding::Hex);
    let garbled = public.clone();
    let mut public_p256 = public.clone();
    (public_p256.scheme, public_p256.key) = (Scheme::EcdsaP256Sha256, KeyEncoding::SpkiBase64);
    let mut in_body = telegram();
    in_body.signature.at = vec![json("/state")];
    let mut timed = hmac_of_body(header("x-signature"));
    timed.timestamp = Some(Timestamp { at: json("/time"), format: TimeFormat::UnixS, tolerance_s: 300 });
    let unloadable = Recipe { signed: vec![], ..hmac_of_body(header("x-signature")) };
    let public_key = "58".to_owned() + &"66".repeat(31);
    for (recipe, secret, public_url, body, expected) in [
        (public, public_key.as_str(), Some(URL), "{}", None),
        (public_p256, public_key.as_str(), Some(URL), "{}", None),
        (garbled, "no key", Some(URL), "{}", Some("it is not an Ed25519 private key")),
        (in_body, "s3cret", Some(URL), "a=b", Some("the signature belongs into the body, at /state")),
        (timed.clone(), "s3cret", Some(URL), "[1]", Some("a timestamp of this moment belongs into the body")),
        (timed, "s3cret", Some(URL), r#"{"time": 1700000000}"#, None),
        (unloadable, "s3cret", Some(URL), "{}", Some("nothing is signed")),
        (standard_webhooks(), "whsec_*", Some(URL), "{}", Some("not base64 after whsec_")),
        (twilio_form(), "s3cret", None, "a=b", Some("no public_url")),
    ] {
        let outcome = sign(&recipe, &Secret::new(secret), public_url, "POST", body.as_bytes(), NOW, "id-1");
        match expected {
            None => assert!(outcome.is_ok(), "{outcome:?}"),
            Some(expected) => assert!(outcome.unwrap_err().to_string().contains(expected), "{expected}"),
        }
    }
}

#[test]
fn what_belongs_into_the_body_is_put_there() {
    let mut timed = hmac_of_body(header("x-signature"));
    timed.timestamp = Some(Timestamp { at: json("/time"), format: TimeFormat::UnixS, tolerance_s: 300 });
    let mut in_body = hmac_of_body(json("/mac"));
    in_body.signed = vec![value(json("/id"))];
    for (recipe, body, expected) in [
        (timed.clone(), r#"{"time": 1, "a": 2}"#, Some(r#"{"a":2,"time":1700000000}"#)),
        (timed.clone(), "", Some(r#"{"time":1700000000}"#)),
        (timed, r#"{"time": 1700000001}"#, None),
        (in_body, "{}", Some(r#"{"id":"id-1","mac":"#)),
    ] {
        let secret = Secret::new("s3cret-text");
        let signed = sign(&recipe, &secret, None, "POST", body.as_bytes(), NOW, "id-1").unwrap();
        let written = signed.body.as_deref().map(|body| std::str::from_utf8(body).unwrap());
        assert_eq!(written.is_some(), expected.is_some(), "{body}");
        assert!(written.unwrap_or_default().starts_with(expected.unwrap_or_default()), "{written:?}");
        let sent = received(&signed, signed.body.as_deref().unwrap_or(body.as_bytes()));
        accepts(&[recipe], &["s3cret-text"], sent);
    }
}

#[test]
fn what_is_signed_looks_as_the_sender_would_write_it() {
    let secret = Secret::new("generic-secret");
    let body = GENERIC_BODY.as_bytes();
    let signed = sign(&generic()[0], &secret, None, "POST", body, NOW, "id-1").unwrap();
    assert_eq!(signed.headers, [("x-signature".to_owned(), format!("sha256={GENERIC_SIGNATURE}"))]);

    let secret = Secret::new("whsec_YSBzdGFuZGFyZCB3ZWJob29rcyBrZXkh");
    let signed = sign(&standard_webhooks(), &secret, None, "POST", br#"{"n":1}"#, NOW, "msg_1").unwrap();
    let expected = [
        ("webhook-timestamp", "1700000000"),
        ("webhook-id", "msg_1"),
        ("webhook-signature", "v1,OEyxtsuozSDAbrBJuLTOFQ/zAfnjQha8qcZvG+SDZrQ="),
    ];
    assert_eq!(signed.headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));

    let secret = Secret::new("whsec_stripe_text");
    let signed = sign(&stripe(), &secret, None, "POST", br#"{"n":1}"#, NOW, "id-1").unwrap();
    let text = "t=1700000000,v1=9c98ab4199794e6a6e686167064d1304e8dbf2acc02946baa30529caacdc05f7";
    assert_eq!(signed.headers, [("stripe-signature".to_owned(), text.to_owned())]);

    let secret = Secret::new("twilio-auth-token");
    let signed = sign(&twilio_json(), &secret, Some(URL), "POST", br#"{"n":1}"#, NOW, "id-1").unwrap();
    let hash = "2bfd14f43d17fc7cea24e0917a8879b4b2f880b8baeec1b9d90fbaad655e71bd";
    assert_eq!(signed.raw_query, format!("bodySHA256={hash}"));
}
