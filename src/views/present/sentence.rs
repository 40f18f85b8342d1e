//! One sentence, or two short ones, that say what is happening now: the worst thing, and what follows from it.

use crate::engine::network::HeldBack;
use crate::model::Document;
use crate::report::snapshot::{LinkSnapshot, Snapshot};
use crate::views::canvas::node_status::{Level, level};
use crate::views::format;
use crate::views::inspector::name_of;

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The sentence.
    pub text: String,
    /// Whether it is about trouble.
    pub is_bad: bool,
}

/// The least share of failed requests that is spoken of.
const FAILED_MIN: f64 = 0.01;

/// What is happening, by the numbers of the last second; nothing before there are any. Each sentence is true of that
/// second: a node that is down has no process that answers, one without headroom was busy for 95 % of it or more, and
/// requests fail or are answered that ended in it.
pub fn sentence(document: &Document, now: &Snapshot) -> Option<Said> {
    if now.now_s <= 0.0 {
        return None;
    }
    let name = |id: &str| name_of(document, id).unwrap_or_else(|| id.to_owned());
    let levels: Vec<Level> = now.nodes.iter().map(level).collect();
    let down = document.nodes.iter().zip(&levels).find(|(_, level)| **level == Level::Down);
    let links = || document.links.iter().zip(&now.links);
    // What is held back as a whole says more than what is held back in part.
    let cut = links().find(|(_, now)| now.is_cut()).or_else(|| links().find(|(_, now)| now.is_partly_cut()));
    let cause = if let Some((node, _)) = down {
        Some(format!("{} is down.", name(&node.id)))
    } else if let Some((link, now)) = cut {
        Some(cut_words(&name(&link.from), &name(&link.to), now))
    } else {
        let open = links().find(|(_, now)| now.breaker_open);
        open.map(|(link, _)| format!("A circuit breaker of {} refuses calls to {}.", name(&link.from), name(&link.to)))
    };
    // Of the nodes that have no headroom the one where most wait.
    let full = document
        .nodes
        .iter()
        .zip(&levels)
        .zip(&now.nodes)
        .filter(|((_, level), now)| **level == Level::Full && now.waiting() > 0)
        .max_by_key(|(_, now)| now.waiting());
    let effect = match full {
        Some(((node, _), now)) => {
            let wait = if now.waiting() == 1 { "waits" } else { "wait" };
            let requests = format::counted_grouped(now.waiting(), "request");
            Some(format!("{} has no headroom: {requests} {wait} there.", name(&node.id)))
        }
        None if now.error_rate >= FAILED_MIN => {
            let share = format::share(now.error_rate);
            Some(format!("Of the requests that end, {share} fail."))
        }
        None => None,
    };
    if cause.is_none() && effect.is_none() {
        let text = match now.p99_ms {
            Some(p99_ms) if now.error_rate == 0.0 => {
                format!("No request fails, and 99 of 100 answers take at most {}.", format::ms(Some(p99_ms)))
            }
            _ => return None,
        };
        return Some(Said { text, is_bad: false });
    }
    let text = cause.into_iter().chain(effect).collect::<Vec<_>>().join(" ");
    Some(Said { text, is_bad: true })
}

/// Which messages are held back on a link from one node to another.
fn cut_words(from: &str, to: &str, now: &LinkSnapshot) -> String {
    match (now.requests, now.responses) {
        (HeldBack::All, HeldBack::All) => format!("No message passes between {from} and {to}."),
        (HeldBack::All, _) => format!("No request from {from} reaches {to}."),
        (_, HeldBack::All) => format!("No response from {to} reaches {from}."),
        _ => format!("Some replicas of {from} and {to} are cut off from each other."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ReplicaSnapshot;
    use crate::record::node_metrics::{UTILIZATION, WAITING};
    use crate::report::snapshot::NodeSnapshot;

    fn document() -> Document {
        let text = r#"{"headroom": 1, "nodes": [{"id": "users", "kind": "client"}, {"id": "shop", "kind": "app", "name": "Shop app"},
            {"id": "db", "kind": "database", "name": "Orders DB"}],
            "links": [{"from": "users", "to": "shop"}, {"from": "shop", "to": "db"}]}"#;
        crate::codec::open(text).expect("it opens").0
    }

    fn calm() -> Snapshot {
        Snapshot {
            now_s: 10.0,
            p99_ms: Some(140.0),
            nodes: vec![NodeSnapshot::default(); 3],
            links: vec![LinkSnapshot::default(); 2],
            ..Snapshot::default()
        }
    }

    fn said(now: &Snapshot) -> String {
        sentence(&document(), now).map(|said| said.text).unwrap_or_default()
    }

    #[test]
    fn a_calm_system_says_how_fast_it_answers() {
        assert_eq!(said(&calm()), "No request fails, and 99 of 100 answers take at most 140 ms.");
        assert_eq!(said(&Snapshot { now_s: 0.0, ..calm() }), "");
        assert_eq!(said(&Snapshot { p99_ms: None, ..calm() }), "", "nothing was answered");
    }

    #[test]
    fn the_cause_comes_before_what_follows_from_it() {
        let mut now = calm();
        (now.links[1].requests, now.links[1].responses) = (HeldBack::All, HeldBack::All);
        now.nodes[1] = NodeSnapshot::default().with(&UTILIZATION, 1.0).with(&WAITING, 184.0);
        assert_eq!(
            said(&now),
            "No message passes between Shop app and Orders DB. Shop app has no headroom: 184 requests wait there."
        );
    }

    #[test]
    fn a_node_without_a_process_is_down() {
        let mut now = calm();
        now.nodes[2].replicas = vec![ReplicaSnapshot { up: false, ..ReplicaSnapshot::default() }];
        now.error_rate = 0.42;
        assert_eq!(said(&now), "Orders DB is down. Of the requests that end, 42 % fail.");
    }

    #[test]
    fn each_way_to_be_cut_off_has_a_sentence_of_its_own() {
        let cut = |requests, responses| {
            let mut now = calm();
            now.links[1] = LinkSnapshot { requests, responses, ..LinkSnapshot::default() };
            said(&now)
        };
        assert_eq!(cut(HeldBack::All, HeldBack::All), "No message passes between Shop app and Orders DB.");
        assert_eq!(cut(HeldBack::All, HeldBack::None), "No request from Shop app reaches Orders DB.");
        assert_eq!(cut(HeldBack::Some, HeldBack::All), "No response from Orders DB reaches Shop app.");
        assert_eq!(
            cut(HeldBack::None, HeldBack::Some),
            "Some replicas of Shop app and Orders DB are cut off from each other."
        );
    }

    #[test]
    fn one_request_waits_and_nearly_all_is_not_all() {
        let mut now = calm();
        now.nodes[1] = NodeSnapshot::default().with(&UTILIZATION, 1.0).with(&WAITING, 1.0);
        assert_eq!(said(&now), "Shop app has no headroom: 1 request waits there.");
        assert_eq!(said(&Snapshot { error_rate: 0.9997, ..calm() }), "Of the requests that end, more than 99 % fail.");
    }
}
