//! Asks an adapter what is to be proven of a request: the second world of the contract, which few implement.

use wasmtime::Store;
use wasmtime::component::{ComponentType, Instance, Lift};

use super::bindings::hookhost::provider::manifest::{KeyEncoding, Scheme};
use super::bindings::hookhost::provider::types::{Context, Request};
use super::guest::Guest;
use super::log::printable;
use crate::model::recipe;

/// The interface that only adapters of the world `plugin-with-claims` export.
pub(super) const CLAIMS: &str = "hookhost:provider/claims@0.1.0";
/// Its only function.
pub(super) const PROVE: &str = "prove";

/// What it takes.
pub(super) type Asked<'a> = (&'a Context, &'a Request, Option<&'a str>);
/// What it gives.
pub(super) type Said = (Result<Vec<Claim>, String>,);

/// As the contract has it.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct Claim {
    scheme: Scheme,
    secret: String,
    key: KeyEncoding,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl From<Claim> for recipe::Claim {
    fn from(claim: Claim) -> Self {
        Self {
            scheme: claim.scheme.into(),
            secret: claim.secret,
            key: claim.key.into(),
            message: claim.message,
            signature: claim.signature,
        }
    }
}

/// Calls it in a sandbox that was just made.
pub(super) async fn prove(
    store: &mut Store<Guest>,
    instance: &Instance,
    asked: Asked<'_>,
) -> wasmtime::Result<Result<Vec<recipe::Claim>, String>> {
    let missing = || wasmtime::Error::msg("it exports no claims");
    let interface = instance.get_export_index(&mut *store, None, CLAIMS).ok_or_else(missing)?;
    let function = instance.get_export_index(&mut *store, Some(&interface), PROVE).ok_or_else(missing)?;
    let function = instance.get_typed_func::<Asked<'_>, Said>(&mut *store, function)?;
    let (said,) = function.call_async(&mut *store, asked).await?;
    let claims = said.map(|claims| claims.into_iter().map(Into::into).collect());
    // A stranger may have made it say this, and it stands in the log.
    Ok(claims.map_err(|why| printable(&why)))
}
