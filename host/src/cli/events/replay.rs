//! `hookhost events replay`: the second try.

use std::process::ExitCode;

use super::args::ReplayArgs;
use super::source::{Needs, Source};
use super::{list, say, say_json};
use crate::cli::failure::Failure;
use crate::cli::plain::plain;
use crate::inspect::replay::{ReplayResult, Replayed};
use crate::model::bounds::REPLAYS_PER_COMMAND;

pub(super) async fn replay(args: &ReplayArgs) -> Result<ExitCode, Failure> {
    let source = Source::open(&args.store, Needs::Plugins).await?;
    let ids = if args.ids.is_empty() { found(&source, args).await? } else { args.ids.clone() };
    let replayed = source.replay(&ids).await?;
    if args.json {
        say_json(&replayed);
    } else if replayed.is_empty() {
        say("there is nothing to replay\n");
    } else {
        say(&replayed.iter().map(line).collect::<String>());
    }
    let all_good = replayed.iter().all(|one| one.result.is_good());
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What a filter finds, oldest first, so that conversations are replayed in their order.
async fn found(source: &Source, args: &ReplayArgs) -> Result<Vec<String>, Failure> {
    // One more than may be replayed tells whether there are more.
    let most = REPLAYS_PER_COMMAND + 1;
    let mut ids: Vec<String> = if args.held {
        let held = list::held(source, &args.origin(), most).await?;
        held.iter().map(|delivery| delivery.id.to_string()).collect()
    } else {
        let events = list::events(source, &args.filter(), most).await?;
        events.iter().filter(|event| event.state.is_final()).map(|event| event.id.to_string()).collect()
    };
    if ids.len() > REPLAYS_PER_COMMAND {
        let what = format!("more than {REPLAYS_PER_COMMAND} would be replayed");
        return Err(Failure::new(what, "say more exactly which, for example with --until"));
    }
    if ids.len() > 1 && !args.yes {
        let kind = if args.held { "held deliveries" } else { "events" };
        let hint = "look at them with hookhost events list, held or dead; then add --yes";
        return Err(Failure::new(format!("{} {kind} would be replayed", ids.len()), hint));
    }
    ids.reverse();
    Ok(ids)
}

fn line(replayed: &Replayed) -> String {
    let what = match &replayed.result {
        ReplayResult::Queued { execution } => format!("runs again as {execution}"),
        ReplayResult::Accepted { executions, not_run } => {
            let ids: Vec<_> = executions.iter().map(ToString::to_string).collect();
            let run = match &ids[..] {
                [] => "understood, nothing to run".to_owned(),
                ids => format!("understood, runs {}", ids.join(", ")),
            };
            match not_run {
                0 => run,
                not_run => format!("{run}; seen before or too old: {not_run}"),
            }
        }
        ReplayResult::Ignored { reason } => format!("understood, nothing to do: {reason}"),
        ReplayResult::Held { reason } => format!("still held: {reason}"),
        ReplayResult::Refused { reason } => format!("not replayed: {reason}"),
    };
    format!("{}  {}\n", plain(&replayed.id), plain(&what))
}
