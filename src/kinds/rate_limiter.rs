//! Rate limiters: token buckets.

use crate::choices;
use crate::engine::call::{Caller, Target};
use crate::engine::core::Core;
use crate::engine::job::JobState;
use crate::engine::message::Outcome;
use crate::engine::plan::Change;
use crate::engine::station::Station;
use crate::kind::{Calls, CardNumber, Kind, KindInfo, Role, Section, StationContext, unmeasured_with};
use crate::metrics::MetricInfo;
use crate::params::{Fields, choice, parameter, plain, shown};
use crate::record::node_metrics;
use crate::time::NEVER;

choices! {
    /// What happens to a request for which there is no token.
    OnLimit {
        /// It is rejected at once.
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
    const INFO: KindInfo = KindInfo {
        id: "rate_limiter",
        label: "Rate limiter",
        role: Role::Proxy,
        tagline: shown("token bucket"),
        keywords: shown("throttle limit token bucket quota waf"),
        help: shown(
            "Admits a steady rate, and bursts up to the size of its bucket. Requests over the limit are rejected or wait, so that the nodes behind it never receive more.",
        ),
        icon: shown("M4.2 17.5a8.5 8.5 0 1 1 15.6 0M12 15l4-5.5M12 16.2a1.2 1.2 0 1 0 0-2.4a1.2 1.2 0 1 0 0 2.4"),
        color: "#a8498c",
        card: &[CardNumber::new("limited", &node_metrics::REJECTED.info)],
        section: Section::Traffic,
        called: true,
        calls: Calls::One,
    };
    type Station = RateLimiterStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.number(
            parameter("rate_rps", "Rate")
                .unit("/s")
                .slide(2.0, 20_000.0)
                .help("Tokens added to the bucket per second."),
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
            parameter("on_limit", "Over the limit").help("Reject at once, or wait for a token."),
            &mut self.on_limit,
        );
    }

    fn summary(&self) -> String {
        format!("{} /s, burst {}", plain(self.rate_rps), self.burst)
    }

    fn unmoved_by(&self, change: &Change) -> Option<&'static str> {
        matches!(change, Change::Slow(..)).then_some("it passes requests on without work of its own")
    }

    fn unmeasured(&self, metric: &MetricInfo) -> Option<&'static str> {
        // Its utilization is that of its tokens.
        let is_utilization = metric.key == node_metrics::UTILIZATION.info.key;
        if is_utilization { None } else { unmeasured_with(self.capacity(), metric) }
    }

    fn station(&self, site: &StationContext) -> RateLimiterStation {
        RateLimiterStation {
            station: site.station,
            link: site.out.first().map(|out| out.link),
            gap_ns: self.gap_ns(),
            burst: self.burst,
            delays: self.on_limit == OnLimit::Delay,
            full_at: 0,
        }
    }
}

impl RateLimiter {
    /// Time in which one token is added, nanoseconds.
    fn gap_ns(&self) -> u64 {
        (1e9 / self.rate_rps).max(1.0) as u64
    }
}

/// A rate limiter while running. The bucket is represented by the time at which it would be full
/// again: the generic cell rate algorithm (ITU-T I.371), exact in whole nanoseconds.
#[derive(Clone, Debug)]
pub struct RateLimiterStation {
    station: u32,
    link: Option<u32>,
    /// Time in which one token is added.
    gap_ns: u64,
    /// Tokens that the bucket holds.
    burst: u32,
    /// Whether requests over the limit wait, rather than being rejected.
    delays: bool,
    /// When the bucket is full again, nanoseconds.
    full_at: u64,
}

impl RateLimiterStation {
    /// Time in which all tokens but one are added.
    fn slack_ns(&self) -> u64 {
        self.gap_ns.saturating_mul(u64::from(self.burst - 1))
    }

    /// Tokens are added every `gap_ns` from now on, to a bucket that holds `burst`: it has the tokens that it
    /// had, as far as there is room, and what waits gets the same tokens as before, at their new times.
    fn refill(&mut self, core: &mut Core, gap_ns: u64, burst: u32) {
        let now = core.now();
        let rescaled =
            |span: u64, by: u64| (u128::from(span) * u128::from(gap_ns) / u128::from(by)).min(1 << 62) as u64;
        let before = std::mem::replace(&mut self.gap_ns, gap_ns);
        let missing = rescaled(self.full_at.saturating_sub(now), before);
        let more = gap_ns.saturating_mul(u64::from(burst));
        let fewer = gap_ns.saturating_mul(u64::from(std::mem::replace(&mut self.burst, burst)));
        self.full_at = now + missing.saturating_add(more).saturating_sub(fewer).min(1 << 62);
        let tokens = &mut core.record.nodes[self.station as usize].tokens;
        tokens.stop(now);
        tokens.take(self.full_at - now, self.full_at);
        for index in 0..core.jobs.extent() {
            let job = &core.jobs[index];
            let waits = job.station == self.station && job.state == JobState::Held && !job.is_error();
            if waits && job.ends_at != NEVER && job.ends_at > now {
                core.hold(index, rescaled(job.ends_at - now, before));
            }
        }
    }

