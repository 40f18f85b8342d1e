//! What the caller of a link does when an answer is late or bad: each policy that is on, drawn and
//! told with the numbers that are set.
//!
//! The drawings and the words stand in the page's HTML, under the id `policies`. What has a
//! `data-when` is shown when that holds of the link, and what has a `data-fill` holds a number.

use crate::model::Params;
use crate::params::Field;
use crate::params::values;
use crate::report::snapshot::LinkNow;
use crate::views::erase::{effect, memo};
use crate::views::format;
use crate::views::state::Ui;
use leptos::html;
use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsCast;

/// What holds of a link, and the numbers that are set on it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    holds: Vec<&'static str>,
    numbers: Vec<(&'static str, String)>,
}

impl Told {
    fn holds(&mut self, when: bool, key: &'static str) {
        if when {
            self.holds.push(key);
        }
    }

    fn number(&mut self, key: &'static str, text: String) {
        self.numbers.push((key, text));
    }

    fn span(&mut self, key: &'static str, ms: f64) {
        self.number(key, format::ms(Some(ms)));
    }
}

/// What is told of a link with these parameters, and of what goes on there now.
fn told(params: &Params, fields: &[Field], now: Option<&LinkNow>) -> Told {
    let value = |path: &str| values::value_at(params, fields, path).unwrap_or_default();
    let number = |path: &str| value(path).as_f64();
    let set = |path: &str| number(path).unwrap_or(0.0);
    let mut it = Told::default();

    let timeout_ms = number("timeout_ms");
    let cancels = value("cancel_on_timeout") == Value::Bool(true);
    it.holds(timeout_ms.is_none(), "no-deadline");
    it.holds(timeout_ms.is_some(), "deadline");
    it.holds(timeout_ms.is_some() && !cancels, "works-on");
    it.holds(timeout_ms.is_some() && cancels, "cancels");
    it.span("timeout", timeout_ms.unwrap_or(0.0));

    let retries = set("retries.max").clamp(0.0, 100.0) as usize;
    if retries > 0 {
        it.holds(true, "retries");
        let jitter = value("retries.backoff.jitter");
        let least = match jitter.as_str() {
            Some("full") => 0.0,
            Some("equal") => 0.5,
            _ => 1.0,
        };
        let (factor, cap_ms) = (set("retries.backoff.factor"), set("retries.backoff.cap_ms"));
        let (mut next_ms, mut sum_ms, mut pauses) = (set("retries.backoff.base_ms"), 0.0, String::new());
        for number in 0..retries {
            let pause_ms = f64::min(next_ms, cap_ms);
            if number < 3 {
                let comma = if number > 0 { ", " } else { "" };
                let from = if least < 1.0 { format::number(least * pause_ms) + " to " } else { String::new() };
                pauses = pauses + comma + &from + &format::ms(Some(pause_ms));
            } else if number == 3 {
                pauses += ", …";
            }
            sum_ms += pause_ms;
            next_ms *= factor;
        }
        it.number("pauses", pauses);
        it.number("attempts", format::number(retries as f64 + 1.0));
        it.span("worst", timeout_ms.unwrap_or(0.0) * (retries as f64 + 1.0) + sum_ms);
        let budget = number("retries.budget_ratio");
        it.holds(budget.is_some(), "budget");
        it.holds(budget.is_none(), "no-budget");
        it.number("budget", format::number(budget.unwrap_or(0.0)));
    }
    if let Some(after_ms) = number("hedge.after_ms") {
        it.holds(true, "hedge");
        it.span("hedge", after_ms);
    }
    if let Some(failures) = number("breaker.consecutive_failures") {
        it.holds(true, "breaker");
        let open = now.is_some_and(|now| now.breaker_open);
        let half_open = now.is_some_and(|now| now.breaker_half_open);
        it.holds(
            true,
            if open {
                "open"
            } else if half_open {
                "half-open"
            } else {
                "closed"
            },
        );
        it.number("failures", format::number(failures));
        it.span("open-for", 1000.0 * set("breaker.open_s"));
        it.number("probes", format::counted(set("breaker.half_open_probes") as usize, "call"));
    }
    if let Some(places) = number("max_in_flight") {
        it.holds(true, "pool");
        it.number("places", format::number(places));
        let queue = number("queue_limit");
        it.holds(
            true,
            match queue {
                None => "queue",
                Some(0.0) => "no-queue",
                Some(_) => "short-queue",
            },
        );
        it.number("queue", format::number(queue.unwrap_or(0.0)));
        let (in_use, waiting) = now.map_or((0.0, 0), |now| (places.min(now.in_flight as f64), now.pooled));
        it.number("in-use", format::number(in_use));
        it.number("waiting", format::grouped(waiting as i64));
    }
    it
}

