//! A link: its curve, its tag, and the button that deletes it.

use super::node_status;
use crate::editor::geometry::{self, Curve, Point, Rect};
use crate::editor::{Command, Selection, shown_name};
use crate::model::{Document, Link, Place};
use crate::order::sort_by;
use crate::report::snapshot::LinkNow;
use crate::views::erase::{Gather, each, live, memo, when};
use crate::views::format;
use crate::views::icons::icon;
use crate::views::run::active;
use crate::views::state::Ui;
use leptos::prelude::*;
use std::collections::HashMap;

/// One thing that goes wrong on a link: its shape, how much of it, and what that is called.
#[derive(Clone, Debug, PartialEq)]
struct Sign {
    /// Name of the icon.
    shape: &'static str,
    /// `41 /s`; empty for a state.
    count: String,
    /// What it is.
    what: &'static str,
}

/// The most signs beside a link.
const SIGNS_MAX: usize = 3;

/// What goes wrong on a link: states first, then what happens most often.
fn signs(now: Option<&LinkNow>, cut: bool) -> Vec<Sign> {
    let Some(now) = now else { return Vec::new() };
    let state = |shape, what| Sign { shape, count: String::new(), what };
    let number = |shape, count: u64, what| Sign { shape, count: format::grouped(count as i64), what };
    let mut all = Vec::new();
    if cut || now.cut {
        all.push(state("cut", "cut"));
    } else if now.partly_cut {
        all.push(state("cut", "partly cut"));
    }
    if now.breaker_open {
        all.push(state("breaker", "breaker open"));
    }
    if now.ejected > 0 {
        all.push(number("eject", now.ejected, "out of rotation"));
    }
    let mut rates = [
        (now.timeouts_rps, "clock", "timed out"),
        (now.rejected_rps, "refuse", "rejected"),
        (now.errors_rps, "error", "errors"),
        (now.unreachable_rps, "gone", "unreachable"),
        (now.limited_rps, "rate_limiter", "over the limit"),
        (now.refused_rps, "breaker", "stopped by the breaker"),
        (now.retries_rps, "retry", "retries"),
    ];
    sort_by(&mut rates, |a, b| b.0.total_cmp(&a.0));
    let happens = rates.into_iter().filter(|(rate, ..)| *rate >= 0.05);
    all.extend(happens.map(|(rate, shape, what)| Sign { shape, count: format::rate(rate), what }));
    if now.pooled > 0 {
        all.insert(all.len().min(SIGNS_MAX - 1), number("pool", now.pooled, "wait for a connection"));
    }
    all.truncate(SIGNS_MAX);
    all
}

fn curve(ui: Ui, id: &str) -> Memo<Option<Curve>> {
    let id = id.to_owned();
    memo(move || ui.editing.routes.with(|routes| routes.get(&id).copied()))
}

