//! `hookhost plugin grant`: shows what a new version of a plugin asks for, and grants it when the operator says so.

use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;

use crate::cli::events::args::StoreArgs;
use crate::cli::events::source::{Needs, Source};
use crate::cli::failure::Failure;
use crate::cli::plain::plain;
use crate::model::name::ProviderName;

#[derive(Debug, Args)]
pub(in crate::cli) struct GrantArgs {
    /// Whose plugin is meant
    provider: ProviderName,
    #[command(flatten)]
    store: StoreArgs,
    /// Grant it without asking
    #[arg(long)]
    yes: bool,
}

/// Shows the difference, and grants it.
pub(in crate::cli) async fn grant(args: &GrantArgs) -> Result<(), Failure> {
    let source = Source::open(&args.store, Needs::Plugins).await?;
    let name = &args.provider;
    let plugins = source.plugins().await?;
    let found = plugins.iter().find_map(|plugin| {
        let provider = plugin.providers.iter().find(|provider| provider.name == *name)?;
        Some((plugin, plugin.digest.as_ref()?, provider))
    });
    let Some((plugin, digest, provider)) = found else {
        let what = format!("there is no provider {name} whose plugin is loaded");
        return Err(Failure::new(what, "see which there are: hookhost check"));
    };
    if provider.needs_grant.is_empty() {
        println!("{name} asks for nothing that it was not granted");
        return Ok(());
    }
    let version = plugin.version.as_deref().unwrap_or_default();
    println!(
        "{name}: version {} of its plugin {} asks for more than it was granted",
        plain(version),
        plugin.name
    );
    println!("digest sha256:{digest}");
    for item in &provider.needs_grant {
        println!("  {}", plain(item));
    }
    if !args.yes && !confirmed()? {
        return Err(Failure::new("nothing was granted", "it goes on with what was granted before"));
    }
    source.grant(name, digest).await?;
    println!("granted");
    Ok(())
}

/// Whether somebody at a terminal says yes.
fn confirmed() -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new("nothing was granted: nobody is there to ask", "look at it, and add --yes"));
    }
    let cannot = |error: io::Error| Failure::new(format!("the answer cannot be read: {error}"), "add --yes");
    print!("grant it? [y/N] ");
    io::stdout().flush().map_err(cannot)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(cannot)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
