//! Whether a component fits the contract, in words that name what does not.
//!
//! Wasmtime stops at the first mismatch and speaks of linkers and implementations. Where it refuses, this
//! compares the component with the contract as a whole and says everything that differs at once.

mod contract;
mod mismatch;
mod shape;

use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentNamedList, InstancePre, Lift, Linker, Lower};

use self::contract::Contract;
use self::shape::Shapes;
use super::bindings::PluginPre;
use super::bindings::hookhost::provider::manifest::Manifest;
use super::bindings::hookhost::provider::types::{Answer, Context, Progress, Request, Task, Verdict};
use super::claims::{Asked, CLAIMS, PROVE, Said};
use super::guest::Guest;
use super::linker::{Linkers, offered};

pub use self::mismatch::Mismatch;

/// The interface that every adapter exports, with the version that this host speaks.
pub(super) const CONTRACT: &str = "hookhost:provider/provider@0.1.0";
/// The version of the contract that plugins are built for.
pub const CONTRACT_VERSION: &str = "0.1.0";

/// What is in it.
const FUNCTIONS: [&str; 4] = ["describe", "receive", "begin", "resume"];

/// Links a component, if it fits.
///
/// # Errors
/// Everything that does not; never nothing.
pub(super) fn fit(
    linkers: &Linkers,
    component: &Component,
    is_compat: bool,
) -> Result<PluginPre<Guest>, Vec<Mismatch>> {
    link(linkers.of(is_compat), component).map_err(|error| {
        let found = mismatches(component, is_compat);
        // What the comparison does not look at: an interface of WASI with other functions than ours has.
        if found.is_empty() { vec![Mismatch::Other(format!("{error:#}"))] } else { found }
    })
}

fn link(linker: &Linker<Guest>, component: &Component) -> wasmtime::Result<PluginPre<Guest>> {
    let linked = linker.instantiate_pre(component)?;
    // Linking does not look at this; without it the first call would fail.
    typecheck::<(), (Manifest,)>(&linked, "describe")?;
    typecheck::<(&Context, &Request), (Verdict,)>(&linked, "receive")?;
    typecheck::<(&Context, &Task), (Progress,)>(&linked, "begin")?;
    typecheck::<(&Context, &Task, &[u8], &Answer), (Progress,)>(&linked, "resume")?;
    if makes_claims(component) {
        typecheck_in::<Asked<'_>, Said>(&linked, CLAIMS, PROVE)?;
    }
    PluginPre::new(linked)
}

/// Whether a component was built for the second world, which includes the first.
pub(super) fn makes_claims(component: &Component) -> bool {
    component.get_export(None, CLAIMS).is_some()
}

fn typecheck<P, R>(linked: &InstancePre<Guest>, name: &str) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    typecheck_in::<P, R>(linked, CONTRACT, name)
}

fn typecheck_in<P, R>(linked: &InstancePre<Guest>, interface: &str, name: &str) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    match function_of(linked.component(), interface, name) {
        Some(function) => function.typecheck::<P, R>(&linked.instance_type()),
        None => Err(wasmtime::Error::msg(format!("there is no function `{name}`"))),
    }
}

/// A function of the interface that adapters export.
fn function(component: &Component, name: &str) -> Option<ComponentFunc> {
    function_of(component, CONTRACT, name)
}

fn function_of(component: &Component, interface: &str, name: &str) -> Option<ComponentFunc> {
    let provider = component.get_export_index(None, interface)?;
    match component.get_export(Some(&provider), name)?.0 {
        ComponentItem::ComponentFunc(function) => Some(function),
        _ => None,
    }
}

fn mismatches(component: &Component, is_compat: bool) -> Vec<Mismatch> {
    let mut found = imports(component, is_compat);
    let versions = versions(component);
    if versions.is_empty() {
        found.extend(differences(component));
    } else {
        // For another version nearly everything differs; say only that.
        found.extend(versions);
    }
    found.sort_by_key(Mismatch::code);
    found
}

