//! Where things are on the canvas: numbers in, numbers out.
//!
//! *World* coordinates are canvas pixels as the document stores them; *screen* coordinates are
//! pixels from the canvas element's top left corner. A [`Camera`] turns one into the other.

use crate::kinds;
use crate::model::{Document, Node};
use std::collections::HashMap;

/// `[x, y]`.
pub type Point = [f64; 2];

/// Width of a node's card in world pixels.
pub const CARD_WIDTH: f64 = 168.0;
/// How far below a card's top its ports are: the same on every card, so that links run level.
pub const PORT_Y: f64 = 40.0;
/// Height of a card without replicas.
pub const CARD_HEIGHT: f64 = 80.0;
/// What a row of replicas adds to a card's height.
pub const REPLICAS_HEIGHT: f64 = 14.0;
/// Distance of the dots of the grid, and what a drag snaps to half of.
pub const GRID: f64 = 20.0;
/// The least zoom.
pub const ZOOM_MIN: f64 = 0.1;
/// The greatest zoom.
pub const ZOOM_MAX: f64 = 4.0;

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// The rectangle between two opposite corners, given in any order.
    pub fn between(a: Point, b: Point) -> Rect {
        Rect { x: a[0].min(b[0]), y: a[1].min(b[1]), w: (a[0] - b[0]).abs(), h: (a[1] - b[1]).abs() }
    }

    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Bottom edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// The middle.
    pub fn center(&self) -> Point {
        [self.x + self.w / 2.0, self.y + self.h / 2.0]
    }

    /// Whether they share any area, be it ever so little.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// As SVG path data, with rounded corners.
    pub fn rounded(&self, r: f64) -> String {
        let (w, h) = (self.w - 2.0 * r, self.h - 2.0 * r);
        let (x, y) = (self.x + r, self.y);
        format!(
            "M{x:.1} {y:.1}h{w:.1}q{r} 0 {r} {r}v{h:.1}q0 {r} -{r} {r}h-{w:.1}q-{r} 0 -{r} -{r}v-{h:.1}q0 -{r} {r} -{r}z"
        )
    }

    /// Grown by a margin on every side.
    pub fn grown(&self, by: f64) -> Rect {
        Rect { x: self.x - by, y: self.y - by, w: self.w + 2.0 * by, h: self.h + 2.0 * by }
    }

    /// The smallest rectangle around both.
    pub fn union(&self, other: &Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Rect { x, y, w: self.right().max(other.right()) - x, h: self.bottom().max(other.bottom()) - y }
    }
}

/// The rectangle around all of them; `None` when there are none.
pub fn bounds(rects: impl IntoIterator<Item = Rect>) -> Option<Rect> {
    rects.into_iter().reduce(|a, b| a.union(&b))
}

/// The card of a node.
pub fn card(node: &Node) -> Rect {
    let h = if kinds::replicas(node) > 1 { CARD_HEIGHT + REPLICAS_HEIGHT } else { CARD_HEIGHT };
    Rect { x: node.at[0], y: node.at[1], w: CARD_WIDTH, h }
}

/// Room between a zone's frame and the cards in it.
const ZONE_MARGIN: f64 = 20.0;
/// Height of a zone's head.
const ZONE_HEAD: f64 = 26.0;

/// Where a zone is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct ZonePlace {
    /// Its id.
    pub id: String,
    /// The frame around the nodes that stand in it as a whole; `None` when there are only replicas.
    pub frame: Option<Rect>,
    /// Where its name stands.
    pub head: Rect,
}

