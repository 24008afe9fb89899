//! The type that says who sent a request is known.

use std::fmt;

use crate::model::http::Request;
use crate::model::recipe::{Locator, Recipe, Scheme};
use crate::model::secret::Secret;

use super::address::without_parameters;

/// Headers that prove something to the host and are nothing to a plugin.
const NEVER_FOR_PLUGINS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// A request whose sender is known, without what proves it: what a plugin may see and the store keeps. Only
/// [`super::verify`] makes one, or the operator's explicit waiver.
#[derive(Clone)]
pub struct Verified {
    request: Request,
    delivery: Option<Delivery>,
    secret: Option<usize>,
}

/// The sender's own id of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// As the sender wrote it.
    pub id: String,
    /// Whether the signature covers it. If not, somebody who has seen one delivery can send it again under
    /// another id, so that this id alone is no idempotency key.
    pub signed: bool,
}

/// What a recipe that holds has shown.
pub(super) struct Proof {
    pub(super) delivery: Option<Delivery>,
    /// The place of the secret among the active ones.
    pub(super) secret: usize,
    /// A token that stands in the body and must not reach the plugin.
    pub(super) token_in_body: Option<Secret>,
}

impl Verified {
    pub(super) fn proven(recipes: &[Recipe], mut request: Request, proof: Proof) -> Self {
        clear(&mut request, recipes);
        if let Some(token) = &proof.token_in_body {
            blot_out(&mut request.body, token);
        }
        Self { request, delivery: proof.delivery, secret: Some(proof.secret) }
    }

    /// Takes a request whose sender nobody has checked, because the operator wrote `verification = "none"`.
    ///
    /// The recipes say only what a plugin must not see: a sender may still send its token.
    pub fn by_operator_waiver(recipes: &[Recipe], mut request: Request) -> Self {
        clear(&mut request, recipes);
        Self { request, delivery: None, secret: None }
    }

    /// The request without its proof: without the headers and query parameters in which any recipe looks for
    /// signatures and tokens, `authorization`, `cookie` and `proxy-authorization`; a token that stood in the body
    /// is blotted out.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The same, to be kept.
    pub fn into_request(self) -> Request {
        self.request
    }

    /// The sender's id of this delivery, of at most [`crate::model::bounds::EVENT_ID_BYTES`]; `None` where
    /// the recipe names no place for it, or nothing stands there.
    pub fn delivery(&self) -> Option<&Delivery> {
        self.delivery.as_ref()
    }

    /// Which of the active secrets matched: 0 is the current one, 1 the previous. `None`: nothing was
    /// checked.
    pub fn secret(&self) -> Option<usize> {
        self.secret
    }
}

/// Takes the proof away. In place, since it is done for every request.
fn clear(request: &mut Request, recipes: &[Recipe]) {
    let hides =
        |is: &dyn Fn(&Locator) -> bool| recipes.iter().flat_map(|recipe| &recipe.signature.at).any(is);
    request.headers.retain(|(name, _)| {
        let is_here =
            |at: &Locator| matches!(at, Locator::Header(header) if name.eq_ignore_ascii_case(header));
        !is_never_for_plugins(name) && !hides(&is_here)
    });
    let hides_parameter = |name: &str| hides(&|at| matches!(at, Locator::Query(key) if key == name));
    if request.query.iter().any(|(name, _)| hides_parameter(name)) {
        request.query.retain(|(name, _)| !hides_parameter(name));
        request.raw_query = without_parameters(&request.raw_query, hides_parameter);
    }
}

/// Whether a header proves something to the host and is nothing to a plugin.
pub(super) fn is_never_for_plugins(name: &str) -> bool {
    NEVER_FOR_PLUGINS.iter().any(|header| name.eq_ignore_ascii_case(header))
}

/// Neither the proof nor the body is for a log.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("delivery", &self.delivery)
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

/// The token of a recipe that looks for it in the body (Microsoft Graph's `clientState`).
pub(super) fn token_in_body(recipe: &Recipe, secret: &Secret) -> Option<Secret> {
    let in_body = recipe.signature.at.iter().any(|at| matches!(at, Locator::Json(_)));
    (recipe.scheme == Scheme::Token && in_body).then(|| secret.clone())
}

/// Overwrites a secret wherever a JSON body holds it, in the spelling that JSON writers give it.
fn blot_out(body: &mut [u8], secret: &Secret) {
    let quoted = serde_json::Value::from(secret.expose()).to_string();
    let spelled = &quoted.as_bytes()[1..quoted.len() - 1];
    let mut start = 0;
    while let Some(found) = body[start..].windows(spelled.len()).position(|bytes| bytes == spelled) {
        let end = start + found + spelled.len();
        body[start + found..end].fill(b'*');
        start = end;
    }
}
