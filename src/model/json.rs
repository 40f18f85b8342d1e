//! Documents as JSON and back: how values are written, quoted in sentences, and refused.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// Writes JSON on one line, without a space.
pub fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("plain data can be written as JSON"))
}

/// A value as it is quoted in a sentence, cut to a readable length.
pub fn quote(value: &Value) -> String {
    let text = write(value);
    let mut start: String = text.chars().take(40).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

/// The whole number that a float is, where a text without a fraction means the same number:
/// below 10¹⁵, so that every digit is one that an `f64` holds.
pub fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < 1e15).then_some(value as i64)
}

/// Reads a value as a `T`. `Err` is `PATH: what is wrong: what would be right`.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| refusal(value, error.path(), &error.inner().to_string()))
}

/// The sentence that refuses the value at a path because of its type or range.
pub fn does_not_fit(path: &str, value: &Value, right: &str) -> String {
    format!("{path}: {} does not fit: {right}", quote(value))
}

/// The list of texts that a value is, if it is one.
pub fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|each| each.as_str().map(str::to_owned)).collect()
}

/// Puts serde's message about the value at `path` into a sentence. serde has two messages here:
/// ``missing field `id` `` and `invalid type: …, expected …`; others are passed on as they are.
fn refusal(document: &Value, path: &Path, message: &str) -> String {
    let place = match path.iter().next() {
        Some(_) => path.to_string(),
        None => "document".to_owned(),
    };
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    if let Some((key, _)) = missing {
        let place = if place == "document" { key.to_owned() } else { format!("{place}.{key}") };
        return format!("{place}: it is missing: see \u{201c}headroom schema\u{201d}");
    }
    match (value_at(document, path), message.rsplit_once(", expected ")) {
        (Some(value), Some((_, expected))) => does_not_fit(&place, value, in_words(expected)),
        _ => format!("{place}: {message}: see \u{201c}headroom schema\u{201d}"),
    }
}

fn value_at<'a>(document: &'a Value, path: &Path) -> Option<&'a Value> {
    path.iter().try_fold(document, |value, segment| match segment {
        Segment::Seq { index } => value.get(index),
        Segment::Map { key } => value.get(key),
        Segment::Enum { .. } | Segment::Unknown => None,
    })
}

/// What serde expected, for people who write JSON and not Rust.
fn in_words(expected: &str) -> &str {
    match expected {
        "a string" => "a text",
        "f64" => "a number",
        "u32" | "u64" => "a whole number from 0",
        "a sequence" => "a list, […]",
        "a map" => "an object, {…}",
        other if other.starts_with("struct ") => "an object, {…}",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Document;
    use serde_json::json;

    /// Expects a document to be refused in these words.
    #[track_caller]
    fn check(value: Value, expected: &str) {
        assert_eq!(read::<Document>(&value).map(|_| "read"), Err(expected.to_owned()));
    }

    #[test]
    fn a_refusal_names_the_place_and_says_what_would_be_right() {
        let with = |key: &str, value: Value| {
            let mut document = json!({"headroom": 1, "nodes": [], "links": []});
            document[key] = value;
            document
        };
        check(json!(null), "document: null does not fit: an object, {…}");
        check(json!({}), "headroom: it is missing: see \u{201c}headroom schema\u{201d}");
        check(with("headroom", json!(-1)), "headroom: -1 does not fit: a whole number from 0");
        check(with("title", json!(null)), "title: null does not fit: a text");
        check(with("nodes", json!({})), "nodes: {} does not fit: a list, […]");
        check(with("nodes", json!([{"id": "a", "kind": 5}])), "nodes[0].kind: 5 does not fit: a text");
        check(
            with("nodes", json!([{"id": "a", "kind": "app"}, {"id": "b"}])),
            "nodes[1].kind: it is missing: see \u{201c}headroom schema\u{201d}",
        );
        check(
            with("nodes", json!([{"id": "a", "kind": "app", "params": 5}])),
            "nodes[0].params: 5 does not fit: an object, {…}",
        );
        check(with("nodes", json!([5])), "nodes[0]: 5 does not fit: an object, {…}");
        check(
            with("links", json!([{"id": "l", "from": "a"}])),
            "links[0].to: it is missing: see \u{201c}headroom schema\u{201d}",
        );
        check(with("zones", json!([{"id": "z", "nodes": ["a", 5]}])), "zones[0].nodes[1]: 5 does not fit: a text");
        check(with("zones", json!([{"nodes": []}])), "zones[0].id: it is missing: see \u{201c}headroom schema\u{201d}");
        check(
            with("faults", json!([{"fault": "crash"}])),
            "faults[0].start_s: it is missing: see \u{201c}headroom schema\u{201d}",
        );
        check(
            with("faults", json!([{"fault": "crash", "start_s": "soon, expected a fault"}])),
            "faults[0].start_s: \"soon, expected a fault\" does not fit: a number",
        );
        check(
            with("faults", json!([{"fault": "crash", "start_s": 1, "duration_s": []}])),
            "faults[0].duration_s: [] does not fit: a number",
        );
        check(with("run", json!({"seed": 1.5})), "run.seed: 1.5 does not fit: a whole number from 0");
        check(with("run", json!({"duration_s": null})), "run.duration_s: null does not fit: a number");
    }

    #[test]
    fn keys_that_are_left_out_have_their_defaults() {
        let read = read::<Document>(&json!({
            "headroom": 1,
            "nodes": [{"id": "a", "kind": "app"}],
            "faults": [{"fault": "crash", "start_s": 3, "duration_s": null, "target": "a"}],
            "run": {"seed": 7}
        }));
        let read = read.expect("a document");
        assert_eq!((read.nodes[0].at, read.nodes[0].name.as_str()), ([0.0, 0.0], ""));
        assert_eq!((read.faults[0].start_s, read.faults[0].duration_s), (3.0, None));
        assert_eq!(Value::Object(read.faults[0].params.clone()), json!({"target": "a"}));
        assert_eq!((read.run.seed, read.run.duration_s), (7, 120.0));
    }

    #[test]
    fn a_long_value_is_cut_when_quoted() {
        assert_eq!(quote(&json!({"a": 1})), "{\"a\":1}");
        assert_eq!(quote(&json!("☃".repeat(100))).chars().count(), 41);
    }

    #[test]
    fn a_float_below_ten_to_the_15th_may_be_whole() {
        let found = [20.0, -0.0, 0.5, 999_999_999_999_999.0, 1e15, f64::NAN, f64::INFINITY].map(whole);
        assert_eq!(found, [Some(20), Some(0), None, Some(999_999_999_999_999), None, None, None]);
    }
}
