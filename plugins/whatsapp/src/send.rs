//! Sends a reply: one step for each message, in order, after a step for its file where the host holds it.

use hookhost_sdk::types::{
    Answer, Bucket, Call, Context, Failure, FailureScope, Outgoing, Progress, Reply, Source,
};
use hookhost_sdk::{json, log};
use serde_json::{Value, json};

use crate::answer::{Limit, Outcome, messages, outcome};
use crate::conversation::{Conversation, is_number_id};
use crate::describe::{GRAPH, PACE_ACCOUNT, PACE_APP, PACE_NUMBER, PACE_PAIR};
use crate::message::BUSINESS;
use crate::{files, graph, template, wording};

/// The longest wait for a pair of numbers: 4^5 seconds, about 17 minutes.
const PAIR_DOUBLINGS_MAX: u32 = 5;
/// The longest waits for the others: 64 seconds for a number, about 17 minutes for an account.
const DOUBLINGS_MAX: u32 = 6;
const ACCOUNT_DOUBLINGS_MAX: u32 = 4;
/// The message was answered more than 24 hours ago: only a template may be sent.
const WINDOW_CLOSED: i64 = 131_047;

/// The first call.
pub(crate) fn begin(context: &Context, outgoing: &Outgoing) -> Progress {
    let first = match &outgoing.reply {
        Reply::Media(file) if matches!(file.source, Source::Blob(_)) => Cursor::new(Stage::Upload),
        _ => Cursor::new(Stage::Message),
    };
    Sending::of(context, outgoing).and_then(|sending| sending.step(&first)).unwrap_or_else(failed)
}

/// What the answer to one call means, and the next one.
pub(crate) fn resume(context: &Context, outgoing: &Outgoing, state: &[u8], answer: &Answer) -> Progress {
    let Some(cursor) = Cursor::read(state) else {
        return failed(failure(FailureScope::Message, "state", "another version of the adapter began this"));
    };
    let sending = match Sending::of(context, outgoing) {
        Ok(sending) => sending,
        Err(failure) => return failed(failure),
    };
    match outcome(answer) {
        Outcome::Accepted(body) => sending.after(cursor, &body).unwrap_or_else(failed),
        Outcome::Busy(limit, after_ms) => {
            let wait_ms = after_ms.unwrap_or_else(|| pause_ms(limit, context.attempt));
            Progress::retry(wait_ms, sending.bucket(limit))
        }
        Outcome::Down => Progress::retry(None, None),
        // A file that was uploaded twice is seen by nobody, and a mark that was set twice is one mark.
        Outcome::Unknown(_) if cursor.stage == Stage::Upload || wording::is_mark(&outgoing.reply) => {
            Progress::retry(None, None)
        }
        Outcome::Unknown(reason) => Progress::unsure(reason),
        Outcome::Refused(_, WINDOW_CLOSED, reason) => {
            sending.too_late(cursor, &reason).unwrap_or_else(failed)
        }
        Outcome::Refused(scope, code, reason) => Progress::failed(scope, code.to_string(), reason),
    }
}

/// How long everybody waits whom a limit concerns, where Meta does not say it.
pub(crate) fn pause_ms(limit: Limit, attempt: u32) -> u64 {
    match limit {
        // Meta's own advice: 4^X seconds, X from 0.
        Limit::Pair => 1_000 * 4_u64.pow(attempt.min(PAIR_DOUBLINGS_MAX)),
        Limit::Number => 1_000 << attempt.min(DOUBLINGS_MAX),
        // These are counted over an hour.
        Limit::Account | Limit::App => 60_000 << attempt.min(ACCOUNT_DOUBLINGS_MAX),
    }
}

/// The bucket of all calls.
pub(crate) fn app() -> Bucket {
    Bucket::new(PACE_APP, "")
}

/// Ends a task that cannot go on.
pub(crate) fn failed(failure: Failure) -> Progress {
    Progress::failed(failure.scope, failure.code, failure.message)
}

/// Where we are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    stage: Stage,
    /// Which message of the reply, from 0.
    message: usize,
    /// The id of the file that was uploaded.
    media: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The reply's file is on its way to Meta.
    Upload,
    /// A message of the reply is.
    Message,
    /// The template is that is sent in its place.
    Fallback,
}

/// What is sent, from which number, to whom.
struct Sending<'a> {
    context: &'a Context,
    outgoing: &'a Outgoing,
    conversation: Conversation,
    number: String,
}

impl<'a> Sending<'a> {
    fn of(context: &'a Context, outgoing: &'a Outgoing) -> Result<Self, Failure> {
        let conversation: Conversation = outgoing.conversation.parse().map_err(|_| {
            failure(FailureScope::Conversation, "conversation", "this is no conversation of WhatsApp's")
        })?;
        let ours = conversation.number.as_deref().or_else(|| context.setting("phone_number_id"));
        let Some(number) = ours.filter(|number| is_number_id(number)).map(String::from) else {
            let message = "no number to send from: set `phone_number_id`";
            return Err(failure(FailureScope::Conversation, "no-number", message));
        };
        Ok(Self { context, outgoing, conversation, number })
    }

