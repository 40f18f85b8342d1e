//! The bar on top: the document, the run, and what can be done with both.

use super::documents::{self, Origin, Saving};
use super::format;
use super::icons::icon;
use super::present::{LeaveButton, PresentBar, PresentButton};
use super::run::SPEEDS;
use super::state::{Dialog, Tab, Ui};
use super::theme::Theme;
use crate::browser::page::focus::focus;
use crate::editor::Command;
use crate::glossary::UNTITLED;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The bar.
#[component]
pub fn Toolbar(ui: Ui) -> impl IntoView {
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
                <Title ui />
                <SavingState ui />
                <PresentBar ui />
            </div>
            <RunBar ui />
            <div class="top-right">
                <ProblemBadge ui />
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
                <PresentButton ui />
                <ThemeSwitch ui />
                <button
                    class="button outlined"
                    data-testid="share"
                    aria-label="Share"
                    on:click=move |_| ui.panels.dialog.set(Some(Dialog::Share))
                >
                    {icon("share")}
                    <span>"Share"</span>
                </button>
                <Menu ui />
            </div>
            <LeaveButton ui />
        </header>
    }
}

#[component]
fn Title(ui: Ui) -> impl IntoView {
    let title = Memo::new(move |_| ui.editing.document.read().title.clone());
    view! {
        <input
            class="title"
            type="text"
            aria-label="Title of the diagram"
            data-testid="title"
            placeholder=UNTITLED
            maxlength="120"
            size=move || title.get().chars().count().clamp(8, 32).to_string()
            prop:value=move || title.get()
            on:change=move |event| {
                ui.editing.apply(Command::SetTitle(event_target_value(&event).trim().to_owned()));
            }
            on:keydown=move |event| {
                if event.key() == "Enter" {
                    // The same key does something else on the canvas.
                    event.prevent_default();
                    focus(".canvas");
                }
            }
        />
    }
}

/// Whether the document is stored.
#[component]
fn SavingState(ui: Ui) -> impl IntoView {
    let words = Memo::new(move |_| ui.storing.saving.read().words(&ui.storing.origin.read()));
    let failed = move || matches!(*ui.storing.saving.read(), Saving::Failed);
    let is_preview = move || matches!(*ui.storing.origin.read(), Origin::Preview(_));
    let title = move || {
        if is_preview() {
            "A preview: your first change makes it a diagram of your own, and overwrites nothing".to_owned()
        } else {
            words.get()
        }
    };
    view! {
        <span class="saved" class:failed=failed class:preview=is_preview data-testid="saved" title=title>
            {move || words.get()}
        </span>
    }
}

#[component]
fn RunBar(ui: Ui) -> impl IntoView {
    let clock = Memo::new(move |_| format::clock(ui.run.now_s()));
    let playing = move || ui.run.playing.get();
    view! {
           <div class="run" role="group" aria-label="Run">
               <button
                   class="button primary"
                   data-testid=move || if playing() { "pause" } else { "run" }
                   title="Run or pause (Ctrl+Enter)"
                   on:click=move |_| ui.run.toggle()
               >
                   {move || icon(if playing() { "pause" } else { "play" })}
                   <span>{move || if playing() { "Pause" } else { "Run" }}</span>
               </button>
               <button class="button icon-only" data-testid="reset" aria-label="Reset" title="Back to the start"
    on:click=move |_| ui.run.reset()>
                   {icon("reset")}
               </button>
               <span class="clock" data-testid="clock" title="Simulated time">
                   {move || clock.get()}
               </span>
               <select
                   class="pick speed"
                   data-testid="speed"
                   aria-label="Speed, simulated seconds per second"
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
                       .collect_view()}
               </select>
           </div>
       }
}

#[component]
fn ProblemBadge(ui: Ui) -> impl IntoView {
    // Nothing is wrong with a diagram that has not been begun.
    let count = Memo::new(move |_| if ui.is_blank() { 0 } else { ui.editing.problems.read().len() });
    view! {
        <Show when=move || { count.get() > 0 }>
            <button class="button problem-badge" title="Show the problems" on:click=move |_| ui.panels.tab.set(Tab::Problems)>
                {icon("warning")}
                <span>{move || format::counted(count.get(), "problem")}</span>
            </button>
        </Show>
    }
}

