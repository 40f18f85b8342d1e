//! What the context menus offer.

use crate::browser::page::focus::focus;
use crate::editor::pointer::{LooseLink, kinds_at};
use crate::editor::{placing_at, shown_name};
use crate::faults::{self, LiveChoice};
use crate::kinds;
use crate::model::{Document, Place, Zone};
use crate::views::actions::{self, Action, CANVAS, Group, LINKS, NODE, NODES, On};
use crate::views::state::{BackgroundDrag, MenuOf, Preferences, Tab, Ui, Wheel};
use crate::views::{format, keys};
use leptos::prelude::*;

/// A menu that an entry of another one opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sub {
    /// How the selected nodes stand to each other.
    Align,
    /// The faults that can be injected into what is selected, or ended.
    Faults,
    /// The zones of the selected nodes.
    Zone,
    /// What mouse and wheel do.
    Mouse,
}

/// What an entry does.
pub enum Does {
    /// This, and the menu closes.
    Act(Box<dyn Fn()>),
    /// Opens another menu.
    Open(Sub),
}

/// The picture before an entry.
#[derive(Clone, Copy)]
pub enum Icon {
    /// Of the sprite.
    Name(&'static str),
    /// The tile of a kind.
    Kind(&'static str),
}

/// An entry.
pub struct Item {
    /// Its picture.
    pub icon: Icon,
    /// As shown.
    pub label: String,
    /// What stands at its end: a key, or a detail.
    pub note: String,
    /// Whether a choice is in effect; absent where the entry is none.
    pub checked: Option<bool>,
    /// What it does.
    pub does: Does,
}

/// A line of a menu.
pub enum Entry {
    /// A line between groups.
    Rule,
    /// How long a fault lasts, with what it is injected into and from when on.
    HowLong(String),
    /// Something to choose.
    Item(Item),
}

/// An entry that does something.
fn item(icon: &'static str, label: impl Into<String>, note: impl Into<String>, act: impl Fn() + 'static) -> Entry {
    let (label, note) = (label.into(), note.into());
    Entry::Item(Item { icon: Icon::Name(icon), label, note, checked: None, does: Does::Act(Box::new(act)) })
}

/// An entry that opens another menu.
fn opens(icon: &'static str, label: &str, note: String, sub: Sub) -> Entry {
    Entry::Item(Item { icon: Icon::Name(icon), label: label.to_owned(), note, checked: None, does: Does::Open(sub) })
}

/// An entry that is in effect or not.
fn choice(label: impl Into<String>, checked: bool, act: impl Fn() + 'static) -> Entry {
    let does = Does::Act(Box::new(act));
    Entry::Item(Item {
        icon: Icon::Name("check"),
        label: label.into(),
        note: String::new(),
        checked: Some(checked),
        does,
    })
}

fn action(ui: Ui, action: &'static Action) -> Entry {
    Entry::Item(Item {
        icon: Icon::Name(action.icon),
        label: action.label.to_owned(),
        note: action.keys.first().map(|key| keys::label(key)).unwrap_or_default(),
        checked: None,
        does: Does::Act(Box::new(move || (action.perform)(ui))),
    })
}

fn actions(ui: Ui, on: On, group: Group) -> Vec<Entry> {
    actions::of_menu(ui, on, group).map(|it| action(ui, it)).collect()
}

/// Groups with a line between them; those that are empty are left out.
fn grouped(groups: Vec<Vec<Entry>>) -> Vec<Entry> {
    let mut all = Vec::new();
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        if !all.is_empty() {
            all.push(Entry::Rule);
        }
        all.extend(group);
    }
    all
}

/// What a menu offers.
pub fn of(ui: Ui, menu: &MenuOf) -> Vec<Entry> {
    let on = actions::selected(ui);
    match menu {
        MenuOf::Faults => of_sub(ui, Sub::Faults),
        MenuOf::Kinds(link) => kinds(ui, link),
        MenuOf::Selection if on == CANVAS => grouped(vec![
            actions(ui, on, Group::Edit),
            actions(ui, on, Group::View),
            actions(ui, on, Group::Resilience),
            vec![opens("mouse", "Mouse and wheel", String::new(), Sub::Mouse)],
        ]),
        MenuOf::Selection => {
            let mut align = Vec::new();
            if actions::of_menu(ui, on, Group::Align).next().is_some() {
                align.push(opens("align", "Align", String::new(), Sub::Align));
            }
            let mut faults = Vec::new();
            if has_faults(ui) {
                faults.push(opens("warning", "Inject a fault", String::new(), Sub::Faults));
            }
            let mut zone = Vec::new();
            if on & (NODE | NODES) != 0 {
                zone.push(opens("zone", "Zone", zones_of_selection(ui), Sub::Zone));
            }
            grouped(vec![actions(ui, on, Group::Edit), align, faults, zone])
        }
    }
}

/// What the menu offers that an entry opens.
pub fn of_sub(ui: Ui, sub: Sub) -> Vec<Entry> {
    let on = actions::selected(ui);
    match sub {
        Sub::Align => actions(ui, on, Group::Align),
        Sub::Zone => {
            let zones = actions::zone_choices(ui).into_iter();
            let inside = zones.map(|(name, is_inside, command)| {
                choice(name, is_inside, move || {
                    ui.editing.apply(command.clone());
                })
            });
            grouped(vec![actions(ui, on, Group::Zone), inside.collect()])
        }
        Sub::Mouse => mouse(ui),
        Sub::Faults => faults_of_selection(ui),
    }
}

/// The kinds that the loose end of a new link may lead to. The node and the link are one step.
fn kinds(ui: Ui, link: &LooseLink) -> Vec<Entry> {
    let document = ui.editing.document.get_untracked();
    let entry = |kind: &'static str| {
        let link = link.clone();
        let place = move || {
            let document = ui.editing.document.get_untracked();
            if let Some(id) = ui.editing.apply(placing_at(&document, kind, &link).command()) {
                ui.viewport.reveal(&id);
                focus(".canvas");
            }
        };
        let does = Does::Act(Box::new(place));
        let (label, note) = kinds::info(kind).map_or((kind, ""), |info| (info.label, info.tagline));
        let (label, note) = (label.to_owned(), note.to_owned());
        Entry::Item(Item { icon: Icon::Kind(kind), label, note, checked: None, does })
    };
    kinds_at(&document, link).into_iter().map(entry).collect()
}

