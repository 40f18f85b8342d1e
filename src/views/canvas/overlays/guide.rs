//! What the page says beside the diagram: hints for the first minute, the question of an example, and the first finding
//! of a run. They stand where they cover the fewest nodes.

use crate::editor::Selection;
use crate::editor::geometry::{self, Rect};
use crate::report::FindingSeverity;
use crate::views::icons::icon;
use crate::views::state::{Tab, Ui};
use leptos::html;
use leptos::prelude::*;
use std::time::Duration;

/// How long the canvas stands still before what is said moves to another corner.
const SETTLE_DELAY: Duration = Duration::from_millis(300);

/// The hints: how each is remembered once it is dismissed, and what it says.
const HINTS: [(&str, &str); 3] = [
    ("select", "Click a node to see and set its numbers"),
    ("break", "Right-click a node to break it, or press F"),
    ("change", "Change a number while it runs: no restart"),
];

/// The hints that the user has not dismissed, in one strip.
#[component]
fn Hints(ui: Ui) -> impl IntoView {
    let is_empty = Memo::new(move |_| ui.editing.document.with(|document| document.nodes.is_empty()));
    let left = Memo::new(move |_| {
        let preferences = ui.panels.preferences.read();
        let is_left = |index: &usize| preferences.dismissed_hints.iter().all(|id| id != HINTS[*index].0);
        (0..HINTS.len()).filter(is_left).collect::<Vec<usize>>()
    });
    let hint = move |index: usize| {
        let (id, text) = HINTS[index];
        let dismiss = move |_| {
            ui.panels.prefer(|preferences| preferences.dismissed_hints.push(id.to_owned()));
        };
        view! {
            <li class="hint overlay" data-testid=format!("hint-{id}")>
                <b aria-hidden="true">{index + 1}</b>
                <span>{text}</span>
                <button class="button icon-only small" aria-label=format!("Dismiss: {text}") on:click=dismiss>
                    {icon("close")}
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || !is_empty.get() && !left.read().is_empty()>
            <ol class="hints" aria-label="Hints">
                <For each=move || left.get() key=|index| *index let:index>
                    {hint(index)}
                </For>
            </ol>
        </Show>
    }
}

/// Hints, the question and the first finding.
#[component]
pub fn FindingNote(ui: Ui) -> impl IntoView {
    let note = Note::new(ui);
    let asked = Memo::new(move |_| {
        let document = ui.editing.document.read();
        (document.watch.clone(), document.cure.clone())
    });
    // The question that was dismissed.
    let dismissed = RwSignal::new(None::<String>);
    let has_question = Memo::new(move |_| {
        let (watch, _) = &*asked.read();
        !watch.is_empty() && dismissed.read().as_ref() != Some(watch)
    });
    let element = NodeRef::<html::Div>::new();
    let corner = RwSignal::new("");
    // Counts what may have changed where it stands best: it moves once nothing has for a while.
    let changes = StoredValue::new(0_u32);
    Effect::new(move |_| {
        note.shown.track();
        has_question.track();
        asked.track();
        ui.viewport.size.track();
        ui.viewport.camera.track();
        changes.update_value(|changes| *changes += 1);
        let count = changes.get_value();
        let place = move || {
            let Some(Some(element)) = element.try_get_untracked() else { return };
            if changes.get_value() == count {
                let size = [f64::from(element.offset_width()), f64::from(element.offset_height())];
                corner.set(freest(&cards_on_screen(ui), ui.viewport.size.get_untracked(), size));
            }
        };
        set_timeout(place, SETTLE_DELAY);
    });
    view! {
        <Hints ui />
        <div class=move || format!("guide {}", corner.get()) node_ref=element>
            <FirstFinding ui note />
            <Show when=move || has_question.get()>
                <Question
                    watch=Memo::new(move |_| asked.read().0.clone())
                    cure=Memo::new(move |_| asked.read().1.clone())
                    on_close=Callback::new(move |()| dismissed.set(Some(asked.get_untracked().0)))
                />
            </Show>
        </div>
    }
}

/// Where the cards of the nodes are on the canvas.
fn cards_on_screen(ui: Ui) -> Vec<Rect> {
    let camera = ui.viewport.camera.get_untracked();
    ui.editing.document.with_untracked(|document| {
        let on_screen = |card: Rect| {
            let [x, y] = [card.x * camera.zoom + camera.x, card.y * camera.zoom + camera.y];
            Rect { x, y, w: card.w * camera.zoom, h: card.h * camera.zoom }
        };
        document.nodes.iter().map(geometry::card).map(on_screen).collect()
    })
}

/// The corner of a canvas of this size in which something of `size` covers the least of the nodes: bottom left unless
/// another one is better.
fn freest(cards: &[Rect], view: [f64; 2], size: [f64; 2]) -> &'static str {
    const MARGIN: f64 = 12.0;
    /// The zoom controls are at the bottom right, the hints at the top.
    const TAKEN: f64 = 60.0;
    let (left, right) = (MARGIN, view[0] - size[0] - MARGIN);
    let bottom = view[1] - size[1] - MARGIN;
    /// Beside the zoom controls there has to be room for them.
    const CONTROLS: f64 = 190.0;
    let is_narrow = view[0] < size[0] + 2.0 * MARGIN + CONTROLS;
    let corners = [
        if is_narrow { ("high", left, bottom - TAKEN) } else { ("", left, bottom) },
        ("right", right, bottom - TAKEN),
        ("top", left, MARGIN + TAKEN),
        ("top right", right, MARGIN + TAKEN),
    ];
    let covered = |x: f64, y: f64| -> f64 {
        let overlap = |from: f64, length: f64, other: f64, other_length: f64| {
            ((from + length).min(other + other_length) - from.max(other)).max(0.0)
        };
        cards.iter().map(|card| overlap(x, size[0], card.x, card.w) * overlap(y, size[1], card.y, card.h)).sum()
    };
    let mut best = ("", f64::INFINITY);
    for (name, x, y) in corners {
        let area = covered(x, y);
        if area < best.1 {
            best = (name, area);
        }
    }
    best.0
}

