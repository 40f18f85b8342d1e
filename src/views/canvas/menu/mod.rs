//! The context menus: what can be done with what is selected, beside it. An entry may open another menu.

mod entries;
mod stand;

pub use entries::has_faults;

use super::gestures::{Hit, to_client};
use crate::browser::page::focus::focused;
use crate::editor::Selection;
use crate::editor::geometry::{self, Point, Rect};
use crate::editor::pointer::LooseLink;
use crate::model::Place;
use crate::views::icons::{icon, tile};
use crate::views::later::LaterView;
use crate::views::state::{MenuOf, OpenMenu, Ui};
use entries::{Does, Entry, Icon, Item, Sub};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use stand::{Stand, beside, beside_menu};
use wasm_bindgen::JsCast;

/// How long a fault may last that is injected by hand, simulated seconds.
const FAULT_DURATIONS: [(Option<f64>, &str); 3] = [(Some(10.0), "10 s"), (Some(30.0), "30 s"), (None, "until healed")];

/// Opens the menu of what was hit, at a point in client coordinates.
pub fn open(ui: Ui, hit: &Hit, at: Point) {
    let mut selection = ui.editing.selection.get_untracked();
    match hit {
        Hit::Node(id) | Hit::Edge(id) | Hit::Port { node: id, .. } if !selection.nodes.contains(id) => {
            selection = Selection::node(id.clone());
        }
        Hit::Link(id) | Hit::LinkEnd { link: id, .. } if !selection.links.contains(id) => {
            selection = Selection::link(id.clone());
        }
        Hit::Background => selection = Selection::default(),
        _ => {}
    }
    ui.editing.select(selection);
    let point = Rect { x: at[0], y: at[1], w: 0.0, h: 0.0 };
    let about = match hit {
        Hit::Node(id) | Hit::Edge(id) | Hit::Port { node: id, .. } => card_on_page(ui, id).unwrap_or(point),
        _ => point,
    };
    ui.viewport.menu.set(Some(OpenMenu { of: MenuOf::Selection, beside: about }));
}

/// Opens the menu of a zone, beside its name.
pub fn open_of_zone(ui: Ui, id: &str) {
    ui.editing.select_place(Place::Zone(id.to_owned()));
    open_by_key(ui);
}

/// Opens the menu of what is selected, beside it.
pub fn open_by_key(ui: Ui) {
    ui.viewport.menu.set(Some(OpenMenu { of: MenuOf::Selection, beside: selected_on_page(ui) }));
}

/// Opens the menu of the faults that can be injected into what is selected, beside it.
pub fn open_faults_by_key(ui: Ui) {
    ui.viewport.menu.set(Some(OpenMenu { of: MenuOf::Faults, beside: selected_on_page(ui) }));
}

/// Opens the menu of the faults that can be injected into what is selected, beside the control that asks for it.
pub fn open_faults(ui: Ui, control: &web_sys::Element) {
    ui.viewport.menu.set(Some(OpenMenu { of: MenuOf::Faults, beside: on_page(control) }));
}

/// Opens the menu of the kinds that the loose end of a new link may lead to, there.
pub fn ask_kind(ui: Ui, link: LooseLink) {
    let [x, y] = to_client(ui.viewport.camera.get_untracked().to_screen(link.at));
    ui.viewport.menu.set(Some(OpenMenu { of: MenuOf::Kinds(link), beside: Rect { x, y, w: 0.0, h: 0.0 } }));
}

/// Where an element is, client coordinates.
fn on_page(element: &web_sys::Element) -> Rect {
    let area = element.get_bounding_client_rect();
    Rect { x: area.x(), y: area.y(), w: area.width(), h: area.height() }
}

/// Where the card of a node is, client coordinates.
fn card_on_page(ui: Ui, id: &str) -> Option<Rect> {
    let card = ui.editing.document.with_untracked(|document| document.node(id).map(geometry::card))?;
    let camera = ui.viewport.camera.get_untracked();
    let corners = [[card.x, card.y], [card.right(), card.bottom()]].map(|corner| to_client(camera.to_screen(corner)));
    Some(Rect::between(corners[0], corners[1]))
}

/// Where what is selected is, client coordinates: a card, the name of a zone, the middle of a link, or that of the
/// canvas.
fn selected_on_page(ui: Ui) -> Rect {
    let selection = ui.editing.selection.get_untracked();
    if let Some(card) = selection.nodes.first().and_then(|id| card_on_page(ui, id)) {
        return card;
    }
    let curve = selection.links.first().and_then(|id| ui.editing.routes.get_untracked().get(id).copied());
    if let Some(Place::Zone(id)) = ui.editing.selected_place.get_untracked()
        && let Some(head) = document().query_selector(&format!(".canvas [data-zone='{id}']")).ok().flatten()
    {
        return on_page(&head);
    }
    let camera = ui.viewport.camera.get_untracked();
    let middle = curve.map(|curve| camera.to_screen(curve.point_at(0.5)));
    let [x, y] = to_client(middle.unwrap_or_else(|| ui.viewport.middle()));
    Rect { x, y, w: 0.0, h: 0.0 }
}

