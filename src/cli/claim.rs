//! Claims about a report: `--assert 'p99_ms<200'`.

use super::Stop;
use super::run::NOT_REPLICATED;
use crate::engine::plan::LinkPlan;
use crate::kinds::database::metrics::SHARDS;
use crate::kinds::{self, AnyKind};
use crate::link::Link;
use crate::metrics::Aggregate;
use crate::model::{Document, Node, Place};
use crate::params::path_hint;
use crate::record::node_metrics;
use crate::report::all_numbers;
use serde_json::Value;

/// A claim about a report: `p99_ms<200`.
pub(super) struct Claim {
    text: String,
    path: String,
    comparison: &'static str,
    bound: f64,
}

/// Short names of often used numbers.
const SHORT: [(&str, &str); 9] = [
    ("mean_ms", "latency_ms.mean"),
    ("p50_ms", "latency_ms.p50"),
    ("p90_ms", "latency_ms.p90"),
    ("p95_ms", "latency_ms.p95"),
    ("p99_ms", "latency_ms.p99"),
    ("p999_ms", "latency_ms.p999"),
    ("max_ms", "latency_ms.max"),
    ("failed", "requests.failed"),
    ("completed", "requests.completed"),
];

/// Failed requests over all that ended, which is in no report but computed.
const ERROR_RATE: &str = "error_rate";

impl Claim {
    pub(super) fn parse(text: &str) -> Result<Claim, Stop> {
        let wrong = |what: &str| {
            Stop::input(format!(
                "--assert '{text}': {what}: a number of the report, <, <=, >, >= or ==, and a bound, as in 'p99_ms<200'"
            ))
        };
        let comparison = ["<=", ">=", "==", "<", ">"]
            .into_iter()
            .find(|each| text.contains(each))
            .ok_or_else(|| wrong("has no comparison"))?;
        let (left, right) = text.split_once(comparison).ok_or_else(|| wrong("has no comparison"))?;
        let bound: f64 = right.trim().parse().map_err(|_| wrong("has no number on its right"))?;
        if !bound.is_finite() {
            return Err(wrong("has a bound that is no finite number"));
        }
        let name = left.trim();
        if name.is_empty() {
            return Err(wrong("has nothing on its left"));
        }
        let path = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, path)| path);
        Ok(Claim { text: text.to_owned(), path: path.to_owned(), comparison, bound })
    }

    /// The sentence that refuses a claim about what no report of this document has; `is_replicated` says whether
    /// it is about the means of several runs.
    pub(super) fn is_about_nothing(&self, document: &Document, is_replicated: bool) -> Option<String> {
        let Known { names, absent } = Known::of(document, is_replicated, &self.path);
        if names.contains(&self.path) {
            return None;
        }
        let within: Vec<&str> =
            names.iter().map(String::as_str).filter(|name| is_within(name, &self.path)).take(3).collect();
        let is_here = |(path, _): &&(String, &str)| {
            *path == self.path || is_within(path, &self.path) || is_within(&self.path, path)
        };
        let what = if let Some(first) = within.first() {
            let is_index = first[self.path.len() + 1..].starts_with(|c: char| c.is_ascii_digit());
            let several = if is_index { "a list" } else { "an object" };
            format!("it is no number but {several}, with {} and others", within.join(", "))
        } else if let Some((_, why)) = absent.iter().find(is_here) {
            format!("no report of this document has this number, because {why}")
        } else {
            let short = SHORT.iter().map(|(short, _)| *short);
            let meant = path_hint(&self.path, short.chain(names.iter().map(String::as_str)));
            format!("the report of this document has no such number{meant}")
        };
        Some(format!("--assert '{}': {what}: see \u{201c}headroom schema --report\u{201d}", self.text))
    }

    /// What the report says; `error_rate` is computed. `Err` says why there is no number to compare, with the
    /// exit code: 2 where the report can have none of this name, 1 where this run did not measure it.
    fn value(&self, report: &Value) -> Result<f64, (String, u8)> {
        if self.path == ERROR_RATE {
            let count = |key: &str| report["requests"][key].as_f64().unwrap_or(0.0);
            let ended = count("failed") + count("completed");
            return Ok(if ended > 0.0 { count("failed") / ended } else { 0.0 });
        }
        match value_at(report, &self.path) {
            None => Err(("the report has no such number".to_owned(), 2)),
            Some(Value::Null) => Err(("this run did not measure it".to_owned(), 1)),
            Some(value) => value.as_f64().ok_or_else(|| ("it is not a number".to_owned(), 2)),
        }
    }

    /// `None` when it holds, else the sentence that says why not, and the exit code.
    pub(super) fn fails(&self, report: &Value) -> Option<(String, u8)> {
        let value = match self.value(report) {
            Ok(value) => value,
            Err((why, code)) => return Some((format!("--assert '{}': {why}", self.text), code)),
        };
        let holds = match self.comparison {
            "<=" => value <= self.bound,
            ">=" => value >= self.bound,
            "==" => value == self.bound,
            "<" => value < self.bound,
            _ => value > self.bound,
        };
        (!holds).then(|| (format!("--assert '{}': it is {value}", self.text), 1))
    }
}

