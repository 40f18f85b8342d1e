//! Tests of the whole load balancer.

use super::backend::{Backend, PeakEwma};
use super::station::Tried;
use super::*;
use crate::engine::core::{Core, NONE};
use crate::engine::message::{Access, Message};
use crate::engine::station::Station;
use crate::kind::OutgoingLink;
use crate::random::Stream;
use crate::time::NEVER;

use crate::engine::plan::{OperationPlan, RunSettings, StationPlan};
use crate::link::Link;
use crate::params::Choices;

/// A balancer over apps with so many replicas and such weights, without health checks.
pub(super) fn balancer(algorithm: Algorithm, layer: u32, apps: &[(u32, f64)]) -> (Core, LoadBalancerStation) {
    let station = |id: String, replicas: u32| StationPlan {
        id,
        replicas,
        workers: None,
        startup_ns: 0,
        error_rate: 0.0,
        error_service: None,
        absent: 0,
        tracked_keys: 0,
    };
    let mut stations = vec![station("lb".to_owned(), 1)];
    let (mut links, mut out) = (Vec::new(), Vec::new());
    for (index, (replicas, weight)) in apps.iter().enumerate() {
        let to = index as u32 + 1;
        stations.push(station(format!("app{index}"), *replicas));
        let plan = Link::default().plan(&format!("link{index}"), 0, to, vec![true]);
        links.push(LinkPlan { weight: *weight, ..plan });
        let replicas = *replicas;
        out.push(OutgoingLink { link: index as u32, role: Role::Service, to, replicas, workers: None, relays: false });
    }
    let settings = RunSettings { seed: 1, duration_ns: NEVER, warmup_ns: 0, bin_ns: NEVER, memory_bytes: u64::MAX };
    let operation = OperationPlan { name: "view".to_owned(), request_bytes: 0.0, response_bytes: 0.0 };
    let mut core = Core::new(&settings, &stations, links, vec![operation]);
    let kind = LoadBalancer { algorithm, layer, ..LoadBalancer::default() };
    let site = StationContext {
        queues: Vec::new(),
        stores: Vec::new(),
        station: 0,
        id: "lb".to_owned(),
        seed: 1,
        out,
        replicas: 1,
        own_sessions: 0,
        first_operation: 0,
        keys: 1000,
        first_session: 0,
        sessions: 300,
    };
    let mut it = kind.station(&site);
    it.start(&mut core);
    (core, it)
}

pub(super) fn message(key: u32, session: u32) -> Message {
    Message { operation: 0, access: Access::Read, priority: 0, key, session }
}

/// The order by load against a plain search, under random additions and removals.
#[test]
fn least_connections_chooses_a_least_loaded_backend() {
    let (core, mut it) = balancer(Algorithm::LeastConnections, 7, &[(7, 1.0)]);
    let mut rng = Stream::named(5, "group", "test");
    let mut load = [0u32; 7];
    for step in 0..20_000 {
        let any = rng.below(7);
        if rng.chance(0.5) {
            it.acquire(any);
            load[any as usize] += 1;
        } else if load[any as usize] > 0 {
            it.release(any);
            load[any as usize] -= 1;
        }
        let chosen = it.route(&core, 0, message(0, 0));
        assert_eq!(load[chosen as usize], *load.iter().min().unwrap(), "step {step}: {load:?}");
        assert!(it.backends.iter().map(|backend| backend.load).eq(load));
    }
}