/// Where the zones are drawn: a frame around whole nodes, with the name on its upper left corner;
/// the name alone above those of whom only replicas stand in it. No name covers another.
pub fn zones(document: &Document) -> Vec<ZonePlace> {
    let mut all: Vec<ZonePlace> = Vec::new();
    for zone in &document.zones {
        let whole = document.nodes.iter().filter(|node| zone.nodes.contains(&node.id));
        let frame = bounds(whole.map(card)).map(|rect| rect.grown(ZONE_MARGIN));
        let parts = || document.nodes.iter().filter(|node| super::zones::touches(document, zone, &node.id));
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

/// What part of the world the canvas shows: `screen = world × zoom + (x, y)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Screen x of the world's origin.
    pub x: f64,
    /// Screen y of the world's origin.
    pub y: f64,
    /// Screen pixels a world pixel.
    pub zoom: f64,
}

impl Default for Camera {
    fn default() -> Self {
        Camera { x: 0.0, y: 0.0, zoom: 1.0 }
    }
}

impl Camera {
    /// Screen → world.
    pub fn to_world(&self, screen: Point) -> Point {
        [(screen[0] - self.x) / self.zoom, (screen[1] - self.y) / self.zoom]
    }

    /// World → screen.
    pub fn to_screen(&self, world: Point) -> Point {
        [world[0] * self.zoom + self.x, world[1] * self.zoom + self.y]
    }

    /// Moved by screen pixels.
    pub fn panned(&self, by: Point) -> Camera {
        Camera { x: self.x + by[0], y: self.y + by[1], zoom: self.zoom }
    }

    /// Zoomed by a factor; what is under the pointer stays under it.
    pub fn zoomed_at(&self, pointer: Point, factor: f64) -> Camera {
        let world = self.to_world(pointer);
        let zoom = (self.zoom * factor).clamp(ZOOM_MIN, ZOOM_MAX);
        Camera { x: pointer[0] - world[0] * zoom, y: pointer[1] - world[1] * zoom, zoom }
    }

    /// Shows all of `content` in the middle of a canvas of this size, at most at `zoom_max`.
    pub fn fit(content: Rect, canvas: Point, padding: f64, zoom_max: f64) -> Camera {
        let room = [(canvas[0] - 2.0 * padding).max(40.0), (canvas[1] - 2.0 * padding).max(40.0)];
        let zoom = (room[0] / content.w.max(1.0)).min(room[1] / content.h.max(1.0)).clamp(ZOOM_MIN, zoom_max);
        let middle = content.center();
        Camera { x: canvas[0] / 2.0 - middle[0] * zoom, y: canvas[1] / 2.0 - middle[1] * zoom, zoom }
    }
}

/// A cubic Bézier curve: start, two handles, end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve(pub [Point; 4]);

/// Whether two straight lines, each between two points, cross.
fn lines_cross([a, b]: [Point; 2], [c, d]: [Point; 2]) -> bool {
    let side = |p: Point, q: Point, r: Point| (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]) > 0.0;
    side(a, b, c) != side(a, b, d) && side(c, d, a) != side(c, d, b)
}

impl Curve {
    /// Whether a straight line between two points crosses it.
    pub fn is_crossed(&self, line: [Point; 2]) -> bool {
        const STEPS: usize = 24;
        let at = |step: usize| self.point_at(step as f64 / STEPS as f64);
        (0..STEPS).any(|step| lines_cross([at(step), at(step + 1)], line))
    }

    /// The point a share `t` of the way along (by parameter, not by length).
    pub fn point_at(&self, t: f64) -> Point {
        let [a, b, c, d] = self.0;
        let u = 1.0 - t;
        let (k0, k1, k2, k3) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
        [0, 1].map(|axis| k0 * a[axis] + k1 * b[axis] + k2 * c[axis] + k3 * d[axis])
    }

    /// Its length, near enough for pacing what moves along it.
    pub fn length(&self) -> f64 {
        let points: Vec<Point> = (0..=8).map(|i| self.point_at(f64::from(i) / 8.0)).collect();
        points.windows(2).map(|two| distance(two[0], two[1])).sum()
    }

    /// A small arrowhead at its end, as SVG path data.
    pub fn arrow(&self) -> String {
        let [_, _, handle, end] = self.0;
        let length = distance(handle, end).max(1e-6);
        let [dx, dy] = [(end[0] - handle[0]) / length, (end[1] - handle[1]) / length];
        let wing = |side: f64| [end[0] - 9.0 * dx + side * 5.0 * dy, end[1] - 9.0 * dy - side * 5.0 * dx];
        let (a, b) = (wing(1.0), wing(-1.0));
        format!("M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z", a[0], a[1], end[0], end[1], b[0], b[1])
    }

    /// As SVG path data.
    pub fn path(&self) -> String {
        let [a, b, c, d] = self.0;
        format!("M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}", a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1])
    }
}

