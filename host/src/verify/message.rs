//! Puts together what a sender signed.

use std::borrow::Cow;
use std::collections::BTreeSet;

use url::form_urlencoded;

use crate::model::recipe::{Atom, Joined, Part};
use crate::model::secret::Secret;

use super::locate::Values;
use super::reading::Reading;
use super::refusal::Refusal;

/// The signed bytes, in pieces, so that a body need not be copied.
pub(super) type Message<'a> = Vec<Cow<'a, [u8]>>;

/// Puts the parts together for one reading of the request; a part that is not there refuses it.
pub(super) fn assemble<'a>(
    parts: &'a [Part],
    values: Values<'a>,
    reading: &'a Reading<'_>,
    secret: &'a Secret,
) -> Result<Message<'a>, Refusal> {
    // Collecting would not know how many there are, and grow.
    let mut message = Message::with_capacity(parts.len());
    for part in parts {
        message.push(piece(part, values, reading, secret)?);
    }
    Ok(message)
}

fn piece<'a>(
    part: &'a Part,
    values: Values<'a>,
    reading: &'a Reading<'_>,
    secret: &'a Secret,
) -> Result<Cow<'a, [u8]>, Refusal> {
    Ok(match part {
        Part::Text(text) => text.as_bytes().into(),
        Part::Value(at) => bytes(values.require(at)?),
        Part::Secret => secret.expose().as_bytes().into(),
        Part::Method => values.request.method.as_bytes().into(),
        Part::Body(_) => Cow::Borrowed(&*reading.body),
        Part::Url(_) => reading.url.as_bytes().into(),
        Part::FormSorted => form_sorted(&values.request.body)?.into_bytes().into(),
        Part::Sorted(atoms) => sorted(atoms, values, secret)?.into(),
        Part::Joined(joined) => join(joined, values)?.into_bytes().into(),
    })
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Twilio's form: every distinct pair of name and value, sorted, with nothing between them.
fn form_sorted(body: &[u8]) -> Result<String, Refusal> {
    if std::str::from_utf8(body).is_err() {
        return Err(Refusal::PartMissing { at: "a form in the body".to_owned() });
    }
    let pairs: BTreeSet<_> = form_urlencoded::parse(body).collect();
    Ok(pairs.into_iter().flat_map(|(name, value)| [name, value]).collect())
}

fn sorted(atoms: &[Atom], values: Values<'_>, secret: &Secret) -> Result<Vec<u8>, Refusal> {
    let mut texts = atoms
        .iter()
        .map(|atom| match atom {
            Atom::Secret => Ok(Cow::Borrowed(secret.expose())),
            Atom::Value(at) => values.require(at),
        })
        .collect::<Result<Vec<_>, _>>()?;
    texts.sort_unstable();
    Ok(texts.concat().into_bytes())
}

fn join(joined: &Joined, values: Values<'_>) -> Result<String, Refusal> {
    let texts = joined.values.iter().map(|at| values.get(at).map(Option::unwrap_or_default));
    Ok(texts.collect::<Result<Vec<_>, _>>()?.join(&joined.separator))
}
