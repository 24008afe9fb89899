//! Brings a file: asks where it lies, then for its bytes, which only the host sees.

use hookhost_sdk::json;
use hookhost_sdk::types::{Answer, Call, FailureScope, Media, Progress, Target};
use serde_json::json;

use crate::answer::{Outcome, outcome};
use crate::describe::{BOT, FILE};

/// Where we are, as one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    /// Telegram was asked where the file lies.
    Asked,
    /// Its bytes were asked for.
    Fetching,
    /// The place was not good any more, and Telegram was asked once more.
    AskedAgain,
    FetchingAgain,
}

/// Where does it lie?
pub(crate) fn begin(media: &Media) -> Progress {
    ask(media, Cursor::Asked)
}

/// What the answer means.
pub(crate) fn resume(media: &Media, state: &[u8], answer: &Answer) -> Progress {
    let Some(cursor) = Cursor::read(state) else {
        return Progress::failed(FailureScope::Message, "state", "another version of the adapter began this");
    };
    if let Answer::Saved(saved) = answer {
        return Progress::media(saved.blob.clone());
    }
    let is_fetching = matches!(cursor, Cursor::Fetching | Cursor::FetchingAgain);
    match (outcome(answer), cursor) {
        (Outcome::Accepted(_), Cursor::Asked) => fetch(answer, Cursor::Fetching),
        (Outcome::Accepted(_), Cursor::AskedAgain) => fetch(answer, Cursor::FetchingAgain),
        (Outcome::Busy(after_ms), _) => Progress::retry(after_ms, None),
        (Outcome::Down, _) => Progress::retry(None, None),
        // Places are good for an hour. Here 404 says nothing about the token.
        (Outcome::Refused(..), Cursor::Fetching) => ask(media, Cursor::AskedAgain),
        (Outcome::Refused(_, reason), Cursor::FetchingAgain) => failed(FailureScope::Message, &reason),
        (Outcome::Refused(scope, reason), _) => failed(scope, &reason),
        (Outcome::Accepted(_) | Outcome::Moved(_) | Outcome::Unreadable(_), _) => {
            let what = if is_fetching { "the file came as something else" } else { "an odd answer" };
            Progress::failed(FailureScope::Message, "odd-answer", what)
        }
    }
}

fn ask(media: &Media, cursor: Cursor) -> Progress {
    Progress::step(Call::post_json(BOT, "/getFile", &json!({"file_id": media.handle})), cursor.write())
}

fn fetch(answer: &Answer, cursor: Cursor) -> Progress {
    let body = match answer {
        Answer::Response(response) => response.json().unwrap_or_default(),
        _ => serde_json::Value::Null,
    };
    let Some(path) = json::str(&body, "/result/file_path") else {
        return Progress::failed(
            FailureScope::Message,
            "no-path",
            "Telegram does not say where the file lies",
        );
    };
    if path.starts_with('/') {
        // A Bot API server in its local mode; only who shares its disk can read there.
        return Progress::failed(
            FailureScope::Message,
            "local-file",
            "the Bot API server keeps files to itself (--local)",
        );
    }
    let call = Call::get(FILE, Target::Path(format!("/{}", encoded(path)))).saved();
    Progress::step(call, cursor.write())
}

fn failed(scope: FailureScope, reason: &str) -> Progress {
    Progress::failed(scope, reason.split(':').next().unwrap_or(reason), reason)
}

/// A path as it stands in a URL.
fn encoded(path: &str) -> String {
    let mut encoded = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

impl Cursor {
    fn write(self) -> Vec<u8> {
        let byte = match self {
            Self::Asked => b'a',
            Self::Fetching => b'f',
            Self::AskedAgain => b'A',
            Self::FetchingAgain => b'F',
        };
        vec![byte]
    }

    fn read(state: &[u8]) -> Option<Self> {
        let all = [Self::Asked, Self::Fetching, Self::AskedAgain, Self::FetchingAgain];
        all.into_iter().find(|cursor| cursor.write() == state)
    }
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::testing::{answer, stepped};
    use hookhost_sdk::types::{Blob, Failure, Next, Saved, Unanswered};

    use super::*;

    fn media() -> Media {
        Media {
            kind: "image".into(),
            handle: "AgAC".into(),
            media_type: None,
            filename: None,
            size: None,
            sha256: None,
        }
    }

    fn found(path: &str) -> Answer {
        answer(200, &json!({"ok": true, "result": {"file_id": "AgAC", "file_path": path}}))
    }

    fn not_found() -> Answer {
        answer(404, &json!({"ok": false, "error_code": 404, "description": "Not Found"}))
    }

    /// The path that is fetched, and the state.
    fn fetched(progress: &Progress) -> (&str, &[u8]) {
        let Next::Step(step) = &progress.next else { panic!("{progress:?}") };
        let Target::Path(path) = &step.call.target else { panic!("{step:?}") };
        assert_eq!(
            (step.call.endpoint.as_str(), step.call.method.as_str(), step.call.save),
            (FILE, "GET", true)
        );
        (path, &step.state)
    }

    fn code(progress: Progress) -> String {
        let Next::Failed(Failure { code, .. }) = progress.next else { panic!("{progress:?}") };
        code
    }

    #[test]
    fn a_file_is_asked_for_and_then_saved() {
        let (path, body, state) = stepped(&begin(&media()));
        assert_eq!((path.as_str(), body), ("/getFile", json!({"file_id": "AgAC"})));
        let progress = resume(&media(), &state, &found("photos/file 1#.jpg"));
        let (path, state) = fetched(&progress);
        assert_eq!(path, "/photos/file%201%23.jpg");
        let blob = Blob { id: "b1".into(), size: 7, media_type: None, sha256: "00".into() };
        let saved = Answer::Saved(Saved { status: 200, headers: vec![], blob: blob.clone() });
        assert_eq!(resume(&media(), state, &saved).next, Next::Media(blob));
    }

    #[test]
    fn a_place_that_is_not_good_any_more_is_asked_for_once_more() {
        let (.., state) = stepped(&begin(&media()));
        let first = resume(&media(), &state, &found("a"));
        let again = resume(&media(), fetched(&first).1, &not_found());
        let (path, _, state) = stepped(&again);
        assert_eq!(path, "/getFile");
        let second = resume(&media(), &state, &found("b"));
        assert_eq!(fetched(&second).0, "/b");
        assert_eq!(code(resume(&media(), fetched(&second).1, &not_found())), "404");
    }

    #[test]
    fn what_cannot_be_had_says_so_and_what_may_pass_is_tried_again() {
        let (.., state) = stepped(&begin(&media()));
        let too_big = json!({"ok": false, "error_code": 400, "description": "Bad Request: file is too big"});
        for (answer, expected) in [
            (answer(400, &too_big), "400"),
            (answer(200, &json!({"ok": true, "result": {}})), "no-path"),
            (found("/var/lib/telegram/file"), "local-file"),
        ] {
            assert_eq!(code(resume(&media(), &state, &answer)), expected);
        }
        assert_eq!(code(resume(&media(), b"x", &not_found())), "state");
        let lost = Answer::Unanswered(Unanswered { maybe_done: true, reason: "restart".into() });
        assert_eq!(resume(&media(), &state, &lost), Progress::retry(None, None));
        let busy = json!({"ok": false, "error_code": 429, "parameters": {"retry_after": 3}});
        assert_eq!(resume(&media(), &state, &answer(429, &busy)), Progress::retry(3_000, None));
    }
}
