//! Drawing a link: pulled from a port or an edge to a node, or by a click on a port and a click on a node. Where it
//! ends at nothing, the page asks which kind is meant there.

use super::loose_end::{LooseEnd, LooseLink, ends};
use super::press::select_node;
use super::{Gesture, Next, Pointer, Press, Surface};
use crate::editor::{Command, End, shown_name};
use crate::kind::Calls;
use crate::kinds;

/// A link is drawn.
pub(super) struct Connect<S> {
    end: LooseEnd<S>,
    /// The port was clicked, and the loose end follows the pointer until the next click.
    by_clicks: bool,
    /// It began at the edge of a card, where a click is one on the node.
    edge: Option<Press>,
}

impl<S: Surface> Connect<S> {
    /// From the port where calls leave (`out`), or backwards from the port where the node is called.
    pub fn new(surface: S, node: String, out: bool, is_touch: bool) -> Connect<S> {
        let end = if out { End::To } else { End::From };
        let loose = LooseLink { fixed: node, end, at: [0.0, 0.0] };
        Connect { end: LooseEnd { surface, loose, link: None, over: None, is_touch }, by_clicks: false, edge: None }
    }

    /// From the edge of a node: what it calls, or, where it can call nothing more, what calls it.
    pub fn from_edge(surface: S, node: String, press: &Press) -> Connect<S> {
        let document = surface.document();
        let calls =
            document.node(&node).and_then(|node| kinds::info(&node.kind)).map_or(Calls::Many, |info| info.calls);
        let out = match calls {
            Calls::None => false,
            Calls::Many => true,
            Calls::One => !document.links.iter().any(|link| link.from == node) || !is_called(&document, &node),
        };
        Connect { edge: Some(*press), ..Connect::new(surface, node, out, press.is_touch) }
    }
}

/// Whether others may call a node.
fn is_called(document: &crate::model::Document, node: &str) -> bool {
    document.node(node).and_then(|node| kinds::info(&node.kind)).is_none_or(|info| info.called)
}

/// What a release does.
#[derive(Debug, PartialEq, Eq)]
enum Release {
    /// Draws the link to the node under the pointer, or reports why it may not.
    Connect,
    /// Was the click on a port: the loose end follows the pointer.
    Follow,
    /// Was a click on the edge of a card: one on the node.
    Select,
    /// Asks which kind is meant there.
    Ask,
    /// Draws nothing.
    Nothing,
}

/// `is_canvas`: the pointer is over the canvas and not over something else.
fn release(is_over_node: bool, is_canvas: bool, dragged: bool, by_clicks: bool, is_edge: bool) -> Release {
    match () {
        () if is_over_node => Release::Connect,
        () if !dragged && !by_clicks && is_edge => Release::Select,
        () if !dragged && !by_clicks => Release::Follow,
        () if is_canvas => Release::Ask,
        () => Release::Nothing,
    }
}

impl<S: Surface> Gesture for Connect<S> {
    fn start(&mut self, pointer: &Pointer) {
        // A click on an edge draws nothing.
        if self.edge.is_none() {
            self.end.follow(pointer);
        }
    }

    fn moved(&mut self, pointer: &Pointer) {
        if self.edge.is_none() || pointer.dragged {
            self.end.follow(pointer);
        }
    }

    fn end(&mut self, pointer: &Pointer) -> Next {
        let surface = &self.end.surface;
        let is_canvas = surface.is_canvas(pointer.client);
        let is_over = self.end.over.is_some();
        match release(is_over, is_canvas, pointer.dragged, self.by_clicks, self.edge.is_some()) {
            Release::Connect => {
                if let Some(over) = self.end.over.take() {
                    let LooseLink { fixed, end, .. } = self.end.loose.clone();
                    let (from, to) = ends(fixed, end, over.node);
                    if surface.apply(Command::Connect { from, to }).is_some() {
                        surface.announce("Connected");
                    }
                }
                Next::Done
            }
            Release::Follow => {
                self.by_clicks = true;
                Next::Follow
            }
            Release::Select => {
                let press = self.edge.unwrap_or_default();
                if select_node(surface, &self.end.loose.fixed, &press).is_some() && press.is_double && !press.adds {
                    surface.rename(&self.end.loose.fixed);
                }
                Next::Done
            }
            Release::Ask => {
                self.ask();
                Next::Done
            }
            Release::Nothing => Next::Done,
        }
    }

    fn cancel(&mut self) {}
}

impl<S: Surface> Connect<S> {
    /// Asks which kind is meant at the loose end, unless the node can have no more links there.
    fn ask(&self) {
        let (surface, loose) = (&self.end.surface, self.end.loose.clone());
        let document = surface.document();
        let Some(node) = document.node(&loose.fixed) else { return };
        if kinds_at(&document, &loose).is_empty() {
            let name = shown_name(node);
            return surface.notify(&format!("{name} calls one node only: move the link that it has."));
        }
        surface.ask_kind(loose);
    }
}

/// The kinds that a new node at the loose end of a link may have, by their registry ids.
pub fn kinds_at(document: &crate::model::Document, loose: &LooseLink) -> Vec<&'static str> {
    let Some(node) = document.node(&loose.fixed) else { return Vec::new() };
    let fits = |kind: &str| match loose.end {
        End::To => crate::editor::may_call_new(document, node, kind),
        End::From => crate::editor::may_be_called_by_new(node, kind),
    };
    kinds::all().iter().map(|info| info.id).filter(|id| fits(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_drawn_where_a_node_is_under_the_pointer() {
        assert_eq!(release(true, true, true, false, false), Release::Connect);
        assert_eq!(release(true, true, false, true, false), Release::Connect, "the second click");
    }

    #[test]
    fn a_click_on_a_port_lets_the_link_follow_the_pointer_and_one_on_an_edge_selects() {
        assert_eq!(release(false, true, false, false, false), Release::Follow);
        assert_eq!(release(false, true, false, false, true), Release::Select);
    }

    #[test]
    fn a_release_over_nothing_asks_for_a_kind_and_outside_the_canvas_draws_nothing() {
        assert_eq!(release(false, true, true, false, true), Release::Ask);
        assert_eq!(release(false, true, false, true, false), Release::Ask, "the second click");
        assert_eq!(release(false, false, true, false, false), Release::Nothing);
    }
}
