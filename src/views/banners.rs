//! The sentences over the canvas: why the simulator stopped, notices, refusals. They stand one below the other, where
//! they cover the fewest nodes and nothing else that lies over the canvas.

use super::canvas::{PartitionLineChoice, refusal, when_settled};
use super::icons::icon;
use super::state::{Notice, Ui, over_canvas};
use super::{documents, run, update};
use crate::editor::geometry::freest_place;
use leptos::html;
use leptos::prelude::*;
use leptos_use_resize_observer::use_resize_observer;

/// Everything that the page says over the canvas.
#[component]
pub fn Banners(ui: Ui) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    let place = move || {
        if let Some(Some(element)) = element.try_get_untracked() {
            put(ui, &element);
        }
    };
    let _ = use_resize_observer(element, move |_, _| place());
    let changes = move || {
        ui.viewport.size.track();
        ui.viewport.camera.track();
        ui.panels.notice.track();
    };
    when_settled(changes, place);
    let refused = refusal(ui);
    // The same sentence is there once.
    let notice = Memo::new(move |_| {
        let notice = ui.panels.notice.get();
        notice.filter(|notice| refused.read().as_ref() != Some(&notice.text))
    });
    view! {
        <div class="banners" node_ref=element>
            <documents::DocumentBanners ui />
            <update::UpdateBanner ui />
            <run::StaleBanner ui />
            {move || ui.run.broken.get().map(|reason| view! { <Broken ui reason /> })}
            {move || notice.get().map(|notice| view! { <NoticeBanner ui notice /> })}
            {move || refused.get().map(|text| view! { <p class="refusal" role="status">{text}</p> })}
            <Show when=move || ui.viewport.cutting.get()>
                <PartitionLineChoice ui />
            </Show>
        </div>
    }
}

/// Puts the banners where they cover the least.
fn put(ui: Ui, banners: &web_sys::HtmlDivElement) {
    let size = [f64::from(banners.offset_width()), f64::from(banners.offset_height())];
    let canvas = ui.viewport.size.get_untracked();
    let [x, y] = freest_place(&ui.viewport.kept_clear_on_screen(), &over_canvas(), canvas, size);
    let style = web_sys::HtmlElement::style(banners);
    for (name, length) in [("left", x), ("top", y)] {
        let _ = style.set_property(name, &format!("{length:.0}px"));
    }
}

/// The simulator has stopped.
#[component]
fn Broken(ui: Ui, reason: String) -> impl IntoView {
    view! {
        <div class="banner bad" role="alert">
            {icon("warning")}
            <span>
                <b>"The simulator stopped."</b>
                " Your diagram is safe. "
                <small>{reason}</small>
            </span>
            <button class="button outlined small" on:click=move |_| documents::download(ui)>
                "Download the diagram"
            </button>
            <button class="button outlined small" on:click=move |_| ui.run.restart_worker()>
                "Restart the simulator"
            </button>
        </div>
    }
}

/// A sentence for the user.
#[component]
fn NoticeBanner(ui: Ui, notice: Notice) -> impl IntoView {
    view! {
        <div class="banner" role="alert">
            <span>{notice.text}</span>
            <button class="button icon-only" aria-label="Dismiss" on:click=move |_| ui.panels.notice.set(None)>
                {icon("close")}
            </button>
        </div>
    }
}
