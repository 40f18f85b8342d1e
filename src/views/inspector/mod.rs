//! The inspector: what is selected, with its numbers and its parameters.

mod fault;
mod field;
mod policy;
mod scale;
mod zone;

use super::canvas::node_status;
use super::commands::{good_defaults, has_policies};
use super::format;
use super::icons::{icon, tile};
use super::state::{Sheet, Ui};
use crate::editor::{Command, Selection, geometry, shown_name};
use crate::faults::is_momentary;
use crate::kinds;
use crate::model::{Document, Fault, Node, Place, RunPlan};
use crate::params::{Field, Shape};
use crate::views::erase::{Gather, live, memo, when};
use field::Slot;
use leptos::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// The most replicas that can be chosen one by one.
const REPLICAS_MAX: u64 = 24;

/// What the inspector is about.
#[derive(Clone, Debug, PartialEq)]
enum Subject {
    Document,
    Node(String),
    Link(String),
    Fault(usize),
    Zone(String),
    Many(usize, usize),
}

fn subject(selection: &Selection, picked: Option<&Place>) -> Subject {
    match (selection.nodes.len(), selection.links.len()) {
        (0, 0) => match picked {
            Some(Place::Fault(index)) => Subject::Fault(*index),
            Some(Place::Zone(id)) => Subject::Zone(id.clone()),
            _ => Subject::Document,
        },
        (1, 0) => Subject::Node(selection.nodes.first().cloned().unwrap_or_default()),
        (0, 1) => Subject::Link(selection.links.first().cloned().unwrap_or_default()),
        (nodes, links) => Subject::Many(nodes, links),
    }
}

/// The inspector.
pub fn inspector(ui: Ui) -> impl IntoView {
    let subject = memo(move || {
        ui.editing.selection.with(|selection| subject(selection, ui.editing.selected_place.read().as_ref()))
    });
    view! {
        <aside
            class="inspector panel"
            class:open=move || ui.panels.sheet.get() == Some(Sheet::Inspector)
            data-testid="inspector"
            aria-label="Inspector"
        >
            <div class="sheet-head">
                <b>"Parameters"</b>
                <button class="button icon-only" aria-label="Close" on:click=move |_| ui.panels.sheet.set(None)>
                    {icon("close")}
                </button>
            </div>
            {live(move || match subject.get() {
                Subject::Document => document_form(ui).into_any(),
                Subject::Node(id) => node_form(ui, id).into_any(),
                Subject::Link(id) => link_form(ui, id).into_any(),
                Subject::Fault(index) => fault::fault_form(ui, index).into_any(),
                Subject::Zone(id) => zone::zone_form(ui, id).into_any(),
                Subject::Many(nodes, links) => many(ui, nodes, links).into_any(),
            })}
        </aside>
    }
    .into_any()
}

