//! The page: values drawn, commands sent, nothing decided.
//!
//! [`state::Ui`] holds the few root signals; every view is a function of it. What is worth a test
//! is a plain function beside the view, or in [`editor`](crate::editor).

mod canvas;
mod commands;
pub mod crash;
mod dialogs;
mod documents;
mod erase;
mod format;
mod gestures;
mod icons;
mod inspector;
mod keys;
mod outline;
mod palette;
mod problems;
mod results;
mod run;
mod share;
mod state;
mod theme;
mod timeline;
mod toolbar;

use crate::views::erase::{effect, live, memo};
use canvas::Canvas;
use icons::icon;
use leptos::prelude::*;
use state::Ui;

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let ui = Ui::default();
    theme::apply(ui.panels.theme.get_untracked());
    keys::listen(ui);
    ui.gestures.listen();
    ui.start_worker();
    listen_for_trials(ui);
    documents::start(ui);
    effect(move || {
        let title = ui.editing.document.with(|document| documents::title_of(document));
        document().set_title(&format!("{title} · Headroom"));
    });
    view! {
        {toolbar::toolbar(ui)}
        {palette::palette(ui)}
        <main class="middle">
            {banners(ui)}
            <Canvas ui />
        </main>
        {inspector::inspector(ui)}
        {results::results(ui)}
        {palette::ghost(ui)}
        {dialogs::dialog(ui)}
        <div class="off-screen" role="status" aria-live="polite">
            {live(move || ui.panels.announcement.get())}
        </div>
    }
}

/// Breaks the simulator or the page when told to by an event on the window that no person can
/// send by accident: so that the recovery from both can be tried.
fn listen_for_trials(ui: Ui) {
    let worker = window_event_listener_untyped("headroom-break-worker", move |_| ui.break_worker());
    let page = window_event_listener_untyped("headroom-break-page", |_| panic!("the page was told to break"));
    std::mem::forget((worker, page));
}

/// What the person must not miss.
fn banners(ui: Ui) -> impl IntoView {
    let broken = memo(move || ui.run.broken.get());
    let notice = memo(move || ui.panels.notice.get());
    view! {
        <div class="banners">
            {live(move || {
                broken
                    .get()
                    .map(|why| {
                        view! {
                            <div class="banner bad" role="alert">
                                {icon("warning")}
                                <span>
                                    <b>"The simulator stopped."</b>
                                    " Your diagram is safe. "
                                    <small>{why}</small>
                                </span>
                                <button class="button outlined small" on:click=move |_| documents::download(ui)>
                                    "Download the diagram"
                                </button>
                                <button class="button outlined small" on:click=move |_| ui.restart_worker()>
                                    "Restart the simulator"
                                </button>
                            </div>
                        }
                    })
            })}
            {live(move || {
                notice
                    .get()
                    .map(|notice| {
                        view! {
                            <div class="banner" role="alert">
                                <span>{notice.text}</span>
                                <button class="button icon-only" aria-label="Dismiss" on:click=move |_| ui.panels.notice.set(None)>
                                    {icon("close")}
                                </button>
                            </div>
                        }
                    })
            })}
        </div>
    }
}
