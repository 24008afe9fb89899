//! Runs one case: twice, since the same input has to give the same output, and compares what came of it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use serde_json::Value;

use super::context::CaseContext;
use super::diff::diff;
use super::folder::{self, Case, Kind};
use super::task::Script;
use super::usage::Most;
use super::{request, spelling, task};
use crate::model::http::Request;
use crate::plugin::Plugin;
use crate::verify::{self, Verified};

/// What came of a case.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    /// The case's name; of what belongs to no case, the file's.
    pub(super) name: String,
    pub(super) result: Passing,
    /// `None`: it never came to an end.
    pub(super) most: Option<Most>,
}

/// Whether a case is as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Passing {
    /// It answered as expected.
    Passed,
    /// What it answered is expected from now on.
    Updated,
    /// It is not as it should be: a sentence, and the lines that differ.
    Failed { why: String, difference: String },
}

impl Outcome {
    /// Of a file that belongs to no case.
    pub(super) fn stray(name: &str) -> Self {
        let why = "it belongs to no case: a request is NAME.request.http with NAME.verdict.json, \
                   a task is NAME.task.json with NAME.steps.json";
        Self { name: name.into(), result: Passing::failed(why), most: None }
    }

    pub(super) fn is_good(&self) -> bool {
        !matches!(self.result, Passing::Failed { .. })
    }
}

impl Passing {
    fn failed(why: impl Into<String>) -> Self {
        Self::Failed { why: why.into(), difference: String::new() }
    }
}

/// Runs a case and compares it, or writes down what is expected from now on.
pub(super) async fn run(plugin: &Plugin, context: &CaseContext, case: &Case, update: bool) -> Outcome {
    let (result, most) = match twice(plugin, context, case).await {
        Ok((said, most)) => (judge(case, &said, update), Some(most)),
        Err(why) => (Passing::failed(why), None),
    };
    Outcome { name: case.name.clone(), result, most }
}

/// What the plugin says, in the spelling of cases, and what that took.
async fn twice(plugin: &Plugin, context: &CaseContext, case: &Case) -> Result<(Value, Most), String> {
    let input = input(plugin, context, case)?;
    let (first, took) = once(plugin, context, &input).await?;
    let (second, took_again) = once(plugin, context, &input).await?;
    if first != second {
        let difference = diff(&pretty(&first), &pretty(&second));
        return Err(format!(
            "the same input gave another answer the second time (+):\n{}",
            difference.trim_end()
        ));
    }
    Ok((first, took.either(took_again)))
}

/// What goes into the plugin.
enum Input {
    Request(Verified),
    Task(Script),
}

fn input(plugin: &Plugin, context: &CaseContext, case: &Case) -> Result<Input, String> {
    let bytes = folder::read(&case.input).map_err(|error| unread(&case.input, &error))?;
    let wrong = |error: String| format!("{}: {error}", shown(&case.input));
    Ok(match case.kind {
        Kind::Request => Input::Request(verified(plugin, context, request::read(&bytes).map_err(wrong)?)?),
        Kind::Task => Input::Task(task::read(&bytes).map_err(wrong)?),
    })
}

async fn once(plugin: &Plugin, context: &CaseContext, input: &Input) -> Result<(Value, Most), String> {
    let mut most = Most::within(*plugin.limits());
    let said = match input {
        Input::Request(verified) => received(plugin, context, verified.request(), &mut most).await?,
        Input::Task(script) => {
            let said = task::walk(plugin, &context.context, script, &mut most).await?;
            said.iter().map(spelling::write).collect()
        }
    };
    Ok((said, most))
}

/// The request as a plugin sees it: proven, where the secret is given, and without its proof.
fn verified(plugin: &Plugin, context: &CaseContext, request: Request) -> Result<Verified, String> {
    let (manifest, now) = (plugin.manifest(), context.context.now);
    if verify::answer_handshake(&manifest.handshakes, &context.secrets, &request, now).is_some() {
        return Err("a handshake of the manifest answers this request; no plugin is asked".into());
    }
    let recipes = &manifest.verification;
    if !recipes.iter().any(|recipe| !context.secrets.active(&recipe.secret, now).is_empty()) {
        return Ok(Verified::by_operator_waiver(recipes, request));
    }
    let (secrets, public_url) = (&context.secrets, context.public_url.as_deref());
    verify::verify(recipes, secrets, public_url, request, now)
        .map_err(|refusal| format!("a host would refuse this request with 401: {refusal}"))
}

async fn received(
    plugin: &Plugin,
    context: &CaseContext,
    request: &Request,
    most: &mut Most,
) -> Result<Value, String> {
    let measured = plugin.measure_receive(context.context.clone(), request).await;
    let verdict = measured.answer.map_err(|fault| format!("`receive` failed ({}): {fault}", fault.kind()))?;
    let said = spelling::write(&verdict);
    most.count(measured.usage, said.to_string().len());
    Ok(said)
}

fn judge(case: &Case, said: &Value, update: bool) -> Passing {
    let expected = match expected(&case.expected) {
        Ok(expected) => expected,
        Err(_) if update => None,
        Err(why) => return Passing::failed(why),
    };
    if expected.as_ref() == Some(said) {
        return Passing::Passed;
    }
    if update {
        return match fs::write(&case.expected, pretty(said)) {
            Ok(()) => Passing::Updated,
            Err(error) => Passing::failed(format!("{} cannot be written: {error}", shown(&case.expected))),
        };
    }
    let (why, expected) = match expected {
        Some(expected) => (format!("it is not as {} has it (-)", shown(&case.expected)), pretty(&expected)),
        None => (format!("there is no {}; `--update` writes it", shown(&case.expected)), String::new()),
    };
    Passing::Failed { why, difference: diff(&expected, &pretty(said)) }
}

/// `None`: nothing is expected yet.
fn expected(path: &Path) -> Result<Option<Value>, String> {
    let bytes = match folder::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(path, &error)),
    };
    let mut value = serde_json::from_slice(&bytes)
        .map_err(|error| format!("{} is not JSON: {error}; `--update` writes it anew", shown(path)))?;
    spelling::tidy(&mut value);
    Ok(Some(value))
}

fn unread(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be read: {error}", shown(path))
}

/// The file's name: the folder is known.
fn shown(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
