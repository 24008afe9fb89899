//! `hookhost events`: what came in, what became of it, and the second try.

pub(super) mod args;
mod list;
mod offline;
mod replay;
mod show;
pub(super) mod source;
mod tail;
mod when;

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

pub(super) use self::args::EventsCommand;
use self::source::{Needs, Source};
use super::failure::Failure;

pub(super) async fn events(command: EventsCommand) -> Result<ExitCode, Failure> {
    match command {
        EventsCommand::List(args) => {
            let source = Source::open(&args.store, Needs::Store).await?;
            let rows = list::events(&source, &args.filter(), args.print.limit).await?;
            list::print(&rows, args.print.json, list::event_table);
        }
        EventsCommand::Dead(args) => {
            let source = Source::open(&args.store, Needs::Store).await?;
            let rows = list::events(&source, &args.filter(), args.print.limit).await?;
            list::print(&rows, args.print.json, list::event_table);
        }
        EventsCommand::Held(args) => {
            let source = Source::open(&args.store, Needs::Store).await?;
            let rows = list::held(&source, &args.origin(), args.print.limit).await?;
            list::print(&rows, args.print.json, list::held_table);
        }
        EventsCommand::Show(args) => show::show(&args).await?,
        EventsCommand::Replay(args) => return replay::replay(&args).await,
        EventsCommand::Tail(args) => tail::tail(&args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// One JSON value on a line, for programs.
pub(super) fn say_json(value: &impl Serialize) -> bool {
    say(&format!("{}\n", serde_json::json!(value)))
}

/// Prints; gives whether anybody still reads, since `| head` is no mistake.
pub(super) fn say(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}
