//! The curves that links take between cards.

use super::cards::{PORT_Y, card};
use super::curve::Curve;
use super::rect::{Point, Rect};
use crate::model::Document;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Top,
    Bottom,
}

/// Through which sides a link leaves and arrives: sideways where there is room, else up or down.
fn sides(from: &Rect, to: &Rect) -> (Side, Side) {
    if to.x >= from.right() - 8.0 {
        (Side::Right, Side::Left)
    } else if to.right() <= from.x + 8.0 {
        (Side::Left, Side::Right)
    } else if to.center()[1] >= from.center()[1] {
        (Side::Bottom, Side::Top)
    } else {
        (Side::Top, Side::Bottom)
    }
}

fn on_side(rect: &Rect, side: Side, offset: f64) -> Point {
    let x = rect.center()[0];
    let y = rect.y + rect.h.min(2.0 * PORT_Y) / 2.0;
    match side {
        Side::Left => [rect.x, y + offset],
        Side::Right => [rect.right(), y + offset],
        Side::Top => [x + offset, rect.y],
        Side::Bottom => [x + offset, rect.bottom()],
    }
}

fn handle(point: Point, side: Side, reach: f64) -> Point {
    match side {
        Side::Left => [point[0] - reach, point[1]],
        Side::Right => [point[0] + reach, point[1]],
        Side::Top => [point[0], point[1] - reach],
        Side::Bottom => [point[0], point[1] + reach],
    }
}

fn curve(start: Point, start_side: Side, end: Point, end_side: Side) -> Curve {
    let along = match start_side {
        Side::Left | Side::Right => (start[0] - end[0]).abs(),
        Side::Top | Side::Bottom => (start[1] - end[1]).abs(),
    };
    let reach = (along / 2.0).clamp(16.0, 140.0);
    Curve([start, handle(start, start_side, reach), handle(end, end_side, reach), end])
}

/// The curve of a link being drawn: from a node to wherever the pointer is.
pub fn loose_curve(from: &Rect, to: Point) -> Curve {
    let target = Rect { x: to[0], y: to[1], w: 0.0, h: 0.0 };
    let (out, into) = sides(from, &target);
    curve(on_side(from, out, 0.0), out, to, into)
}

/// The curves of all links. Where several meet one side of a card they are spread along it, in
/// the order of where they come from, so that they cross no more than necessary.
pub fn routes(document: &Document) -> HashMap<String, Curve> {
    let cards: Vec<Rect> = document.nodes.iter().map(card).collect();
    let by_id: HashMap<&str, usize> =
        document.nodes.iter().enumerate().map(|(index, node)| (node.id.as_str(), index)).collect();
    let at = |id: &str| by_id.get(id).copied();
    let ends: Vec<_> = document
        .links
        .iter()
        .filter_map(|link| {
            let (from_at, to_at) = (at(&link.from)?, at(&link.to)?);
            let (from, to) = (cards[from_at], cards[to_at]);
            let (out, into) = sides(&from, &to);
            Some((link.id.as_str(), from, to, out, into, from_at, to_at))
        })
        .collect();
    // For each side of each card: where a link's other end is, which link it is, and whether it
    // leaves there.
    type Meeting = (f64, usize, bool);
    let mut meeting: Vec<[Vec<Meeting>; 4]> = vec![Default::default(); cards.len()];
    for (index, (_, from, to, out, into, from_at, to_at)) in ends.iter().enumerate() {
        let along = |side: Side, other: &Rect| match side {
            Side::Left | Side::Right => other.center()[1],
            Side::Top | Side::Bottom => other.center()[0],
        };
        meeting[*from_at][*out as usize].push((along(*out, to), index, true));
        meeting[*to_at][*into as usize].push((along(*into, from), index, false));
    }
    let mut offsets = vec![[0.0; 2]; ends.len()];
    for (side, mut all) in meeting.into_iter().flat_map(|sides| sides.into_iter().enumerate()) {
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let room = if side < Side::Top as usize { 44.0 } else { 100.0 };
        let step = (room / all.len() as f64).min(22.0);
        for (position, (_, index, leaves)) in all.iter().enumerate() {
            let offset = (position as f64 - (all.len() as f64 - 1.0) / 2.0) * step;
            offsets[*index][usize::from(!leaves)] = offset;
        }
    }
    ends.iter()
        .zip(offsets)
        .map(|((id, from, to, out, into, _, _), offset)| {
            let (start, end) = (on_side(from, *out, offset[0]), on_side(to, *into, offset[1]));
            ((*id).to_owned(), curve(start, *out, end, *into))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::geometry::{CARD_HEIGHT, CARD_WIDTH, distance};
    use crate::model::{Link, Node};

    fn node(id: &str, at: Point) -> Node {
        Node { id: id.to_owned(), kind: "app".to_owned(), name: String::new(), at, params: Default::default() }
    }

    fn link(id: &str, from: &str, to: &str) -> Link {
        Link { id: id.to_owned(), from: from.to_owned(), to: to.to_owned(), params: Default::default() }
    }

    #[test]
    fn a_curve_begins_and_ends_at_the_cards() {
        let document = Document {
            nodes: vec![node("a", [0.0, 0.0]), node("b", [300.0, 100.0]), node("c", [0.0, 300.0])],
            links: vec![link("ab", "a", "b"), link("ac", "a", "c"), link("ba", "b", "a"), link("x", "a", "gone")],
            ..Document::default()
        };
        let routes = routes(&document);
        assert_eq!(routes.len(), 3, "a link to nowhere has no curve");
        let ab = routes["ab"];
        assert_eq!(ab.point_at(0.0)[0], CARD_WIDTH);
        assert_eq!(ab.point_at(1.0)[0], 300.0);
        let ac = routes["ac"];
        assert_eq!((ac.point_at(0.0)[1], ac.point_at(1.0)[1]), (CARD_HEIGHT, 300.0), "below goes down");
        let there = routes["ab"].point_at(0.5);
        let back = routes["ba"].point_at(0.5);
        assert!(distance(there, back) > 10.0, "there and back are two lines: {there:?} {back:?}");
    }

    #[test]
    fn links_that_meet_a_side_do_not_cross() {
        let document = Document {
            nodes: vec![node("a", [0.0, 200.0]), node("low", [300.0, 400.0]), node("high", [300.0, 0.0])],
            links: vec![link("to_low", "a", "low"), link("to_high", "a", "high")],
            ..Document::default()
        };
        let routes = routes(&document);
        assert!(routes["to_high"].point_at(0.0)[1] < routes["to_low"].point_at(0.0)[1]);
    }
}
