//! One tab writes a document. Others that show it follow its changes and only read, until they take over or
//! the writing tab is closed.

use super::saving::recover;
use super::{Origin, Saving, flush};
use crate::browser::page::storage::{self, Cause, Failure};
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

    /// Sends news to the other tabs.
    pub fn send(self, news: &News) {
        self.channel.with_value(|channel| channel.iter().for_each(|channel| channel.send(news)));
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
    let Some(id) = ui.storing.own_id() else { return };
    ui.storing.tabs.send(&News::Asked { id: id.clone() });
    set_timeout(
        move || {
            if ui.storing.own_id().as_ref() == Some(&id) {
                ask(ui, id, Ask::Take)
            }
        },
        LAST_EDIT,
    );
}

fn ask(ui: Ui, id: String, how: Ask) {
    put_lock(ui, None);
    let of = id.clone();
    let lock = Lock::ask(&id, how, move |answer| {
        if ui.storing.own_id().as_ref() != Some(&of) {
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
    if matches!(*ui.storing.saving.read_untracked(), Saving::Pending | Saving::Failed) {
        ui.panels.alert("Another tab took over before the last change here was stored: “Work on a copy” keeps it.");
    }
    ui.storing.saving.set(Saving::Elsewhere);
    ui.storing.failure.set(None);
    ui.storing.tabs.writer.set(Some(String::new()));
    ui.storing.tabs.send(&News::Asked { id: id.to_owned() });
}

fn write_here(ui: Ui) {
    ui.editing.read_only.set(false);
    ui.storing.tabs.writer.set(None);
}

/// This tab writes from now on: what the other one has stored last is the document.
fn read_again(ui: Ui, id: String) {
    spawn_local(async move {
        // The other tab may have been closed before its last edit was stored.
        recover(ui, Some(&id)).await;
        let stored = storage::load(&id).await;
        if ui.storing.own_id() != Some(id.clone()) {
            return;
        }
        if let Ok(Some(stored)) = stored {
            show(ui, &stored.text, stored.saved_at_ms);
        }
        write_here(ui);
        ui.storing.saving.set(Saving::Saved);
        ui.storing.tabs.send(&News::Writing { id, opened: ui.storing.tabs.opened.get_value() });
        ui.panels.notify("This tab writes the diagram from now on.");
    });
}

/// Shows what another tab has made of the document.
fn show(ui: Ui, text: &str, saved_at_ms: f64) {
    let Ok((document, _)) = codec::open(text) else { return };
    if *ui.editing.document.get_untracked() != document {
        ui.editing.open(document);
        ui.storing.mark_unedited(ui.editing.document.get_untracked(), saved_at_ms);
    }
}

fn hear(ui: Ui, news: News) {
    let (News::Saved { id, .. }
    | News::Deleted { id }
    | News::PutBack { id }
    | News::Asked { id }
    | News::Writing { id, .. }) = &news;
    if ui.storing.own_id().as_ref() != Some(id) {
        return;
    }
    let is_reader = ui.editing.read_only.get_untracked();
    match news {
        News::Saved { text, .. } if is_reader => show(ui, &text, js_sys::Date::now()),
        News::Writing { opened, .. } if is_reader => ui.storing.tabs.writer.set(Some(opened)),
        News::Asked { id } if !is_reader => {
            flush(ui);
            ui.storing.tabs.send(&News::Writing { id, opened: ui.storing.tabs.opened.get_value() });
        }
        News::Deleted { .. } if is_reader => ui.panels.alert(
            "This diagram was deleted in another tab. The next change in the tab that writes it stores it again.",
        ),
        News::Deleted { .. } => {
            let sentence = "This diagram was deleted in another tab.".to_owned();
            ui.storing.fail(Failure { sentence, cause: Cause::Deleted });
        }
        News::PutBack { .. } => {
            if ui.storing.failure.read_untracked().as_ref().is_some_and(|failure| failure.cause == Cause::Deleted) {
                ui.storing.failure.set(None);
                ui.storing.saving.set(Saving::Saved);
            }
            ui.panels.notify("The deletion of this diagram was undone.");
        }
        _ => {}
    }
}
