//! The teller's entry point: a report in words, once a run has ended.

fn main() {
    headroom::browser::worker::teller::run();
}
