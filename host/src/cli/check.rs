//! `hookhost check`: what is configured, what is missing, and how to set it.

mod grants;
mod running;

use std::process::ExitCode;

use serde_json::{Value, json};

use super::failure::Failure;
use super::table::table;
use super::{CheckArgs, asks, open};
use crate::app::Assembled;
use crate::app::deployment::{self, observe};
use crate::app::finding::{Finding, Weight};
use crate::config::Config;
use crate::config::environment::Environment;
use crate::config::grants::wanted;
use crate::config::variables::Variables;
use crate::model::time::Time;
use crate::plugin::source::Origin;
use crate::provider::Provider;
use crate::workflow::Runner;

pub(super) async fn check(args: CheckArgs) -> Result<ExitCode, Failure> {
    let (mut config, mut assembled) = open::assembled(&args.config).await?;
    if let Some(folder) = &args.data {
        config.store.path.clone_from(folder);
    }
    let (providers, findings) = running::providers(&config.store.path).await;
    assembled.findings.extend(findings);
    let lacking = grants::lacking(&config.store, &assembled).await;
    assembled.findings.extend(lacking);
    if args.deploy {
        assembled.findings.extend(of_machine(&args, &config, &assembled));
        assembled.findings.sort_by_key(|finding| finding.weight);
    }
    if args.json {
        println!("{}", as_json(&assembled));
    } else {
        print!("{}", as_text(&config, &assembled, &running::session_rows(&providers)));
    }
    Ok(if assembled.refuses_something() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What is not as it should be on this machine.
fn of_machine(args: &CheckArgs, config: &Config, assembled: &Assembled) -> Vec<Finding> {
    let environment = Environment::from_process();
    let variables = Variables::new(&environment, assembled.setup.providers.iter().map(|one| &one.name));
    let file = open::file(&args.config);
    let machine = observe::machine(file.as_deref(), &config.store.path, &variables, &assembled.reset);
    deployment::findings(config, &machine, Time::now())
}

fn as_text(config: &Config, assembled: &Assembled, sessions: &[Vec<String>]) -> String {
    let mut text =
        format!("listens on {}, keeps its data in {}\n", config.server.listen, config.store.path.display());
    text.push_str(&format!("between two calls of plugins, {}\n\n", assembled.reset));
    let providers: Vec<_> = assembled.setup.providers.iter().map(|one| provider_row(one)).collect();
    text.push_str(&table(&["provider", "path", "plugin", "secrets", "sends to"], &providers));
    let asks: Vec<Vec<String>> = assembled
        .setup
        .providers
        .iter()
        .filter_map(|one| Some(asks::rows(one.plugin.as_ref()?.manifest(), one)))
        .flatten()
        .map(Vec::from)
        .collect();
    if !asks.is_empty() {
        text.push('\n');
        text.push_str(&table(&asks::HEADINGS, &asks));
    }
    let known = &assembled.setup.workflows;
    let workflows: Vec<_> = known
        .names()
        .filter_map(|name| known.get(name))
        .map(|workflow| {
            vec![workflow.name.to_string(), runner(&workflow.runner), format!("{:?}", workflow.timeout)]
        })
        .collect();
    if !workflows.is_empty() {
        text.push('\n');
        text.push_str(&table(&["workflow", "runs", "timeout"], &workflows));
    }
    if !sessions.is_empty() {
        text.push('\n');
        text.push_str(&table(&["session", "provider", "state", "since", "detail"], sessions));
    }
    for finding in &assembled.findings {
        text.push_str(&finding_text(finding));
    }
    text
}

fn provider_row(provider: &Provider) -> Vec<String> {
    let missing = provider.secrets.problems.iter().filter(|problem| problem.required).count();
    let secrets = if missing == 0 { "set".into() } else { format!("{missing} missing") };
    let mut hosts: Vec<String> =
        wanted(&provider.manifest, &provider.settings).iter().map(ToString::to_string).collect();
    let ungranted: Vec<String> = provider
        .grants
        .missing(&provider.manifest, &provider.settings)
        .iter()
        .map(ToString::to_string)
        .collect();
    for host in &mut hosts {
        if ungranted.contains(host) {
            host.push_str(" (not granted)");
        }
    }
    let plugin = format!("{} {}{}", provider.source.plugin, provider.manifest.version, origin(provider));
    vec![provider.name.to_string(), provider.path.clone(), plugin, secrets, hosts.join(", ")]
}

fn origin(provider: &Provider) -> &'static str {
    match &provider.source.origin {
        Some(Origin::Shipped) => " (shipped)",
        Some(Origin::Folder(_)) => " (folder)",
        None => "",
    }
}

fn runner(runner: &Runner) -> String {
    match runner {
        Runner::Http(url) => url.to_string(),
        Runner::Command { argv, .. } => argv.join(" "),
    }
}

fn finding_text(finding: &Finding) -> String {
    let weight = match finding.weight {
        Weight::Refused => "refused",
        Weight::Warning => "warning",
    };
    let hint = if finding.hint.is_empty() { String::new() } else { format!("   hint: {}\n", finding.hint) };
    format!("\n{weight}: {}\n{hint}", finding.what)
}

fn as_json(assembled: &Assembled) -> Value {
    let finding = |finding: &Finding| {
        let refused = finding.weight == Weight::Refused;
        json!({ "refused": refused, "what": finding.what, "hint": finding.hint })
    };
    assembled.findings.iter().map(finding).collect()
}