/// The names of the zones that the selected nodes are in as a whole.
fn zones_of_selection(ui: Ui) -> String {
    let names: Vec<String> =
        actions::zone_choices(ui).into_iter().filter(|(_, is_inside, _)| *is_inside).map(|(name, ..)| name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// What a drag over the canvas and the wheel do.
fn mouse(ui: Ui) -> Vec<Entry> {
    let now = ui.panels.preferences.get_untracked();
    let prefer = move |change: fn(&mut Preferences)| move || ui.panels.prefer(change);
    let drag = |label: &str, is: BackgroundDrag, change| choice(label, now.background_drag == is, prefer(change));
    let wheel = |label: &str, is: Wheel, change| choice(label, now.wheel == is, prefer(change));
    grouped(vec![
        vec![
            drag("A drag over the canvas selects", BackgroundDrag::Select, |it| {
                it.background_drag = BackgroundDrag::Select
            }),
            drag("A drag over the canvas pans", BackgroundDrag::Pan, |it| it.background_drag = BackgroundDrag::Pan),
        ],
        vec![
            wheel("A wheel zooms, two fingers pan", Wheel::Auto, |it| it.wheel = Wheel::Auto),
            wheel("Both pan", Wheel::Pan, |it| it.wheel = Wheel::Pan),
            wheel("Both zoom", Wheel::Zoom, |it| it.wheel = Wheel::Zoom),
        ],
    ])
}

fn choices(ui: Ui) -> Vec<LiveChoice> {
    let places = actions::selected_places(ui);
    untrack(|| ui.run.live_choices(&places))
}

/// Whether a fault can be injected into what is selected.
pub fn has_faults(ui: Ui) -> bool {
    !choices(ui).is_empty()
}

/// The faults that can be injected into what is selected, or ended there.
fn faults_of_selection(ui: Ui) -> Vec<Entry> {
    let entry = |choice: LiveChoice| {
        let (icon, label, note) = match choice.end {
            Some((end, Some(_))) => ("check", end.to_owned(), String::new()),
            _ => (choice.icon, choice.label.to_owned(), choice.detail.clone()),
        };
        item(icon, label, note, move || ui.run.inject_for(&choice, ui.viewport.fault_for_s.get_untracked()))
    };
    let is_instant = |choice: &LiveChoice| faults::info(choice.fault).is_some_and(|info| info.is_instantaneous);
    let (instant, lasting): (Vec<LiveChoice>, Vec<LiveChoice>) = choices(ui).into_iter().partition(is_instant);
    let mut last: Vec<Entry> = instant.into_iter().map(entry).collect();
    last.push(item("clock", "Plan on the timeline…", "", move || {
        ui.panels.tab.set(Tab::Charts);
        ui.panels.prefer(|preferences| preferences.results_folded = false);
        request_animation_frame(|| {
            focus("[data-testid=add-fault]");
        });
    }));
    let restore = actions(ui, actions::selected(ui) & (NODE | LINKS), Group::Resilience);
    let what = ui.editing.document.with_untracked(|document| places_named(document, &actions::selected_places(ui)));
    let now_s = untrack(|| ui.run.now_s());
    let from = if now_s > 0.0 {
        format!("from now ({} s)", format::number(now_s.floor()))
    } else {
        "from the start".to_owned()
    };
    let mut first = vec![Entry::HowLong(format!("{what}, {from}, for"))];
    first.push(Entry::Rule);
    first.extend(lasting.into_iter().map(entry));
    grouped(vec![first, last, restore])
}

/// What places are called: the one, or how many.
fn places_named(document: &Document, places: &[Place]) -> String {
    let name = |id: &str| document.node(id).map(shown_name).unwrap_or_default().to_owned();
    match places {
        [Place::Node(id)] => name(id),
        [Place::Link(id)] => {
            document.link(id).map(|link| format!("{} → {}", name(&link.from), name(&link.to))).unwrap_or_default()
        }
        [Place::Zone(id)] => document.zone(id).map(Zone::shown_name).unwrap_or_default().to_owned(),
        many => format::counted(many.len(), "link"),
    }
}
