//! Brings a file by the link that came with its message. Only links to the bridge itself can be followed, with
//! its token; the host refuses others.

use hookhost_sdk::types::{Answer, Call, FailureScope, Media, Progress, Target};

use crate::answer::{Outcome, outcome};
use crate::describe::BRIDGE;

/// Asks for the bytes.
pub(crate) fn begin(media: &Media) -> Progress {
    Progress::step(Call::get(BRIDGE, Target::Url(media.handle.clone())).saved(), "")
}

/// What the answer means for the file.
pub(crate) fn resume(answer: &Answer) -> Progress {
    match (answer, outcome(answer)) {
        (Answer::Saved(saved), _) => Progress::media(saved.blob.clone()),
        // A file is only read, so that asking twice does no harm.
        (_, Outcome::Unknown(_)) => Progress::retry(None, None),
        // What is gone is gone, and says nothing about the bridge.
        (_, Outcome::Refused(_, 404, reason)) => Progress::failed(FailureScope::Message, "404", reason),
        (_, Outcome::Accepted(_)) => Progress::failed(FailureScope::Message, "empty", "there is no file"),
        (_, outcome) => outcome.progress(),
    }
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::testing::answer;
    use hookhost_sdk::types::{Blob, Next, Saved};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_link_gives_the_file() {
        let media = Media {
            kind: "image".into(),
            handle: "http://bridge.example/m/7".into(),
            media_type: None,
            filename: None,
            size: None,
            sha256: None,
        };
        let Next::Step(step) = begin(&media).next else { panic!() };
        assert_eq!(
            (step.call.target, step.call.save),
            (Target::Url("http://bridge.example/m/7".into()), true)
        );

        let blob = Blob { id: "b1".into(), size: 9, media_type: None, sha256: "c0ffee".into() };
        let saved = Answer::Saved(Saved { status: 200, headers: vec![], blob: blob.clone() });
        for (answer, expected) in [
            (saved, Progress::media(blob)),
            (answer(404, &json!({})), Progress::failed(FailureScope::Message, "404", "no explanation")),
            (answer(503, &json!({})), Progress::retry(None, None)),
        ] {
            assert_eq!(resume(&answer), expected);
        }
    }
}
