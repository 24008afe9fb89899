//! What adapters' own tests are written with: tasks to hand in, answers to give, steps to take apart, inputs
//! that are almost right. Behind the feature `testing`, for `[dev-dependencies]`.

mod fuzz;
mod sound;

pub use fuzz::fuzz;
pub use sound::{assert_sound_progress, assert_sound_verdict};

use serde_json::Value;

use crate::types::{
    Answer, Next, Outgoing, Payload, Progress, Reply, Response, Target, Task, Text, TextFormat,
};

/// A task to send a plain text as the reply `r1`, which answers nothing.
pub fn text_task(conversation: &str, body: &str) -> Task {
    task(conversation, Reply::Text(Text { body: body.into(), format: TextFormat::Plain }))
}

/// The same for any reply.
pub fn task(conversation: &str, reply: Reply) -> Task {
    Task::Send(Outgoing {
        id: "r1".into(),
        conversation: conversation.into(),
        reply,
        origin: None,
        attributes: vec![],
    })
}

/// A provider's answer with this JSON.
pub fn answer(status: u16, body: &Value) -> Answer {
    Answer::Response(Response { status, headers: vec![], body: body.to_string().into_bytes() })
}

/// The path, the JSON and the state of a step that posts JSON.
///
/// # Panics
/// On any other progress.
pub fn stepped(progress: &Progress) -> (String, Value, Vec<u8>) {
    let Next::Step(step) = &progress.next else { panic!("no step: {progress:?}") };
    let (Target::Path(path), Payload::Bytes(body)) = (&step.call.target, &step.call.payload) else {
        panic!("no JSON for a path: {step:?}")
    };
    let Ok(body) = serde_json::from_slice(body) else { panic!("no JSON: {step:?}") };
    (path.clone(), body, step.state.clone())
}
