//! The panels around the canvas: how large they are, and whether they are folded. Both are remembered.

use super::icons::icon;
use super::state::{Preferences, Ui};
use crate::browser::page::focus::focus;
use crate::views::gestures::{Gesture, Next, Pointer};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos_use_resize_observer::use_resize_observer;

/// How far an arrow key moves a border, CSS pixels.
const STEP_PX: f64 = 16.0;

/// A border of the canvas that can be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Border {
    /// That of the inspector: its width.
    Inspector,
    /// That of the results: their height.
    Results,
}

impl Border {
    /// The class and the test id of its separator.
    fn id(self) -> &'static str {
        match self {
            Border::Inspector => "resize-inspector",
            Border::Results => "resize-results",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Border::Inspector => "Width of the inspector",
            Border::Results => "Height of the results",
        }
    }

    /// The length of the panel that the user has chosen, CSS pixels.
    fn chosen(self, preferences: &Preferences) -> Option<f64> {
        match self {
            Border::Inspector => preferences.inspector_px,
            Border::Results => preferences.results_px,
        }
    }

    fn choose(self, preferences: &mut Preferences, length: Option<f64>) {
        match self {
            Border::Inspector => preferences.inspector_px = length,
            Border::Results => preferences.results_px = length,
        }
    }

    /// The least and the greatest length in a window of this size, CSS pixels: the canvas keeps room for a card.
    fn range(self, window: [f64; 2]) -> [f64; 2] {
        let [least, greatest] = match self {
            Border::Inspector => [260.0, (window[0] * 0.5).min(640.0)],
            Border::Results => [150.0, window[1] - 240.0],
        };
        [least, greatest.max(least)]
    }

    /// Selects the panel.
    fn panel(self) -> &'static str {
        match self {
            Border::Inspector => ".inspector",
            Border::Results => ".results",
        }
    }

    /// How much a pointer or a key that moves right and down makes the panel longer.
    fn direction(self) -> [f64; 2] {
        match self {
            Border::Inspector => [-1.0, 0.0],
            Border::Results => [0.0, -1.0],
        }
    }
}

/// The length after a move of the border, CSS pixels.
fn moved(border: Border, before: f64, by: [f64; 2], window: [f64; 2]) -> f64 {
    let [least, greatest] = border.range(window);
    let [x, y] = border.direction();
    (before + x * by[0] + y * by[1]).clamp(least, greatest).round()
}

/// What a key does to a border.
#[derive(Clone, Copy, Debug, PartialEq)]
enum KeyStep {
    /// Moves it to the right and down by so many CSS pixels.
    By([f64; 2]),
    /// Makes the panel as small as possible.
    Least,
    /// Makes the panel as large as possible.
    Greatest,
}

fn step(key: &str) -> Option<KeyStep> {
    Some(match key {
        "ArrowLeft" => KeyStep::By([-STEP_PX, 0.0]),
        "ArrowRight" => KeyStep::By([STEP_PX, 0.0]),
        "ArrowUp" => KeyStep::By([0.0, -STEP_PX]),
        "ArrowDown" => KeyStep::By([0.0, STEP_PX]),
        "Home" => KeyStep::Least,
        "End" => KeyStep::Greatest,
        _ => return None,
    })
}

/// The length after a key, CSS pixels.
fn stepped(border: Border, before: f64, step: KeyStep, window: [f64; 2]) -> f64 {
    let [least, greatest] = border.range(window);
    match step {
        KeyStep::By(by) => moved(border, before, by, window),
        KeyStep::Least => least.round(),
        KeyStep::Greatest => greatest.round(),
    }
}

/// The least, the present and the greatest length of a panel, for screen readers, whole CSS pixels.
fn values(border: Border, now: f64, window: [f64; 2]) -> [f64; 3] {
    let [least, greatest] = border.range(window);
    [least, now.clamp(least, greatest), greatest].map(f64::round)
}

fn window_size() -> [f64; 2] {
    let length = |length: Result<wasm_bindgen::JsValue, _>| length.ok().and_then(|it| it.as_f64()).unwrap_or(0.0);
    [length(window().inner_width()), length(window().inner_height())]
}

/// The length of a panel on the page, CSS pixels.
fn length(border: Border) -> f64 {
    let panel = document().query_selector(border.panel()).ok().flatten();
    panel.map_or(0.0, |panel| {
        let area = panel.get_bounding_client_rect();
        if border == Border::Inspector { area.width() } else { area.height() }
    })
}

