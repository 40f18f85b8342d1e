//! A link: its curve, its signs, and the button that deletes it.

mod signs;
mod tags;

pub use tags::LinkTags;

use super::detail::Detail;
use super::node_status;
use crate::editor::geometry::{Curve, Point};
use crate::editor::{Command, Selection};
use crate::model::Place;
use crate::report::snapshot::LinkSnapshot;
use crate::views::format;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;
use leptos_use_media_query::use_media_query;
use signs::signs;

/// The least difference of a line's width that can be seen, CSS pixels on screen.
const PIXELS_SEEN: f64 = 0.1;

/// Whether a link is partitioned, in the run or by a fault of the document.
fn is_partitioned(ui: Ui, id: &str, now: Memo<Option<LinkSnapshot>>) -> Memo<bool> {
    let place = Place::Link(id.to_owned());
    Memo::new(move |_| {
        now.with(|now| now.as_ref().is_some_and(LinkSnapshot::is_cut)) || ui.run.partition_at(&place).is_some()
    })
}

/// The curve of a link, with an invisible wide one over it that is easy to hit.
#[component]
pub fn LinkShape(ui: Ui, id: String, detail: Detail) -> impl IntoView {
    let curve = ui.editing.route(&id);
    let path = Memo::new(move |_| curve.get().map(|curve| curve.path()).unwrap_or_default());
    let arrow = Memo::new(move |_| curve.get().map(|curve| curve.arrow()).unwrap_or_default());
    let crosses = Memo::new(move |_| curve.get().map(|curve| [0.38, 0.62].map(|t| cross(curve.point_at(t))).concat()));
    let now = ui.run.link(&id);
    let partitioned = is_partitioned(ui, &id, now);
    let failing = Memo::new(move |_| {
        now.with(|now| {
            now.as_ref().is_some_and(|now| now.failed_rps() > 0.05 && now.failed_rps() > 0.02 * now.rate_rps())
        })
    });
    let open = Memo::new(move |_| now.with(|now| now.as_ref().is_some_and(|now| now.breaker_open)));
    // A change that cannot be seen is not drawn.
    let width = Memo::new(move |before: Option<&f64>| {
        let rate = now.with(|now| now.as_ref().map_or(0.0, |now| now.rate_rps()));
        let width = (node_status::width(rate) * 10.0).round() / 10.0;
        before.copied().filter(|before| (before - width).abs() * detail.zoom.get() < PIXELS_SEEN).unwrap_or(width)
    });
    let trouble = ui.editing.severity_at(Place::Link(id.clone()));
    let selected = ui.editing.is_selected(Place::Link(id.clone()));
    // Screen readers announce changes of the name: it has the signs' words without their counts.
    let states = Memo::new(move |_| {
        let partitioned = partitioned.get();
        now.with(|now| match now {
            None if partitioned => vec!["partitioned"],
            now => signs(now.as_ref(), partitioned).iter().map(|sign| sign.what).collect(),
        })
    });
    let name = {
        let id = id.clone();
        // Moves change neither the ends nor the names.
        let ends = Memo::new(move |_| {
            ui.editing.simulated.with(|document| document.link(&id).map(|link| (link.from.clone(), link.to.clone())))
        });
        Memo::new(move |_| {
            let names = ui.editing.names.read();
            let ends = ends.get().and_then(|(from, to)| Some((names.get(&from)?.clone(), names.get(&to)?.clone())));
            let (from, to) = ends.unwrap_or_default();
            states.get().into_iter().fold(format!("Link from {from} to {to}"), |name, state| name + ", " + state)
        })
    };
    view! {
        <g
            class="link"
            class:selected=move || selected.get()
            class:cut=move || partitioned.get()
            class:failing=move || failing.get()
            class:open=move || open.get()
            class:troubled=move || trouble.get().is_some()
        >
            <path
                class="hit"
                d=move || path.get()
                role="graphics-symbol"
                tabindex="0"
                aria-label=move || name.get()
                aria-current=move || selected.get().to_string()
                data-testid=format!("link-{id}")
                data-link=id
            />
            <path class="glow" d=move || path.get() />
            <path class="line" d=move || path.get() style:stroke-width=move || format!("{:.1}", width.get()) />
            <path class="arrow" d=move || arrow.get() />
            <Show when=move || partitioned.get()>
                <path class="cross" d=move || crosses.get() />
            </Show>
        </g>
    }
}

/// The rates on the links, in place of dots for those who want nothing to move.
#[component]
pub fn LinkRates(ui: Ui, links: Memo<Vec<String>>, detail: Detail) -> impl IntoView {
    let is_still = use_media_query("(prefers-reduced-motion: reduce)");
    let rate = move |id: String| {
        let (now, curve) = (ui.run.legible_link(&id, detail.is_legible), ui.editing.route(&id));
        let words = Memo::new(move |_| {
            let rate = now.with(|now| now.as_ref().map_or(0.0, LinkSnapshot::rate_rps));
            if rate > 0.0 { format::rate(rate) } else { String::new() }
        });
        let place = move || centered_at(curve.get().map(|curve| curve.point_at(0.5)).unwrap_or_default());
        view! {
            <span class="link-rate" data-testid=format!("rate-{id}") style:transform=place>
                {move || words.get()}
            </span>
        }
    };
    view! {
        <Show when=move || is_still.get()>
            <For each=move || links.get() key=Clone::clone children=rate />
        </Show>
    }
}

/// An SVG path of a cross.
fn cross([x, y]: Point) -> String {
    let (left, right, top, bottom) = (x - 4.5, x + 4.5, y - 4.5, y + 4.5);
    format!("M{left:.1} {top:.1}L{right:.1} {bottom:.1}M{left:.1} {bottom:.1}L{right:.1} {top:.1}")
}

/// A CSS transform that puts the middle of an element at a point.
fn centered_at([x, y]: Point) -> String {
    format!("translate({x:.1}px, {y:.1}px) translate(-50%, -50%)")
}

/// Whether a curve is rather steep than level where it is halfway.
fn is_steep(curve: &Curve) -> bool {
    let (before, after) = (curve.point_at(0.45), curve.point_at(0.55));
    (after[1] - before[1]).abs() > (after[0] - before[0]).abs()
}

/// Deletes the one link that is selected. The button keeps its size on screen, and stands beside the link:
/// a second press on the link's middle is not one on the button.
#[component]
pub fn DeleteLinkButton(ui: Ui) -> impl IntoView {
    let middle = Memo::new(move |_| {
        let selection = ui.editing.selection.read();
        if selection.links.len() != 1 || !selection.nodes.is_empty() {
            return None;
        }
        ui.editing
            .routes
            .with(|routes| routes.get(selection.links.first()?).map(|curve| (curve.point_at(0.5), is_steep(curve))))
    });
    let transform = move || {
        let ([x, y], is_steep) = middle.get().unwrap_or_default();
        // Signs stand above a level link, and to the right of a steep one.
        let beside = if is_steep { "calc(-100% - var(--apart)), -50%" } else { "-50%, var(--apart)" };
        format!("translate({x:.1}px, {y:.1}px) scale(calc(1 / var(--zoom))) translate({beside})")
    };
    let delete = move |_| {
        let links = ui.editing.selection.get_untracked().links;
        ui.editing.apply(Command::Remove(Selection { links, ..Selection::default() }));
    };
    view! {
        <Show when=move || middle.get().is_some()>
            <button
                class="link-delete overlay"
                aria-label="Delete this link"
                title="Delete this link"
                style:transform=transform
                on:click=delete
            >
                {icon("trash")}
            </button>
        </Show>
    }
}
