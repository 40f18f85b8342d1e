//! A link: its curve, its tag, and the button that deletes it.

use super::truth;
use crate::editor::geometry::Curve;
use crate::editor::{Command, Selection, shown_name};
use crate::model::Place;
use crate::report::snapshot::LinkNow;
use crate::views::erase::{live, memo, when};
use crate::views::format;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;

/// What a link's tag says, and whether it is bad news.
fn tag_of(now: Option<&LinkNow>, cut: bool) -> Option<String> {
    let now = now?;
    if cut || now.cut {
        return Some("cut".to_owned());
    }
    if now.breaker_open {
        return Some("breaker open".to_owned());
    }
    if now.timeouts_rps >= 0.05 {
        return Some(format!("{} timeouts/s", format::number(now.timeouts_rps)));
    }
    (now.failed_rps >= 0.05).then(|| format!("{} failed/s", format::number(now.failed_rps)))
}

fn curve(ui: Ui, id: &str) -> Memo<Option<Curve>> {
    let id = id.to_owned();
    memo(move || ui.routes.with(|routes| routes.get(&id).copied()))
}

fn is_cut(ui: Ui, id: &str) -> Memo<bool> {
    let id = id.to_owned();
    let live = ui.run.link(&id);
    memo(move || live.with(|live| live.as_ref().is_some_and(|live| live.cut)) || ui.is_cut(&id).is_some())
}

/// The curve, with its invisible wide twin that is easy to hit.
pub fn link(ui: Ui, id: String) -> impl IntoView {
    let curve = curve(ui, &id);
    let path = memo(move || curve.get().map(|curve| curve.path()).unwrap_or_default());
    let arrow = memo(move || curve.get().map(|curve| curve.arrow()).unwrap_or_default());
    let crosses = memo(move || curve.get().map(|curve| [0.38, 0.62].map(|t| cross(curve.point_at(t))).concat()));
    let now = ui.run.link(&id);
    let cut = is_cut(ui, &id);
    let failing = memo(move || {
        now.with(|now| now.as_ref().is_some_and(|now| now.failed_rps > 0.05 && now.failed_rps > 0.02 * now.rate_rps))
    });
    let width = memo(move || {
        let rate = now.with(|now| now.as_ref().map_or(0.0, |now| now.rate_rps));
        format!("{:.1}", truth::width(rate))
    });
    let trouble = ui.trouble(Place::Link(id.clone()));
    let selected = {
        let id = id.clone();
        memo(move || ui.selection.with(|selection| selection.links.contains(&id)))
    };
    let name = {
        let id = id.clone();
        memo(move || {
            let names = ui.document.with(|document| {
                let link = document.link(&id)?;
                let name = |node: &str| document.node(node).map(|node| shown_name(node).to_owned());
                Some((name(&link.from)?, name(&link.to)?))
            });
            let (from, to) = names.unwrap_or_default();
            let state = if cut.get() {
                ", cut"
            } else if failing.get() {
                ", failing"
            } else {
                ""
            };
            format!("Link from {from} to {to}{state}")
        })
    };
    view! {
        <g
            class="link"
            class:selected=move || selected.get()
            class:cut=move || cut.get()
            class:failing=move || failing.get()
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
            <path class="line" d=move || path.get() style:stroke-width=move || width.get() />
            <path class="arrow" d=move || arrow.get() />
            {when(move || cut.get(), move || view! { <path class="cross" d=move || crosses.get() /> }.into_any())}
        </g>
    }
}

fn cross([x, y]: [f64; 2]) -> String {
    let (a, b, c, d) = (x - 4.5, x + 4.5, y - 4.5, y + 4.5);
    format!("M{a:.1} {c:.1}L{b:.1} {d:.1}M{b:.1} {c:.1}L{a:.1} {d:.1}")
}

/// What goes wrong on a link, beside its middle.
pub fn tag(ui: Ui, id: String) -> impl IntoView {
    let curve = curve(ui, &id);
    let now = ui.run.link(&id);
    let cut = is_cut(ui, &id);
    let text = memo(move || now.with(|now| tag_of(now.as_ref(), cut.get())));
    let spot = memo(move || curve.get().map_or(([0.0; 2], 0.0), |curve| (curve.point_at(0.5), lift(&curve))));
    view! {
        {when(move || text.get().is_some(), move || view! { <span class="link-tag" style:transform=move || place(spot.get().0, spot.get().1)>
                {icon("close")}
                {live(move || text.get())}
            </span> }.into_any())}
    }
}

/// How far above its link's middle a tag stands: clear of the cards where they are close.
fn lift(curve: &Curve) -> f64 {
    let [start, .., end] = curve.0;
    if (end[0] - start[0]).abs() < 120.0 && (end[1] - start[1]).abs() < 60.0 { -54.0 } else { -26.0 }
}

fn place([x, y]: [f64; 2], lift: f64) -> String {
    format!("translate({x:.1}px, {:.1}px) translate(-50%, -50%)", y + lift)
}

/// Deletes the one link that is selected.
pub fn delete_button(ui: Ui) -> impl IntoView {
    let middle = memo(move || {
        let selection = ui.selection.read();
        if selection.links.len() != 1 || !selection.nodes.is_empty() {
            return None;
        }
        ui.routes.with(|routes| routes.get(selection.links.first()?).map(|curve| curve.point_at(0.5)))
    });
    let is_open = memo(move || middle.get().is_some());
    view! {
        {when(move || is_open.get(), move || view! { <button
                class="link-delete overlay"
                aria-label="Delete this link"
                title="Delete this link"
                style:transform=move || place(middle.get().unwrap_or_default(), 22.0)
                on:click=move |_| {
                    let links = ui.selection.get_untracked().links;
                    ui.edit(Command::Remove(Selection { links, ..Selection::default() }));
                }
            >
                {icon("trash")}
            </button> }.into_any())}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_news_is_told() {
        let now = LinkNow { failed_rps: 50.0, timeouts_rps: 41.0, ..LinkNow::default() };
        assert_eq!(tag_of(Some(&now), false).as_deref(), Some("41 timeouts/s"));
        assert_eq!(tag_of(Some(&now), true).as_deref(), Some("cut"));
        let refused = LinkNow { failed_rps: 3.0, ..LinkNow::default() };
        assert_eq!(tag_of(Some(&refused), false).as_deref(), Some("3 failed/s"));
        assert_eq!(tag_of(Some(&LinkNow::default()), false), None);
        assert_eq!(tag_of(None, false), None);
    }
}
