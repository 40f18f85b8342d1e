//! The simulator against exact and published results: the list that `headroom validate` and the
//! page show, run for a shorter time.

use headroom::validation::{Case, Family, Outcome, Verdict};

/// Of each steady case so much of the measured time is simulated.
const SHARE: f64 = 0.2;

#[track_caller]
fn assert_holds(outcome: &Outcome) {
    let id = &outcome.case.id;
    assert_eq!(outcome.problem, None, "{id}");
    for it in &outcome.comparisons {
        let (expected, simulated) = (&it.expectation, it.simulated);
        assert!(
            it.verdict == Verdict::Holds,
            "{id}: {} ({}) is {}: theory {}, simulated {} ± {}\n{}",
            expected.what,
            expected.of,
            it.verdict.label(),
            expected.expected,
            simulated.mean,
            simulated.error,
            serde_json::to_string(&outcome.case.document).unwrap_or_default()
        );
    }
}

/// A test for each family, so that a failure says which, and so that they run side by side.
macro_rules! families {
    ($($name:ident: $family:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                Family::$family.cases().iter().for_each(|case| assert_holds(&case.run(SHARE)));
            }
        )*

        #[test]
        fn every_family_is_tested() {
            assert_eq!([$(Family::$family),*], Family::ALL);
        }
    };
}

families! {
    one_worker_waits_as_theory_says: OneServer,
    several_workers_wait_as_erlang_c_says: Servers,
    any_law_of_service_waits_as_pollaczek_and_khinchine_say: Laws,
    a_full_queue_rejects_as_theory_says: Rooms,
    without_a_queue_erlang_b_is_lost: Losses,
    whoever_is_next_waits_as_theory_says: Disciplines,
    other_arrivals_wait_as_theory_says: Arrivals,
    networks_are_as_jackson_says: Networks,
    a_closed_system_obeys_mean_value_analysis: Closed,
    the_slowest_branch_decides: ForkJoin,
    a_quorum_takes_as_long_as_its_slowest: Quorums,
    workers_are_held_for_as_long_as_calls_take_when_blocking: Workers,
    replicas_are_balanced_as_theory_says: Balancing,
    a_full_cache_hits_as_theory_says: Eviction,
    a_cache_that_forgets_hits_as_theory_says: Expiry,
    a_token_bucket_lets_its_rate_through: Buckets,
    retries_and_their_amplification_are_geometric: Retries,
    a_hedge_cuts_the_tail_at_the_price_that_theory_says: Hedges,
    a_breaker_opens_as_often_as_runs_of_failures_come: Breakers,
    a_pool_waits_as_workers_do: Pools,
    the_wire_takes_the_time_it_should: Wires,
    messages_wait_and_are_given_up_as_theory_says: Messages,
    faults_cost_what_they_should: Faults,
    retries_keep_a_system_down_above_the_threshold: Metastable,
    each_process_has_policies_of_its_own: Processes,
    a_load_balancer_has_one_line_and_tries_elsewhere: Lines,
    what_is_given_up_is_cancelled_or_wasted_and_has_a_reason: GivenUp,
    messages_are_delivered_when_they_should_and_not_otherwise: Deliveries,
    a_paused_process_does_nothing_at_all: Pauses,
    a_slow_down_changes_the_work_in_progress: SlowDowns,
    what_a_partition_held_back_is_sent_again_in_time: Retransmission,
    errors_take_their_time_and_are_tried_again_as_told: Errors,
    databases_lose_what_no_follower_has: Replicas,
    reads_miss_the_writes_that_theory_says: Staleness,
}

fn first(family: Family) -> Case {
    family.cases().remove(0)
}

#[test]
fn a_wrong_expectation_does_not_hold() {
    let mut case = first(Family::OneServer);
    for expectation in &mut case.expectations {
        expectation.expected *= 1.5;
    }
    let outcome = case.run(SHARE);
    assert!(!outcome.holds());
    for it in &outcome.comparisons {
        assert_eq!(it.verdict, Verdict::Off, "{}", it.expectation.what);
    }
}

#[test]
fn a_run_that_is_too_short_is_too_noisy() {
    let mut case = first(Family::OneServer);
    case.seeds.end = case.seeds.start + 5;
    case.document.run.duration_s = case.document.run.warmup_s + 20.0;
    let outcome = case.run(1.0);
    assert!(!outcome.holds());
    assert!(outcome.comparisons.iter().any(|it| it.verdict == Verdict::TooNoisy), "{:?}", outcome.comparisons);
}

#[test]
fn a_missing_number_does_not_hold() {
    let mut case = first(Family::OneServer);
    case.expectations.truncate(1);
    case.expectations[0].of = "nodes.elsewhere.wait_ms.mean".to_owned();
    assert_eq!(case.run(0.01).comparisons[0].verdict, Verdict::Off);
}

#[test]
fn a_design_that_cannot_run_is_a_problem_and_not_a_panic() {
    let mut case = first(Family::OneServer);
    case.document.nodes[1].kind = "abacus".to_owned();
    let outcome = case.run(SHARE);
    assert!(!outcome.holds() && outcome.problem.is_some());
}

#[test]
fn outcomes_are_in_the_order_of_the_cases() {
    let mut cases = Family::Wires.cases();
    cases.extend(Family::Hedges.cases());
    let outcomes = headroom::validation::run(&cases, 0.01, 3, |_| {});
    let ids = |all: &mut dyn Iterator<Item = &Case>| all.map(|case| case.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&mut outcomes.iter().map(|it| &it.case)), ids(&mut cases.iter()));
    for (outcome, case) in outcomes.iter().zip(&cases) {
        assert_eq!(outcome.digest, case.run(0.01).digest, "threads change nothing");
    }
}

/// Runs the program: its exit code, and what it says.
fn validate(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_headroom"));
    let output = command.arg("validate").args(arguments).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_prints_writes_and_fails_when_something_is_off() {
    let folder = std::env::temp_dir().join(format!("headroom-validation-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let page = folder.join("page.html");
    let (code, out, _) = validate(&["--only", "hedge", "--share", "0.05", "--html", &page.to_string_lossy()]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("hedge-0.95") && out.contains("holds") && !out.contains("mm1"), "{out}");
    let written = std::fs::read_to_string(&page).expect("a page");
    assert!(written.contains("./page.css") && folder.join("page.css").exists());
    std::fs::remove_dir_all(&folder).expect("the folder goes");

    let (code, out, _) = validate(&["--only", "hedge-0.5", "--share", "0.05", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &report["cases"][0]["id"]), (Some(0), &serde_json::json!("hedge-0.5")));

    for wrong in [&["--only", "perpetual motion"][..], &["--share", "7"], &["--share", "NaN"]] {
        let (code, _, said) = validate(wrong);
        assert_eq!(code, Some(2), "{wrong:?}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
