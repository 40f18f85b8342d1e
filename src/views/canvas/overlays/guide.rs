//! What the page says beside the diagram: the question of an example, and the first finding of a run. They stand where
//! they cover the fewest nodes.

use super::when_settled;
use crate::editor::Selection;
use crate::editor::geometry;
use crate::report::FindingSeverity;
use crate::views::icons::icon;
use crate::views::state::{Tab, Ui};
use leptos::html;
use leptos::prelude::*;

/// The question and the first finding, in the corner where they cover the fewest nodes.
#[component]
pub fn Guide(ui: Ui) -> impl IntoView {
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
    // Where it covers nodes in every corner, the first line of it is shown until it is pointed at.
    let is_short = RwSignal::new(false);
    let whole = StoredValue::new([0.0, 0.0]);
    Effect::new(move |_| {
        asked.track();
        note.shown.track();
        is_short.set(false);
    });
    let changes = move || {
        note.shown.track();
        has_question.track();
        asked.track();
        is_short.track();
        ui.viewport.size.track();
        ui.viewport.camera.track();
    };
    when_settled(changes, move || {
        let Some(Some(element)) = element.try_get_untracked() else { return };
        let size = [f64::from(element.offset_width()), f64::from(element.offset_height())];
        let (cards, canvas) = (ui.viewport.kept_clear_on_screen(), ui.viewport.size.get_untracked());
        if !is_short.get_untracked() {
            whole.set_value(size);
        }
        let (place, covers) = geometry::freest_corner(&cards, canvas, whole.get_value());
        match (covers, is_short.get_untracked()) {
            (false, false) => corner.set(place),
            (false, true) => {
                corner.set(place);
                is_short.set(false);
            }
            (true, true) => corner.set(geometry::freest_corner(&cards, canvas, size).0),
            (true, false) => {
                corner.set(place);
                is_short.set(true);
                request_animation_frame(move || ui.viewport.fit_again());
            }
        }
    });
    let class = move || format!("guide {}{}", corner.get(), if is_short.get() { " short" } else { "" });
    view! {
        <div class=class node_ref=element>
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