/// The value at a path of a report. Keys may have dots in them, as ids do; elements of a list go by their index.
fn value_at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    if let Some(list) = value.as_array() {
        let (index, rest) = path.split_once('.').unwrap_or((path, ""));
        return value_at(list.get(index.parse::<usize>().ok()?)?, rest);
    }
    value.as_object()?.iter().find_map(|(key, inner)| match path.strip_prefix(key.as_str())? {
        "" => Some(inner),
        rest => value_at(inner, rest.strip_prefix('.')?),
    })
}

/// Whether a path leads into what is at another one.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
}

/// The numbers that reports of a document have, by their paths.
struct Known {
    names: Vec<String>,
    /// Those that they never have although other documents' reports do, with the reasons.
    absent: Vec<(String, &'static str)>,
}

/// What of a report holds no single numbers.
const TEXTS_AND_SERIES: [&str; 3] = ["digest", "series", "findings"];

impl Known {
    /// For a claim about what is at `path`: the elements of lists are those of the node that it names.
    fn of<'a>(document: &'a Document, is_replicated: bool, path: &str) -> Known {
        let mut known = Known { names: vec![ERROR_RATE.to_owned()], absent: Vec::new() };
        let read = |node: &'a Node| {
            let (kind, _) = kinds::read_node(&node.kind, &node.params, &Place::Document)?;
            Some((node.id.as_str(), kind))
        };
        let nodes: Vec<(&str, AnyKind)> = document.nodes.iter().filter_map(read).collect();
        let operations: Vec<String> =
            nodes.iter().flat_map(|(_, kind)| kind.operations().into_iter().map(|operation| operation.name)).collect();
        let links: Vec<(&str, LinkPlan)> = document
            .links
            .iter()
            .map(|link| (link.id.as_str(), Link::of(link).plan(&link.id, 0, 0, Vec::new())))
            .collect();
        for number in all_numbers() {
            let (first, rest) = number.path.split_once('.').unwrap_or((&number.path, ""));
            if TEXTS_AND_SERIES.contains(&first) || (is_replicated && NOT_REPLICATED.contains(&first)) {
                continue;
            }
            match (first, rest.strip_prefix("*.")) {
                ("nodes", Some(key)) => {
                    nodes.iter().for_each(|(id, kind)| known.add_of_node(&format!("nodes.{id}"), kind, key, path));
                }
                ("links", Some(key)) => {
                    links.iter().for_each(|(id, plan)| known.add(format!("links.{id}.{key}"), not_on_link(plan, key)));
                }
                ("operations", Some(key)) => {
                    operations.iter().for_each(|name| known.add(format!("operations.{name}.{key}"), None));
                }
                _ => known.add(number.path.clone(), None),
            }
        }
        known
    }

    /// A number that reports have, or do not have for a reason.
    fn add(&mut self, path: String, absent_because: Option<&'static str>) {
        match absent_because {
            None => self.names.push(path),
            Some(why) => self.absent.push((path, why)),
        }
    }

    /// The number of a node with this key, or one of which it is a part, if nodes of the kind measure it.
    fn add_of_node(&mut self, node: &str, kind: &AnyKind, key: &str, claim: &str) {
        let all = kinds::NODE_METRICS[0].iter().chain(kinds::metrics(kind.info().id));
        let mut found = all.filter(|info| info.reported && (info.key == key || is_within(key, info.key)));
        let Some(info) = found.next() else { return };
        let (path, why) = (format!("{node}.{key}"), kind.unmeasured(info));
        let replicas = kind.capacity().replicas;
        let elements = if key == node_metrics::REPLICAS.info.key {
            replicas
        } else if key == SHARDS.info.key {
            replicas / kind.replica_group()
        } else {
            return self.add(path, why);
        };
        if why.is_some() {
            return self.add(path, why);
        }
        if !is_within(claim, node) {
            return;
        }
        for index in 0..elements {
            if info.aggregate == Aggregate::Parts {
                let of_process = node_metrics::OF_A_PROCESS.map(|part| (part.key, kind.unmeasured(part)));
                of_process.into_iter().for_each(|(part, why)| self.add(format!("{path}.{index}.{part}"), why));
            } else {
                self.add(format!("{path}.{index}"), None);
            }
        }
    }
}

