//! Which trace a request belongs to, as senders say it and workflows are told: the `traceparent` of W3C Trace
//! Context.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::http::Field;
use super::id::ExecutionId;

/// The name of the header.
pub const HEADER: &str = "traceparent";

/// The only version there is; a later one begins with the same fields.
const VERSION: u8 = 0;
/// What a version that is no version is written as.
const NO_VERSION: u8 = 0xff;
/// Two digits, 32, 16 and two, with a dash between them.
const LENGTH: usize = 55;
/// Whether the trace is recorded, and whether its id is random: all flags that have a meaning.
const KNOWN_FLAGS: u8 = 0b11;

/// A place in a trace: the trace, and the step in it that comes before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceParent {
    trace: [u8; 16],
    parent: [u8; 8],
    flags: u8,
}

/// A text that is no `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent of W3C Trace Context")]
pub struct BadTraceParent;

impl TraceParent {
    /// What a request says of itself; `None` where it says nothing, something else, or more than one thing.
    pub fn of(headers: &[Field]) -> Option<Self> {
        let mut values = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(HEADER));
        let (_, value) = values.next()?;
        if values.next().is_some() { None } else { value.parse().ok() }
    }

    /// The trace, in 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        hex::encode(self.trace)
    }

    /// The step that an attempt of a run is in this trace.
    ///
    /// Its id is made of the execution's, whose last 62 bits differ from any other's, and of the number of the
    /// attempt: an attempt that a crash interrupted and that is made again is the same step, and whoever reads the
    /// log knows which one it was.
    #[must_use]
    pub fn step(&self, execution: ExecutionId, attempt: u32) -> Self {
        let [.., a, b, c, d, e, f, g, h] = *execution.as_bytes();
        let own = u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ u64::from(attempt);
        // The first bits of this half are those of the id's variant, so that it is never all zeros.
        Self { parent: own.to_be_bytes(), ..*self }
    }
}

impl FromStr for TraceParent {
    type Err = BadTraceParent;

    /// Reads it as strictly as the recommendation asks for: lower case, no zeros for an id, nothing after a
    /// version that ends there. Flags that have no meaning yet are dropped.
    fn from_str(text: &str) -> Result<Self, BadTraceParent> {
        let (fields, rest) = text.as_bytes().split_at_checked(LENGTH).ok_or(BadTraceParent)?;
        let has_dashes = [2, 35, 52].iter().all(|at| fields[*at] == b'-');
        let [version] = digits(&fields[..2])?;
        let is_over = if version == VERSION { rest.is_empty() } else { rest.is_empty() || rest[0] == b'-' };
        let (trace, parent, [flags]) =
            (digits(&fields[3..35])?, digits(&fields[36..52])?, digits(&fields[53..])?);
        if !has_dashes || version == NO_VERSION || !is_over || trace == [0; 16] || parent == [0; 8] {
            return Err(BadTraceParent);
        }
        Ok(Self { trace, parent, flags: flags & KNOWN_FLAGS })
    }
}

fn digits<const BYTES: usize>(text: &[u8]) -> Result<[u8; BYTES], BadTraceParent> {
    let mut bytes = [0; BYTES];
    let is_lower = !text.iter().any(u8::is_ascii_uppercase);
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) if is_lower => Ok(bytes),
        _ => Err(BadTraceParent),
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, parent, flags } = self;
        write!(f, "{VERSION:02x}-{}-{}-{flags:02x}", hex::encode(trace), hex::encode(parent))
    }
}

impl TryFrom<String> for TraceParent {
    type Error = BadTraceParent;

    fn try_from(text: String) -> Result<Self, BadTraceParent> {
        text.parse()
    }
}

