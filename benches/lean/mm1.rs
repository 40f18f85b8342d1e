//! One exponential server.

use super::{Heap, MS, exponential, histogram};
use headroom::random::Stream;
use std::collections::VecDeque;

/// M/M/1 at 80 arrivals a second and 10 ms of work: returns events and the mean time in the
/// system in milliseconds.
pub fn mm1(requests: u64) -> (u64, f64) {
    const ARRIVAL: u32 = 0;
    let mut heap = Heap::default();
    let mut waiting: VecDeque<u64> = VecDeque::new();
    let (mut arrivals, mut service) = (Stream::named(1, "users", "arrivals"), Stream::named(1, "app", "service"));
    let (mut events, mut latency) = (0, histogram());
    heap.push(exponential(&mut arrivals, 12.5), ARRIVAL);
    while latency.len() < requests {
        let (now, event) = heap.pop();
        events += 1;
        if event == ARRIVAL {
            waiting.push_back(now);
            if waiting.len() == 1 {
                heap.push(now + exponential(&mut service, 10.0), 1);
            }
            heap.push(now + exponential(&mut arrivals, 12.5), ARRIVAL);
        } else if let Some(start) = waiting.pop_front() {
            latency.saturating_record(now - start);
            if !waiting.is_empty() {
                heap.push(now + exponential(&mut service, 10.0), 1);
            }
        }
    }
    (events, latency.mean() / MS)
}
