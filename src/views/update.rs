//! A new build of the page. `scripts/page/offline.js` fetches it and takes it; the two talk by events of the window.

use super::documents::{self, Act, Banner};
use super::state::Ui;
use leptos::prelude::*;

/// Says that a new build is ready, and offers to reload the page with it.
#[component]
pub fn UpdateBanner(ui: Ui) -> impl IntoView {
    let is_ready = RwSignal::new(false);
    window_event_listener_untyped("headroom-update-ready", move |_| is_ready.set(true));
    let has_numbers = Memo::new(move |_| ui.run.now_s() > 0.0);
    Effect::new(move |_| {
        if has_numbers.get() {
            send("headroom-started");
        }
    });
    let banner = move || {
        let strong = "A new version of Headroom is ready.".to_owned();
        let actions: Vec<(&str, Act)> = vec![("Reload with it", take)];
        let dismiss = Some(Callback::new(move |()| is_ready.set(false)));
        is_ready.get().then(|| view! { <Banner ui testid="update" strong text="" actions dismiss /> })
    };
    view! { {banner} }
}

fn take(ui: Ui) {
    documents::finish(ui);
    send("headroom-take-update");
}

fn send(name: &str) {
    if let Ok(event) = web_sys::Event::new(name) {
        // The only failure is an event that is being dispatched already.
        let _ = window().dispatch_event(&event);
    }
}
