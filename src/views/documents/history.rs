//! The browser's history: each document that is opened is an entry of it, so that Back and Forward move between
//! documents, and a reload stays where it is.

use crate::browser::page::address::{self, Enter};
use crate::codec;
use crate::model::Document;
use crate::views::state::Ui;
use leptos::prelude::GetUntracked;

/// What an entry of the browser's history stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A blank page.
    New,
    /// The document stored in this browser under this id.
    Own(String),
    /// The built-in example of this id.
    Example(String),
    /// The document in the address's fragment, and what is said of where it came from.
    Linked(&'static str),
}

/// How a document comes onto the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// The user opens it: it is an entry of its own.
    Push,
    /// It takes the place of what the entry stood for, because the page or its address is new.
    Replace,
    /// The same for a page whose address names no document: the address stays as it is.
    Start,
    /// The user has gone to its entry, or has loaded the page again.
    Stay,
}

/// What is said of where a document in the address's fragment came from: a link, a file, a copy, a text that was pasted or dropped.
pub const LINKED: [&str; 4] = ["From a link", "From a file", "Copy", "Pasted"];

impl Entry {
    /// As it is written into the browser's history.
    fn written(&self) -> String {
        match self {
            Entry::New => "new".to_owned(),
            Entry::Own(id) => format!("own:{id}"),
            Entry::Example(id) => format!("example:{id}"),
            Entry::Linked(what) => format!("linked:{what}"),
        }
    }

    fn read(text: &str) -> Option<Entry> {
        match text.split_once(':') {
            None => (text == "new").then_some(Entry::New),
            Some(("own", id)) => Some(Entry::Own(id.to_owned())),
            Some(("example", id)) => Some(Entry::Example(id.to_owned())),
            Some(("linked", what)) => LINKED.into_iter().find(|known| *known == what).map(Entry::Linked),
            Some(_) => None,
        }
    }
}

/// The entry that is shown, as far as the page has made it.
pub fn shown() -> Option<Entry> {
    Entry::read(&address::entry()?)
}

/// A stored document, an example or a blank page comes onto the page.
pub fn visit(ui: Ui, how: Visit, entry: Entry) {
    let link = match &entry {
        Entry::Example(id) if how != Visit::Start => Some(address::example_link(id)),
        _ => None,
    };
    enter(ui, how, entry, link);
}

/// A document that the address holds comes onto the page.
pub fn visit_linked(ui: Ui, how: Visit, what: &'static str, document: &Document) {
    enter(ui, how, Entry::Linked(what), Some(address::link(&codec::to_fragment(document))));
}

/// The user has gone to an entry, or has changed the address, and what it stands for cannot be opened: the entry
/// is that of the document which is still on the page.
pub fn stay(ui: Ui) {
    match ui.storing.entry() {
        Entry::Linked(what) => visit_linked(ui, Visit::Replace, what, &ui.editing.document.get_untracked()),
        entry => visit(ui, Visit::Replace, entry),
    }
}

fn enter(ui: Ui, how: Visit, entry: Entry, link: Option<String>) {
    let written = entry.written();
    // What is on the page already is no entry of its own.
    let is_same = ui.storing.entry() == entry && !matches!(entry, Entry::Linked(_));
    let how = match how {
        Visit::Push if !is_same => Some(Enter::Push),
        Visit::Stay => None,
        _ => Some(Enter::Replace),
    };
    if let Some(how) = how {
        address::enter(how, &written, link.as_deref());
    }
    ui.storing.set_entry(entry);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_are_written() {
        let own = Entry::Own("19-a:b".to_owned());
        for entry in [Entry::New, own, Entry::Example("shop".to_owned()), Entry::Linked("From a file")] {
            assert_eq!(Entry::read(&entry.written()), Some(entry));
        }
        assert_eq!(Entry::read("linked:Elsewhere"), None);
        assert_eq!(Entry::read("anything"), None);
    }
}
