//! The bar on top: the document, the run, and what can be done with both.

use super::documents::{self, Origin, Saving};
use super::icons::icon;
use super::run::SPEEDS;
use super::state::{Dialog, Ui};
use super::theme::{self, Theme};
use super::{format, keys};
use crate::editor::Command;
use crate::views::erase::{Gather, live, memo, when};
use leptos::html;
use leptos::prelude::*;

/// The bar.
pub fn toolbar(ui: Ui) -> impl IntoView {
    view! {
        <header class="top">
            <div class="top-left">
<h1 class="brand" aria-label="Headroom">
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path class="curve" d="M2 17.500c6 0 10-.5 13-4s4-8 4.500-11" />
                    <path class="floor" d="M2 21.500h20" />
                </svg>
                <span>"Headroom"</span>
            </h1>
            {title(ui)}
            {saved(ui)}
            </div>
            {run_bar(ui)}
            <div class="top-right">
            {problem_badge(ui)}
            <button
                class="button icon-only hide-small"
                data-testid="undo"
                aria-label="Undo"
                title="Undo (Ctrl+Z)"
                prop:disabled=move || !ui.editing.can_undo.get()
                on:click=move |_| ui.editing.undo()
            >
                {icon("undo")}
            </button>
            <button
                class="button icon-only hide-small"
                data-testid="redo"
                aria-label="Redo"
                title="Redo (Ctrl+Y)"
                prop:disabled=move || !ui.editing.can_redo.get()
                on:click=move |_| ui.editing.redo()
            >
                {icon("redo")}
            </button>
            {theme_switch(ui)}
            <button class="button outlined" data-testid="share" aria-label="Share" on:click=move |_| ui.panels.dialog.set(Some(Dialog::Share))>
                {icon("share")}
                <span>"Share"</span>
            </button>
            {menu(ui)}
            </div>
        </header>
    }
    .into_any()
}

fn title(ui: Ui) -> impl IntoView {
    let title = memo(move || ui.editing.document.with(|document| document.title.clone()));
    view! {
        <input
            class="title"
            type="text"
            aria-label="Title of the diagram"
            data-testid="title"
            placeholder="Untitled"
            maxlength="120"
            size=move || title.get().chars().count().clamp(8, 32).to_string()
            prop:value=move || title.get()
            on:change=move |event| {
                ui.edit(Command::SetTitle(event_target_value(&event).trim().to_owned()));
            }
            on:keydown=move |event| {
                if event.key() == "Enter" {
                    keys::focus(".canvas");
                }
            }
        />
    }
}

fn saved(ui: Ui) -> impl IntoView {
    let words = memo(move || ui.storing.saving.with(|saving| saving.words(&ui.storing.origin.read())));
    let failed = memo(move || matches!(*ui.storing.saving.read(), Saving::Failed(_)));
    let preview = memo(move || matches!(*ui.storing.origin.read(), Origin::Preview(_)));
    let title = move || {
        if preview.get() {
            "Only looked at: it becomes a diagram of your own with your first change, and overwrites nothing".to_owned()
        } else {
            words.get()
        }
    };
    view! {
        <span class="saved" class:failed=move || failed.get() class:preview=move || preview.get() data-testid="saved" title=title>
            {live(move || words.get())}
        </span>
    }
}

fn run_bar(ui: Ui) -> impl IntoView {
    let clock = memo(move || format::clock(ui.run.now_s()));
    let playing = move || ui.run.playing.get();
    view! {
        <div class="run" role="group" aria-label="Run">
            <button
                class="button primary"
                data-testid=move || if playing() { "pause" } else { "run" }
                title="Run or pause (Ctrl+Enter)"
                on:click=move |_| ui.run.toggle()
            >
                {live(move || icon(if playing() { "pause" } else { "play" }))}
                <span>{live(move || if playing() { "Pause" } else { "Run" })}</span>
            </button>
            <button class="button icon-only" data-testid="reset" aria-label="Reset" title="Back to the start" on:click=move |_| ui.run.reset()>
                {icon("reset")}
            </button>
            <span class="clock" data-testid="clock" title="Simulated time">
                {live(move || clock.get())}
            </span>
            <select
                class="speed"
                data-testid="speed"
                aria-label="Speed, simulated seconds a second"
                title="Speed"
                on:change=move |event| {
                    let chosen = event_target_value(&event);
                    if let Some((speed, _)) = SPEEDS.iter().find(|(_, label)| *label == chosen) {
                        ui.run.set_speed(*speed);
                    }
                }
            >
                {SPEEDS
                    .iter()
                    .map(|(speed, label)| {
                        view! {
                            <option value=*label prop:selected=move || ui.run.speed.get() == *speed>
                                {*label}
                            </option>
                        }
                    })
                    .gather()}
            </select>
        </div>
    }
}