/// How far apart two points are.
pub fn distance(a: Point, b: Point) -> f64 {
    libm::hypot(a[0] - b[0], a[1] - b[1])
}

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
/// the order of where they come from, so that they do not cross needlessly.
pub fn routes(document: &Document) -> HashMap<String, Curve> {
    let cards: Vec<Rect> = document.nodes.iter().map(card).collect();
    let mut by_id: Vec<(&str, usize)> =
        document.nodes.iter().enumerate().map(|(at, it)| (it.id.as_str(), at)).collect();
    by_id.sort();
    let at = |id: &str| Some(by_id[by_id.binary_search_by(|(it, _)| (*it).cmp(id)).ok()?].1);
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

/// To the nearest half of the grid.
pub fn snap(point: Point) -> Point {
    point.map(|value| (value / (GRID / 2.0)).round() * (GRID / 2.0))
}

/// By how much to move so that the first of the moved corners lands on the grid.
pub fn snapped_move(corner: Point, by: Point) -> Point {
    let to = snap([corner[0] + by[0], corner[1] + by[1]]);
    [to[0] - corner[0], to[1] - corner[1]]
}

/// A top left corner near `near` (the wished middle) where a new card covers no other.
pub fn free_place(taken: &[Rect], near: Point) -> Point {
    let corner = snap([near[0] - CARD_WIDTH / 2.0, near[1] - CARD_HEIGHT / 2.0]);
    let is_free = |[x, y]: Point| {
        let card = Rect { x, y, w: CARD_WIDTH, h: CARD_HEIGHT + REPLICAS_HEIGHT }.grown(GRID / 2.0);
        !taken.iter().any(|other| other.overlaps(&card))
    };
    // Rings of growing size around the wish, nearest first.
    let mut places: Vec<Point> = Vec::new();
    for ring in 0_i32..12 {
        for dx in -ring..=ring {
            for dy in -ring..=ring {
                if dx.abs().max(dy.abs()) == ring {
                    places.push([corner[0] + f64::from(dx) * 3.0 * GRID, corner[1] + f64::from(dy) * 3.0 * GRID]);
                }
            }
        }
    }
    let free = places.into_iter().filter(|place| is_free(*place));
    free.min_by(|a, b| distance(*a, corner).total_cmp(&distance(*b, corner))).unwrap_or(corner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Link;

    #[test]
    fn a_line_crosses_the_curves_that_it_divides() {
        let curve = Curve([[0.0, 0.0], [50.0, 0.0], [50.0, 100.0], [100.0, 100.0]]);
        assert!(curve.is_crossed([[50.0, -20.0], [50.5, 200.0]]));
        assert!(curve.is_crossed([[0.0, 60.0], [100.0, 40.0]]));
        assert!(!curve.is_crossed([[0.0, 60.0], [30.0, 60.0]]), "it ends before the curve");
        assert!(!curve.is_crossed([[-10.0, -10.0], [-10.0, 200.0]]));
    }

    fn node(id: &str, at: Point) -> Node {
        Node { id: id.to_owned(), kind: "app".to_owned(), name: String::new(), at, params: Default::default() }
    }

    fn link(id: &str, from: &str, to: &str) -> Link {
        Link { id: id.to_owned(), from: from.to_owned(), to: to.to_owned(), params: Default::default() }
    }

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let view = Camera { x: 31.0, y: -12.0, zoom: 0.7 };
        let pointer = [200.0, 140.0];
        for factor in [0.01, 0.5, 1.1, 3.0, 100.0] {
            let zoomed = view.zoomed_at(pointer, factor);
            let (before, after) = (view.to_world(pointer), zoomed.to_world(pointer));
            assert!(distance(before, after) < 1e-9, "{factor}: {before:?} became {after:?}");
            assert!((ZOOM_MIN..=ZOOM_MAX).contains(&zoomed.zoom));
        }
    }

    #[test]
    fn screen_and_world_are_each_others_way_back() {
        let view = Camera { x: 31.0, y: -12.0, zoom: 1.7 };
        let back = view.to_world(view.to_screen([3.0, 4.0]));
        assert!(distance(back, [3.0, 4.0]) < 1e-9);
    }

    #[test]
    fn fitting_shows_everything_with_room_around_it() {
        let content = Rect { x: 100.0, y: -50.0, w: 900.0, h: 300.0 };
        let view = Camera::fit(content, [390.0, 500.0], 16.0, 1.0);
        let (a, b) = (view.to_screen([content.x, content.y]), view.to_screen([content.right(), content.bottom()]));
        assert!(a[0] >= 15.9 && b[0] <= 374.1 && a[1] >= 15.9 && b[1] <= 484.1, "{a:?} {b:?}");
        assert!((a[0] - 16.0).abs() < 0.01, "the narrower side is used in full: {a:?}");
    }

    #[test]
    fn a_marquee_selects_what_it_touches() {
        let card = card(&node("a", [100.0, 100.0]));
        assert!(Rect::between([90.0, 90.0], [101.0, 101.0]).overlaps(&card));
        assert!(Rect::between([300.0, 300.0], [259.0, 179.0]).overlaps(&card));
        assert!(!Rect::between([0.0, 0.0], [99.0, 400.0]).overlaps(&card));
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

    #[test]
    fn a_new_card_covers_no_other() {
        let mut taken: Vec<Rect> = Vec::new();
        for _ in 0..30 {
            let [x, y] = free_place(&taken, [400.0, 300.0]);
            let card = Rect { x, y, w: CARD_WIDTH, h: CARD_HEIGHT };
            assert!(!taken.iter().any(|other| other.overlaps(&card)), "{card:?} covers one of {taken:?}");
            taken.push(card);
        }
    }

    #[test]
    fn a_move_ends_on_the_grid() {
        let by = snapped_move([3.0, 7.0], [104.0, 0.0]);
        assert_eq!([3.0 + by[0], 7.0 + by[1]], [110.0, 10.0]);
    }
}
