//! The replicas of a node, one segment each.

use crate::editor::zones::{zone_mark, zones_of_replicas};
use crate::model::{Node, Zone};
use crate::record::{ReplicaSnapshot, ReplicaState};
use crate::report::snapshot::NodeSnapshot;
use crate::views::format;
use crate::views::run::HeldReplicas;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The most replicas that are drawn one by one.
const SEGMENTS_MAX: usize = 12;

/// What is drawn of a replica.
#[derive(Clone, Debug, Default, PartialEq)]
struct Segment {
    up: bool,
    /// How busy the replica is, in five steps from 0 to 4.
    step: u8,
    /// Whether the replica leads; absent where there is no leader.
    role: Option<bool>,
    /// Acknowledged writes that the replica does not have.
    lacks: u64,
    /// The name of the zone that this replica is in by itself; empty where there is none.
    zone: String,
    /// Whether it is a shard that has much more to do than the others.
    hot: bool,
    /// Whether a fault holds it up: `frozen` or `slowed`; empty where it works as usual.
    held: &'static str,
}

impl Segment {
    /// The zone's mark and the state: `▲` leads, `=` follows, `−12` lacks 12 acknowledged writes.
    fn word(&self) -> Option<String> {
        let state = match self.role {
            _ if !self.up => Some("×".to_owned()),
            _ if self.held == "frozen" => Some("Ⅱ".to_owned()),
            Some(true) => Some("▲".to_owned()),
            _ if self.lacks > 0 => Some(format!("−{}", format::number(self.lacks as f64))),
            Some(false) => Some("=".to_owned()),
            None => None,
        };
        if self.zone.is_empty() {
            return state.filter(|_| self.role.is_some());
        }
        let mark = zone_mark(&self.zone);
        Some(state.map_or(mark.clone(), |state| format!("{mark} {state}")))
    }

    fn title(&self) -> String {
        let role = match self.role {
            Some(true) => "Leader",
            Some(false) => "Follower",
            None => "Replica",
        };
        let zone = if self.zone.is_empty() { String::new() } else { format!(" in {}", self.zone) };
        let state = match self.lacks {
            _ if !self.up => ", down".to_owned(),
            0 => String::new(),
            lacks => format!(", without {} acknowledged writes", format::grouped(lacks as i64)),
        };
        let role = if self.hot { "Hot shard" } else { role };
        let held = if self.up && !self.held.is_empty() { format!(", {}", self.held) } else { String::new() };
        format!("{role}{zone}{held}{state}")
    }
}

fn segment(replica: &ReplicaSnapshot, zone: String, held: &'static str) -> Segment {
    let step = (replica.busy.clamp(0.0, 1.0) * 4.0).round() as u8;
    Segment { up: replica.up, step, role: replica.leads, lacks: replica.lacks, zone, held, hot: false }
}

/// What holds the replica of this index up.
fn held_up(held: &HeldReplicas, index: usize) -> &'static str {
    let index = index as u32;
    match () {
        () if held.paused.contains(&index) => "frozen",
        () if held.slowed.contains(&index) => "slowed",
        () => "",
    }
}

/// The segments of a node: as it runs, or all up where it has not run yet.
fn segments(now: Option<&NodeSnapshot>, replicas: u32, zones: &[String], held: &HeldReplicas) -> Vec<Segment> {
    let zone = |index: usize| zones.get(index).cloned().unwrap_or_default();
    let running: Vec<Segment> = now
        .into_iter()
        .flat_map(|now| now.replicas.iter().enumerate())
        .filter(|(_, replica)| replica.state != ReplicaState::Absent)
        .take(SEGMENTS_MAX)
        .map(|(index, replica)| segment(replica, zone(index), held_up(held, index)))
        .collect();
    if !running.is_empty() {
        return running;
    }
    (0..(replicas as usize).min(SEGMENTS_MAX))
        .map(|index| Segment { up: true, zone: zone(index), held: held_up(held, index), ..Segment::default() })
        .collect()
}

