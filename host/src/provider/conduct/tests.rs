//! What anybody can make a plugin's conduct be, and what not.

use proptest::prelude::*;

use super::*;

const NOW: Time = Time(1_790_000_000_000);

fn at(seconds: u64) -> Time {
    NOW.plus(Duration::from_secs(seconds))
}

fn call(subject: u64, ending: Ending) -> Ended {
    Ended { subject: Some(Subject(subject)), ending, ticks: 1, was_trial: false }
}

fn trial(ending: Ending) -> Ended {
    Ended { was_trial: true, ..call(0, ending) }
}

/// Paused for failures at [`NOW`].
fn paused() -> Conduct {
    let mut conduct = Conduct::default();
    for subject in 1..FAILED_MIN as u64 {
        assert_eq!(conduct.end(NOW, call(subject, Ending::Failed)), None);
    }
    assert!(matches!(conduct.end(NOW, call(0, Ending::Failed)), Some(Change::Paused(_))));
    conduct
}

#[test]
fn one_bad_message_stops_nobody_however_often_it_comes() {
    let mut conduct = Conduct::default();
    for second in 0..10_000 {
        assert_eq!(conduct.end(at(second), call(1, Ending::Failed)), None);
        assert_eq!(conduct.permit(at(second)), Permit::Granted);
    }
}

#[test]
fn who_fails_at_every_second_input_is_paused_and_who_fails_at_every_third_is_not() {
    for (every, is_paused) in [(1, true), (2, true), (3, false), (10, false)] {
        let mut conduct = Conduct::default();
        for subject in 0..500 {
            let failed = subject % every == 0;
            conduct.end(NOW, call(subject, if failed { Ending::Failed } else { Ending::Answered }));
        }
        assert_eq!(conduct.pause().is_some(), is_paused, "every {every}");
    }
}

#[test]
fn what_the_host_had_no_room_for_is_not_held_against_it() {
    let mut conduct = Conduct::default();
    for subject in 0..500 {
        assert_eq!(conduct.end(NOW, call(subject, Ending::Undecided)), None);
    }
}

#[test]
fn each_trial_that_fails_makes_the_pause_twice_as_long_up_to_five_minutes() {
    let mut conduct = paused();
    let mut now = NOW;
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300] {
        let until = now.plus(Duration::from_secs(seconds));
        assert_eq!(conduct.permit(Time(until.millis() - 1)), Permit::NotBefore(until));
        assert_eq!(conduct.permit(until), Permit::Trial);
        assert!(matches!(conduct.permit(until), Permit::NotBefore(_)), "one at a time");
        assert_eq!(conduct.end(until, trial(Ending::Failed)), None);
        now = until;
    }
}

#[test]
fn a_trial_that_is_answered_ends_the_pause_and_one_that_broke_off_is_made_again() {
    let mut conduct = paused();
    assert_eq!(conduct.permit(at(1)), Permit::Trial);
    assert_eq!(conduct.permit(at(31)), Permit::Trial, "the first was lost");
    assert_eq!(conduct.end(at(31), trial(Ending::Undecided)), None);
    assert_eq!(conduct.permit(at(31)), Permit::NotBefore(at(32)));
    assert_eq!(conduct.permit(at(32)), Permit::Trial);
    assert_eq!(conduct.end(at(32), trial(Ending::Answered)), Some(Change::Works));
    assert_eq!(conduct.permit(at(32)), Permit::Granted);
}

#[test]
fn what_has_piled_up_is_taken_up_before_anybody_judges_anew() {
    let mut conduct = paused();
    conduct.permit(at(1));
    conduct.end(at(1), trial(Ending::Answered));
    for subject in 0..1_000 {
        assert_eq!(conduct.end(at(60), call(subject, Ending::Failed)), None, "{subject}");
    }
    let changes: Vec<_> =
        (0..FAILED_MIN as u64).filter_map(|one| conduct.end(at(61), call(one, Ending::Failed))).collect();
    let why = Why::Failures { failed: FAILED_MIN, of: FAILED_MIN };
    assert_eq!(changes, [Change::Paused(Pause { why, since: at(61), until: at(63) })]);
}

