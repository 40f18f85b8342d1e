//! The canvas: nodes as positioned elements, links in one SVG, dots on one canvas over them.

mod dots;
pub mod gestures;
mod link;
mod menu;
mod node;
pub mod node_status;
mod zone;

use super::icons::icon;
use super::state::{Gesture, Sheet, Tab, Ui};
use super::{commands, format, theme};
use crate::editor::geometry::{self, GRID, Rect};
use crate::editor::{End, Selection};
use crate::faults::PartitionDirection;
use crate::report::FindingSeverity;
use crate::views::erase::{Gather, each, effect, live, memo, when};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};

/// The canvas with everything on it.
pub fn canvas(ui: Ui) -> impl IntoView {
    let root = NodeRef::<html::Section>::new();
    gestures::listen(ui);
    effect(move || {
        if let Some(element) = root.get() {
            follow_size(ui, &element);
            listen_to_wheel(ui, &element);
        }
    });
    let transform = move || {
        let view = ui.viewport.camera.get();
        format!("translate({:.2}px, {:.2}px) scale({:.4})", view.x, view.y, view.zoom)
    };
    let grid = memo(move || {
        let view = ui.viewport.camera.get();
        // Dots that come too close are thinned out.
        let step = GRID * view.zoom * if view.zoom < 0.45 { 4.0 } else { 1.0 };
        (format!("{step:.2}px {step:.2}px"), format!("{:.2}px {:.2}px", view.x, view.y))
    });
    let node_ids =
        memo(move || ui.editing.document.with(|d| d.nodes.iter().map(|node| node.id.clone()).collect::<Vec<_>>()));
    let link_ids =
        memo(move || ui.editing.document.with(|d| d.links.iter().map(|link| link.id.clone()).collect::<Vec<_>>()));
    let drawing =
        memo(move || matches!(*ui.viewport.gesture.read(), Gesture::Connect { .. } | Gesture::Reconnect { .. }));
    let panning = memo(move || matches!(*ui.viewport.gesture.read(), Gesture::Pan { .. } | Gesture::Pinch { .. }));
    let zones = zone::places(ui);
    view! {
        <section
            class="canvas"
            class:connecting=move || drawing.get()
            class:panning=move || panning.get()
            class:cutting=move || ui.viewport.cutting.get()
            data-testid="canvas"
            aria-label="Canvas"
            tabindex="0"
            node_ref=root
            style:background-size=move || grid.get().0
            style:background-position=move || grid.get().1
            on:pointerdown=move |event| gestures::pressed(ui, &event)
            on:contextmenu=move |event| gestures::context_menu(ui, &event)
            on:dragover=move |event| event.prevent_default()
            on:drop=move |event: web_sys::DragEvent| {
                event.prevent_default();
                if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
                    super::documents::open_file(ui, file);
                }
            }
        >
            <div class="world" style:transform=transform>
                <svg class="links" width="1" height="1">
                    {zone::frames(ui, zones)}
                    {each(link_ids, move |id| link::link(ui, id).into_any())}
                </svg>
            </div>
            {dots::layer(ui)}
            <div class="world" style:transform=transform>
                {each(node_ids, move |id| node::node(ui, id).into_any())}
                {zone::heads(ui, zones)}
                {link::tags(ui)}
                <svg class="handles" width="1" height="1">
                    {handles(ui)} {ghost_link(ui)} {marquee(ui)} {cut_line(ui)}
                </svg>
                {link::delete_button(ui)}
            </div>
            {empty_hint(ui)}
            {note(ui)}
            {when(move || ui.viewport.cutting.get(), move || cut_choice(ui).into_any())}
            {refusal(ui)}
            {hud(ui)}
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
            {menu::menu(ui)}
        </section>
    }
    .into_any()
}

