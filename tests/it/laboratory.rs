//! The failure laboratory: each example has the disease that its `watch` describes, and is well
//! after exactly the change that its `cure` names.

use crate::claims::{answered, cured, failed, mean, set};
use crate::examples::example;
use crate::simulate::report;
use headroom::kinds::cache::metrics::HIT_RATIO;
use headroom::kinds::database::metrics::{SHARDS, UNAVAILABLE_S};
use headroom::kinds::queue::metrics::DEAD_LETTERS;
use headroom::record::link_metrics::{BREAKER_OPENED, REFUSED, TIMEOUTS};
use headroom::record::node_metrics::STALE_READS;
use headroom::record::node_metrics::{ARRIVALS, LOST_WRITES, QUEUE_MEAN, WASTED};
use headroom::report::Report;
use serde_json::{Value, json};

/// The example as it is, and after the changes that its `cure` names.
fn sick_and_cured(id: &str, changes: &[(&str, &str, Value)]) -> [Report; 2] {
    let document = example(id);
    [report(&document), report(&cured(&document, changes))]
}

fn p99(report: &Report) -> f64 {
    report.latency_ms.p99.expect("some were answered")
}

/// The share of an operation's requests that failed.
fn lost(report: &Report, operation: &str) -> f64 {
    let it = &report.operations[operation].requests;
    it.failed as f64 / it.offered as f64
}

#[track_caller]
fn assert_within(value: f64, from: f64, to: f64) {
    assert!((from..=to).contains(&value), "{value} is not within {from} and {to}");
}

#[test]
fn a_retry_storm_outlasts_its_cause_and_a_retry_budget_ends_it() {
    let [sick, cured] = sick_and_cured("retry-storm", &[("storefront-orders", "retries.budget_ratio", json!(0.1))]);
    // The same 200 a second are fine before the rush, and hopeless after it …
    assert_within(answered(&sick, 20, 60), 190.0, 210.0);
    assert_within(answered(&sick, 75, 180), 0.0, 1.0);
    // … because with the retries they are 800, of 300 that the orders can do …
    assert_within(mean(&sick.series.retries_rps, 75, 180), 550.0, 650.0);
    // … until the lull has let the queue run empty.
    assert_within(answered(&sick, 225, 300), 190.0, 210.0);
    assert_within(answered(&cured, 90, 180), 190.0, 210.0);
    assert_within(mean(&cured.series.retries_rps, 90, 180), 0.0, 1.0);
    assert!(sick.attempts_per_request > 2.0 && cured.attempts_per_request < 1.1);
}

/// N. Bronson, A. Aghayev, A. Charapko, T. Zhu: Metastable Failures in Distributed Systems (HotOS
/// 2021), section 2.1: a database for 300 queries a second, one retry, an outage of 10 s.
#[test]
fn the_metastable_failure_matches_bronson_et_al() {
    let [sick, cured] = sick_and_cured("metastable-failure", &[("db", "max_connections", json!(200))]);
    assert_within(answered(&sick, 20, 60), 270.0, 290.0);
    assert_within(answered(&sick, 75, 300), 0.0, 0.5);
    // Twice 280 a second.
    assert_within(mean(&sick.series.retries_rps, 75, 300), 270.0, 290.0);
    assert!(mean_utilization(&sick, "db", 75, 300) > 0.999, "it works as hard as it can, in vain");
    assert_within(answered(&cured, 85, 300), 270.0, 290.0);
    let at = |rate: u32| report(&set(example("metastable-failure"), "users", "arrivals.rate_rps", json!(rate)));
    assert_within(answered(&at(130), 140, 300), 125.0, 135.0);
    assert_within(answered(&at(170), 75, 300), 0.0, 0.5);
}

fn mean_utilization(report: &Report, node: &str, from_s: usize, to_s: usize) -> f64 {
    let all: Vec<f64> = report.series.nodes[node].utilization.iter().map(|it| it.expect("limited workers")).collect();
    mean(&all, from_s, to_s)
}

