//! What became of data: lost and stale, given up, and stores that took no statements.

use super::claim::Measure;
use super::sentence::{count, duration};
use super::{Draft, Subject, Weight};
use crate::kinds::database::metrics::{CONFLICTING_WRITES, SHARDS, UNAVAILABLE_S};
use crate::kinds::queue::metrics::{DEAD_LETTERS, LOST};
use crate::record::node_metrics::LOST_WRITES;
use crate::record::node_metrics::STALE_READS;
use crate::sentence;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (id, node) in &run.report.nodes {
        let name = || run.name(id);
        let mut found = |weight, text, key, value: f64| {
            drafts.push(Draft::new(weight, text).node(Some(id)).equal([(Measure::node(id, key), value)]));
        };
        if let Some(lost) = node.get(&LOST_WRITES).filter(|lost| *lost > 0) {
            let why = match node.get(&CONFLICTING_WRITES) {
                None => "the cache had not written them yet",
                Some(conflicting) if conflicting == lost => "later writes of another side won over them",
                Some(_) => "a replica without them took over",
            };
            found(
                Weight::Important,
                sentence![name(), ": ", count(lost), " acknowledged writes were lost: ", why, "."],
                LOST_WRITES.info.key,
                lost as f64,
            );
        }
        let counts = [
            (&LOST, " acknowledged messages were lost."),
            (&DEAD_LETTERS, " messages were given up and are dead letters."),
        ];
        for (metric, what) in counts {
            if let Some(value) = node.get(metric).filter(|value| *value > 0) {
                found(Weight::Detail, sentence![name(), ": ", count(value), what], metric.info.key, value as f64);
            }
        }
        if let Some(seconds) = node.get(&UNAVAILABLE_S).filter(|seconds| *seconds > 0.0) {
            let shards = if node.has(&SHARDS) { "Some shard of " } else { "" };
            found(
                Weight::Detail,
                sentence![shards, name(), " took no statements for ", duration(seconds * 1000.0), "."],
                UNAVAILABLE_S.info.key,
                seconds,
            );
        }
        if let Some(stale) = node.get(&STALE_READS).filter(|stale| *stale > 0) {
            let text =
                sentence![name(), " answered ", count(stale), " reads without a write that was acknowledged before."];
            found(Weight::Detail, text, STALE_READS.info.key, stale as f64);
        }
    }
    drafts
}