/// Puts what the user prefers of the panels on the page, from now on. The style sheet does the rest.
pub fn follow_preferences(ui: Ui) {
    Effect::new(move |_| {
        let preferences = ui.panels.preferences.read();
        let Some(body) = document().body() else { return };
        for (name, is_set) in [
            ("data-palette-folded", ui.panels.palette_folded.get()),
            ("data-inspector-folded", preferences.inspector_folded),
            ("data-present", ui.panels.presenting.get()),
        ] {
            let _ = if is_set { body.set_attribute(name, "") } else { body.remove_attribute(name) };
        }
        let style = web_sys::HtmlElement::style(&body);
        for (name, length) in
            [("--inspector-chosen", preferences.inspector_px), ("--results-chosen", preferences.results_px)]
        {
            let _ = match length {
                Some(length) => style.set_property(name, &format!("{length}px")),
                None => style.remove_property(name).map(drop),
            };
        }
    });
}

/// Moves a border with the pointer.
struct Resize {
    ui: Ui,
    border: Border,
    /// The length before, and what the user had chosen before.
    before: f64,
    chosen_before: Option<f64>,
    pressed_at: [f64; 2],
}

impl Resize {
    fn new(ui: Ui, border: Border) -> Resize {
        let chosen_before = ui.panels.preferences.with_untracked(|preferences| border.chosen(preferences));
        Resize { ui, border, before: length(border), chosen_before, pressed_at: [0.0, 0.0] }
    }
}

impl Gesture for Resize {
    fn start(&mut self, pointer: &Pointer) {
        self.pressed_at = pointer.client;
    }

    fn moved(&mut self, pointer: &Pointer) {
        if !pointer.dragged {
            return;
        }
        let by = [0, 1].map(|axis| pointer.client[axis] - self.pressed_at[axis]);
        let length = moved(self.border, self.before, by, window_size());
        self.ui.panels.preferences.update(|preferences| self.border.choose(preferences, Some(length)));
    }

    fn end(&mut self, _: &Pointer) -> Next {
        self.ui.panels.prefer(|_| ());
        Next::Done
    }

    fn cancel(&mut self) {
        self.ui.panels.prefer(|preferences| self.border.choose(preferences, self.chosen_before));
    }
}

/// The borders that can be moved, and the buttons that fold the side panels.
#[component]
pub fn PanelControls(ui: Ui) -> impl IntoView {
    let inspector_folded = Memo::new(move |_| ui.panels.preferences.read().inspector_folded);
    view! {
        <Separator ui border=Border::Inspector />
        <Separator ui border=Border::Results />
        <FoldButton
            ui
            id="fold-palette"
            labels=["Fold the palette", "Show the palette"]
            icons=["left", "right"]
            is_folded=ui.panels.palette_folded
            fold=|preferences, folded| preferences.palette_folded = Some(folded)
        />
        <FoldButton
            ui
            id="fold-inspector"
            labels=["Fold the inspector", "Show the inspector"]
            icons=["right", "left"]
            is_folded=inspector_folded
            fold=|preferences, folded| preferences.inspector_folded = folded
        />
    }
}

#[component]
fn Separator(ui: Ui, border: Border) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    let values = RwSignal::new(values(border, length(border), window_size()));
    let measure = move || {
        let _ = values.try_set(self::values(border, length(border), window_size()));
    };
    // Whatever changes the panel changes what the user prefers, the window, or whether this border is there.
    Effect::new(move |_| {
        ui.panels.preferences.track();
        request_animation_frame(measure);
    });
    let resized = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    let _ = use_resize_observer(element, move |_, _| measure());
    let value = move |which: usize| move || values.get()[which].to_string();
    let choose = move |length: Option<f64>| ui.panels.prefer(|preferences| border.choose(preferences, length));
    view! {
        <div
            class=format!("separator {}", border.id())
            data-testid=border.id()
            role="separator"
            tabindex="0"
            aria-label=border.label()
            aria-orientation=if border == Border::Inspector { "vertical" } else { "horizontal" }
            aria-valuemin=value(0)
            aria-valuenow=value(1)
            aria-valuemax=value(2)
            title=format!("{}: drag, or use the arrow keys; a double click puts it back", border.label())
            node_ref=element
            on:pointerdown=move |event| {
                if event.button() == 0 {
                    ui.gestures.start(&event, Resize::new(ui, border));
                }
            }
            on:dblclick=move |_| choose(None)
            on:keydown=move |event| {
                if let Some(by) = step(&event.key()) {
                    event.prevent_default();
                    event.stop_propagation();
                    choose(Some(stepped(border, length(border), by, window_size())));
                }
            }
        ></div>
    }
}

