//! The small picture of a document.

use crate::editor::geometry::Sketch;
use leptos::prelude::*;

/// The small picture of a document; an empty frame where there is nothing to show.
#[component]
pub fn Picture(sketch: Option<Sketch>) -> impl IntoView {
    let extent = sketch.as_ref().map(|sketch| sketch.extent).unwrap_or_default();
    let drawing = sketch.map(|sketch| {
        let nodes = sketch.nodes.into_iter().map(|(color, path)| view! { <path style=("--k", color) d=path /> });
        view! {
            <path class="picture-links" d=sketch.links />
            {nodes.collect_view()}
        }
    });
    view! {
        <svg
            class="picture"
            viewBox=format!("{} {} {} {}", extent.x, extent.y, extent.w, extent.h)
            aria-hidden="true"
        >
            {drawing}
        </svg>
    }
}
