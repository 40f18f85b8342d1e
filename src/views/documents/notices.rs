//! What the page says about storing the document: that it is not stored, that another tab writes it, and that
//! documents were deleted.

use super::dialogs::put_back;
use super::{download, open_copy, saving, tabs};
use crate::browser::page::storage::{Cause, Failure, Removed};
use crate::glossary::UNTITLED;
use crate::views::icons::icon;
use crate::views::state::{Dialog, Ui};
use leptos::prelude::*;

/// The banners about storing the document.
#[component]
pub fn DocumentBanners(ui: Ui) -> impl IntoView {
    // A failure that was dismissed is not shown again.
    let dismissed = RwSignal::new(false);
    let failure = move || {
        let Failure { sentence, cause } = ui.storing.failure.get().filter(|_| !dismissed.get())?;
        let again = if cause == Cause::Deleted { "Store it again" } else { "Try again" };
        // Where nothing can be stored at all, the page is used without.
        let dismiss = (cause == Cause::Forbidden).then(|| Callback::new(move |()| dismissed.set(true)));
        let actions: Vec<(&str, Act)> = vec![("Download the diagram", download), (again, saving::try_again)];
        Some(view! { <Banner ui testid="not-saved" strong=sentence text=advice(cause) actions dismiss /> }.into_any())
    };
    let reader = move || {
        let strong = writer_words(&ui.storing.tabs.writer.get()?);
        let actions: Vec<(&str, Act)> = vec![("Work on a copy", open_copy), ("Take over here", tabs::take_over)];
        let text = "This tab shows its changes and only reads.";
        Some(view! { <Banner ui testid="reader" strong text actions dismiss=None /> }.into_any())
    };
    let removed = move || {
        // The list of diagrams shows what was deleted itself.
        let is_listed = *ui.panels.dialog.read() == Some(Dialog::Documents);
        let strong = removed_words(&ui.storing.removed.read()).filter(|_| !is_listed)?;
        let actions: Vec<(&str, Act)> = vec![("Undo", |ui| put_back(ui, None))];
        let dismiss = Some(Callback::new(move |()| ui.storing.removed.set(Vec::new())));
        Some(view! { <Banner ui testid="removed" strong text="" actions dismiss /> }.into_any())
    };
    view! { {failure} {reader} {removed} }
}

/// What a button does.
pub type Act = fn(Ui);

/// A banner: a sentence, what follows from it, and what can be done.
#[component]
pub fn Banner(
    /// The state of the page.
    ui: Ui,
    /// What tests call it.
    testid: &'static str,
    /// The sentence.
    strong: String,
    /// What follows from it.
    text: &'static str,
    /// The buttons: a label, and what it does.
    actions: Vec<(&'static str, Act)>,
    /// Hides it, where it can be dismissed.
    dismiss: Option<Callback<()>>,
) -> impl IntoView {
    let is_bad = testid == "not-saved";
    let button = move |(label, act): (&'static str, Act)| {
        view! {
            <button class="button outlined small" on:click=move |_| act(ui)>
                {label}
            </button>
        }
    };
    let close = move |dismiss: Callback<()>| {
        view! {
            <button class="button icon-only" aria-label="Dismiss" on:click=move |_| dismiss.run(())>
                {icon("close")}
            </button>
        }
    };
    view! {
        <div class="banner" class:bad=is_bad role=if is_bad { "alert" } else { "status" } data-testid=testid>
            {is_bad.then(|| icon("warning"))}
            <span>
                <b>{strong}</b>
                " "
                {text}
            </span>
            {dismiss.map(close)}
            <span class="banner-actions">{actions.into_iter().map(button).collect_view()}</span>
        </div>
    }
}

/// What to do about a failure.
fn advice(cause: Cause) -> &'static str {
    match cause {
        Cause::Forbidden => "Share the diagram as a link or download it to keep it.",
        Cause::Full => "Download it to keep it, or delete others under “My diagrams” and try again.",
        Cause::Deleted => "It is still on this page: the next change stores it again.",
        Cause::Other => "Download it to keep it, or try again.",
    }
}

/// Which tab writes; `opened` is when that tab was opened, empty while that is not known.
fn writer_words(opened: &str) -> String {
    match opened {
        "" => "Another tab writes this diagram.".to_owned(),
        opened => format!("The tab opened at {opened} writes this diagram."),
    }
}

/// What was deleted.
fn removed_words(removed: &[Removed]) -> Option<String> {
    match removed {
        [] => None,
        [removed] => {
            let title = removed.stored.title.as_str();
            Some(format!("“{}” was deleted.", if title.is_empty() { UNTITLED } else { title }))
        }
        all => Some(format!("{} diagrams were deleted.", all.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_says_what_to_do() {
        for cause in [Cause::Forbidden, Cause::Full, Cause::Deleted, Cause::Other] {
            assert!(advice(cause).ends_with('.'));
        }
    }

    #[test]
    fn the_tab_that_writes_is_named_by_its_time() {
        assert_eq!(writer_words(""), "Another tab writes this diagram.");
        assert_eq!(writer_words("10:15:00"), "The tab opened at 10:15:00 writes this diagram.");
    }
}
