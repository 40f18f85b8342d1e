//! What a gesture draws on the canvas while it is in progress.

use crate::editor::geometry::{self, Curve, Point, Rect};
use crate::editor::pointer::handle;
use crate::editor::{End, Joined, may_connect};
use crate::kinds;
use crate::views::gestures::{Over, Preview};
use crate::views::icons::tile;
use crate::views::state::{MenuOf, OpenMenu, Ui};
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
            Preview::LooseLink { loose, link: None, .. } => Some((loose.fixed.clone(), loose.end)),
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
            [("from", handle(&curve, End::From)), ("to", handle(&curve, End::To))]
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
pub fn LooseLinkPreview(ui: Ui) -> impl IntoView {
    let path = Memo::new(move |_| {
        let document = ui.editing.document.read();
        let (preview, menu) = (ui.gestures.preview.read(), ui.viewport.menu.read());
        let (loose, over) = match (&*preview, &*menu) {
            (Preview::LooseLink { loose, over, .. }, _) => (loose, over.as_ref()),
            // It stays while the page asks what it leads to.
            (_, Some(OpenMenu { of: MenuOf::Kinds(loose), .. })) => (loose, None),
            _ => return None,
        };
        let card = document.node(&loose.fixed).map(geometry::card)?;
        let refused = over.is_some_and(|over| over.refusal.is_some());
        Some((geometry::loose_curve(&card, loose.at).path(), refused))
    });
    move || path.get().map(|(d, refused)| view! { <path class="link-preview" class:refused=refused d=d /> })
}

/// Where the kind would go that is placed next, and with which link.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    kind: &'static str,
    how: &'static str,
    at: Point,
    words: String,
    curve: Option<Curve>,
}

/// The preview of the kind that is placed next; nothing where none is about to be.
pub fn placement(ui: Ui) -> Memo<Option<Placement>> {
    Memo::new(move |_| {
        let (kind, how) = ui.viewport.placement.get()?;
        let placing = ui.placing(kind);
        let document = ui.editing.document.read();
        let card = geometry::card_at(placing.at);
        let into = |card: &Rect| [card.x, card.y + geometry::PORT_Y];
        let other = |id: &str| document.node(id).map(geometry::card);
        let curve = match placing.link.as_ref() {
            Some(Joined::From(id)) => other(id).map(|from| geometry::loose_curve(&from, into(&card))),
            Some(Joined::To(id)) => other(id).map(|to| geometry::loose_curve(&card, into(&to))),
            None => None,
        };
        let words = placing.words(&document);
        Some(Placement { kind, how, at: placing.at, words, curve })
    })
}

/// The card of the kind that is placed next.
#[component]
pub fn PlacementCard(placement: Memo<Option<Placement>>) -> impl IntoView {
    move || {
        placement.get().map(|Placement { kind, how, at: [x, y], words, .. }| {
            view! {
                <div class="placement" style:transform=format!("translate({x}px, {y}px)") aria-hidden="true">
                    {tile(kind)}
                    <span>
                        <b>{kinds::info(kind).map(|info| info.label)}</b>
                        <small>{words}</small>
                        <em>{how}</em>
                    </span>
                </div>
            }
        })
    }
}

/// The link of the kind that is placed next.
#[component]
pub fn PlacementLink(placement: Memo<Option<Placement>>) -> impl IntoView {
    let curve = Memo::new(move |_| placement.with(|placement| placement.as_ref()?.curve));
    move || {
        curve.get().map(|curve| {
            view! {
                <path class="link-preview" d=curve.path() />
                <path class="link-preview arrow" d=curve.arrow() />
            }
        })
    }
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

/// The link that the node at the pointer would be put into.
#[component]
pub fn IntoLink(ui: Ui) -> impl IntoView {
    let into = Memo::new(move |_| match &*ui.gestures.preview.read() {
        Preview::Into(link) | Preview::Place { into: Some(link), .. } => Some(link.clone()),
        _ => None,
    });
    move || {
        let curve = ui.editing.routes.with(|routes| routes.get(&into.get()?).copied());
        curve.map(|curve| view! { <path class="link-into" d=curve.path() /> })
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
pub fn refusal(ui: Ui) -> Memo<Option<String>> {
    Memo::new(move |_| match &*ui.gestures.preview.read() {
        Preview::LooseLink { over: Some(over), .. } => over.refusal.clone(),
        _ => None,
    })
}
