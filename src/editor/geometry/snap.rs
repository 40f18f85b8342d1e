//! The grid, and free places on it.

use super::cards::{CARD_HEIGHT, CARD_WIDTH, REPLICAS_HEIGHT};
use super::curve::distance;
use super::rect::{Point, Rect};

/// Distance of the dots of the grid; a drag snaps to half of it.
pub const GRID: f64 = 20.0;

/// To the nearest half of the grid.
pub fn snap(point: Point) -> Point {
    point.map(|value| (value / (GRID / 2.0)).round() * (GRID / 2.0))
}

/// By how much to move so that the first of the moved corners lands on the grid.
pub fn snapped_move(corner: Point, by: Point) -> Point {
    let to = snap([corner[0] + by[0], corner[1] + by[1]]);
    [to[0] - corner[0], to[1] - corner[1]]
}

/// A top left corner near `near` (the wanted middle) where a new card covers no other.
pub fn free_place(taken: &[Rect], near: Point) -> Point {
    let corner = snap([near[0] - CARD_WIDTH / 2.0, near[1] - CARD_HEIGHT / 2.0]);
    let is_free = |[x, y]: Point| {
        let card = Rect { x, y, w: CARD_WIDTH, h: CARD_HEIGHT + REPLICAS_HEIGHT }.grown(GRID / 2.0);
        !taken.iter().any(|other| other.overlaps(&card))
    };
    // Rings of growing size around the wanted place, nearest first.
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
