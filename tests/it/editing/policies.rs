//! Recommended policies, and chaos.

use super::{check, check_refused};
use crate::examples::examples;
use crate::samples::shop;
use headroom::editor::chaos::schedule;
use headroom::editor::{Command, Editor};
use headroom::model::{Document, Place, Problem};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn recommended_policies_are_a_timeout_retries_with_a_budget_and_a_breaker() {
    let all: BTreeSet<String> = shop().links.iter().map(|link| link.id.clone()).collect();
    check(Command::RecommendedPolicies(all), |after| {
        for (link, before) in after.links.iter().zip(&shop().links) {
            let is_last = after.links.iter().all(|next| next.from != link.to);
            let timeout = before.params.get("timeout_ms").cloned();
            assert!(timeout.is_none_or(|timeout| link.params["timeout_ms"] == timeout));
            assert_eq!(link.params["retries"], json!({"max": if is_last { 2 } else { 1 }, "budget_ratio": 0.2}));
            assert!(link.params["breaker"].is_object());
        }
    });
    check_refused(Command::RecommendedPolicies(["gone".to_owned()].into()), "There is no link gone any more.");
}

/// Whatever is drawn, the recommended timeouts leave the calls behind them their time. A timeout that somebody
/// has set stays, and is not for the command to answer for.
#[test]
fn recommended_timeouts_are_never_shorter_than_what_is_behind_them() {
    for example in examples() {
        let mut document = example.document();
        document.links.iter_mut().for_each(|link| drop(link.params.remove("timeout_ms")));
        let calls = |link: &&headroom::model::Link| document.node(&link.from).is_some_and(|node| node.kind != "queue");
        let links: BTreeSet<String> = document.links.iter().filter(calls).map(|link| link.id.clone()).collect();
        let mut editor = Editor::new(document);
        editor.apply(Command::RecommendedPolicies(links)).unwrap();
        let problems = headroom::scenario::compile(editor.document()).problems;
        let about_links: Vec<&Problem> =
            problems.iter().filter(|it| matches!(it.place, Place::Link(_)) && it.field == "timeout_ms").collect();
        assert!(about_links.is_empty(), "{}: {about_links:?}", example.id);
    }
}

/// In a circle every link has the same time, in whichever order they are drawn, and what leads into it has more.
#[test]
fn recommended_timeouts_in_a_circle_do_not_depend_on_the_order_of_the_links() {
    let circle = ["c-b", "b-e", "e-c"];
    for turn in 0..6 {
        let mut ids = vec!["users-x", "x-c", "x-e"];
        let mut around = circle.to_vec();
        around.rotate_left(turn % 3);
        if turn > 2 {
            around.reverse();
        }
        ids.extend(&around);
        let mut links: Vec<Value> = ids
            .iter()
            .map(|id| id.split_once('-').expect("two ends"))
            .map(|(from, to)| json!({"id": format!("{from}-{to}"), "from": from, "to": to}))
            .collect();
        links.push(json!({"id": "b-d", "from": "b", "to": "d", "params": {"timeout_ms": 5000}}));
        let app = |id: &str| json!({"id": id, "kind": "app"});
        let document = json!({
            "headroom": 1,
            "nodes": [{"id": "users", "kind": "client"}, app("x"), app("c"), app("b"), app("e"), {"id": "d", "kind": "database"}],
            "links": links,
        });
        let mut editor = Editor::new(serde_json::from_value(document).expect("a document"));
        let all = editor.document().links.iter().map(|link| link.id.clone()).collect();
        editor.apply(Command::RecommendedPolicies(all)).unwrap();
        let timeout = |id: &str| editor.document().link(id).expect("a link").params["timeout_ms"].as_f64().expect("ms");
        // Three attempts of 5 s.
        assert_eq!(circle.map(timeout), [15_000.0; 3], "{turn}");
        for id in ["x-c", "x-e"] {
            assert!(timeout(id) >= 2.0 * 15_000.0, "{turn}: {id} {}", timeout(id));
        }
        let problems = headroom::scenario::compile(editor.document()).problems;
        let outside = |it: &&Problem| it.field == "timeout_ms" && !circle.iter().any(|id| it.path().contains(id));
        assert_eq!(problems.iter().filter(outside).collect::<Vec<_>>(), [&problems[0]; 0], "{turn}");
    }
}

#[test]
fn chaos_plans_the_given_number_of_faults_and_repeats_with_its_seed() {
    for example in examples() {
        let document = example.document();
        for seed in 0..20 {
            let faults = schedule(&document, seed, 7);
            assert_eq!(faults.len(), 7);
            assert_eq!(faults, schedule(&document, seed, 7));
            assert!(faults.is_sorted_by(|a, b| a.start_s <= b.start_s));
            let last_s = faults.iter().map(|it| it.start_s + it.duration_s.unwrap_or(0.0)).fold(0.0, f64::max);
            assert!(faults[0].start_s >= document.run.warmup_s && last_s <= document.run.duration_s);
            let compiled = headroom::scenario::compile(&Document { faults, ..document.clone() });
            assert!(compiled.scenario.is_some(), "{} {seed}: {:?}", example.id, compiled.problems);
        }
        assert_ne!(schedule(&document, 1, 7), schedule(&document, 2, 7));
    }
    assert_eq!(schedule(&Document::default(), 1, 7), []);
}