fn versions(component: &Component) -> Vec<Mismatch> {
    let (ty, engine) = (component.component_type(), component.engine());
    let names = ty.exports(engine).map(|(name, _)| name).chain(ty.imports(engine).map(|(name, _)| name));
    let package = |name: &str| name.split_once('/').map(|(package, _)| package.to_owned());
    let is_other = |name: &&str| package(name) == package(CONTRACT) && track(name).1 != track(CONTRACT).1;
    let first = |names: &mut dyn Iterator<Item = &str>| names.next().map(str::to_owned);
    first(&mut names.filter(is_other)).map(|found| Mismatch::Version { found }).into_iter().collect()
}

/// What is imported and not offered.
fn imports(component: &Component, is_compat: bool) -> Vec<Mismatch> {
    let (ty, engine) = (component.component_type(), component.engine());
    let is_offered = |name: &str| offered(is_compat).any(|offered| track(offered) == track(name));
    let is_ours = |name: &str| track(name).0.starts_with("hookhost:provider/");
    let missing = ty.imports(engine).filter(|(name, item)| {
        needs_code(engine, &item.ty)
            && !is_offered(name)
            && (!is_ours(name) || track(name).1 == track(CONTRACT).1)
    });
    missing.map(|(name, _)| Mismatch::Import { name: name.to_owned() }).collect()
}

/// Whether an import is more than names of types.
fn needs_code(engine: &wasmtime::Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::Type(_) => false,
        ComponentItem::ComponentInstance(instance) => {
            instance.exports(engine).any(|(_, inner)| needs_code(engine, &inner.ty))
        }
        _ => true,
    }
}

/// Where the functions of a component for this version are not those of the contract.
fn differences(component: &Component) -> Vec<Mismatch> {
    if component.get_export_index(None, CONTRACT).is_none() {
        return vec![Mismatch::Interface];
    }
    let contract = Contract::of(component.engine());
    let mut found = Vec::new();
    let mut shapes = Shapes::new(&contract);
    for name in FUNCTIONS {
        match function(component, name) {
            Some(function) => shapes.compare(name, &contract.exported(name), &function),
            None => found.push(Mismatch::Function { name }),
        }
    }
    for (name, function) in imported(component, contract::LOG) {
        match contract.imported(&name) {
            Some(expected) => shapes.compare(&format!("log.{name}"), &expected, &function),
            None => found.push(Mismatch::Import { name: format!("{}#{name}", contract::LOG) }),
        }
    }
    found.extend(shapes.found());
    found
}

/// The functions of an interface that a component wants.
fn imported(component: &Component, interface: &str) -> Vec<(String, ComponentFunc)> {
    let (ty, engine) = (component.component_type(), component.engine());
    let Some((_, item)) = ty.imports(engine).find(|(name, _)| track(name) == track(interface)) else {
        return Vec::new();
    };
    contract::functions(engine, &item.ty)
}

/// A name without its version, and as much of the version as must be equal: `0.1` of `0.1.3`, `1` of `1.2.0`.
fn track(name: &str) -> (&str, &str) {
    let Some((name, version)) = name.split_once('@') else { return (name, "") };
    let numbers = if version.starts_with("0.") { 2 } else { 1 };
    let end = version.match_indices('.').nth(numbers - 1).map_or(version.len(), |(at, _)| at);
    (name, &version[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_as_far_as_they_break() {
        for (name, expected) in [
            ("wasi:io/poll@0.2.6", ("wasi:io/poll", "0.2")),
            ("hookhost:provider/log@0.1.0", ("hookhost:provider/log", "0.1")),
            ("a:b/c@1.2.3", ("a:b/c", "1")),
            ("a:b/c@12", ("a:b/c", "12")),
            ("plain", ("plain", "")),
        ] {
            assert_eq!(track(name), expected, "{name}");
        }
    }

    #[test]
    fn the_contract_is_the_one_in_the_wit_folder() {
        let wit = include_str!("../../../wit/world.wit");
        let (package, version) = CONTRACT.split_once('@').unwrap();
        let package = package.strip_suffix("/provider").unwrap();
        assert!(wit.contains(&format!("package {package}@{version};")));
    }
}
