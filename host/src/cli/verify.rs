//! `hookhost verify`: whether a recorded request is genuine, and why it is not.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::failure::Failure;
use super::request_file::{self, Recorded};
use super::{Cli, VerifyArgs, open, secret_file, sign};
use crate::config::known_preset;
use crate::model::recipe::Recipe;
use crate::model::secret::Secret;
use crate::model::time::Time;
use crate::verify::{Secrets, verify_or_explain};

/// The command was used wrongly, which is another thing than a request that is not genuine.
const WRONG_USE: u8 = 2;

pub(super) async fn verify(args: VerifyArgs) -> Result<ExitCode, Failure> {
    let (provider, file) = match (&*args.provider_and_request, &args.recipe) {
        ([file], Some(_)) => (None, Path::new(file)),
        ([provider, file], None) => (Some(provider), Path::new(file)),
        (_, Some(_)) => wrong_number("with --recipe, name the file with the request alone"),
        (_, None) => wrong_number("name a provider and the file with the request, or use --recipe"),
    };
    let Ok(bytes) = request_file::read(file).map_err(|error| {
        eprintln!(
            "{}",
            Failure::new(format!("{} cannot be read: {error}", file.display()), "name a recorded request")
        );
    }) else {
        return Ok(ExitCode::from(WRONG_USE));
    };
    let against = match (&args.recipe, provider) {
        (Some(name), _) => preset(name, &args.secret_file),
        (None, provider) => configured(&args, provider.map_or("", String::as_str)).await,
    };
    let against = match against {
        Ok(against) => against,
        Err(failure) => {
            eprintln!("{failure}");
            return Ok(ExitCode::from(WRONG_USE));
        }
    };
    let recorded = request_file::parse(&bytes).map_err(|wrong| {
        Failure::new(format!("{} is no request: {wrong}", file.display()), "record it as it was sent")
    })?;
    let now = args.now.map_or_else(Time::now, |seconds| Time(seconds.saturating_mul(1_000)));
    judge(&against, recorded, args.url.as_deref(), now)
}

fn wrong_number(what: &str) -> ! {
    Cli::command().error(ErrorKind::WrongNumberOfValues, what).exit()
}

/// What a request is checked against.
struct Against {
    recipes: Vec<Recipe>,
    secrets: Secrets,
    /// The provider's own path, and its address as its senders call it; without a configuration nothing.
    configured: Option<(String, Option<String>)>,
}

fn preset(name: &str, files: &[std::path::PathBuf]) -> Result<Against, Failure> {
    let preset = known_preset(name).map_err(|wrong| Failure::new(wrong.what, wrong.hint))?;
    let values = files.iter().map(|file| secret_file::read(file)).collect::<Result<Vec<Secret>, _>>()?;
    let secrets = [(preset.recipe.secret.clone(), values)].into_iter().collect();
    Ok(Against { recipes: vec![preset.recipe.clone()], secrets, configured: None })
}

async fn configured(args: &VerifyArgs, name: &str) -> Result<Against, Failure> {
    let (_, assembled) = open::assembled(&args.config).await?;
    let provider = sign::find(&assembled, name)?;
    Ok(Against {
        recipes: provider.manifest.verification.clone(),
        secrets: provider.proofs.clone(),
        configured: Some((provider.path.clone(), provider.public_url.clone())),
    })
}

fn judge(
    against: &Against,
    recorded: Recorded,
    called: Option<&str>,
    now: Time,
) -> Result<ExitCode, Failure> {
    let Recorded { mut request, origin } = recorded;
    let public_url = match (called, &against.configured, origin) {
        (Some(called), ..) => Some(called_at(&mut request, called)),
        (None, Some((path, public_url)), _) => {
            // What is below the provider's path is part of what was called.
            let below = request.path.strip_prefix(path.as_str()).unwrap_or_default().to_owned();
            request.path = below;
            public_url.clone()
        }
        (None, None, Some(origin)) => Some(origin),
        (None, None, None) => None,
    };
    let stated = request.header("content-length").and_then(|text| text.parse::<usize>().ok());
    let wrong_length = stated.filter(|stated| *stated != request.body.len()).map(|stated| {
        format!(
            "Content-Length says {stated} bytes, and the file holds {} after the empty line",
            request.body.len()
        )
    });
    let Against { recipes, secrets, .. } = against;
    match verify_or_explain(recipes, secrets, public_url.as_deref(), request, now) {
        Ok(verified) => {
            let secret = verified.secret().unwrap_or_default() + 1;
            println!("genuine: signed with secret {secret}");
            Ok(ExitCode::SUCCESS)
        }
        Err(unproven) => {
            let likely = unproven.diagnose(recipes, secrets, public_url.as_deref(), now);
            let hint = wrong_length.or(likely).unwrap_or_default();
            Err(Failure::new(format!("not genuine: {}", unproven.refusal), hint))
        }
    }
}

/// Takes over what the sender called. Where that has no query, the request's own stays.
fn called_at(request: &mut crate::model::http::Request, called: &str) -> String {
    request.path.clear();
    let Some((address, query)) = called.split_once('?').filter(|(_, query)| !query.is_empty()) else {
        return called.to_owned();
    };
    request.raw_query = query.to_owned();
    request.query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    address.to_owned()
}
