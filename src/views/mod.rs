//! The page: values are drawn, commands sent; nothing is decided here.
//!
//! `state::Ui` holds the signals that views share; every view is a function of it. What deserves a
//! test is a plain function beside the view, or in [`editor`](crate::editor).

mod access;
mod actions;
mod banners;
mod canvas;
mod commands;
pub mod crash;
mod dialogs;
mod documents;
mod export;
mod format;
mod gestures;
mod icons;
mod inspector;
mod keys;
mod later;
mod layout;
mod outline;
mod palette;
mod present;
mod print;
mod problems;
mod results;
mod run;
mod search;
mod share;
mod state;
mod theme;
mod timeline;
mod toolbar;
mod update;

use banners::Banners;
use canvas::Canvas;
use dialogs::PageDialog;
use inspector::Inspector;
use later::LaterView;
use layout::PanelControls;
use leptos::prelude::*;
use palette::{DraggedKind, Palette};
use state::Ui;
use toolbar::Toolbar;

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let ui = Ui::new();
    theme::apply(ui.panels.theme.get_untracked());
    keys::listen(ui);
    access::listen(ui);
    access::announce_run(ui);
    ui.gestures.listen();
    layout::follow_preferences(ui);
    print::listen(ui);
    ui.run.start_worker();
    ui.run.follow_document();
    documents::start(ui);
    later::fetch_when_idle(ui);
    listen_for_trials(ui);
    Effect::new(move |_| {
        let title = documents::title_of(&ui.editing.document.read());
        document().set_title(&format!("{title} · Headroom"));
    });
    view! {
        <access::SkipLink />
        <Toolbar ui />
        <print::PrintedTitle ui />
        <Palette ui />
        <main class="middle">
            <Banners ui />
            <Canvas ui />
            <LaterView ui waits=true is_silent=true draw=move |later| (later.sentence)(ui) />
        </main>
        <Inspector ui />
        <PanelControls ui />
        <outline::sheets::PhoneSheets ui />
        <results::Results ui />
        <print::PrintedResults ui />
        <LaterView ui waits=true is_silent=true draw=move |later| (later.steps)(ui) />
        <DraggedKind ui />
        <PageDialog ui />
        <div class="off-screen" role="status" aria-live="polite">
            {move || ui.panels.announcement.get()}
        </div>
    }
}

/// Breaks the worker or the page on an event that only a test sends, so that the recovery from both
/// can be tried.
fn listen_for_trials(ui: Ui) {
    window_event_listener_untyped("headroom-break-worker", move |_| ui.run.break_worker());
    window_event_listener_untyped("headroom-break-page", |_| panic!("a test breaks the page"));
}
