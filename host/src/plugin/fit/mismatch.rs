//! What does not fit about a component, with a code that stays and what to do about it.

use super::CONTRACT;

/// One thing about a component that does not fit the contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Built for a version of the contract that this host does not speak.
    #[error("it was built for {found}; this host speaks {CONTRACT}")]
    Version {
        /// What it was built for.
        found: String,
    },
    /// It wants what no plugin gets.
    #[error("it imports {name}, which no plugin gets")]
    Import {
        /// The interface; a function of it after `#`.
        name: String,
    },
    /// It is no adapter at all.
    #[error("it does not export {CONTRACT}")]
    Interface,
    /// A function is missing, or something else has its name.
    #[error("it does not export the function `{name}` of {CONTRACT}")]
    Function {
        /// Of the contract.
        name: &'static str,
    },
    /// A type is not the contract's.
    #[error("`{function}`: {what}")]
    Shape {
        /// Where it is used first; `log.` before what is imported.
        function: String,
        /// Which type, and how it differs.
        what: String,
    },
    /// The engine refuses it for another reason, in its words.
    #[error("it cannot be linked: {0}")]
    Other(String),
}

impl Mismatch {
    /// Stays the same from version to version.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Version { .. } => "HP101",
            Self::Import { .. } => "HP102",
            Self::Interface => "HP103",
            Self::Function { .. } => "HP104",
            Self::Shape { .. } => "HP105",
            Self::Other(_) => "HP106",
        }
    }

    /// What its author can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Version { .. } => {
                "build it with the wit folder and the SDK of this host, or use a release for this host"
            }
            Self::Import { name } => instead_of(name),
            Self::Interface => "implement the world `plugin` of the package hookhost:provider",
            Self::Function { .. } => "export all functions of the interface, also those that fail every task",
            Self::Shape { .. } => "take the wit folder of this host as it is, and build it again",
            Self::Other(_) => "build it with a current toolchain for wasm32-wasip2",
        }
    }
}

/// What an adapter does in place of what it does not get.
fn instead_of(import: &str) -> &'static str {
    let is_of = |package: &str| import.starts_with(package);
    if is_of("wasi:http") || is_of("wasi:tls") {
        "return a step with the call, and the host makes it"
    } else if is_of("wasi:sockets") {
        "return a step with the call, and the host makes it; where its toolchain imports this whatever the program \
         does, allow it with `compat = true`: nothing of it works"
    } else if is_of("wasi:random") {
        "do without random numbers: the same input has to give the same output; `outgoing.id` is unique; where its \
         toolchain imports this whatever the program does, allow it with `compat = true`: the numbers are always \
         the same"
    } else if is_of("wasi:clocks") {
        "take the time from `context.now-ms`"
    } else if is_of("wasi:filesystem") {
        "compile in what is needed, and keep what changes in `step.state`; where its toolchain imports this whatever \
         the program does, allow it with `compat = true`: no folder is open"
    } else if is_of("wasi:config") || is_of("wasi:cli") {
        "declare settings in the manifest, and read them from the context"
    } else {
        "do without it: adapters only compute, and import nothing but hookhost:provider/log"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_of_imports_has_its_own_advice() {
        for (import, expected) in [
            ("wasi:sockets/tcp@0.2.6", "return a step"),
            ("wasi:http/outgoing-handler@0.2.6", "return a step"),
            ("wasi:random/random@0.2.6", "random numbers"),
            ("wasi:random/random@0.2.6", "compat = true"),
            ("wasi:sockets/udp@0.2.6", "compat = true"),
            ("wasi:filesystem/preopens@0.2.6", "compat = true"),
            ("wasi:clocks/timezone@0.2.6", "context.now-ms"),
            ("wasi:filesystem/types@0.2.6", "step.state"),
            ("acme:things/api@1.0.0", "do without it"),
        ] {
            assert!(instead_of(import).contains(expected), "{import}");
        }
    }
}
