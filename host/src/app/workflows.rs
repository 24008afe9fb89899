//! Makes workflows of what the operator configured.

use std::path::Path;

use super::finding::Finding;
use crate::config::active::ActiveProvider;
use crate::config::environment::Environment;
use crate::config::secrets::workflow_secret;
use crate::config::{self, Config};
use crate::model::name::{ProviderName, WorkflowName};
use crate::model::secret::Secret;
use crate::provider::Providers;
use crate::workflow::route::Route;
use crate::workflow::runner::check_secret;
use crate::workflow::{Runner, Workflow, Workflows};

/// The workflows, and the secrets that they hold.
pub(super) fn make(
    config: &Config,
    environment: &Environment,
    findings: &mut Vec<Finding>,
) -> (Workflows, Vec<Secret>) {
    let mut secrets = Vec::new();
    let mut workflows = Vec::new();
    for (name, own) in &config.workflows {
        let secret = match workflow_secret(environment, name) {
            Ok(secret) => secret,
            Err(problem) => {
                findings.push(Finding::refused(problem.to_string(), problem.hint()));
                None
            }
        };
        if let Some(Err(error)) = secret.as_ref().map(check_secret) {
            let what = format!("workflow {name}: its secret cannot be used: {error}");
            findings.push(Finding::refused(what, "use a text, or whsec_ with base64"));
        }
        secrets.extend(secret.clone());
        let runner = match &own.runner {
            config::Runner::Http(url) => Runner::Http(url.clone()),
            config::Runner::Command(argv) => {
                findings.extend(check_program(name, argv));
                let env = inherited(name, &own.env, environment, findings);
                Runner::Command { argv: argv.clone(), env, dir: config.base_dir.clone() }
            }
        };
        workflows.push(Workflow {
            name: name.clone(),
            runner,
            timeout: own.timeout,
            retries: own.retries,
            secret,
        });
    }
    (workflows.into_iter().collect(), secrets)
}

/// The variables that a command inherits besides the usual ones.
fn inherited(
    workflow: &WorkflowName,
    names: &[String],
    environment: &Environment,
    findings: &mut Vec<Finding>,
) -> Vec<(String, Secret)> {
    let mut inherited = Vec::new();
    for name in names {
        match environment.get(name).map(|value| value.to_str()) {
            Some(Some(value)) => inherited.push((name.clone(), Secret::new(value))),
            Some(None) => findings.push(Finding::warning(
                format!("workflow {workflow}: {name} is not UTF-8 text, so it is not passed on"),
                format!("write {name} as UTF-8 text, or remove it from `env`"),
            )),
            None => findings.push(Finding::warning(
                format!("workflow {workflow}: {name}, which it may inherit, is not set"),
                format!("set {name}, or remove it from `env`"),
            )),
        }
    }
    inherited
}

/// A program of a path is looked for now; one that is only a name is left to `PATH` when it runs.
fn check_program(workflow: &WorkflowName, argv: &[String]) -> Option<Finding> {
    let program = Path::new(argv.first()?);
    if !program.is_absolute() || program.is_file() {
        return None;
    }
    let what = format!("workflow {workflow}: there is no program {}, so every run fails", program.display());
    Some(Finding::warning(what, "correct `command`, or put the program there and make it executable"))
}

/// The routes, in the order of the file.
pub(super) fn routes(config: &Config) -> Vec<Route> {
    let route = |route: &config::Route| Route {
        provider: route.provider.clone(),
        topic: route.topic.parse().expect("the configuration has checked every topic"),
        workflow: route.workflow.clone(),
    };
    config.routes.iter().map(route).collect()
}

/// Routes from providers that do not exist. They may come with a file or a variable, so they only warn.
pub(super) fn idle_routes(config: &Config, active: &[ActiveProvider]) -> Vec<Finding> {
    let is_idle = |name: &&ProviderName| !active.iter().any(|one| one.name == **name);
    let providers = config.routes.iter().filter_map(|route| route.provider.as_ref());
    providers
        .filter(is_idle)
        .map(|name| {
            let known: Vec<&str> = active.iter().map(|one| one.name.as_str()).collect();
            let what = format!("a route waits for provider {name}, which is not configured");
            Finding::warning(what, format!("configured are: {}", known.join(", ")))
        })
        .collect()
}

/// Command workflows that strangers can start from a chat because nobody said who may.
pub(super) fn reachable_commands(workflows: &Workflows, providers: &Providers) -> Vec<Finding> {
    let is_command = |workflow: &&Workflow| matches!(workflow.runner, Runner::Command { .. });
    let commands: Vec<&Workflow> =
        workflows.names().filter_map(|name| workflows.get(name)).filter(is_command).collect();
    let mut findings = Vec::new();
    for provider in providers.iter() {
        // Only a chat lets strangers in: whoever calls a workflow directly knows the secret.
        let is_chat = !provider.manifest.endpoints.is_empty();
        if !is_chat || provider.access.workflows.is_some() || provider.access.senders.is_some() {
            continue;
        }
        let names: Vec<&str> = commands.iter().map(|workflow| workflow.name.as_str()).collect();
        if !names.is_empty() {
            let name = &provider.name;
            findings.push(Finding::warning(
                format!("provider {name}: everybody who writes to it can run {}", names.join(", ")),
                format!("say who or what: `allow_senders` or `workflows` in [providers.{name}]"),
            ));
        }
    }
    findings
}
