//! What goes wrong on a link, as signs beside it.

use crate::report::snapshot::LinkNow;
use crate::views::format;

/// One thing that goes wrong on a link: its icon, how much of it there is, and its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// Name of the icon.
    pub icon: &'static str,
    /// A rate such as `41 /s`, or a count; empty for a state.
    pub count: String,
    /// The name of the state or number.
    pub what: &'static str,
}

/// The most signs beside a link.
const SIGNS_MAX: usize = 3;
/// Rates below this are not shown, per second.
const RATE_MIN: f64 = 0.05;

/// What goes wrong on a link: states first, then what happens most often.
pub fn signs(now: Option<&LinkNow>, partitioned: bool) -> Vec<Sign> {
    let Some(now) = now else { return Vec::new() };
    let state = |icon, what| Sign { icon, count: String::new(), what };
    let number = |icon, count: u64, what| Sign { icon, count: format::grouped(count as i64), what };
    let mut all = Vec::new();
    if partitioned || now.cut {
        all.push(state("cut", "partitioned"));
    } else if now.partly_cut {
        all.push(state("cut", "partly partitioned"));
    }
    if now.breaker_open {
        all.push(state("breaker", "breaker open"));
    }
    if now.ejected > 0 {
        all.push(number("eject", now.ejected, "out of rotation"));
    }
    let mut rates = [
        (now.timeouts_rps, "clock", "timed out"),
        (now.rejected_rps, "refuse", "rejected"),
        (now.errors_rps, "error", "errors"),
        (now.unreachable_rps, "gone", "unreachable"),
        (now.limited_rps, "limit", "rate limited"),
        (now.refused_rps, "breaker", "stopped by the breaker"),
        (now.retries_rps, "retry", "retries"),
    ];
    rates.sort_by(|a, b| b.0.total_cmp(&a.0));
    let happens = rates.into_iter().filter(|(rate, ..)| *rate >= RATE_MIN);
    all.extend(happens.map(|(rate, icon, what)| Sign { icon, count: format::rate(rate), what }));
    if now.pooled > 0 {
        all.insert(all.len().min(SIGNS_MAX - 1), number("pool", now.pooled, "waiting for a connection"));
    }
    all.truncate(SIGNS_MAX);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_come_first_and_then_what_happens_most() {
        let icons = |now: &LinkNow, cut| signs(Some(now), cut).iter().map(|sign| sign.icon).collect::<Vec<_>>();
        let now = LinkNow { failed_rps: 50.0, timeouts_rps: 41.0, retries_rps: 60.0, ..LinkNow::default() };
        assert_eq!(icons(&now, false), ["retry", "clock"]);
        assert_eq!(icons(&now, true), ["cut", "retry", "clock"]);
        let full = LinkNow { pooled: 1200, rejected_rps: 3.0, errors_rps: 2.0, limited_rps: 1.0, ..now };
        assert_eq!(icons(&full, false), ["retry", "clock", "pool"]);
        assert_eq!(signs(Some(&full), false)[2].count, "1\u{202f}200");
        let open = LinkNow { breaker_open: true, ejected: 2, ..LinkNow::default() };
        assert_eq!(icons(&open, false), ["breaker", "eject"]);
        assert_eq!(signs(Some(&LinkNow::default()), false), []);
        assert_eq!(signs(None, true), []);
    }

    #[test]
    fn each_reason_has_an_icon_of_its_own() {
        let of = |change: fn(&mut LinkNow)| {
            let mut now = LinkNow::default();
            change(&mut now);
            signs(Some(&now), false)[0].icon
        };
        let mut icons = [
            of(|now| now.cut = true),
            of(|now| now.breaker_open = true),
            of(|now| now.ejected = 1),
            of(|now| now.timeouts_rps = 1.0),
            of(|now| now.rejected_rps = 1.0),
            of(|now| now.errors_rps = 1.0),
            of(|now| now.unreachable_rps = 1.0),
            of(|now| now.limited_rps = 1.0),
            of(|now| now.retries_rps = 1.0),
            of(|now| now.pooled = 1),
        ]
        .to_vec();
        icons.sort_unstable();
        icons.dedup();
        assert_eq!(icons.len(), 10);
    }
}
