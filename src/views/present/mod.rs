//! Present: canvas and one chart in large type, for a room. The rest of the page is folded by the style sheet.
//!
//! What happens now is said in a sentence; the planned faults and changes are steps, which can be gone to.

mod sentence;
mod steps;
#[cfg(test)]
mod truth;

use super::documents;
use super::icons::icon;
use super::state::{Tab, Ui};
use crate::browser::page::focus::focus;
use leptos::prelude::*;
use steps::StepState;

/// Starts or ends presenting.
pub fn toggle(ui: Ui) {
    let presents = !ui.panels.presenting.get_untracked();
    ui.panels.presenting.set(presents);
    ui.panels.sheet.set(None);
    ui.viewport.menu.set(None);
    if presents {
        ui.viewport.keep();
        ui.panels.tab.set(Tab::Charts);
        ui.panels.announce("Presenting: Esc leaves");
    }
    // The canvas has another size once the page is laid out.
    request_animation_frame(move || {
        request_animation_frame(move || if presents { ui.viewport.fit() } else { ui.viewport.put_back() });
    });
    focus(".canvas");
}

/// The button that starts presenting.
#[component]
pub fn PresentButton(ui: Ui) -> impl IntoView {
    view! {
        <button
            class="button hide-small present-button"
            data-testid="present"
            title="Canvas and charts in large type (P)"
            on:click=move |_| toggle(ui)
        >
            {icon("present")}
            <span>"Present"</span>
        </button>
    }
}

/// What stands in the toolbar while presenting: the title, and what is wrong now.
#[component]
pub fn PresentBar(ui: Ui) -> impl IntoView {
    let faults = Memo::new(move |_| {
        let active = ui.run.active_faults.get();
        ui.editing.document.with(|document| steps::active_words(document, &active))
    });
    view! {
        <Show when=move || ui.panels.presenting.get()>
            <span class="present-title">
                <b>{move || documents::title_of(&ui.editing.document.read())}</b>
                <span class="quiet">{move || faults.get()}</span>
            </span>
        </Show>
    }
}

/// The button that ends presenting.
#[component]
pub fn LeaveButton(ui: Ui) -> impl IntoView {
    view! {
        <Show when=move || ui.panels.presenting.get()>
            <button class="button leave" data-testid="leave-present" on:click=move |_| toggle(ui)>
                <span>"Leave"</span>
                <kbd>"Esc"</kbd>
            </button>
        </Show>
    }
}

/// One sentence that says what is happening, over the canvas.
#[component]
pub fn PresentSentence(ui: Ui) -> impl IntoView {
    // The numbers of a run are of its last second: more often it says nothing new.
    let second = Memo::new(move |_| (ui.run.now_s().floor(), ui.run.finished(), ui.run.loaded.with(Option::is_some)));
    let said = Memo::new(move |_| {
        // Read, not only tracked: a memo that nobody reads follows nothing.
        let _ = second.get();
        let (loaded, snapshot) = (ui.run.loaded.read_untracked(), ui.run.snapshot.read_untracked());
        loaded.as_ref().zip(snapshot.as_ref()).and_then(|(document, now)| sentence::sentence(document, now))
    });
    // The diagram makes room for it.
    let is_shown = Memo::new(move |_| ui.panels.presenting.get() && said.with(Option::is_some));
    Effect::new(move |_| {
        if is_shown.get() {
            request_animation_frame(move || ui.viewport.fit_again());
        }
    });
    view! {
        <Show when=move || ui.panels.presenting.get()>
            {move || {
                said.get().map(|said| {
                    view! {
                        <p class="present-sentence overlay" class:bad=said.is_bad role="status" data-testid="present-sentence">
                            {said.text}
                        </p>
                    }
                })
            }}
        </Show>
    }
}

/// The planned faults and changes as steps.
#[component]
pub fn PresentSteps(ui: Ui) -> impl IntoView {
    let steps = Memo::new(move |_| steps::steps(&ui.editing.document.read()));
    let now_s = Memo::new(move |_| (ui.run.now_s() * 10.0).floor() / 10.0);
    let current = Memo::new(move |_| steps.with(|steps| steps::current(steps, now_s.get())));
    let go = move |to: Option<f64>| {
        if let Some(to_s) = to {
            ui.run.seek(to_s);
        }
    };
    let before = move || steps.with(|steps| steps::before(steps, now_s.get()));
    let after = move || steps.with(|steps| steps::after(steps, now_s.get()));
    let step = move |index: usize| {
        let state = Memo::new(move |_| steps::state(index, current.get()));
        let label = move || steps.with(|steps| steps.get(index).map(|step| step.label.clone()).unwrap_or_default());
        let time = move || steps.with(|steps| steps.get(index).map(|step| step.time_words(state.get(), now_s.get())));
        let done = move || steps.with(|steps| steps.get(index).map_or(0.0, |step| step.progress(now_s.get())));
        let at_s = move || steps.with_untracked(|steps| steps.get(index).map(|step| step.at_s));
        view! {
            <li>
                <button
                    class=move || format!("step {}", state.get().class())
                    title=label
                    aria-current=move || (state.get() == StepState::Now).then_some("step")
                    on:click=move |_| go(at_s())
                >
                    <span class="step-number">
                        {move || match state.get() {
                            StepState::Done => icon("check"),
                            _ => view! { {index + 1} }.into_any(),
                        }}
                    </span>
                    <span class="step-label">{label}</span>
                    <span class="quiet">{time}</span>
                    <Show when=move || state.get() == StepState::Now>
                        <i class="step-progress" style:width=move || format!("{:.0}%", 100.0 * done())></i>
                    </Show>
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || ui.panels.presenting.get() && !steps.with(Vec::is_empty)>
            <nav class="present-steps panel" aria-label="Steps" data-testid="present-steps">
                <button
                    class="button outlined icon-only"
                    aria-label="Step before"
                    prop:disabled=move || before().is_none()
                    on:click=move |_| go(before())
                >
                    {icon("left")}
                </button>
                <ol>
                    <For
                        each=move || steps::shown(steps.with(Vec::len), current.get())
                        key=|index| *index
                        children=step
                    />
                </ol>
                <button
                    class="button primary icon-only"
                    aria-label="Next step"
                    prop:disabled=move || after().is_none()
                    on:click=move |_| go(after())
                >
                    {icon("right")}
                </button>
            </nav>
        </Show>
    }
}
