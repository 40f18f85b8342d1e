//! The worker's entry point (skeleton).

fn main() {}
