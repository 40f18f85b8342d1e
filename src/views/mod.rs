//! The page (skeleton).

use leptos::prelude::*;

/// The page.
#[component]
pub fn App() -> impl IntoView {
    view! { <p>"Headroom"</p> }
}
