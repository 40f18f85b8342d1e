//! The last versions of the document, and restoring one of them.

use super::dialogs::{date, size};
use super::finish;
use super::picture::Picture;
use crate::browser::page::storage;
use crate::codec;
use crate::editor::Command;
use crate::editor::geometry::sketch;
use crate::editor::versions::{INTERVAL_MS, Keep, VERSIONS_MAX, Version, difference};
use crate::model::Document;
use crate::views::format;
use crate::views::state::Ui;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

/// The most changes that are listed of a version.
const CHANGES_MAX: usize = 4;

/// A version with what changed since the one before it.
#[derive(Clone)]
struct Row {
    document: Arc<Document>,
    /// `None` for the document on the page.
    saved_at_ms: Option<f64>,
    changes: String,
}

/// The versions of the document on the page, the newest first.
#[component]
pub fn VersionList(ui: Ui) -> impl IntoView {
    let listed = RwSignal::new(None::<Result<Vec<Row>, String>>);
    spawn_local(async move {
        finish(ui);
        let versions = match ui.storing.own_id() {
            Some(id) => storage::versions(&id).await,
            None => Ok(Vec::new()),
        };
        let now = ui.editing.document.get_untracked();
        listed.set(Some(versions.map(|versions| rows(&versions, now)).map_err(|failure| failure.sentence)));
    });
    view! {
        <h2>"Version history"</h2>
        <p class="quiet">
            {format!(
                "A version is kept when a diagram is changed for the first time after it was opened, then at most every {} minutes, and before a version is restored. The last {VERSIONS_MAX} are kept.",
                INTERVAL_MS / 60_000.0,
            )}
        </p>
        {move || match listed.get() {
            None => view! { <p class="quiet">"Looking…"</p> }.into_any(),
            Some(Err(why)) => view! { <p class="wrong">{why}</p> }.into_any(),
            Some(Ok(rows)) if rows.len() < 2 => {
                view! { <p class="quiet">"There is no earlier version yet."</p> }.into_any()
            }
            Some(Ok(rows)) => {
                let rows = rows.into_iter().map(|row| view! { <VersionRow ui row /> }).collect_view();
                view! { <ul class="rows">{rows}</ul> }.into_any()
            }
        }}
    }
}

/// The document on the page and its versions, the newest first.
fn rows(versions: &[Version], now: Arc<Document>) -> Vec<Row> {
    let opened = |version: &Version| {
        let (document, _) = codec::open(&version.text).ok()?;
        Some((Arc::new(document), Some(version.saved_at_ms)))
    };
    let mut before: Option<Arc<Document>> = None;
    let mut rows: Vec<Row> = Vec::new();
    for (document, saved_at_ms) in versions.iter().filter_map(opened).chain([(now, None)]) {
        let changes = match &before {
            Some(before) => in_words(difference(before, &document)),
            None => "The oldest version".to_owned(),
        };
        before = Some(document.clone());
        rows.push(Row { document, saved_at_ms, changes });
    }
    rows.reverse();
    rows
}

fn in_words(mut changes: Vec<String>) -> String {
    if changes.is_empty() {
        return "No change".to_owned();
    }
    let more = changes.len().saturating_sub(CHANGES_MAX);
    changes.truncate(CHANGES_MAX);
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{rest}", changes.join("; "))
}

#[component]
fn VersionRow(ui: Ui, row: Row) -> impl IntoView {
    let Row { document, saved_at_ms, changes } = row;
    let picture = sketch(&document);
    let size = size(&document);
    let when = saved_at_ms.map_or_else(|| "Now".to_owned(), date);
    let age = saved_at_ms.map(|at_ms| format!(" · {}", format::ago(js_sys::Date::now() - at_ms)));
    let button = saved_at_ms.map(|_| {
        let label = format!("Restore the version of {when}");
        let when = when.clone();
        view! {
            <button
                class="button outlined small"
                aria-label=label
                on:click=move |_| restore(ui, document.clone(), when.clone())
            >
                "Restore"
            </button>
        }
    });
    view! {
        <li class="row">
            <span class="row-main with-tile">
                <Picture sketch=picture />
                <span>
                    <b>{when.clone()}</b>
                    <small>{size} {age}</small>
                    <small>{changes}</small>
                </span>
            </span>
            {button}
        </li>
    }
}

/// Puts a version in place of the document, which is kept as a version first.
fn restore(ui: Ui, version: Arc<Document>, when: String) {
    ui.panels.dialog.set(None);
    if ui.editing.refuses() {
        return;
    }
    finish(ui);
    let before = ui.editing.document.get_untracked();
    let kept = Version { text: codec::save(&before), saved_at_ms: js_sys::Date::now() };
    if let Some(id) = ui.storing.own_id() {
        spawn_local(async move {
            if let Err(failure) = storage::keep_version(&id, kept, Keep::Always).await {
                ui.panels.alert(failure.sentence);
            }
        });
    }
    ui.editing.apply(Command::Replace(Box::new(Document::clone(&version))));
    ui.panels.notify(format!("The version of {when} is restored. Undo takes it back."));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_changed_since_the_version_before() {
        let titled = |title: &str| Document { title: title.to_owned(), ..Document::default() };
        let version = |title: &str, saved_at_ms| Version { text: codec::save(&titled(title)), saved_at_ms };
        let rows = rows(&[version("a", 1.0), version("b", 2.0)], Arc::new(titled("b")));
        let said: Vec<(Option<f64>, &str)> = rows.iter().map(|row| (row.saved_at_ms, row.changes.as_str())).collect();
        assert_eq!(said, [(None, "No change"), (Some(2.0), "title “b”"), (Some(1.0), "The oldest version")]);
    }

    #[test]
    fn many_changes_are_counted() {
        let changes = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).to_vec();
        assert_eq!(in_words(changes), "a; b; c; d; and 2 more");
    }
}
