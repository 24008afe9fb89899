//! Checks a recipe when it is loaded, and says what it protects.

use crate::model::recipe::{
    Atom, Joined, KeyEncoding, Locator, Part, Recipe, Scheme, SignatureFormat, UrlForm,
};

use super::locate::{PlaceError, check_place, place, same_place};

/// What is wrong with a recipe. Its plugin cannot be loaded; only its author can change it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// The recipe names no secret.
    #[error("it names no secret")]
    NoSecretName,
    /// It looks for signatures nowhere, or accepts none.
    #[error("it looks for no signature: `at` is empty or `max` is 0")]
    NoSignature,
    /// A place that no request can have.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Fields beside the signature exist only in the format `pairs`, and never hold the signature itself.
    #[error("signature field {0:?} cannot be there: the format is not `pairs`, or it holds the signature")]
    SignatureField(String),
    /// The punctuation of a list must not be empty.
    #[error("a separator, an `equals` or a label of the signature's format is empty")]
    Punctuation,
    /// The signature would cover nothing.
    #[error("nothing is signed")]
    NothingSigned,
    /// Anybody could compute it.
    #[error("the digest does not cover the secret")]
    DigestWithoutSecret,
    /// It would not be known which of the two is meant.
    #[error("the {0} is signed twice")]
    Twice(&'static str),
    /// Nobody could make such a signature.
    #[error("the signature stands in what it signs: {0}")]
    SignsItself(String),
    /// Such keys are not written this way.
    #[error("a key of this scheme cannot be written as {0:?}")]
    Key(KeyEncoding),
    /// Anybody could change it.
    #[error("the signature does not cover the timestamp: {0}")]
    TimestampNotSigned(String),
    /// Anybody could change it.
    #[error("the signature does not cover the query in which the hash of the body stands")]
    BodyHashNotSigned,
}

/// Says whether a recipe can be carried out and proves something, once, when its plugin is loaded.
///
/// # Errors
/// What the plugin's author has to change.
pub fn check_recipe(recipe: &Recipe) -> Result<(), RecipeError> {
    if recipe.secret.is_empty() {
        return Err(RecipeError::NoSecretName);
    }
    check_places(recipe)?;
    check_key(recipe)?;
    if has_message(recipe.scheme) {
        check_signed(recipe)?;
    }
    if let Some(timestamp) = &recipe.timestamp
        && !is_signed(recipe, &timestamp.at)
    {
        return Err(RecipeError::TimestampNotSigned(place(&timestamp.at)));
    }
    if recipe.body_sha256_query.is_some() && !signs_query(recipe) {
        return Err(RecipeError::BodyHashNotSigned);
    }
    Ok(())
}

/// Whether a request that fits this recipe holds the body that its sender sent. Where it does not, as with
/// every token, somebody who has seen one request can make others; a caller may ask the operator first.
pub fn covers_body(recipe: &Recipe) -> bool {
    let body = |part: &Part| matches!(part, Part::Body(_) | Part::FormSorted);
    has_message(recipe.scheme)
        && (recipe.signed.iter().any(body) || recipe.body_sha256_query.is_some() && signs_query(recipe))
}

/// Whether the signature covers what stands at this place.
pub(super) fn is_signed(recipe: &Recipe, at: &Locator) -> bool {
    let covers_all_of_it = match at {
        Locator::Json(_) => covers_body(recipe),
        Locator::Query(_) => signs_query(recipe),
        Locator::Header(_) | Locator::SignatureField(_) => false,
    };
    let by_itself = || values(recipe).any(|value| same_place(value, at));
    has_message(recipe.scheme) && (covers_all_of_it || by_itself())
}

/// The values that are signed one by one.
pub(super) fn values(recipe: &Recipe) -> impl Iterator<Item = &Locator> {
    recipe.signed.iter().flat_map(|part| -> Vec<&Locator> {
        match part {
            Part::Value(at) => vec![at],
            Part::Joined(Joined { values, .. }) => values.iter().collect(),
            Part::Sorted(atoms) => atoms
                .iter()
                .filter_map(|atom| match atom {
                    Atom::Value(at) => Some(at),
                    Atom::Secret => None,
                })
                .collect(),
            _ => vec![],
        }
    })
}

