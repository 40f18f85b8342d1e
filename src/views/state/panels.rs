//! What is open beside the canvas, and the sentences that the page shows and announces.

use super::{Preferences, now_ms};
use crate::browser::page::address;
use crate::model::Place;
use crate::views::theme::{self, Theme};
use leptos::prelude::*;
use leptos_use_media_query::use_media_query;
use std::collections::BTreeSet;
use std::time::Duration;

/// Pages on which the palette is folded until the user unfolds it: their canvas would be narrower than its panels.
const NARROW: &str = "(max-width: 1100px) and (min-width: 901px)";
/// How long a notice is shown.
const NOTICE_DURATION: Duration = Duration::from_secs(6);
/// The least time between two announcements, milliseconds: screen readers read each of them to its end.
const ANNOUNCEMENT_INTERVAL_MS: f64 = 2000.0;
/// How long an announcement waits for others that belong to it, milliseconds.
const TOGETHER_MS: f64 = 100.0;

/// What the page's dialog shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// The share link.
    Share,
    /// The stored diagrams.
    Documents,
    /// The last versions of the diagram.
    Versions,
    /// Files and texts of the diagram and of its results.
    Export,
    /// Keys and gestures.
    Help,
    /// Everything that can be done now, and where one can go.
    Commands,
    /// The nodes and links of the diagram.
    Find,
    /// Opening a link by pasting it.
    OpenLink,
    /// Choosing which node the node of this id calls.
    Connect(String),
}

/// A tab of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Charts of the whole system.
    Charts,
    /// Failures by reason, and wasted work.
    Failures,
    /// Charts of the selected node.
    Node,
    /// The findings of the report.
    Findings,
    /// The numbers of the run as tables.
    Table,
    /// The problems of the diagram.
    Problems,
    /// Tables of nodes and links.
    Outline,
}

impl Tab {
    /// Whether it shows charts, with the timeline above them.
    pub fn has_charts(self) -> bool {
        matches!(self, Tab::Charts | Tab::Failures | Tab::Node)
    }
}

/// A panel that a narrow page shows over the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The palette: kinds and examples.
    Palette,
    /// The inspector: parameters of what is selected.
    Inspector,
}

/// How much of a narrow page a sheet has that is always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SheetHeight {
    /// Its head alone.
    Low,
    /// About a third.
    #[default]
    Middle,
    /// Nearly all.
    Tall,
}

/// A sentence for the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether it stays until the user dismisses it; otherwise it disappears after a few seconds.
    pub stays: bool,
    /// What it is about: it disappears as soon as that is settled.
    pub about: About,
}

/// What a sentence for the user is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Something that has happened.
    Past,
    /// A change that the document refused, until another one is made.
    Change,
    /// What cannot be done in this state of the run, until the state changes.
    RunState,
}

/// What is open beside the canvas, and the sentences that the page shows and announces.
#[derive(Clone, Copy)]
pub struct Panels {
    /// The sentence in the banner.
    pub notice: RwSignal<Option<Notice>>,
    /// The sentence in the live region, which screen readers read.
    pub announcement: RwSignal<String>,
    announced_at_ms: StoredValue<f64>,
    /// What has not been announced yet.
    unsaid: StoredValue<Vec<String>>,
    /// Whether it will be in a moment.
    will_say: StoredValue<bool>,
    /// The open dialog.
    pub dialog: RwSignal<Option<Dialog>>,
    /// The open tab of the results.
    pub tab: RwSignal<Tab>,
    /// The interval that a finding marks on the charts, simulated seconds from and to.
    pub mark: RwSignal<Option<(f64, f64)>>,
    /// The open sheet of a narrow page.
    pub sheet: RwSignal<Option<Sheet>>,
    /// How much of a narrow page the outline has.
    pub outline_height: RwSignal<SheetHeight>,
    /// Whether the charts of a narrow page are open.
    pub charts_open: RwSignal<bool>,
    /// What is unfolded in the forms, by names of their own; kept while the page is open.
    pub unfolded: RwSignal<BTreeSet<String>>,
    /// The parameter that a problem or a search has led to: the dotted path below a place.
    pub pointed: RwSignal<Option<(Place, String)>>,
    /// What the user has chosen for the page itself. Changed by [`prefer`](Self::prefer).
    pub preferences: RwSignal<Preferences>,
    /// The colors that the user chose.
    pub theme: Memo<Theme>,
    /// Whether the palette is folded to a rail of icons.
    pub palette_folded: Memo<bool>,
    /// Whether canvas and charts are shown in large type, and the rest is folded.
    pub presenting: RwSignal<bool>,
    /// Whether the page is being printed.
    pub printing: RwSignal<bool>,
    /// Changes whenever the colors of the page do: the user's choice, and whether the system is dark.
    pub theme_changes: Memo<(Theme, bool)>,
}

