//! The engine beside a loop written by hand, in the same run: `make bench`.
//!
//! Everything is given as time per event: `thrpt` is events a second. At the end it shows that a
//! warm run allocates nothing per event and that memory is flat.

mod lean;

use allocation_counter::measure;
use criterion::{BatchSize, Criterion, Throughput};
use headroom::engine::{Engine, Progress};
use headroom::kinds::AnyStation;
use headroom::scenario::{Scenario, compile};
use headroom::time::from_s;
use std::hint::black_box;

const SCENARIOS: [(&str, &str); 7] = [
    ("mm1", include_str!("scenarios/mm1.json")),
    ("architecture", include_str!("scenarios/architecture.json")),
    ("architecture-plain", include_str!("scenarios/architecture-plain.json")),
    ("architecture-1m", include_str!("scenarios/architecture-1m.json")),
    ("cache", include_str!("scenarios/cache.json")),
    ("balanced-8", include_str!("scenarios/balanced-8.json")),
    ("balanced-100", include_str!("scenarios/balanced-100.json")),
];

fn scenario(name: &str) -> Scenario {
    let (_, text) = SCENARIOS.iter().find(|(each, _)| *each == name).expect("a scenario of this name");
    let document = headroom::codec::open(text).expect("the scenario opens").0;
    compile(&document).scenario.expect("the scenario is sound")
}

fn to_the_end(mut engine: Engine<AnyStation>) -> Engine<AnyStation> {
    while engine.advance(u64::MAX, 1_000_000) != Progress::Finished {}
    engine
}

fn engines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("engine");
    group.sample_size(10);
    for (name, _) in SCENARIOS {
        let scenario = scenario(name);
        group.throughput(Throughput::Elements(to_the_end(scenario.clone().engine()).events()));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(|| scenario.clone().engine(), to_the_end, BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn loops(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loop");
    group.sample_size(10);
    group.throughput(Throughput::Elements(lean::mm1(400_000).0));
    group.bench_function("mm1", |bencher| bencher.iter(|| black_box(lean::mm1(400_000))));
    let (events, hits, latency) = lean::cache(100_000);
    println!("cache by hand: {:.1} % hits, mean latency {latency:.2} ms", hits * 100.0);
    group.throughput(Throughput::Elements(events));
    group.bench_function("cache", |bencher| bencher.iter(|| black_box(lean::cache(100_000))));
    for (name, rate_rps, scale, policies, seconds) in [
        ("architecture", 2000.0, (1, 1), true, 60.0),
        ("architecture-plain", 2000.0, (1, 1), false, 60.0),
        ("architecture-1m", 1_000_000.0, (50, 10), true, 0.2),
    ] {
        let new = || lean::Architecture::new(rate_rps, scale, policies);
        let mut first = new();
        group.throughput(Throughput::Elements(first.run(seconds)));
        println!("{name} by hand: mean latency {:.2} ms, {} failed", first.result().0, first.result().1);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(new, |mut it| black_box(it.run(seconds)), BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// What a run allocates once it is warm, and what it holds after a hundred million events.
fn memory() {
    let mut engine = scenario("architecture").engine();
    engine.advance(from_s(30.0), u64::MAX);
    let before = engine.events();
    let warm = measure(|| {
        engine.advance(from_s(60.0), u64::MAX);
    });
    println!(
        "memory: {} allocations in {} events of a warm run, {} bytes more held",
        warm.count_total,
        engine.events() - before,
        warm.bytes_current
    );
    // An hour of the same: a hundred million events.
    let text = SCENARIOS[1].1.replace("\"duration_s\": 60", "\"duration_s\": 3000");
    let document = headroom::codec::open(&text).expect("the scenario opens").0;
    let mut engine = compile(&document).scenario.expect("the scenario is sound").engine();
    engine.advance(from_s(300.0), u64::MAX);
    let before = engine.events();
    let long = measure(|| {
        engine.advance(from_s(3000.0), u64::MAX);
    });
    println!(
        "memory: {} allocations in {} events, {} bytes more held",
        long.count_total,
        engine.events() - before,
        long.bytes_current
    );
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    engines(&mut criterion);
    loops(&mut criterion);
    criterion.final_summary();
    memory();
}
