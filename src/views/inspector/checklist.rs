//! A list of boxes to tick.

use crate::editor::shown_name;
use crate::kinds;
use crate::model::{Node, ReplicaRef};
use leptos::prelude::*;
use std::sync::Arc;

/// The most replicas of a node that can be chosen one by one.
const REPLICAS_MAX: u32 = 24;

/// An id with its name.
pub type Named = (String, String);

/// Boxes to tick, one for each of `all`.
#[component]
pub fn Checklist(
    legend: &'static str,
    testid: &'static str,
    /// What can be chosen.
    all: Memo<Vec<Named>>,
    /// The ids of what is chosen.
    chosen: Memo<Vec<String>>,
    /// Called with the ids of what is chosen then.
    change: Arc<dyn Fn(Vec<String>) + Send + Sync>,
) -> impl IntoView {
    let row = move |(id, name): Named| {
        let change = change.clone();
        let is_chosen = {
            let id = id.clone();
            move || chosen.with(|all| all.contains(&id))
        };
        let shown = is_chosen.clone();
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=shown
                    on:change=move |event| {
                        let mut all = chosen.get_untracked();
                        all.retain(|other| *other != id);
                        if event_target_checked(&event) {
                            all.push(id.clone());
                        }
                        change(all);
                        // A change that was refused leaves the box as it was.
                        event_target::<web_sys::HtmlInputElement>(&event).set_checked(untrack(&is_chosen));
                    }
                />
                {name}
            </label>
        }
    };
    view! {
        <fieldset class="field wide checks" data-testid=testid>
            <legend class="label">{legend}</legend>
            <For each=move || all.get() key=Clone::clone children=row />
        </fieldset>
    }
}

/// Adds the replicas of a node that has more than one.
pub fn push_replicas(node: &Node, all: &mut Vec<Named>) {
    let count = kinds::replicas(node);
    if count > 1 {
        let name = shown_name(node);
        let id = |number| ReplicaRef { node: &node.id, number }.to_string();
        let replica = |number: u32| (id(number), format!("{name}, replica {number}"));
        all.extend((1..=count.min(REPLICAS_MAX)).map(replica));
    }
}
