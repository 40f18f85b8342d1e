//! The canvas: nodes as positioned elements, links in one SVG, dots on one canvas over them.
//!
//! Rows are keyed by whatever their view is built from once: a node by its id and its kind, so that a
//! document that uses the id for a node of another kind gets another card. Everything else a row
//! shows is a memo of the document or of the run.

mod detail;
mod dots;
pub mod gestures;
mod link;
pub mod menu;
mod node;
pub mod node_status;
mod overlays;
mod previews;
mod zone;

pub use overlays::{EmptyHint, PartitionLineChoice, when_settled};
pub use previews::refusal;

use super::gestures::Preview;
use super::icons::icon;
use super::state::{BackgroundDrag, Sheet, Ui};
use crate::editor::geometry::GRID;
use crate::model::Document;
use crate::views::later::LaterView;
use detail::Detail;
use dots::Dots;
use leptos::html;
use leptos::prelude::*;
use leptos_use_resize_observer::use_resize_observer;
use link::{DeleteLinkButton, LinkRates, LinkShape, LinkTags};
use menu::ContextMenu;
use node::NodeCard;
use overlays::{Guide, Hints, ZoomControls};
use previews::{CutLine, IntoLink, LinkHandles, LinkTargets, LooseLinkPreview, Marquee, PlacementCard, PlacementLink};
use zone::{ZoneFrames, ZoneHeads};

/// What the card of a node is built from once. A node of another kind gets another card.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CardKey {
    id: String,
    kind: String,
}

fn card_keys(document: &Document) -> Vec<CardKey> {
    document.nodes.iter().map(|node| CardKey { id: node.id.clone(), kind: node.kind.clone() }).collect()
}

/// The canvas with everything on it.
#[component]
pub fn Canvas(
    /// The page.
    ui: Ui,
) -> impl IntoView {
    let root = NodeRef::<html::Section>::new();
    follow_size(ui, root);
    let transform = move || {
        let camera = ui.viewport.camera.get();
        format!("translate({:.2}px, {:.2}px) scale({:.4})", camera.x, camera.y, camera.zoom)
    };
    let grid = Memo::new(move |_| {
        let camera = ui.viewport.camera.get();
        // Dots that come too close are thinned out.
        let step = GRID * camera.zoom * if camera.zoom < 0.45 { 4.0 } else { 1.0 };
        (format!("{step:.2}px {step:.2}px"), format!("{:.2}px {:.2}px", camera.x, camera.y))
    });
    let detail = Detail::new(ui);
    // For what keeps its size on screen, whatever the zoom.
    let zoom = detail.zoom;
    let cards = Memo::new(move |_| ui.editing.document.with(|document| card_keys(document)));
    let links = Memo::new(move |_| {
        ui.editing.document.with(|document| document.links.iter().map(|link| link.id.clone()).collect::<Vec<_>>())
    });
    let connecting = Memo::new(move |_| matches!(*ui.gestures.preview.read(), Preview::LooseLink { .. }));
    let panning = Memo::new(move |_| *ui.gestures.preview.read() == Preview::Panning);
    // Whether a drag over the empty canvas pans.
    let pans = Memo::new(move |_| {
        ui.gestures.space_held.get() || ui.panels.preferences.read().background_drag == BackgroundDrag::Pan
    });
    let targets = LinkTargets::new(ui);
    let placement = previews::placement(ui);
    let zones = zone::places(ui);
    view! {
        <section
            id="canvas"
            class="canvas"
            class:connecting=move || connecting.get()
            class:panning=move || panning.get()
            class:pans=move || pans.get()
            class:many=move || detail.is_many.get()
            class:compact=move || detail.is_compact.get()
            class:tiny=move || detail.is_tiny.get()
            class:nameless=move || detail.is_nameless.get()
            class:jumping=move || !detail.glides.get()
            class:cutting=move || ui.viewport.cutting.get()
            data-testid="canvas"
            aria-label="Canvas"
            tabindex="0"
            node_ref=root
            style=("--text-zoom", move || format!("{:.3}", detail.text_zoom.get()))
            style=("--zoom", move || format!("{:.4}", zoom.get()))
            style:background-size=move || grid.get().0
            style:background-position=move || grid.get().1
            on:pointerdown=move |event| gestures::pressed(ui, &event)
            on:wheel=move |event| gestures::wheel(ui, &event)
            on:contextmenu=move |event| gestures::context_menu(ui, &event)
        >
            <div class="layer">
                <div class="world" style:transform=transform>
                    <svg class="links" width="1" height="1">
                        <ZoneFrames ui places=zones />
                        <For
                            each=move || links.get()
                            key=Clone::clone
                            children=move |id| view! { <LinkShape ui id detail /> }
                        />
                    </svg>
                </div>
            </div>
            <Dots ui />
            <div class="layer">
                <div class="world" style:transform=transform>
                    <For
                        each=move || cards.get()
                        key=Clone::clone
                        children=move |CardKey { id, kind }| view! { <NodeCard ui id kind targets detail /> }
                    />
                    <ZoneHeads ui places=zones />
                    <LinkRates ui links detail />
                    <LinkTags ui detail />
                    <PlacementCard placement />
                    <svg class="handles" width="1" height="1">
                        <PlacementLink placement />
                        <IntoLink ui />
                        <LinkHandles ui />
                        <LooseLinkPreview ui />
                        <Marquee ui />
                        <CutLine ui />
                    </svg>
                    <DeleteLinkButton ui />
                </div>
            </div>
            <LaterView ui waits=true is_silent=true draw=move |later| (later.empty)(ui) />
            <Hints ui />
            <Guide ui />
            <BackToContent ui />
            <ZoomControls ui />
            <div class="sheet-buttons overlay only-small">
                <button class="button outlined" on:click=move |_| ui.panels.sheet.set(Some(Sheet::Palette))>
                    {icon("plus")}
                    <span>"Add"</span>
                </button>
                <button class="button outlined" on:click=move |_| ui.panels.sheet.set(Some(Sheet::Inspector))>
                    {icon("sliders")}
                    <span>"Edit"</span>
                </button>
            </div>
            <ContextMenu ui />
        </section>
    }
}

/// Keeps the viewport's size that of the canvas element.
fn follow_size(ui: Ui, root: NodeRef<html::Section>) {
    let _ = use_resize_observer(root, move |_, _| {
        if let Some(element) = root.get_untracked() {
            ui.viewport.resize([f64::from(element.client_width()), f64::from(element.client_height())]);
        }
    });
}

/// Shown when nothing of the diagram is in view.
#[component]
fn BackToContent(ui: Ui) -> impl IntoView {
    let is_lost = Memo::new(move |_| ui.viewport.is_lost());
    view! {
        <Show when=move || is_lost.get()>
            <button class="back-to-content button outlined overlay" data-testid="back-to-content" on:click=move |_| ui.viewport.fit()>
                {icon("fit")}
                <span>"Back to the diagram"</span>
            </button>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Node, Params};

    fn document(kind: &str, name: &str) -> Document {
        let node = Node {
            id: "orders".to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            at: [0.0, 0.0],
            params: Params::new(),
        };
        Document { nodes: vec![node], ..Document::default() }
    }

    #[test]
    fn a_node_of_another_kind_with_the_same_id_gets_another_card() {
        assert_ne!(card_keys(&document("database", "Orders")), card_keys(&document("app", "Orders")));
    }

    #[test]
    fn a_renamed_node_keeps_its_card() {
        assert_eq!(card_keys(&document("app", "Orders")), card_keys(&document("app", "Shop")));
    }
}
