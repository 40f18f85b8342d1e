//! The forms without their heads, for the outline. `scope` begins the ids of the controls.

use super::change::ChangeFields;
use super::controls::Essentials;
use super::fault::FaultFields;
use super::head::HeadActions;
use super::link::LinkParameters;
use super::node::{NameField, NodeParameters};
use super::parameters::Parameter;
use super::policies::NodePolicies;
use super::problems::PlaceProblems;
use crate::kinds;
use crate::model::{Place, RunPlan};
use crate::views::state::Ui;
use leptos::prelude::*;

/// The name, the parameters and the resilience policies of a node.
pub fn node(ui: Ui, id: String, kind: String, scope: &'static str) -> AnyView {
    let label = kinds::info(&kind).map_or("Unknown kind", |info| info.label);
    view! {
        <div class="field">
            <span class="label">
                <span>"Name"</span>
            </span>
            <span class="value roomy long">
                <NameField ui id=id.clone() label scope />
            </span>
        </div>
        <PlaceProblems ui place=Place::Node(id.clone()) />
        <NodeParameters ui id=id.clone() kind=kind.clone() scope />
        <NodePolicies ui id kind scope />
    }
    .into_any()
}

/// The parameters and the resilience policies of a link.
pub fn link(ui: Ui, id: String, scope: &'static str) -> AnyView {
    view! {
        <PlaceProblems ui place=Place::Link(id.clone()) />
        <LinkParameters ui id scope />
    }
    .into_any()
}

/// What a fault affects, when, and its parameters.
pub fn fault(ui: Ui, index: usize, scope: &'static str) -> AnyView {
    view! { <FaultFields ui index scope /> }.into_any()
}

/// When a parameter changes, and to what.
pub fn change(ui: Ui, index: usize, scope: &'static str) -> AnyView {
    view! { <ChangeFields ui index scope /> }.into_any()
}

/// The settings of the run.
pub fn run(ui: Ui, scope: &'static str) -> AnyView {
    let fields = RunPlan::described();
    let parameter = Parameter::new(ui, Place::Run, fields.clone()).within(scope);
    view! { <Essentials parameter fields about="run".to_owned() /> }.into_any()
}

/// "Inject a fault", and "Connect…" where a node can call others.
pub fn actions(ui: Ui, place: Place, connects: Option<String>, scope: &'static str) -> AnyView {
    view! { <HeadActions ui place connects scope /> }.into_any()
}
