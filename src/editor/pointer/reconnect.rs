//! Moving one end of a link to another node. Dropped on nothing, it stays where it was.

use super::loose_end::{LooseEnd, LooseLink};
use super::{Gesture, Next, Pointer, Surface};
use crate::editor::{Command, End};

/// One end of a link is moved.
pub(super) struct Reconnect<S>(LooseEnd<S>);

impl<S: Surface> Reconnect<S> {
    /// Takes this end of a link; nothing where there is no such link.
    pub fn new(surface: S, link: String, end: End, is_touch: bool) -> Option<Reconnect<S>> {
        let document = surface.document();
        let known = document.link(&link)?;
        let fixed = if end == End::From { known.to.clone() } else { known.from.clone() };
        let loose = LooseLink { fixed, end, at: [0.0, 0.0] };
        Some(Reconnect(LooseEnd { surface, loose, link: Some(link), over: None, is_touch }))
    }
}

impl<S: Surface> Gesture for Reconnect<S> {
    fn start(&mut self, _: &Pointer) {}

    fn moved(&mut self, pointer: &Pointer) {
        if pointer.dragged {
            self.0.follow(pointer);
        }
    }

    fn end(&mut self, _: &Pointer) -> Next {
        if let (Some(link), Some(over)) = (self.0.link.clone(), self.0.over.take()) {
            self.0.surface.apply(Command::Reconnect { link, end: self.0.loose.end, node: over.node });
        }
        Next::Done
    }

    fn cancel(&mut self) {}
}