fn follow_size(ui: Ui, element: &web_sys::HtmlElement) {
    let measured = element.clone();
    let measure = Closure::<dyn FnMut()>::new(move || {
        let size = [f64::from(measured.client_width()), f64::from(measured.client_height())];
        let before = ui.viewport.size.get_untracked();
        if size == before || size[0] == 0.0 {
            return;
        }
        ui.viewport.size.set(size);
        if before[0] > 0.0 && (before[0] - size[0]).abs() > 200.0 {
            // A turned phone, another layout: what was seen in full shall be seen again.
            ui.viewport.fit_pending.set_value(true);
        }
        ui.fit_if_due();
    });
    if let Ok(observer) = web_sys::ResizeObserver::new(measure.as_ref().unchecked_ref()) {
        observer.observe(element);
        std::mem::forget(observer);
    }
    measure.forget();
}

/// Not through the view: a listener there is passive, and a zoom must not zoom the page.
fn listen_to_wheel(ui: Ui, element: &web_sys::HtmlElement) {
    let turned = Closure::<dyn FnMut(web_sys::WheelEvent)>::new(move |event| gestures::wheel(ui, &event));
    let options = web_sys::AddEventListenerOptions::new();
    options.set_passive(false);
    let _ = element.add_event_listener_with_callback_and_add_event_listener_options(
        "wheel",
        turned.as_ref().unchecked_ref(),
        &options,
    );
    turned.forget();
}

/// The ends of a selected link, to take hold of.
fn handles(ui: Ui) -> impl IntoView {
    let selected = memo(move || {
        let selection = ui.editing.selection.read();
        if selection.links.len() != 1 || !selection.nodes.is_empty() {
            return None;
        }
        let id = selection.links.first()?.clone();
        let curve = ui.editing.routes.with(|routes| routes.get(&id).copied())?;
        Some((id, curve))
    });
    live(move || {
        selected.get().map(|(id, curve)| {
            // A little inside, so that the ports at the ends can still be taken hold of.
            let inside = (24.0 / curve.length()).min(0.36);
            [("from", curve.point_at(inside)), ("to", curve.point_at(1.0 - inside))]
                .map(|(which, [x, y])| {
                    view! {
                        <circle class="link-end" data-end=which data-of=id.clone() cx=x.to_string() cy=y.to_string() r="6.5" />
                    }
                })
                .gather()
        })
    })
}

/// The link that is being drawn.
fn ghost_link(ui: Ui) -> impl IntoView {
    let path = memo(move || {
        let document = ui.editing.document.read();
        let card = |id: &str| document.node(id).map(geometry::card);
        let (fixed, now, over) = match &*ui.viewport.gesture.read() {
            Gesture::Connect { node, now, over, .. } => (card(node)?, *now, over.clone()),
            Gesture::Reconnect { link, end, now, over } => {
                let link = document.link(link)?;
                (card(if *end == End::From { &link.to } else { &link.from })?, *now, over.clone())
            }
            _ => return None,
        };
        let refused = over.is_some_and(|over| over.refusal.is_some());
        Some((geometry::loose_curve(&fixed, now).path(), refused))
    });
    live(move || path.get().map(|(d, refused)| view! { <path class="ghost-link" class:refused=refused d=d /> }))
}

/// What the line will cut, chosen before it is drawn.
fn cut_choice(ui: Ui) -> impl IntoView {
    let choose = move |event: web_sys::Event| {
        ui.viewport.cut_ways.set_value(match event_target_value(&event).as_str() {
            "requests" => PartitionDirection::Forward,
            "answers" => PartitionDirection::Backward,
            _ => PartitionDirection::Both,
        });
    };
    ui.viewport.cut_ways.set_value(PartitionDirection::Both);
    view! {
        <div class="cut-choice overlay">
            <p role="status">"Drag a line across the links to cut. Esc gives up."</p>
            <select class="add-fault" aria-label="What the line cuts" data-testid="cut-ways" on:change=choose>
                <option value="both">"Both ways"</option>
                <option value="requests">"The requests only"</option>
                <option value="answers">"The answers only"</option>
            </select>
        </div>
    }
}

/// The line that cuts.
fn cut_line(ui: Ui) -> impl IntoView {
    live(move || match *ui.viewport.gesture.read() {
        Gesture::CutLine { start: [x, y], now: [to_x, to_y] } => {
            Some(view! { <path class="cut-line" d=format!("M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}") /> })
        }
        _ => None,
    })
}

