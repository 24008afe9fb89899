//! The private keys with which senders sign, for trying out those whose public key is the secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use p256::pkcs8::DecodePrivateKey as _;
use zeroize::Zeroizing;

use crate::model::recipe::Scheme;
use crate::model::secret::Secret;

use super::sign::SignError;

/// What stands before the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410, section 7).
const ED25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// A private key, ready for use.
pub(super) enum PrivateKey {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<p256::ecdsa::SigningKey>),
}

impl PrivateKey {
    /// Reads PKCS#8 as `openssl genpkey` writes it, in PEM or in base64, or the 32 bytes alone in hex or
    /// base64.
    pub(super) fn new(scheme: Scheme, text: &Secret) -> Result<Self, SignError> {
        let bytes = bytes(text.expose());
        let bytes = bytes.as_deref().map_or(&[][..], Vec::as_slice);
        if scheme == Scheme::EcdsaP256Sha256 {
            let key = match bytes.len() {
                32 => p256::ecdsa::SigningKey::from_slice(bytes).ok(),
                _ => p256::ecdsa::SigningKey::from_pkcs8_der(bytes).ok(),
            };
            let expected = "a P-256 private key in PEM, base64 or hex";
            return key.map(|key| Self::P256(Box::new(key))).ok_or(SignError::PrivateKey { expected });
        }
        let seed = bytes.strip_prefix(&ED25519_PKCS8).unwrap_or(bytes);
        let seed = seed.try_into().map_err(|_| SignError::PrivateKey {
            expected: "an Ed25519 private key in PEM, base64 or hex",
        })?;
        Ok(Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(seed))))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Self::P256(key) => {
                let signature: p256::ecdsa::DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
        }
    }
}

fn bytes(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let text = Zeroizing::new(lines.collect::<String>());
    hex::decode(&*text).or_else(|_| STANDARD.decode(&*text)).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(scheme: Scheme, text: &str) -> Option<Vec<u8>> {
        PrivateKey::new(scheme, &Secret::new(text)).ok().map(|key| key.sign(b"message"))
    }

    #[test]
    fn a_key_is_the_same_however_it_is_written() {
        use p256::pkcs8::EncodePrivateKey as _;
        let pkcs8 = [&ED25519_PKCS8[..], &[7; 32]].concat();
        let secret = p256::SecretKey::from_slice(&[7; 32]).unwrap();
        let document = secret.to_pkcs8_der().unwrap();
        for (scheme, der) in
            [(Scheme::Ed25519, pkcs8), (Scheme::EcdsaP256Sha256, document.as_bytes().to_vec())]
        {
            let base64 = STANDARD.encode(&der);
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
            let expected = key(scheme, &hex::encode([7; 32]));
            assert!(expected.is_some());
            for text in [base64, pem, STANDARD.encode([7; 32])] {
                assert_eq!(key(scheme, &text), expected, "{scheme:?} {text}");
            }
            for text in ["", "x", "0707", &hex::encode([7; 31])] {
                assert_eq!(key(scheme, text), None, "{scheme:?} {text}");
            }
        }
    }
}
