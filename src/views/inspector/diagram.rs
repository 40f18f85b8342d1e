//! The form of the whole diagram: its title, the run, and the faults.

use super::controls::Form;
use super::parameters::Parameter;
use super::words::{fault_time, fault_words, name_of};
use crate::editor::Command;
use crate::model::{Document, Place, RunPlan};
use crate::params::{Field, Shape};
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The form of the whole diagram.
#[component]
pub fn DiagramForm(ui: Ui) -> impl IntoView {
    let title = move || ui.editing.document.with(|document| document.title.clone());
    let parameter = Parameter::new(ui, Place::Run, RunPlan::described());
    let fields = with_sliders(RunPlan::described());
    view! {
        <div class="head">
            <span>
                <input
                    class="name"
                    type="text"
                    aria-label="Title"
                    data-testid="field-title"
                    maxlength="120"
                    placeholder="Untitled"
                    prop:value=title
                    on:change=move |event| {
                        ui.editing.apply(Command::SetTitle(event_target_value(&event).trim().to_owned()));
                    }
                />
                <small>"The whole diagram"</small>
            </span>
        </div>
        <Paragraph ui title="What to watch" text=|document| &document.watch />
        <Paragraph ui title="The cure" text=|document| &document.cure />
        <h2 class="section">"The run"</h2>
        <div class="form">
            <Form parameter fields />
        </div>
        <h2 class="section">"Faults"</h2>
        <FaultList ui />
    }
}

/// The longest time on a slider, seconds. A field takes any time that the setting allows.
const SLIDER_MAX_S: f64 = 86_400.0;

/// The settings of a run with ranges that a slider can show: the whole range of 115 days in steps of a
/// millisecond is too wide for one.
fn with_sliders(mut fields: Vec<Field>) -> Vec<Field> {
    for field in &mut fields {
        if let Shape::Number { min, max } = &mut field.shape {
            *min = min.ceil();
            *max = max.min(SLIDER_MAX_S);
        }
    }
    fields
}

/// A text of the document, where there is one.
#[component]
fn Paragraph(ui: Ui, title: &'static str, text: fn(&Document) -> &str) -> impl IntoView {
    let text = Memo::new(move |_| ui.editing.document.with(|document| text(document).to_owned()));
    view! {
        <Show when=move || !text.with(String::is_empty)>
            <p class="watch">
                <b>{title}</b>
                {move || text.get()}
            </p>
        </Show>
    }
}

/// A fault in a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct FaultRow {
    /// Its index in the document.
    index: usize,
    /// What it does to what, by the names on the page.
    words: String,
    /// When it is in effect.
    when: String,
}

fn fault_rows(document: &Document) -> Vec<FaultRow> {
    let row = |(index, fault)| FaultRow {
        index,
        words: fault_words(fault, |id| name_of(document, id)),
        when: fault_time(fault),
    };
    document.faults.iter().enumerate().map(row).collect()
}

/// The faults of the document.
#[component]
fn FaultList(ui: Ui) -> impl IntoView {
    let rows = Memo::new(move |_| ui.editing.document.with(|document| fault_rows(document)));
    let none = || {
        view! {
            <p class="quiet">
                "None. Right-click a node or a link while the simulation runs, or add one on the timeline."
            </p>
        }
    };
    let draw = move |FaultRow { index, words, when }: FaultRow| {
        let label = format!("Remove {words}");
        view! {
            <li class="row">
                <button class="row-main" on:click=move |_| ui.editing.select_place(Place::Fault(index))>
                    <b>{words}</b>
                    <small>{when}</small>
                </button>
                <button
                    class="button icon-only"
                    aria-label=label.clone()
                    title=label
                    on:click=move |_| {
                        ui.editing.apply(Command::RemoveFault(index));
                    }
                >
                    {icon("close")}
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || !rows.with(Vec::is_empty) fallback=none>
            <ul class="rows">
                <For each=move || rows.get() key=Clone::clone children=draw />
            </ul>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fault, Node, Params};
    use crate::views::inspector::controls::Scale;
    use serde_json::json;

    #[test]
    fn every_time_of_a_run_has_a_slider_and_its_default_is_between_the_ends() {
        let mut times = 0;
        for field in with_sliders(RunPlan::described()) {
            if let Shape::Number { min, max } = field.shape {
                let scale = Scale::of(min, max, false).unwrap_or_else(|| panic!("{} has no slider", field.key));
                let share = scale.share(field.default.as_f64().expect("a number"));
                assert!((0.1..0.9).contains(&share), "{} stands at {share} of its slider", field.key);
                times += 1;
            }
        }
        assert!(times >= 2);
    }

    #[test]
    fn the_row_of_a_fault_follows_the_name_of_its_target() {
        let document = |name: &str| Document {
            nodes: vec![Node {
                id: "db".to_owned(),
                kind: "database".to_owned(),
                name: name.to_owned(),
                at: [0.0, 0.0],
                params: Params::new(),
            }],
            faults: vec![Fault {
                fault: "crash".to_owned(),
                start_s: 1.0,
                duration_s: None,
                params: [("target".to_owned(), json!("db"))].into_iter().collect(),
            }],
            ..Document::default()
        };
        assert!(fault_rows(&document("Orders"))[0].words.contains("Orders"));
        assert_ne!(fault_rows(&document("Orders")), fault_rows(&document("Stock")));
    }
}
