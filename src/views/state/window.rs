//! Which seconds of the run the timeline and all charts show.

use super::Editing;
use crate::views::format;
use crate::views::run::Run;
use leptos::prelude::*;

/// What the user has chosen to see of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown {
    /// From the start on, so much that the present is in it: it grows with the run.
    Growing,
    /// All of it.
    Whole,
    /// So many seconds up to the present.
    Last(f64),
    /// From one simulated second to another.
    Range(f64, f64),
}

/// The least that is shown of a run of this length, seconds.
fn least_s(end_s: f64) -> f64 {
    (end_s / 200.0).max(1.0).min(end_s)
}

/// The least of 30 s, 60 s, 120 s, … that holds `now_s`, and at most the whole run.
fn grown_s(now_s: f64, end_s: f64) -> f64 {
    let mut window_s = 30.0;
    while window_s < now_s {
        window_s *= 2.0;
    }
    window_s.min(end_s)
}

impl Shown {
    /// The seconds from and to, in a run of length `end_s` that has come to `now_s`.
    pub fn range(self, now_s: f64, end_s: f64) -> (f64, f64) {
        match self {
            Shown::Growing => (0.0, grown_s(now_s, end_s)),
            Shown::Whole => (0.0, end_s),
            Shown::Last(length_s) => {
                let length_s = length_s.min(end_s);
                let to_s = now_s.clamp(length_s, end_s);
                (to_s - length_s, to_s)
            }
            Shown::Range(from_s, to_s) => {
                let length_s = (to_s - from_s).clamp(least_s(end_s), end_s);
                let from_s = from_s.clamp(0.0, end_s - length_s);
                (from_s, from_s + length_s)
            }
        }
    }

    /// The same with `factor` times as many seconds, around the one at `about_s`. What follows the present goes on
    /// following it.
    fn zoomed(self, factor: f64, about_s: f64, now_s: f64, end_s: f64) -> Shown {
        let (from_s, to_s) = self.range(now_s, end_s);
        let length_s = ((to_s - from_s) * factor).clamp(least_s(end_s), end_s);
        if length_s >= end_s {
            return Shown::Whole;
        }
        if matches!(self, Shown::Last(_)) {
            return Shown::Last(length_s);
        }
        let from_s = about_s - (about_s - from_s) * length_s / (to_s - from_s).max(1e-9);
        let (from_s, to_s) = Shown::Range(from_s, from_s + length_s).range(now_s, end_s);
        Shown::Range(from_s, to_s)
    }
}

/// What is shown in a few words, `range` being its seconds: `whole run`, `last 10 s`, `40–120 s`.
fn words(shown: Shown, range: (f64, f64), end_s: f64) -> String {
    match shown {
        _ if range.0 <= 0.0 && range.1 >= end_s => "whole run".to_owned(),
        Shown::Last(length_s) => format!("last {} s", format::number(length_s)),
        _ => seconds_words(range),
    }
}

