//! `hookhost send`: signs a body, posts it to a running host, prints the answer.

use std::process::ExitCode;
use std::time::Duration;

use super::SendArgs;
use super::failure::Failure;
use super::http_client::http_client;
use super::sign::{SignedRequest, prepare};
use crate::model::recipe::{Part, Recipe};

/// Longer than a host holds any sender.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn send(args: SendArgs) -> Result<ExitCode, Failure> {
    let request = prepare(&args.sign).await?;
    let url = address(&request, args.url.as_deref());
    let mut post = http_client(PATIENCE)?.post(&url).header("content-type", media_type(&request));
    for (name, value) in request.signed.headers.iter().chain(&args.header) {
        post = post.header(name, value);
    }
    let no_answer = |error: reqwest::Error| {
        let why = match (error.is_connect(), error.is_builder()) {
            (true, _) => "nobody listens there",
            (_, true) => "a header cannot be sent",
            _ => "it did not answer",
        };
        Failure::new(
            format!("{url}: {why}"),
            "start the host with: hookhost serve; or name its address with --url",
        )
    };
    let body = request.signed.body.unwrap_or(request.body);
    let response = post.body(body).send().await.map_err(no_answer)?;
    let status = response.status();
    let body = response.text().await.map_err(no_answer)?;
    println!("{status}\n{body}");
    Ok(if status.is_success() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Reads `Name: value`.
pub(super) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it like \"Name: value\"")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Who signs the fields of a form sends one.
fn media_type(request: &SignedRequest) -> &'static str {
    let is_form = |recipe: &Recipe| recipe.signed.contains(&Part::FormSorted);
    match request.provider.manifest.verification.first().is_some_and(is_form) {
        true => "application/x-www-form-urlencoded",
        false => "application/json",
    }
}

fn address(request: &SignedRequest, base: Option<&str>) -> String {
    let base = match base {
        Some(base) => base.trim_end_matches('/').to_owned(),
        None => format!("http://{}", request.config.server.listen),
    };
    let query = &request.signed.raw_query;
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("{base}{}{query}", request.provider.path)
}
