//! Reads `[workflows.NAME]`.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::{beside, web_url};
use crate::config::error::{Faults, Wrong, did_you_mean};
use crate::config::secrets::workflow_variable;
use crate::config::section::Section;
use crate::config::unit::duration;
use crate::config::{Runner, WorkflowConfig};
use crate::model::bounds;
use crate::model::name::WorkflowName;

const KEYS: [&str; 5] = ["http", "command", "timeout", "retries", "env"];

/// Reads every workflow; one that is wrong is noted and may be left out.
pub(super) fn read_all<'t>(
    faults: &mut Faults<'_>,
    value: Option<&'t Spanned<DeValue<'t>>>,
    base_dir: &Path,
) -> BTreeMap<WorkflowName, WorkflowConfig> {
    let mut workflows = BTreeMap::new();
    let mut variables: BTreeMap<String, WorkflowName> = BTreeMap::new();
    for (at, name, value) in super::provider::named_tables(faults, "workflows", value) {
        let name: WorkflowName = match name.parse() {
            Ok(name) => name,
            Err(error) => {
                let hint = format!("rename it, for example to [workflows.{}]", tidied(name));
                faults.add(at, Wrong::new(error.to_string(), hint));
                continue;
            }
        };
        for variable in ["", "_FILE"].map(|end| format!("{}{end}", workflow_variable(&name))) {
            if let Some(other) = variables.insert(variable.clone(), name.clone()) {
                let what = format!("workflows {other} and {name} would both read {variable}");
                faults.add(at, Wrong::new(what, "rename one of them"));
            }
        }
        let label = format!("[workflows.{name}]");
        let Some(section) = Section::new(faults, label, value, &KEYS) else { continue };
        if let Some(workflow) = read(faults, &section, base_dir) {
            workflows.insert(name, workflow);
        }
    }
    workflows
}

fn read(faults: &mut Faults<'_>, section: &Section<'_>, base_dir: &Path) -> Option<WorkflowConfig> {
    let http = section.parse(faults, "http", web_url).map(Runner::Http);
    let command = section.list(faults, "command", argument).and_then(|argv| {
        if argv.first().is_none_or(String::is_empty) {
            let what = format!("{} command: it names no program", section.label());
            faults.add(
                section.at("command"),
                Wrong::new(what, "write command = [\"./program\", \"argument\"]"),
            );
            return None;
        }
        let argv = with_program(argv, base_dir).map_err(|wrong| faults.add(section.at("command"), wrong));
        argv.ok().map(Runner::Command)
    });
    if section.has("http") == section.has("command") {
        let how = if section.has("http") { "both http and command" } else { "neither http nor command" };
        let what = format!("{} has {how}", section.label());
        let hint = "a workflow has one of http = \"http://...\" and command = [\"./program\"]";
        faults.add(section.at("command"), Wrong::new(what, hint));
    }
    let env = section.list(faults, "env", variable_name).unwrap_or_default();
    if section.has("env") && section.has("http") {
        let what = format!("{} env: only a command inherits variables", section.label());
        faults.add(section.at("env"), Wrong::new(what, "remove env, or run a command"));
    }
    let range = bounds::WORKFLOW_TIMEOUT_MIN..=bounds::WORKFLOW_TIMEOUT_MAX;
    let timeout = section.parse(faults, "timeout", |text| duration(text, range));
    let retries = section.number(faults, "retries", 0..=bounds::WORKFLOW_RETRIES_MAX);
    Some(WorkflowConfig {
        runner: http.or(command)?,
        timeout: timeout.unwrap_or(bounds::WORKFLOW_TIMEOUT),
        retries: retries.unwrap_or(bounds::WORKFLOW_RETRIES),
        env,
    })
}

/// The name of a workflow that the file has, good or not: what is wrong with that one is told there.
pub(super) fn existing(text: &str, workflows: Option<&Spanned<DeValue<'_>>>) -> Result<WorkflowName, Wrong> {
    let table = workflows.and_then(|value| value.get_ref().as_table());
    let known: Vec<&str> =
        table.into_iter().flat_map(|table| table.keys()).map(|key| &**key.get_ref()).collect();
    if known.contains(&text)
        && let Ok(name) = text.parse()
    {
        return Ok(name);
    }
    let hint = did_you_mean(text, &known, |known| format!("{known:?}"));
    Err(Wrong::new(format!("there is no workflow {text:?}"), hint))
}

/// A program that is named by a path is beside the file; any other is looked up in `PATH`.
fn with_program(mut argv: Vec<String>, base_dir: &Path) -> Result<Vec<String>, Wrong> {
    if argv[0].contains('/') {
        let program = beside(base_dir, &argv[0]).into_os_string().into_string();
        argv[0] = program.map_err(|program| {
            Wrong::new(format!("{} is not UTF-8", Path::new(&program).display()), "rename its folder")
        })?;
    }
    Ok(argv)
}

fn argument(text: &str) -> Result<String, Wrong> {
    if text.contains('\0') {
        return Err(Wrong::new("no argument can hold a NUL", "remove \\u0000"));
    }
    Ok(text.to_owned())
}

fn variable_name(text: &str) -> Result<String, Wrong> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(good) {
        let hint = "write names only, such as \"OPENAI_API_KEY\"; the values are inherited";
        // Not repeated: somebody may have written NAME=value here.
        return Err(Wrong::new("this is not the name of a variable", hint));
    }
    Ok(text.to_owned())
}

/// A name that is allowed and looks like this one.
pub(super) fn tidied(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let tidy: String = name.chars().map(plain).collect();
    let tidy: String = tidy.trim_matches('-').chars().take(32).collect();
    if tidy.is_empty() { "my-name".into() } else { tidy }
}
