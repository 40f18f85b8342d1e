//! One sentence, or two short ones, that say what is happening now: the worst thing, and what follows from it.

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
/// second: a node that is down has no process that answers, one without headroom was busy for 95 % of it or more.
pub fn sentence(document: &Document, now: &Snapshot) -> Option<Said> {
    if now.now_s <= 0.0 {
        return None;
    }
    let name = |id: &str| name_of(document, id).unwrap_or_else(|| id.to_owned());
    let levels: Vec<Level> = now.nodes.iter().map(level).collect();
    let down = document.nodes.iter().zip(&levels).find(|(_, level)| **level == Level::Down);
    let link = |is: fn(&LinkSnapshot) -> bool| {
        let found = document.links.iter().zip(&now.links).find(|(_, now)| is(now));
        found.map(|(link, _)| (name(&link.from), name(&link.to)))
    };
    let cause = if let Some((node, _)) = down {
        Some(format!("{} is down.", name(&node.id)))
    } else if let Some((from, to)) = link(|link| link.cut) {
        Some(format!("The link from {from} to {to} is cut."))
    } else {
        link(|link| link.breaker_open)
            .map(|(from, to)| format!("The breaker from {from} to {to} is open: it refuses calls."))
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
        Some(((node, _), now)) => Some(format!(
            "{} has no headroom: {} wait there.",
            name(&node.id),
            format::counted(now.waiting() as usize, "request")
        )),
        None if now.error_rate >= FAILED_MIN => {
            Some(format!("{} % of the requests fail.", format::percent(now.error_rate)))
        }
        None => None,
    };
    if cause.is_none() && effect.is_none() {
        let text = match now.p99_ms {
            Some(p99_ms) if now.error_rate == 0.0 => {
                format!("All requests are answered, 99 of 100 within {}.", format::ms(Some(p99_ms)))
            }
            _ => return None,
        };
        return Some(Said { text, is_bad: false });
    }
    let text = cause.into_iter().chain(effect).collect::<Vec<_>>().join(" ");
    Some(Said { text, is_bad: true })
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
        assert_eq!(said(&calm()), "All requests are answered, 99 of 100 within 140 ms.");
        assert_eq!(said(&Snapshot { now_s: 0.0, ..calm() }), "");
        assert_eq!(said(&Snapshot { p99_ms: None, ..calm() }), "", "nothing was answered");
    }

    #[test]
    fn the_cause_comes_before_what_follows_from_it() {
        let mut now = calm();
        now.links[1].cut = true;
        now.nodes[1] = NodeSnapshot::default().with(&UTILIZATION, 1.0).with(&WAITING, 184.0);
        assert_eq!(
            said(&now),
            "The link from Shop app to Orders DB is cut. Shop app has no headroom: 184 requests wait there."
        );
    }

    #[test]
    fn a_node_without_a_process_is_down() {
        let mut now = calm();
        now.nodes[2].replicas = vec![ReplicaSnapshot { up: false, ..ReplicaSnapshot::default() }];
        now.error_rate = 0.42;
        assert_eq!(said(&now), "Orders DB is down. 42 % of the requests fail.");
    }
}
