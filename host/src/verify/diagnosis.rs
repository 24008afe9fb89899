//! Finds out why a signature does not fit, for the operator: each usual mistake is undone, to see whether it
//! fits then. Nothing is accepted by it.

use std::borrow::Cow;

use crate::model::bounds;
use crate::model::http::Request;
use crate::model::recipe::{KeyEncoding, Part, Recipe, Scheme};
use crate::model::secret::Secret;
use crate::model::time::Time;

use super::json;
use super::proof;
use super::reading::escape;
use super::refusal::Refusal;
use super::secrets::Secrets;

/// As [`super::Unproven::diagnose`] promises.
pub(super) fn diagnose(
    refusal: &Refusal,
    recipes: &[Recipe],
    secrets: &Secrets,
    public_url: Option<&str>,
    request: &Request,
    now: Time,
) -> Option<String> {
    if !matches!(refusal, Refusal::Mismatch { .. } | Refusal::NoPublicUrl | Refusal::Key { .. })
        || request.body.len() > bounds::DIAGNOSED_BODY_BYTES
    {
        return None;
    }
    let found = recipes.iter().find_map(|recipe| {
        let case = Case { recipe, secrets: secrets.active(&recipe.secret, now), public_url, request };
        case.other_secret().or_else(|| case.other_body()).or_else(|| case.other_url())
    });
    let is_mismatch = matches!(refusal, Refusal::Mismatch { .. });
    found.or_else(|| {
        is_mismatch.then(|| "no usual mistake explains it: most likely it is another secret".into())
    })
}

struct Case<'c> {
    recipe: &'c Recipe,
    secrets: &'c [Secret],
    public_url: Option<&'c str>,
    request: &'c Request,
}

impl Case<'_> {
    /// The secret is the right one, and is written or read in another way.
    fn other_secret(&self) -> Option<String> {
        let trimmed: Vec<Secret> =
            self.secrets.iter().map(|secret| Secret::new(secret.expose().trim())).collect();
        if trimmed != self.secrets && proof::fits_some(self.recipe, &trimmed, self.public_url, self.request) {
            return Some("it fits the secret without the spaces or line breaks around it".into());
        }
        if !matches!(self.recipe.scheme, Scheme::Hmac(_)) {
            return None;
        }
        for (key, how) in [
            (KeyEncoding::Utf8, "as the text it is"),
            (KeyEncoding::Hex, "as hexadecimal"),
            (KeyEncoding::Base64, "as base64"),
            (KeyEncoding::Whsec, "as base64 after whsec_"),
        ] {
            let other = Recipe { key, ..self.recipe.clone() };
            if key != self.recipe.key && proof::fits_some(&other, self.secrets, self.public_url, self.request)
            {
                return Some(format!("it fits the secret read {how}, which this recipe does not do"));
            }
        }
        None
    }

    /// Something on the way wrote the body anew.
    fn other_body(&self) -> Option<String> {
        let body = self.request.body.as_slice();
        let without_newline = body.strip_suffix(b"\r\n").or(body.strip_suffix(b"\n")).unwrap_or(body);
        for (other, how) in [
            (Cow::Borrowed(without_newline), "without the line break at its end"),
            (Cow::Owned([body, b"\n"].concat()), "with a line break at its end"),
            (Cow::Owned([body, b"\r\n"].concat()), "with a line break at its end"),
            (Cow::Owned(json::respaced(body, false)), "without spaces between its tokens"),
            (Cow::Owned(json::respaced(body, true)), "with spaces after commas and colons"),
            (escape(body).map_or(Cow::Borrowed(body), Cow::Owned), "with \\u escapes for all beyond ASCII"),
        ] {
            let request = Request { body: other.into_owned(), ..self.request.clone() };
            if request.body != body && proof::fits_some(self.recipe, self.secrets, self.public_url, &request)
            {
                return Some(format!(
                    "it fits the body {how}: something on the way read it and wrote it anew"
                ));
            }
        }
        None
    }

    /// The sender called another address than the operator states.
    fn other_url(&self) -> Option<String> {
        if !self.recipe.signed.iter().any(|part| matches!(part, Part::Url(_))) {
            return None;
        }
        let mut candidates = Vec::new();
        if let Some(url) = self.public_url {
            let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
            let rest = rest.trim_end_matches('/');
            let other = if scheme == "https" { "http" } else { "https" };
            candidates.extend([format!("{scheme}://{rest}/"), format!("{scheme}://{rest}")]);
            candidates.extend([format!("{other}://{rest}"), format!("{other}://{rest}/")]);
        }
        // Whoever signed knows the secret, so that a host that fits is one that the sender means.
        if let Some(host) = self.request.header("x-forwarded-host").or(self.request.header("host")) {
            let path = self.public_url.and_then(path).unwrap_or_default();
            candidates.extend([format!("https://{host}{path}"), format!("http://{host}{path}")]);
        }
        let called = candidates
            .iter()
            .find(|url| proof::fits_some(self.recipe, self.secrets, Some(url), self.request))?;
        Some(format!("it fits the address {called}: set public_url in [server] to what the sender calls"))
    }
}

