//! The head of a form: what it is about, and a menu of what else can be done with it; the two buttons below it.

use super::live_faults::LiveFaults;
use crate::browser::page::focus::{focus, step};
use crate::model::Place;
use crate::views::canvas::menu::open_faults;
use crate::views::icons::icon;
use crate::views::state::{Dialog, Ui};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// An entry of the menu.
#[derive(Clone)]
pub struct Entry {
    label: &'static str,
    icon: &'static str,
    act: Arc<dyn Fn() + Send + Sync>,
}

impl Entry {
    /// An entry that does this.
    pub fn new(label: &'static str, icon: &'static str, act: impl Fn() + Send + Sync + 'static) -> Entry {
        Entry { label, icon, act: Arc::new(act) }
    }
}

/// A tile, the name (or the field for it) over a few words, and the menu.
pub fn head(tile: AnyView, name: AnyView, small: AnyView, entries: Vec<Entry>) -> AnyView {
    let menu = (!entries.is_empty()).then(|| view! { <HeadMenu entries /> });
    view! {
        <div class="head">
            {tile} <span>{name} <small>{small}</small></span> {menu}
        </div>
    }
    .into_any()
}

/// A tile with an icon that belongs to no kind.
pub fn plain_tile(class: &'static str, name: &'static str) -> AnyView {
    view! {
        <span class=format!("tile {class}") aria-hidden="true">
            {icon(name)}
        </span>
    }
    .into_any()
}

#[component]
fn HeadMenu(entries: Vec<Entry>) -> impl IntoView {
    let open = RwSignal::new(false);
    let item = move |Entry { label, icon: name, act }: Entry| {
        view! {
            <button
                type="button"
                role="menuitem"
                class="menu-item"
                on:click=move |_| {
                    open.set(false);
                    focus(".head-menu > button");
                    act();
                }
            >
                {icon(name)}
                <span>{label}</span>
            </button>
        }
    };
    let by_key = move |event: web_sys::KeyboardEvent| {
        if !open.get_untracked() {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => step(".head-menu [role=menuitem]", 1),
            "ArrowUp" => step(".head-menu [role=menuitem]", -1),
            "Escape" => {
                open.set(false);
                focus(".head-menu > button")
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
    };
    let left = move |event: web_sys::FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Element>().ok());
        if to.is_some_and(|to| to.closest(".head-menu").ok().flatten().is_none()) {
            open.set(false);
        }
    };
    view! {
        <span class="head-menu" on:keydown=by_key on:focusout=left>
            <button
                type="button"
                class="button icon-only"
                aria-label="More actions"
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                data-testid="inspector-menu"
                on:click=move |_| {
                    open.update(|open| *open = !*open);
                    if open.get_untracked() {
                        request_animation_frame(|| {
                            focus(".head-menu [role=menuitem]");
                        });
                    }
                }
            >
                {icon("dots")}
            </button>
            <Show when=move || open.get()>
                <div class="menu-away" on:click=move |_| open.set(false)></div>
                <div class="drop-menu" role="menu" aria-label="More actions">
                    {entries.iter().cloned().map(item).collect_view()}
                </div>
            </Show>
        </span>
    }
}

/// "Inject a fault", which opens the menu of those that can be injected into what is selected (of a zone they stand
/// below), and "Connect…" where a node can call others.
#[component]
pub fn HeadActions(
    ui: Ui,
    place: Place,
    /// The node that can call others.
    #[prop(optional_no_strip)]
    connects: Option<String>,
    /// Begins the ids of the buttons.
    #[prop(default = "")]
    scope: &'static str,
) -> impl IntoView {
    let is_zone = matches!(place, Place::Zone(_));
    let connect = connects.map(|id| {
        view! {
            <button
                type="button"
                class="button outlined"
                data-testid=format!("{scope}connect")
                title="Choose what it calls (C)"
                on:click=move |_| ui.panels.dialog.set(Some(Dialog::Connect(id.clone())))
            >
                {icon("arrow")}
                "Connect…"
            </button>
        }
    });
    view! {
        <div class="two">
            <button
                type="button"
                class="button break"
                data-testid=format!("{scope}inject")
                aria-haspopup="menu"
                on:click=move |event| {
                    // The press may be on the icon within.
                    let pressed = event_target::<web_sys::Element>(&event).closest("button").ok().flatten();
                    if let Some(button) = pressed {
                        open_faults(ui, &button);
                    }
                }
            >
                {icon("warning")}
                "Inject a fault"
            </button>
            {connect}
        </div>
        {is_zone.then(|| view! { <LiveFaults ui place /> })}
    }
}

/// The name of a section, and a few words or a button at its end.
pub fn section(title: &'static str, end: AnyView) -> AnyView {
    view! {
        <div class="section-head">
            <h2 class="section">{title}</h2>
            {end}
        </div>
    }
    .into_any()
}

/// Of parameters: that they change while the run goes on, where it does.
pub fn live_note(ui: Ui) -> AnyView {
    (move || ui.run.in_flight().then(|| view! { <small>"change while it runs"</small> })).into_any()
}
