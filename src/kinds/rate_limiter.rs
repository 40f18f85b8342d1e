//! Rate limiters: a token bucket at the door.

use crate::choices;
use crate::engine::core::{Core, NONE};
use crate::engine::message::Outcome;
use crate::engine::station::Station;
use crate::kind::{Calls, Info, Kind, Role, Section, StationContext};
use crate::params::{Fields, choice, parameter, plain};

choices! {
    /// What happens to a request for which there is no token.
    OnLimit {
        /// It is refused at once.
        Reject = "reject" "reject",
        /// It waits for its token.
        Delay = "delay" "delay",
    }
}

/// Parameters of a rate limiter.
#[derive(Clone, Debug, PartialEq)]
pub struct RateLimiter {
    rate_rps: f64,
    burst: u32,
    on_limit: OnLimit,
}

impl Default for RateLimiter {
    fn default() -> Self {
        RateLimiter { rate_rps: 100.0, burst: 20, on_limit: OnLimit::Reject }
    }
}

impl Kind for RateLimiter {
    const INFO: Info = Info {
        id: "rate_limiter",
        label: "Rate limiter",
        role: Role::Proxy,
        tagline: "token bucket",
        help: "Lets a steady rate through, and bursts up to the size of its bucket. What is over is refused (or waits), so that what stands behind it never sees more.",
        section: Section::Traffic,
        called: true,
        calls: Calls::One,
    };
    type Station = Limiter;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.number(
            parameter("rate_rps", "Rate").unit("/s").help("Tokens that flow into the bucket."),
            &mut self.rate_rps,
            0.001,
            1e9,
        );
        f.integer(
            parameter("burst", "Burst").unit("tokens").help("Size of the bucket; it starts full."),
            &mut self.burst,
            1,
            1_000_000_000,
        );
        choice(
            f,
            parameter("on_limit", "Over the limit").help("Refuse at once, or hold until a token comes."),
            &mut self.on_limit,
        );
    }

    fn summary(&self) -> String {
        format!("{} /s, burst {}", plain(self.rate_rps), self.burst)
    }

    fn station(&self, site: &StationContext) -> Limiter {
        let gap_ns = (1e9 / self.rate_rps).max(1.0) as u64;
        Limiter {
            station: site.station,
            link: site.out.first().map(|out| out.link),
            gap_ns,
            slack_ns: gap_ns.saturating_mul(u64::from(self.burst - 1)),
            delays: self.on_limit == OnLimit::Delay,
            full_at: 0,
        }
    }
}

/// A token bucket while running, kept as the time at which it would be full again: the generic
/// cell rate algorithm (ITU-T I.371), exact in whole nanoseconds.
#[derive(Clone, Debug)]
pub struct Limiter {
    station: u32,
    link: Option<u32>,
    gap_ns: u64,
    slack_ns: u64,
    delays: bool,
    full_at: u64,
}

impl Limiter {
    fn pass(&self, core: &mut Core, job: u32) {
        match self.link {
            Some(link) => {
                core.jobs[job].pending_calls = 1;
                let message = core.jobs[job].message;
                core.call(self.station, job, 0, link, NONE, message);
            }
            None => core.answer(job, Outcome::Ok),
        }
    }
}

impl Station for Limiter {
    fn arrive(&mut self, core: &mut Core, job: u32) {
        let now = core.now();
        let full_at = self.full_at.max(now);
        let wait = (full_at - now).saturating_sub(self.slack_ns);
        if wait > 0 && !self.delays {
            return core.reject(job, Outcome::RateLimited);
        }
        self.full_at = full_at + self.gap_ns;
        if wait == 0 {
            return self.pass(core, job);
        }
        core.record.nodes[self.station as usize].waiting.add(now, 1);
        core.hold(job, wait);
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        let now = core.now();
        core.record.nodes[self.station as usize].waiting.add(now, -1);
        self.pass(core, job);
    }

    fn answered(&mut self, core: &mut Core, owner: u32, _tag: u32, outcome: Outcome) {
        core.jobs[owner].pending_calls = 0;
        core.answer(owner, outcome);
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        if core.jobs[job].has_event {
            let now = core.now();
            core.record.nodes[self.station as usize].waiting.add(now, -1);
        }
        core.drop_cancelled(job);
    }

    fn crashed(&mut self, core: &mut Core, _replica: u32) {
        let now = core.now();
        core.record.nodes[self.station as usize].waiting.set(now, 0);
    }

    fn restored(&mut self, core: &mut Core, _replica: u32) {
        self.full_at = core.now();
    }
}
