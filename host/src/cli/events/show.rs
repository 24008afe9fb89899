//! `hookhost events show`: one event or delivery as a whole.

use std::fmt::Write as _;

use super::args::ShowArgs;
use super::source::{Needs, Shown, Source};
use super::{say, say_json};
use crate::cli::failure::Failure;
use crate::cli::plain::{plain, plain_lines};
use crate::inspect::view::delivery::{BodyView, DeliveryView};
use crate::inspect::view::event::EventView;
use crate::inspect::view::reply::ReplyView;
use crate::model::outcome::Outcome;
use crate::model::reply::Reply;
use crate::store::admission::DeliveryVerdict;

pub(super) async fn show(args: &ShowArgs) -> Result<(), Failure> {
    let source = Source::open(&args.store, Needs::Store).await?;
    match (source.show(&args.id, args.body).await?, args.json) {
        (Shown::Event(event), true) => say_json(&event),
        (Shown::Delivery(delivery), true) => say_json(&delivery),
        (Shown::Event(event), false) => say(&event_text(&event)),
        (Shown::Delivery(delivery), false) => say(&delivery_text(&delivery)),
    };
    Ok(())
}

/// Names and values, one pair a line.
#[derive(Default)]
struct Sheet(String);

impl Sheet {
    fn line(&mut self, name: &str, value: impl AsRef<str>) {
        writeln!(self.0, "{name:<14}{}", plain(value.as_ref().trim_end()))
            .expect("writing to a text never fails");
    }

    fn maybe(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.line(name, value.to_string());
        }
    }

    fn block(&mut self, heading: &str, text: &str) {
        write!(self.0, "\n{heading}\n").expect("writing to a text never fails");
        for line in plain_lines(text).lines() {
            writeln!(self.0, "  {line}").expect("writing to a text never fails");
        }
    }
}

fn event_text(view: &EventView) -> String {
    let row = &view.row;
    let mut sheet = Sheet::default();
    sheet.line("event", row.id.to_string());
    sheet.line("state", row.state.as_str());
    sheet.maybe("because", row.reason.as_ref());
    sheet.line("taken in", row.admitted_at_ms.shown());
    sheet.maybe("ended", view.finished_at_ms.map(|at| at.shown()));
    sheet.line("attempts", attempts(view));
    sheet.maybe("next attempt", view.not_before_ms.map(|at| at.shown()));
    sheet.maybe("unreachable", view.unreachable_since_ms.map(|at| format!("since {}", at.shown())));
    sheet.line("provider", row.provider.to_string());
    sheet.line("topic", &row.topic);
    sheet.maybe("conversation", row.conversation.as_ref());
    sheet.maybe("sender", row.sender.as_ref());
    sheet.maybe("workflow", row.workflow.as_ref());
    sheet.maybe("replay of", row.replay_of);
    for replay in &row.replays {
        sheet.line("replayed as", replay.to_string());
    }
    match &view.outcome {
        Some(Outcome::Succeeded(result)) => sheet.line("result", result.to_string()),
        Some(Outcome::Failed(error)) => sheet.line("failed", error),
        None => {}
    }
    for (number, reply) in (1..).zip(&view.replies) {
        sheet.line(&format!("reply {number}"), reply_text(reply));
    }
    let event = serde_json::to_string_pretty(&view.event).expect("it was JSON before");
    sheet.block("as workflows are given it", &event);
    match &view.brought_by {
        Some(delivery) => sheet.0 + "\n" + &delivery_text(delivery),
        None => sheet.0 + "\nits delivery " + &row.delivery.to_string() + " is no longer kept\n",
    }
}

fn attempts(view: &EventView) -> String {
    match view.interrupted {
        0 => view.row.attempts.to_string(),
        interrupted => format!("{}, {interrupted} of them cut off", view.row.attempts),
    }
}

fn reply_text(reply: &ReplyView) -> String {
    let mut text = match &reply.reason {
        Some(reason) => format!("{} ({reason})", reply.state),
        None => reply.state.clone(),
    };
    if let Some(at) = reply.since_ms {
        text = format!("{text} since {}", at.shown());
    }
    if let Some(at) = reply.not_before_ms.filter(|_| reply.state == "sending" || reply.state == "owed") {
        text = format!("{text}, next call not before {}", at.shown());
    }
    match reply.unknown_calls {
        0 => {}
        1 => text += ", 1 call with unknown outcome",
        calls => text = format!("{text}, {calls} calls with unknown outcome"),
    }
    for receipt in &reply.receipts {
        text = format!("{text}, accepted as {receipt}");
    }
    match &reply.reply {
        Reply::Text(said) => format!("{text}: {}", said.body),
        other => format!("{text}: {}", other.kind()),
    }
}

fn delivery_text(delivery: &DeliveryView) -> String {
    let mut sheet = Sheet::default();
    sheet.line("delivery", delivery.id.to_string());
    sheet.line("arrived", delivery.received_at_ms.shown());
    sheet.line("provider", delivery.provider.to_string());
    match &delivery.verdict {
        DeliveryVerdict::Accepted { events: 1 } => sheet.line("accepted", "1 event"),
        DeliveryVerdict::Accepted { events } => sheet.line("accepted", format!("{events} events")),
        DeliveryVerdict::Ignored { reason } => sheet.line("ignored", reason),
        DeliveryVerdict::Held { reason } => sheet.line("held", reason),
    }
    let query = if delivery.query.is_empty() { String::new() } else { format!("?{}", delivery.query) };
    sheet.line("request", format!("{} {}{query}", delivery.method, delivery.path));
    sheet.line("body", format!("{} bytes", delivery.body_bytes));
    let headers: Vec<_> = delivery.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    sheet.block("headers, without those that prove the sender", &headers.join("\n"));
    match &delivery.body {
        Some(BodyView::Text(text)) => sheet.block("body", text),
        Some(BodyView::Base64(text)) => sheet.block("body, in base64", text),
        None => {}
    }
    sheet.0
}