/// The question of an example, or what to watch in it; its cure is behind one word.
#[component]
fn Question(watch: Memo<String>, cure: Memo<String>, on_close: Callback<()>) -> impl IntoView {
    let is_open = RwSignal::new(false);
    Effect::new(move |_| {
        watch.track();
        is_open.set(false);
    });
    let kind = move || if watch.read().ends_with('?') { "Question" } else { "What to watch" };
    view! {
        <aside class="question overlay" class:open=move || is_open.get() aria-label=kind data-testid="question">
            <small>{kind}</small>
            <p>{move || watch.get()}</p>
            <Show when=move || !cure.read().is_empty()>
                <button
                    class="as-link"
                    data-testid="show-cure"
                    aria-expanded=move || is_open.get().to_string()
                    on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
                >
                    {icon("down")}
                    {move || if is_open.get() { "Hide the cure" } else { "Show the cure" }}
                </button>
                <Show when=move || is_open.get()>
                    <p class="cure" data-testid="cure">
                        {move || cure.get()}
                    </p>
                </Show>
            </Show>
            <button class="button icon-only small" aria-label="Dismiss the question" on:click=move |_| on_close.run(())>
                {icon("close")}
            </button>
        </aside>
    }
}

/// The first cause of trouble and its effect, once a run has ended.
#[derive(Clone, Copy)]
struct Note {
    /// Its words, the node it is about, and how many findings there are.
    shown: Memo<Option<(String, Option<String>, usize)>>,
    dismissed: RwSignal<bool>,
}

impl Note {
    fn new(ui: Ui) -> Note {
        let first = Memo::new(move |_| {
            ui.run.findings.with(|findings| {
                let findings = findings.as_ref()?;
                // The first cause together with its effect: often the first is a fault that was planned.
                let mut warnings = findings.iter().filter(|finding| finding.severity == FindingSeverity::Warning);
                let (cause, effect) = (warnings.next()?, warnings.next());
                let text = effect.map_or(cause.text.clone(), |effect| format!("{} {}", cause.text, effect.text));
                let node = effect.and_then(|effect| effect.node.as_ref()).or(cause.node.as_ref());
                Some((text, node.cloned(), findings.len()))
            })
        });
        let dismissed = RwSignal::new(false);
        Effect::new(move |_| {
            first.track();
            dismissed.set(false);
        });
        Note { shown: Memo::new(move |_| first.get().filter(|_| !dismissed.get())), dismissed }
    }
}

#[component]
fn FirstFinding(ui: Ui, note: Note) -> impl IntoView {
    let show_node = move |node: String| {
        view! {
            <button
                class="as-link"
                on:click=move |_| {
                    ui.editing.select(Selection::node(node.clone()));
                    ui.viewport.reveal(&node);
                }
            >
                "Show the node"
            </button>
        }
    };
    move || {
        note.shown.get().map(|(text, node, count)| {
            view! {
                <div class="note overlay" data-testid="finding-note">
                    <p>{text}</p>
                    {node.map(show_node)}
                    <button class="as-link" on:click=move |_| ui.panels.tab.set(Tab::Findings)>
                        {format!("All findings ({count})")}
                    </button>
                    <button
                        class="button icon-only small"
                        aria-label="Dismiss"
                        on:click=move |_| note.dismissed.set(true)
                    >
                        {icon("close")}
                    </button>
                </div>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_stands_where_it_covers_the_least() {
        let card = |x, y| Rect { x, y, w: 160.0, h: 80.0 };
        let corner = |cards: &[Rect]| freest(cards, [850.0, 420.0], [428.0, 110.0]);
        assert_eq!(corner(&[]), "");
        assert_eq!(corner(&[card(20.0, 100.0), card(600.0, 320.0)]), "");
        assert_eq!(freest(&[], [600.0, 420.0], [428.0, 110.0]), "high", "above the zoom controls");
        assert_eq!(corner(&[card(20.0, 320.0)]), "right");
        assert_eq!(corner(&[card(20.0, 320.0), card(600.0, 280.0)]), "top");
        assert_eq!(corner(&[card(20.0, 320.0), card(600.0, 280.0), card(100.0, 100.0)]), "top right");
    }
}
