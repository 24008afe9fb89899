//! What is tried against this host, and the tests that show what comes of it. Whoever renames one is told here.

use std::fs;
use std::path::Path;

/// Each attack, and where it is tried: a file of the repository, and a test in it.
const ATTACKS: &[(&str, &[(&str, &str)])] = &[
    (
        "a loop in receive, begin, resume, describe, the start function, realloc, after the answer",
        &[
            ("host/src/plugin/tests/attacks.rs", "a_loop_is_stopped_wherever_it_stands"),
            ("host/src/plugin/tests/attacks.rs", "harm_before_the_first_call_is_stopped_too"),
        ],
    ),
    (
        "more loops at once than there are threads",
        &[
            (
                "host/src/plugin/tests/starvation.rs",
                "with_twice_as_many_spinning_guests_as_workers_others_are_served",
            ),
            ("tests/rogue.rs", "a_plugin_that_is_busy_with_nothing_holds_up_no_other"),
        ],
    ),
    (
        "memory: growing for ever, many memories, a huge one from the beginning",
        &[
            ("host/src/plugin/tests/attacks.rs", "a_plugin_beyond_its_limits_is_stopped"),
            ("host/src/plugin/tests/limits.rs", "memory_is_what_the_operator_allows"),
            ("host/src/plugin/limits.rs", "all_memories_count_together"),
            ("host/src/plugin/tests/misfits.rs", "what_is_no_component_is_refused_in_a_sentence"),
        ],
    ),
    (
        "tables: growing for ever, many tables, a huge one from the beginning",
        &[
            ("host/src/plugin/tests/attacks.rs", "a_plugin_beyond_its_limits_is_stopped"),
            ("host/src/plugin/tests/misfits.rs", "what_is_no_component_is_refused_in_a_sentence"),
        ],
    ),
    (
        "recursion, on the engine's stack and in the guest's memory",
        &[
            ("host/src/plugin/tests/attacks.rs", "a_plugin_beyond_its_limits_is_stopped"),
            ("tests/rogue.rs", "a_plugin_that_breaks_costs_one_delivery"),
        ],
    ),
    (
        "answers: 64 MiB, a million empty texts, 100,000 events, 10,000 headers",
        &[
            ("host/src/plugin/tests/floods.rs", "an_answer_that_is_too_large_ends_one_call"),
            ("host/src/plugin/tests/floods.rs", "an_answer_that_is_just_not_too_large_is_read"),
            ("host/src/plugin/tests/limits.rs", "output_is_what_the_operator_allows"),
        ],
    ),
    (
        "a body that is too large for the host, or for the guest",
        &[
            ("tests/receive.rs", "a_body_that_is_too_large_is_refused_before_it_is_read"),
            ("host/src/plugin/tests/attacks.rs", "a_body_that_does_not_fit_costs_one_call"),
        ],
    ),
    (
        "log lines: many, long, with colours, with line breaks",
        &[
            ("host/src/plugin/tests/attacks.rs", "a_flood_of_log_lines_ends"),
            ("host/src/plugin/log.rs", "a_line_cannot_forge_another"),
            ("host/src/plugin/log.rs", "lines_beyond_the_limit_are_counted"),
            ("host/src/plugin/log.rs", "any_text_becomes_one_bounded_line"),
        ],
    ),
    (
        "standard output and error: without end, and a panic with a message of 1 MB",
        &[
            (
                "host/src/plugin/tests/floods.rs",
                "what_a_plugin_prints_without_end_costs_nothing_but_its_time",
            ),
            ("host/src/plugin/stdio.rs", "the_end_of_a_flood_is_kept_and_no_more"),
            ("tests/rogue.rs", "a_plugin_that_panics_at_length_says_it_in_one_line"),
            ("tests/rogue.rs", "a_plugin_that_talks_without_end_is_cut_short"),
        ],
    ),
    ("handles without end", &[("host/src/plugin/tests/floods.rs", "handles_are_counted")]),
    (
        "a call after a trap, and after one that was given up",
        &[
            ("host/src/plugin/tests/attacks.rs", "a_plugin_is_as_good_as_before_after_a_fault"),
            ("host/src/plugin/tests/attacks.rs", "a_call_that_nobody_waits_for_any_more_is_stopped"),
        ],
    ),
    (
        "reading what another plugin left in memory",
        &[
            ("host/src/plugin/tests/canary.rs", "a_pattern_that_one_plugin_leaves_is_seen_by_none_after_it"),
            ("host/src/plugin/tests/canary.rs", "what_looks_for_the_pattern_would_find_it"),
        ],
    ),
    (
        "files that are cut off, empty, garbage, text, a module, machine code, too large, or ask for gigabytes",
        &[
            ("host/src/plugin/tests/misfits.rs", "what_is_no_component_is_refused_in_a_sentence"),
            ("host/src/plugin/tests/misfits.rs", "a_file_that_was_cut_off_anywhere_is_refused"),
            ("host/src/plugin/tests/misfits.rs", "a_damaged_file_is_refused_or_does_its_work"),
            ("tests/rogue.rs", "a_file_that_is_no_plugin_disturbs_no_other"),
        ],
    ),
    (
        "components for another contract",
        &[(
            "host/src/plugin/tests/misfits.rs",
            "a_component_that_does_not_fit_is_told_everything_that_does_not",
        )],
    ),
    (
        "names that leave the folder, look alike, or are reserved",
        &[
            ("host/src/plugin/source/folder.rs", "only_well_named_regular_files_are_plugins"),
            ("host/src/config/read/tests.rs", "a_provider_s_path_is_plain_and_not_the_host_s"),
        ],
    ),
    (
        "links, pipes, sockets, folders, sparse files and unreadable ones in the place of a plugin",
        &[
            ("host/src/plugin/source/folder.rs", "only_well_named_regular_files_are_plugins"),
            ("host/src/plugin/source/folder.rs", "what_has_changed_since_it_was_listed_is_not_read"),
            ("host/src/plugin/source/folder.rs", "a_file_that_may_not_be_read_is_told"),
        ],
    ),
    (
        "a file that changes between hash and compiler, or is written while it is read",
        &[
            ("host/src/plugin/tests/misfits.rs", "what_was_compiled_can_be_told"),
            ("host/src/plugin/compiled/tests.rs", "what_is_not_the_host_s_own_is_compiled_again"),
            (
                "tests/reload.rs",
                "a_plugin_is_replaced_without_a_failed_request_and_stays_if_the_new_one_is_no_good",
            ),
        ],
    ),
    (
        "a new version that fails or is no plugin",
        &[(
            "tests/reload.rs",
            "a_plugin_is_replaced_without_a_failed_request_and_stays_if_the_new_one_is_no_good",
        )],
    ),
    (
        "calls to other hosts, above their prefix, with headers of the host",
        &[
            ("tests/rogue.rs", "a_plugin_cannot_call_what_it_was_not_granted"),
            ("host/src/deliver/request/tests.rs", "a_path_that_leaves_its_endpoint_is_refused"),
            ("host/src/deliver/request/tests.rs", "headers_of_the_host_and_of_the_endpoint_are_refused"),
            ("host/src/deliver/request/tests.rs", "absolute_urls_go_to_the_endpoints_own_hosts_only"),
            (
                "host/src/deliver/request/tests.rs",
                "whatever_path_a_plugin_asks_for_it_stays_below_the_prefix",
            ),
        ],
    ),
    (
        "secrets that a provider repeats",
        &[("tests/secrets.rs", "an_api_that_echoes_the_token_spreads_it_nowhere")],
    ),
    (
        "packed bodies and answers that would be a thousand times as large",
        &[
            ("tests/receive.rs", "a_packed_body_is_taken_as_it_is_and_never_unpacked"),
            ("host/src/deliver/client/tests.rs", "an_answer_is_never_unpacked"),
            ("host/src/deliver/client/tests.rs", "an_answer_is_read_up_to_its_bound"),
        ],
    ),
    (
        "JSON that is nested 100,000 deep",
        &[
            ("host/src/plugin/tests/shipped.rs", "deep_nesting_is_no_fault"),
            ("tests/receive.rs", "a_body_that_is_nested_deeply_harms_nobody"),
            ("host/src/plugin/check/verdict.rs", "what_is_called_json_is_json"),
        ],
    ),
    (
        "claims of what is to be proven that lie, flood, or never end",
        &[
            ("host/src/plugin/tests/claims.rs", "claims_beyond_their_limits_are_stopped"),
            ("host/src/plugin/tests/claims.rs", "claims_may_take_a_tenth_of_the_time_of_other_calls"),
            ("host/src/plugin/tests/claims.rs", "why_nothing_can_be_proven_is_told_in_one_line"),
            (
                "host/src/plugin/tests/claims.rs",
                "claims_that_are_talked_about_without_end_cost_nothing_but_their_time",
            ),
            ("host/src/plugin/log.rs", "who_is_hushed_says_everything_at_the_lowest_level"),
            ("tests/claims.rs", "every_item_of_a_batch_must_be_signed"),
            (
                "tests/claims.rs",
                "an_adapter_that_claims_what_it_should_not_proves_nobody_and_holds_up_no_other",
            ),
            ("tests/claims.rs", "claims_that_never_end_hold_up_nobody_however_many_ask_for_them"),
            ("tests/claims.rs", "without_its_secret_nothing_is_proven"),
        ],
    ),
    (
        "failing at every second input only, and working up to the limits all the time",
        &[
            (
                "tests/conduct.rs",
                "who_fails_at_every_second_thing_is_paused_and_who_fails_at_every_third_is_not",
            ),
            ("tests/conduct.rs", "who_takes_long_over_everything_but_ends_in_time_is_left_at_work"),
            (
                "host/src/provider/conduct/tests.rs",
                "slow_calls_may_have_half_of_a_processor_and_quick_ones_all_they_need",
            ),
            ("tests/pause.rs", "one_bad_message_that_comes_again_and_again_stops_nobody"),
        ],
    ),
    (
        "another output for the same input",
        &[("host/src/plugin/tests/compat.rs", "random_numbers_are_the_same_in_every_call")],
    ),
    (
        "swap that is turned on while written pages alone are reset",
        &[
            (
                "host/src/app/loader.rs",
                "swap_that_is_turned_on_brings_a_new_engine_while_calls_end_in_the_old_one",
            ),
            ("host/src/plugin/reset.rs", "with_swap_or_when_nobody_knows_the_fast_way_is_not_taken"),
        ],
    ),
];

#[test]
fn every_attack_is_tried() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (attack, tests) in ATTACKS {
        assert!(!tests.is_empty(), "nothing tries: {attack}");
        for (file, test) in *tests {
            let text = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(&format!("fn {test}(")), "{file} has no test {test}, for: {attack}");
        }
    }
}