    fn forward(&self, core: &mut Core, job: u32) {
        match self.link {
            Some(link) => {
                core.jobs[job].pending_calls = 1;
                let message = core.jobs[job].message;
                core.call(Caller::Job(job), 0, link, Target::Any, message);
            }
            None => core.answer(job, Outcome::Ok),
        }
    }
}

impl Station for RateLimiterStation {
    type Parameters = RateLimiter;

    fn reconfigure(&mut self, core: &mut Core, limiter: &RateLimiter) {
        self.delays = limiter.on_limit == OnLimit::Delay;
        if (limiter.gap_ns(), limiter.burst) != (self.gap_ns, self.burst) {
            self.refill(core, limiter.gap_ns(), limiter.burst);
        }
    }

    fn start(&mut self, core: &mut Core) {
        // Its tokens are to it what workers are to others.
        core.record.nodes[self.station as usize].workers.set(0, 1);
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        if let Some(span) = core.timed_error(job) {
            return core.process(job, span);
        }
        let now = core.now();
        let full_at = self.full_at.max(now);
        let wait = (full_at - now).saturating_sub(self.slack_ns());
        if wait > 0 && !self.delays {
            return core.reject(job, Outcome::RateLimited);
        }
        self.full_at = full_at + self.gap_ns;
        core.record.nodes[self.station as usize].tokens.take(self.gap_ns, self.full_at);
        if wait == 0 {
            return self.forward(core, job);
        }
        core.record.nodes[self.station as usize].waiting.add(now, 1);
        core.hold(job, wait);
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if core.jobs[job].is_error() {
            return core.answer(job, Outcome::Error);
        }
        let now = core.now();
        core.record.nodes[self.station as usize].waiting.add(now, -1);
        self.forward(core, job);
    }

    fn answered(&mut self, core: &mut Core, owner: u32, _tag: u32, outcome: Outcome) {
        core.jobs[owner].pending_calls = 0;
        core.answer(owner, outcome);
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        // It waits for its token.
        if core.jobs[job].ends_at != NEVER && !core.jobs[job].is_error() {
            let now = core.now();
            core.record.nodes[self.station as usize].waiting.add(now, -1);
        }
        core.drop_cancelled(job);
    }

    fn crashed(&mut self, core: &mut Core, _replica: u32) {
        let now = core.now();
        let node = &mut core.record.nodes[self.station as usize];
        node.waiting.set(now, 0);
        node.tokens.stop(now);
        node.workers.set(now, 0);
    }

    fn restored(&mut self, core: &mut Core, _replica: u32) {
        self.full_at = core.now();
        core.record.nodes[self.station as usize].workers.set(self.full_at, 1);
    }
}

#[cfg(test)]
mod tests {
    use crate::kinds::testing::{constant_client, count, link, number, report};
    use crate::report::NodeReport;
    use serde_json::json;

    /// A limiter of 50 requests per second with a bucket of 20 tokens, under 100 requests per second
    /// for 10 s: the limiter and the app behind it.
    fn under_double_rate(on_limit: &str) -> (NodeReport, NodeReport) {
        let nodes = [
            constant_client(100.0),
            json!({"id": "limiter", "kind": "rate_limiter", "params": {"rate_rps": 50, "burst": 20, "on_limit": on_limit}}),
            json!({"id": "app", "kind": "app", "params": {"workers": null, "service": {"dist": "constant", "ms": 0}}}),
        ];
        let mut nodes = report(&nodes, &[link("client", "limiter"), link("limiter", "app")], 10.0).nodes;
        (nodes.remove("limiter").expect("a node"), nodes.remove("app").expect("a node"))
    }

    /// What a plain token bucket admits of the same arrivals, one every 10 ms; times in ms.
    fn admitted_by_a_plain_bucket(arrivals: u64) -> u64 {
        let (mut tokens, mut admitted) = (20.0, 0);
        for _ in 0..arrivals {
            tokens = f64::min(tokens + 0.5, 20.0);
            if tokens >= 1.0 {
                tokens -= 1.0;
                admitted += 1;
            }
        }
        admitted
    }

    #[test]
    fn rejects_exactly_what_a_plain_token_bucket_rejects() {
        let (limiter, app) = under_double_rate("reject");
        let arrivals = count(&limiter, "arrivals");
        let admitted = admitted_by_a_plain_bucket(arrivals);
        assert!(arrivals >= 999 && admitted < 530, "{arrivals} {admitted}");
        assert_eq!(count(&app, "arrivals"), admitted);
        assert_eq!(count(&limiter, "rejected"), arrivals - admitted);
    }

    #[test]
    fn delays_what_has_no_token_yet() {
        let (limiter, app) = under_double_rate("delay");
        assert_eq!(count(&limiter, "rejected"), 0);
        // The bucket at the start, and 50 tokens per second.
        let forwarded = count(&app, "arrivals");
        assert!((518..=521).contains(&forwarded), "{forwarded}");
        // From 0.39 s on, 50·t − 19.5 requests wait at the time t: the mean over 10 s is 230.9.
        let waiting = number(&limiter, "queue_mean");
        assert!((waiting / 230.9 - 1.0).abs() < 0.01, "{waiting}");
    }
}
