//! Signature bytes as text and back; strict, so that one signature has one spelling.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use crate::model::recipe::Encoding;

/// Writes unpadded, reads both.
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes; `None` when the text is not written this way.
pub(super) fn decode(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Hex => {
            // `hex::decode` collects byte by byte, which takes longer than hashing a short body.
            let mut bytes = vec![0; text.len() / 2];
            hex::decode_to_slice(text, &mut bytes).ok().map(|()| bytes)
        }
        Encoding::Base64 => STANDARD.decode(text).ok(),
        Encoding::Base64Url => BASE64_URL.decode(text).ok(),
    }
}

/// The text, in lower case where it is hexadecimal.
pub(super) fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Hex => hex::encode(bytes),
        Encoding::Base64 => STANDARD.encode(bytes),
        Encoding::Base64Url => BASE64_URL.encode(bytes),
    }
}

/// What it is called.
pub(super) fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Hex => "hex",
        Encoding::Base64 => "base64",
        Encoding::Base64Url => "base64url",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_declared_alphabet_and_padding_are_read() {
        use Encoding::{Base64, Base64Url, Hex};
        for (encoding, text, good) in [
            (Hex, "00ff", true),
            (Hex, "00FF", true),
            (Hex, "0", false),
            (Hex, "0x00", false),
            (Hex, " 00", false),
            (Base64, "+/8=", true),
            (Base64, "+/8", false),
            (Base64, "+/9=", false),
            (Base64, "-_8=", false),
            (Base64, "+/8=\n", false),
            (Base64Url, "-_8=", true),
            (Base64Url, "-_8", true),
            (Base64Url, "+/8=", false),
        ] {
            assert_eq!(decode(encoding, text).is_some(), good, "{encoding:?} {text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(bytes: Vec<u8>) {
            for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
                prop_assert_eq!(decode(encoding, &encode(encoding, &bytes)), Some(bytes.clone()));
            }
        }
    }
}
