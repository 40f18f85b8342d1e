//! What a gesture draws on the canvas while it is in progress.

use crate::editor::geometry::{self, Rect};
use crate::editor::{End, may_connect};
use crate::views::gestures::{Over, Preview};
use crate::views::state::Ui;
use leptos::prelude::*;

/// What nodes need to know of a link that is being drawn. Each part changes only when its own value
/// does, and not with every move of the pointer.
#[derive(Clone, Copy)]
pub struct LinkTargets {
    ui: Ui,
    /// The node that a new link is pulled from, and which end of the link is loose.
    new_link: Memo<Option<(String, End)>>,
    /// The node under the loose end.
    over: Memo<Option<Over>>,
}

impl LinkTargets {
    /// Follows the gesture in progress.
    pub fn new(ui: Ui) -> LinkTargets {
        let new_link = Memo::new(move |_| match &*ui.gestures.preview.read() {
            Preview::LooseLink { fixed, loose, link: None, .. } => Some((fixed.clone(), *loose)),
            _ => None,
        });
        let over = Memo::new(move |_| match &*ui.gestures.preview.read() {
            Preview::LooseLink { over, .. } => over.clone(),
            _ => None,
        });
        LinkTargets { ui, new_link, over }
    }

    /// Whether the link may end at this node; nothing while no link is drawn, and for nodes that are
    /// neither possible ends nor under the pointer.
    pub fn accepts(self, id: String) -> Memo<Option<bool>> {
        let is_possible = {
            let id = id.clone();
            Memo::new(move |_| {
                let new_link = self.new_link.read();
                let (fixed, loose) = new_link.as_ref().filter(|(fixed, _)| *fixed != id)?;
                let (from, to) = if *loose == End::From { (&id, fixed) } else { (fixed, &id) };
                may_connect(&self.ui.editing.document.read(), from, to, None).is_ok().then_some(true)
            })
        };
        Memo::new(move |_| {
            let over =
                self.over.with(|over| over.as_ref().filter(|over| over.node == id).map(|over| over.refusal.is_none()));
            over.or_else(|| is_possible.get())
        })
    }
}

/// The ends of a selected link, to move them to other nodes.
#[component]
pub fn LinkHandles(ui: Ui) -> impl IntoView {
    let selected = Memo::new(move |_| {
        let selection = ui.editing.selection.read();
        if selection.links.len() != 1 || !selection.nodes.is_empty() {
            return None;
        }
        let id = selection.links.first()?.clone();
        let curve = ui.editing.routes.with(|routes| routes.get(&id).copied())?;
        Some((id, curve))
    });
    move || {
        selected.get().map(|(id, curve)| {
            // A little inside, so that the ports at the ends can still be pressed.
            let inside = (24.0 / curve.length()).min(0.36);
            [("from", curve.point_at(inside)), ("to", curve.point_at(1.0 - inside))]
                .map(|(which, [x, y])| {
                    view! {
                        <circle
                            class="link-end"
                            data-end=which
                            data-of=id.clone()
                            cx=x.to_string()
                            cy=y.to_string()
                            r="6.5"
                        />
                    }
                })
                .collect_view()
        })
    }
}

/// The link that is being drawn, or whose end is being moved.
#[component]
pub fn GhostLink(ui: Ui) -> impl IntoView {
    let path = Memo::new(move |_| {
        let document = ui.editing.document.read();
        let preview = ui.gestures.preview.read();
        let Preview::LooseLink { fixed, at, over, .. } = &*preview else { return None };
        let card = document.node(fixed).map(geometry::card)?;
        let refused = over.as_ref().is_some_and(|over| over.refusal.is_some());
        Some((geometry::loose_curve(&card, *at).path(), refused))
    });
    move || path.get().map(|(d, refused)| view! { <path class="link-preview" class:refused=refused d=d /> })
}

/// The rectangle that selects nodes.
#[component]
pub fn Marquee(ui: Ui) -> impl IntoView {
    move || match *ui.gestures.preview.read() {
        Preview::Marquee(Rect { x, y, w, h }) => Some(view! {
            <rect class="marquee" x=x.to_string() y=y.to_string() width=w.to_string() height=h.to_string() />
        }),
        _ => None,
    }
}

/// The line that partitions the links it crosses.
#[component]
pub fn CutLine(ui: Ui) -> impl IntoView {
    move || match *ui.gestures.preview.read() {
        Preview::CutLine([[x, y], [to_x, to_y]]) => {
            Some(view! { <path class="cut-line" d=format!("M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}") /> })
        }
        _ => None,
    }
}

/// Why the link may not end at the node under the pointer.
#[component]
pub fn Refusal(ui: Ui) -> impl IntoView {
    let sentence = Memo::new(move |_| match &*ui.gestures.preview.read() {
        Preview::LooseLink { over: Some(over), .. } => over.refusal.clone(),
        _ => None,
    });
    move || sentence.get().map(|text| view! { <p class="refusal" role="status">{text}</p> })
}