impl Panels {
    /// The charts are open, no dialog, no sheet; the theme is the remembered one.
    pub fn new() -> Panels {
        let preferences = RwSignal::new(Preferences::remembered());
        let theme = Memo::new(move |_| preferences.read().theme);
        let is_narrow = use_media_query(NARROW);
        let system_is_dark = use_media_query("(prefers-color-scheme: dark)");
        Panels {
            notice: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
            announced_at_ms: StoredValue::new(f64::MIN),
            unsaid: StoredValue::new(Vec::new()),
            will_say: StoredValue::new(false),
            dialog: RwSignal::new(None),
            tab: RwSignal::new(Tab::Charts),
            mark: RwSignal::new(None),
            sheet: RwSignal::new(None),
            outline_height: RwSignal::new(SheetHeight::default()),
            charts_open: RwSignal::new(false),
            unfolded: RwSignal::new(BTreeSet::new()),
            pointed: RwSignal::new(None),
            preferences,
            palette_folded: Memo::new(move |_| {
                let is_narrow = is_narrow.get();
                preferences.read().palette_folded.unwrap_or(is_narrow)
            }),
            presenting: RwSignal::new(address::presents()),
            printing: RwSignal::new(false),
            theme,
            theme_changes: Memo::new(move |_| (theme.get(), system_is_dark.get())),
        }
    }

    /// Shows a sentence for a few seconds.
    pub fn notify(self, text: impl Into<String>) {
        self.notify_about(About::Past, text);
    }

    /// Shows a sentence for a few seconds, or until what it is about is settled.
    pub fn notify_about(self, about: About, text: impl Into<String>) {
        let notice = Notice { text: text.into(), stays: false, about };
        if self.notice.with_untracked(|now| now.as_ref() == Some(&notice)) {
            return;
        }
        self.notice.set(Some(notice.clone()));
        set_timeout(
            move || {
                if self.notice.with_untracked(|now| now.as_ref() == Some(&notice)) {
                    self.notice.set(None);
                }
            },
            NOTICE_DURATION,
        );
    }

    /// Shows a sentence until the user dismisses it.
    pub fn alert(self, text: impl Into<String>) {
        self.notice.set(Some(Notice { text: text.into(), stays: true, about: About::Past }));
    }

    /// Takes away the sentence if it is about this.
    pub fn settle(self, about: About) {
        if self.notice.with_untracked(|now| now.as_ref().is_some_and(|now| now.about == about)) {
            self.notice.set(None);
        }
    }

    /// Has screen readers read a sentence. What comes in quick succession is read together, and nothing is dropped.
    pub fn announce(self, text: impl Into<String>) {
        self.unsaid.update_value(|unsaid| unsaid.push(text.into()));
        self.say_soon();
    }

    /// Has screen readers read how the run does, unless something else is about to be read.
    pub fn announce_state(self, text: String) {
        if self.unsaid.with_value(Vec::is_empty) {
            self.announce(text);
        }
    }

    fn say_soon(self) {
        if self.will_say.get_value() {
            return;
        }
        self.will_say.set_value(true);
        let wait_ms = (self.announced_at_ms.get_value() + ANNOUNCEMENT_INTERVAL_MS - now_ms()).max(TOGETHER_MS);
        set_timeout(
            move || {
                let unsaid = self.unsaid.try_update_value(std::mem::take).unwrap_or_default();
                self.will_say.set_value(false);
                self.announced_at_ms.set_value(now_ms());
                let text = joined(&unsaid);
                // The same text again is read only where it is another one.
                let again = self.announcement.with_untracked(|before| *before == text);
                self.announcement.set(if again { text + "\u{a0}" } else { text });
            },
            Duration::from_millis(wait_ms as u64),
        );
    }

    /// Folds or unfolds a part of a form.
    pub fn fold(self, name: &str, is_folded: bool) {
        if is_folded {
            self.pointed.set(None);
        }
        self.unfolded.update(|unfolded| {
            if is_folded {
                unfolded.remove(name);
            } else {
                unfolded.insert(name.to_owned());
            }
        });
    }

    /// Changes what the user prefers, and remembers it.
    pub fn prefer(self, change: impl FnOnce(&mut Preferences)) {
        self.preferences.update(change);
        self.preferences.read_untracked().remember();
    }

    /// Changes to the next theme, and remembers it.
    pub fn change_theme(self) {
        let next = self.theme.get_untracked().next();
        theme::apply(next);
        self.prefer(|preferences| preferences.theme = next);
    }

    /// Opens a tab with charts, and marks an interval or an instant on them, simulated seconds.
    pub fn show_charts(self, tab: Tab, from_s: Option<f64>, until_s: Option<f64>) {
        self.mark.set(from_s.map(|from_s| (from_s, until_s.unwrap_or(from_s))));
        self.tab.set(tab);
    }
}

/// Sentences that are read together; of one that repeats, how often.
fn joined(sentences: &[String]) -> String {
    let mut all: Vec<(&str, usize)> = Vec::new();
    for sentence in sentences {
        match all.iter_mut().find(|(other, _)| other == sentence) {
            Some((_, count)) => *count += 1,
            None => all.push((sentence, 1)),
        }
    }
    let words = all.into_iter().map(|(sentence, count)| match count {
        1 => sentence.to_owned(),
        count => format!("{sentence}, {count} times"),
    });
    words.collect::<Vec<_>>().join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_together_is_all_there_and_says_how_often() {
        let all = |sentences: &[&str]| joined(&sentences.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        assert_eq!(all(&["Client added", "App added", "Database added"]), "Client added. App added. Database added");
        assert_eq!(all(&["App added", "App added", "Undone", "App added"]), "App added, 3 times. Undone");
        assert_eq!(all(&["Connected"]), "Connected");
    }
}