fn tiles(all: Memo<[(&'static str, String, bool); 3]>) -> impl IntoView {
    view! {
        <dl class="tiles">
            {live(move || {
                all.get()
                    .map(|(label, value, bad)| {
                        view! {
                            <div>
                                <dt>{label}</dt>
                                <dd class:bad=bad>{value}</dd>
                            </div>
                        }
                    })
                    .into_iter()
                    .gather()
            })}
        </dl>
    }
}

fn dash() -> String {
    "–".to_owned()
}

fn node_form(ui: Ui, id: String) -> impl IntoView {
    let Some(node) = ui.editing.document.with_untracked(|document| document.node(&id).cloned()) else {
        return ().into_any();
    };
    let kind = node.kind.clone();
    let info = kinds::info(&kind);
    let now = ui.run.node(&id);
    let numbers = {
        let kind = kind.clone();
        memo(move || {
            now.with(|now| {
                let Some(now) = now else {
                    return [("utilisation", dash(), false), ("waiting", dash(), false), ("mean", dash(), false)];
                };
                let used = now.utilization.map_or_else(dash, |used| format!("{} %", format::percent(used)));
                let line = node_status::line(&kind, now);
                let third = if line.label.is_empty() { ("mean", dash()) } else { (line.label, line.value) };
                let full = node_status::level(now) == node_status::Level::Full;
                [
                    if now.utilization.is_some() {
                        ("utilisation", used, full)
                    } else {
                        ("rate", format::rate(now.rate_rps), false)
                    },
                    ("waiting", format::grouped(now.waiting as i64), now.waiting > 0 && full),
                    (third.0, third.1, false),
                ]
            })
        })
    };
    let drawn = ui.node(&id);
    let note = memo(move || {
        drawn.with(|node| node.as_ref().map(|node| kinds::note(&node.kind, &node.params)).unwrap_or_default())
    });
    let slot = Slot::new(ui, Place::Node(id.clone()), kinds::fields(&kind).unwrap_or_default());
    let whole = whole_problems(ui, Place::Node(id.clone()));
    view! {
        {name_field(ui, node)}
        {info.map(|info| view! { <p class="help about">{info.help}</p> })}
        {whole}
        {tiles(numbers)}
        <div class="form">{slot.form()}</div>
        {when(move || !note.with(String::is_empty), move || view! { <p class="help about" data-testid="note">{live(move || note.get())}</p> }.into_any())}
        {break_it(ui, Place::Node(id.clone()))}
        <div class="actions">
            <button
                class="button outlined small"
                on:click={
                    let id = id.clone();
                    move |_| {
                        ui.edit(Command::Duplicate(Selection::node(id.clone())));
                    }
                }
            >
                {icon("copy")}
                "Duplicate"
            </button>
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.edit(Command::Remove(Selection::node(id.clone())));
                }
            >
                {icon("trash")}
                "Delete"
            </button>
        </div>
    }
    .into_any()
}

fn name_field(ui: Ui, node: Node) -> impl IntoView {
    let label = kinds::info(&node.kind).map_or("Unknown kind", |info| info.label);
    let live = ui.node(&node.id);
    let name =
        memo(move || live.with(|node| node.as_ref().map(|node| shown_name(node).to_owned()).unwrap_or_default()));
    let id = node.id.clone();
    view! {
        <div class="head">
            {tile(&node.kind)}
            <span>
                <input
                    class="name"
                    type="text"
                    aria-label="Name"
                    data-testid="field-name"
                    maxlength="80"
                    placeholder=label
                    prop:value=move || name.get()
                    on:change=move |event| {
                        let name = event_target_value(&event).trim().to_owned();
                        ui.edit(Command::Rename { node: id.clone(), name });
                    }
                />
                <small>{label}</small>
            </span>
        </div>
    }
}

/// Problems with a thing as a whole, or with whom a fault befalls, which no control can show.
fn whole_problems(ui: Ui, place: Place) -> impl IntoView {
    let all = memo(move || {
        ui.editing.problems.with(|all| {
            let whole = all.iter().filter(|each| {
                each.place == place && ["", "fault", "target", "links", "between"].contains(&each.field.as_str())
            });
            whole.map(|each| format!("{}: {}", each.what, each.right)).collect::<Vec<_>>()
        })
    });
    live(move || all.get().into_iter().map(|text| view! { <p class="wrong">{text}</p> }).gather())
}

/// Adds the replicas of a node: ids with what they are called.
fn replicas(node: &Node, all: &mut Vec<(String, String)>) {
    let count = geometry::replicas(node);
    if count > 1 {
        let name = shown_name(node);
        let replica = |number: u64| (format!("{}#{number}", node.id), format!("{name}, replica {number}"));
        all.extend((1..=count.min(REPLICAS_MAX)).map(replica));
    }
}

/// A list of boxes to tick: ids with what they are called, and which of them are chosen.
fn checks(
    legend: &'static str,
    testid: &'static str,
    all: Memo<Vec<(String, String)>>,
    chosen: impl Fn() -> Vec<String> + Send + Sync + 'static,
    change: impl Fn(Vec<String>) + Send + Sync + 'static,
) -> AnyView {
    let chosen = memo(chosen);
    let change: Arc<dyn Fn(Vec<String>) + Send + Sync> = Arc::new(change);
    let row = move |(id, name): (String, String)| {
        let (mine, change) = (id.clone(), change.clone());
        let is_on = move || chosen.with(|all| all.contains(&mine));
        let was_on = is_on.clone();
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=is_on
                    on:change=move |event| {
                        let mut all = chosen.get_untracked();
                        all.retain(|it| *it != id);
                        if event_target_checked(&event) {
                            all.push(id.clone());
                        }
                        change(all);
                        // What was refused is shown as it is.
                        event_target::<web_sys::HtmlInputElement>(&event).set_checked(untrack(&was_on));
                    }
                />
                {name}
            </label>
        }
    };
    view! {
        <fieldset class="field wide checks" data-testid=testid>
            <legend class="label">{legend}</legend>
            {live(move || all.get().into_iter().map(&row).gather())}
        </fieldset>
    }
    .into_any()
}

