//! Cards in line with each other.

use super::rect::{Point, Rect, bounds};

/// How cards are brought in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Left edges on the left edge of all.
    Left,
    /// Middles on the vertical line through the middle of all.
    Center,
    /// Right edges on the right edge of all.
    Right,
    /// Top edges on the top edge of all.
    Top,
    /// Middles on the horizontal line through the middle of all.
    Middle,
    /// Bottom edges on the bottom edge of all.
    Bottom,
    /// The gaps between neighbors from left to right become equal; the outermost stay.
    Across,
    /// The gaps between neighbors from top to bottom become equal; the outermost stay.
    Down,
}

/// The top left corners of these cards once they are brought in line, in their order.
pub fn aligned(cards: &[Rect], alignment: Alignment) -> Vec<Point> {
    let Some(all) = bounds(cards.iter().copied()) else { return Vec::new() };
    let place = |card: &Rect| match alignment {
        Alignment::Left => [all.x, card.y],
        Alignment::Center => [all.center()[0] - card.w / 2.0, card.y],
        Alignment::Right => [all.right() - card.w, card.y],
        Alignment::Top => [card.x, all.y],
        Alignment::Middle => [card.x, all.center()[1] - card.h / 2.0],
        Alignment::Bottom => [card.x, all.bottom() - card.h],
        Alignment::Across | Alignment::Down => [card.x, card.y],
    };
    let mut places: Vec<Point> = cards.iter().map(place).collect();
    match alignment {
        Alignment::Across => distribute(cards, &mut places, 0),
        Alignment::Down => distribute(cards, &mut places, 1),
        _ => {}
    }
    places
}

/// Makes the gaps between neighbors equal along an axis.
fn distribute(cards: &[Rect], places: &mut [Point], axis: usize) {
    let start = |index: usize| if axis == 0 { cards[index].x } else { cards[index].y };
    let length = |index: usize| if axis == 0 { cards[index].w } else { cards[index].h };
    let mut order: Vec<usize> = (0..cards.len()).collect();
    order.sort_by(|a, b| start(*a).total_cmp(&start(*b)));
    let (Some(first), Some(last)) = (order.first(), order.last()) else { return };
    let room = start(*last) + length(*last) - start(*first);
    let gaps = cards.len().max(2) - 1;
    let gap = (room - order.iter().map(|index| length(*index)).sum::<f64>()) / gaps as f64;
    let mut next = start(*first);
    for index in order {
        places[index][axis] = next;
        next += length(index) + gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cards() -> [Rect; 3] {
        let card = |x, y, h| Rect { x, y, w: 100.0, h };
        [card(0.0, 10.0, 80.0), card(500.0, 0.0, 94.0), card(150.0, 60.0, 80.0)]
    }

    #[test]
    fn edges_and_middles_come_in_line() {
        let xs = |alignment| aligned(&cards(), alignment).iter().map(|at| at[0]).collect::<Vec<_>>();
        let ys = |alignment| aligned(&cards(), alignment).iter().map(|at| at[1]).collect::<Vec<_>>();
        assert_eq!(xs(Alignment::Left), [0.0; 3]);
        assert_eq!(xs(Alignment::Center), [250.0; 3]);
        assert_eq!(xs(Alignment::Right), [500.0; 3]);
        assert_eq!(ys(Alignment::Top), [0.0; 3]);
        assert_eq!(ys(Alignment::Middle), [30.0, 23.0, 30.0]);
        assert_eq!(ys(Alignment::Bottom), [60.0, 46.0, 60.0]);
        assert_eq!(ys(Alignment::Left), [10.0, 0.0, 60.0], "the other axis stays");
    }

    #[test]
    fn gaps_become_equal_and_the_outermost_stay() {
        let places = aligned(&cards(), Alignment::Across);
        assert_eq!(places.iter().map(|at| at[0]).collect::<Vec<_>>(), [0.0, 500.0, 250.0]);
        assert!(aligned(&[], Alignment::Down).is_empty());
    }
}
