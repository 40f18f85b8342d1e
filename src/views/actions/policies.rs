//! What goes wrong on links, and what is done about it.

use super::{Action, CANVAS, Group, LINKS, NODE, Scope, USUAL, selected_places};
use crate::editor::Command;
use crate::kind::Role;
use crate::kinds;
use crate::model::Link;
use crate::views::state::{About, Ui};
use leptos::prelude::*;

pub(super) static ACTIONS: &[Action] = &[
    Action {
        label: "Restore everything here",
        icon: "check",
        group: Group::Resilience,
        on: NODE | LINKS,
        is_possible: |ui| {
            let places = selected_places(ui);
            let [place] = places.as_slice() else { return false };
            // Entries of their own end these.
            let choices = untrack(|| ui.run.live_choices(&places));
            let ended: Vec<usize> = choices.iter().filter_map(|choice| choice.end?.1).collect();
            untrack(|| ui.run.faults_at(place)).iter().any(|fault| !ended.contains(fault))
        },
        perform: |ui| selected_places(ui).iter().for_each(|place| ui.run.restore(place)),
        ..USUAL
    },
    Action {
        label: "Partition across a line…",
        icon: "cut",
        keys: &["X"],
        on: CANVAS,
        group: Group::Resilience,
        is_possible: |ui| !ui.editing.document.read_untracked().links.is_empty(),
        perform: |ui| ui.viewport.cutting.update(|cutting| *cutting = !*cutting),
        ..USUAL
    },
    Action {
        label: "Recommended policies on every link",
        icon: "check",
        scope: Scope::Page,
        on: CANVAS,
        group: Group::Resilience,
        is_possible: |ui| {
            let document = ui.editing.document.read_untracked();
            document
                .nodes
                .iter()
                .any(|node| has_policies(&node.kind) && document.links.iter().any(|link| link.from == node.id))
        },
        perform: |ui| set_recommended_policies(ui, None),
        ..USUAL
    },
];

/// Whether links from this kind have policies of their own: jobs that a queue delivers have those of the
/// queue.
pub fn has_policies(caller: &str) -> bool {
    kinds::info(caller).is_none_or(|info| info.role != Role::Queue)
}

/// Sets the recommended policies on a link, or on all that can have policies: timeouts that fit each other,
/// retries with a budget, and circuit breakers.
pub fn set_recommended_policies(ui: Ui, link: Option<&str>) {
    let document = ui.editing.document.get_untracked();
    let takes_policies = |each: &&Link| {
        link.is_none_or(|id| each.id == id)
            && document.node(&each.from).is_some_and(|caller| has_policies(&caller.kind))
    };
    let links = document.links.iter().filter(takes_policies).map(|link| link.id.clone()).collect();
    if let Err(refusal) = ui.run.edit(Command::RecommendedPolicies(links), false) {
        return ui.panels.notify_about(About::Change, refusal);
    }
    ui.panels.notify(
        "Set: timeouts that leave the calls behind them their time, one or two retries with full jitter and a budget, and circuit breakers. Undo restores what was there.",
    );
}
