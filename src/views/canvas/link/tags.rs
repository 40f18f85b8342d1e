//! The signs of the links, near the middle of each.

use super::super::detail::Detail;
use super::signs::{Sign, signs};
use super::{centered_at, is_partitioned};
use crate::editor::geometry::{self, Curve, Point, Rect};
use crate::fault::FaultEffect;
use crate::faults::active::active;
use crate::model::{Document, Link, Place};
use crate::report::snapshot::LinkSnapshot;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;
use std::collections::HashMap;

/// The signs of every link on which something goes wrong.
#[component]
pub fn LinkTags(ui: Ui, detail: Detail) -> impl IntoView {
    let troubled: Memo<Vec<String>> = Memo::new(move |_| {
        let is_faulty = ui.run.active_faults.with(|active| !active.is_empty());
        let now_s = untrack(|| ui.run.now_s());
        let (loaded, snapshot, document) = (ui.run.loaded.read(), ui.run.snapshot.read(), ui.editing.document.read());
        let (Some(loaded), Some(snapshot)) = (&*loaded, &*snapshot) else { return Vec::new() };
        let is_partitioned = |link: &Link| {
            is_faulty && active(&document, now_s, &Place::Link(link.id.clone()), FaultEffect::Partitions).is_some()
        };
        let has_signs =
            |(link, now): &(&Link, &LinkSnapshot)| !signs(Some(now), false).is_empty() || is_partitioned(link);
        let is_drawn = |link: &&Link| ui.editing.routes.with(|routes| routes.contains_key(&link.id));
        let all = loaded.links.iter().zip(&snapshot.links).filter(has_signs);
        all.map(|(link, _)| link).filter(is_drawn).map(|link| link.id.clone()).collect()
    });
    let spots = Memo::new(move |_| {
        ui.editing
            .document
            .with(|document| ui.editing.routes.with(|routes| spots(document, routes, troubled.read().as_slice())))
    });
    view! { <For each=move || troubled.get() key=Clone::clone children=move |id| view! { <LinkTag ui id spots detail /> } /> }
}

#[component]
fn LinkTag(ui: Ui, id: String, spots: Memo<Vec<(String, Point)>>, detail: Detail) -> impl IntoView {
    let testid = format!("signs-{id}");
    let now = ui.run.legible_link(&id, detail.is_legible);
    let partitioned = is_partitioned(ui, &id, now);
    let sign = |Sign { icon: name, count, what }: Sign| {
        view! {
            <span class=format!("sign {name}")>
                {icon(name)}
                {(!count.is_empty()).then(|| view! { <b>{count.clone()}</b> " " })}
                <span class:after=!count.is_empty()>{what}</span>
            </span>
        }
    };
    let transform = move || {
        let spot = spots.with(|all| all.iter().find(|(link, _)| *link == id).map(|(_, spot)| *spot));
        centered_at(spot.unwrap_or_default())
    };
    view! {
        <span class="link-tag" data-testid=testid style:transform=transform>
            {move || now.with(|now| signs(now.as_ref(), partitioned.get())).into_iter().map(sign).collect_view()}
        </span>
    }
}

/// Where the signs of these links stand: near the middle of each, and where possible over no card, no
/// name of a zone and no other sign.
fn spots(document: &Document, routes: &HashMap<String, Curve>, links: &[String]) -> Vec<(String, Point)> {
    const SIZE: Point = [150.0, 42.0];
    let heads = geometry::zones(document).into_iter().map(|zone| zone.head);
    let mut taken: Vec<Rect> = document.nodes.iter().map(geometry::card).chain(heads).collect();
    let mut spots = Vec::new();
    for id in links {
        let Some([x, y]) = routes.get(id).map(|curve| curve.point_at(0.5)) else { continue };
        let around = |[x, y]: Point| Rect { x: x - SIZE[0] / 2.0, y: y - SIZE[1] / 2.0, w: SIZE[0], h: SIZE[1] };
        // Beside the line, and never so far from it that it seems to belong to another one.
        let along = [0.5, 0.4, 0.6, 0.3, 0.7].into_iter().filter_map(|share| Some(routes.get(id)?.point_at(share)));
        let beside = along.flat_map(|[x, y]| {
            let near = [[0.0, -28.0], [0.0, 30.0], [86.0, 0.0], [-86.0, 0.0], [0.0, -52.0], [0.0, 54.0]];
            near.map(|[dx, dy]| [x + dx, y + dy])
        });
        let is_free = |spot: &Point| !taken.iter().any(|other| other.overlaps(&around(*spot)));
        let covered = |spot: &Point| {
            let area = around(*spot);
            taken.iter().map(|other| other.overlap(&area)).sum::<f64>()
        };
        let all: Vec<Point> = beside.collect();
        let least = || all.iter().copied().min_by(|a, b| covered(a).total_cmp(&covered(b)));
        let spot = all.iter().copied().find(is_free).or_else(least).unwrap_or([x, y - 28.0]);
        taken.push(around(spot));
        spots.push((id.clone(), spot));
    }
    spots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_neighboring_links_do_not_overlap() {
        let text = include_str!("../../../../examples/2-failure-laboratory/150-split-brain.json");
        let document = crate::codec::open(text).expect("it opens").0;
        let links: Vec<String> = document.links.iter().map(|link| link.id.clone()).collect();
        let all = spots(&document, &geometry::routes(&document), &links);
        assert_eq!(all.len(), links.len());
        let are_apart = |a: Point, b: Point| (a[0] - b[0]).abs() >= 150.0 || (a[1] - b[1]).abs() >= 42.0;
        let routes = geometry::routes(&document);
        for (id, spot) in &all {
            let away = (0..=20).map(|part| geometry::distance(routes[id].point_at(f64::from(part) / 20.0), *spot));
            assert!(away.fold(f64::INFINITY, f64::min) < 90.0, "the signs of {id} are near it");
        }
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| are_apart(one.1, other.1)), "{all:?}");
        }
    }
}