/// Into how many shards a node divides its keys.
fn shards(node: &Node) -> usize {
    node.params.get("shards").and_then(serde_json::Value::as_u64).unwrap_or(1) as usize
}

/// The least utilization of a hot shard, and how many times that of the others it is at least.
const HOT: [f64; 2] = [0.6, 1.6];

/// Marks the shard that has much more to do than the others together on average.
fn mark_hot(segments: &mut [Segment], now: Option<&NodeSnapshot>, shards: usize) {
    let Some(now) = now.filter(|now| shards > 1 && now.replicas.len() >= shards) else { return };
    let size = now.replicas.len() / shards;
    let busy = |shard: usize| {
        let of = &now.replicas[shard * size..(shard + 1) * size];
        of.iter().map(|replica| replica.busy).fold(0.0, f64::max)
    };
    let Some(hottest) = (0..shards).max_by(|a, b| busy(*a).total_cmp(&busy(*b))) else { return };
    let others = (0..shards).filter(|shard| *shard != hottest).map(busy).sum::<f64>() / (shards - 1) as f64;
    if busy(hottest) >= HOT[0] && busy(hottest) >= HOT[1] * others {
        segments.iter_mut().skip(hottest * size).take(size).for_each(|segment| segment.hot = true);
    }
}

/// A segment for each replica of a node.
#[component]
pub fn ReplicaSegments(
    ui: Ui,
    node: Memo<Option<Node>>,
    now: Memo<Option<NodeSnapshot>>,
    replicas: Memo<u32>,
    held: Memo<HeldReplicas>,
) -> impl IntoView {
    // The names of the zones that replicas are in one by one.
    let zones = Memo::new(move |_| {
        ui.editing.document.with(|document| {
            let of = |node: &Node| zones_of_replicas(document, node, SEGMENTS_MAX);
            let all = node.with(|node| node.as_ref().map(of).unwrap_or_default());
            all.into_iter().map(|zone| zone.map(Zone::shown_name).unwrap_or_default().to_owned()).collect::<Vec<_>>()
        })
    });
    let shards = Memo::new(move |_| node.with(|node| node.as_ref().map_or(1, shards)));
    let shown = Memo::new(move |_| {
        let mut all = zones.with(|zones| now.with(|now| segments(now.as_ref(), replicas.get(), zones, &held.read())));
        now.with(|now| mark_hot(&mut all, now.as_ref(), shards.get()));
        all
    });
    // More than are drawn are counted.
    let count = Memo::new(move |_| {
        let running = now.with(|now| {
            let all = now.as_ref().map(|now| now.replicas.iter());
            all.map_or(0, |all| all.filter(|replica| replica.state != ReplicaState::Absent).count())
        });
        let count = if running > 0 { running } else { replicas.get() as usize };
        (count > SEGMENTS_MAX).then_some(count)
    });
    let has_words = Memo::new(move |_| shown.with(|all| all.iter().any(|segment| segment.word().is_some())));
    let draw = |segment: Segment| {
        view! {
            <i
                class:down=!segment.up
                class:leads=segment.role == Some(true)
                class:hot=segment.hot
                class=format!("busy-{} {}", segment.step, segment.held)
                title=segment.title()
            >
                {segment.word()}
            </i>
        }
    };
    view! {
        <div class="segments" class:roles=move || has_words.get()>
            {move || shown.get().into_iter().map(draw).collect_view()}
            {move || count.get().map(|count| view! { <b title="Processes">{count}</b> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_says_what_it_is_and_what_it_lacks() {
        let zoned = |up, leads, lacks, zone: &str| {
            let replica = ReplicaSnapshot { up, leads, lacks, busy: 0.6, ..ReplicaSnapshot::default() };
            segment(&replica, zone.to_owned(), "")
        };
        let of = |up, leads, lacks| zoned(up, leads, lacks, "");
        let leader = of(true, Some(true), 0);
        assert_eq!((leader.step, leader.word().as_deref(), leader.title().as_str()), (2, Some("▲"), "Leader"));
        assert_eq!(of(true, Some(false), 0).word().as_deref(), Some("="));
        let behind = of(true, Some(false), 1234);
        assert_eq!(behind.title(), "Follower, without 1\u{202f}234 acknowledged writes");
        assert_eq!(of(false, Some(false), 9).title(), "Follower, down");
        assert_eq!(of(true, None, 0).word(), None);
        assert_eq!(zoned(true, Some(true), 0, "Zone A").word().as_deref(), Some("A ▲"));
        assert_eq!(zoned(true, None, 0, "Zone A").word().as_deref(), Some("A"));
        let down = zoned(false, None, 0, "Zone A");
        assert_eq!((down.word().as_deref(), down.title().as_str()), (Some("A ×"), "Replica in Zone A, down"));
    }

    #[test]
    fn a_replica_that_is_frozen_says_so() {
        let held = HeldReplicas { paused: [1].into(), slowed: [0, 1].into(), replicas: 2 };
        let all = segments(None, 2, &[], &held);
        assert_eq!([all[0].held, all[1].held], ["slowed", "frozen"]);
        let follower = Segment { role: Some(false), ..all[1].clone() };
        assert_eq!((follower.word().as_deref(), follower.title().as_str()), (Some("Ⅱ"), "Follower, frozen"));
        let down = Segment { up: false, ..follower };
        assert_eq!((down.word().as_deref(), down.title().as_str()), (Some("×"), "Follower, down"));
    }

    #[test]
    fn a_node_that_has_not_run_shows_its_replicas_as_planned() {
        let zones = ["Zone A".to_owned(), String::new()];
        let planned = segments(None, 3, &zones, &HeldReplicas::default());
        assert_eq!(planned.len(), 3);
        assert!(planned.iter().all(|segment| segment.up));
        assert_eq!(planned.iter().map(|segment| segment.zone.as_str()).collect::<Vec<_>>(), ["Zone A", "", ""]);
        assert_eq!(segments(Some(&NodeSnapshot::default()), 99, &[], &HeldReplicas::default()).len(), SEGMENTS_MAX);
    }

    #[test]
    fn the_shard_that_has_much_more_to_do_is_marked() {
        let now = |busy: &[f64]| {
            let replica = |busy: &f64| ReplicaSnapshot { up: true, busy: *busy, ..ReplicaSnapshot::default() };
            NodeSnapshot { replicas: busy.iter().map(replica).collect(), ..NodeSnapshot::default() }
        };
        let hot = |busy: &[f64], shards| {
            let now = now(busy);
            let mut all = segments(Some(&now), busy.len() as u32, &[], &HeldReplicas::default());
            mark_hot(&mut all, Some(&now), shards);
            all.iter().map(|segment| segment.hot).collect::<Vec<_>>()
        };
        assert_eq!(hot(&[0.2, 0.95, 0.3, 0.2], 4), [false, true, false, false]);
        assert_eq!(hot(&[0.9, 0.95, 0.9, 0.9], 4), [false; 4], "all are busy");
        assert_eq!(hot(&[0.1, 0.4, 0.1, 0.1], 4), [false; 4], "none is");
        assert_eq!(hot(&[0.2, 0.1, 0.9, 0.8], 2), [false, false, true, true], "with all of its replicas");
        assert_eq!(hot(&[0.1, 0.9], 1), [false; 2], "replicas are no shards");
    }

    #[test]
    fn replicas_that_do_not_exist_are_not_drawn() {
        let replica = |state| ReplicaSnapshot { up: true, state, ..ReplicaSnapshot::default() };
        let replicas = vec![replica(ReplicaState::default()), replica(ReplicaState::Absent)];
        let now = NodeSnapshot { replicas, ..NodeSnapshot::default() };
        assert_eq!(segments(Some(&now), 2, &[], &HeldReplicas::default()).len(), 1);
    }
}
