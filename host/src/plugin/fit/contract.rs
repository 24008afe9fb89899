//! The contract as the engine sees it, for comparing components with it.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{self, ComponentFunc, ComponentItem, Type};

use super::{CONTRACT, track};
use crate::plugin::bindings::COMPONENT_TYPE;

/// The interface that adapters import.
pub(super) const LOG: &str = "hookhost:provider/log@0.1.0";
/// Interfaces of nothing but types.
const TYPES: [&str; 3] = ["hookhost:provider/types", "hookhost:provider/manifest", "hookhost:provider/log"];

/// The world that adapters are built for.
pub(super) struct Contract {
    exports: Vec<(String, ComponentFunc)>,
    imports: Vec<(String, ComponentFunc)>,
    names: Vec<(String, Type)>,
}

impl Contract {
    /// Reads it from what was generated out of `wit/`.
    pub(super) fn of(engine: &Engine) -> Self {
        let generated =
            Component::from_binary(engine, COMPONENT_TYPE).expect("it was generated from good WIT");
        // A world is encoded as a component's type, in the type of a component that stands for its package.
        let package = inner(generated.component_type().exports(engine).map(|(_, item)| item.ty));
        let world = inner(package.exports(engine).map(|(_, item)| item.ty));
        let of = |name: &str, items: Vec<(String, ComponentItem)>| {
            let found = items.iter().find(|(found, _)| track(found) == track(name));
            found.map(|(_, item)| functions(engine, item)).unwrap_or_default()
        };
        let exports = world.exports(engine).map(|(name, item)| (name.to_owned(), item.ty)).collect();
        let imports = world.imports(engine).map(|(name, item)| (name.to_owned(), item.ty)).collect();
        let mut names = Vec::new();
        for (interface, item) in world.imports(engine) {
            if TYPES.contains(&track(interface).0) {
                names.extend(named(engine, &item.ty));
            }
        }
        Self { exports: of(CONTRACT, exports), imports: of(LOG, imports), names }
    }

    /// A function that adapters export.
    pub(super) fn exported(&self, name: &str) -> ComponentFunc {
        find(&self.exports, name).expect("a test compares the names with the contract")
    }

    /// A function that adapters import; `None`: there is none of this name.
    pub(super) fn imported(&self, name: &str) -> Option<ComponentFunc> {
        find(&self.imports, name)
    }

    /// What `wit/` calls a type.
    pub(super) fn name_of(&self, ty: &Type) -> Option<&str> {
        self.names.iter().find(|(_, known)| known == ty).map(|(name, _)| name.as_str())
    }
}

fn inner(items: impl Iterator<Item = ComponentItem>) -> types::Component {
    let mut components = items.filter_map(|item| match item {
        ComponentItem::Component(component) => Some(component),
        _ => None,
    });
    components.next().expect("a world is the type of a component")
}

/// The functions of an interface.
pub(super) fn functions(engine: &Engine, interface: &ComponentItem) -> Vec<(String, ComponentFunc)> {
    items(engine, interface, |item| match item {
        ComponentItem::ComponentFunc(function) => Some(function),
        _ => None,
    })
}

fn named(engine: &Engine, interface: &ComponentItem) -> Vec<(String, Type)> {
    items(engine, interface, |item| match item {
        ComponentItem::Type(ty) => Some(ty),
        _ => None,
    })
}

fn items<T>(
    engine: &Engine,
    interface: &ComponentItem,
    pick: impl Fn(ComponentItem) -> Option<T>,
) -> Vec<(String, T)> {
    let ComponentItem::ComponentInstance(interface) = interface else { return Vec::new() };
    interface.exports(engine).filter_map(|(name, item)| Some((name.to_owned(), pick(item.ty)?))).collect()
}

fn find(functions: &[(String, ComponentFunc)], name: &str) -> Option<ComponentFunc> {
    functions.iter().find(|(known, _)| known == name).map(|(_, function)| function.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::fit::FUNCTIONS;
    use crate::plugin::tests::engine;

    #[test]
    fn the_contract_has_the_functions_that_are_called() {
        let contract = Contract::of(engine().wasm());
        let mut exports: Vec<_> = contract.exports.iter().map(|(name, _)| name.as_str()).collect();
        let mut functions = FUNCTIONS;
        exports.sort_unstable();
        functions.sort_unstable();
        assert_eq!(exports, functions);
        assert!(contract.imported("write").is_some());
        for name in ["receipt", "recipe", "verdict", "level"] {
            assert!(contract.names.iter().any(|(known, _)| known == name), "{name}");
        }
    }
}