/// The menu, where one is open.
#[component]
pub fn ContextMenu(
    /// The page.
    ui: Ui,
) -> impl IntoView {
    move || {
        ui.viewport.menu.get().map(|menu| view! { <LaterView ui draw=move |later| (later.menu)(ui, menu.clone()) /> })
    }
}

/// An open menu.
pub fn content(ui: Ui, menu: OpenMenu) -> AnyView {
    view! { <OpenedMenu ui menu /> }.into_any()
}

#[component]
fn OpenedMenu(ui: Ui, menu: OpenMenu) -> impl IntoView {
    let OpenMenu { of, beside: about } = menu;
    // What had the focus has it again once the menu is closed by a key or a choice.
    let back = StoredValue::new_local(focused().and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()));
    let sub = RwSignal::new(None::<(Sub, f64)>);
    let (main, second) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let away = window_event_listener(ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if target.is_none_or(|target| target.closest(".menus").ok().flatten().is_none()) {
            ui.viewport.menu.set(None);
        }
    });
    on_cleanup(move || away.remove());
    Effect::new(move |_| {
        if let Some(main) = main.get() {
            put(&main, beside(&about, size(&main), window_size()));
            focus_first_of(main.into());
        }
    });
    Effect::new(move |_| {
        let entry_y = sub.read().map(|(_, y)| y);
        if let (Some(main), Some(second), Some(entry_y)) = (main.get_untracked(), second.get(), entry_y) {
            put(&second, beside_menu(&on_page(&main), &about, entry_y, size(&second), window_size()));
            focus_first_of(second.into());
        }
    });
    let close = move || {
        let back = back.get_value();
        ui.viewport.menu.set(None);
        let is_there = back.as_ref().is_some_and(|element| element.is_connected() && element.tag_name() != "BODY");
        match back.filter(|_| is_there) {
            Some(element) => {
                let _ = element.focus();
            }
            None => {
                crate::browser::page::focus::focus(".canvas");
            }
        }
    };
    let leave_sub = move || {
        sub.set(None);
        let opener = main.get_untracked().and_then(|main| main.query_selector("[aria-expanded=true]").ok().flatten());
        if let Some(opener) = opener.and_then(|opener| opener.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = opener.focus();
        }
    };
    let show = move |entry: Entry| match entry {
        Entry::Rule => view! { <hr role="separator" /> }.into_any(),
        Entry::HowLong(words) => how_long(ui, words),
        Entry::Item(item) => show_item(item, sub, close),
    };
    let is_open = sub;
    view! {
        <div
            class="menus overlay"
            on:contextmenu=|event| event.prevent_default()
            on:keydown=move |event| by_key(&event, close, leave_sub)
        >
            <div class="context-menu" class:wide=matches!(of, MenuOf::Faults | MenuOf::Kinds(_)) role="menu" aria-label="Actions" node_ref=main>
                {entries::of(ui, &of).into_iter().map(show).collect_view()}
            </div>
            {move || {
                is_open
                    .get()
                    .map(|(which, _)| {
                        view! {
                            <div
                                class="context-menu"
                                class:wide=which == Sub::Faults || which == Sub::Mouse
                                role="menu"
                                aria-label="More"
                                node_ref=second
                            >
                                {entries::of_sub(ui, which).into_iter().map(show).collect_view()}
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// An entry as a button.
fn show_item(item: Item, sub: RwSignal<Option<(Sub, f64)>>, close: impl Fn() + Copy + 'static) -> AnyView {
    let Item { icon: picture, label, note, checked, does } = item;
    let picture = match picture {
        Icon::Name(name) => icon(name),
        Icon::Kind(kind) => tile(kind),
    };
    let opens = match does {
        Does::Open(which) => Some(which),
        Does::Act(_) => None,
    };
    let press = move |event: web_sys::MouseEvent| match &does {
        Does::Act(act) => {
            close();
            act();
        }
        Does::Open(which) => {
            let entry = event.current_target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
            let y = entry.map_or(0.0, |entry| entry.get_bounding_client_rect().y());
            sub.update(|sub| *sub = if sub.is_some_and(|(open, _)| open == *which) { None } else { Some((*which, y)) });
        }
    };
    let expanded = move || opens.map(|which| sub.get().is_some_and(|(open, _)| open == which).to_string());
    let class = if checked == Some(false) { "menu-item unchecked" } else { "menu-item" };
    let end = match opens {
        Some(_) => icon("right"),
        None => ().into_any(),
    };
    view! {
        <button
            role=if checked.is_some() { "menuitemcheckbox" } else { "menuitem" }
            class=class
            aria-checked=checked.map(|checked| checked.to_string())
            aria-haspopup=opens.map(|_| "menu")
            aria-expanded=expanded
            tabindex="-1"
            on:click=press
        >
            {picture}
            <span>{label}</span>
            <small>{note}</small>
            {end}
        </button>
    }
    .into_any()
}

/// The choice of how long a fault lasts.
fn how_long(ui: Ui, words: String) -> AnyView {
    let chosen = ui.viewport.fault_for_s;
    let segment = move |(for_s, label): (Option<f64>, &'static str)| {
        view! {
            <button
                role="menuitemradio"
                aria-checked=move || (chosen.get() == for_s).to_string()
                tabindex="-1"
                on:click=move |_| chosen.set(for_s)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="how-long" role="group" aria-label=words.clone()>
            <small>{words.clone()}</small>
            <div class="segments-of-menu">{FAULT_DURATIONS.map(segment).into_iter().collect_view()}</div>
        </div>
    }
    .into_any()
}

fn size(element: &web_sys::HtmlElement) -> Point {
    [f64::from(element.offset_width()), f64::from(element.offset_height())]
}

fn window_size() -> Point {
    let length = |of: Result<wasm_bindgen::JsValue, _>| of.ok().and_then(|length| length.as_f64()).unwrap_or(0.0);
    [length(window().inner_width()), length(window().inner_height())]
}

fn put(menu: &web_sys::HtmlElement, Stand { at: [x, y], height_max }: Stand) {
    let style = web_sys::HtmlElement::style(menu);
    for (name, value) in [("left", x), ("top", y), ("max-height", height_max)] {
        let _ = style.set_property(name, &format!("{value}px"));
    }
}

/// The entries of the menu that an element is in or is.
fn buttons(menu: &web_sys::Element) -> Vec<web_sys::HtmlElement> {
    let Ok(found) = menu.query_selector_all("button") else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.get(index)?.dyn_into::<web_sys::HtmlElement>().ok()).collect()
}

fn is_radio(button: &web_sys::HtmlElement) -> bool {
    button.get_attribute("role").is_some_and(|role| role == "menuitemradio")
}

/// Moves the focus to the first entry; the choice of how long is passed over.
fn focus_first_of(menu: web_sys::Element) {
    request_animation_frame(move || {
        if let Some(first) = buttons(&menu).into_iter().find(|button| !is_radio(button)) {
            let _ = first.focus();
        }
    });
}

/// Arrow keys move within the menu, and into and out of that which an entry opens.
fn by_key(event: &web_sys::KeyboardEvent, close: impl Fn(), leave_sub: impl Fn()) {
    event.stop_propagation();
    let Some(now) = focused().and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
    let Some(menu) = now.closest(".context-menu").ok().flatten() else { return };
    let is_second = menu.previous_element_sibling().is_some();
    let all = buttons(&menu);
    let is_now = |it: &web_sys::HtmlElement| it.is_same_node(Some(&now));
    // Up and down, the choice of how long counts as one entry: that which is chosen.
    let is_chosen =
        |it: &&web_sys::HtmlElement| !is_radio(it) || it.get_attribute("aria-checked").as_deref() == Some("true");
    let column: Vec<&web_sys::HtmlElement> = all.iter().filter(|it| is_chosen(it) || is_now(it)).collect();
    let at = column.iter().position(|it| is_now(it)).unwrap_or(0);
    let go = |to: Option<&web_sys::HtmlElement>| to.is_some_and(|to| to.focus().is_ok());
    let key = event.key();
    let radio = |step: isize| {
        let radios: Vec<&web_sys::HtmlElement> = all.iter().filter(|it| is_radio(it)).collect();
        let at = radios.iter().position(|it| is_now(it))?;
        let next = radios.get(usize::try_from(at as isize + step).ok()?)?;
        next.click();
        next.focus().ok()
    };
    match key.as_str() {
        "Escape" | "Tab" => close(),
        "ArrowDown" => drop(go(column.get((at + 1) % column.len()).copied())),
        "ArrowUp" => drop(go(column.get((at + column.len() - 1) % column.len()).copied())),
        "Home" => drop(go(column.first().copied())),
        "End" => drop(go(column.last().copied())),
        "ArrowRight" if now.has_attribute("aria-haspopup") => now.click(),
        "ArrowRight" => drop(radio(1)),
        "ArrowLeft" => {
            if radio(-1).is_none() && is_second {
                leave_sub();
            }
        }
        letter if letter.chars().count() == 1 && letter != " " => {
            let letter = letter.to_lowercase();
            let starts = |it: &&&web_sys::HtmlElement| {
                it.text_content().unwrap_or_default().trim().to_lowercase().starts_with(&letter)
            };
            let next = column.iter().cycle().skip(at + 1).take(column.len()).find(starts);
            go(next.copied());
        }
        _ => return,
    }
    event.prevent_default();
}