/// Breaks a node, a link or a zone now, and mends it.
fn break_it(ui: Ui, place: Place) -> impl IntoView {
    let crash = !matches!(place, Place::Link(_));
    let cut = !matches!(place, Place::Node(_));
    let button = |fault: &'static str, words: [&'static str; 2]| {
        let (seen, place) = (place.clone(), place.clone());
        let down = memo(move || ui.keeps_broken(&seen, fault).is_some());
        view! {
            <button
                class="button small break"
                class:restore_link=move || down.get()
                data-testid=if fault == "crash" || !crash { "break" } else { "cut-off" }
                on:click=move |_| ui.toggle(&place, fault)
            >
                {live(move || words[usize::from(down.get())])}
            </button>
        }
        .into_any()
    };
    view! {
        <h2 class="section">"Break it"</h2>
        <div class="actions">
            {crash.then(|| button("crash", ["Crash", "Bring back up"]))}
            {cut.then(|| button("partition", [if crash { "Cut off" } else { "Cut" }, "Heal"]))}
            <small class="quiet">"Recorded as a fault at this simulated time."</small>
        </div>
    }
}

fn link_form(ui: Ui, id: String) -> impl IntoView {
    let ends = {
        let id = id.clone();
        memo(move || {
            ui.editing.document.with(|document| {
                let link = document.link(&id)?;
                let name = |node: &str| document.node(node).map(|node| shown_name(node).to_owned());
                Some((name(&link.from)?, name(&link.to)?))
            })
        })
    };
    let now = ui.run.link(&id);
    let numbers = memo(move || {
        now.with(|now| match now {
            None => [("attempts", dash(), false), ("failed", dash(), false), ("in flight", dash(), false)],
            Some(now) => [
                ("attempts", format::rate(now.rate_rps), false),
                ("failed", format::rate(now.failed_rps), now.failed_rps > 0.05),
                ("in flight", format::grouped(now.in_flight as i64), false),
            ],
        })
    });
    // The caller's kind decides which parameters a link has; reconnecting may change it.
    let caller = {
        let id = id.clone();
        memo(move || {
            ui.editing.document.with(|document| {
                let from = document.link(&id).and_then(|link| document.node(&link.from));
                from.map(|node| node.kind.clone()).unwrap_or_default()
            })
        })
    };
    let form = {
        let id = id.clone();
        move || caller.with(|kind| Slot::new(ui, Place::Link(id.clone()), crate::link::link_fields_from(kind))).form()
    };
    let whole = whole_problems(ui, Place::Link(id.clone()));
    let (gone, policed) = (id.clone(), id.clone());
    view! {
        <div class="head">
            <span class="tile kind-link" aria-hidden="true">{icon("link")}</span>
            <span>
                <b>{live(move || ends.get().map(|(from, to)| format!("{from} → {to}")))}</b>
                <small>"Link"</small>
            </span>
        </div>
        {whole}
        {tiles(numbers)}
        <div class="form">{form}</div>
        {when(move || has_policies(&caller.get()), move || {
            let id = policed.clone();
            view! {
                <div class="actions">
                    <button
                        class="button outlined small"
                        data-testid="good-defaults"
                        title="A deadline, two retries with full jitter and a budget, and a breaker"
                        on:click=move |_| good_defaults(ui, Some(&id))
                    >
                        {icon("check")}
                        "Good defaults"
                    </button>
                </div>
                {policy::policies(ui, policed.clone(), crate::link::link_fields_from(&caller.get()))}
            }
            .into_any()
        })}
        {break_it(ui, Place::Link(id))}
        <div class="actions">
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.edit(Command::Remove(Selection::link(gone.clone())));
                }
            >
                {icon("trash")}
                "Delete"
            </button>
        </div>
    }
}

