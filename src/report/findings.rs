//! A report's numbers in words, in the order in which things went wrong.

use super::{Finding, Report};

/// A node is called full from this utilisation on.
const FULL: f64 = 0.98;

/// Milliseconds as a person would say them.
fn span(ms: f64) -> String {
    if ms >= 1000.0 {
        format!("{:.1} s", ms / 1000.0)
    } else if ms >= 10.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{ms:.1} ms")
    }
}

fn percent(ratio: f64) -> String {
    if ratio >= 0.1 { format!("{:.0} %", ratio * 100.0) } else { format!("{:.1} %", ratio * 100.0) }
}

/// The sentences for a report, `name` giving each node's name. What happened first comes first;
/// what has no time comes last.
pub fn findings(report: &Report, name: impl Fn(&str) -> String) -> Vec<Finding> {
    let mut timed: Vec<(f64, Finding)> = Vec::new();
    // In order of time; of two at one time the one that was found first.
    let mut tell = |begin: f64, finding: Finding| {
        let at = timed.partition_point(|earlier| earlier.0 <= begin);
        timed.insert(at, (begin, finding));
    };
    let mut rest: Vec<Finding> = Vec::new();
    let warning = |node: Option<&str>, text: String| Finding {
        severity: "warning".to_owned(),
        node: node.map(str::to_owned),
        text,
    };
    let info =
        |node: Option<&str>, text: String| Finding { severity: "info".to_owned(), node: node.map(str::to_owned), text };
    for (id, series) in &report.series.nodes {
        let full = series.utilization.iter().position(|u| u.is_some_and(|u| u >= FULL));
        if let Some(bin) = full {
            let bins = series.utilization.iter().filter(|u| u.is_some_and(|u| u >= FULL)).count() as f64;
            let begin = report.series.time_s[bin] - report.series.bin_s;
            let share = bins / series.utilization.len() as f64;
            let longest = series.queue.iter().copied().fold(0.0, f64::max);
            let waited =
                if longest >= 1.0 { format!("; up to {longest:.0} requests waited for it") } else { String::new() };
            let text = format!(
                "{} reached 100 % at {begin:.0} s and was there for {} of the run{waited}.",
                name(id),
                percent(share)
            );
            tell(begin, warning(Some(id), text));
        }
    }
    let failing = |i: &usize| {
        report.series.failed_rps[*i] > 0.01 * (report.series.throughput_rps[*i] + report.series.failed_rps[*i])
    };
    if let Some(bin) = (0..report.series.time_s.len()).find(failing) {
        let begin = report.series.time_s[bin] - report.series.bin_s;
        let failures = &report.requests.failures;
        let reasons = [
            (failures.timeout, "timed out"),
            (failures.rejected, "were rejected by a full queue or pool"),
            (failures.error, "got an error"),
            (failures.unreachable, "found a dead process"),
            (failures.breaker_open, "were stopped by an open breaker"),
            (failures.rate_limited, "were over the rate limit"),
        ];
        let worst = reasons.iter().max_by_key(|(count, _)| *count).filter(|(count, _)| *count > 0);
        if let Some((count, reason)) = worst {
            let share = report.requests.failed as f64 / report.requests.offered.max(1) as f64;
            let text = format!("Requests failed from {begin:.0} s on, {} in all; {count} {reason}.", percent(share));
            tell(begin, warning(None, text));
        }
    }
    if report.attempts_per_request > 1.05 {
        rest.push(warning(
            None,
            format!("Retries raised the load to {:.2} attempts a request.", report.attempts_per_request),
        ));
    }
    for (id, node) in &report.nodes {
        let lost = [
            (node.lost_writes, "acknowledged writes were lost"),
            (node.lost, "acknowledged messages were lost"),
            (node.dead_letters, "messages were given up and are dead letters"),
        ];
        for (count, what) in lost {
            if let Some(count) = count.filter(|count| *count > 0) {
                rest.push(warning(Some(id), format!("{}: {count} {what}.", name(id))));
            }
        }
        if let Some(ratio) = node.hit_ratio.filter(|_| node.arrivals > 0) {
            rest.push(info(Some(id), format!("{} answered {} of its lookups from memory.", name(id), percent(ratio))));
        }
        if let Some(seconds) = node.unavailable_s.filter(|seconds| *seconds > 0.0) {
            let shards = if node.shards.is_some() { "Some shard of " } else { "" };
            rest.push(warning(
                Some(id),
                format!("{shards}{} took no statements for {}.", name(id), span(seconds * 1000.0)),
            ));
        }
        if let Some(stale) = node.stale_reads.filter(|stale| *stale > 0) {
            let text = format!("{} answered {stale} reads without a write that was acknowledged before.", name(id));
            rest.push(warning(Some(id), text));
        }
        if let Some(lost) = node.lost_writes.filter(|lost| *lost > 0) {
            let text = match node.conflicting_writes {
                Some(beaten) if beaten == lost => "later writes of another side won over them",
                _ => "a replica without them took over",
            };
            rest.push(warning(Some(id), format!("{} lost {lost} acknowledged writes: {text}.", name(id))));
        }
        if node.wasted as f64 > 0.01 * node.completed as f64 && node.wasted > 0 {
            let share = percent(node.wasted as f64 / (node.completed + node.failed).max(1) as f64);
            rest.push(warning(
                Some(id),
                format!("{share} of what {} did was wasted: nobody waited for the answer any more.", name(id)),
            ));
        }
    }
    if timed.is_empty()
        && let (Some(p50), Some(p99)) = (report.latency_ms.p50, report.latency_ms.p99)
    {
        rest.insert(
            0,
            info(
                None,
                format!(
                    "Nothing was full and nearly nothing failed: half of the requests took up to {}, 99 % up to {}.",
                    span(p50),
                    span(p99)
                ),
            ),
        );
    }
    timed.into_iter().map(|(_, finding)| finding).chain(rest).collect()
}
