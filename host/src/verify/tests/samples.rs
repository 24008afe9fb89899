//! Recipes and requests that the tests share.

use crate::model::http::Request;
use crate::model::recipe::{
    BodyForm, Encoding, Hash, KeyEncoding, Locator, Pairs, Part, Recipe, Scheme, SignatureFormat, TimeFormat,
    Timestamp, UrlForm,
};
use crate::model::secret::Secret;
use crate::model::testing;
use crate::verify::Secrets;

pub(super) const URL: &str = "https://hooks.example.com/webhooks/test";

pub(super) fn header(name: &str) -> Locator {
    Locator::Header(name.into())
}

pub(super) fn query(name: &str) -> Locator {
    Locator::Query(name.into())
}

pub(super) fn json(pointer: &str) -> Locator {
    Locator::Json(pointer.into())
}

pub(super) fn field(name: &str) -> Locator {
    Locator::SignatureField(name.into())
}

pub(super) fn value(at: Locator) -> Part {
    Part::Value(at)
}

pub(super) fn text(text: &str) -> Part {
    Part::Text(text.into())
}

pub(super) fn raw_body() -> Part {
    Part::Body(BodyForm::Raw)
}

pub(super) fn pairs(separator: &str, equals: &str, label: &str) -> Pairs {
    Pairs { separator: separator.into(), equals: equals.into(), label: label.into() }
}

/// HMAC-SHA256 of the body in a hexadecimal header; the tests change what they are about.
pub(super) fn hmac_of_body(at: Locator) -> Recipe {
    testing::hmac_of_body("secret", at)
}

pub(super) fn telegram() -> Recipe {
    let at = header("x-telegram-bot-api-secret-token");
    Recipe { scheme: Scheme::Token, signed: vec![], ..hmac_of_body(at) }
}

pub(super) fn meta() -> Recipe {
    let mut recipe = hmac_of_body(header("x-hub-signature-256"));
    recipe.signature.format = SignatureFormat::Prefix("sha256=".into());
    recipe.signed = vec![Part::Body(BodyForm::RawOrEscaped)];
    recipe
}

/// With and without `sha256=`.
pub(super) fn generic() -> Vec<Recipe> {
    let bare = hmac_of_body(header("x-signature"));
    let mut prefixed = bare.clone();
    prefixed.signature.format = SignatureFormat::Prefix("sha256=".into());
    vec![prefixed, bare]
}

pub(super) fn standard_webhooks() -> Recipe {
    let mut recipe = hmac_of_body(header("webhook-signature"));
    recipe.key = KeyEncoding::Whsec;
    recipe.signature.format = SignatureFormat::Versioned(pairs(" ", ",", "v1"));
    recipe.signature.encoding = Encoding::Base64;
    let (id, time) = (header("webhook-id"), header("webhook-timestamp"));
    recipe.signed = vec![value(id.clone()), text("."), value(time.clone()), text("."), raw_body()];
    recipe.timestamp = Some(Timestamp { at: time, format: TimeFormat::UnixS, tolerance_s: 300 });
    recipe.delivery = Some(id);
    recipe
}

pub(super) fn stripe() -> Recipe {
    let mut recipe = hmac_of_body(header("stripe-signature"));
    recipe.signature.format = SignatureFormat::Pairs(pairs(",", "=", "v1"));
    recipe.signed = vec![value(field("t")), text("."), raw_body()];
    recipe.timestamp = Some(Timestamp { at: field("t"), format: TimeFormat::UnixS, tolerance_s: 300 });
    recipe
}

pub(super) fn slack() -> Recipe {
    let mut recipe = hmac_of_body(header("x-slack-signature"));
    recipe.signature.format = SignatureFormat::Prefix("v0=".into());
    let time = header("x-slack-request-timestamp");
    recipe.signed = vec![text("v0:"), value(time.clone()), text(":"), raw_body()];
    recipe.timestamp = Some(Timestamp { at: time, format: TimeFormat::UnixS, tolerance_s: 300 });
    recipe
}

pub(super) fn twilio_form() -> Recipe {
    let mut recipe = hmac_of_body(header("x-twilio-signature"));
    recipe.scheme = Scheme::Hmac(Hash::Sha1);
    recipe.signature.encoding = Encoding::Base64;
    recipe.signed = vec![Part::Url(UrlForm::PortVariants), Part::FormSorted];
    recipe
}

pub(super) fn twilio_json() -> Recipe {
    Recipe {
        signed: vec![Part::Url(UrlForm::PortVariants)],
        body_sha256_query: Some("bodySHA256".into()),
        ..twilio_form()
    }
}

pub(super) fn secrets(texts: &[&str]) -> Secrets {
    let secrets = texts.iter().copied().map(Secret::new).collect();
    [("secret".to_owned(), secrets)].into_iter().collect()
}

/// A POST to [`URL`].
pub(super) fn request(headers: &[(&str, &str)], raw_query: &str, body: &[u8]) -> Request {
    Request {
        raw_query: raw_query.into(),
        query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        headers: headers.iter().map(|(name, value)| (name.to_lowercase(), (*value).into())).collect(),
        ..testing::request(body)
    }
}
