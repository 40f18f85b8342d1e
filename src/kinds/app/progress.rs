//! How far an app is with a request.

use crate::engine::job::JobData;
use crate::engine::message::Outcome;

/// How far a job is with its calls, and what it has learned from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Callees that it has passed, called or not: first the caches, then the others.
    pub(super) passed: u32,
    /// A cache had the key.
    pub(super) cache_hit: bool,
    /// A cache did not have the key and is to be filled.
    pub(super) cache_miss: bool,
    /// The value was read or written at a callee that keeps data.
    pub(super) fetched: bool,
    /// How the first call that failed ended; `Ok` if none has.
    pub(super) failure: Outcome,
}

/// Position of the failure in the second word.
const FAILURE_SHIFT: u32 = 8;

impl JobData for Progress {
    fn to_words(self) -> [u32; 2] {
        let Progress { passed, cache_hit, cache_miss, fetched, failure } = self;
        let flags = u32::from(cache_hit) | u32::from(cache_miss) << 1 | u32::from(fetched) << 2;
        [passed, flags | (failure as u32) << FAILURE_SHIFT]
    }

    fn from_words([passed, word]: [u32; 2]) -> Progress {
        Progress {
            passed,
            cache_hit: word & 1 != 0,
            cache_miss: word & 2 != 0,
            fetched: word & 4 != 0,
            failure: Outcome::from_number(word >> FAILURE_SHIFT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_the_same_progress() {
        assert_eq!(Progress::from_words([0; 2]).failure, Outcome::Ok);
        for failure in Outcome::ALL {
            let progress = Progress { passed: 7, cache_hit: true, cache_miss: false, fetched: true, failure };
            assert_eq!(Progress::from_words(progress.to_words()), progress);
        }
    }
}
