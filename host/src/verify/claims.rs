//! Proves what a plugin claims of a request that no recipe can describe.

use crate::model::bounds;
use crate::model::http::Request;
use crate::model::recipe::{Claim, Encoding, Recipe, Scheme, Signature, SignatureFormat};
use crate::model::time::Time;

use super::proof;
use super::refusal::Refusal;
use super::secrets::Secrets;
use super::verified::{Proof, Verified};

/// Proves who sent a request: every one of these claims must hold, with the secret of this name.
///
/// # Errors
/// As [`super::verify`].
pub fn verify_claims(
    claims: &[Claim],
    secret: &str,
    secrets: &Secrets,
    request: Request,
    now: Time,
) -> Result<Verified, Refusal> {
    let active = secrets.active(secret, now);
    if active.is_empty() {
        return Err(Refusal::NoSecret { name: secret.to_owned() });
    }
    let is_a_signature =
        |scheme: Scheme| matches!(scheme, Scheme::Hmac(_) | Scheme::Ed25519 | Scheme::EcdsaP256Sha256);
    let is_good =
        |claim: &Claim| claim.secret == secret && is_a_signature(claim.scheme) && !claim.message.is_empty();
    if claims.is_empty() || claims.len() > bounds::CLAIMS || !claims.iter().all(is_good) {
        let why = "the plugin claims nothing, too much, or what proves nothing".to_owned();
        return Err(Refusal::Claims { why });
    }
    let mut newest = 0;
    for claim in claims {
        let used = proof::proven_by(&recipe(claim), active, &claim.message, &claim.signature)?;
        newest = newest.max(used);
    }
    let proof = Proof { delivery: None, secret: newest, token_in_body: None };
    Ok(Verified::proven(&[], request, proof))
}

/// How a key is made for this claim; the places do not count, since the plugin has looked there.
fn recipe(claim: &Claim) -> Recipe {
    Recipe {
        scheme: claim.scheme,
        secret: claim.secret.clone(),
        key: claim.key,
        signature: Signature {
            at: Vec::new(),
            format: SignatureFormat::Raw,
            encoding: Encoding::Hex,
            max: 1,
        },
        signed: Vec::new(),
        timestamp: None,
        delivery: None,
        body_sha256_query: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recipe::{Hash, KeyEncoding};
    use crate::model::secret::Secret;
    use crate::model::testing;
    use crate::verify::hash::hmac;

    fn claim(message: &str, key: &str) -> Claim {
        Claim {
            scheme: Scheme::Hmac(Hash::Sha256),
            secret: "key".into(),
            key: KeyEncoding::Utf8,
            message: message.into(),
            signature: hmac(Hash::Sha256, key.as_bytes(), &[message]).to_vec(),
        }
    }

    fn judged(claims: &[Claim], secrets: &[&str]) -> Result<Option<usize>, String> {
        let values = secrets.iter().copied().map(Secret::new).collect();
        let secrets = [("key".to_owned(), values)].into_iter().collect();
        verify_claims(claims, "key", &secrets, testing::request(b""), Time(0))
            .map(|verified| verified.secret())
            .map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn every_claim_must_hold_and_prove_something() {
        let good = || claim("one", "new-secret");
        assert_eq!(judged(&[good(), claim("two", "new-secret")], &["new-secret"]), Ok(Some(0)));
        // In a rotation the oldest that was needed is named.
        assert_eq!(judged(&[good(), claim("two", "old-secret")], &["new-secret", "old-secret"]), Ok(Some(1)));
        let forged = Claim { message: b"three".into(), ..good() };
        let token = Claim { scheme: Scheme::Token, signature: b"new-secret".into(), ..good() };
        let digest = Claim { scheme: Scheme::Digest(Hash::Sha256), ..good() };
        let other = Claim { secret: "api_key".into(), ..good() };
        for (claims, expected) in [
            (vec![], "claims nothing"),
            (vec![good(), forged], "no signature fits"),
            (vec![claim("one", "another")], "no signature fits"),
            (vec![token], "proves nothing"),
            (vec![digest], "proves nothing"),
            (vec![other], "proves nothing"),
            (vec![claim("", "new-secret")], "proves nothing"),
            (vec![Claim { key: KeyEncoding::Hex, ..good() }], "not hexadecimal"),
            (vec![good(); bounds::CLAIMS + 1], "too much"),
        ] {
            let refused = judged(&claims, &["new-secret"]).unwrap_err();
            assert!(refused.contains(expected), "{expected}: {refused}");
        }
        assert!(judged(&[good()], &[]).unwrap_err().contains("no secret named"));
    }
}
