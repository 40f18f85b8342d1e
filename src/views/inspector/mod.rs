//! The inspector: what is selected, with its numbers and its parameters.

mod change;
mod checklist;
mod controls;
mod diagram;
mod fault;
pub mod forms;
mod head;
mod link;
mod live_faults;
mod multiple;
mod node;
mod parameters;
mod policies;
mod problems;
mod tiles;
mod words;
mod zone;

pub use head::plain_tile;
pub use words::{change_words, fault_time, fault_words, name_of};

use super::access::focus_canvas;
use super::later::LaterView;
use super::layout::SheetHead;
use super::state::{Sheet, Ui};
use crate::editor::Selection;
use crate::model::{Document, Place};
use change::ChangeForm;
use diagram::DiagramForm;
use fault::FaultForm;
use leptos::prelude::*;
use link::LinkForm;
use multiple::MultipleForm;
use node::NodeForm;
use zone::ZoneForm;

/// What the inspector is about. Another subject gets another form: a node of another kind under the
/// same id is another subject.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// The whole diagram: nothing is selected.
    Diagram,
    /// A node, and its kind.
    Node {
        /// Its id.
        id: String,
        /// Registry id.
        kind: String,
    },
    /// The link of this id.
    Link(String),
    /// The fault of this index.
    Fault(usize),
    /// The parameter change of this index.
    Change(usize),
    /// The zone of this id.
    Zone(String),
    /// Several nodes and links.
    Multiple {
        /// How many nodes.
        nodes: usize,
        /// How many links.
        links: usize,
    },
}

fn subject(document: &Document, selection: &Selection, place: Option<&Place>) -> Subject {
    match (selection.nodes.len(), selection.links.len()) {
        (0, 0) => match place {
            Some(Place::Fault(index)) => Subject::Fault(*index),
            Some(Place::Change(index)) => Subject::Change(*index),
            Some(Place::Zone(id)) => Subject::Zone(id.clone()),
            _ => Subject::Diagram,
        },
        (1, 0) => {
            let id = selection.nodes.first().cloned().unwrap_or_default();
            let kind = document.node(&id).map(|node| node.kind.clone()).unwrap_or_default();
            Subject::Node { id, kind }
        }
        (0, 1) => Subject::Link(selection.links.first().cloned().unwrap_or_default()),
        (nodes, links) => Subject::Multiple { nodes, links },
    }
}

/// The form of a subject.
pub fn form(ui: Ui, subject: Subject) -> AnyView {
    match subject {
        Subject::Diagram => view! { <DiagramForm ui /> }.into_any(),
        Subject::Node { id, kind } => view! { <NodeForm ui id kind /> }.into_any(),
        Subject::Link(id) => view! { <LinkForm ui id /> }.into_any(),
        Subject::Fault(index) => view! { <FaultForm ui index /> }.into_any(),
        Subject::Change(index) => view! { <ChangeForm ui index /> }.into_any(),
        Subject::Zone(id) => view! { <ZoneForm ui id /> }.into_any(),
        Subject::Multiple { nodes, links } => view! { <MultipleForm ui nodes links /> }.into_any(),
    }
}

/// The inspector.
#[component]
pub fn Inspector(
    /// The page.
    ui: Ui,
) -> impl IntoView {
    let subject = Memo::new(move |_| {
        let place = ui.editing.selected_place.read();
        ui.editing
            .document
            .with(|document| ui.editing.selection.with(|selection| subject(document, selection, place.as_ref())))
    });
    let form = move || {
        let subject = subject.get();
        view! { <LaterView ui waits=true draw=move |later| (later.form)(ui, subject.clone()) /> }
    };
    view! {
        <aside
            class="inspector panel"
            class:open=move || ui.panels.sheet.get() == Some(Sheet::Inspector)
            data-testid="inspector"
            aria-label="Inspector"
            on:keydown=move |event| {
                if event.key() == "Escape" && !event.default_prevented() {
                    event.prevent_default();
                    event.stop_propagation();
                    ui.panels.sheet.set(None);
                    focus_canvas(ui);
                }
            }
        >
            <SheetHead ui title="Parameters" />
            {form}
        </aside>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Node, Params};

    #[test]
    fn the_subject_is_what_is_selected() {
        let document = Document::default();
        let of = |selection: &Selection, place: Option<&Place>| subject(&document, selection, place);
        assert_eq!(of(&Selection::default(), None), Subject::Diagram);
        assert_eq!(of(&Selection::default(), Some(&Place::Fault(2))), Subject::Fault(2));
        assert_eq!(of(&Selection::link("l"), None), Subject::Link("l".to_owned()));
    }

    #[test]
    fn a_node_of_another_kind_with_the_same_id_is_another_subject() {
        let document = |kind: &str| {
            let node = Node {
                id: "orders".to_owned(),
                kind: kind.to_owned(),
                name: String::new(),
                at: [0.0, 0.0],
                params: Params::new(),
            };
            Document { nodes: vec![node], ..Document::default() }
        };
        let of = |document: &Document| subject(document, &Selection::node("orders"), None);
        assert_ne!(of(&document("app")), of(&document("database")));
        assert_eq!(of(&document("app")), Subject::Node { id: "orders".to_owned(), kind: "app".to_owned() });
    }
}
