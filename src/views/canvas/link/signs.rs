//! What goes wrong on a link, as signs beside it.

use crate::record::link_metrics::{
    EJECTED, ERRORS, LIMITED, POOL_WAITING, REFUSED, REJECTED, RETRIES, TIMEOUTS, UNREACHABLE,
};
use crate::report::snapshot::LinkSnapshot;
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
pub fn signs(now: Option<&LinkSnapshot>, partitioned: bool) -> Vec<Sign> {
    let Some(now) = now else { return Vec::new() };
    let state = |icon, what| Sign { icon, count: String::new(), what };
    let number = |icon, count: u64, what| Sign { icon, count: format::grouped(count as i64), what };
    let mut all = Vec::new();
    if partitioned || now.is_cut() {
        all.push(state("cut", "partitioned"));
    } else if now.is_partly_cut() {
        all.push(state("cut", "partly partitioned"));
    }
    if now.breaker_open {
        all.push(state("breaker", "breaker open"));
    }
    let ejected = now.value(&EJECTED) as u64;
    if ejected > 0 {
        all.push(number("eject", ejected, "out of rotation"));
    }
    let mut rates = [
        (now.value(&TIMEOUTS), "clock", "timed out"),
        (now.value(&REJECTED), "refuse", "rejected"),
        (now.value(&ERRORS), "error", "errors"),
        (now.value(&UNREACHABLE), "gone", "unreachable"),
        (now.value(&LIMITED), "limit", "rate limited"),
        (now.value(&REFUSED), "breaker", "stopped by the breaker"),
        (now.value(&RETRIES), "retry", "retries"),
    ];
    rates.sort_by(|a, b| b.0.total_cmp(&a.0));
    let happens = rates.into_iter().filter(|(rate, ..)| *rate >= RATE_MIN);
    all.extend(happens.map(|(rate, icon, what)| Sign { icon, count: format::rate(rate), what }));
    let pool_waiting = now.value(&POOL_WAITING) as u64;
    if pool_waiting > 0 {
        all.insert(all.len().min(SIGNS_MAX - 1), number("pool", pool_waiting, "waiting for a connection"));
    }
    all.truncate(SIGNS_MAX);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::network::HeldBack;
    use crate::record::link_metrics::FAILED;

    #[test]
    fn states_come_first_and_then_what_happens_most() {
        let icons = |now: &LinkSnapshot, cut| signs(Some(now), cut).iter().map(|sign| sign.icon).collect::<Vec<_>>();
        let now = LinkSnapshot::default().with(&FAILED, 50.0).with(&TIMEOUTS, 41.0).with(&RETRIES, 60.0);
        assert_eq!(icons(&now, false), ["retry", "clock"]);
        assert_eq!(icons(&now, true), ["cut", "retry", "clock"]);
        let full = now.with(&POOL_WAITING, 1200.0).with(&REJECTED, 3.0).with(&ERRORS, 2.0).with(&LIMITED, 1.0);
        assert_eq!(icons(&full, false), ["retry", "clock", "pool"]);
        assert_eq!(signs(Some(&full), false)[2].count, "1\u{202f}200");
        let open = LinkSnapshot { breaker_open: true, ..LinkSnapshot::default() }.with(&EJECTED, 2.0);
        assert_eq!(icons(&open, false), ["breaker", "eject"]);
        assert_eq!(signs(Some(&LinkSnapshot::default()), false), []);
        assert_eq!(signs(None, true), []);
    }

    #[test]
    fn each_reason_has_an_icon_of_its_own() {
        let of = |change: fn(LinkSnapshot) -> LinkSnapshot| {
            let now = change(LinkSnapshot::default());
            signs(Some(&now), false)[0].icon
        };
        let mut icons = [
            of(|now| LinkSnapshot { responses: HeldBack::All, ..now }),
            of(|now| LinkSnapshot { breaker_open: true, ..now }),
            of(|now| now.with(&EJECTED, 1.0)),
            of(|now| now.with(&TIMEOUTS, 1.0)),
            of(|now| now.with(&REJECTED, 1.0)),
            of(|now| now.with(&ERRORS, 1.0)),
            of(|now| now.with(&UNREACHABLE, 1.0)),
            of(|now| now.with(&LIMITED, 1.0)),
            of(|now| now.with(&RETRIES, 1.0)),
            of(|now| now.with(&POOL_WAITING, 1.0)),
        ]
        .to_vec();
        icons.sort_unstable();
        icons.dedup();
        assert_eq!(icons.len(), 10);
    }
}
