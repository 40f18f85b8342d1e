//! What is under the pointer. Areas that can be pressed are larger than what is drawn and keep their size on screen,
//! and overlap: of those that lie close together the nearest is meant.

use crate::editor::geometry::{self, Curve, Point, Rect, distance};
use crate::editor::{End, Selection};
use crate::kind::Calls;
use crate::kinds;
use crate::model::{Document, Node};
use std::collections::HashMap;

/// What is under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub enum Hit {
    /// The port of a node.
    Port {
        /// The node's id.
        node: String,
        /// Whether its calls leave from this port; otherwise it is called there.
        out: bool,
    },
    /// The edge of a node, from which links are pulled too.
    Edge(String),
    /// The handle at one end of the selected link.
    LinkEnd {
        /// The link's id.
        link: String,
        /// Which end.
        end: End,
    },
    /// A node, by its id.
    Node(String),
    /// A link, by its id.
    Link(String),
    /// The empty canvas.
    Background,
}

/// How far around what is drawn it can be pressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// CSS pixels on screen for each world pixel.
    pub zoom: f64,
    /// By a finger; otherwise by a mouse or a pen.
    pub is_touch: bool,
}

/// The edge of a card: so far outside, and so far inside it, CSS pixels on screen.
pub const EDGE_PX: [f64; 2] = [8.0, 6.0];
/// The most of a card's inside that is its edge, world pixels: the rest moves it.
pub const EDGE_INSIDE_MAX: f64 = 12.0;
/// The most of a card's inside that belongs to a port, world pixels.
pub const PORT_INSIDE_MAX: f64 = 30.0;
/// No more than this share of a link's length belongs to the port at its end.
const PORT_SHARE: f64 = 0.25;
/// How many straight parts stand for a curve.
const PARTS: usize = 32;

impl Reach {
    /// A length on screen by mouse or by finger, as a length in the world.
    fn of(self, mouse_px: f64, touch_px: f64) -> f64 {
        (if self.is_touch { touch_px } else { mouse_px }) / self.zoom
    }

    /// How far a link's line can be pressed: 20 CSS pixels wide by mouse, 32 by finger.
    fn link(self) -> f64 {
        self.of(10.0, 16.0)
    }
}

/// What is at a point of the world.
pub fn hit(
    document: &Document,
    routes: &HashMap<String, Curve>,
    selection: &Selection,
    at: Point,
    reach: Reach,
) -> Hit {
    if let Some(end) = link_end(routes, selection, at, reach) {
        return end;
    }
    let link = nearest_link(routes, at);
    if let Some(port) = port(document, link.as_ref(), at, reach) {
        return port;
    }
    // Selected cards lie over the others, then those that were drawn later.
    let lies_over = |node: &&Node| geometry::card(node).contains(at);
    let mut under: Vec<&Node> = document.nodes.iter().filter(lies_over).collect();
    under.sort_by_key(|node| selection.nodes.contains(&node.id));
    if let Some(node) = under.last() {
        let inside = geometry::card(node).inset(at);
        let is_edge = !reach.is_touch && inside < (EDGE_PX[1] / reach.zoom).min(EDGE_INSIDE_MAX);
        return if is_edge { Hit::Edge(node.id.clone()) } else { Hit::Node(node.id.clone()) };
    }
    // By finger the edge of a selected card alone: elsewhere a finger pans.
    let outside = reach.of(EDGE_PX[0], 2.0 * EDGE_PX[0]);
    let has_edge = |node: &&Node| {
        (!reach.is_touch || selection.nodes.contains(&node.id)) && geometry::card(node).grown(outside).contains(at)
    };
    let edge = document.nodes.iter().rfind(has_edge).map(|node| Hit::Edge(node.id.clone()));
    match link {
        Some(link) if link.away <= reach.of(4.0, 8.0) => Hit::Link(link.id),
        Some(link) if link.away <= reach.link() && edge.is_none() => Hit::Link(link.id),
        _ => edge.unwrap_or(Hit::Background),
    }
}

/// A link with how far it is from a point, world pixels.
struct Near {
    id: String,
    curve: Curve,
    away: f64,
}

fn nearest_link(routes: &HashMap<String, Curve>, at: Point) -> Option<Near> {
    let near = |(id, curve): (&String, &Curve)| Near { id: id.clone(), curve: *curve, away: from_curve(curve, at) };
    // The order of the map is not always the same.
    routes.iter().map(near).min_by(|a, b| a.away.total_cmp(&b.away).then_with(|| a.id.cmp(&b.id)))
}

