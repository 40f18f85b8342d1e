//! The built-in examples.

/// A built-in example.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// File name without its ending.
    pub id: &'static str,
    /// The group of the palette in which it stands.
    pub section: &'static str,
    /// The document as JSON.
    pub text: &'static str,
}

/// The built-in examples in palette order, those of a section together; the first one opens on a
/// first visit. The page reads its own from its HTML: `browser::library`.
pub fn library() -> &'static [Example] {
    EXAMPLES
}

macro_rules! examples {
    ($($section:literal: $($id:literal),+ $(,)?);+ $(;)?) => {
        &[$($(
            Example { id: $id, section: $section, text: include_str!(concat!("library/", $id, ".json")) },
        )+)+]
    };
}

/// What each says in its `watch` is a claim that `tests/it/claims.rs` holds against the simulator; for
/// those of the laboratory, and what they say in their `cure`, `tests/it/laboratory.rs` does.
/// `scripts/finish.mjs` reads this list too.
static EXAMPLES: &[Example] = examples![
    "Examples": "three-tier-shop", "jobs-behind-a-queue", "read-heavy-with-a-cache", "rate-limited-api";
    "Failure laboratory":
        "retry-storm", "metastable-failure", "timeout-cascade", "circuit-breaker", "bulkhead",
        "cache-stampede", "cold-restart", "hot-key",
        "sinkhole", "pool-exhaustion", "lifo-under-overload", "hedged-requests", "autoscaler-lag",
        "zone-loss", "split-brain", "stale-reads", "queue-drain";
];