#[test]
fn a_slow_dependency_exhausts_the_workers_of_a_blocking_caller() {
    let [sick, cured] = sick_and_cured("timeout-cascade", &[("shop", "blocking", json!(false))]);
    assert_within(answered(&sick, 20, 60), 190.0, 210.0);
    assert_within(answered(&sick, 80, 150), 0.0, 1.0);
    assert!(mean_utilization(&sick, "shop", 80, 150) > 0.999);
    assert!(lost(&sick, "browse") > 0.25, "{}", lost(&sick, "browse"));
    assert_within(answered(&cured, 65, 150), 190.0, 210.0);
    assert_eq!(lost(&cured, "browse"), 0.0);
    assert!(lost(&cured, "pay") < 0.01);
    assert!(cured.operations["browse"].latency_ms.p99.unwrap() < 60.0);
    assert!(cured.operations["pay"].latency_ms.p99.unwrap() > 2000.0, "who pays still waits for the bank");
}

#[test]
fn a_circuit_breaker_frees_workers_that_wait_for_a_timeout() {
    let [sick, cured] = sick_and_cured("circuit-breaker", &[("shop-reviews", "breaker", json!({}))]);
    assert_within(answered(&sick, 85, 150), 0.0, 1.0);
    assert!(lost(&sick, "search") > 0.3, "{}", lost(&sick, "search"));
    // Three in four are searches.
    assert_within(answered(&cured, 65, 150), 140.0, 160.0);
    assert_eq!(lost(&cured, "search"), 0.0);
    assert!(cured.operations["search"].latency_ms.p99.unwrap() < 100.0);
    let link = |report: &Report| report.links["shop-reviews"].clone();
    assert!(link(&cured)[&BREAKER_OPENED] >= 1 && link(&cured)[&REFUSED] > 4000);
    assert!(link(&sick)[&TIMEOUTS] > 40 * link(&cured)[&TIMEOUTS].max(1), "{:?} {:?}", link(&sick), link(&cured));
}

#[test]
fn a_bulkhead_keeps_workers_free_for_the_shoppers() {
    let changes = [("service-warehouse", "max_in_flight", json!(8)), ("service-warehouse", "queue_limit", json!(0))];
    let [sick, cured] = sick_and_cured("bulkhead", &changes);
    assert_within(lost(&sick, "view"), 0.5, 1.0);
    assert_within(answered(&sick, 100, 180), 0.0, 2.0);
    assert_eq!(lost(&cured, "view"), 0.0);
    assert!(cured.operations["view"].latency_ms.p99.unwrap() < 100.0);
    let reports = cured.operations["report"].requests;
    assert!(reports.failures.rejected > 4000 && reports.completed > 1000, "{reports:?}");
}

#[test]
fn coalescing_misses_ends_a_cache_stampede() {
    let [sick, cured] = sick_and_cured("cache-stampede", &[("cache", "coalesce", json!(true))]);
    // Nine times in 180 s the page expires.
    assert_within(sick.nodes["db"][&ARRIVALS] as f64 / 9.0, 120.0, 260.0);
    assert_eq!(cured.nodes["db"][&ARRIVALS], 9);
    assert_within(sick.nodes["cache"][&HIT_RATIO], 0.965, 0.985);
    assert_within(sick.requests.failed as f64 / 9.0, 80.0, 250.0);
    assert_eq!(cured.requests.failed, 0);
    assert!(cured.latency_ms.max.unwrap() < 550.0, "nobody waits for longer than one query");
}

#[test]
fn a_cold_cache_stays_cold_behind_an_overloaded_database() {
    let [sick, cured] = sick_and_cured("cold-restart", &[("db", "queue_limit", json!(30))]);
    for it in [&sick, &cured] {
        assert_within(answered(it, 70, 100), 480.0, 520.0);
    }
    assert_within(answered(&sick, 110, 170), 80.0, 170.0);
    assert_within(answered(&sick, 180, 240), 80.0, 170.0);
    assert!(mean_utilization(&sick, "db", 110, 240) > 0.999);
    assert_within(answered(&cured, 120, 240), 490.0, 510.0);
    assert!(mean_utilization(&cured, "db", 180, 240) < 0.3);
}

