//! What opens the admin listener: 128 random bits, new at every start.

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::model::id::random_token;

/// A bearer token. `Debug` does not show it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// A new one.
    pub fn generate() -> Self {
        Self(random_token())
    }

    /// The value of the `Authorization` header that shows it.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Whether a value of the `Authorization` header shows this token. Takes as long for any wrong one.
    pub fn is_shown_by(&self, authorization: &str) -> bool {
        let Some((scheme, given)) = authorization.split_once(' ') else { return false };
        scheme.eq_ignore_ascii_case("bearer") && bool::from(self.0.as_bytes().ct_eq(given.trim().as_bytes()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_opens() {
        let token = Token("0123456789abcdef0123456789abcdef".into());
        for (given, opens) in [
            (token.authorization().as_str(), true),
            ("bearer 0123456789abcdef0123456789abcdef", true),
            ("Basic 0123456789abcdef0123456789abcdef", false),
            ("Bearer 0123456789abcdef0123456789abcdee", false),
            ("Bearer 0123456789abcdef", false),
            ("Bearer ", false),
            ("0123456789abcdef0123456789abcdef", false),
            ("", false),
        ] {
            assert_eq!(token.is_shown_by(given), opens, "{given}");
        }
        assert!(!Token::generate().is_shown_by(&Token::generate().authorization()));
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
