//! Keeps `ARCHITECTURE.md` true: who may use whom, and who alone knows what. Its tables say the same as these.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each module and those that it uses. A module uses only modules above it, so that there is no circle.
const USES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("tls", &[]),
    ("telemetry", &["model"]),
    ("metrics", &["model"]),
    ("key_file", &["model"]),
    ("link", &["key_file", "model"]),
    ("verify", &["model"]),
    ("plugin", &["key_file", "model"]),
    ("workflow", &["model"]),
    ("preset", &["model"]),
    ("config", &["model", "preset", "verify"]),
    ("store", &["metrics", "model", "verify"]),
    ("provider", &["config", "metrics", "model", "plugin", "verify", "workflow"]),
    ("live", &["model", "provider", "workflow"]),
    ("dispatch", &["link", "live", "metrics", "model", "store", "telemetry", "workflow"]),
    ("adapt", &["live", "model", "plugin", "provider", "store", "workflow"]),
    ("inspect", &["adapt", "dispatch", "live", "model", "plugin", "provider", "store", "workflow"]),
    ("backlog", &["inspect", "live", "model", "provider", "store"]),
    (
        "receive",
        &[
            "adapt",
            "backlog",
            "dispatch",
            "live",
            "metrics",
            "model",
            "plugin",
            "provider",
            "store",
            "telemetry",
            "verify",
        ],
    ),
    ("admin", &["inspect", "metrics", "model", "receive", "store"]),
    (
        "deliver",
        &[
            "config",
            "dispatch",
            "live",
            "metrics",
            "model",
            "plugin",
            "provider",
            "store",
            "telemetry",
            "tls",
            "workflow",
        ],
    ),
    ("media", &["deliver", "link", "live", "model", "provider", "receive", "store"]),
    ("keeper", &["media", "model", "store"]),
    (
        "app",
        &[
            "admin",
            "backlog",
            "config",
            "deliver",
            "dispatch",
            "inspect",
            "keeper",
            "link",
            "live",
            "media",
            "metrics",
            "model",
            "plugin",
            "preset",
            "provider",
            "receive",
            "store",
            "telemetry",
            "tls",
            "verify",
            "workflow",
        ],
    ),
    ("bench", &["metrics", "model", "plugin", "preset", "receive", "store", "verify"]),
    (
        "cli",
        &[
            "admin",
            "app",
            "bench",
            "config",
            "deliver",
            "inspect",
            "live",
            "metrics",
            "model",
            "plugin",
            "preset",
            "provider",
            "store",
            "telemetry",
            "tls",
            "verify",
            "workflow",
        ],
    ),
];

/// What stands in no file but those whose path begins so.
const ALONE: &[(&str, &[&str])] = &[
    ("wasmtime", &["plugin/"]),
    ("wasmtime_wasi", &["plugin/"]),
    ("sled::", &["store/sled"]),
    ("prometheus_client", &["metrics/"]),
    ("axum::", &["admin/", "bench/", "media/", "receive/", "cli/demo/neighbour.rs"]),
    (
        "reqwest::",
        &[
            "app/host.rs",
            "cli/client.rs",
            "cli/http_client.rs",
            "cli/send.rs",
            "deliver/client",
            "workflow/runner/",
        ],
    ),
    ("StatusCode", &["admin/", "bench/native.rs", "cli/client.rs", "receive/", "workflow/runner/http.rs"]),
    ("Verified::proven", &["verify/claims.rs", "verify/mod.rs"]),
    ("Verified::by_operator_waiver", &["cli/plugin/test/case.rs", "receive/webhook.rs", "store/contract.rs"]),
    ("SystemTime", &["model/time.rs"]),
    ("getrandom::", &["dispatch/mod.rs", "model/id.rs"]),
    (
        "env::var",
        &["cli/serve.rs", "config/environment.rs", "model/fault_point.rs", "workflow/runner/mod.rs"],
    ),
    ("Command::new", &["bench/process.rs", "workflow/runner/command.rs"]),
    (
        "expose()",
        &["config/secrets/read.rs", "deliver/request.rs", "model/redact.rs", "verify/", "workflow/runner/"],
    ),
    ("unsafe", &["plugin/compiled/native.rs"]),
];

#[test]
fn every_module_uses_those_that_the_table_says_and_no_others() {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, code) in sources() {
        let module = path.split(['/', '.']).next().unwrap_or_default().to_owned();
        let names = used_modules(&code);
        let others = names.into_iter().filter(|name| *name != module);
        used.entry(module.clone()).or_default().extend(others.map(str::to_owned));
    }
    let table = USES
        .iter()
        .map(|(module, uses)| ((*module).to_owned(), uses.iter().map(|used| (*used).to_owned()).collect()));
    assert_eq!(used, table.collect());
}

#[test]
fn no_module_uses_one_below_it() {
    for (row, (module, uses)) in USES.iter().enumerate() {
        for used in *uses {
            assert!(USES[..row].iter().any(|(above, _)| above == used), "{module} uses {used}");
        }
    }
}

#[test]
fn what_one_part_alone_knows_stands_nowhere_else() {
    for (words, homes) in ALONE {
        for (path, code) in sources() {
            let is_home = homes.iter().any(|home| path.starts_with(home));
            assert!(is_home || !mentions(&code, words), "{words} stands in {path}");
        }
    }
}

#[test]
fn the_document_has_the_same_table() {
    let document = include_str!("../../ARCHITECTURE.md");
    for (module, uses) in USES {
        let uses = if uses.is_empty() { "nothing".to_owned() } else { uses.join(", ") };
        let row = format!("| `{module}` | {uses} |");
        assert!(document.contains(&row), "ARCHITECTURE.md lacks: {row}");
    }
}

#[test]
fn a_use_is_found_however_it_is_written() {
    for (code, expected) in [
        ("use crate::model::time::Time;", vec!["model"]),
        ("use crate::{keeper, tls::{a, b}};", vec!["keeper", "tls"]),
        ("fn f(x: &crate::store::Lane) {}", vec!["store"]),
        ("use super::model;", vec![]),
    ] {
        assert_eq!(used_modules(code), expected, "{code}");
    }
}

/// Every source file without its comments and its tests: its path below this folder, and its code.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !["lib.rs", "main.rs", "architecture.rs"].contains(&&*name) && !name.contains("tests") {
                let text = std::fs::read_to_string(&path).unwrap();
                sources.push((name, code_of(&text)));
            }
        }
    }
    sources
}

/// Tests stand at the end of a file.
fn code_of(text: &str) -> String {
    let code = text.split("mod tests {").next().unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    code.lines().filter(is_code).flat_map(|line| [line, "\n"]).collect()
}

fn used_modules(code: &str) -> Vec<&str> {
    let end_of_name =
        |rest: &str| rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.push(&rest[..end_of_name(rest)]);
            continue;
        };
        let mut depth = 1;
        let mut is_first = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => is_first = true,
                c if depth == 1 && is_first && c.is_alphabetic() => {
                    names.push(&group[at..at + end_of_name(&group[at..])]);
                    is_first = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

/// Whether these words stand there, and not as the end of a longer name. `name::` is a crate: no path stands
/// before it.
fn mentions(code: &str, words: &str) -> bool {
    let is_crate = words.ends_with("::");
    let is_longer = |before: char| before.is_alphanumeric() || before == '_' || (is_crate && before == ':');
    code.match_indices(words).any(|(at, _)| !code[..at].ends_with(is_longer))
}