#[test]
fn a_hot_key_needs_replicas_and_not_shards() {
    let [sick, cured] = sick_and_cured("hot-key", &[("db", "replication.read_from", json!("any"))]);
    let star = 1.0 / (1..=5000).map(|rank| f64::from(rank).powf(-1.4)).sum::<f64>();
    assert_within(star, 0.32, 0.34);
    let refused = |report: &Report| report.requests.failures.rejected as f64 / report.requests.offered as f64;
    assert_within(refused(&sick), 0.05, 0.15);
    // Of three copies the leader answers alone: a third of the shard's workers is all there is.
    let shards = |report: &Report| {
        let mut all = report.nodes["db"].get(&SHARDS).expect("a sharded database reports its shards");
        all.sort_by(f64::total_cmp);
        all
    };
    assert_within(shards(&sick)[7] * 3.0, 0.999, 1.001);
    assert!(shards(&sick)[4] * 3.0 < 0.5, "most are idle: {:?}", shards(&sick));
    assert_eq!(cured.requests.failed, 0);
    assert!(p99(&cured) < 100.0 && shards(&cured)[7] < 0.6);
    let more = report(&set(example("hot-key"), "db", "shards", json!(64)));
    assert!(refused(&more) > 0.03, "{}", refused(&more));
}

#[test]
fn least_connections_prefers_a_crashed_replica_without_health_checks() {
    let [sick, cured] = sick_and_cured("sinkhole", &[("balancer", "health_check", json!({}))]);
    // A fair share of four would be 75 of 300 a second.
    assert_within(failed(&sick, 65, 180), 215.0, 245.0);
    assert_eq!(sick.requests.failures.unreachable, sick.requests.failed);
    assert_within(failed(&cured, 67, 180), 0.0, 0.1);
    assert_within(answered(&cured, 67, 180), 290.0, 310.0);
    assert!(cured.requests.failed * 15 < sick.requests.failed);
}

#[test]
fn a_small_pool_is_exhausted_while_the_database_is_idle() {
    let [sick, cured] = sick_and_cured("pool-exhaustion", &[("shop-db", "max_in_flight", json!(10))]);
    assert_within(failed(&sick, 65, 150), 80.0, 180.0);
    // Twelve of sixty-four, and the statements that their callers have just given up.
    assert_within(mean_utilization(&sick, "db", 65, 150), 12.0 / 64.0, 0.36);
    assert!(sick.findings.iter().any(|it| it.text.starts_with("The pool of Shop → Database was full from 60 s on")));
    assert!(sick.nodes["db"][&QUEUE_MEAN] < 0.01, "nobody waits at the database");
    assert!(p99(&sick) > 800.0);
    assert_eq!(cured.requests.failed, 0);
    assert!(p99(&cured) < 350.0, "{}", p99(&cured));
}

#[test]
fn lifo_answers_some_requests_in_time_under_overload() {
    let [sick, cured] = sick_and_cured("lifo-under-overload", &[("api", "discipline", json!("lifo"))]);
    // 200 a second is all that it can do; all of it is done for users who have left.
    assert_within(answered(&sick, 80, 180), 0.0, 1.0);
    assert_within(answered(&sick, 180, 280), 0.0, 1.0);
    assert!(mean_utilization(&sick, "api", 80, 280) > 0.999 && sick.nodes["limit"][&WASTED] > 40_000);
    assert_within(answered(&cured, 80, 180), 190.0, 205.0);
    assert_within(answered(&cured, 190, 300), 152.0, 168.0);
    assert!(cured.latency_ms.p50.unwrap() < 60.0 && p99(&cured) < 500.0, "{:?}", cured.latency_ms);
}

#[test]
fn hedged_requests_reduce_the_tail_latency_for_a_few_extra_calls() {
    let [sick, cured] = sick_and_cured("hedged-requests", &[("search-balancer", "hedge", json!({"after_ms": 50}))]);
    assert!(p99(&sick) > 350.0, "{}", p99(&sick));
    assert!(p99(&cured) < 100.0, "{}", p99(&cured));
    assert_within(cured.attempts_per_request, 1.015, 1.025);
    let median = |report: &Report| report.latency_ms.p50.unwrap();
    assert_within(median(&cured) / median(&sick), 0.97, 1.03);
}

