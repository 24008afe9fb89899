//! Decides when a plugin is left alone for a while, and when it is tried again. Pure.
//!
//! A plugin is pure, so one bad message fails as often as it comes, and says nothing of the others. So failures
//! are counted by what is different: of the last `DIFFERENT` inputs that differ, at least `FAILED_MIN` and at
//! least half have to fail. Whoever repeats one thing moves nothing.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::bounds::PLUGIN_TICK;
use crate::model::time::Time;

/// Inputs that are remembered; one that comes again takes the place that it had before.
const DIFFERENT: usize = 64;
/// An input that was seen longer ago says nothing of today.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// Fewer failures are the bad luck of a few senders.
const FAILED_MIN: usize = 8;
/// The first pause; each that follows soon is twice as long.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// No pause is longer.
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// For how long after a successful trial quick failures are not held against it: what has piled up meanwhile is
/// taken up, the bad among it held one by one, before anybody judges anew.
const GRACE: Duration = Duration::from_secs(60);
/// Interruptions of a call that may have been a quick one: the first comes with the clock, not with the call.
const QUICK: u64 = 1;
/// Who has worked for so long begins with the first pause again.
const REFORMED: Duration = Duration::from_secs(600);
/// A trial that nobody has ended by then was broken off.
const TRIAL_LOST: Duration = Duration::from_secs(30);
/// Who asks again while one tries.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// Processor time that slow calls may save up, in ticks: half a minute of one processor.
const TICKS_MAX: f64 = 30.0 * TICKS_PER_SECOND;
/// What they get back: half of one processor.
const TICKS_BACK: f64 = 0.5 * TICKS_PER_SECOND;
const TICKS_PER_SECOND: f64 = 1.0e3 / PLUGIN_TICK.as_millis() as f64;

/// How a plugin has behaved for one provider, in one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Conduct {
    inputs: VecDeque<Input>,
    ticks_left: f64,
    counted_at: Time,
    state: State,
    /// How many pauses there were without a long time of work between them.
    pauses: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Input {
    subject: Subject,
    at: Time,
    failed: bool,
}

/// What tells inputs apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject(pub u64);

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Working { since: Time },
    Paused(Pause, Option<Time>),
}

/// That a plugin is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Why.
    pub why: Why,
    /// Since when.
    pub since: Time,
    /// When it is tried again.
    pub until: Time,
}

/// Why a plugin is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Too many inputs that differ have failed.
    Failures {
        /// So many.
        failed: usize,
        /// Of so many.
        of: usize,
    },
    /// Its slow calls took more than half of one processor for too long.
    ProcessorTime,
}

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// As ever.
    Granted,
    /// One, which decides whether it goes on.
    Trial,
    /// Not now; ask again then.
    NotBefore(Time),
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With an answer.
    Answered,
    /// By the plugin's own fault.
    Failed,
    /// Otherwise: the host had no room or no time for it.
    Undecided,
}

/// A call that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// What it was about; `None`: it is not counted, whatever came of it.
    pub subject: Option<Subject>,
    /// How it ended.
    pub ending: Ending,
    /// How often it was interrupted.
    pub ticks: u64,
    /// Whether it was a trial.
    pub was_trial: bool,
}

/// What a call has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// From now on it is left alone.
    Paused(Pause),
    /// A trial was answered.
    Works,
}

impl Default for Conduct {
    /// Nothing is held against it.
    fn default() -> Self {
        Self {
            inputs: VecDeque::new(),
            ticks_left: TICKS_MAX,
            counted_at: Time(0),
            state: State::Working { since: Time(0) },
            pauses: 0,
        }
    }
}

impl Conduct {
    /// The pause, while there is one. It lasts until a trial is answered.
    pub fn pause(&self) -> Option<Pause> {
        match self.state {
            State::Working { .. } => None,
            State::Paused(pause, _) => Some(pause),
        }
    }

    /// When to ask for a permit, if not now. Asking this begins nothing.
    pub fn not_before(&self, now: Time) -> Option<Time> {
        match self.state {
            State::Working { .. } => None,
            State::Paused(pause, _) if now < pause.until => Some(pause.until),
            State::Paused(_, Some(begun)) if now.since(begun) < TRIAL_LOST => Some(now.plus(ASK_AGAIN)),
            State::Paused(..) => None,
        }
    }

    /// Whether a call may be made now. Whoever gets a trial has to end it.
    pub fn permit(&mut self, now: Time) -> Permit {
        if let Some(at) = self.not_before(now) {
            return Permit::NotBefore(at);
        }
        match &mut self.state {
            State::Working { .. } => Permit::Granted,
            State::Paused(_, trial) => {
                *trial = Some(now);
                Permit::Trial
            }
        }
    }

    /// Takes notice of a call that has ended.
    pub fn end(&mut self, now: Time, call: Ended) -> Option<Change> {
        self.charge(now, call.ticks);
        match self.state {
            State::Working { since } => {
                let is_excused = self.pauses > 0 && now.since(since) < GRACE && call.ticks <= QUICK;
                if !is_excused && let Some(subject) = call.subject {
                    self.note(now, subject, call.ending);
                }
                let why = self.misconduct()?;
                if now.since(since) >= REFORMED {
                    self.pauses = 0;
                }
                Some(Change::Paused(self.begin_pause(now, now, why)))
            }
            State::Paused(pause, _) if call.was_trial => match call.ending {
                Ending::Answered => {
                    self.inputs.clear();
                    self.state = State::Working { since: now };
                    Some(Change::Works)
                }
                Ending::Failed => {
                    self.begin_pause(pause.since, now, pause.why);
                    None
                }
                Ending::Undecided => {
                    let until = now.plus(PAUSE_MIN);
                    self.state = State::Paused(Pause { until, ..pause }, None);
                    None
                }
            },
            // It was begun before the pause.
            State::Paused(..) => None,
        }
    }

    fn begin_pause(&mut self, since: Time, now: Time, why: Why) -> Pause {
        let doubled = PAUSE_MIN.saturating_mul(1_u32.checked_shl(self.pauses).unwrap_or(u32::MAX));
        self.pauses = self.pauses.saturating_add(1);
        let pause = Pause { why, since, until: now.plus(doubled.min(PAUSE_MAX)) };
        self.state = State::Paused(pause, None);
        pause
    }

    /// Quick calls are free, however many they are.
    fn charge(&mut self, now: Time, ticks: u64) {
        let back = now.since(self.counted_at).as_secs_f64() * TICKS_BACK;
        self.counted_at = self.counted_at.max(now);
        self.ticks_left = (self.ticks_left + back).min(TICKS_MAX) - ticks.saturating_sub(QUICK) as f64;
    }

    fn note(&mut self, now: Time, subject: Subject, ending: Ending) {
        let failed = match ending {
            Ending::Answered => false,
            Ending::Failed => true,
            Ending::Undecided => return,
        };
        self.inputs.retain(|input| input.subject != subject && now.since(input.at) <= REMEMBERED);
        self.inputs.push_back(Input { subject, at: now, failed });
        if self.inputs.len() > DIFFERENT {
            self.inputs.pop_front();
        }
    }

    fn misconduct(&self) -> Option<Why> {
        let failed = self.inputs.iter().filter(|input| input.failed).count();
        let of = self.inputs.len();
        if failed >= FAILED_MIN && 2 * failed >= of {
            return Some(Why::Failures { failed, of });
        }
        (self.ticks_left < 0.0).then_some(Why::ProcessorTime)
    }
}

#[cfg(test)]
mod tests;
