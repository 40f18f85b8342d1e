//! The words of the page, each with what it means: labels and the help dialog take them from here.
//!
//! Words that belong to one thing stand with it: a kind's and its parameters' with the kind, a fault's
//! with the fault, a measured number's with the metric.

/// A word with its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// As it is written on the page.
    pub word: &'static str,
    /// A complete sentence.
    pub meaning: &'static str,
}

macro_rules! glossary {
    ($($name:ident = $word:literal: $meaning:literal;)+) => {
        $(#[doc = concat!($word, ": ", $meaning)] pub const $name: Term = Term { word: $word, meaning: $meaning };)+

        /// Every term, in the order of the help dialog.
        pub static GLOSSARY: &[Term] = &[$($name),+];
    };
}

glossary! {
    DIAGRAM = "Diagram": "What is drawn and saved: nodes, links, zones, faults and the settings of the run.";
    NODE = "Node": "One part of the system: clients, a load balancer, an app, a cache, a queue, a database or a rate limiter.";
    REPLICA = "Replica": "One of the processes that a node consists of; each has its own share of the work and fails on its own.";
    LINK = "Link": "A node calls another one over it; it has a delay and the caller's resilience policies.";
    ZONE = "Zone": "A group of nodes and replicas that fail together, such as a data center.";
    REQUEST = "Request": "What a user of the system asks for and waits for.";
    CALL = "Call": "What a node asks of another one over a link, on behalf of a request.";
    ATTEMPT = "Attempt": "One message of a call: the first one, a retry or a hedge.";
    RESILIENCE_POLICIES = "Resilience policies": "What a caller does when an answer is late or an error: timeout, retries, hedging, circuit breaker and connection pool.";
    RECOMMENDED_POLICIES = "Recommended policies": "A timeout, two retries with full jitter and a budget, and a circuit breaker.";
    FAULT = "Fault": "Something that goes wrong at a planned time, or live: a crash, slowness, errors, a partition and more.";
    PARTITION = "Partition": "No messages pass between two groups of nodes, in both directions or in one.";
    PROBLEM = "Problem": "Something in the diagram that cannot be run, or that probably does not mean what was intended.";
    FINDING = "Finding": "What the numbers of a run that has ended say, in a sentence.";
    THROUGHPUT = "Throughput": "Requests that are answered successfully, per second.";
    GOODPUT = "Goodput": "Requests that are answered successfully within the client's deadline, per second.";
    UTILIZATION = "Utilization": "The share of a node's capacity that is busy; near 100 % requests wait.";
    WASTED_WORK = "Wasted work": "Work whose result is not used, because the caller has timed out or has an answer already.";
    RANDOM_SEED = "Random seed": "The number that all random draws of a run follow from: the same diagram and seed give the same run.";
    DIGEST = "Digest": "A fingerprint of everything that happened in a run; equal digests mean equal runs.";
    WARM_UP = "Warm-up": "The first part of a run, which is not counted.";
    MAX_SPEED = "Max speed": "Simulated time goes as fast as the computer can.";
}

/// What the palette's search field is called.
pub const FIND_NODE_TYPE: &str = "Find a node type";
/// Drawing a line on the canvas that partitions the links it crosses.
pub const PARTITION_ACROSS_LINE: &str = "Partition across a line";
/// Showing the whole diagram on the canvas.
pub const SHOW_EVERYTHING: &str = "Show everything";
/// A diagram without a title.
pub const UNTITLED: &str = "Untitled";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_there_once_and_is_explained_in_a_sentence() {
        let mut seen = std::collections::BTreeSet::new();
        for Term { word, meaning } in GLOSSARY {
            assert!(seen.insert(word.to_lowercase()), "{word} is there twice");
            assert!(meaning.ends_with('.') && meaning.starts_with(char::is_uppercase), "{word}: {meaning}");
        }
    }
}