#[test]
fn an_autoscaler_lags_behind_the_load() {
    let [sick, cured] = sick_and_cured("autoscaler-lag", &[("web", "autoscale.min", json!(7))]);
    assert_within(failed(&sick, 65, 185), 110.0, 190.0);
    let replicas = |at_s: usize| sick.series.nodes["web"].replicas[at_s];
    assert_within(replicas(100), 2.0, 2.0);
    assert!(replicas(280) >= 6.0);
    assert_within(failed(&sick, 240, 300), 0.0, 5.0);
    assert_eq!(cured.requests.failed, 0);
    assert!(p99(&cured) < 400.0);
}

#[test]
fn two_zones_carry_the_load_of_three_only_with_headroom() {
    let [sick, cured] = sick_and_cured("zone-loss", &[("web", "workers", json!(12))]);
    assert_within(mean_utilization(&sick, "web", 20, 60), 0.82, 0.89);
    assert_within(answered(&sick, 20, 60), 385.0, 415.0);
    // No answer in time: until two minutes after the zone is back.
    assert_within(answered(&sick, 80, 150), 0.0, 12.0);
    assert_within(answered(&sick, 164, 270), 0.0, 1.0);
    assert_within(answered(&cured, 70, 150), 390.0, 410.0);
    assert_within(failed(&cured, 70, 300), 0.0, 0.5);
    assert_eq!(cured.nodes["db"].get(&UNAVAILABLE_S), Some(0.0), "its leader is in another zone");
}

#[test]
fn a_partition_refuses_requests_when_consistent_and_loses_writes_when_available() {
    let [sick, cured] = sick_and_cured("split-brain", &[("db", "on_partition", json!("available"))]);
    let db = |report: &Report| {
        let db = &report.nodes["db"];
        (db[&STALE_READS], db[&LOST_WRITES])
    };
    // 50 a second in the west for a minute, and nobody in the east but those who were sent to the silent
    // copy in the first two seconds.
    assert_within(sick.requests.failures.unreachable as f64, 2700.0, 3300.0);
    assert_within(failed(&sick, 65, 119), 44.0, 56.0);
    assert!(lost(&sick, "east read") + lost(&sick, "east write") < 0.02);
    assert_eq!(db(&sick), (0, 0));
    assert!(cured.requests.failed < 200, "{:?}", cured.requests);
    assert_within(failed(&cured, 65, 180), 0.0, 0.05);
    let (stale, lost) = db(&cured);
    assert!(stale > 1000 && lost > 1000, "{stale} {lost}");
}

#[test]
fn reads_of_followers_are_stale_and_reads_of_the_leader_are_not() {
    let [sick, cured] = sick_and_cured("stale-reads", &[("db", "replication.read_from", json!("leader"))]);
    let share = sick.nodes["db"][&STALE_READS] as f64 / sick.operations["read"].requests.completed as f64;
    assert_within(share, 1.0 / 10.0, 1.0 / 8.0);
    assert_eq!(cured.nodes["db"].get(&STALE_READS), Some(0));
    assert_eq!(sick.requests.failed + cured.requests.failed, 0);
}

#[test]
fn a_queue_absorbs_a_burst_and_drains_with_the_spare_capacity() {
    let [sick, cured] = sick_and_cured("queue-drain", &[("encoders", "replicas", json!(6))]);
    let backlog = |report: &Report, at_s: usize| report.series.nodes["jobs"].queue[at_s];
    assert!(backlog(&sick, 119) > 2000.0 && backlog(&sick, 239) > 100.0, "{}", backlog(&sick, 239));
    assert!(backlog(&cured, 119) > 700.0 && backlog(&cured, 180) < 30.0, "{}", backlog(&cured, 180));
    for it in [&sick, &cured] {
        assert_eq!(it.requests.failed, 0);
        assert!(p99(it) < 100.0, "no user waits: {:?}", it.latency_ms);
        assert_eq!(it.nodes["jobs"].get(&DEAD_LETTERS), Some(0));
    }
}
