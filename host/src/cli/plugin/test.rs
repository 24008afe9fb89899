//! `hookhost plugin test`: runs recorded cases through the real sandbox.

mod case;
mod context;
mod diff;
mod folder;
mod report;
mod request;
mod spelling;
mod task;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use self::case::Outcome;
use self::context::CaseContext;
use self::folder::Folder;
use super::{engine, find, load};
use crate::cli::failure::Failure;
use crate::cli::terms::TermsArgs;

#[derive(Debug, Args)]
pub(in crate::cli) struct TestArgs {
    /// A `.wasm` file, or the name of a shipped plugin
    file: PathBuf,
    /// The folder with the cases
    #[arg(value_name = "CASES_DIR")]
    cases: PathBuf,
    /// Write down what the plugin answers as what is expected of it
    #[arg(long)]
    update: bool,
    #[command(flatten)]
    terms: TermsArgs,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) async fn test(args: &TestArgs) -> Result<ExitCode, Failure> {
    let folder = Folder::read(&args.cases)?;
    let found = find(&args.file);
    let plugin = load(&engine(None)?, &found, args.terms.terms())
        .await
        .map_err(|unloaded| unloaded.failure(&found))?;
    let context = CaseContext::read(&args.cases, plugin.manifest())?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for case in &folder.cases {
        outcomes.push(case::run(&plugin, &context, case, args.update).await);
    }
    outcomes.extend(folder.strays.iter().map(|name| Outcome::stray(name)));
    if args.json {
        println!("{}", report::as_json(&outcomes));
    } else {
        print!("{}", report::as_text(&outcomes));
    }
    let all_good = outcomes.iter().all(Outcome::is_good);
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
