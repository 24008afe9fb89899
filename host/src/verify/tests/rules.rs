//! The rules that hold for every recipe, and what is left of a request for a plugin.

use super::samples::*;
use super::*;
use crate::model::recipe::{Encoding, Scheme, SignatureFormat};

#[test]
fn a_signature_more_than_five_minutes_off_is_refused_in_both_directions() {
    let signature = "v0=e3d54486c55d09cf360977ac6e42eb05916555393cf504a4fc313b393ac5af67";
    let headers = [("X-Slack-Request-Timestamp", "1700000000"), ("X-Slack-Signature", signature)];
    for (off_ms, expected) in [
        (0, Ok(())),
        (300_000, Ok(())),
        (-300_000, Ok(())),
        (300_001, Err(Refusal::Stale { off_s: -301, tolerance_s: 300 })),
        (-300_001, Err(Refusal::Stale { off_s: 301, tolerance_s: 300 })),
    ] {
        let now = Time(NOW.millis().saturating_add_signed(off_ms));
        let request = request(&headers, "", b"text=hi");
        let outcome = try_at(now, &[slack()], &["slack-signing-secret"], request);
        assert_eq!(outcome.map(|_| ()), expected, "{off_ms}");
    }
}

#[test]
fn basic_credentials_are_decoded_strictly() {
    let mut basic = telegram();
    basic.scheme = Scheme::Basic;
    basic.signature.at = vec![header("authorization")];
    basic.signature.encoding = Encoding::Base64;
    for (authorization, good) in [
        ("Basic aG9vazpvcGVuIHNlc2FtZQ==", true),
        ("bAsIc aG9vazpvcGVuIHNlc2FtZQ==", true),
        ("Basic aG9vazpvcGVuIHNlc2FtZQ", false),
        ("Basic  aG9vazpvcGVuIHNlc2FtZQ==", false),
        ("Bearer aG9vazpvcGVuIHNlc2FtZQ==", false),
        ("Basic aG9vazpvcGVu", false),
    ] {
        let request = request(&[("authorization", authorization)], "", b"");
        let outcome = try_at(NOW, std::slice::from_ref(&basic), &["hook:open sesame"], request);
        assert_eq!(outcome.is_ok(), good, "{authorization}");
    }
}

#[test]
fn any_active_secret_will_do_and_is_named() {
    let with = || request(&[("x-signature", GENERIC_SIGNATURE)], "", GENERIC_BODY.as_bytes());
    assert_eq!(accepts(&generic(), &["generic-secret", "other"], with()).secret(), Some(0));
    assert_eq!(accepts(&generic(), &["other", "generic-secret"], with()).secret(), Some(1));
    refuses(&generic(), &["other", "another"], with(), "(1 found, 2 active secrets)");
    refuses(&generic(), &[], with(), "no secret named \"secret\"");
    refuses(&generic(), &[""], with(), "it is empty");
    refuses(&[], &["generic-secret"], with(), "declares no way");
}

#[test]
fn a_signature_header_that_is_there_twice_is_refused() {
    let twice = [("x-signature", GENERIC_SIGNATURE), ("X-Signature", GENERIC_SIGNATURE)];
    let request = request(&twice, "", GENERIC_BODY.as_bytes());
    refuses(&generic(), &["generic-secret"], request, "more than once");
}

#[test]
fn signatures_beyond_the_bound_are_ignored() {
    let mut recipe = hmac_of_body(header("x-signature"));
    recipe.signature.format = SignatureFormat::Versioned(pairs(" ", ",", "v1"));
    for (declared, before, good) in [(2, 1, true), (2, 2, false), (255, 7, true), (255, 8, false)] {
        recipe.signature.max = declared;
        let list = format!("{}v1,{GENERIC_SIGNATURE}", "v1,00 ".repeat(before));
        let request = request(&[("x-signature", &list)], "", GENERIC_BODY.as_bytes());
        let outcome = try_at(NOW, std::slice::from_ref(&recipe), &["generic-secret"], request);
        assert_eq!(outcome.is_ok(), good, "{declared} {before}");
    }
}

#[test]
fn a_delivery_id_outside_the_signature_says_so() {
    let mut recipe = hmac_of_body(header("x-signature"));
    recipe.delivery = Some(header("x-delivery"));
    let long = "x".repeat(513);
    for (id, expected) in [("d-1", Some("d-1")), ("", None), (long.as_str(), None)] {
        let headers = [("x-signature", GENERIC_SIGNATURE), ("x-delivery", id)];
        let request = request(&headers, "", GENERIC_BODY.as_bytes());
        let verified = accepts(std::slice::from_ref(&recipe), &["generic-secret"], request);
        let expected = expected.map(|id| Delivery { id: id.into(), signed: false });
        assert_eq!(verified.delivery(), expected.as_ref());
    }
}

#[test]
fn a_refusal_names_no_secret_no_signature_and_no_body() {
    let cases = [
        (generic(), "x-signature", "deadbeef"),
        (generic(), "x-signature", "not hex at all"),
        (vec![telegram()], "x-telegram-bot-api-secret-token", "deadbeef"),
        (vec![stripe()], "stripe-signature", "t=1700000000,v1=deadbeef"),
        (vec![stripe()], "stripe-signature", "t=deadbeef,v1=deadbeef"),
    ];
    for (recipes, name, text) in cases {
        let request = request(&[(name, text)], "", b"body-text");
        let refusal = try_at(NOW, &recipes, &["s3cret-text"], request).unwrap_err();
        for told in [refusal.to_string(), format!("{refusal:?}")] {
            for hidden in ["s3cret", "deadbeef", "not hex", "body-text"] {
                assert!(!told.contains(hidden), "{told}");
            }
        }
    }
}
#[test]
fn no_plugin_sees_a_proof() {
    let mut token_in_query = telegram();
    token_in_query.signature.at = vec![query("token")];
    let recipes = [telegram(), token_in_query];
    let headers = [
        ("x-telegram-bot-api-secret-token", "s3cret-token"),
        ("authorization", "Bearer x"),
        ("proxy-authorization", "Basic x"),
        ("cookie", "a=b"),
        ("content-type", "application/json"),
    ];
    let original = request(&headers, "a=%31&token=s3cret-token", b"{}");
    for verified in [
        accepts(&recipes, &["s3cret-token"], original.clone()),
        Verified::by_operator_waiver(&recipes, original.clone()),
    ] {
        assert_eq!(verified.request(), &request(&[("content-type", "application/json")], "a=%31", b"{}"));
        assert!(!format!("{verified:?}").contains("s3cret"), "{verified:?}");
    }
}

#[test]
fn a_token_in_the_body_is_blotted_out_for_the_plugin() {
    let mut recipe = telegram();
    recipe.signature.at = vec![json("/value/0/state")];
    let body = r#"{"value": [{"state": "s3\"cret"}, {"state": "s3\"cret", "n": 1}]}"#;
    let verified = accepts(&[recipe], &["s3\"cret"], request(&[], "", body.as_bytes()));
    let expected = r#"{"value": [{"state": "********"}, {"state": "********", "n": 1}]}"#;
    assert_eq!(String::from_utf8(verified.into_request().body).unwrap(), expected);
}
