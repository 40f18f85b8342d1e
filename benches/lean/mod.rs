//! Simulators of three of the benchmark's systems, written by hand for just these, with what is known
//! to be fast (a 4-ary heap, rings for constant delays, slabs, the same random numbers) and without
//! anything general: no faults, no policies but a timeout and retries, one histogram, no checks. The
//! difference to the engine is the cost of its generality.

mod architecture;
mod cache;
mod mm1;

pub use self::architecture::Architecture;
pub use self::cache::cache;
pub use self::mm1::mm1;

use hdrhistogram::Histogram;
use headroom::random::Stream;

const NONE: u32 = u32::MAX;
const MS: f64 = 1e6;

/// Pending events in a 4-ary heap of `(time, sequence, event)`.
#[derive(Default)]
struct Heap {
    entries: Vec<(u64, u32, u32)>,
    sequence: u32,
}

impl Heap {
    fn push(&mut self, time: u64, event: u32) {
        self.sequence += 1;
        self.entries.push((time, self.sequence, event));
        let mut at = self.entries.len() - 1;
        while at > 0 && self.entries[at] < self.entries[(at - 1) / 4] {
            self.entries.swap(at, (at - 1) / 4);
            at = (at - 1) / 4;
        }
    }

    fn pop(&mut self) -> (u64, u32) {
        let (time, _, event) = self.entries.swap_remove(0);
        self.sift();
        (time, event)
    }

    fn sift(&mut self) {
        let mut at = 0;
        loop {
            let first = at * 4 + 1;
            let last = (first + 4).min(self.entries.len());
            let Some(least) = (first..last).min_by_key(|child| self.entries[*child]) else { return };
            if self.entries[at] <= self.entries[least] {
                return;
            }
            self.entries.swap(at, least);
            at = least;
        }
    }
}

fn exponential(stream: &mut Stream, mean_ms: f64) -> u64 {
    (mean_ms * MS * stream.exponential() + 0.5) as u64
}

fn histogram() -> Histogram<u64> {
    let mut all = Histogram::new_with_bounds(1000, 1 << 40, 3).expect("valid bounds");
    all.auto(true);
    all
}