fn show(root: &web_sys::Element, told: &Told) -> Option<()> {
    if root.child_element_count() == 0 {
        let drawn = document().get_element_by_id("policies")?.clone_node_with_deep(true).ok()?;
        let drawn: web_sys::Element = drawn.unchecked_into();
        let _ = drawn.remove_attribute("id");
        let _ = drawn.remove_attribute("hidden");
        root.append_child(&drawn).ok()?;
    }
    let each = |key: &str, act: &dyn Fn(web_sys::Element, String)| {
        let found = root.query_selector_all(&format!("[{key}]")).ok()?;
        for index in 0..found.length() {
            let element: web_sys::Element = found.get(index)?.unchecked_into();
            let value = element.get_attribute(key)?;
            act(element, value);
        }
        Some(())
    };
    each("data-when", &|element, key| {
        let _ = element.toggle_attribute_with_force("hidden", !told.holds.contains(&key.as_str()));
    })?;
    each("data-fill", &|element, key| {
        let text = told.numbers.iter().find(|(name, _)| *name == key);
        element.set_text_content(text.map(|(_, text)| text.as_str()));
    })
}

/// The policies of a link, drawn and told.
pub fn policies(ui: Ui, id: String, fields: Vec<Field>) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    let now = ui.run.link(&id);
    let all = memo(move || {
        ui.editing.document.with(|document| {
            let link = document.link(&id);
            now.with(|now| link.map(|link| told(&link.params, &fields, now.as_ref())).unwrap_or_default())
        })
    });
    effect(move || {
        if let Some(root) = root.get() {
            all.with(|told| show(&root, told));
        }
    });
    view! {
        <h2 class="section">"What the caller does"</h2>
        <div node_ref=root data-testid="policies"></div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::link_fields;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn read(params: Value, now: Option<&LinkNow>) -> Told {
        told(params.as_object().expect("an object"), &link_fields(), now)
    }

    fn number(told: &Told, key: &str) -> String {
        told.numbers.iter().find(|(name, _)| *name == key).map(|(_, text)| text.clone()).unwrap_or_default()
    }

    #[test]
    fn retries_are_told_with_their_pauses_and_the_worst_case() {
        let good = json!({"timeout_ms": 1000, "retries": {"max": 2, "budget_ratio": 0.2}, "cancel_on_timeout": true});
        let it = read(good, None);
        assert_eq!(it.holds, ["deadline", "cancels", "retries", "budget"]);
        assert_eq!(number(&it, "attempts"), "3");
        assert_eq!(number(&it, "pauses"), "0 to 50 ms, 0 to 100 ms");
        assert_eq!(number(&it, "worst"), "3.1 s", "three deadlines and both pauses");
        assert_eq!(number(&it, "budget"), "0.2");

        let fixed = json!({"retries": {"max": 5, "backoff": {"jitter": "none", "cap_ms": 80}}});
        assert_eq!(number(&read(fixed, None), "pauses"), "50 ms, 80 ms, 80 ms, …");
        let equal = json!({"retries": {"max": 1, "backoff": {"jitter": "equal"}}});
        assert_eq!(number(&read(equal, None), "pauses"), "25 to 50 ms");
    }

    #[test]
    fn what_goes_on_is_told() {
        let params = json!({"breaker": {}, "max_in_flight": 4, "queue_limit": 0, "hedge": {"after_ms": 30}});
        let now = LinkNow { breaker_open: true, in_flight: 7, pooled: 1200, ..LinkNow::default() };
        let it = read(params.clone(), Some(&now));
        assert_eq!(it.holds, ["no-deadline", "hedge", "breaker", "open", "pool", "no-queue"]);
        assert_eq!([number(&it, "in-use"), number(&it, "waiting")], ["4", "1\u{202f}200"]);
        assert!(read(params, None).holds.contains(&"closed"));
    }

    /// The words and drawings are not in the program: nothing may be asked of them that is not
    /// there, and nothing may stand there that is never asked.
    #[test]
    fn the_page_has_words_for_all_of_it() {
        let all = [
            json!({}),
            json!({"timeout_ms": 1, "retries": {"max": 1}, "max_in_flight": 1}),
            json!({"timeout_ms": 1, "cancel_on_timeout": true, "retries": {"max": 1, "budget_ratio": 1}}),
            json!({"breaker": {}, "hedge": {}, "max_in_flight": 1, "queue_limit": 0}),
            json!({"max_in_flight": 1, "queue_limit": 9}),
        ];
        let open = LinkNow { breaker_open: true, ..LinkNow::default() };
        let half_open = LinkNow { breaker_half_open: true, ..LinkNow::default() };
        let (mut holds, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for params in all {
            for now in [None, Some(&open), Some(&half_open)] {
                let told = read(params.clone(), now);
                holds.extend(told.holds);
                numbers.extend(told.numbers.into_iter().map(|(key, _)| key));
            }
        }
        let page = include_str!("../../../index.html");
        let named = |key: &str| -> BTreeSet<&str> {
            page.split(&format!("{key}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
        };
        assert_eq!(named("data-when"), holds);
        assert_eq!(named("data-fill"), numbers);
    }
}
