//! Workflows: small shell scripts that read the document on standard input.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::host::Host;
use super::stand_in::{Answer, Call};
use super::wait::until;

/// Prints the input.
pub(crate) const ECHO: &str = r#"sed -n 's/.*"inputs":{"input":"\([^"]*\)"}.*/\1/p'"#;

/// Notes the document in `documents`, which [`Host::documents`] reads; then whatever comes below.
pub(crate) const NOTE: &str = "document=$(cat)\nprintf '%s\\n' \"$document\" >> documents\n";

/// Waits until the file `go` is there, but not for ever: the script may have lost its host.
pub(crate) const WAIT: &str = "n=0\nwhile [ ! -e go ] && [ $n -lt 400 ]; do sleep 0.05; n=$((n + 1)); done\n";

/// Prints the input of a document that [`NOTE`] took.
pub(crate) const ECHO_NOTED: &str =
    r#"printf '%s' "$document" | sed -n 's/.*"inputs":{"input":"\([^"]*\)"}.*/\1/p'"#;

/// What an HTTP workflow answers that repeats its input.
pub(crate) fn echo(call: &Call, _: usize) -> Answer {
    Answer::Json(200, json!({ "reply": call.body["input"] }))
}

/// For each update the executions that ran it: one, however often it was sent or cut off.
pub(crate) fn runs(calls: &[Call]) -> BTreeMap<i64, BTreeSet<String>> {
    let mut runs: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for call in calls {
        let execution = call.body["execution_id"].as_str().unwrap().to_owned();
        runs.entry(asked_for(call)).or_default().insert(execution);
    }
    runs
}

/// The update whose number is the input.
pub(crate) fn asked_for(call: &Call) -> i64 {
    call.body["input"].as_str().unwrap().parse().unwrap()
}

impl Host {
    /// The documents that were noted so far.
    pub(crate) fn documents(&self) -> Vec<Value> {
        let noted = std::fs::read_to_string(self.dir().join("documents")).unwrap_or_default();
        // The last line may still be on its way.
        let whole = noted.rfind('\n').map_or("", |end| &noted[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The documents, as soon as there are so many.
    pub(crate) async fn ran(&self, count: usize) -> Vec<Value> {
        until(&format!("{count} runs"), || Some(self.documents()).filter(|noted| noted.len() >= count)).await
    }

    /// Lets every script go on that [`WAIT`]s.
    pub(crate) fn go(&self) {
        std::fs::write(self.dir().join("go"), "").unwrap();
    }
}
