//! The cards of nodes.

use super::rect::Rect;
use crate::kinds;
use crate::model::Node;

/// Width of a node's card in world pixels.
pub const CARD_WIDTH: f64 = 168.0;
/// How far below a card's top its ports are: the same on every card, so that links are level.
pub const PORT_Y: f64 = 40.0;
/// Height of a card without replicas.
pub const CARD_HEIGHT: f64 = 80.0;
/// What a row of replicas adds to a card's height.
pub const REPLICAS_HEIGHT: f64 = 14.0;

/// The card of a node.
pub fn card(node: &Node) -> Rect {
    let h = if kinds::replicas(node) > 1 { CARD_HEIGHT + REPLICAS_HEIGHT } else { CARD_HEIGHT };
    Rect { x: node.at[0], y: node.at[1], w: CARD_WIDTH, h }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, at: [f64; 2]) -> Node {
        Node { id: id.to_owned(), kind: "app".to_owned(), name: String::new(), at, params: Default::default() }
    }

    #[test]
    fn a_rectangle_overlaps_the_cards_that_it_touches() {
        let card = card(&node("a", [100.0, 100.0]));
        assert!(Rect::between([90.0, 90.0], [101.0, 101.0]).overlaps(&card));
        assert!(Rect::between([300.0, 300.0], [259.0, 179.0]).overlaps(&card));
        assert!(!Rect::between([0.0, 0.0], [99.0, 400.0]).overlaps(&card));
    }
}
