//! The figures that are always in sight, of a part of the run that is named below them.

use crate::model::Node;
use crate::report::snapshot::{Snapshot, WindowFigures};
use crate::views::format;
use crate::views::state::{Ui, seconds_words};
use leptos::prelude::*;

/// Which part of the run the figures are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The last ten seconds or so.
    Last,
    /// All of it after the warm-up.
    Whole,
}

/// The number and the unit of a figure.
type Shown = (String, &'static str);

/// Chooses between the two parts of the run. Once the run has ended it is all of it, until the user chooses anew.
#[derive(Clone, Copy)]
pub struct HeadFigures {
    ui: Ui,
    chosen: RwSignal<Option<Part>>,
    part: Memo<Part>,
}

impl HeadFigures {
    /// The last seconds.
    pub fn new(ui: Ui) -> HeadFigures {
        let chosen = RwSignal::new(None);
        let is_over = Memo::new(move |_| ui.run.finished());
        Effect::new(move |_| {
            is_over.track();
            chosen.set(None);
        });
        let part = Memo::new(move |_| chosen.get().unwrap_or(if is_over.get() { Part::Whole } else { Part::Last }));
        HeadFigures { ui, chosen, part }
    }

    /// The figures of the chosen part; none while there is nothing to count.
    fn with<T>(self, read: impl FnOnce(&Snapshot, &WindowFigures) -> T) -> Option<T> {
        let snapshot = self.ui.run.snapshot.read();
        let now = snapshot.as_ref()?;
        let figures = if self.part.get() == Part::Whole { now.whole.as_ref()? } else { &now.last };
        Some(read(now, figures))
    }

    /// The seconds that the figures are of, in words.
    pub fn seconds(self) -> String {
        let words = |now: &Snapshot, figures: &WindowFigures| seconds_words((figures.from_s, now.now_s));
        self.with(words).unwrap_or_else(|| match self.part.get() {
            Part::Whole => "after the warm-up".to_owned(),
            Part::Last => "no run yet".to_owned(),
        })
    }
}

/// The figures with their labels.
#[component]
pub fn Figures(head: HeadFigures) -> impl IntoView {
    let ui = head.ui;
    // Goodput is one of them where a client has a deadline; without one it is the throughput.
    let has_deadline = Memo::new(move |_| {
        let has_deadline = |node: &Node| node.params.get("deadline_ms").is_some_and(|deadline| !deadline.is_null());
        ui.run.loaded.with(|loaded| loaded.as_ref().is_some_and(|loaded| loaded.nodes.iter().any(has_deadline)))
    });
    let choice = move |part: Part, label: &'static str, testid: &'static str| {
        let is_chosen = move || head.part.get() == part;
        view! {
            <button
                class="segment"
                data-testid=testid
                aria-pressed=move || is_chosen().to_string()
                on:click=move |_| head.chosen.set(Some(part))
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="figures">
            <div class="segments-two" role="group" aria-label="The figures are of">
                {choice(Part::Last, "last 10 s", "figures-last")} {choice(Part::Whole, "whole run", "figures-whole")}
            </div>
            <dl>
                <Figure head label="throughput" testid="throughput" read=throughput />
                <Show when=move || has_deadline.get()>
                    <Figure
                        head
                        label="goodput"
                        testid="goodput"
                        read=|_, of| (format::number(of.goodput_rps), "/s")
                    />
                </Show>
                <Figure head label="errors" testid="error-rate" read=errors />
                <Figure head label="p50" testid="p50" read=|_, of| latency(of.p50_ms) />
                <Figure head label="p99" testid="p99" read=p99 />
                <Figure
                    head
                    label="attempts"
                    testid="attempts"
                    read=|_, of| (format!("{:.2}", of.attempts_per_request), "×")
                />
                <Figure
                    head
                    label="in flight"
                    testid="in-flight"
                    read=|now, _| (format::grouped(now.in_flight as i64), "")
                />
            </dl>
            <p class="figures-of" data-testid="figures-of">
                {move || head.seconds()}
            </p>
        </div>
    }
}

/// Three figures and their seconds, while the results are folded.
#[component]
pub fn FewFigures(head: HeadFigures) -> impl IntoView {
    let few = move || {
        let (is_failing, shown) = head.with(|now, of| {
            (
                of.error_rate >= 0.01,
                [throughput(now, of), errors(now, of), p99(now, of)].map(|(n, unit)| format!("{n} {unit}")),
            )
        })?;
        let [throughput, errors, p99] = shown;
        Some(view! {
            <span>"served " <b>{throughput}</b></span>
            <span class:bad=is_failing>"errors " <b>{errors}</b></span>
            <span>"p99 " <b>{p99}</b></span>
            <span class="quiet">{head.seconds()}</span>
        })
    };
    view! { <div class="few-figures">{few}</div> }
}

fn throughput(_: &Snapshot, of: &WindowFigures) -> Shown {
    (format::number(of.throughput_rps), "/s")
}

fn errors(_: &Snapshot, of: &WindowFigures) -> Shown {
    (format::percent(of.error_rate), "%")
}

fn p99(_: &Snapshot, of: &WindowFigures) -> Shown {
    latency(of.p99_ms)
}

/// A latency in milliseconds as number and unit; a dash when nothing was answered.
fn latency(ms: Option<f64>) -> Shown {
    ms.map_or(("–".to_owned(), ""), format::span)
}

/// A figure with its label: the number and its unit that `read` finds.
#[component]
fn Figure(
    head: HeadFigures,
    label: &'static str,
    testid: &'static str,
    read: fn(&Snapshot, &WindowFigures) -> Shown,
) -> impl IntoView {
    let value = Memo::new(move |_| head.with(read).unwrap_or_else(|| ("–".to_owned(), "")));
    let is_bad =
        Memo::new(move |_| testid == "error-rate" && head.with(|_, of| of.error_rate >= 0.01).unwrap_or_default());
    view! {
        <div>
            <dt>{label}</dt>
            <dd data-testid=testid class:bad=move || is_bad.get()>
                {move || value.get().0}
                " "
                <em>{move || value.get().1}</em>
            </dd>
        </div>
    }
}
