//! The keyboard: one listener, which looks the keys up among the actions.

use super::actions::{self, Scope, nudge, paste};
use super::documents;
use super::state::Ui;
use crate::browser::page::focus::focused;
use crate::editor::Selection;
use crate::model::Place;
use leptos::ev;
use leptos::prelude::*;

/// The keys that paste. They come as an event of their own, with what is on the clipboard.
pub const PASTE: &str = "Ctrl+V";

/// How far an arrow key pans, CSS pixels.
const PAN_PX: f64 = 40.0;

/// Listens to the window's keys from now on.
pub fn listen(ui: Ui) {
    window_event_listener(ev::keydown, move |event| pressed(ui, &event));
    window_event_listener(ev::keyup, move |event| {
        if event.code() == "Space" {
            ui.gestures.hold_space(false);
        }
    });
    window_event_listener(ev::paste, move |event| {
        if !typing() && ui.panels.dialog.read_untracked().is_none() {
            let Some(data) = event.clipboard_data() else { return };
            // A picture from another window.
            if let Some(file) = data.files().and_then(|files| files.get(0)) {
                return documents::open_file(ui, file);
            }
            paste(ui, &data.get_data("text/plain").unwrap_or_default());
        }
    });
}

/// Whether the focused element takes letters.
fn typing() -> bool {
    focused().is_some_and(|element| takes_letters(&element))
}

/// Whether an element is a field that takes letters.
pub fn takes_letters(element: &web_sys::Element) -> bool {
    let is_other = element.get_attribute("type").is_some_and(|kind| ["range", "checkbox", "radio"].contains(&&*kind));
    matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") && !is_other
}

/// Whether the key presses the button that has the focus, which browsers do by themselves. The space bar is for panning
/// where the button has the focus of a click.
fn presses_button(chord: &str) -> bool {
    let Some(element) = focused().filter(|it| matches!(it.tag_name().as_str(), "BUTTON" | "A")) else { return false };
    chord == "Enter" || chord == " " && element.matches(":focus-visible").unwrap_or(false)
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
    if key == "Escape" && ui.viewport.menu.read_untracked().is_some() {
        return ui.viewport.menu.set(None);
    }
    let control = event.ctrl_key() || event.meta_key();
    let chord = chord(&key, &event.code(), control, event.shift_key(), event.alt_key());
    if typing() && chord != "Ctrl+Enter" || presses_button(&chord) {
        return;
    }
    let on_canvas = on_canvas();
    if on_canvas {
        select_focused(ui, &chord);
    }
    if on_canvas && canvas_key(ui, &key, event.shift_key()) || perform(ui, &chord, on_canvas) {
        event.prevent_default();
    }
}

/// Performs the action of a chord. Returns whether there is one that can be done now.
fn perform(ui: Ui, chord: &str, on_canvas: bool) -> bool {
    let action = actions::all()
        .find(|action| action.keys.contains(&chord) && chord != PASTE)
        .filter(|action| (on_canvas || action.scope == Scope::Page) && (action.is_possible)(ui));
    if let Some(action) = action {
        (action.perform)(ui);
    }
    action.is_some()
}

/// The keys of the canvas that are no actions: arrows move the selection or the view, and while the
/// space bar is held a drag pans. Returns whether it was one of them.
fn canvas_key(ui: Ui, key: &str, shift: bool) -> bool {
    let direction = match key {
        "ArrowLeft" => [-1.0, 0.0],
        "ArrowRight" => [1.0, 0.0],
        "ArrowUp" => [0.0, -1.0],
        "ArrowDown" => [0.0, 1.0],
        " " => {
            ui.gestures.hold_space(true);
            return true;
        }
        _ => return false,
    };
    if ui.editing.selection.read_untracked().nodes.is_empty() {
        ui.viewport.camera.update(|camera| *camera = camera.panned(direction.map(|each| -PAN_PX * each)));
    } else {
        nudge(ui, direction, shift);
    }
    true
}

/// Selects the node, link or zone that has the focus, for keys that act on the selection.
fn select_focused(ui: Ui, chord: &str) {
    let acts = ["Delete", "Backspace", "C", "F2", "Enter", " ", "ContextMenu", "Shift+F10", "Ctrl+D", "F", "Z"]
        .contains(&chord)
        || chord.contains("Arrow");
    let Some(element) = focused().filter(|_| acts) else { return };
    let selection = ui.editing.selection.get_untracked();
    if let Some(id) = element.get_attribute("data-node").filter(|id| !selection.nodes.contains(id)) {
        ui.editing.select(Selection::node(id));
    } else if let Some(id) = element.get_attribute("data-link").filter(|id| !selection.links.contains(id)) {
        ui.editing.select(Selection::link(id));
    } else if let Some(id) = element.get_attribute("data-zone") {
        ui.editing.select_place(Place::Zone(id));
    }
}

/// The keys of an action as keyboards are labeled; actions use the names that browsers give to keys.
pub fn label(keys: &str) -> String {
    keys.replace("Escape", "Esc").replace("ContextMenu", "Menu").replace("Delete", "Del")
}

/// A pressed key with its modifiers, as the list of actions writes it.
pub fn chord(key: &str, code: &str, ctrl: bool, shift: bool, alt: bool) -> String {
    let mut out = String::new();
    if ctrl {
        out.push_str("Ctrl+");
    }
    if alt {
        out.push_str("Alt+");
    }
    let digit = code.strip_prefix("Digit");
    let single = key.chars().count() == 1;
    let letter = single && key.chars().all(char::is_alphabetic);
    match digit {
        // Shift+1 is an exclamation mark on some keyboards: here the key counts, not the sign.
        Some(digit) if shift && key != "?" => {
            out.push_str("Shift+");
            out.push_str(digit);
        }
        _ if letter => {
            if shift {
                out.push_str("Shift+");
            }
            out.push_str(&key.to_ascii_uppercase());
        }
        // Signs such as ? need Shift on one keyboard and not on the other.
        _ if single => out.push_str(key),
        _ => {
            if shift {
                out.push_str("Shift+");
            }
            out.push_str(key);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chord_is_written_in_one_way() {
        assert_eq!(chord("z", "KeyZ", true, false, false), "Ctrl+Z");
        assert_eq!(chord("Z", "KeyZ", true, true, false), "Ctrl+Shift+Z");
        assert_eq!(chord("?", "Slash", false, true, false), "?");
        assert_eq!(chord("!", "Digit1", false, true, false), "Shift+1");
        assert_eq!(chord("Delete", "Delete", false, false, false), "Delete");
        assert_eq!(chord("ArrowUp", "ArrowUp", false, true, false), "Shift+ArrowUp");
    }
}
