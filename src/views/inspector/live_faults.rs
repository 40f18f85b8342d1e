//! Buttons that crash or partition a node, a link or a zone during the run, and end that again.

use crate::model::Place;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The buttons of a node (crash), a link (partition) or a zone (both).
#[component]
pub fn LiveFaults(ui: Ui, place: Place) -> impl IntoView {
    let crash = !matches!(place, Place::Link(_));
    let partition = !matches!(place, Place::Node(_));
    let (crashed, partitioned) = (place.clone(), place);
    view! {
        <h2 class="section">"Inject a fault"</h2>
        <div class="actions">
            {crash
                .then(|| {
                    view! { <FaultButton ui place=crashed fault="crash" labels=["Crash", "Restart"] testid="break" /> }
                })}
            {partition
                .then(|| {
                    let labels = if crash { ["Isolate", "Restore"] } else { ["Partition", "Restore"] };
                    let testid = if crash { "cut-off" } else { "break" };
                    view! { <FaultButton ui place=partitioned fault="partition" labels testid /> }
                })}
            <small class="quiet">"Recorded as a fault at this simulated time."</small>
        </div>
    }
}

/// Injects a fault, or ends the one that is in effect.
#[component]
fn FaultButton(
    ui: Ui,
    place: Place,
    /// The id of the fault.
    fault: &'static str,
    /// What the button says before the fault and during it.
    labels: [&'static str; 2],
    testid: &'static str,
) -> impl IntoView {
    let is_active = {
        let place = place.clone();
        Memo::new(move |_| ui.keeps_broken(&place, fault).is_some())
    };
    view! {
        <button
            class="button small break"
            class:mend=move || is_active.get()
            data-testid=testid
            on:click=move |_| ui.toggle(&place, fault)
        >
            {move || labels[usize::from(is_active.get())]}
        </button>
    }
}
