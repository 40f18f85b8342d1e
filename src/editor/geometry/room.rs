//! Where there is room for cards.

use super::cards::{CARD_HEIGHT, CARD_WIDTH, REPLICAS_HEIGHT};
use super::rect::{Point, Rect, bounds};
use super::snap::GRID;

/// The gap between cards that are placed beside each other: a link between them can be seen and pressed.
pub const GAP: f64 = 52.0;
/// From one card to the next one to the right.
pub const COLUMN: f64 = CARD_WIDTH + GAP;
/// The least gap between a card and those above and below it.
const ROW_GAP: f64 = 2.0 * GRID;
/// How many rows of the grid above and below are looked at.
const ROWS: i32 = 200;

/// A card at this corner that may have replicas.
pub fn card_at([x, y]: Point) -> Rect {
    Rect { x, y, w: CARD_WIDTH, h: CARD_HEIGHT + REPLICAS_HEIGHT }
}

/// Whether a card there leaves room around itself.
fn is_free(taken: &[Rect], card: &Rect) -> bool {
    let around = Rect { x: card.x - GRID, y: card.y - ROW_GAP, w: card.w + 2.0 * GRID, h: card.h + 2.0 * ROW_GAP };
    !taken.iter().any(|other| other.overlaps(&around))
}

/// The free place for a new card in a column, as near as possible to a height; below rather than above.
pub fn free_in_column(taken: &[Rect], [x, y]: Point) -> Point {
    let steps = (0..ROWS).flat_map(|step| [step, -step]);
    let places = steps.map(|step| [x, y + f64::from(step) * GRID]);
    let mut free = places.filter(|at| is_free(taken, &card_at(*at)));
    free.next().unwrap_or([x, y])
}

/// How far copies of these cards go so that they lie over nothing: not at all, else below, else to the right, else
/// further below.
pub fn beside(taken: &[Rect], cards: &[Rect]) -> Point {
    let Some(all) = bounds(cards.iter().copied()) else { return [0.0, 0.0] };
    let up = |length: f64| (length / GRID).ceil() * GRID;
    let (down, right) = (up(all.h + ROW_GAP), up(all.w + GAP));
    let fits = |by: &Point| {
        cards.iter().all(|card| {
            let moved = Rect { x: card.x + by[0], y: card.y + by[1], ..*card };
            !taken.iter().any(|other| other.overlaps(&moved.grown(GRID / 2.0)))
        })
    };
    let places = (1..60).flat_map(|ring| {
        let ring = f64::from(ring);
        [[0.0, down * ring], [right * ring, 0.0], [right * ring, down * ring], [-right * ring, 0.0]]
    });
    let mut free = std::iter::once([0.0, 0.0]).chain(places).filter(|by| fits(by));
    free.next().unwrap_or([2.0 * GRID, 2.0 * GRID])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_filled_from_a_height_on() {
        let mut taken = Vec::new();
        for _ in 0..5 {
            let at = free_in_column(&taken, [220.0, 100.0]);
            assert_eq!(at[0], 220.0);
            assert!(!taken.iter().any(|other: &Rect| other.overlaps(&card_at(at))), "{at:?} of {taken:?}");
            taken.push(card_at(at));
        }
        assert_eq!([taken[0].y, taken[0].x], [100.0, 220.0]);
        assert!(taken[1].y > taken[0].y, "below first");
    }

    #[test]
    fn copies_of_copies_lie_over_nothing() {
        let original = [card_at([0.0, 0.0]), card_at([220.0, 40.0])];
        let mut taken = original.to_vec();
        for _ in 0..12 {
            let by = beside(&taken, &original);
            for card in original {
                let copy = Rect { x: card.x + by[0], y: card.y + by[1], ..card };
                assert!(!taken.iter().any(|other| other.overlaps(&copy)), "{by:?}");
                taken.push(copy);
            }
        }
    }
}
