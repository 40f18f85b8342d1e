//! The worker's entry point: the engine, beside the page.

fn main() {
    headroom::browser::worker::run();
}
