//! How a sender proves itself, as data: signature recipes and handshakes. `verify` carries them out.
//!
//! The same words stand in `wit/manifest.wit`, in presets and in `hookhost.toml`, there with `_` for `-`. A
//! word that is not known is an error everywhere: a record that is read in part would prove less than it says.

use serde::{Deserialize, Serialize};

use super::bounds;

/// One way to prove who sent a request. Any active secret and any found signature will do; a part that
/// is not there refuses the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What kind of proof it is.
    pub scheme: Scheme,
    /// Which of the manifest's secrets is the key.
    #[serde(default = "default_secret")]
    pub secret: String,
    /// How the secret's text becomes key bytes.
    #[serde(default)]
    pub key: KeyEncoding,
    /// Where the proof stands and how it is written.
    pub signature: Signature,
    /// What is signed, concatenated; unused for [`Scheme::Token`] and [`Scheme::Basic`].
    #[serde(default)]
    pub signed: Vec<Part>,
    /// When it was signed; out of tolerance or missing refuses the request.
    pub timestamp: Option<Timestamp>,
    /// The sender's own id of this delivery.
    pub delivery: Option<Locator>,
    /// This query parameter must be the hex SHA-256 of the body (Twilio's JSON form).
    pub body_sha256_query: Option<String>,
}

/// The name of a secret of which nobody said more.
fn default_secret() -> String {
    "webhook_secret".into()
}

fn default_max() -> u8 {
    u8::try_from(bounds::SIGNATURES).expect("it is 8")
}

fn default_refusal() -> u16 {
    403
}

fn default_status() -> u16 {
    200
}

/// What kind of proof a recipe asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// The secret itself.
    Token,
    /// HTTP Basic; the secret is `user:password`.
    Basic,
    /// A keyed hash of what is signed.
    Hmac(Hash),
    /// A plain hash over parts of which one is the secret.
    Digest(Hash),
    /// The secret is the sender's public key.
    Ed25519,
    /// The secret is the sender's public key; the signature is DER.
    EcdsaP256Sha256,
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// How a secret's text becomes key bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyEncoding {
    /// Its UTF-8 bytes.
    #[default]
    Utf8,
    /// Hexadecimal.
    Hex,
    /// Standard base64, strict.
    Base64,
    /// Base64 after `whsec_`, which may be missing (Standard Webhooks).
    Whsec,
    /// Base64 after `whpk_`, which may be missing (Standard Webhooks' public keys).
    Whpk,
    /// Base64 of a DER `SubjectPublicKeyInfo`.
    SpkiBase64,
}

/// How signature bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal in either case.
    Hex,
    /// Standard base64 with padding.
    Base64,
    /// The URL-safe alphabet, with or without padding.
    #[serde(rename = "base64url", alias = "base64_url")]
    Base64Url,
}

/// Where signatures stand and how they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Looked at in order; what is missing is skipped.
    pub at: Vec<Locator>,
    /// How a found value is laid out.
    #[serde(default)]
    pub format: SignatureFormat,
    /// How its bytes are written.
    pub encoding: Encoding,
    /// How many candidates are tried; more are ignored.
    #[serde(default = "default_max")]
    pub max: u8,
}

/// How a signature's text is laid out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureFormat {
    /// Nothing around it.
    #[default]
    Raw,
    /// After this prefix; a value without it is no candidate.
    Prefix(String),
    /// `t=1,v1=ab,v1=cd`: all with the label; the others become signature fields.
    Pairs(Pairs),
    /// `v1,ab v1a,cd`: all with the label; others are ignored.
    Versioned(Pairs),
}

/// The punctuation of a list of labelled values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pairs {
    /// Between two entries.
    pub separator: String,
    /// Between a label and its value.
    pub equals: String,
    /// Which label marks a signature.
    pub label: String,
}

/// Where in a request a value stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locator {
    /// A header, by its name in any case.
    Header(String),
    /// A query parameter, decoded.
    Query(String),
    /// A JSON pointer into the body.
    Json(String),
    /// A field that [`SignatureFormat::Pairs`] found beside the signature.
    SignatureField(String),
}

