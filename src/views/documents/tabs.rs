//! One tab writes a document. Others that show it follow its changes and only read, until they take over or
//! the writing tab is closed.

use super::{Origin, Saving, flush};
use crate::browser::page::storage;
use crate::browser::page::tabs::{Answer, Ask, Channel, Lock, News};
use crate::codec;
use crate::views::state::Ui;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long a tab that takes over waits for the other one to store its last edit.
const LAST_EDIT: Duration = Duration::from_millis(300);

/// The locks and the channel of this tab.
#[derive(Clone, Copy)]
pub struct Tabs {
    /// While another tab writes the document: when that tab was opened, empty until it has said so.
    pub writer: RwSignal<Option<String>>,
    lock: StoredValue<Option<Lock>, LocalStorage>,
    channel: StoredValue<Option<Channel>, LocalStorage>,
    /// When this tab was opened, as people read it.
    opened: StoredValue<String>,
}

impl Tabs {
    /// A tab that shows no stored document.
    pub fn new() -> Tabs {
        let now = js_sys::Date::new_0().to_locale_time_string("default");
        Tabs {
            writer: RwSignal::new(None),
            lock: StoredValue::new_local(None),
            channel: StoredValue::new_local(None),
            opened: StoredValue::new(now.into()),
        }
    }

    /// Tells the other tabs.
    pub fn tell(self, news: &News) {
        self.channel.with_value(|channel| channel.iter().for_each(|channel| channel.tell(news)));
    }
}

/// From now on, follows which document this tab shows and what other tabs say.
pub fn follow(ui: Ui) {
    ui.storing.tabs.channel.set_value(Channel::join(move |news| hear(ui, news)));
    let id = Memo::new(move |_| match &*ui.storing.origin.read() {
        Origin::Own(id) => Some(id.clone()),
        _ => None,
    });
    Effect::new(move |_| {
        let id = id.get();
        write_here(ui);
        match id {
            Some(id) => ask(ui, id, Ask::IfFree),
            None => put_lock(ui, None),
        }
    });
}

/// Takes over: this tab writes the document, and the other one reads.
pub fn take_over(ui: Ui) {
    let Some(id) = shown(ui) else { return };
    ui.storing.tabs.tell(&News::Asked { id: id.clone() });
    set_timeout(
        move || {
            if shown(ui).as_ref() == Some(&id) {
                ask(ui, id, Ask::Take)
            }
        },
        LAST_EDIT,
    );
}

/// The id of the stored document that this tab shows.
fn shown(ui: Ui) -> Option<String> {
    match &*ui.storing.origin.read_untracked() {
        Origin::Own(id) => Some(id.clone()),
        _ => None,
    }
}

fn ask(ui: Ui, id: String, how: Ask) {
    put_lock(ui, None);
    let of = id.clone();
    let lock = Lock::ask(&id, how, move |answer| {
        if shown(ui).as_ref() != Some(&of) {
            return;
        }
        match answer {
            Answer::Granted if ui.editing.read_only.get_untracked() => read_again(ui, of.clone()),
            Answer::Granted => {}
            Answer::Busy | Answer::Lost => {
                only_read(ui, &of);
                ask(ui, of.clone(), Ask::WhenFree);
            }
        }
    });
    put_lock(ui, lock);
}

fn put_lock(ui: Ui, lock: Option<Lock>) {
    let before = ui.storing.tabs.lock.try_update_value(|held| std::mem::replace(held, lock));
    if let Some(before) = before.flatten() {
        before.give_back();
    }
}

fn only_read(ui: Ui, id: &str) {
    ui.editing.cancel();
    ui.editing.read_only.set(true);
    if *ui.storing.saving.read_untracked() == Saving::Pending {
        ui.panels.alert("Another tab took over before the last change here was stored: “Work on a copy” keeps it.");
    }
    ui.storing.saving.set(Saving::Elsewhere);
    ui.storing.tabs.writer.set(Some(String::new()));
    ui.storing.tabs.tell(&News::Asked { id: id.to_owned() });
}

fn write_here(ui: Ui) {
    ui.editing.read_only.set(false);
    ui.storing.tabs.writer.set(None);
}

/// This tab writes from now on: what the other one has stored last is the document.
fn read_again(ui: Ui, id: String) {
    spawn_local(async move {
        let stored = storage::load(&id).await;
        if shown(ui) != Some(id.clone()) {
            return;
        }
        if let Ok(Some(stored)) = stored {
            show(ui, &stored.text);
        }
        write_here(ui);
        ui.storing.saving.set(Saving::Saved);
        ui.storing.tabs.tell(&News::Writing { id, opened: ui.storing.tabs.opened.get_value() });
        ui.panels.notify("This tab writes the diagram from now on.");
    });
}

/// Shows what another tab has made of the document.
fn show(ui: Ui, text: &str) {
    let Ok((document, _)) = codec::open(text) else { return };
    if *ui.editing.document.get_untracked() != document {
        ui.editing.open(document);
        ui.storing.mark_unedited(ui.editing.document.get_untracked());
    }
}

fn hear(ui: Ui, news: News) {
    let (News::Saved { id, .. } | News::Deleted { id } | News::Asked { id } | News::Writing { id, .. }) = &news;
    if shown(ui).as_ref() != Some(id) {
        return;
    }
    let is_reader = ui.editing.read_only.get_untracked();
    match news {
        News::Saved { text, .. } if is_reader => show(ui, &text),
        News::Writing { opened, .. } if is_reader => ui.storing.tabs.writer.set(Some(opened)),
        News::Asked { id } if !is_reader => {
            flush(ui);
            ui.storing.tabs.tell(&News::Writing { id, opened: ui.storing.tabs.opened.get_value() });
        }
        News::Deleted { .. } => {
            let why = "Deleted in another tab. It is still on this page: the next change stores it again.";
            ui.storing.saving.set(Saving::Failed(why.to_owned()));
            ui.panels.alert(why);
        }
        _ => {}
    }
}
