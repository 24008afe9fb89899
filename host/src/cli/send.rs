//! `hookhost send`: signs a body, posts it to a running host, prints the answer.

use std::process::ExitCode;
use std::time::Duration;

use super::SendArgs;
use super::failure::Failure;
use super::http_client::http_client;
use super::sign::{SignedRequest, prepare};

/// Longer than a host holds any sender.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn send(args: SendArgs) -> Result<ExitCode, Failure> {
    let request = prepare(&args.sign).await?;
    let url = address(&request, args.url.as_deref());
    let mut post = http_client(PATIENCE)?.post(&url).header("content-type", "application/json");
    for (name, value) in &request.signed.headers {
        post = post.header(name, value);
    }
    let no_answer = |error: reqwest::Error| {
        let why = if error.is_connect() { "nobody listens there" } else { "it did not answer" };
        Failure::new(
            format!("{url}: {why}"),
            "start the host with: hookhost serve; or name its address with --url",
        )
    };
    let response = post.body(request.body).send().await.map_err(no_answer)?;
    let status = response.status();
    let body = response.text().await.map_err(no_answer)?;
    println!("{status}\n{body}");
    Ok(if status.is_success() { ExitCode::SUCCESS } else { ExitCode::from(1) })
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
