//! How far an app is with a request.

use crate::engine::job::JobData;
use crate::engine::message::Outcome;

/// How far a job is with its calls, and what it has learned from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Callees that it has passed, called or not: first the caches, then the others.
    pub(super) passed: u32,
    /// Flags, and from [`FAILURE_SHIFT`] on how the first call that failed ended (0 if none has).
    learned: u32,
}

const CACHE_HIT: u32 = 1;
const CACHE_MISS: u32 = 2;
const FETCHED: u32 = 4;
const FAILURE_SHIFT: u32 = 8;

impl Progress {
    /// Whether a cache had the key.
    pub(super) fn is_cache_hit(self) -> bool {
        self.learned & CACHE_HIT != 0
    }

    /// Whether a cache did not have the key and is to be filled.
    pub(super) fn is_cache_miss(self) -> bool {
        self.learned & CACHE_MISS != 0
    }

    /// Whether the value was read or written at a callee that keeps data.
    pub(super) fn is_fetched(self) -> bool {
        self.learned & FETCHED != 0
    }

    /// Whether a call has failed.
    pub(super) fn has_failed(self) -> bool {
        self.learned >> FAILURE_SHIFT != 0
    }

    /// How the request ends: as the first call that failed, if one has.
    pub(super) fn outcome(self) -> Outcome {
        if self.has_failed() { Outcome::from_number(self.learned >> FAILURE_SHIFT) } else { Outcome::Ok }
    }

    /// A cache that the app fills itself has answered. One that fails is no reason to fail: what it
    /// would have answered is fetched.
    pub(super) fn cache_answered(&mut self, outcome: Outcome) {
        self.learned |= match outcome {
            Outcome::Ok => CACHE_HIT,
            Outcome::Miss => CACHE_MISS,
            _ => 0,
        };
    }

    /// Another callee has answered, which keeps data or does not.
    pub(super) fn callee_answered(&mut self, outcome: Outcome, keeps_data: bool) {
        if !outcome.is_good() && !self.has_failed() {
            self.learned |= (outcome as u32) << FAILURE_SHIFT;
        } else if outcome.is_good() && keeps_data {
            self.learned |= FETCHED;
        }
    }
}

impl JobData for Progress {
    fn to_words(self) -> [u32; 2] {
        [self.passed, self.learned]
    }

    fn from_words([passed, learned]: [u32; 2]) -> Progress {
        Progress { passed, learned }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_decides_and_flags_stay() {
        let mut progress = Progress::from_words([0; 2]);
        assert_eq!((progress.outcome(), progress.is_fetched()), (Outcome::Ok, false));
        progress.cache_answered(Outcome::Miss);
        progress.cache_answered(Outcome::Unreachable);
        progress.callee_answered(Outcome::Ok, true);
        assert_eq!(progress.outcome(), Outcome::Ok);
        for failure in Outcome::ALL.into_iter().filter(|outcome| !outcome.is_good()) {
            let mut failed = progress;
            failed.callee_answered(failure, true);
            failed.callee_answered(Outcome::Error, true);
            failed.callee_answered(Outcome::Ok, true);
            assert_eq!(failed.outcome(), failure);
            assert!(failed.is_cache_miss() && !failed.is_cache_hit() && failed.is_fetched());
        }
    }
}
