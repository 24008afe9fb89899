//! `hookhost sign`: the headers with which a provider would send a body, and the body where it has to hold
//! something.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use super::{SignArgs, open, secret_file};
use crate::config::Config;
use crate::config::secrets::SecretFault;
use crate::model::id::random_token;
use crate::model::secret::Secret;
use crate::model::time::Time;
use crate::provider::Provider;
use crate::verify::{Signed, needs_private_key, sign as signed};

pub(super) async fn sign(args: SignArgs) -> Result<(), Failure> {
    let request = prepare(&args).await?;
    for (name, value) in &request.signed.headers {
        println!("{name}: {value}");
    }
    if !request.signed.raw_query.is_empty() {
        println!("?{}", request.signed.raw_query);
    }
    if let Some(body) = &request.signed.body {
        println!();
        let written = std::io::stdout().write_all(body);
        written.map_err(|error| Failure::new(format!("it cannot be printed: {error}"), ""))?;
    }
    Ok(())
}

/// A request as a provider would send it.
pub(super) struct SignedRequest {
    pub(super) config: Config,
    pub(super) provider: Arc<Provider>,
    /// As it was given; `signed` may have another.
    pub(super) body: Vec<u8>,
    pub(super) signed: Signed,
}

pub(super) async fn prepare(args: &SignArgs) -> Result<SignedRequest, Failure> {
    let body = read_body(args.body.as_deref())?;
    let (config, assembled) = open::assembled(&args.config).await?;
    let provider = find(&assembled, &args.provider)?;
    let signed = sign_body(&provider, args.private_key_file.as_deref(), &body)?;
    Ok(SignedRequest { config, provider, body, signed })
}

/// Signs with the first recipe, and with the current secret or the sender's private key.
pub(super) fn sign_body(
    provider: &Provider,
    private_key: Option<&Path>,
    body: &[u8],
) -> Result<Signed, Failure> {
    let name = &provider.name;
    let now = Time::now();
    let recipe = provider.manifest.verification.first().ok_or_else(|| {
        Failure::new(
            format!("provider {name}: its plugin declares no way to prove who sends"),
            "nothing has to be signed",
        )
    })?;
    let secret = match (private_key, needs_private_key(recipe)) {
        (Some(file), true) => secret_file::read(file)?,
        (None, true) => {
            return Err(Failure::new(
                format!("provider {name}: only its private key signs, and its secret is the public one"),
                "for trying it out, make a pair with: openssl genpkey; set the public key as the secret, and \
                 name the private one with --private-key-file",
            ));
        }
        (Some(_), false) => {
            return Err(Failure::new(
                format!("provider {name}: it signs with its secret"),
                "leave --private-key-file out",
            ));
        }
        (None, false) => current_secret(provider, &recipe.secret, now)?,
    };
    let public_url = provider.public_url.as_deref();
    signed(recipe, &secret, public_url, "POST", body, now, &random_token())
        .map_err(|error| Failure::new(format!("provider {name}: {error}"), ""))
}

fn current_secret(provider: &Provider, secret: &str, now: Time) -> Result<Secret, Failure> {
    provider.proofs.active(secret, now).first().cloned().ok_or_else(|| {
        let is_this = |fault: &SecretFault| matches!(fault, SecretFault::Missing { secret: missing, .. } if missing == secret);
        let problem = provider.secrets.problems.iter().find(|problem| is_this(&problem.fault));
        let hint = problem.map_or_else(String::new, |problem| problem.hint());
        Failure::new(format!("provider {}: the secret {secret} is not set", provider.name), hint)
    })
}

pub(super) fn find(assembled: &crate::app::Assembled, name: &str) -> Result<Arc<Provider>, Failure> {
    let parsed = name.parse().map_err(|error| Failure::new(format!("{error}"), ""))?;
    let known: Vec<&str> = assembled.setup.providers.iter().map(|provider| provider.name.as_str()).collect();
    assembled.provider(&parsed).cloned().ok_or_else(|| {
        let hint = if known.is_empty() {
            "set its secret, or configure it in hookhost.toml".into()
        } else {
            format!("configured are: {}", known.join(", "))
        };
        Failure::new(format!("there is no provider {name}"), hint)
    })
}

fn read_body(file: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let read = match file {
        Some(file) => {
            std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))
        }
        None => {
            let mut body = Vec::new();
            let read = std::io::stdin().read_to_end(&mut body);
            read.map(|_| body).map_err(|error| format!("standard input cannot be read: {error}"))
        }
    };
    read.map_err(|what| Failure::new(what, "name the file with the body: --body FILE"))
}
