//! The keyboard: one listener, which looks the keys up among the actions.

use super::canvas::menu;
use super::commands::{self, ACTIONS};
use super::state::Ui;
use crate::browser::page::clipboard;
use crate::browser::page::focus::focused;
use crate::codec;
use crate::editor::{Command, Selection};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_use_event_listener::use_event_listener;

/// Listens to the window's keys for as long as the current owner lives.
pub fn listen(ui: Ui) {
    let _ = use_event_listener(window(), ev::keydown, move |event| pressed(ui, &event));
    let _ = use_event_listener(window(), ev::keyup, move |event| {
        if event.code() == "Space" {
            ui.gestures.hold_space(false);
        }
    });
    let _ = use_event_listener(window(), ev::paste, move |event| {
        if !typing() && ui.panels.dialog.read_untracked().is_none() {
            let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
            paste(ui, &text.unwrap_or_default());
        }
    });
}

/// Whether the focused element takes letters: a field.
fn typing() -> bool {
    focused().is_some_and(|element| {
        let range =
            element.get_attribute("type").is_some_and(|kind| ["range", "checkbox", "radio"].contains(&kind.as_str()));
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") && !range
    })
}

fn on_canvas() -> bool {
    focused().is_none_or(|element| element.tag_name() == "BODY" || element.closest(".canvas").ok().flatten().is_some())
}

fn pressed(ui: Ui, event: &web_sys::KeyboardEvent) {
    if event.default_prevented() || ui.panels.dialog.read_untracked().is_some() {
        return;
    }
    let key = event.key();
    if key == "Escape" && ui.gestures.is_active() {
        return ui.gestures.cancel();
    }
    let chord =
        commands::chord(&key, &event.code(), event.ctrl_key() || event.meta_key(), event.shift_key(), event.alt_key());
    let typing = typing();
    if typing && chord != "Ctrl+Enter" {
        return;
    }
    let on_canvas = on_canvas();
    if on_canvas {
        take_focused(ui, &chord);
    }
    let handled = match chord.as_str() {
        "Escape" => {
            ui.viewport.cutting.set(false);
            ui.viewport.menu.set(None);
            ui.panels.sheet.set(None);
            ui.editing.select(Selection::default());
            true
        }
        "/" => super::palette::focus_search(),
        "Ctrl+C" | "Ctrl+X" if on_canvas => copy(ui, chord == "Ctrl+X"),
        "ContextMenu" | "Shift+F10" if on_canvas => {
            menu::open_by_key(ui);
            true
        }
        _ if on_canvas && arrow(ui, &key, event.shift_key()) => true,
        "Space" | " " if on_canvas && focused().is_none_or(|element| !element.has_attribute("data-node")) => {
            ui.gestures.hold_space(true);
            true
        }
        _ => match ACTIONS.iter().find(|action| action.keys.contains(&chord.as_str())) {
            Some(action) if (on_canvas || !action.on_canvas) && (action.when)(ui) => {
                (action.act)(ui);
                true
            }
            _ => false,
        },
    };
    if handled {
        event.prevent_default();
    }
}

/// Selects the node or link that has the focus, for keys that act on the selection.
fn take_focused(ui: Ui, chord: &str) {
    let acts = ["Delete", "Backspace", "C", "F2", "Enter", " ", "ContextMenu", "Shift+F10", "Ctrl+D"].contains(&chord)
        || chord.contains("Arrow");
    let Some(element) = focused().filter(|_| acts) else { return };
    let selection = ui.editing.selection.get_untracked();
    if let Some(id) = element.get_attribute("data-node").filter(|id| !selection.nodes.contains(id)) {
        ui.editing.select(Selection::node(id));
    } else if let Some(id) = element.get_attribute("data-link").filter(|id| !selection.links.contains(id)) {
        ui.editing.select(Selection::link(id));
    }
}

fn arrow(ui: Ui, key: &str, far: bool) -> bool {
    let direction = match key {
        "ArrowLeft" => [-1.0, 0.0],
        "ArrowRight" => [1.0, 0.0],
        "ArrowUp" => [0.0, -1.0],
        "ArrowDown" => [0.0, 1.0],
        _ => return false,
    };
    if ui.editing.selection.read_untracked().nodes.is_empty() {
        ui.viewport.camera.update(|view| *view = view.panned(direction.map(|each| -40.0 * each)));
    } else {
        commands::nudge(ui, direction, far);
    }
    true
}

fn copy(ui: Ui, cut: bool) -> bool {
    if ui.editing.selection.read_untracked().nodes.is_empty() {
        return false;
    }
    let text = codec::save(&ui.editing.copy_selection());
    if cut {
        ui.editing.apply(Command::Remove(ui.editing.selection.get_untracked()));
    }
    spawn_local(async move {
        if let Err(why) = clipboard::copy(&text).await {
            ui.panels.notify(why);
        }
    });
    true
}

fn paste(ui: Ui, text: &str) {
    // Other content of the clipboard is ignored.
    let Ok((fragment, _)) = codec::open(text) else { return };
    ui.editing.apply(Command::Paste { fragment: Box::new(fragment), at: None });
}