/// Replicas come into rotation and leave it, fail their checks and pass them, with requests
/// out all the time: only active ones are chosen, and what is given back is counted where it
/// was taken.
#[test]
fn only_active_backends_are_chosen() {
    for layer in [4, 7] {
        for (algorithm, choice) in Algorithm::ALL {
            let (mut core, mut it) = balancer(*algorithm, layer, &[(5, 3.0), (3, 1.0)]);
            let mut rng = Stream::named(9, choice.id, "test");
            let mut out: Vec<u32> = Vec::new();
            for step in 0..20_000 {
                if rng.chance(0.05) {
                    let (app, replica) = (1 + rng.below(2), rng.below(3));
                    core.set_in_rotation(app, replica, rng.chance(0.4));
                    it.rotation_changed(&mut core, app);
                }
                if rng.chance(0.05) {
                    let any = rng.below(8);
                    it.backends[any as usize].healthy = rng.chance(0.5);
                    it.refresh(&core);
                }
                if rng.chance(0.5) && !out.is_empty() {
                    it.release(out.swap_remove(rng.below(out.len() as u32) as usize));
                }
                let rotates =
                    |backend: &Backend| core.station_states[backend.station as usize].is_in_rotation(backend.replica);
                let fits: Vec<bool> = it.backends.iter().map(|it| rotates(it) && it.healthy).collect();
                let chosen = it.route(&core, 0, message(rng.below(1000), rng.below(300)));
                let any = fits.iter().any(|fits| *fits);
                // App 0 keeps replicas 3 and 4 in rotation.
                assert!(chosen != NONE && rotates(&it.backends[chosen as usize]), "{} {step}", choice.id);
                assert!(!any || fits[chosen as usize], "{} {step}: {fits:?}, {chosen}", choice.id);
                if *algorithm == Algorithm::LeastConnections && layer == 7 {
                    let active = it.backends.iter().zip(&fits).filter(|(it, fits)| **fits || (!any && rotates(it)));
                    let least = active.map(|(it, _)| it.load).min();
                    assert_eq!(Some(it.backends[chosen as usize].load), least, "{step}");
                }
                if layer == 7 {
                    it.acquire(chosen);
                    out.push(chosen);
                }
            }
            out.into_iter().for_each(|backend| it.release(backend));
            let left: u32 = it.backends.iter().map(|backend| backend.load).sum();
            let kept = it.groups[0].held.iter().filter(|held| **held != NONE).count() as u32;
            assert_eq!(left, if layer == 4 { kept } else { 0 }, "{}", choice.id);
        }
    }
}

#[test]
fn chooses_none_while_no_backend_is_in_rotation() {
    for (algorithm, _) in Algorithm::ALL {
        let (mut core, mut it) = balancer(*algorithm, 7, &[(2, 1.0)]);
        (0..2).for_each(|replica| core.set_in_rotation(1, replica, false));
        it.rotation_changed(&mut core, 1);
        assert_eq!(it.route(&core, 0, message(1, 1)), NONE);
        core.set_in_rotation(1, 1, true);
        it.rotation_changed(&mut core, 1);
        assert_eq!(it.route(&core, 0, message(1, 1)), 1);
    }
}

fn homes(core: &Core, it: &mut LoadBalancerStation) -> Vec<u32> {
    (0..20_000).map(|key| it.route(core, 0, message(key, 0))).collect()
}

#[test]
fn key_hash_moves_only_the_keys_of_a_replica_that_leaves_or_joins() {
    let (mut core, mut it) = balancer(Algorithm::KeyHash, 7, &[(10, 1.0)]);
    let before = homes(&core, &mut it);
    for backend in 0..10 {
        let share = before.iter().filter(|home| **home == backend).count() as f64 / 2000.0;
        assert!((share - 1.0).abs() < 0.15, "{backend} has {share} of its part");
    }
    core.set_in_rotation(1, 3, false);
    it.rotation_changed(&mut core, 1);
    let without = homes(&core, &mut it);
    let mut heirs = [0; 10];
    for (before, after) in before.iter().zip(&without) {
        assert!(*after != 3 && (*before == 3 || before == after));
        heirs[*after as usize] += u32::from(*before == 3);
    }
    assert!(heirs.iter().enumerate().all(|(at, heir)| at == 3 || *heir > 100), "all inherit: {heirs:?}");
    core.set_in_rotation(1, 3, true);
    it.rotation_changed(&mut core, 1);
    assert_eq!(homes(&core, &mut it), before);
    // One more replica in the document.
    let (core, mut it) = balancer(Algorithm::KeyHash, 7, &[(11, 1.0)]);
    let grown = homes(&core, &mut it);
    assert!(before.iter().zip(&grown).all(|(before, after)| before == after || *after == 10));
    let moved = grown.iter().filter(|home| **home == 10).count() as f64 / 20_000.0;
    assert!((moved - 1.0 / 11.0).abs() < 0.015, "{moved}");
}