/// Where the handle at an end of a link is: a little inside, so that the port can still be pressed.
pub fn handle(curve: &Curve, end: End) -> Point {
    let inside = (24.0 / curve.length()).min(0.36);
    curve.point_at(if end == End::From { inside } else { 1.0 - inside })
}

/// The handle of the selected link that is pressed.
fn link_end(routes: &HashMap<String, Curve>, selection: &Selection, at: Point, reach: Reach) -> Option<Hit> {
    let link = selection.links.first().filter(|_| selection.links.len() == 1 && selection.nodes.is_empty())?;
    let curve = routes.get(link)?;
    let near = |end: &End| distance(handle(curve, *end), at) <= reach.of(9.0, 11.0).max(7.0).min(0.2 * curve.length());
    let end = [End::From, End::To].into_iter().find(near)?;
    Some(Hit::LinkEnd { link: link.clone(), end })
}

/// The port that is pressed, or the link at it, whichever is nearer.
fn port(document: &Document, link: Option<&Near>, at: Point, reach: Reach) -> Option<Hit> {
    let radius = reach.of(12.0, 22.0).max(if reach.is_touch { 22.0 } else { 12.0 });
    // Most of a card moves it, however small it is on screen.
    let on_card = document.nodes.iter().any(|node| geometry::card(node).contains(at));
    let ports = document.nodes.iter().flat_map(|node| [true, false].map(|out| (node, out)));
    let there = ports.filter(|(node, out)| has_port(node, *out)).filter_map(|(node, out)| {
        let card = geometry::card(node);
        let away = distance(port_of(&card, out), at);
        let within = if card.contains(at) { radius.min(PORT_INSIDE_MAX) } else { radius };
        (away <= within && (card.contains(at) || !on_card)).then_some((away, node, out))
    });
    let (away, node, out) = there.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let port = Hit::Port { node: node.id.clone(), out };
    let Some(link) = link else { return Some(port) };
    // So far around its middle a port is pressed whatever else is there.
    let own = reach.of(8.0, 12.0).min(PORT_SHARE * link.curve.length());
    let to_port = (away - own).max(0.0);
    Some(if link.away < to_port && link.away <= reach.link() { Hit::Link(link.id.clone()) } else { port })
}

/// Whether a node has the port where calls leave, or that where it is called.
fn has_port(node: &Node, out: bool) -> bool {
    let info = kinds::info(&node.kind);
    info.is_none_or(|info| if out { info.calls != Calls::None } else { info.called })
}

/// The middle of a port of a card.
fn port_of(card: &Rect, out: bool) -> Point {
    [if out { card.right() } else { card.x }, card.y + geometry::PORT_Y]
}

/// The node at a point: the whole card accepts a link, and a little around it.
pub fn node_at(document: &Document, at: Point, reach: Reach) -> Option<String> {
    let around = reach.of(EDGE_PX[0], 2.0 * EDGE_PX[0]);
    let is_over = |by: f64| move |node: &&Node| geometry::card(node).grown(by).contains(at);
    let mut nodes = document.nodes.iter();
    let inside = nodes.rfind(is_over(0.0)).or_else(|| document.nodes.iter().rfind(is_over(around)));
    inside.map(|node| node.id.clone())
}

/// How near a link runs to the middle of a card that is dropped on it, world pixels.
const INTO_REACH: f64 = 26.0;

/// The link that a card lies on, among those that fit.
pub fn link_under(routes: &HashMap<String, Curve>, card: &Rect, fits: impl Fn(&str) -> bool) -> Option<String> {
    let middle = [card.center()[0], card.y + geometry::PORT_Y];
    let near = |(id, curve): (&String, &Curve)| (from_curve(curve, middle), id.clone());
    let mut all: Vec<(f64, String)> = routes.iter().filter(|(id, _)| fits(id)).map(near).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    all.into_iter().next().filter(|(away, _)| *away <= INTO_REACH).map(|(_, id)| id)
}

/// How far a point is from a curve.
fn from_curve(curve: &Curve, at: Point) -> f64 {
    let point = |part: usize| curve.point_at(part as f64 / PARTS as f64);
    (0..PARTS).map(|part| from_line([point(part), point(part + 1)], at)).fold(f64::INFINITY, f64::min)
}

