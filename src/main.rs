//! The page's entry point.

fn main() {
    headroom::views::crash::install();
    leptos::mount::mount_to_body(headroom::views::App);
    // The shell that index.html painted has done its work.
    if let Some(shell) = leptos::prelude::document().get_element_by_id("shell") {
        shell.remove();
    }
}