/// Why reports never have a number of a link; `None` where they have it.
fn not_on_link(plan: &LinkPlan, key: &str) -> Option<&'static str> {
    let is_part_of = |group: &str| is_within(key, group);
    if is_part_of("pool") && plan.max_in_flight.is_none() && plan.max_per_replica.is_none() {
        return Some("the link has no pool");
    }
    (is_part_of("bandwidth") && plan.ns_per_byte == 0.0).then_some("the bandwidth of the link is unlimited")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims() {
        let report = json!({"latency_ms": {"p99": 150.0}, "requests": {"failed": 1, "completed": 9}, "digest": "00ff",
            "nodes": {"db": {"utilization": 0.5, "hit_ratio": null}}});
        for (text, holds) in [
            ("p99_ms<200", true),
            ("p99_ms <= 150", true),
            ("latency_ms.p99>150", false),
            ("error_rate==0.1", true),
            ("nodes.db.utilization>=0.6", false),
            ("nodes.none.utilization<1", false),
        ] {
            let Ok(claim) = Claim::parse(text) else { panic!("{text}") };
            assert_eq!(claim.fails(&report).is_none(), holds, "{text}");
        }
        for (text, code) in [
            ("p99ms<200", 2),
            ("nodes.nobody.arrivals>0", 2),
            ("latency_ms<200", 2),
            ("digest==1", 2),
            ("nodes.db.nothing>0", 2),
            ("nodes.db.hit_ratio>0", 1),
            ("p99_ms<0", 1),
        ] {
            let Ok(claim) = Claim::parse(text) else { panic!("{text}") };
            assert_eq!(claim.fails(&report).map(|(_, code)| code), Some(code), "{text}");
        }
        for text in ["p99_ms", "p99_ms<fast", "p99<", "<3", "", "<", "p99_ms<NaN", "p99_ms<inf", "p99_ms<-inf", "==1"] {
            let Err(stop) = Claim::parse(text) else { panic!("{text}") };
            assert_eq!((stop.code, stop.lines.len()), (2, 1), "{text}");
        }
    }

    fn report_of(document: &Document) -> Value {
        let mut engine = crate::scenario::build(document).expect("it is sound").engine();
        while engine.advance(u64::MAX, u64::MAX) != crate::engine::Progress::Finished {}
        serde_json::to_value(crate::report::build(&engine, document)).expect("plain data")
    }

    fn shop() -> Document {
        let document = json!({
            "headroom": 1,
            "nodes": [{"id": "users", "kind": "client"}, {"id": "app.v2", "kind": "app"}, {"id": "db", "kind": "database"}],
            "links": [{"id": "in", "from": "users", "to": "app.v2"}, {"id": "out", "from": "app.v2", "to": "db"}],
            "run": {"duration_s": 5, "warmup_s": 1}
        });
        serde_json::from_value(document).expect("a document")
    }

    #[test]
    fn a_claim_about_nothing_is_refused_before_the_run_and_says_what_was_meant() {
        let shop = shop();
        let refusal = |text: &str, is_replicated: bool| {
            let Ok(claim) = Claim::parse(text) else { panic!("{text}") };
            claim.is_about_nothing(&shop, is_replicated)
        };
        for text in ["p99_ms<2", "error_rate<1", "nodes.app.v2.utilization<1", "links.in.calls>0", "requests.offered>1"]
        {
            assert_eq!((refusal(text, false), refusal(text, true)), (None, None), "{text}");
        }
        assert_eq!(refusal("seed==1", false), None);
        for (text, words) in [
            ("p99ms<200", "(did you mean \"p99_ms\"?)"),
            ("nodes.nope.utilization<1", "no such number"),
            ("nodes.dbb.utilization<1", "(did you mean \"nodes.db.utilization\"?)"),
            ("nodes.db.utilisation<1", "(did you mean \"nodes.db.utilization\"?)"),
            ("nodes.app.v2.hit_ratio>0", "no such number"),
            ("latency_ms<200", "an object, with latency_ms.mean, latency_ms.p50, latency_ms.p90 and others"),
            ("nodes.db<1", "an object"),
            ("nodes<1", "an object"),
            ("digest==1", "no such number"),
            ("series.bin_s==1", "no such number"),
        ] {
            let refused = refusal(text, false).unwrap_or_else(|| panic!("{text} is let through"));
            assert!(refused.contains(words) && refused.starts_with(&format!("--assert '{text}': ")), "{refused}");
        }
        assert!(refusal("seed==1", true).is_some(), "replications have no single seed");
    }

    #[test]
    fn every_single_number_of_a_report_is_known_by_name() {
        fn walk(path: &str, value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(map) => map.iter().for_each(|(key, inner)| {
                    walk(&if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, inner, found);
                }),
                Value::Array(list) => list.iter().enumerate().for_each(|(index, inner)| {
                    walk(&format!("{path}.{index}"), inner, found);
                }),
                Value::Number(_) => found.push(path.to_owned()),
                _ => {}
            }
        }
        for (document, least) in [(shop(), 60), (sets(), 200)] {
            let (mut found, report) = (Vec::new(), report_of(&document));
            walk("", &report, &mut found);
            found.retain(|path| !is_within(path, "series") && !is_within(path, "findings"));
            assert!(found.len() > least, "{found:?}");
            for path in found {
                let value = value_at(&report, &path).and_then(Value::as_f64).expect("a number");
                let Ok(claim) = Claim::parse(&format!("{path}=={value}")) else { panic!("{path}") };
                assert_eq!((claim.is_about_nothing(&document, false), claim.fails(&report)), (None, None), "{path}");
            }
            // What is never measured is in no report.
            for (path, why) in Known::of(&document, false, "nodes").absent {
                assert!(value_at(&report, &path).is_none_or(Value::is_null), "{path}, although {why}");
            }
        }
    }

    /// Nodes of several processes, shards and links with pools.
    fn sets() -> Document {
        let document = json!({
            "headroom": 1,
            "nodes": [
                {"id": "users", "kind": "client"},
                {"id": "limit", "kind": "rate_limiter"},
                {"id": "lb", "kind": "load_balancer"},
                {"id": "app", "kind": "app", "params": {"replicas": 2}},
                {"id": "idle", "kind": "app", "params": {"replicas": 3, "workers": null}},
                {"id": "cache", "kind": "cache"},
                {"id": "jobs", "kind": "queue"},
                {"id": "db", "kind": "database", "params": {"replication": {"replicas": 2}, "shards": 2}}
            ],
            "links": [
                {"id": "in", "from": "users", "to": "limit"},
                {"id": "on", "from": "limit", "to": "lb", "params": {"bandwidth_mbps": 100}},
                {"id": "to-app", "from": "lb", "to": "app", "params": {"max_in_flight_per_replica": 4}},
                {"id": "to-cache", "from": "app", "to": "cache"},
                {"id": "to-db", "from": "app", "to": "db", "params": {"max_in_flight": 4}},
                {"id": "to-jobs", "from": "app", "to": "jobs"},
                {"id": "out", "from": "jobs", "to": "idle"}
            ],
            "run": {"duration_s": 5, "warmup_s": 1}
        });
        serde_json::from_value(document).expect("a document")
    }

    #[test]
    fn a_claim_about_what_a_document_never_measures_is_refused_before_the_run() {
        let refusal = |document: &Document, text: &str| {
            let Ok(claim) = Claim::parse(text) else { panic!("{text}") };
            claim.is_about_nothing(document, false)
        };
        let list = "it is no number but a list, with nodes.app.replicas.0.arrivals, nodes.app.replicas.0.completed,";
        for (text, words) in [
            ("nodes.app.replicas<1", list),
            ("nodes.app.replicas.0<1", "it is no number but an object, with nodes.app.replicas.0.arrivals,"),
            ("nodes.app.replicas.2.utilization<1", "(did you mean \"nodes.app.replicas.0.utilization\"?)"),
            ("nodes.app.replicas.0.utilisation<1", "(did you mean \"nodes.app.replicas.0.utilization\"?)"),
            ("nodes.idle.replicas.0.utilization<1", "because the number of its workers is not limited"),
            ("nodes.idle.utilization<1", "because the number of its workers is not limited"),
            ("nodes.jobs.replicas<1", "because it has one replica"),
            ("nodes.jobs.replicas.0.arrivals<1", "because it has one replica"),
            ("nodes.db.shards<1", "it is no number but a list, with nodes.db.shards.0, nodes.db.shards.1 and"),
            ("links.in.pool.size>1", "because the link has no pool"),
            ("links.in.pool>1", "because the link has no pool"),
            ("links.in.bandwidth.forward>1", "because the bandwidth of the link is unlimited"),
            ("nodes.app.hit_ratio>1", "has no such number: see"),
        ] {
            let refused = refusal(&sets(), text).unwrap_or_else(|| panic!("{text} is let through"));
            assert!(refused.contains(words), "{refused}");
        }
        for text in [
            "nodes.app.replicas.1.utilization<1",
            "nodes.db.replicas.3.arrivals>0",
            "nodes.db.shards.1<1",
            "nodes.db.lost_writes<1",
            "nodes.cache.lost_writes<1",
            "nodes.limit.utilization<1",
            "links.to-app.pool.size>1",
            "links.to-db.pool.wait_ms.p99<1",
            "links.on.bandwidth.forward<1",
        ] {
            assert_eq!(refusal(&sets(), text), None, "{text}");
        }
        for text in ["nodes.db.lost_writes<1", "nodes.db.recovery_s<1", "nodes.db.stale_reads<1"] {
            let refused = refusal(&shop(), text).unwrap_or_else(|| panic!("{text} is let through"));
            assert!(refused.contains("because its data are not replicated"), "{refused}");
        }
        assert!(refusal(&shop(), "nodes.db.shards.0<1").is_some_and(|it| it.contains("because it is not sharded")));
    }

    #[test]
    fn every_number_of_a_report_can_be_asserted_on() {
        let document = json!({
            "headroom": 1,
            "nodes": [{"id": "u", "kind": "client"}, {"id": "db", "kind": "database", "params": {"replication": {}}}],
            "links": [{"id": "l", "from": "u", "to": "db"}], "run": {"duration_s": 5, "warmup_s": 1}
        });
        let document: Document = serde_json::from_value(document).expect("a document");
        let report = report_of(&document);
        let mut asserted = 0;
        for number in crate::report::all_numbers() {
            let name = number.path.replace("nodes.*", "nodes.db").replace("links.*", "links.l");
            let found = name.split('.').try_fold(&report, |value, key| value.get(key));
            let Some(value) = found.and_then(Value::as_f64) else { continue };
            let Ok(claim) = Claim::parse(&format!("{name}=={value}")) else { panic!("{name}") };
            assert_eq!(claim.fails(&report), None, "{name}");
            asserted += 1;
        }
        assert!(asserted > 60, "{asserted}");
    }
}
