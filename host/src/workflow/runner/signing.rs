//! Signs what is posted to a workflow, as Standard Webhooks has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::model::id::ExecutionId;
use crate::model::secret::Secret;
use crate::model::time::Time;

/// A secret that says it is base64 and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret begins with whsec_, but what follows is not base64")]
pub struct BadSecret;

/// Whether requests can be signed with this secret: `whsec_` and base64, or any other text.
///
/// # Errors
/// The operator has to correct it.
pub fn check_secret(secret: &Secret) -> Result<(), BadSecret> {
    key(secret).map(|_| ())
}

/// The headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. The id is the same for every
/// attempt, the time is not.
pub(super) fn headers(
    secret: &Secret,
    execution: ExecutionId,
    now: Time,
    body: &str,
) -> Result<[(&'static str, String); 3], BadSecret> {
    let key = key(secret)?;
    let (id, timestamp) = (execution.to_string(), (now.millis() / 1000).to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body.as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    Ok([("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)])
}

fn key(secret: &Secret) -> Result<Zeroizing<Vec<u8>>, BadSecret> {
    match secret.expose().strip_prefix("whsec_") {
        Some(encoded) => STANDARD.decode(encoded).map(Zeroizing::new).map_err(|_| BadSecret),
        None => Ok(Zeroizing::new(secret.expose().into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values were computed with another implementation (Python's `hmac`).
    #[test]
    fn a_request_is_signed_over_id_time_and_body() {
        let execution = "0192a3b4c5d67e8f9aabbccddeeff001".parse().unwrap();
        for (secret, expected) in [
            ("correct horse battery", "v1,pI2dTWEgYmaR+kugCDxri9HRhCYulF34GMEkJwbfvhc="),
            ("whsec_Y29ycmVjdCBob3JzZSBiYXR0ZXJ5", "v1,pI2dTWEgYmaR+kugCDxri9HRhCYulF34GMEkJwbfvhc="),
            ("whsec-Y29ycmVjdCBob3JzZSBiYXR0ZXJ5", "v1,YJnJ88ba7bf5txtQkTOeoL7kX4vSDFkSDb2FZAGNE9E="),
        ] {
            let now = Time(1_760_000_000_999);
            let headers = headers(&Secret::new(secret), execution, now, r#"{"attempt":1}"#).unwrap();
            let expected = [
                ("webhook-id", "0192a3b4c5d67e8f9aabbccddeeff001".to_owned()),
                ("webhook-timestamp", "1760000000".to_owned()),
                ("webhook-signature", expected.to_owned()),
            ];
            assert_eq!(headers, expected, "{secret}");
        }
    }

    #[test]
    fn a_secret_that_claims_to_be_base64_must_be() {
        for (secret, expected) in [
            ("any text", Ok(())),
            ("whsec_AAAA", Ok(())),
            ("whsec_AAA", Err(BadSecret)),
            ("whsec_not base64", Err(BadSecret)),
        ] {
            assert_eq!(check_secret(&Secret::new(secret)), expected, "{secret}");
        }
    }
}