/// The path of an address.
fn path(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    rest.find('/').map(|at| &rest[at..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recipe::{BodyForm, Locator, UrlForm};
    use crate::model::testing;
    use crate::verify::{sign, verify};

    const NOW: Time = Time(1_700_000_000_000);

    fn recipe(key: KeyEncoding, signed: Vec<Part>) -> Recipe {
        Recipe { key, signed, ..testing::hmac_of_body("key", Locator::Header("x-signature".into())) }
    }

    /// What is said of a request that was signed so and is checked so.
    fn said(
        (signing, secret, url, body): (&Recipe, &str, &str, &[u8]),
        (checking, known, configured, received): (&Recipe, &str, Option<&str>, &[u8]),
    ) -> Option<String> {
        let signed = sign(signing, &Secret::new(secret), Some(url), "POST", body, NOW, "id").unwrap();
        let mut headers = signed.headers;
        headers.push(("host".into(), "called.example.com".into()));
        let request = Request { headers, ..testing::request(received) };
        let secrets: Secrets = [("key".to_owned(), vec![Secret::new(known)])].into_iter().collect();
        let recipes = std::slice::from_ref(checking);
        let refusal = verify(recipes, &secrets, configured, request.clone(), NOW).unwrap_err();
        diagnose(&refusal, recipes, &secrets, configured, &request, NOW)
    }

    #[test]
    fn each_usual_mistake_is_named() {
        let body = recipe(KeyEncoding::Utf8, vec![Part::Body(BodyForm::Raw)]);
        let hex = recipe(KeyEncoding::Hex, vec![Part::Body(BodyForm::Raw)]);
        let url = recipe(KeyEncoding::Utf8, vec![Part::Url(UrlForm::Configured), Part::Body(BodyForm::Raw)]);
        let (here, sent) = ("https://hooks.example.com/w", &br#"{"a": 1,"b":"\u00e4"}"#[..]);
        let secret = "00112233445566778899aabbccddeeff";
        for (signed, checked, expected) in [
            ((&hex, secret, here, sent), (&body, secret, Some(here), sent), "read as hexadecimal"),
            ((&body, secret, here, sent), (&hex, secret, Some(here), sent), "read as the text it is"),
            (
                (&body, secret, here, sent),
                (&body, "00112233445566778899aabbccddeeff ", Some(here), sent),
                "without the spaces",
            ),
            (
                (&body, secret, here, br#"{"a":1}"#),
                (&body, secret, Some(here), br#"{"a": 1}"#),
                "without spaces between",
            ),
            (
                (&body, secret, here, br#"{"a": 1}"#),
                (&body, secret, Some(here), br#"{"a":1}"#),
                "after commas and colons",
            ),
            ((&body, secret, here, b"{}"), (&body, secret, Some(here), b"{}\n"), "without the line break"),
            ((&body, secret, here, b"{}\n"), (&body, secret, Some(here), b"{}"), "with a line break"),
            ((&url, secret, here, sent), (&url, secret, Some("http://hooks.example.com/w"), sent), here),
            (
                (&url, secret, "https://called.example.com/w", sent),
                (&url, secret, Some(here), sent),
                "https://called.example.com/w",
            ),
            (
                (&url, secret, "https://called.example.com", sent),
                (&url, secret, None, sent),
                "set public_url",
            ),
            ((&body, secret, here, sent), (&body, "something else", Some(here), sent), "another secret"),
        ] {
            let said = said(signed, checked).unwrap();
            assert!(said.contains(expected), "{expected}: {said}");
            assert!(!said.contains(secret), "{said}");
        }
    }
}
