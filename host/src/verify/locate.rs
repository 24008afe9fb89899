//! Finds the values of a request that recipes and handshakes name.

use std::borrow::Cow;

use crate::model::http::{Field, Request};
use crate::model::recipe::Locator;

use super::json;
use super::refusal::Refusal;

/// A request, and the fields that stood beside its signature.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) request: &'a Request,
    fields: &'a [Field],
}

impl<'a> Values<'a> {
    pub(super) fn new(request: &'a Request, fields: &'a [Field]) -> Self {
        Self { request, fields }
    }

    /// What stands at this place, if anything.
    ///
    /// A header, parameter or field that is there twice is refused: the plugin, or a proxy on the way, could
    /// go by the other one.
    pub(super) fn get(self, at: &Locator) -> Result<Option<Cow<'a, str>>, Refusal> {
        let found = match at {
            Locator::Header(name) => only(&self.request.headers, |key| key.eq_ignore_ascii_case(name)),
            Locator::Query(name) => only(&self.request.query, |key| key == name),
            Locator::SignatureField(name) => only(self.fields, |key| key == name),
            Locator::Json(pointer) => return Ok(json::at(&self.request.body, pointer).map(Cow::Owned)),
        };
        found.map(|value| value.map(Cow::Borrowed)).map_err(|Twice| Refusal::Repeated { at: place(at) })
    }

    /// What stands at this place; if nothing does, the request is refused.
    pub(super) fn require(self, at: &Locator) -> Result<Cow<'a, str>, Refusal> {
        self.get(at)?.ok_or_else(|| Refusal::PartMissing { at: place(at) })
    }
}

struct Twice;

fn only(fields: &[Field], is: impl Fn(&str) -> bool) -> Result<Option<&str>, Twice> {
    let mut found = fields.iter().filter(|(key, _)| is(key)).map(|(_, value)| value.as_str());
    let first = found.next();
    if found.next().is_some() { Err(Twice) } else { Ok(first) }
}

/// A place, in words for an operator.
pub(super) fn place(at: &Locator) -> String {
    match at {
        Locator::Header(name) => format!("header {name}"),
        Locator::Query(name) => format!("query parameter {name}"),
        Locator::Json(pointer) => format!("the body's {pointer}"),
        Locator::SignatureField(name) => format!("field {name} beside the signature"),
    }
}

/// Whether two locators name the same place.
pub(super) fn same_place(a: &Locator, b: &Locator) -> bool {
    match (a, b) {
        (Locator::Header(a), Locator::Header(b)) => a.eq_ignore_ascii_case(b),
        (a, b) => a == b,
    }
}

/// A manifest names a place that no request can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// It needs another name.
    #[error("{0:?} is no name of a header")]
    Header(String),
    /// It needs a name.
    #[error("a query parameter or signature field has no name")]
    Unnamed,
    /// It must begin with `/` and escape only with `~0` and `~1`.
    #[error("{0:?} is no JSON pointer to a part of the body")]
    Pointer(String),
}

/// Whether a request can have this place at all.
pub(super) fn check_place(at: &Locator) -> Result<(), PlaceError> {
    match at {
        Locator::Header(name) if !is_token(name) => Err(PlaceError::Header(name.clone())),
        Locator::Query(name) | Locator::SignatureField(name) if name.is_empty() => Err(PlaceError::Unnamed),
        Locator::Json(pointer) if !json::is_pointer(pointer) => Err(PlaceError::Pointer(pointer.clone())),
        _ => Ok(()),
    }
}

/// Whether this is a `token` of RFC 9110: the form of methods and of header names.
pub(super) fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}
