//! What the page does for keyboards and screen readers as a whole: the focus is never lost, what has it is in view, and
//! the state of a run is announced while it goes on.

use super::format;
use super::state::Ui;
use crate::browser::page::focus::{focus, focused};
use crate::report::snapshot::Snapshot;
use leptos::ev;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// How often the state of a run is announced.
const STATE_INTERVAL: Duration = Duration::from_secs(6);

/// Where the focus goes when what had it is gone, by the part of the page that it was in; the canvas otherwise.
const PARTS: [(&str, &str); 4] = [
    (".outline", ".outline-head[tabindex='0'], [data-testid=outline-add]"),
    (".inspector", ".inspector .name"),
    (".top", ".menu-place > button"),
    (".tabs", ".tab[aria-selected='true']"),
];

/// The link before everything else, for those who would go through the palette first.
#[component]
pub fn SkipLink() -> impl IntoView {
    view! {
        <a
            class="skip"
            href="#canvas"
            on:click=|event| {
                // The fragment of the address is a diagram.
                event.prevent_default();
                focus(".canvas");
            }
        >
            "Skip to the canvas"
        </a>
    }
}

/// Watches the focus from now on.
pub fn listen(ui: Ui) {
    let last = StoredValue::new_local(None::<(web_sys::Element, &'static str)>);
    window_event_listener(ev::focusin, move |event| {
        let Some(element) = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok()) else { return };
        let within = |part: &str| element.closest(part).ok().flatten().is_some();
        let fallback = PARTS.iter().find(|(part, _)| within(part)).map_or(".canvas", |(_, fallback)| *fallback);
        show_focused(ui, &element);
        last.set_value(Some((element, fallback)));
    });
    // After what a key or a press did has been drawn.
    let look = move || {
        request_animation_frame(move || {
            request_animation_frame(move || {
                if focused().is_some_and(|element| element.tag_name() != "BODY") {
                    return;
                }
                let lost = last.with_value(|last| last.clone());
                if let Some((_, fallback)) = lost.filter(|(element, _)| !element.is_connected()) {
                    let _ = focus(fallback) || focus(".canvas");
                }
            });
        });
    };
    window_event_listener(ev::keyup, move |_| look());
    window_event_listener(ev::click, move |_| look());
}

/// Moves the camera so that a node or a link that has got the focus by keyboard can be seen.
fn show_focused(ui: Ui, element: &web_sys::Element) {
    let Some(canvas) = element.closest(".canvas").ok().flatten() else { return };
    // The browser scrolls the element into view; what the canvas shows is the camera's business.
    let mut above = element.parent_element();
    while let Some(parent) = above {
        parent.set_scroll_left(0);
        parent.set_scroll_top(0);
        above = parent.parent_element().filter(|_| !parent.is_same_node(Some(&canvas)));
    }
    if element.matches(":focus-visible").unwrap_or(false) {
        let caller =
            |link: &str| ui.editing.document.with_untracked(|all| all.link(link).map(|link| link.from.clone()));
        let node = element.get_attribute("data-node");
        if let Some(node) = node.or_else(|| caller(&element.get_attribute("data-link")?)) {
            ui.viewport.reveal(&node);
        }
    }
}

/// Moves the focus to what is selected on the canvas, or to the canvas.
pub fn focus_canvas(ui: Ui) {
    let selection = ui.editing.selection.get_untracked();
    let node = selection.nodes.first().map(|id| format!(".canvas [data-node='{id}']"));
    let link = selection.links.first().map(|id| format!(".canvas [data-link='{id}']"));
    let _ = node.or(link).is_some_and(|selector| focus(&selector)) || focus(".canvas");
}

/// Announces the state of the run while it goes on, unless the user has turned that off.
pub fn announce_run(ui: Ui) {
    set_interval(
        move || {
            if !ui.run.playing.get_untracked()
                || ui.panels.preferences.read_untracked().quiet_run
                || document().hidden()
            {
                return;
            }
            if let Some(words) = ui.run.snapshot.with_untracked(|now| now.as_ref().map(|now| state_words(now))) {
                ui.panels.announce_state(words);
            }
        },
        STATE_INTERVAL,
    );
}

/// How a run does, in a sentence: `30 s: 240 requests/s, p99 152 ms, no errors`.
pub fn state_words(now: &Snapshot) -> String {
    let errors = if now.last.error_rate > 0.0 {
        format!("{} errors", format::share(now.last.error_rate))
    } else {
        "no errors".to_owned()
    };
    let now_s = format::number(now.now_s.floor());
    match now.last.p99_ms {
        Some(p99_ms) => {
            let rate = format::number(now.last.throughput_rps);
            format!("{now_s} s: {rate} requests/s, p99 {}, {errors}", format::ms(Some(p99_ms)))
        }
        None => format!("{now_s} s: no request is answered, {errors}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::snapshot::WindowFigures;

    #[test]
    fn the_state_of_a_run_is_a_sentence() {
        let last = WindowFigures { throughput_rps: 240.2, p99_ms: Some(152.0), ..WindowFigures::default() };
        let now = Snapshot { now_s: 30.4, last, ..Snapshot::default() };
        assert_eq!(state_words(&now), "30 s: 240 requests/s, p99 152 ms, no errors");
        let failing = Snapshot { last: WindowFigures { error_rate: 0.05, p99_ms: None, ..last }, ..now };
        assert_eq!(state_words(&failing), "30 s: no request is answered, 5 % errors");
        let last = WindowFigures { error_rate: 0.9999, ..last };
        assert_eq!(
            state_words(&Snapshot { last, ..failing }),
            "30 s: 240 requests/s, p99 152 ms, more than 99 % errors"
        );
    }
}