    /// The call at this place, or the end.
    fn step(&self, cursor: &Cursor) -> Result<Progress, Failure> {
        // Before a file is uploaded it is known whether the message with it can be sent.
        let bodies = wording::bodies(self.outgoing, cursor.media.as_deref())?;
        let call = match (cursor.stage, &self.outgoing.reply) {
            (Stage::Upload, Reply::Media(file)) => match &file.source {
                Source::Blob(blob) => files::upload(self.path("media")?, file, blob),
                Source::Url(_) | Source::Handle(_) => return Err(bad_state()),
            },
            (Stage::Upload, _) => return Err(bad_state()),
            (Stage::Message, _) => match bodies.into_iter().nth(cursor.message) {
                Some(body) => self.message(body, cursor.message == 0)?,
                None => return Ok(Progress::done()),
            },
            (Stage::Fallback, _) => match self.fallback() {
                Some(body) => self.message(body, false)?,
                None => return Err(bad_state()),
            },
        };
        let call =
            call.counted(self.bucket(Limit::Number)).counted(self.bucket(Limit::Account)).counted(app());
        Ok(Progress::step(call, cursor.write()))
    }

    fn message(&self, body: wording::Body, is_first: bool) -> Result<Call, Failure> {
        let body = wording::addressed(body, &self.conversation.recipient, self.outgoing, is_first);
        let call = Call::post_json(GRAPH, self.path("messages")?, &body);
        // A mark is no message, and counts for nobody.
        Ok(if wording::is_mark(&self.outgoing.reply) { call } else { call.counted(self.bucket(Limit::Pair)) })
    }

    /// What follows what Meta accepted.
    fn after(&self, cursor: Cursor, answer: &Value) -> Result<Progress, Failure> {
        match cursor.stage {
            Stage::Upload => {
                let media = json::text(answer, "/id").filter(|id| !id.is_empty());
                let no_id = || failure(FailureScope::Message, "no-id", "the file was uploaded and has no id");
                let media = Some(media.ok_or_else(no_id)?);
                self.step(&Cursor { stage: Stage::Message, media, ..cursor })
            }
            Stage::Message => {
                let next = self.step(&Cursor { message: cursor.message + 1, ..cursor })?;
                Ok(messages(answer).into_iter().fold(next, Progress::with_receipt))
            }
            Stage::Fallback => {
                Ok(messages(answer).into_iter().fold(Progress::done(), Progress::with_receipt))
            }
        }
    }

    /// The 24 hours are over: the operator's template goes out in place of what was to be said, if there is one.
    fn too_late(&self, cursor: Cursor, reason: &str) -> Result<Progress, Failure> {
        if cursor.stage == Stage::Message && self.fallback().is_some() {
            log::warn("an answer came after 24 hours: the fallback template is sent in its place", &[]);
            return self.step(&Cursor { stage: Stage::Fallback, ..cursor });
        }
        let message = format!(
            "the 24 hours in which anything may be said are over, and only a template can be sent; the setting \
             fallback_template names one ({reason})"
        );
        Err(failure(FailureScope::Message, &WINDOW_CLOSED.to_string(), &message))
    }

    fn fallback(&self) -> Option<wording::Body> {
        let name = self.context.setting("fallback_template")?;
        let is_template = matches!(self.outgoing.reply, Reply::Template(_));
        let language = self.context.setting("fallback_template_language").unwrap_or("en_US");
        (!is_template).then(|| template::plain(name, language))
    }

    fn path(&self, what: &str) -> Result<String, Failure> {
        graph::path(self.context, &format!("/{}/{what}", self.number))
    }

    /// Everything that the same limit holds for. The account is known from the event that is answered; where
    /// it is not, a number stands for its account.
    fn bucket(&self, limit: Limit) -> Bucket {
        match limit {
            Limit::Pair => Bucket::new(PACE_PAIR, self.conversation.to_string()),
            Limit::Number => Bucket::new(PACE_NUMBER, self.number.as_str()),
            Limit::Account => {
                let handback = self.outgoing.origin.iter().flat_map(|origin| &origin.handback);
                let business = handback.into_iter().find(|(name, _)| name == BUSINESS);
                Bucket::new(PACE_ACCOUNT, business.map_or(self.number.as_str(), |(_, id)| id.as_str()))
            }
            Limit::App => app(),
        }
    }
}

impl Cursor {
    fn new(stage: Stage) -> Self {
        Self { stage, message: 0, media: None }
    }

    fn write(&self) -> Vec<u8> {
        let stage = match self.stage {
            Stage::Upload => "upload",
            Stage::Message => "message",
            Stage::Fallback => "fallback",
        };
        json!({"stage": stage, "message": self.message, "media": self.media}).to_string().into_bytes()
    }

    fn read(state: &[u8]) -> Option<Self> {
        let state = serde_json::from_slice(state).ok()?;
        let stage = match json::str(&state, "/stage") {
            Some("upload") => Stage::Upload,
            Some("fallback") => Stage::Fallback,
            // Earlier versions knew messages only.
            Some("message") | None => Stage::Message,
            Some(_) => return None,
        };
        let message = json::integer(&state, "/message")?.try_into().ok()?;
        Some(Self { stage, message, media: json::text(&state, "/media") })
    }
}

fn bad_state() -> Failure {
    failure(FailureScope::Message, "state", "the reply is another one than when it was begun")
}

fn failure(scope: FailureScope, code: &str, message: &str) -> Failure {
    Failure { scope, code: code.into(), message: message.into() }
}

#[cfg(test)]
mod tests;
