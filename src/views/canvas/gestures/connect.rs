//! Drawing a link: pulled from a port to a node, or by a click on a port and a click on a node.

use super::loose_end::{LooseEnd, ends};
use crate::editor::{Command, End};
use crate::views::gestures::{Gesture, Next, Pointer};
use crate::views::state::Ui;

/// A link is drawn.
pub struct Connect {
    end: LooseEnd,
    /// The port was clicked, and the loose end follows the pointer until the next click.
    by_clicks: bool,
}

impl Connect {
    /// From the port where calls leave (`out`), or backwards from the port where the node is called.
    pub fn new(ui: Ui, node: String, out: bool) -> Connect {
        let loose = if out { End::To } else { End::From };
        Connect { end: LooseEnd { ui, fixed: node, loose, link: None, over: None }, by_clicks: false }
    }
}

/// What a release does.
#[derive(Debug, PartialEq, Eq)]
enum Release {
    /// Draws the link to the node under the pointer, or reports why it may not.
    Connect,
    /// Was the click on a port: the loose end follows the pointer.
    Follow,
    /// Draws nothing.
    Nothing,
}

fn release(is_over_node: bool, dragged: bool, by_clicks: bool) -> Release {
    match (is_over_node, dragged, by_clicks) {
        (true, ..) => Release::Connect,
        (false, false, false) => Release::Follow,
        _ => Release::Nothing,
    }
}

impl Gesture for Connect {
    fn start(&mut self, pointer: &Pointer) {
        self.end.follow(pointer);
    }

    fn moved(&mut self, pointer: &Pointer) {
        self.end.follow(pointer);
    }

    fn end(&mut self, pointer: &Pointer) -> Next {
        match release(self.end.over.is_some(), pointer.dragged, self.by_clicks) {
            Release::Connect => {
                if let Some(over) = self.end.over.take() {
                    let (from, to) = ends(self.end.fixed.clone(), self.end.loose, over.node);
                    if self.end.ui.editing.apply(Command::Connect { from, to }).is_some() {
                        self.end.ui.panels.announce("Connected");
                    }
                }
                Next::Done
            }
            Release::Follow => {
                self.by_clicks = true;
                Next::Follow
            }
            Release::Nothing => Next::Done,
        }
    }

    fn cancel(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_drawn_where_a_node_is_under_the_pointer() {
        assert_eq!(release(true, true, false), Release::Connect);
        assert_eq!(release(true, false, true), Release::Connect, "the second click");
    }

    #[test]
    fn a_click_on_a_port_lets_the_link_follow_the_pointer() {
        assert_eq!(release(false, false, false), Release::Follow);
    }

    #[test]
    fn a_release_over_nothing_draws_nothing() {
        assert_eq!(release(false, true, false), Release::Nothing);
        assert_eq!(release(false, false, true), Release::Nothing, "the second click");
    }
}