/// Two simulated seconds as a span: `96.2–106.2 s`.
pub fn seconds_words((from_s, to_s): (f64, f64)) -> String {
    let tenths = |seconds: f64| {
        let text = format!("{seconds:.1}");
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    format!("{}–{} s", tenths(from_s), tenths(to_s))
}

/// The part of the run that the timeline and all charts show.
#[derive(Clone, Copy)]
pub struct TimeWindow {
    chosen: RwSignal<Shown>,
    /// The end of the run, simulated seconds.
    pub end_s: Memo<f64>,
    /// The seconds that are shown, from and to.
    pub range: Memo<(f64, f64)>,
    run: Run,
}

impl TimeWindow {
    /// Grows with the run.
    pub fn new(editing: Editing, run: Run) -> TimeWindow {
        let chosen = RwSignal::new(Shown::Growing);
        let end_s = Memo::new(move |_| {
            let planned_s = editing.document.read().run.duration_s;
            // The run may be of a diagram that has changed since.
            let running_s = run.snapshot.with(|snapshot| snapshot.as_ref().map_or(0.0, |now| now.duration_s));
            planned_s.max(running_s).max(1e-3)
        });
        let range = Memo::new(move |_| chosen.get().range(run.now_s(), end_s.get()));
        TimeWindow { chosen, end_s, range, run }
    }

    /// Shows what was chosen.
    pub fn show(self, shown: Shown) {
        if self.chosen.get_untracked() != shown {
            self.chosen.set(shown);
        }
    }

    /// In a few words.
    pub fn words(self) -> String {
        words(self.chosen.get(), self.range.get(), self.end_s.get())
    }

    /// Shows `factor` times as many seconds around one of them; by itself around the present, where that is shown.
    pub fn zoom(self, factor: f64, about_s: Option<f64>) {
        let (from_s, to_s) = self.range.get_untracked();
        let now_s = untrack(|| self.run.now_s());
        let middle_s =
            if (from_s..=to_s).contains(&now_s) && now_s > 0.0 { now_s } else { f64::midpoint(from_s, to_s) };
        let about_s = about_s.unwrap_or(middle_s);
        self.show(self.chosen.get_untracked().zoomed(factor, about_s, now_s, self.end_s.get_untracked()));
    }

    /// Shows seconds from and to, as near as the run allows.
    pub fn show_range(self, from_s: f64, to_s: f64) {
        let (from_s, to_s) = Shown::Range(from_s, to_s).range(0.0, self.end_s.get_untracked());
        self.show(Shown::Range(from_s, to_s));
    }

    /// Shows as many seconds as now, so much later.
    pub fn pan(self, by_s: f64) {
        let (from_s, to_s) = self.range.get_untracked();
        self.show_range(from_s + by_s, to_s + by_s);
    }

    /// Moves to an interval where nothing of it is shown.
    pub fn reveal(self, (from_s, to_s): (f64, f64)) {
        let shown = self.range.get_untracked();
        if to_s < shown.0 || from_s > shown.1 {
            self.pan(f64::midpoint(from_s, to_s.min(from_s + shown.1 - shown.0)) - f64::midpoint(shown.0, shown.1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_grows_with_the_run() {
        let ends = [0.0, 29.0, 31.0, 119.0, 121.0, 299.0].map(|now_s| Shown::Growing.range(now_s, 300.0).1);
        assert_eq!(ends, [30.0, 30.0, 60.0, 120.0, 240.0, 300.0]);
        assert_eq!(Shown::Growing.range(0.0, 10.0), (0.0, 10.0));
    }

    #[test]
    fn the_last_seconds_end_at_the_present() {
        let last = |now_s| Shown::Last(10.0).range(now_s, 180.0);
        assert_eq!([0.0, 4.0, 106.2, 200.0].map(last), [(0.0, 10.0), (0.0, 10.0), (96.2, 106.2), (170.0, 180.0)]);
        assert_eq!(Shown::Last(60.0).range(3.0, 20.0), (0.0, 20.0), "no more than the run has");
    }

    #[test]
    fn zooming_keeps_the_second_it_is_around_and_stays_within_the_run() {
        let half = Shown::Whole.zoomed(0.5, 60.0, 0.0, 180.0);
        assert_eq!(half, Shown::Range(30.0, 120.0));
        assert_eq!(half.zoomed(2.0, 60.0, 0.0, 180.0), Shown::Whole);
        assert_eq!(Shown::Whole.zoomed(0.5, 180.0, 0.0, 180.0), Shown::Range(90.0, 180.0));
        assert_eq!(Shown::Last(10.0).zoomed(0.5, 3.0, 50.0, 180.0), Shown::Last(5.0), "it goes on following");
        let mut close = Shown::Whole;
        (0..50).for_each(|_| close = close.zoomed(0.5, 60.0, 0.0, 180.0));
        let (from_s, to_s) = close.range(0.0, 180.0);
        assert!((to_s - from_s - 1.0).abs() < 1e-9, "{from_s} to {to_s}");
        assert_eq!(Shown::Range(170.0, 200.0).range(0.0, 180.0), (150.0, 180.0));
    }

    #[test]
    fn what_is_shown_has_a_name() {
        assert_eq!(words(Shown::Whole, (0.0, 180.0), 180.0), "whole run");
        assert_eq!(words(Shown::Growing, (0.0, 30.0), 180.0), "0–30 s");
        assert_eq!(words(Shown::Growing, (0.0, 180.0), 180.0), "whole run");
        assert_eq!(words(Shown::Last(10.0), (96.2, 106.2), 180.0), "last 10 s");
        assert_eq!(words(Shown::Range(40.0, 120.0), (40.0, 120.0), 180.0), "40–120 s");
        assert_eq!(seconds_words((96.2, 106.25)), "96.2–106.2 s");
    }
}