#[test]
fn slow_failures_are_excused_by_nothing() {
    let mut conduct = paused();
    conduct.permit(at(1));
    conduct.end(at(1), trial(Ending::Answered));
    for subject in 0..FAILED_MIN as u64 {
        conduct.end(at(2), Ended { ticks: 40, ..call(subject, Ending::Failed) });
    }
    assert!(conduct.pause().is_some());
}

#[test]
fn who_has_worked_for_long_begins_with_the_first_pause_again() {
    let mut conduct = paused();
    conduct.permit(at(1));
    conduct.end(at(1), trial(Ending::Answered));
    for subject in 0..FAILED_MIN as u64 {
        conduct.end(at(1_000), call(subject, Ending::Failed));
    }
    assert_eq!(conduct.pause().map(|pause| pause.until), Some(at(1_001)));
}

#[test]
fn slow_calls_may_have_half_of_a_processor_and_quick_ones_all_they_need() {
    let slow = |each_second: u64| {
        let mut conduct = Conduct::default();
        // Two minutes of calls of 150 ms.
        (0..120 * each_second).any(|n| {
            let now = NOW.plus(Duration::from_millis(n * 1_000 / each_second));
            let ended = Ended { ticks: 31, ..call(n, Ending::Answered) };
            matches!(conduct.end(now, ended), Some(Change::Paused(Pause { why: Why::ProcessorTime, .. })))
        })
    };
    assert!(!slow(3), "0.45 of a processor");
    assert!(slow(8), "1.2 processors");
    let mut conduct = Conduct::default();
    for n in 0..100_000 {
        assert_eq!(conduct.end(NOW, call(n, Ending::Answered)), None);
    }
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![Just(Ending::Answered), Just(Ending::Failed), Just(Ending::Undecided)]
}

proptest! {
    #[test]
    fn nobody_is_paused_for_failures_without_enough_that_differ(
        calls in prop::collection::vec((0_u64..12, ending(), 0_u64..400), 1..400)
    ) {
        let mut conduct = Conduct::default();
        let mut now = NOW;
        let mut failing = std::collections::BTreeSet::new();
        for (subject, ending, after) in calls {
            now = now.plus(Duration::from_secs(after));
            match ending {
                Ending::Failed => _ = failing.insert(subject),
                Ending::Answered => _ = failing.remove(&subject),
                Ending::Undecided => {}
            }
            if let Some(Change::Paused(pause)) = conduct.end(now, call(subject, ending)) {
                prop_assert!(failing.len() >= FAILED_MIN);
                prop_assert_eq!(pause.until, now.plus(PAUSE_MIN));
                break;
            }
        }
    }

    #[test]
    fn a_pause_lasts_until_one_trial_is_answered_and_never_longer_than_five_minutes_without_one(
        steps in prop::collection::vec((0_u64..400_000, ending(), any::<bool>()), 1..200)
    ) {
        let mut conduct = paused();
        let mut now = NOW;
        let mut trial_since: Option<Time> = None;
        for (after, ending, ends) in steps {
            now = now.plus(Duration::from_millis(after));
            let Some(before) = conduct.pause() else { break };
            prop_assert!(before.until.since(now) <= PAUSE_MAX);
            match conduct.permit(now) {
                Permit::Granted => prop_assert!(false, "it is paused"),
                Permit::Trial => {
                    prop_assert!(now >= before.until);
                    prop_assert!(trial_since.is_none_or(|since| now.since(since) >= TRIAL_LOST));
                    trial_since = Some(now);
                }
                Permit::NotBefore(at) => prop_assert!(at > now),
            }
            if ends && trial_since.take().is_some() {
                let change = conduct.end(now, trial(ending));
                prop_assert_eq!(change.is_some(), ending == Ending::Answered);
            } else {
                prop_assert_eq!(conduct.end(now, call(7, ending)), None, "a late answer decides nothing");
            }
        }
    }
}