fn is_cut(ui: Ui, id: &str) -> Memo<bool> {
    let live = ui.run.link(id);
    let place = Place::Link(id.to_owned());
    memo(move || live.with(|live| live.as_ref().is_some_and(|live| live.cut)) || ui.is_cut(&place).is_some())
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
    let open = memo(move || now.with(|now| now.as_ref().is_some_and(|now| now.breaker_open)));
    let width = memo(move || {
        let rate = now.with(|now| now.as_ref().map_or(0.0, |now| now.rate_rps));
        format!("{:.1}", node_status::width(rate))
    });
    let trouble = ui.trouble(Place::Link(id.clone()));
    let selected = {
        let id = id.clone();
        memo(move || ui.editing.selection.with(|selection| selection.links.contains(&id)))
    };
    // Spoken names change seldom: what the signs are, without their counts.
    let state = memo(move || {
        let cut = cut.get();
        let words = now.with(|now| signs(now.as_ref(), cut).iter().map(|sign| sign.what.to_owned()).collect());
        if cut && now.with(Option::is_none) { vec!["cut".to_owned()] } else { words }
    });
    let name = {
        let id = id.clone();
        memo(move || {
            let names = ui.editing.document.with(|document| {
                let link = document.link(&id)?;
                let name = |node: &str| document.node(node).map(|node| shown_name(node).to_owned());
                Some((name(&link.from)?, name(&link.to)?))
            });
            let (from, to) = names.unwrap_or_default();
            let mut name = format!("Link from {from} to {to}");
            for word in state.get() {
                name = name + ", " + &word;
            }
            name
        })
    };
    view! {
        <g
            class="link"
            class:selected=move || selected.get()
            class:cut=move || cut.get()
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

/// What goes wrong on the links, beside the middle of each.
pub fn tags(ui: Ui) -> AnyView {
    let troubled: Memo<Vec<String>> = memo(move || {
        let now_s = ui.run.now_s();
        let (loaded, snapshot, document) = (ui.run.loaded.read(), ui.run.snapshot.read(), ui.editing.document.read());
        let (Some(loaded), Some(snapshot)) = (&*loaded, &*snapshot) else { return Vec::new() };
        let is_cut = |link: &Link| active(&document, now_s, &Place::Link(link.id.clone()), "partition").is_some();
        let has_signs = |(link, now): &(&Link, &LinkNow)| !signs(Some(now), false).is_empty() || is_cut(link);
        let drawn = |link: &&Link| ui.editing.routes.with(|routes| routes.contains_key(&link.id));
        let all = loaded.links.iter().zip(&snapshot.links).filter(has_signs);
        all.map(|(link, _)| link).filter(drawn).map(|link| link.id.clone()).collect()
    });
    let spots = memo(move || {
        ui.editing
            .document
            .with(|document| ui.editing.routes.with(|routes| spots(document, routes, troubled.read().as_slice())))
    });
    each(troubled, move |id| tag(ui, id, spots).into_any())
}

fn tag(ui: Ui, id: String, spots: Memo<Vec<(String, Point)>>) -> impl IntoView {
    let testid = format!("signs-{id}");
    let now = ui.run.link(&id);
    let cut = is_cut(ui, &id);
    let sign = |Sign { shape, count, what }: Sign| {
        view! {
            <span class=format!("sign {shape}")>
                {icon(shape)}
                {if count.is_empty() { what.to_owned() } else { format!("{count} {what}") }}
            </span>
        }
    };
    let at = move || {
        let spot = spots.with(|all| all.iter().find(|(link, _)| *link == id).map(|(_, spot)| *spot));
        place(spot.unwrap_or_default(), 0.0)
    };
    view! {
        <span class="link-tag" data-testid=testid style:transform=at>
            {live(move || now.with(|now| signs(now.as_ref(), cut.get())).into_iter().map(sign).gather())}
        </span>
    }
}

/// Where the signs of these links stand: near the middle of each, in the way of no card, of no
/// zone's name and of no other sign where that can be had.
fn spots(document: &Document, routes: &HashMap<String, Curve>, links: &[String]) -> Vec<(String, Point)> {
    const SIZE: Point = [150.0, 42.0];
    let heads = geometry::zones(document).into_iter().map(|zone| zone.head);
    let mut taken: Vec<Rect> = document.nodes.iter().map(geometry::card).chain(heads).collect();
    let mut spots = Vec::new();
    for id in links {
        let Some([x, y]) = routes.get(id).map(|curve| curve.point_at(0.5)) else { continue };
        let around = |[x, y]: Point| Rect { x: x - SIZE[0] / 2.0, y: y - SIZE[1] / 2.0, w: SIZE[0], h: SIZE[1] };
        let nearest = [-28.0, -64.0, 64.0].map(|dy| [x, y + dy]).into_iter();
        let beside = [-30.0, 30.0, -75.0, 75.0, -120.0, 120.0].into_iter().flat_map(|dy| {
            let steps = [40.0, 80.0, 120.0, 160.0].into_iter();
            steps.flat_map(move |dx| [[x + dx, y + dy], [x - dx, y + dy]])
        });
        let is_free = |spot: &Point| !taken.iter().any(|other| other.overlaps(&around(*spot)));
        let spot = nearest.chain(beside).find(is_free).unwrap_or([x, y - 28.0]);
        taken.push(around(spot));
        spots.push((id.clone(), spot));
    }
    spots
}

fn place([x, y]: [f64; 2], lift: f64) -> String {
    format!("translate({x:.1}px, {:.1}px) translate(-50%, -50%)", y + lift)
}

/// Deletes the one link that is selected.
pub fn delete_button(ui: Ui) -> impl IntoView {
    let middle = memo(move || {
        let selection = ui.editing.selection.read();
        if selection.links.len() != 1 || !selection.nodes.is_empty() {
            return None;
        }
        ui.editing.routes.with(|routes| routes.get(selection.links.first()?).map(|curve| curve.point_at(0.5)))
    });
    let is_open = memo(move || middle.get().is_some());
    view! {
        {when(move || is_open.get(), move || view! { <button
                class="link-delete overlay"
                aria-label="Delete this link"
                title="Delete this link"
                style:transform=move || place(middle.get().unwrap_or_default(), 22.0)
                on:click=move |_| {
                    let links = ui.editing.selection.get_untracked().links;
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
    fn states_come_first_and_then_what_happens_most() {
        let shapes = |now: &LinkNow, cut| signs(Some(now), cut).iter().map(|sign| sign.shape).collect::<Vec<_>>();
        let now = LinkNow { failed_rps: 50.0, timeouts_rps: 41.0, retries_rps: 60.0, ..LinkNow::default() };
        assert_eq!(shapes(&now, false), ["retry", "clock"]);
        assert_eq!(shapes(&now, true), ["cut", "retry", "clock"]);
        let full = LinkNow { pooled: 1200, rejected_rps: 3.0, errors_rps: 2.0, limited_rps: 1.0, ..now };
        assert_eq!(shapes(&full, false), ["retry", "clock", "pool"]);
        assert_eq!(signs(Some(&full), false)[2].count, "1\u{202f}200");
        let open = LinkNow { breaker_open: true, ejected: 2, ..LinkNow::default() };
        assert_eq!(shapes(&open, false), ["breaker", "eject"]);
        assert_eq!(signs(Some(&LinkNow::default()), false), []);
        assert_eq!(signs(None, true), []);
    }

    #[test]
    fn signs_of_neighbours_stand_apart() {
        let text = include_str!("../../../examples/2-failure-laboratory/150-split-brain.json");
        let document = crate::codec::open(text).expect("it opens").0;
        let links: Vec<String> = document.links.iter().map(|link| link.id.clone()).collect();
        let all = spots(&document, &geometry::routes(&document), &links);
        assert_eq!(all.len(), links.len());
        let apart = |a: Point, b: Point| (a[0] - b[0]).abs() >= 150.0 || (a[1] - b[1]).abs() >= 42.0;
        for (at, one) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|other| apart(one.1, other.1)), "{all:?}");
        }
    }

    #[test]
    fn each_reason_has_a_shape_of_its_own() {
        let of = |change: fn(&mut LinkNow)| {
            let mut now = LinkNow::default();
            change(&mut now);
            signs(Some(&now), false)[0].shape
        };
        let mut shapes = [
            of(|it| it.cut = true),
            of(|it| it.breaker_open = true),
            of(|it| it.ejected = 1),
            of(|it| it.timeouts_rps = 1.0),
            of(|it| it.rejected_rps = 1.0),
            of(|it| it.errors_rps = 1.0),
            of(|it| it.unreachable_rps = 1.0),
            of(|it| it.limited_rps = 1.0),
            of(|it| it.retries_rps = 1.0),
            of(|it| it.pooled = 1),
        ]
        .to_vec();
        shapes.sort_unstable();
        shapes.dedup();
        assert_eq!(shapes.len(), 10);
    }
}
