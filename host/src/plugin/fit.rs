//! Whether a component fits the contract, in words that name what does not.
//!
//! Wasmtime stops at the first mismatch and speaks of linkers and implementations; this looks at the
//! component's type first and says everything that is missing at once.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentNamedList, InstancePre, Lift, Linker, Lower};

use super::bindings::PluginPre;
use super::bindings::hookhost::provider::manifest::Manifest;
use super::bindings::hookhost::provider::types::{Answer, Context, Progress, Request, Task, Verdict};
use super::claims::{Asked, CLAIMS, PROVE, Said};
use super::guest::Guest;
use super::linker::OFFERED;
use super::load::LoadError;

/// The interface that every adapter exports, with the version that this host speaks.
pub(super) const CONTRACT: &str = "hookhost:provider/provider@0.1.0";

/// What is in it.
const FUNCTIONS: [&str; 4] = ["describe", "receive", "begin", "resume"];

/// Links a component, if it fits.
pub(super) fn fit(linker: &Linker<Guest>, component: &Component) -> Result<PluginPre<Guest>, LoadError> {
    versions(component)?;
    imports(component)?;
    exports(component)?;
    // Only an interface that is offered can still differ, in the parameters of its functions.
    let linked = linker.instantiate_pre(component).map_err(|error| LoadError::Shape(difference(&error)))?;
    shape::<(), (Manifest,)>(&linked, CONTRACT, "describe")?;
    shape::<(&Context, &Request), (Verdict,)>(&linked, CONTRACT, "receive")?;
    shape::<(&Context, &Task), (Progress,)>(&linked, CONTRACT, "begin")?;
    shape::<(&Context, &Task, &[u8], &Answer), (Progress,)>(&linked, CONTRACT, "resume")?;
    if makes_claims(component) {
        shape::<Asked<'_>, Said>(&linked, CLAIMS, PROVE)?;
    }
    PluginPre::new(linked).map_err(|error| LoadError::Shape(difference(&error)))
}

/// Whether a component was built for the second world, which includes the first.
pub(super) fn makes_claims(component: &Component) -> bool {
    component.get_export(None, CLAIMS).is_some()
}

/// A component for another version of the contract differs in many ways; say only that.
fn versions(component: &Component) -> Result<(), LoadError> {
    let (ty, engine) = (component.component_type(), component.engine());
    let names = ty.exports(engine).map(|(name, _)| name).chain(ty.imports(engine).map(|(name, _)| name));
    let package = |name: &str| name.split_once('/').map(|(package, _)| package.to_owned());
    for name in names {
        if package(name) == package(CONTRACT) && track(name).1 != track(CONTRACT).1 {
            return Err(LoadError::Contract { found: name.to_owned() });
        }
    }
    Ok(())
}

fn imports(component: &Component) -> Result<(), LoadError> {
    let (ty, engine) = (component.component_type(), component.engine());
    let missing: Vec<String> = ty
        .imports(engine)
        .filter(|(name, item)| {
            needs_code(engine, &item.ty) && !OFFERED.iter().any(|o| track(o) == track(name))
        })
        .map(|(name, _)| name.to_owned())
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(LoadError::Imports(missing)) }
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

fn exports(component: &Component) -> Result<(), LoadError> {
    let Some((_, provider)) = component.get_export(None, CONTRACT) else {
        return Err(LoadError::Exports(vec![CONTRACT.to_owned()]));
    };
    let missing: Vec<String> = FUNCTIONS
        .iter()
        .filter(|name| component.get_export_index(Some(&provider), name).is_none())
        .map(|name| format!("`{name}` of {CONTRACT}"))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(LoadError::Exports(missing)) }
}

/// Whether a function takes and gives what the contract says. Linking does not look at this; without it
/// the first call would fail.
fn shape<P, R>(linked: &InstancePre<Guest>, interface: &str, name: &str) -> Result<(), LoadError>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let component = linked.component();
    let function = component
        .get_export_index(None, interface)
        .and_then(|provider| component.get_export(Some(&provider), name))
        .map(|(item, _)| item);
    let Some(ComponentItem::ComponentFunc(function)) = function else {
        return Err(LoadError::Shape(format!("`{name}` is not a function")));
    };
    let checked = function.typecheck::<P, R>(&linked.instance_type());
    checked.map_err(|error| LoadError::Shape(format!("`{name}`, {}", difference(&error))))
}

/// Where two types differ, as a path, and how: `verification.scheme: expected enum of 4 names, found 5`.
fn difference(error: &wasmtime::Error) -> String {
    let texts: Vec<String> = error.chain().map(ToString::to_string).collect();
    let Some((how, places)) = texts.split_last() else { return String::new() };
    let steps = places.iter().filter_map(|text| {
        let name = text.strip_prefix("type mismatch for ");
        let name = name.and_then(|rest| rest.strip_prefix("field ").or(rest.strip_prefix("case ")));
        name.or_else(|| text.split('`').nth(1))
    });
    format!("{}: {how}", steps.collect::<Vec<_>>().join("."))
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