/// Whether something is signed at all; a token only says that its bearer knows it.
pub(super) fn has_message(scheme: Scheme) -> bool {
    !matches!(scheme, Scheme::Token | Scheme::Basic)
}

fn signs_query(recipe: &Recipe) -> bool {
    let with_query = |part: &Part| matches!(part, Part::Url(form) if *form != UrlForm::WithoutQuery);
    has_message(recipe.scheme) && recipe.signed.iter().any(with_query)
}

fn check_places(recipe: &Recipe) -> Result<(), RecipeError> {
    let signature = &recipe.signature;
    if signature.at.is_empty() || signature.max == 0 {
        return Err(RecipeError::NoSignature);
    }
    let has_fields = match &signature.format {
        SignatureFormat::Raw | SignatureFormat::Prefix(_) => false,
        SignatureFormat::Pairs(list) | SignatureFormat::Versioned(list) => {
            if list.separator.is_empty() || list.equals.is_empty() || list.label.is_empty() {
                return Err(RecipeError::Punctuation);
            }
            matches!(signature.format, SignatureFormat::Pairs(_))
        }
    };
    for at in &signature.at {
        check_place(at)?;
        if let Locator::SignatureField(name) = at {
            return Err(RecipeError::SignatureField(name.clone()));
        }
    }
    let parameter = recipe.body_sha256_query.clone().map(Locator::Query);
    let timestamp = recipe.timestamp.as_ref().map(|timestamp| &timestamp.at);
    for at in values(recipe).chain(timestamp).chain(&recipe.delivery).chain(&parameter) {
        check_place(at)?;
        if let Locator::SignatureField(name) = at
            && !has_fields
        {
            return Err(RecipeError::SignatureField(name.clone()));
        }
    }
    Ok(())
}

fn check_key(recipe: &Recipe) -> Result<(), RecipeError> {
    use KeyEncoding::{Base64, Hex, SpkiBase64, Utf8, Whpk, Whsec};
    let good = match recipe.scheme {
        Scheme::Token | Scheme::Basic | Scheme::Digest(_) => matches!(recipe.key, Utf8),
        Scheme::Hmac(_) => matches!(recipe.key, Utf8 | Hex | Base64 | Whsec),
        Scheme::Ed25519 => matches!(recipe.key, Hex | Base64 | Whpk),
        Scheme::EcdsaP256Sha256 => matches!(recipe.key, SpkiBase64),
    };
    if good { Ok(()) } else { Err(RecipeError::Key(recipe.key)) }
}

fn check_signed(recipe: &Recipe) -> Result<(), RecipeError> {
    let signed = &recipe.signed;
    let count = |is: fn(&Part) -> bool| signed.iter().filter(|part| is(part)).count();
    // A text or a method alone would be the same for every request.
    if !signed.iter().any(|part| !matches!(part, Part::Text(_) | Part::Secret | Part::Method)) {
        return Err(RecipeError::NothingSigned);
    }
    let holds_secret = |part: &Part| match part {
        Part::Secret => true,
        Part::Sorted(atoms) => atoms.contains(&Atom::Secret),
        _ => false,
    };
    if matches!(recipe.scheme, Scheme::Digest(_)) && !signed.iter().any(holds_secret) {
        return Err(RecipeError::DigestWithoutSecret);
    }
    if count(|part| matches!(part, Part::Body(_))) > 1 {
        return Err(RecipeError::Twice("body"));
    }
    if count(|part| matches!(part, Part::Url(_))) > 1 {
        return Err(RecipeError::Twice("URL"));
    }
    let within = |at: &&Locator| match at {
        Locator::Query(_) => signs_query(recipe),
        Locator::Json(_) => covers_body(recipe),
        Locator::Header(_) | Locator::SignatureField(_) => false,
    };
    let named = |at: &&Locator| values(recipe).any(|value| same_place(value, at));
    match recipe.signature.at.iter().find(|at| within(at) || named(at)) {
        Some(at) => Err(RecipeError::SignsItself(place(at))),
        None => Ok(()),
    }
}
