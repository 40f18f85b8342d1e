//! Where zones are drawn, and all that is drawn.

use super::cards::card;
use super::rect::{Rect, bounds};
use crate::editor::zones::touches;
use crate::model::Document;

/// Room between a zone's frame and the cards in it.
const ZONE_MARGIN: f64 = 20.0;
/// Height of a zone's head.
const ZONE_HEAD: f64 = 26.0;

/// Where a zone is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct ZonePlace {
    /// Its id.
    pub id: String,
    /// The frame around the nodes that are in it as a whole; `None` when there are only replicas.
    pub frame: Option<Rect>,
    /// Where its name is shown.
    pub head: Rect,
}

/// Where the zones are drawn: a frame around whole nodes, with the name on its upper left corner;
/// the name alone above nodes of which only replicas are in it. No name covers another.
pub fn zones(document: &Document) -> Vec<ZonePlace> {
    let mut all: Vec<ZonePlace> = Vec::new();
    for zone in &document.zones {
        let whole = document.nodes.iter().filter(|node| zone.nodes.contains(&node.id));
        let frame = bounds(whole.map(card)).map(|rect| rect.grown(ZONE_MARGIN));
        let parts = || document.nodes.iter().filter(|node| touches(document, zone, &node.id));
        let Some(around) = frame.or_else(|| bounds(parts().map(card)).map(|rect| rect.grown(ZONE_MARGIN))) else {
            continue;
        };
        let wide = 7.0 * zone.shown_name().chars().count().min(24) as f64 + 76.0;
        let mut head = Rect { x: around.x + 8.0, y: around.y - ZONE_HEAD / 2.0, w: wide, h: ZONE_HEAD };
        if frame.is_none() {
            head.y = around.y - ZONE_HEAD;
        }
        while let Some(other) = all.iter().find(|other| other.head.overlaps(&head)) {
            head.x = other.head.right() + 8.0;
        }
        all.push(ZonePlace { id: zone.id.clone(), frame, head });
    }
    all
}

/// The rectangle around everything that is drawn; `None` when nothing is.
pub fn extent(document: &Document) -> Option<Rect> {
    let zones = zones(document).into_iter().flat_map(|zone| zone.frame.into_iter().chain([zone.head]));
    bounds(document.nodes.iter().map(card).chain(zones))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Node;

    fn node(id: &str, at: [f64; 2]) -> Node {
        Node { id: id.to_owned(), kind: "app".to_owned(), name: String::new(), at, params: Default::default() }
    }

    #[test]
    fn no_zone_hides_the_name_of_another() {
        let zone = |id: &str, nodes: &[&str]| crate::model::Zone {
            id: id.to_owned(),
            name: String::new(),
            nodes: nodes.iter().map(|&it| it.to_owned()).collect(),
        };
        let document = Document {
            nodes: vec![node("a", [0.0, 0.0]), node("b", [300.0, 0.0])],
            zones: vec![zone("x", &["a", "b#1"]), zone("y", &["a"]), zone("r", &["b#1"]), zone("s", &["b#2"])],
            ..Document::default()
        };
        let places = zones(&document);
        assert_eq!(places.iter().map(|it| it.frame.is_some()).collect::<Vec<_>>(), [true, true, false, false]);
        assert!(places[0].frame.is_some_and(|frame| frame.right() < 300.0), "a replica does not stretch the frame");
        for (at, one) in places.iter().enumerate() {
            assert!(!places[..at].iter().any(|other| other.head.overlaps(&one.head)), "{places:?}");
        }
        let extent = extent(&document).expect("there is something");
        assert!(places.iter().all(|it| it.head.x >= extent.x && it.head.right() <= extent.right()));
    }
}
