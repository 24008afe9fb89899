//! Compares types with those of the contract, and names every one that differs, once.

use wasmtime::component::types::{ComponentFunc, Type};

use super::contract::Contract;
use super::mismatch::Mismatch;

/// Collects what differs. A type that stands in many places is told where it was met first.
pub(super) struct Shapes<'c> {
    contract: &'c Contract,
    function: String,
    seen: Vec<(Type, Type)>,
    found: Vec<Mismatch>,
}

impl<'c> Shapes<'c> {
    pub(super) fn new(contract: &'c Contract) -> Self {
        Self { contract, function: String::new(), seen: Vec::new(), found: Vec::new() }
    }

    /// Everything that was found.
    pub(super) fn found(self) -> Vec<Mismatch> {
        self.found
    }

    /// Compares a function with the contract's.
    pub(super) fn compare(&mut self, function: &str, expected: &ComponentFunc, found: &ComponentFunc) {
        function.clone_into(&mut self.function);
        let (wanted, given) = (expected.params().len(), found.params().len());
        if wanted != given {
            self.tell(format!("it takes {given} parameters where the contract has {wanted}"));
        }
        for ((name, wanted), (_, given)) in expected.params().zip(found.params()) {
            self.walk(name, &wanted, &given);
        }
        let (wanted, given) = (expected.results().len(), found.results().len());
        if wanted != given {
            self.tell(format!("it gives {given} results where the contract has {wanted}"));
        }
        for (wanted, given) in expected.results().zip(found.results()) {
            self.walk("", &wanted, &given);
        }
    }

    fn tell(&mut self, what: String) {
        self.found.push(Mismatch::Shape { function: self.function.clone(), what });
    }

    /// `at` is the way to a value from the function: `request.headers`; empty for the result itself.
    fn walk(&mut self, at: &str, expected: &Type, found: &Type) {
        if expected == found || self.seen.iter().any(|(e, f)| e == expected && f == found) {
            return;
        }
        self.seen.push((expected.clone(), found.clone()));
        let name = self.contract.name_of(expected).unwrap_or_default().to_owned();
        match (expected, found) {
            (Type::List(expected), Type::List(found)) => self.walk(at, &expected.ty(), &found.ty()),
            (Type::Option(expected), Type::Option(found)) => self.walk(at, &expected.ty(), &found.ty()),
            (Type::Tuple(expected), Type::Tuple(found)) if expected.types().len() == found.types().len() => {
                for (expected, found) in expected.types().zip(found.types()) {
                    self.walk(at, &expected, &found);
                }
            }
            (Type::Record(expected), Type::Record(found)) => {
                let expected: Vec<_> = expected.fields().map(|f| (f.name.to_owned(), Some(f.ty))).collect();
                let found: Vec<_> = found.fields().map(|f| (f.name.to_owned(), Some(f.ty))).collect();
                self.members(at, ("record", "field", &name), &expected, &found);
            }
            (Type::Variant(expected), Type::Variant(found)) => {
                let expected: Vec<_> = expected.cases().map(|case| (case.name.to_owned(), case.ty)).collect();
                let found: Vec<_> = found.cases().map(|case| (case.name.to_owned(), case.ty)).collect();
                self.members(at, ("variant", "case", &name), &expected, &found);
            }
            (Type::Enum(expected), Type::Enum(found)) => {
                let names = |names: &mut dyn Iterator<Item = &str>| -> Vec<(String, Option<Type>)> {
                    names.map(|name| (name.to_owned(), None)).collect()
                };
                let (expected, found) = (names(&mut expected.names()), names(&mut found.names()));
                self.members(at, ("enum", "case", &name), &expected, &found);
            }
            _ => {
                let place = if at.is_empty() { "its result".to_owned() } else { format!("`{at}`") };
                let (found, expected) = (kind(found), kind(expected));
                self.tell(format!("{place} is {found}, where the contract has {expected}"));
            }
        }
    }

    /// What is there too much, what is missing, and what differs below.
    fn members(
        &mut self,
        at: &str,
        (kind, member, name): (&str, &str, &str),
        expected: &[(String, Option<Type>)],
        found: &[(String, Option<Type>)],
    ) {
        let whole = if name.is_empty() { format!("the {kind}") } else { format!("the {kind} `{name}`") };
        let has = |all: &[(String, Option<Type>)], name: &str| all.iter().any(|(known, _)| known == name);
        let of = format!("({})", place(at));
        let mut same = true;
        for (name, _) in found.iter().filter(|(name, _)| !has(expected, name)) {
            same = false;
            self.tell(format!("{whole} {of} has the {member} `{name}`, which the contract does not have"));
        }
        for (name, _) in expected.iter().filter(|(name, _)| !has(found, name)) {
            same = false;
            self.tell(format!("{whole} {of} lacks the {member} `{name}`"));
        }
        let names =
            |all: &[(String, Option<Type>)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if same && names(expected) != names(found) {
            self.tell(format!("{whole} {of} has its {member}s in another order"));
        }
        for (name, expected) in expected {
            let Some((_, found)) = found.iter().find(|(known, _)| known == name) else { continue };
            let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            let holds = match (expected, found) {
                (Some(expected), Some(found)) => {
                    self.walk(&at, expected, found);
                    continue;
                }
                (None, None) => continue,
                (Some(_), None) => "nothing",
                (None, Some(_)) => "something",
            };
            self.tell(format!("the {member} `{name}` of {whole} {of} holds {holds}"));
        }
    }
}

fn place(at: &str) -> String {
    if at.is_empty() { "its result".into() } else { format!("at `{at}`") }
}

fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "a bool",
        Type::S8 => "an s8",
        Type::U8 => "a u8",
        Type::S16 => "an s16",
        Type::U16 => "a u16",
        Type::S32 => "an s32",
        Type::U32 => "a u32",
        Type::S64 => "an s64",
        Type::U64 => "a u64",
        Type::Float32 => "an f32",
        Type::Float64 => "an f64",
        Type::Char => "a char",
        Type::String => "a string",
        Type::List(_) | Type::FixedLengthList(_) => "a list",
        Type::Map(_) => "a map",
        Type::Record(_) => "a record",
        Type::Tuple(_) => "a tuple",
        Type::Variant(_) => "a variant",
        Type::Enum(_) => "an enum",
        Type::Option(_) => "an option",
        Type::Result(_) => "a result",
        Type::Flags(_) => "flags",
        Type::Own(_) | Type::Borrow(_) => "a resource",
        Type::Future(_) => "a future",
        Type::Stream(_) => "a stream",
        Type::ErrorContext => "an error context",
    }
}
