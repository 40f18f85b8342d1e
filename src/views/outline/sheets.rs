//! The sheets of a narrow page: the outline with its grip, and a strip that says how the run does and opens the
//! charts.

use crate::views::format;
use crate::views::icons::icon;
use crate::views::later::LaterView;
use crate::views::state::{SheetHeight, Ui};
use leptos::prelude::*;
use leptos_use_media_query::use_media_query;

/// What a page is that has sheets in place of panels; the style sheet says the same.
const NARROW: &str = "(max-width: 900px)";
/// How far a finger may stray on the grip and still tap it, CSS pixels.
const TAP_PX: f64 = 6.0;
/// The height of the outline's head, CSS pixels.
const LOW_PX: f64 = 68.0;

/// Gives the outline room for a form, where it is a sheet.
pub fn make_room(ui: Ui) {
    ui.panels.charts_open.set(false);
    ui.panels.outline_height.set(SheetHeight::Tall);
}

/// The next height when the grip is tapped.
fn next(height: SheetHeight) -> SheetHeight {
    match height {
        SheetHeight::Low => SheetHeight::Middle,
        SheetHeight::Middle => SheetHeight::Tall,
        SheetHeight::Tall => SheetHeight::Low,
    }
}

/// The height that is nearest to so many CSS pixels on a page of this height.
fn nearest(px: f64, page_px: f64) -> SheetHeight {
    match px {
        px if px < LOW_PX + 0.12 * page_px => SheetHeight::Low,
        px if px < 0.5 * page_px => SheetHeight::Middle,
        _ => SheetHeight::Tall,
    }
}

fn class(height: SheetHeight) -> &'static str {
    match height {
        SheetHeight::Low => "low",
        SheetHeight::Middle => "middle",
        SheetHeight::Tall => "tall",
    }
}

/// The sheets, on a narrow page.
#[component]
pub fn PhoneSheets(ui: Ui) -> impl IntoView {
    let is_narrow = use_media_query(NARROW);
    // The style sheet lays out the page by it.
    Effect::new(move |_| {
        let open = ui.panels.charts_open.get();
        if let Some(root) = document().document_element() {
            let height = if open { SheetHeight::Low } else { ui.panels.outline_height.get() };
            let _ = root.set_attribute("data-charts", if open { "open" } else { "closed" });
            let _ = root.set_attribute("data-outline", class(height));
        }
    });
    view! {
        <Show when=move || is_narrow.get()>
            <OutlineSheet ui />
            <ChartsStrip ui />
        </Show>
    }
}