#[component]
fn ThemeSwitch(ui: Ui) -> impl IntoView {
    let label = move || match ui.panels.theme.get() {
        Theme::Auto => "Colors: as the system says",
        Theme::Light => "Colors: light",
        Theme::Dark => "Colors: dark",
    };
    view! {
        <button
            class="button icon-only hide-small"
            data-testid="theme"
            aria-label=label
            title=label
            on:click=move |_| ui.panels.change_theme()
        >
            {move || icon(ui.panels.theme.get().id())}
        </button>
    }
}

#[component]
fn Menu(ui: Ui) -> impl IntoView {
    let open = RwSignal::new(false);
    let file = NodeRef::<html::Input>::new();
    let item = move |name: &'static str, label: &'static str, testid: &'static str, act: fn(Ui)| {
        view! {
            <button
                class="menu-item"
                data-testid=testid
                on:click=move |_| {
                    open.set(false);
                    // The entry is gone; a dialog gives the focus back to what had it.
                    focus(".menu-place > button");
                    act(ui);
                }
            >
                {icon(name)}
                <span>{label}</span>
            </button>
        }
    };
    // Whether the focus goes to something else in the menu.
    let stays_inside = |event: &web_sys::FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Element>().ok());
        to.is_some_and(|to| to.closest(".menu-place").ok().flatten().is_some())
    };
    view! {
        <div
            class="menu-place"
            on:focusout=move |event| {
                if event.related_target().is_some() && !stays_inside(&event) {
                    open.set(false);
                }
            }
            on:keydown=move |event| {
                if event.key() == "Escape" && open.get_untracked() {
                    open.set(false);
                    event.stop_propagation();
                    focus(".menu-place > button");
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
            <Show when=move || open.get()>
                <div class="menu-away" on:click=move |_| open.set(false)></div>
                <div class="drop-menu" role="group" aria-label="Menu">
                    {item("plus", "New diagram", "new", documents::open_new)}
                    {item("list", "My diagrams…", "documents", |ui| ui.panels.dialog.set(Some(Dialog::Documents)))}
                    {item("reset", "Version history…", "versions", |ui| ui.panels.dialog.set(Some(Dialog::Versions)))}
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
                    {item("down", "Export…", "export", |ui| ui.panels.dialog.set(Some(Dialog::Export)))}
                    {item("share", "Open link…", "open-link", |ui| ui.panels.dialog.set(Some(Dialog::OpenLink)))}
                    <hr />
                    <div class="only-small-block">
                        {item("undo", "Undo", "menu-undo", |ui| ui.editing.undo())}
                        {item("redo", "Redo", "menu-redo", |ui| ui.editing.redo())}
                        {item("dark", "Change colors", "menu-theme", |ui| ui.panels.change_theme())}
                    </div>
                    <button
                        class="menu-item"
                        aria-pressed=move || (!ui.panels.preferences.read().quiet_run).to_string()
                        data-testid="announce-run"
                        title="Screen readers announce every few seconds how a run does"
                        on:click=move |_| ui.panels.prefer(|chosen| chosen.quiet_run = !chosen.quiet_run)
                    >
                        {move || icon(if ui.panels.preferences.read().quiet_run { "close" } else { "check" })}
                        <span>"Announce the run"</span>
                    </button>
                    {item("help", "Keys and gestures", "help", |ui| ui.panels.dialog.set(Some(Dialog::Help)))}
                    <a class="menu-item" href="./validation.html" data-testid="validation">
                        {icon("check")}
                        <span>"Validation"</span>
                    </a>
                </div>
            </Show>
            <input
                class="off-screen"
                type="file"
                accept=".json,.svg,.png,.mmd,.md,.txt,application/json,image/svg+xml,image/png,text/plain"
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
