//! Moving one end of a link to another node.

use super::loose_end::LooseEnd;
use crate::editor::{Command, End};
use crate::views::gestures::{Gesture, Next, Pointer};
use crate::views::state::Ui;
use leptos::prelude::*;

/// One end of a link is moved.
pub struct Reconnect(LooseEnd);

impl Reconnect {
    /// Takes this end of a link; nothing where there is no such link.
    pub fn new(ui: Ui, link: String, loose: End) -> Option<Reconnect> {
        let fixed = ui.editing.document.with_untracked(|document| {
            let link = document.link(&link)?;
            Some(if loose == End::From { link.to.clone() } else { link.from.clone() })
        })?;
        Some(Reconnect(LooseEnd { ui, fixed, loose, link: Some(link), over: None }))
    }
}

impl Gesture for Reconnect {
    fn start(&mut self, pointer: &Pointer) {
        self.0.follow(pointer);
    }

    fn moved(&mut self, pointer: &Pointer) {
        self.0.follow(pointer);
    }

    fn end(&mut self, _: &Pointer) -> Next {
        if let (Some(link), Some(over)) = (self.0.link.clone(), self.0.over.take()) {
            self.0.ui.editing.apply(Command::Reconnect { link, end: self.0.loose, node: over.node });
        }
        Next::Done
    }

    fn cancel(&mut self) {}
}