fn many(ui: Ui, nodes: usize, links: usize) -> impl IntoView {
    view! {
        <div class="head">
            <b>{format!("{}, {}", format::counted(nodes, "node"), format::counted(links, "link"))}</b>
        </div>
        <p class="quiet">"Drag, nudge with the arrow keys, duplicate or delete them together. Select one to see its parameters."</p>
        <div class="actions">
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.edit(Command::Duplicate(ui.editing.selection.get_untracked()));
                }
            >
                {icon("copy")}
                "Duplicate"
            </button>
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.edit(Command::Remove(ui.editing.selection.get_untracked()));
                }
            >
                {icon("trash")}
                "Delete"
            </button>
        </div>
    }
}

/// The run plan, described like a kind's parameters.
fn run_fields() -> Vec<Field> {
    let plan = RunPlan::default();
    let field =
        |key, label, unit, help, default: Value, shape| Field { key, label, unit, help, default, none: None, shape };
    vec![
        field(
            "duration_s",
            "Duration",
            "s",
            "How long to simulate.",
            json!(plan.duration_s),
            Shape::Number { min: 1.0, max: 86_400.0 },
        ),
        field(
            "warmup_s",
            "Warm-up",
            "s",
            "The report leaves out what happens before this time, while queues fill and caches are cold.",
            json!(plan.warmup_s),
            Shape::Number { min: 0.0, max: 86_400.0 },
        ),
        field(
            "seed",
            "Seed",
            "",
            "The luck of the run: the same seed gives the same run, event by event, everywhere.",
            json!(plan.seed),
            Shape::Integer { min: 0, max: u32::MAX },
        ),
    ]
}

fn document_form(ui: Ui) -> impl IntoView {
    let title = memo(move || ui.editing.document.with(|document| document.title.clone()));
    let words = memo(move || ui.editing.document.with(|document| [document.watch.clone(), document.cure.clone()]));
    let faults = memo(move || ui.editing.document.with(|document| document.faults.clone()));
    let slot = Slot::new(ui, Place::Run, run_fields());
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
                    prop:value=move || title.get()
                    on:change=move |event| {
                        ui.edit(Command::SetTitle(event_target_value(&event).trim().to_owned()));
                    }
                />
                <small>"The whole diagram"</small>
            </span>
        </div>
        {live(move || {
            ["What to watch", "The cure"]
                .into_iter()
                .zip(words.get())
                .filter(|(_, text)| !text.is_empty())
                .map(|(title, text)| {
                    view! {
                        <p class="watch">
                            <b>{title}</b>
                            {text}
                        </p>
                    }
                })
                .gather()
        })}
        <h2 class="section">"The run"</h2>
        <div class="form">{slot.form()}</div>
        <h2 class="section">"Faults"</h2>
        {live(move || {
            let all = faults.get();
            if all.is_empty() {
                return view! { <p class="quiet">"None. Right-click a node or a link while it runs, or add one on the time line."</p> }.into_any();
            }
            let rows = all.iter().enumerate().map(|(index, fault)| fault_row(ui, index, fault)).gather();
            view! { <ul class="rows">{rows}</ul> }.into_any()
        })}
    }
}

fn fault_row(ui: Ui, index: usize, fault: &Fault) -> impl IntoView + use<> {
    let words = ui.editing.document.with_untracked(|document| fault_words(fault, |id| name_of(document, id)));
    let when = fault_time(fault);
    let label = format!("Remove {words}");
    view! {
        <li class="row">
            <button class="row-main" on:click=move |_| ui.select_place(Place::Fault(index))>
                <b>{words}</b>
                <small>{when}</small>
            </button>
            <button
                class="button icon-only"
                aria-label=label.clone()
                title=label
                on:click=move |_| {
                    ui.edit(Command::RemoveFault(index));
                }
            >
                {icon("close")}
            </button>
        </li>
    }
}