/// How far a point is from a straight line between two points.
fn from_line([a, b]: [Point; 2], at: Point) -> f64 {
    let along = [b[0] - a[0], b[1] - a[1]];
    let squared = (along[0] * along[0] + along[1] * along[1]).max(1e-9);
    let share = ((at[0] - a[0]) * along[0] + (at[1] - a[1]) * along[1]) / squared;
    let share = share.clamp(0.0, 1.0);
    distance([a[0] + share * along[0], a[1] + share * along[1]], at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two nodes with a gap of 44 between their cards, as far apart as in many examples, and one further below.
    fn pressed(at: Point, zoom: f64, is_touch: bool) -> Hit {
        let text = r#"{"headroom": 1, "nodes": [{"id": "a", "kind": "client", "at": [0, 0]},
            {"id": "b", "kind": "app", "at": [212, 0]}, {"id": "c", "kind": "app", "at": [212, 200]}],
            "links": [{"id": "a-b", "from": "a", "to": "b"}]}"#;
        let document: Document = serde_json::from_str(text).expect("a document");
        hit(&document, &geometry::routes(&document), &Selection::default(), at, Reach { zoom, is_touch })
    }

    fn port_of_a() -> Hit {
        Hit::Port { node: "a".to_owned(), out: true }
    }

    #[test]
    fn a_short_link_is_pressed_in_its_middle_though_ports_cover_it() {
        assert_eq!(pressed([190.0, 40.0], 0.46, true), Hit::Link("a-b".to_owned()));
        assert_eq!(pressed([188.0, 44.0], 0.46, true), Hit::Link("a-b".to_owned()), "a little below it");
    }

    #[test]
    fn a_port_is_pressed_in_its_middle_and_where_no_link_is_nearer() {
        assert_eq!(pressed([168.0, 40.0], 0.46, true), port_of_a());
        assert_eq!(pressed([176.0, 40.0], 0.46, true), port_of_a());
        assert_eq!(pressed([150.0, 52.0], 0.46, true), port_of_a(), "beside it, on the card");
        assert_eq!(pressed([195.0, 238.0], 0.46, true), Hit::Port { node: "c".to_owned(), out: false });
    }

    #[test]
    fn the_middle_of_a_card_moves_it_at_every_zoom() {
        for zoom in [0.1, 0.25, 0.43, 1.0, 4.0] {
            for is_touch in [false, true] {
                let hit = pressed([296.0, 240.0], zoom, is_touch);
                assert_eq!(hit, Hit::Node("c".to_owned()), "at {zoom}, by finger: {is_touch}");
            }
        }
    }

    #[test]
    fn a_link_is_at_least_20_pixels_wide_at_every_zoom() {
        for zoom in [0.1, 0.25, 0.51, 1.0, 2.0, 4.0] {
            let text = r#"{"headroom": 1, "nodes": [{"id": "a", "kind": "client", "at": [0, 0]},
                {"id": "b", "kind": "app", "at": [3000, 0]}], "links": [{"id": "a-b", "from": "a", "to": "b"}]}"#;
            let document: Document = serde_json::from_str(text).expect("a document");
            let routes = geometry::routes(&document);
            for off_px in [-9.5, 0.0, 9.5] {
                let at = [1500.0, 40.0 + off_px / zoom];
                let reach = Reach { zoom, is_touch: false };
                let hit = hit(&document, &routes, &Selection::default(), at, reach);
                assert_eq!(hit, Hit::Link("a-b".to_owned()), "{off_px} px off at {zoom}");
            }
        }
    }

    #[test]
    fn the_edge_of_a_card_is_around_it_and_the_inside_moves_it() {
        let edge = Hit::Edge("c".to_owned());
        assert_eq!(pressed([300.0, 195.0], 1.0, false), edge, "above");
        assert_eq!(pressed([300.0, 203.0], 1.0, false), edge, "just inside");
        assert_eq!(pressed([300.0, 208.0], 1.0, false), Hit::Node("c".to_owned()));
        assert_eq!(pressed([300.0, 185.0], 1.0, false), Hit::Background);
        assert_eq!(pressed([300.0, 203.0], 1.0, true), Hit::Node("c".to_owned()), "by finger it moves");
        assert_eq!(pressed([300.0, 240.0], 0.1, false), Hit::Node("c".to_owned()), "however small");
    }

    #[test]
    fn a_card_lies_on_the_link_that_runs_through_its_middle() {
        let straight = |y: f64| Curve([[0.0, y], [300.0, y], [600.0, y], [900.0, y]]);
        let routes: HashMap<String, Curve> = [("a".to_owned(), straight(0.0)), ("b".to_owned(), straight(30.0))].into();
        let card = Rect { x: 300.0, y: -30.0, w: 168.0, h: 80.0 };
        assert_eq!(link_under(&routes, &card, |_| true).as_deref(), Some("a"));
        assert_eq!(link_under(&routes, &card, |id| id == "b").as_deref(), Some("b"));
        assert_eq!(link_under(&routes, &Rect { y: 60.0, ..card }, |_| true), None);
    }
}