fn problem_badge(ui: Ui) -> impl IntoView {
    let count = memo(move || ui.editing.problems.with(|all| all.len()));
    view! {
        {when(move || { count.get() > 0 }, move || view! { <button
                class="button problem-badge"
                title="See what is wrong"
                on:click=move |_| ui.panels.tab.set(super::state::Tab::Problems)
            >
                {icon("warning")}
                <span>{live(move || format::counted(count.get(), "problem"))}</span>
            </button> }.into_any())}
    }
}

fn theme_switch(ui: Ui) -> impl IntoView {
    let label = move || match ui.panels.theme.get() {
        Theme::Auto => "Colours: as the system says",
        Theme::Light => "Colours: light",
        Theme::Dark => "Colours: dark",
    };
    view! {
        <button
            class="button icon-only hide-small"
            data-testid="theme"
            aria-label=label
            title=label
            on:click=move |_| {
                let next = ui.panels.theme.get_untracked().next();
                theme::apply(next);
                ui.panels.theme.set(next);
            }
        >
            {live(move || icon(ui.panels.theme.get().id()))}
        </button>
    }
}

fn menu(ui: Ui) -> impl IntoView {
    let open = RwSignal::new(false);
    let file = NodeRef::<html::Input>::new();
    let item = move |name: &'static str, label: &'static str, testid: &'static str, act: fn(Ui)| {
        view! {
            <button
                class="menu-item"
                data-testid=testid
                on:click=move |_| {
                    open.set(false);
                    act(ui);
                }
            >
                {icon(name)}
                <span>{label}</span>
            </button>
        }
    };
    let inside = move |event: web_sys::FocusEvent| {
        use wasm_bindgen::JsCast;
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Element>().ok());
        to.is_some_and(|to| to.closest(".menu-place").ok().flatten().is_some())
    };
    view! {
        <div
            class="menu-place"
            on:focusout=move |event| {
                if event.related_target().is_some() && !inside(event) {
                    open.set(false);
                }
            }
            on:keydown=move |event| {
                if event.key() == "Escape" && open.get_untracked() {
                    open.set(false);
                    event.stop_propagation();
                    keys::focus(".menu-place > button");
                }
            }
        >
            <button
                class="button icon-only"
                data-testid="menu"
                aria-label="Menu"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {icon("menu")}
            </button>
            {when(move || open.get(), move || view! { <div class="menu-away" on:click=move |_| open.set(false)></div>
                <div class="drop-menu" role="group" aria-label="Menu">
                    {item("plus", "New diagram", "new", documents::open_new)}
                    {item("list", "My diagrams…", "documents", |ui| ui.panels.dialog.set(Some(Dialog::Documents)))}
                    {item("copy", "Download JSON", "download", documents::download)}
                    <button
                        class="menu-item"
                        on:click=move |_| {
                            if let Some(file) = file.get_untracked() {
                                file.click();
                            }
                            open.set(false);
                        }
                    >
                        {icon("down")}
                        <span>"Open file…"</span>
                    </button>
                    {item("share", "Open link…", "open-link", |ui| ui.panels.dialog.set(Some(Dialog::OpenLink)))}
                    <hr />
                    <div class="only-small-block">
                        {item("undo", "Undo", "menu-undo", |ui| ui.editing.undo())}
                        {item("redo", "Redo", "menu-redo", |ui| ui.editing.redo())}
                        {item("dark", "Change colours", "menu-theme", |ui| {
                            let next = ui.panels.theme.get_untracked().next();
                            theme::apply(next);
                            ui.panels.theme.set(next);
                        })}
                    </div>
                    {item("help", "Keys and gestures", "help", |ui| ui.panels.dialog.set(Some(Dialog::Help)))}
                    <a class="menu-item" href="./validation.html" data-testid="validation">
                        {icon("check")}
                        <span>"Is it right? Validation"</span>
                    </a>
                </div> }.into_any())}
            <input
                class="off-screen"
                type="file"
                accept=".json,application/json"
                aria-label="Open file"
                tabindex="-1"
                data-testid="open-file"
                node_ref=file
                on:change=move |_| {
                    if let Some(input) = file.get_untracked() {
                        if let Some(chosen) = input.files().and_then(|files| files.get(0)) {
                            documents::open_file(ui, chosen);
                        }
                        // The same file can be chosen again.
                        input.set_value("");
                    }
                }
            />
        </div>
    }
}