#[component]
fn OutlineSheet(ui: Ui) -> impl IntoView {
    let height =
        Memo::new(move |_| if ui.panels.charts_open.get() { SheetHeight::Low } else { ui.panels.outline_height.get() });
    let sheet = NodeRef::<leptos::html::Section>::new();
    // Where the finger went down and how high the sheet was, CSS pixels.
    let from = StoredValue::new(None::<(f64, f64)>);
    // How high the sheet is while it is dragged, CSS pixels.
    let dragged = RwSignal::new(None::<f64>);
    let set = move |height: SheetHeight| {
        ui.panels.charts_open.set(false);
        ui.panels.outline_height.set(height);
    };
    let page_px = || window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(800.0);
    let down = move |event: web_sys::PointerEvent| {
        let Some(sheet) = sheet.get_untracked() else { return };
        from.set_value(Some((f64::from(event.client_y()), sheet.get_bounding_client_rect().height())));
        let _ = event_target::<web_sys::Element>(&event).set_pointer_capture(event.pointer_id());
    };
    let moved = move |event: web_sys::PointerEvent| {
        let Some((y, px)) = from.get_value() else { return };
        let by = y - f64::from(event.client_y());
        if dragged.get_untracked().is_some() || by.abs() > TAP_PX {
            dragged.set(Some((px + by).clamp(LOW_PX, 0.9 * page_px())));
        }
    };
    let up = move |_: web_sys::PointerEvent| {
        from.set_value(None);
        if let Some(px) = dragged.get_untracked() {
            dragged.set(None);
            set(nearest(px, page_px()));
        }
    };
    // A drag that ends on the grip is no tap.
    let was_dragged = StoredValue::new(false);
    let by_key = move |event: web_sys::KeyboardEvent| {
        let next = match (event.key().as_str(), height.get_untracked()) {
            ("ArrowUp", SheetHeight::Low) | ("ArrowDown", SheetHeight::Tall) => SheetHeight::Middle,
            ("ArrowUp", _) => SheetHeight::Tall,
            ("ArrowDown", _) => SheetHeight::Low,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        set(next);
    };
    let label = move || match next(height.get()) {
        SheetHeight::Low => "Make the outline low",
        SheetHeight::Middle => "Open the outline",
        SheetHeight::Tall => "Make the outline high",
    };
    view! {
        <section
            class=move || format!("outline-sheet {}", class(height.get()))
            class:dragged=move || dragged.get().is_some()
            aria-label="Outline"
            node_ref=sheet
            style:height=move || dragged.get().map(|px| format!("{px:.0}px"))
        >
            <button
                type="button"
                class="grip"
                aria-label=label
                data-testid="outline-grip"
                on:pointerdown=move |event| {
                    was_dragged.set_value(false);
                    down(event);
                }
                on:pointermove=move |event| {
                    moved(event);
                    if dragged.get_untracked().is_some() {
                        was_dragged.set_value(true);
                    }
                }
                on:pointerup=up
                on:pointercancel=up
                on:keydown=by_key
                on:click=move |_| {
                    if !was_dragged.get_value() {
                        set(next(height.get_untracked()));
                    }
                    was_dragged.set_value(false);
                }
            ></button>
            <LaterView ui waits=true draw=move |later| (later.outline)(ui) />
        </section>
    }
}

/// The strip at the bottom: how the run does, in three words; it opens the charts.
#[component]
fn ChartsStrip(ui: Ui) -> impl IntoView {
    let numbers = Memo::new(move |_| {
        ui.run.snapshot.with(|now| {
            now.as_ref().map(|now| (format::ms(now.last.p99_ms), format!("{} %", format::percent(now.last.error_rate))))
        })
    });
    let is_open = move || ui.panels.charts_open.get();
    let words = move || match numbers.get() {
        Some((p99, errors)) => view! {
            <span>"p99 " <b>{p99}</b></span>
            <span>"errors " <b>{errors}</b></span>
            <span>"last 10 s"</span>
        }
        .into_any(),
        None => view! { <span>"open with the first run"</span> }.into_any(),
    };
    view! {
        <button
            type="button"
            class="charts-strip"
            data-testid="charts-strip"
            aria-expanded=move || is_open().to_string()
            on:click=move |_| {
                ui.panels.charts_open.update(|open| *open = !*open);
                if ui.panels.preferences.read_untracked().results_folded {
                    ui.panels.prefer(|preferences| preferences.results_folded = false);
                }
            }
        >
            <i class="grip-mark" aria-hidden="true"></i>
            <b>"Charts"</b>
            <span class="strip-words">{words}</span>
            {icon("right")}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dragged_sheet_takes_the_nearest_height() {
        let heights = [70.0, 200.0, 390.0, 500.0, 700.0].map(|px| nearest(px, 844.0));
        use SheetHeight::{Low, Middle, Tall};
        assert_eq!(heights, [Low, Middle, Middle, Tall, Tall]);
    }

    #[test]
    fn taps_go_through_all_heights() {
        let mut height = SheetHeight::Low;
        let mut seen = Vec::new();
        for _ in 0..3 {
            height = next(height);
            seen.push(height);
        }
        assert_eq!(seen, [SheetHeight::Middle, SheetHeight::Tall, SheetHeight::Low]);
    }
}
