//! The numbers of a queue.

use super::QueueStation;
use crate::engine::core::Core;
use crate::metrics::{Live, Metrics, count, level, maximum, time_average};
use crate::record::NodeWindow;
use crate::time::to_s;

crate::metrics! {
    /// Deliveries after the first.
    REDELIVERED: u64 = count("redelivered", "Redelivered").unit("messages").live(Live::Total).alert("undo");
    /// Messages that were delivered more than once.
    DUPLICATES: u64 = count("duplicates", "Duplicates").unit("messages");
    /// Messages given up and kept in the dead-letter list.
    DEAD_LETTERS: u64 = count("dead_letters", "Dead letters").unit("messages").live(Live::Total).alert("trash");
    /// Messages that were acknowledged and will never be worked on: given up without a dead-letter
    /// list, forgotten by a delivery that failed, or lost in a crash.
    LOST: u64 = count("lost", "Lost messages").unit("messages");
    /// Messages that wait to be handed out at the end.
    BACKLOG: u64 = level("backlog.now", "Backlog").unit("messages");
    /// The most messages that waited at a time.
    BACKLOG_MAX: u64 = maximum("backlog.max", "Largest backlog").unit("messages");
    /// Time-average of the messages that wait.
    BACKLOG_MEAN: f64 = time_average("backlog.mean", "Mean backlog").unit("messages");
    /// Age of the oldest message that waits, since it was first stored; 0 when none waits.
    OLDEST_S: f64 = level("backlog.oldest_s", "Oldest message").unit("s").live(Live::Value);
    /// The greatest age that a waiting message reached.
    OLDEST_MAX_S: f64 = maximum("backlog.oldest_max_s", "Greatest age of a message").unit("s");
    /// How many messages a second the backlog grew by over the last two bins of the series; negative while
    /// it shrinks. What goes on growing has no end: see the time to drain.
    GROWTH_RPS: f64 = level("backlog.growth_rps", "Growth of the backlog").unit("/s");
    /// How long the backlog takes to empty at the pace of the last two bins of the series: the backlog
    /// over what leaves less what comes. Absent while the backlog does not shrink: at that pace it never
    /// empties.
    DRAIN_S: f64 = level("backlog.drain_s", "Time to drain").unit("s");
}

/// Reports them.
pub fn report(queue: &QueueStation, core: &Core, window: &NodeWindow<'_>, m: &mut dyn Metrics) {
    let counts = window.counts;
    m.report(&REDELIVERED, counts.redelivered.saturating_sub(counts.redeliveries_held_back));
    m.report(&DUPLICATES, counts.duplicates.saturating_sub(counts.duplicates_held_back));
    m.report(&DEAD_LETTERS, counts.dead_letters);
    m.report(&LOST, counts.lost);
    let waiting = u64::from(window.record.waiting.level());
    m.report(&BACKLOG, waiting);
    m.report_with(&BACKLOG_MAX, || queue.worst(core).1);
    m.report(&BACKLOG_MEAN, window.time_average(counts.waiting_ns));
    m.report_with(&OLDEST_S, || to_s(queue.oldest_ns(core)));
    m.report_with(&OLDEST_MAX_S, || to_s(queue.worst(core).0));
    m.report(&GROWTH_RPS, growth_rps(window));
    m.report(&DRAIN_S, drain_s(waiting, window));
}

/// Messages a second that came in the last two bins less those that left.
fn growth_rps(window: &NodeWindow<'_>) -> Option<f64> {
    let recent = window.recent;
    let (came, left) = (recent.arrivals - recent.rejected, recent.completed + recent.failed);
    (window.recent_ns > 0).then(|| (came as f64 - left as f64) / to_s(window.recent_ns))
}

/// How long a backlog takes to empty at the pace of the last two bins, seconds.
fn drain_s(backlog: u64, window: &NodeWindow<'_>) -> Option<f64> {
    let recent = window.recent;
    let (came, left) = (recent.arrivals - recent.rejected, recent.completed + recent.failed);
    match backlog {
        0 => Some(0.0),
        _ => (left > came).then(|| backlog as f64 * to_s(window.recent_ns) / (left - came) as f64),
    }
}
