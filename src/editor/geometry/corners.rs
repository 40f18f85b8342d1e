//! Where something stands over the canvas so that it covers little.

use super::rect::{Point, Rect};

/// The least distance from the edges of the canvas, CSS pixels.
const MARGIN: f64 = 12.0;
/// The zoom controls are at the bottom right, the hints at the top: how high they are with their margins, CSS pixels.
const TAKEN: f64 = 60.0;
/// The width of the zoom controls, and of the words beside them, with their margins, CSS pixels.
const CONTROLS: f64 = 350.0;
/// The least distance between two things over the canvas, CSS pixels.
const GAP: f64 = 8.0;
/// A point over the canvas that covers another thing over it counts as so many that cover a card.
const OVERLAY_WEIGHT: f64 = 4.0;

/// The corners of a canvas for something of `size`, the best first: each with its class in the style sheet.
pub fn corners(canvas: Point, size: Point) -> [(&'static str, Rect); 4] {
    let (left, right) = (MARGIN, canvas[0] - size[0] - MARGIN);
    let bottom = canvas[1] - size[1] - MARGIN;
    // Beside the zoom controls there has to be room for them.
    let is_narrow = canvas[0] < size[0] + 2.0 * MARGIN + CONTROLS;
    let at = |x: f64, y: f64| Rect { x, y, w: size[0], h: size[1] };
    [
        if is_narrow { ("above-controls", at(left, bottom - TAKEN)) } else { ("", at(left, bottom)) },
        ("at-right", at(right, bottom - TAKEN)),
        ("at-top", at(left, MARGIN + TAKEN)),
        ("at-top at-right", at(right, MARGIN + TAKEN)),
    ]
}

/// The class of the corner in which something of `size` covers the least of the cards, the first of equals; and whether
/// it covers any there.
pub fn freest_corner(cards: &[Rect], canvas: Point, size: Point) -> (&'static str, bool) {
    let covered = |corner: &Rect| cards.iter().map(|card| corner.overlap(card)).sum::<f64>();
    let best = first_least(corners(canvas, size), |(_, corner)| covered(corner));
    best.map_or(("", false), |(name, corner)| (name, covered(&corner) > 0.0))
}

/// The upper left corner of something of `size` that covers as little as possible of what lies `over` the canvas
/// already, and of the cards: in the middle at the bottom unless another place is better.
pub fn freest_place(cards: &[Rect], over: &[Rect], canvas: Point, size: Point) -> Point {
    let most = [0, 1].map(|axis| (canvas[axis] - size[axis] - MARGIN).max(MARGIN));
    let across = [(canvas[0] - size[0]) / 2.0, MARGIN, most[0]];
    let beside = over.iter().flat_map(|other| [other.y - GAP - size[1], other.bottom() + GAP]);
    let down = [most[1], MARGIN].into_iter().chain(beside);
    let places = down.flat_map(|y| across.map(|x| [x.clamp(MARGIN, most[0]), y.clamp(MARGIN, most[1])]));
    let cost = |[x, y]: &Point| {
        let place = Rect { x: *x, y: *y, w: size[0], h: size[1] };
        let of = |all: &[Rect]| all.iter().map(|other| place.overlap(other)).sum::<f64>();
        of(cards) + OVERLAY_WEIGHT * of(over)
    };
    first_least(places, cost).unwrap_or(most)
}

/// The first of those that cost the least.
fn first_least<T>(all: impl IntoIterator<Item = T>, cost: impl Fn(&T) -> f64) -> Option<T> {
    let with_cost = all.into_iter().map(|each| (cost(&each), each));
    with_cost.reduce(|best, each| if each.0 < best.0 { each } else { best }).map(|(_, each)| each)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(x: f64, y: f64) -> Rect {
        Rect { x, y, w: 160.0, h: 80.0 }
    }

    #[test]
    fn what_is_said_stands_where_it_covers_the_least() {
        let corner = |cards: &[Rect]| freest_corner(cards, [850.0, 420.0], [428.0, 110.0]).0;
        assert_eq!(corner(&[]), "");
        assert_eq!(corner(&[card(20.0, 100.0), card(600.0, 320.0)]), "");
        assert_eq!(freest_corner(&[], [760.0, 420.0], [428.0, 110.0]).0, "above-controls", "above the zoom controls");
        assert_eq!(corner(&[card(20.0, 320.0)]), "at-right");
        assert_eq!(corner(&[card(20.0, 320.0), card(600.0, 280.0)]), "at-top");
        assert_eq!(corner(&[card(20.0, 320.0), card(600.0, 280.0), card(100.0, 100.0)]), "at-top at-right");
    }

    #[test]
    fn a_full_canvas_has_no_free_corner() {
        let cards: Vec<Rect> = (0..25).map(|n| card(170.0 * f64::from(n % 5), 90.0 * f64::from(n / 5))).collect();
        assert!(freest_corner(&cards, [850.0, 420.0], [428.0, 110.0]).1);
        assert!(!freest_corner(&cards[..3], [850.0, 420.0], [428.0, 110.0]).1);
    }

    #[test]
    fn a_notice_covers_neither_the_question_nor_the_zoom_controls_nor_a_card() {
        let canvas = [854.0, 424.0];
        let size = [560.0, 50.0];
        let question = Rect { x: 12.0, y: 302.0, w: 428.0, h: 110.0 };
        let controls = Rect { x: 650.0, y: 374.0, w: 192.0, h: 38.0 };
        let hints = Rect { x: 12.0, y: 12.0, w: 830.0, h: 48.0 };
        assert_eq!(freest_place(&[], &[], canvas, size), [147.0, 362.0], "in the middle at the bottom");
        for cards in [vec![], vec![card(40.0, 200.0)], vec![card(100.0, 80.0), card(500.0, 80.0)]] {
            for over in [vec![question], vec![question, controls], vec![question, controls, hints]] {
                let [x, y] = freest_place(&cards, &over, canvas, size);
                let notice = Rect { x, y, w: size[0], h: size[1] };
                assert!(over.iter().chain(&cards).all(|other| !other.overlaps(&notice)), "{notice:?} of {over:?}");
                assert!(x >= 0.0 && notice.right() <= canvas[0] && y >= 0.0 && notice.bottom() <= canvas[1]);
            }
        }
    }

    #[test]
    fn what_is_larger_than_the_canvas_begins_in_it() {
        assert_eq!(freest_place(&[card(0.0, 0.0)], &[], [300.0, 100.0], [280.0, 160.0]), [12.0, 12.0]);
    }
}
