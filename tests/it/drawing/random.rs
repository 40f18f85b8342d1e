//! A hand that does anything: what is drawn stays a diagram, and every step can be undone and redone.

use super::driver::Driver;
use crate::samples::shop;
use headroom::editor::Command;
use headroom::editor::geometry::Point;
use headroom::editor::pointer::{Press, Surface};
use headroom::kinds;
use proptest::prelude::*;

/// What a random hand does.
#[derive(Clone, Debug)]
enum Act {
    Drag { from: Point, to: Point, keys: u8, ends: bool },
    Take { kind: usize, to: Point },
    Click(Point),
    Choose(usize),
    Undo,
    Redo,
    Arrange,
    Duplicate,
}

fn any_act() -> impl Strategy<Value = Act> {
    let point = || (-50.0..1000.0_f64, -50.0..700.0_f64).prop_map(|(x, y)| [x, y]);
    prop_oneof![
        6 => (point(), point(), 0_u8..8, any::<bool>()).prop_map(|(from, to, keys, ends)| Act::Drag { from, to, keys, ends }),
        3 => (0_usize..7, point()).prop_map(|(kind, to)| Act::Take { kind, to }),
        2 => point().prop_map(Act::Click),
        2 => (0_usize..7).prop_map(Act::Choose),
        1 => Just(Act::Undo),
        1 => Just(Act::Redo),
        1 => Just(Act::Arrange),
        1 => Just(Act::Duplicate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a hand does: the diagram stays one, undo leads to the start and redo to the end.
    #[test]
    fn any_drawing_can_be_undone_to_the_start_and_redone_to_the_end(acts in prop::collection::vec(any_act(), 1..40)) {
        let start = shop();
        let mut hand = Driver::new(start.clone()).zoomed(0.8);
        for act in acts {
            hand.press = Press::default();
            hand = match act {
                Act::Drag { from, to, keys, ends } => {
                    hand.press.adds = keys & 1 != 0;
                    hand.press.copies = keys & 2 != 0;
                    hand.press.is_touch = keys & 4 != 0;
                    let before = hand.document();
                    let hand = hand.pointer_down(from).move_to(to);
                    if ends {
                        hand.up()
                    } else {
                        let hand = hand.escape();
                        prop_assert_eq!(hand.document(), before);
                        hand
                    }
                }
                Act::Take { kind, to } => hand.take(kinds::all()[kind].id).move_to(to).up(),
                Act::Click(at) => hand.click(at),
                Act::Choose(which) => {
                    let asked = hand.canvas.0.borrow().asked.clone();
                    // The page asks no longer once something else was done.
                    let offered = asked.filter(|link| hand.document().node(&link.fixed).is_some());
                    let offered = offered.map(|link| headroom::editor::pointer::kinds_at(&hand.document(), &link)).unwrap_or_default();
                    if offered.is_empty() { hand } else { hand.choose(offered[which % offered.len()]) }
                }
                Act::Undo => hand.undo(),
                Act::Redo => {
                    hand.canvas.0.borrow_mut().editor.redo();
                    hand
                }
                Act::Arrange => {
                    let places = headroom::editor::arrange::arranged(&hand.document());
                    hand.canvas.apply(Command::MoveTo(places));
                    hand
                }
                Act::Duplicate => {
                    let selection = hand.canvas.selection();
                    hand.canvas.apply(Command::Duplicate(selection));
                    hand
                }
            };
            hand.settle();
        }
        let hand = hand.escape();
        let mut board = hand.canvas.0.borrow_mut();
        let end = board.editor.document().clone();
        let mut steps = 0;
        while board.editor.undo() {
            steps += 1;
        }
        prop_assert_eq!(&**board.editor.document(), &start);
        for _ in 0..steps {
            prop_assert!(board.editor.redo());
        }
        prop_assert_eq!(board.editor.document(), &end);
    }
}
