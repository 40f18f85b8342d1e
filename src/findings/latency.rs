//! A run without trouble: how long requests took.

use super::sentence::duration;
use super::{Draft, DraftSeverity, Subject, Weight};
use crate::sentence;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let latency = &run.report.latency_ms;
    let (Some(p50), Some(p99)) = (latency.p50, latency.p99) else { return Vec::new() };
    let text = sentence![
        "Nothing was full and nearly nothing failed: half of the requests took up to ",
        duration(p50),
        ", 99 % up to ",
        duration(p99),
        "."
    ];
    vec![Draft::new(Weight::Essential, text).severity(DraftSeverity::Info)]
}