fn marquee(ui: Ui) -> impl IntoView {
    live(move || match *ui.viewport.gesture.read() {
        Gesture::Marquee { start, now, .. } => {
            let Rect { x, y, w, h } = Rect::between(start, now);
            Some(view! {
                <rect class="marquee" x=x.to_string() y=y.to_string() width=w.to_string() height=h.to_string() />
            })
        }
        _ => None,
    })
}

/// Why the link under way may not end where the pointer is.
fn refusal(ui: Ui) -> impl IntoView {
    let sentence = memo(move || match &*ui.viewport.gesture.read() {
        Gesture::Connect { over: Some(over), .. } | Gesture::Reconnect { over: Some(over), .. } => over.refusal.clone(),
        _ => None,
    });
    live(move || sentence.get().map(|text| view! { <p class="refusal" role="status">{text}</p> }))
}

fn empty_hint(ui: Ui) -> impl IntoView {
    let empty = memo(move || ui.editing.document.with(|document| document.nodes.is_empty()));
    view! {
        {when(move || empty.get(), move || view! { <div class="empty">
                <b>"Draw a system"</b>
                <p>"Drag a client, an app and a database from the palette. Pull a link from one port to the next, then press Run."</p>
            </div> }.into_any())}
    }
}

/// How it began, once a run has ended.
fn note(ui: Ui) -> impl IntoView {
    let first = memo(move || {
        ui.run.told.with(|told| {
            let findings = told.as_ref()?.as_ref().ok()?;
            // The first cause and what came of it at once: often the first is a fault that was asked for.
            let mut warnings = findings.iter().filter(|finding| finding.severity == FindingSeverity::Warning);
            let (cause, effect) = (warnings.next()?, warnings.next());
            let text = effect.map_or(cause.text.clone(), |effect| format!("{} {}", cause.text, effect.text));
            let node = effect.and_then(|it| it.node.as_ref()).or(cause.node.as_ref());
            Some((text, node.cloned(), findings.len()))
        })
    });
    let dismissed = RwSignal::new(false);
    effect(move || {
        first.track();
        dismissed.set(false);
    });
    live(move || {
        first.get().filter(|_| !dismissed.get()).map(|(text, node, count)| {
            view! {
                <div class="note overlay">
                    <p>{text}</p>
                    {node
                        .map(|node| {
                            view! {
                                <button
                                    class="as-link"
                                    on:click=move |_| {
                                        ui.select(Selection::node(node.clone()));
                                        ui.reveal(&node);
                                    }
                                >
                                    "Show the node"
                                </button>
                            }
                        })}
                    <button class="as-link" on:click=move |_| ui.panels.tab.set(Tab::Findings)>
                        {format!("All findings ({count})")}
                    </button>
                    <button class="button icon-only" aria-label="Dismiss" on:click=move |_| dismissed.set(true)>
                        {icon("close")}
                    </button>
                </div>
            }
        })
    })
}

fn hud(ui: Ui) -> impl IntoView {
    let zoom = memo(move || format!("{} %", format::number((ui.viewport.camera.get().zoom * 100.0).round())));
    view! {
        <div class="hud overlay" role="group" aria-label="Zoom">
            <button class="button icon-only" aria-label="Zoom out" title="Zoom out (−)" on:click=move |_| commands::zoom(ui, 0.8)>
                {icon("minus")}
            </button>
            <button
                class="button zoom"
                title="Back to 100 %"
                aria-label=move || format!("Zoom {}: back to 100 %", zoom.get())
                on:click=move |_| commands::zoom(ui, 1.0 / ui.viewport.camera.get_untracked().zoom)
            >
                {live(move || zoom.get())}
            </button>
            <button class="button icon-only" aria-label="Zoom in" title="Zoom in (+)" on:click=move |_| commands::zoom(ui, 1.25)>
                {icon("plus")}
            </button>
            <button class="button icon-only" aria-label="Show everything" title="Show everything (Shift+1)" on:click=move |_| ui.fit()>
                {icon("fit")}
            </button>
        </div>
        {when(move || ui.run.playing.get() && !theme::reduced_motion(), move || view! { <span class="sample">"dots: a sample of the requests"</span> }.into_any())}
    }
}
