//! HTTP as the plugins and the verification see it.

use serde::{Deserialize, Serialize};

/// A name and a value: a header, a query parameter, a setting, an attribute. Names may repeat.
pub type Field = (String, String);

/// The first value with this name; names are compared without case.
pub fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Headers that are the host's, in both directions: framing, connections, credentials, cookies and who it
/// says it is.
const RESERVED_HEADERS: [&str; 17] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Whether a header is the host's, so that no plugin may set it.
pub fn is_reserved_header(name: &str) -> bool {
    RESERVED_HEADERS.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// A request as it arrived, apart from what HTTP itself consumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// In upper case.
    pub method: String,
    /// Below the provider's own path: empty, or `/...`.
    pub path: String,
    /// The query as it stood in the URL, without `?`; empty when there was none.
    pub raw_query: String,
    /// Decoded, in order.
    pub query: Vec<Field>,
    /// Names in lower case, in order; one entry for each occurrence.
    pub headers: Vec<Field>,
    /// The exact bytes, which are what a sender signs.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Request {
    /// The first value of this header; names are compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        field(&self.headers, name)
    }
}

/// What a plugin wants answered, or what a provider answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// In order; names as written.
    #[serde(default)]
    pub headers: Vec<Field>,
    /// The body.
    #[serde(default, with = "super::bytes")]
    pub body: Vec<u8>,
}
