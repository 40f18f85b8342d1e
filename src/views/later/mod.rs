//! What is fetched after the first numbers: views and functions that nobody needs before.
//!
//! The release build splits the program in two (`scripts/split.mjs`): what only [`Later`] refers to becomes a Wasm
//! file of its own, which shares the memory of the first. It is fetched when the first numbers are shown, or as soon
//! as something in it is wanted. In all other builds it is part of the program and there at once.

use super::inspector::Subject;
use super::state::{Dialog, OpenMenu, Tab, Ui};
use crate::codec;
use crate::editor::arrange;
use crate::editor::geometry::Point;
use crate::findings;
use crate::model::{Document, Problem};
use crate::protocol::Encoded;
use crate::report::{Finding, Report};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// A document that was read, with notes of what was repaired or guessed; else why not, in a sentence.
type Opened = Result<(Document, Vec<Problem>), String>;

/// The views and functions of the second file.
pub struct Later {
    /// The content of the page's dialog.
    pub dialog: fn(Ui, Dialog) -> AnyView,
    /// The outline.
    pub outline: fn(Ui) -> AnyView,
    /// The inspector's form of a subject.
    pub form: fn(Ui, Subject) -> AnyView,
    /// The content of a tab of the results that has no charts.
    pub tab: fn(Ui, Tab) -> AnyView,
    /// The tools of the timeline and the charts.
    pub tools: fn(Ui) -> AnyView,
    /// The results on paper.
    pub printed: fn(Ui) -> AnyView,
    /// The list of examples.
    pub examples: fn(Ui) -> AnyView,
    /// What an empty canvas offers.
    pub empty: fn(Ui) -> AnyView,
    /// What happens now, in a sentence, for presenting.
    pub sentence: fn(Ui) -> AnyView,
    /// The steps of the diagram, for presenting.
    pub steps: fn(Ui) -> AnyView,
    /// Reads the report of a run.
    pub report: fn(&Encoded<Report>) -> Result<Report, String>,
    /// What a report says in words, as [`findings::findings`].
    pub findings: fn(&Report, &Document) -> Vec<Finding>,
    /// Reads a file of any kind that can become a document, as [`codec::read_bytes`].
    pub read: fn(&[u8]) -> Opened,
    /// A context menu.
    pub menu: fn(Ui, OpenMenu) -> AnyView,
    /// Where each node goes in an arranged diagram.
    pub arranged: fn(&Document) -> Vec<(String, Point)>,
}

static LATER: Later = Later {
    dialog: super::dialogs::content,
    outline: super::outline::outline,
    form: super::inspector::form,
    tab: super::results::text_tab,
    tools: super::results::tools,
    printed: super::results::printed,
    examples: |ui| view! { <super::palette::ExampleList ui /> }.into_any(),
    empty: |ui| view! { <super::canvas::EmptyHint ui /> }.into_any(),
    sentence: |ui| view! { <super::present::PresentSentence ui /> }.into_any(),
    steps: |ui| view! { <super::present::PresentSteps ui /> }.into_any(),
    report: Encoded::decode,
    findings: findings::findings,
    read: codec::read_bytes,
    menu: super::canvas::menu::content,
    arranged: arrange::arranged,
};

/// What the page says where the second file could not be fetched.
const NOT_FETCHED: &str = "This part of the page could not be fetched. Is there a network?";

/// The second file could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFetched;

/// Fetches the second file.
#[cfg(feature = "split")]
// What the attribute makes of the function is an import and an export, whose attributes count as unsafe.
#[allow(unsafe_code)]
mod fetching {
    use super::{LATER, Later, NotFetched};

    impl From<leptos::wasm_split::SplitLoaderError> for NotFetched {
        fn from(_: leptos::wasm_split::SplitLoaderError) -> NotFetched {
            NotFetched
        }
    }

    #[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub fn fetch() -> Result<&'static Later, NotFetched> {
        Ok(&LATER)
    }
}

/// All is one file.
#[cfg(not(feature = "split"))]
mod fetching {
    use super::{LATER, Later, NotFetched};

    pub async fn fetch() -> Result<&'static Later, NotFetched> {
        Ok(&LATER)
    }
}

/// The second file. `Err` is a sentence.
pub async fn get() -> Result<&'static Later, String> {
    fetching::fetch().await.map_err(|NotFetched| NOT_FETCHED.to_owned())
}

/// The second file as the page knows it.
#[derive(Clone, Copy)]
pub struct Fetched {
    state: RwSignal<Option<Result<&'static Later, NotFetched>>>,
    is_under_way: StoredValue<bool>,
}

impl Default for Fetched {
    fn default() -> Fetched {
        Fetched { state: RwSignal::new(None), is_under_way: StoredValue::new(false) }
    }
}

impl Fetched {
    /// The file, once it is there. Does not fetch it.
    pub fn get(self) -> Option<&'static Later> {
        self.state.get()?.ok()
    }

    /// Fetches the file, unless it is there or under way.
    pub fn fetch(self) {
        if self.is_under_way.get_value() || self.state.with_untracked(|state| matches!(state, Some(Ok(_)))) {
            return;
        }
        self.is_under_way.set_value(true);
        spawn_local(async move {
            let fetched = fetching::fetch().await;
            self.is_under_way.set_value(false);
            self.state.set(Some(fetched));
        });
    }

    fn has_failed(self) -> bool {
        self.state.with_untracked(|state| matches!(state, Some(Err(NotFetched))))
    }
}

/// How long the first numbers take to be drawn, at most.
const DRAWN: Duration = Duration::from_millis(100);
/// How long a page waits for the first numbers before it fetches the second file.
const PATIENCE: Duration = Duration::from_secs(10);

/// Fetches the second file when the first numbers are shown, or a while after the page was opened, and once more when
/// the network is back. A diagram that is not run at once is no reason to wait: see [`documents`](super::documents).
pub fn fetch_when_idle(ui: Ui) {
    let has_numbers = Memo::new(move |_| ui.run.snapshot.read().as_ref().is_some_and(|now| now.now_s > 0.0));
    Effect::new(move |_| {
        if has_numbers.get() {
            set_timeout(move || ui.later.fetch(), DRAWN);
        }
    });
    set_timeout(move || ui.later.fetch(), PATIENCE);
    window_event_listener(ev::online, move |_| {
        if ui.later.has_failed() {
            ui.later.fetch();
        }
    });
}

/// What a function of the second file draws, as soon as that is there.
#[component]
pub fn LaterView(
    ui: Ui,
    draw: impl Fn(&'static Later) -> AnyView + Send + Sync + 'static,
    /// Whether it is in view from the start, and so does not ask for the file: the first numbers come before it.
    #[prop(optional)]
    waits: bool,
    /// Whether nothing is shown where the file could not be fetched: what nobody asked for is not missed.
    #[prop(optional)]
    is_silent: bool,
) -> impl IntoView {
    if !waits {
        ui.later.fetch();
    }
    move || {
        Some(match ui.later.state.get()? {
            Ok(later) => draw(later),
            Err(NotFetched) if is_silent => return None,
            Err(NotFetched) => view! {
                <div class="prose" role="alert">
                    <p class="wrong">{NOT_FETCHED}</p>
                    <button class="button outlined small" on:click=move |_| ui.later.fetch()>
                        "Try again"
                    </button>
                </div>
            }
            .into_any(),
        })
    }
}