#[component]
fn FoldButton(
    ui: Ui,
    id: &'static str,
    /// What it does: where the panel is open, and where it is folded.
    labels: [&'static str; 2],
    /// Its icons, likewise.
    icons: [&'static str; 2],
    is_folded: Memo<bool>,
    fold: fn(&mut Preferences, bool),
) -> impl IntoView {
    let now = move || usize::from(is_folded.get());
    view! {
        <button
            class=format!("fold {id}")
            data-testid=id
            aria-label=move || labels[now()]
            aria-expanded=move || (!is_folded.get()).to_string()
            title=move || labels[now()]
            on:click=move |_| {
                let folded = !is_folded.get_untracked();
                ui.panels.prefer(|preferences| fold(preferences, folded));
            }
        >
            {move || icon(icons[now()])}
        </button>
    }
}

/// Opens the inspector where it is folded, and moves the focus to its first parameter.
pub fn focus_inspector(ui: Ui) {
    focus_in_inspector(ui, ".inspector :is(.form :is(input:not(.slider), select), .checks input)");
}

/// Opens the inspector where it is folded, and moves the focus to the name of what is selected.
pub fn focus_name(ui: Ui) {
    focus_in_inspector(ui, ".inspector .name");
}

fn focus_in_inspector(ui: Ui, selector: &'static str) {
    unfold_inspector(ui);
    // What was not shown can take the focus only once it is; a form is drawn a frame after what it is about is selected.
    request_animation_frame(move || {
        request_animation_frame(move || {
            focus(selector);
        });
    });
}

/// Opens the inspector where it is folded.
pub fn unfold_inspector(ui: Ui) {
    if ui.panels.preferences.read_untracked().inspector_folded {
        ui.panels.prefer(|preferences| preferences.inspector_folded = false);
    }
}

/// The head of a panel where it is a sheet over the page, as on phones: its title, and the button that closes it.
#[component]
pub fn SheetHead(ui: Ui, title: &'static str) -> impl IntoView {
    view! {
        <div class="sheet-head">
            <b>{title}</b>
            <button class="button icon-only" aria-label="Close" on:click=move |_| ui.panels.sheet.set(None)>
                {icon("close")}
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_grows_where_its_border_is_pulled_away_from_it() {
        let window = [1366.0, 768.0];
        assert_eq!(moved(Border::Inspector, 304.0, [-40.0, 5.0], window), 344.0);
        assert_eq!(moved(Border::Results, 296.0, [3.0, -50.0], window), 346.0);
    }

    #[test]
    fn keys_move_a_border_in_its_range() {
        let window = [1366.0, 768.0];
        let after = |border, key| step(key).map(|step| stepped(border, 300.0, step, window));
        assert_eq!(after(Border::Results, "ArrowUp"), Some(316.0));
        assert_eq!(after(Border::Results, "ArrowDown"), Some(284.0));
        assert_eq!(after(Border::Results, "Home"), Some(150.0));
        assert_eq!(after(Border::Results, "End"), Some(528.0));
        assert_eq!(after(Border::Inspector, "ArrowLeft"), Some(316.0));
        assert_eq!(after(Border::Inspector, "End"), Some(640.0));
        assert_eq!(after(Border::Inspector, "Enter"), None);
    }

    #[test]
    fn what_a_separator_says_is_in_its_range_in_every_window() {
        for window in [[320.0, 300.0], [1024.0, 768.0], [3840.0, 2160.0]] {
            for border in [Border::Inspector, Border::Results] {
                for length in [0.0, 304.4, 5000.0] {
                    let [least, now, greatest] = values(border, length, window);
                    assert!(least <= now && now <= greatest, "{border:?} {length} {window:?}");
                }
            }
        }
        assert_eq!(values(Border::Results, 295.68, [1366.0, 768.0]), [150.0, 296.0, 528.0]);
    }

    #[test]
    fn the_canvas_keeps_its_room() {
        for window in [[320.0, 300.0], [1024.0, 768.0], [3840.0, 2160.0]] {
            for border in [Border::Inspector, Border::Results] {
                let [least, greatest] = border.range(window);
                assert!(least <= greatest);
                assert_eq!(moved(border, 300.0, [-9e9, -9e9], window), greatest);
                assert_eq!(moved(border, 300.0, [9e9, 9e9], window), least);
            }
        }
    }
}
