//! What came of all cases, for people and for programs.

use serde_json::{Value, json};

use super::case::{Outcome, Passing};
use super::usage::Most;
use crate::cli::plain::{plain, plain_lines};

/// One line for each case, and below it what is wrong with it.
pub(super) fn as_text(outcomes: &[Outcome]) -> String {
    let width = outcomes.iter().map(|outcome| outcome.name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for outcome in outcomes {
        let name = format!("{:width$}", plain(&outcome.name));
        let usage = outcome.most.as_ref().map(Most::as_text).unwrap_or_default();
        text.push_str(format!("{:<8}{name}  {usage}", word(&outcome.result)).trim_end());
        text.push('\n');
        if let Passing::Failed { why, difference } = &outcome.result {
            for line in why.lines().chain(difference.lines()) {
                text.push_str(&format!("        {}\n", plain_lines(line)));
            }
        }
    }
    text + &summary(outcomes)
}

/// One array.
pub(super) fn as_json(outcomes: &[Outcome]) -> Value {
    let row = |outcome: &Outcome| {
        let (why, difference) = match &outcome.result {
            Passing::Failed { why, difference } => (Some(why), Some(difference)),
            Passing::Passed | Passing::Updated => (None, None),
        };
        json!({
            "case": outcome.name,
            "result": word(&outcome.result),
            "why": why,
            "difference": difference,
            "usage": outcome.most.as_ref().map(Most::as_json),
        })
    };
    outcomes.iter().map(row).collect()
}

fn word(result: &Passing) -> &'static str {
    match result {
        Passing::Passed => "passed",
        Passing::Updated => "updated",
        Passing::Failed { .. } => "failed",
    }
}

fn summary(outcomes: &[Outcome]) -> String {
    let of = |wanted: &str| outcomes.iter().filter(|outcome| word(&outcome.result) == wanted).count();
    let counts = ["passed", "updated", "failed"].map(|what| (of(what), what));
    let told = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    format!("{}\n", told.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(name: &str, result: Passing) -> Outcome {
        Outcome { name: name.into(), result, most: Some(Most::default()) }
    }

    #[test]
    fn what_is_wrong_stands_below_its_case() {
        let failed = Passing::Failed { why: "it is not so".into(), difference: "- a\n+ b\n".into() };
        let outcomes = [outcome("a", Passing::Passed), outcome("long", failed)];
        let usage = "0.0 of 200 ms, 0.0 of 32 MiB, answer 0 KiB of 16 MiB";
        let expected = format!(
            "passed  a     {usage}\nfailed  long  {usage}\n        it is not so\n        - a\n        + b\n1 passed, 1 failed\n"
        );
        assert_eq!(as_text(&outcomes), expected);
        assert_eq!(as_json(&outcomes)[1]["difference"], "- a\n+ b\n");
    }
}
