//! Which of the things that lie close together a press means: areas that can be pressed are larger than
//! what is drawn, and overlap.

use super::hit::Hit;
use crate::editor::geometry::{self, Curve, Point, distance};
use crate::model::Document;
use std::collections::HashMap;

/// How far around its middle a port is pressed whatever else is there, CSS pixels on screen: by finger,
/// and by mouse.
const TOUCH_PORT_PX: f64 = 12.0;
const MOUSE_PORT_PX: f64 = 8.0;
/// No more than this share of a link's length belongs to the port at its end.
const PORT_SHARE: f64 = 0.25;
/// How many straight parts stand for a curve.
const PARTS: usize = 32;

/// Where something is pressed.
pub struct Press {
    /// The point, world coordinates.
    pub at: Point,
    /// CSS pixels on screen for each world pixel.
    pub zoom: f64,
    /// By a finger; otherwise by a mouse or a pen.
    pub is_touch: bool,
}

/// What a press means that hit this: of a port and of the links around it the nearest. Everything else is
/// what was hit.
pub fn meant(hit: Hit, press: &Press, document: &Document, routes: &HashMap<String, Curve>) -> Hit {
    let nearest = || {
        let away = |(id, curve): (&String, &Curve)| (id.clone(), *curve, from_curve(curve, press.at));
        routes.iter().map(away).min_by(|a, b| a.2.total_cmp(&b.2))
    };
    match &hit {
        Hit::Link(_) => nearest().map_or(hit, |(id, ..)| Hit::Link(id)),
        Hit::Port { node, out } => {
            let Some(middle) = document.node(node).map(|node| port(&geometry::card(node), *out)) else { return hit };
            let Some((id, curve, to_link)) = nearest() else { return hit };
            let reach_px = if press.is_touch { TOUCH_PORT_PX } else { MOUSE_PORT_PX };
            let reach = (reach_px / press.zoom).min(PORT_SHARE * curve.length());
            let to_port = (distance(middle, press.at) - reach).max(0.0);
            if to_link < to_port { Hit::Link(id) } else { hit }
        }
        _ => hit,
    }
}

/// The middle of a port of a card.
fn port(card: &geometry::Rect, out: bool) -> Point {
    [if out { card.right() } else { card.x }, card.y + geometry::PORT_Y]
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

    /// Two nodes with a gap of 44 between their cards, as far apart as in many examples.
    fn pressed(at: Point, zoom: f64, hit: Hit) -> Hit {
        let text = r#"{"headroom": 1, "nodes": [{"id": "a", "kind": "client", "at": [0, 0]},
            {"id": "b", "kind": "app", "at": [212, 0]}, {"id": "c", "kind": "app", "at": [212, 200]}],
            "links": [{"id": "a-b", "from": "a", "to": "b"}]}"#;
        let document = crate::codec::open(text).expect("it opens").0;
        let press = Press { at, zoom, is_touch: true };
        meant(hit, &press, &document, &geometry::routes(&document))
    }

    fn port_of_a() -> Hit {
        Hit::Port { node: "a".to_owned(), out: true }
    }

    #[test]
    fn a_short_link_is_pressed_in_its_middle_though_ports_cover_it() {
        assert_eq!(pressed([190.0, 40.0], 0.46, port_of_a()), Hit::Link("a-b".to_owned()));
        assert_eq!(pressed([188.0, 44.0], 0.46, port_of_a()), Hit::Link("a-b".to_owned()), "a little below it");
    }

    #[test]
    fn a_port_is_pressed_in_its_middle_and_where_no_link_is_nearer() {
        assert_eq!(pressed([168.0, 40.0], 0.46, port_of_a()), port_of_a());
        assert_eq!(pressed([176.0, 40.0], 0.46, port_of_a()), port_of_a());
        assert_eq!(pressed([150.0, 52.0], 0.46, port_of_a()), port_of_a(), "beside it, on the card");
        let of_c = Hit::Port { node: "c".to_owned(), out: false };
        assert_eq!(pressed([195.0, 238.0], 0.46, of_c.clone()), of_c, "the link is far");
    }

    #[test]
    fn what_is_neither_a_port_nor_a_link_is_meant_as_it_was_hit() {
        assert_eq!(pressed([190.0, 40.0], 1.0, Hit::Node("a".to_owned())), Hit::Node("a".to_owned()));
        assert_eq!(pressed([190.0, 40.0], 1.0, Hit::Background), Hit::Background);
    }
}
