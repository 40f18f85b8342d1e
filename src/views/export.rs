//! The export dialog: files and texts of the diagram and of its results.

use super::documents;
use super::icons::icon;
use super::state::Ui;
use crate::browser::page::{clipboard, download, picture};
use crate::codec;
use crate::editor::geometry;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What can be exported.
struct Export {
    testid: &'static str,
    icon: &'static str,
    label: &'static str,
    /// What it is good for, in a sentence.
    help: &'static str,
    /// Why it cannot be done now, in a sentence; empty where it can. Tracked.
    missing: fn(Ui) -> &'static str,
    act: fn(Ui),
}

/// A diagram is drawn only where there is one.
const NO_NODES: &str = "The canvas is empty.";

static EXPORTS: [Export; 7] = [
    Export {
        testid: "export-json",
        icon: "down",
        label: "Document (JSON)",
        help: "Everything, to keep, to edit by hand, and for the command line.",
        missing: |_| "",
        act: documents::download,
    },
    Export {
        testid: "export-svg",
        icon: "down",
        label: "Picture (SVG)",
        help: "For pages and papers. It opens again as a diagram.",
        missing: no_nodes,
        act: |ui| offer(ui, "svg", "image/svg+xml", codec::export::picture(&ui.editing.document.read_untracked())),
    },
    Export {
        testid: "export-png",
        icon: "down",
        label: "Picture (PNG)",
        help: "For slides and chats. It opens again as a diagram, unless it was compressed on its way.",
        missing: no_nodes,
        act: offer_png,
    },
    Export {
        testid: "export-csv",
        icon: "down",
        label: "Results (CSV)",
        help: "One row for each bin of the time series, for the whole run and for each node.",
        missing: |ui| if ui.run.series.read().is_empty() { "There are no results yet: press Run." } else { "" },
        act: offer_csv,
    },
    Export {
        testid: "export-mermaid",
        icon: "down",
        label: "Flowchart (Mermaid)",
        help: "The structure as text, for wikis and repositories. Mermaid text can be dropped or pasted here, too.",
        missing: no_nodes,
        act: |ui| offer(ui, "mmd", "text/plain", codec::export::mermaid(&ui.editing.document.read_untracked())),
    },
    Export {
        testid: "copy-mermaid",
        icon: "copy",
        label: "Copy the flowchart",
        help: "The same text, to the clipboard.",
        missing: no_nodes,
        act: copy_mermaid,
    },
    Export {
        testid: "print",
        icon: "copy",
        label: "Print…",
        help: "The diagram with its charts, or a PDF of it.",
        missing: |_| "",
        act: |ui| {
            ui.panels.dialog.set(None);
            // The dialog is gone from the page only after this turn.
            request_animation_frame(|| {
                // Browsers that cannot print do nothing.
                let _ = window().print();
            });
        },
    },
];

fn no_nodes(ui: Ui) -> &'static str {
    if ui.editing.document.read().nodes.is_empty() { NO_NODES } else { "" }
}

fn file_name(ui: Ui, ending: &str) -> String {
    download::file_name(&documents::title_of(&ui.editing.document.read_untracked()), ending)
}

fn offer(ui: Ui, ending: &str, media_type: &str, text: String) {
    if let Err(why) = download::offer(&file_name(ui, ending), media_type, &text) {
        ui.panels.alert(why);
    }
}

fn offer_png(ui: Ui) {
    let document = ui.editing.document.get_untracked();
    let svg = codec::export::picture(&document);
    let size = geometry::extent(&document).map_or([1.0, 1.0], |extent| [extent.w, extent.h]);
    spawn_local(async move {
        let png = picture::png(&svg, size).await;
        let offered = png.and_then(|png| {
            let png = codec::export::with_document(&png, &document).unwrap_or(png);
            download::offer_bytes(&file_name(ui, "png"), "image/png", &png)
        });
        if let Err(why) = offered {
            ui.panels.alert(why);
        }
    });
}

fn offer_csv(ui: Ui) {
    let Some(loaded) = ui.run.loaded.get_untracked() else { return };
    let series = ui.run.series.read_untracked();
    let nodes: Vec<_> = loaded.nodes.iter().zip(&series.nodes).collect();
    offer(ui, "csv", "text/csv", codec::export::csv(&series, &nodes));
}

fn copy_mermaid(ui: Ui) {
    let text = codec::export::mermaid(&ui.editing.document.read_untracked());
    spawn_local(async move {
        match clipboard::copy(&text).await {
            Ok(()) => ui.panels.notify("The flowchart is on the clipboard."),
            Err(why) => ui.panels.alert(why),
        }
        ui.panels.dialog.set(None);
    });
}

/// The list of what can be exported.
#[component]
pub fn ExportList(ui: Ui) -> impl IntoView {
    let row = move |export: &'static Export| {
        let missing = Memo::new(move |_| (export.missing)(ui));
        view! {
            <li class="row">
                <button
                    class="row-main with-tile"
                    data-testid=export.testid
                    prop:disabled=move || !missing.get().is_empty()
                    on:click=move |_| (export.act)(ui)
                >
                    {icon(export.icon)}
                    <span>
                        <b>{export.label}</b>
                        <small>
                            {move || if missing.get().is_empty() { export.help } else { missing.get() }}
                        </small>
                    </span>
                </button>
            </li>
        }
    };
    view! {
        <h2>"Export"</h2>
        <ul class="rows">{EXPORTS.iter().map(row).collect_view()}</ul>
        <p class="quiet">"To open one of these again, drop it on the page, paste it, or choose “Open file…” in the menu."</p>
    }
}
