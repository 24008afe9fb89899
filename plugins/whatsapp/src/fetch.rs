//! Brings a file that came along with a message: its id gives a link, which is good for five minutes, and the
//! link gives the bytes.

use hookhost_sdk::json;
use hookhost_sdk::types::{Answer, Call, Context, FailureScope, Media, Progress, Target};
use serde_json::Value;

use crate::answer::{Outcome, outcome};
use crate::describe::GRAPH;
use crate::graph;
use crate::send::{app, failed, pause_ms};

/// Where a fetch is: its state is one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The link is asked for the first time.
    Link,
    /// The bytes are asked for.
    Bytes,
    /// The link had expired, and is asked for once more.
    LinkAgain,
    /// The bytes are asked for once more.
    BytesAgain,
}

/// Asks for the link.
pub(crate) fn begin(context: &Context, media: &Media) -> Progress {
    link(context, media, Stage::Link)
}

/// What the answer means for the file.
pub(crate) fn resume(context: &Context, media: &Media, state: &[u8], answer: &Answer) -> Progress {
    let Some(stage) = Stage::read(state) else {
        return Progress::failed(FailureScope::Message, "state", "another version of the adapter began this");
    };
    match (stage, answer) {
        (Stage::Bytes | Stage::BytesAgain, Answer::Saved(saved)) => {
            return Progress::media(saved.blob.clone());
        }
        // The link has expired; another one may be had.
        (Stage::Bytes, Answer::Response(response)) if response.status == 404 => {
            return link(context, media, Stage::LinkAgain);
        }
        _ => {}
    }
    match (stage, outcome(answer)) {
        (Stage::Link | Stage::LinkAgain, Outcome::Accepted(body)) => bytes(stage, &body),
        // A file is only read, so that asking twice does no harm.
        (_, Outcome::Down | Outcome::Unknown(_)) => Progress::retry(None, None),
        (_, Outcome::Busy(limit, after_ms)) => {
            Progress::retry(after_ms.unwrap_or_else(|| pause_ms(limit, context.attempt)), app())
        }
        // An id that is not there says nothing about us: Meta forgets files after a week.
        (_, Outcome::Refused(_, code @ (100 | 404), reason)) => {
            Progress::failed(FailureScope::Message, code.to_string(), reason)
        }
        (_, Outcome::Refused(scope, code, reason)) => Progress::failed(scope, code.to_string(), reason),
        (Stage::Bytes | Stage::BytesAgain, Outcome::Accepted(_)) => {
            Progress::failed(FailureScope::Message, "empty", "there is no file behind the link")
        }
    }
}

fn link(context: &Context, media: &Media, stage: Stage) -> Progress {
    if !graph::is_id(&media.handle) {
        return Progress::failed(FailureScope::Message, "handle", "this is no file of WhatsApp's");
    }
    match graph::path(context, &format!("/{}", media.handle)) {
        Ok(path) => Progress::step(Call::get(GRAPH, Target::Path(path)).counted(app()), stage.word()),
        Err(failure) => failed(failure),
    }
}

fn bytes(stage: Stage, answer: &Value) -> Progress {
    let Some(url) = json::str(answer, "/url") else {
        return Progress::failed(FailureScope::Message, "no-link", "there is no link to the file");
    };
    let next = if stage == Stage::Link { Stage::Bytes } else { Stage::BytesAgain };
    Progress::step(Call::get(GRAPH, Target::Url(url.into())).saved().counted(app()), next.word())
}

impl Stage {
    const ALL: [Self; 4] = [Self::Link, Self::Bytes, Self::LinkAgain, Self::BytesAgain];

    fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Bytes => "bytes",
            Self::LinkAgain => "link-again",
            Self::BytesAgain => "bytes-again",
        }
    }

    fn read(state: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word().as_bytes() == state)
    }
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::testing::answer;
    use hookhost_sdk::types::{Blob, Next, Payload, Saved, Step, Unanswered};
    use serde_json::json;

    use super::*;

    const URL: &str = "https://lookaside.fbsbx.com/x?mid=77&hash=a%2Fb";

    fn context() -> Context {
        Context { now_ms: 0, settings: vec![], attempt: 0 }
    }

    fn media(handle: &str) -> Media {
        Media {
            kind: "image".into(),
            handle: handle.into(),
            media_type: None,
            filename: None,
            size: None,
            sha256: None,
        }
    }

    fn step(progress: Progress) -> Step {
        let Next::Step(step) = progress.next else { panic!("{progress:?}") };
        assert_eq!((step.call.method.as_str(), &step.call.payload), ("GET", &Payload::Empty));
        step
    }

    fn go_on(step: &Step, answer: &Answer) -> Progress {
        resume(&context(), &media("77"), &step.state, answer)
    }

    fn linked() -> Answer {
        answer(200, &json!({"url": URL, "mime_type": "image/jpeg", "id": "77"}))
    }

    fn gone() -> Answer {
        answer(404, &json!({}))
    }

    #[test]
    fn the_id_gives_a_link_and_the_link_the_file() {
        let first = step(begin(&context(), &media("77")));
        assert_eq!((&first.call.target, first.call.save), (&Target::Path("/v25.0/77".into()), false));
        let second = step(go_on(&first, &linked()));
        assert_eq!((&second.call.target, second.call.save), (&Target::Url(URL.into()), true));
        let blob = Blob { id: "b1".into(), size: 9, media_type: None, sha256: "c0ffee".into() };
        let saved = Answer::Saved(Saved { status: 200, headers: vec![], blob: blob.clone() });
        assert_eq!(go_on(&second, &saved), Progress::media(blob));
    }

    #[test]
    fn a_link_that_expired_is_asked_for_once_more() {
        let first = step(begin(&context(), &media("77")));
        let second = step(go_on(&first, &linked()));
        let third = step(go_on(&second, &gone()));
        assert_eq!(third.call.target, first.call.target);
        let fourth = step(go_on(&third, &linked()));
        assert_eq!(fourth.call.target, second.call.target);
        let Next::Failed(failure) = go_on(&fourth, &gone()).next else { panic!() };
        assert_eq!((failure.scope, failure.code.as_str()), (FailureScope::Message, "404"));
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_was_refused_is_not() {
        let first = step(begin(&context(), &media("77")));
        let lost = |maybe_done| Answer::Unanswered(Unanswered { maybe_done, reason: "timeout".into() });
        for answer in [lost(true), lost(false), answer(503, &json!({}))] {
            assert_eq!(go_on(&first, &answer), Progress::retry(None, None));
        }
        let busy = answer(400, &json!({"error": {"code": 4}}));
        assert_eq!(go_on(&first, &busy), Progress::retry(60_000, app()));
        let refused = answer(401, &json!({"error": {"code": 190, "message": "m"}}));
        assert_eq!(go_on(&first, &refused), Progress::failed(FailureScope::Provider, "190", "m"));
    }

    #[test]
    fn what_is_no_file_of_whatsapps_is_not_asked_for() {
        for handle in ["", "../me", "a/b", "77?x"] {
            let Next::Failed(failure) = begin(&context(), &media(handle)).next else { panic!("{handle}") };
            assert_eq!(failure.code, "handle");
        }
        let first = step(begin(&context(), &media("77")));
        let Next::Failed(failure) = go_on(&first, &answer(200, &json!({}))).next else { panic!() };
        assert_eq!(failure.code, "no-link");
    }
}