#[test]
fn weighted_interleaves_links_in_proportion_to_their_weights() {
    let sequence = |it: &mut LoadBalancerStation, core: &Core, n: u32| -> Vec<u32> {
        (0..n).map(|_| it.route(core, 0, message(0, 0))).collect()
    };
    // The example of nginx's commit message.
    let (mut core, mut it) = balancer(Algorithm::Weighted, 7, &[(1, 5.0), (1, 1.0), (1, 1.0)]);
    assert_eq!(sequence(&mut it, &core, 7), [0, 0, 1, 0, 2, 0, 0]);
    core.set_in_rotation(1, 0, false);
    it.rotation_changed(&mut core, 1);
    assert_eq!(sequence(&mut it, &core, 40).iter().filter(|it| **it == 1).count(), 20);
    // A link's part does not hang on how many replicas are behind it; they take turns.
    let (core, mut it) = balancer(Algorithm::Weighted, 7, &[(4, 1.0), (1, 3.0), (2, 0.0)]);
    let all = sequence(&mut it, &core, 1600);
    let count = |backend| all.iter().filter(|it| **it == backend).count();
    assert_eq!([0, 1, 2, 3, 4, 5, 6].map(count), [100, 100, 100, 100, 1200, 0, 0]);
}

#[test]
fn another_attempt_goes_to_any_backend_that_was_not_tried() {
    let (mut core, mut it) = balancer(Algorithm::Random, 7, &[(2, 1.0), (4, 1.0)]);
    let mut seen = [[0u32; 6]; 2];
    for step in 0..4000u32 {
        let tried = [Tried::default().with(3), Tried::default().with(3).with(5)][step as usize % 2];
        let other = it.choose_again(&core, 0, message(0, 0), tried);
        seen[step as usize % 2][other as usize] += 1;
    }
    assert_eq!([seen[0][3], seen[1][3], seen[1][5]], [0; 3]);
    assert_eq!(seen[0].iter().filter(|n| **n > 320).count(), 5, "behind either link: {seen:?}");
    assert_eq!(seen[1].iter().filter(|n| **n > 420).count(), 4, "behind either link: {seen:?}");
    (0..3).for_each(|replica| core.set_in_rotation(2, replica, false));
    (0..2).for_each(|replica| core.set_in_rotation(1, replica, false));
    it.rotation_changed(&mut core, 2);
    assert_eq!(it.choose_again(&core, 0, message(0, 0), Tried::default().with(3)), 5);
    assert_eq!(it.choose_again(&core, 0, message(0, 0), Tried::default().with(5)), 5, "there is no other");
}

#[test]
fn a_session_returns_to_its_first_replica_when_that_returns() {
    let (mut core, mut it) = balancer(Algorithm::Sticky, 7, &[(2, 1.0)]);
    it.sessions = 2;
    it.groups[0].held = vec![NONE; 2];
    it.groups[0].first = vec![NONE; 2];
    let sessions = |it: &mut LoadBalancerStation, core: &Core| [0, 1].map(|s| it.route(core, 0, message(0, s)));
    assert_eq!(sessions(&mut it, &core), [0, 1]);
    core.set_in_rotation(1, 0, false);
    it.rotation_changed(&mut core, 1);
    assert_eq!(sessions(&mut it, &core), [1, 1]);
    core.set_in_rotation(1, 0, true);
    it.rotation_changed(&mut core, 1);
    assert_eq!(sessions(&mut it, &core), [0, 1]);
}

#[test]
fn peak_ewma_rises_at_once_and_decays_exponentially() {
    let mut latency = PeakEwma::default();
    assert!(latency.cost(0, 1) > latency.cost(0, 0), "asked and silent is worse than never asked");
    latency.observe(0, 1_000_000);
    latency.observe(5_000_000_000, 50_000_000);
    assert_eq!(latency.cost(5_000_000_000, 0), 5e7);
    assert_eq!(latency.cost(5_000_000_000, 2), 1.5e8);
    latency.observe(15_000_000_000, 1_000_000);
    let faded = 5e7 / std::f64::consts::E + 1e6 * (1.0 - 1.0 / std::f64::consts::E);
    assert!((latency.cost(15_000_000_000, 0) / faded - 1.0).abs() < 1e-9);
}