impl From<TraceParent> for String {
    fn from(parent: TraceParent) -> Self {
        parent.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn it_is_read_as_strictly_as_the_recommendation_asks_for() {
        let rest = format!("{TRACE}-b7ad6b7169203331");
        for (text, expected) in [
            (GOOD.to_owned(), Some("01")),
            (format!("00-{rest}-00"), Some("00")),
            (format!("00-{rest}-03"), Some("03")),
            // Flags without a meaning are dropped.
            (format!("00-{rest}-ff"), Some("03")),
            (format!("00-{rest}-08"), Some("00")),
            // Later versions begin alike and may go on.
            (format!("01-{rest}-01"), Some("01")),
            (format!("cc-{rest}-01-what-the-future-brings"), Some("01")),
            (format!("01-{rest}-01-"), Some("01")),
            (format!("01-{rest}-01.more"), None),
            (format!("00-{rest}-01-more"), None),
            (format!("00-{rest}-01-"), None),
            (format!("ff-{rest}-01"), None),
            (format!("FF-{rest}-01"), None),
            (format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)), None),
            (format!("00-{TRACE}-0000000000000000-01"), None),
            (GOOD.to_uppercase(), None),
            (format!("00-{}-b7ad6b7169203331-01", TRACE.to_uppercase()), None),
            (GOOD.replace('-', "_"), None),
            (format!("0-{rest}-001"), None),
            (format!("00-{rest}-1"), None),
            (format!("00-{rest}"), None),
            (format!(" {GOOD}"), None),
            (format!("{GOOD} "), None),
            (format!("00-{}x-b7ad6b7169203331-01", &TRACE[1..]), None),
            (format!("00-{}ü-b7ad6b7169203331-01", &TRACE[2..]), None),
            (String::new(), None),
        ] {
            let read = text.parse::<TraceParent>().ok().map(|parent| parent.to_string());
            assert_eq!(read, expected.map(|flags| format!("00-{rest}-{flags}")), "{text}");
        }
    }

    #[test]
    fn a_request_says_it_once_or_not_at_all() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        for (headers, is_known) in [
            (vec![header("traceparent", GOOD)], true),
            (vec![header("x", "y"), header("TraceParent", GOOD)], true),
            (vec![header("traceparent", GOOD), header("traceparent", GOOD)], false),
            (vec![header("traceparent", "none")], false),
            (vec![], false),
        ] {
            assert_eq!(TraceParent::of(&headers).is_some(), is_known, "{headers:?}");
        }
    }

    #[test]
    fn each_attempt_is_a_step_of_its_own_in_the_same_trace() {
        let (parent, execution): (TraceParent, _) = (GOOD.parse().unwrap(), ExecutionId::new());
        let steps: Vec<_> = (1..5).map(|attempt| parent.step(execution, attempt)).collect();
        for (i, step) in steps.iter().enumerate() {
            assert_eq!((step.trace_id(), step.flags), (TRACE.to_owned(), 1));
            assert!(!steps[..i].contains(step) && *step != parent);
            assert_eq!(step.to_string().parse(), Ok(*step), "it is a good one");
        }
        assert_eq!(parent.step(execution, 1), steps[0]);
        assert_ne!(parent.step(ExecutionId::new(), 1).parent, steps[0].parent);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(trace in any::<[u8; 16]>(), parent in any::<[u8; 8]>(), flags in 0u8..4) {
            let own = TraceParent { trace, parent, flags };
            let is_good = trace != [0; 16] && parent != [0; 8];
            prop_assert_eq!(own.to_string().parse().ok(), is_good.then_some(own));
        }

        #[test]
        fn nothing_is_too_strange_to_be_refused(text in "\\PC{0,70}") {
            let read = text.parse::<TraceParent>();
            prop_assert!(read.is_err() || text.len() >= LENGTH);
        }

        #[test]
        fn one_character_that_is_no_lower_case_digit_spoils_it(at in 0usize..LENGTH, other in "[^0-9a-f-]") {
            let mut text: Vec<String> = GOOD.chars().map(String::from).collect();
            text[at] = other;
            prop_assert_eq!(text.concat().parse::<TraceParent>(), Err(BadTraceParent));
        }
    }
}