/// What a node, one of its replicas (`db#2`), a link or a zone is called on the page.
pub fn name_of(document: &Document, id: &str) -> Option<String> {
    let node = |id: &str| document.node(id).map(|node| shown_name(node).to_owned());
    let replica = || {
        let (base, number) = id.rsplit_once('#')?;
        Some(format!("{} #{number}", node(base)?))
    };
    let zone = || document.zone(id).map(|zone| zone.shown_name().to_owned());
    let link = || {
        let link = document.link(id)?;
        Some(format!("{} → {}", node(&link.from)?, node(&link.to)?))
    };
    node(id).or_else(zone).or_else(replica).or_else(link)
}

/// A fault in a few words; `name` finds what an id is called.
pub fn fault_words(fault: &Fault, name: impl Fn(&str) -> Option<String>) -> String {
    let called = |value: &Value| value.as_str().map(|id| name(id).unwrap_or_else(|| id.to_owned()));
    let target = fault.params.get("target").and_then(called);
    let links = fault
        .params
        .get("links")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(called).collect::<Vec<_>>().join(", "));
    let side = |side: &Value| {
        let names: Vec<String> = side.as_array().into_iter().flatten().filter_map(called).collect();
        match names.as_slice() {
            [first, _, _, ..] => format!("{first} and {} others", names.len() - 1),
            few => few.join(", "),
        }
    };
    let sides = fault.params.get("between").and_then(Value::as_array);
    let between = sides.map(|sides| sides.iter().map(side).collect::<Vec<_>>().join(" | "));
    let what = match fault.fault.as_str() {
        "partition" => match fault.params.get("direction").and_then(Value::as_str) {
            Some("forward" | "backward") => "cut one way".to_owned(),
            _ => "cut".to_owned(),
        },
        other => other.replace('_', " "),
    };
    match target.or(links).or(between) {
        Some(whom) => format!("{whom}: {what}"),
        None => what,
    }
}

/// When a fault is on, in a few words.
pub fn fault_time(fault: &Fault) -> String {
    let start = format::number(fault.start_s);
    match fault.duration_s {
        Some(duration_s) => format!("{start} s to {} s", format::number(fault.start_s + duration_s)),
        None if is_momentary(fault) => format!("at {start} s"),
        None => format!("from {start} s to the end"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_by_name() {
        let mut fault = Fault {
            fault: "crash".to_owned(),
            start_s: 31.0,
            duration_s: Some(4.0),
            params: [("target".to_owned(), json!("db"))].into_iter().collect(),
        };
        assert_eq!(fault_words(&fault, |_| Some("Orders DB".to_owned())), "Orders DB: crash");
        assert_eq!(fault_words(&fault, |_| None), "db: crash");
        assert_eq!(fault_time(&fault), "31 s to 35 s");
        fault.params = [("links".to_owned(), json!(["a", "b"]))].into_iter().collect();
        fault.fault = "partition".to_owned();
        fault.duration_s = None;
        assert_eq!(fault_words(&fault, |_| None), "a, b: cut");
        fault.params = [("between".to_owned(), json!([["z"], ["a", "b", "c"]]))].into_iter().collect();
        assert_eq!(fault_words(&fault, |_| None), "z | a and 2 others: cut");
        assert_eq!(fault_time(&fault), "from 31 s to the end");
    }

    #[test]
    fn the_subject_is_what_is_selected() {
        assert_eq!(subject(&Selection::default(), None), Subject::Document);
        assert_eq!(subject(&Selection::default(), Some(&Place::Fault(2))), Subject::Fault(2));
        assert_eq!(subject(&Selection::node("a"), None), Subject::Node("a".to_owned()));
        assert_eq!(subject(&Selection::link("l"), None), Subject::Link("l".to_owned()));
    }
}
