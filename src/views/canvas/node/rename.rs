//! The field in which a node's name is typed on its card.

use crate::browser::page::focus::{focus, focused};
use crate::editor::Command;
use crate::views::state::Ui;
use leptos::html;
use leptos::prelude::*;

/// The field for a node's name: Enter or leaving the field keeps what was typed, Escape does not.
#[component]
pub fn RenameField(ui: Ui, id: String, name: Memo<String>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // The press that opened the field moves the focus after this effect.
            request_animation_frame(move || {
                let _ = field.focus();
                field.select();
            });
        }
    });
    let done = move |keep: bool, by_key: bool| {
        // Removing the field blurs it, which calls this a second time.
        if ui.editing.renaming.get_untracked().is_none() {
            return;
        }
        let typed = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        ui.editing.renaming.set(None);
        // Where the field is left, the focus goes elsewhere by itself; to move it in the handler of a change would make
        // the browser report another one.
        if by_key && focused().is_some_and(|element| element.class_list().contains("rename")) {
            focus(&format!(".canvas [data-node='{id}']"));
        }
        if keep && typed.trim() != name.get_untracked() {
            ui.editing.apply(Command::Rename { node: id.clone(), name: typed.trim().to_owned() });
        }
    };
    let (blurred, changed) = (done.clone(), done.clone());
    view! {
        <input
            class="rename overlay"
            type="text"
            maxlength="80"
            aria-label="Name"
            prop:value=name.get_untracked()
            node_ref=field
            on:blur=move |_| blurred(true, false)
            on:change=move |_| changed(true, false)
            on:keydown=move |event| {
                match event.key().as_str() {
                    "Enter" => done(true, true),
                    "Escape" => done(false, true),
                    _ => return,
                }
                event.prevent_default();
                event.stop_propagation();
            }
        />
    }
}