/// A piece of what is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A literal.
    Text(String),
    /// A value of the request; refused when missing.
    Value(Locator),
    /// The secret's own text.
    Secret,
    /// The request's method.
    Method,
    /// The body.
    Body(BodyForm),
    /// The address that the sender called, as the operator states it.
    Url(UrlForm),
    /// Form parameters, deduplicated, sorted, names and values joined (Twilio).
    FormSorted,
    /// Sorted, then joined (WeChat).
    Sorted(Vec<Atom>),
    /// Joined; missing values are empty (Adyen).
    Joined(Joined),
}

/// An operand of [`Part::Sorted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Atom {
    /// The secret's own text.
    Secret,
    /// A value of the request.
    Value(Locator),
}

/// Values with a separator between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joined {
    /// Between two values.
    pub separator: String,
    /// In order.
    pub values: Vec<Locator>,
}

/// Which bytes of the body are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyForm {
    /// As received.
    Raw,
    /// As received or, where it holds bytes above 127, with those as lower-case `\uXXXX` (Meta).
    RawOrEscaped,
}

/// Which form of the operator's public URL is signed; never one made from the `Host` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrlForm {
    /// As configured, with the path and query of the request.
    Configured,
    /// Without the query.
    WithoutQuery,
    /// With and without the port (Twilio).
    PortVariants,
    /// With the characters decoded that HubSpot decodes.
    HubspotDecoded,
}

/// When a request was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timestamp {
    /// Where it stands.
    pub at: Locator,
    /// How it is written.
    pub format: TimeFormat,
    /// How far it may be from the host's clock, in seconds, in both directions.
    pub tolerance_s: u32,
}

/// How a timestamp is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// Seconds since 1970.
    UnixS,
    /// Milliseconds since 1970.
    UnixMs,
    /// RFC 3339.
    Rfc3339,
}

/// What a plugin says must be proven of a request, where no [`Recipe`] can say it: that whoever knows the key
/// has signed these bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// With what.
    pub scheme: Scheme,
    /// Which of the manifest's secrets is the key.
    pub secret: String,
    /// How the secret's text becomes key bytes.
    pub key: KeyEncoding,
    /// What was signed.
    pub message: Vec<u8>,
    /// What the request bears, decoded.
    pub signature: Vec<u8>,
}

/// A request that is answered natively and never becomes an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// In upper case.
    pub method: String,
    /// All must hold.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// Only after the signature was verified.
    #[serde(default)]
    pub signed: bool,
    /// The sender must know this secret, else [`Self::refusal`].
    pub check: Option<SecretCheck>,
    /// The status for a sender that does not know the secret.
    #[serde(default = "default_refusal")]
    pub refusal: u16,
    /// Keep what is delivered here as this secret, once the operator agrees.
    pub learn: Option<SecretCheck>,
    /// The status of the answer.
    #[serde(default = "default_status")]
    pub status: u16,
    /// The headers of the answer.
    #[serde(default)]
    pub headers: Vec<HandshakeHeader>,
    /// The body of the answer, concatenated.
    #[serde(default)]
    pub body: Vec<HandshakePart>,
}

/// A value must be there and, where stated, equal a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Where it stands.
    pub at: Locator,
    /// `None`: any value.
    pub equals: Option<String>,
}

/// A place in the request that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretCheck {
    /// Where it stands.
    pub at: Locator,
    /// Which of the manifest's secrets it is.
    pub secret: String,
}

/// A header of a handshake's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandshakeHeader {
    /// Its name.
    pub name: String,
    /// Its value, concatenated.
    pub value: Vec<HandshakePart>,
}

/// A piece of a handshake's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandshakePart {
    /// A literal.
    Text(String),
    /// A value of the request.
    Value(Locator),
    /// A value of the request, quoted and escaped as a JSON string.
    JsonString(Locator),
    /// A keyed hash of a value of the request (X, Zoom).
    Hmac(HandshakeHmac),
}

/// A keyed hash of a value of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandshakeHmac {
    /// What is hashed.
    pub value: Locator,
    /// Which secret is the key.
    pub secret: String,
    /// With which function.
    pub hash: Hash,
    /// How the result is written.
    pub encoding: Encoding,
}
