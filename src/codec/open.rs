//! Text to documents: parse, migrate, deserialize, repair.

use crate::model::{Document, Fault, ParameterChange, Place, Problem, RunPlan, Severity, VERSION, json, limits};
use crate::params::values::whole_numbers;
use crate::params::{closest, hint};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most bytes of a document's text.
pub const FILE_BYTES_MAX: usize = 4_000_000;

/// Most characters of `watch` and `cure`, the two texts that may be long.
const SENTENCE_CHARS_MAX: usize = 1000;

/// Each turns a document of version `n` into one of version `n + 1`; the first is for `n` = 1.
const MIGRATIONS: &[fn(&mut Value)] = &[];

/// Reads a document: parse, migrate, deserialize, repair. The notes say what was repaired. `Err`
/// is one sentence that names the place: `nodes[3].at: what is wrong: what would be right`.
pub fn open(text: &str) -> Result<(Document, Vec<Problem>), String> {
    if text.len() > FILE_BYTES_MAX {
        let (found, most) = (text.len().div_ceil(1000), FILE_BYTES_MAX / 1000);
        return Err(format!("document: {found} kB are too much: at most {most} kB"));
    }
    let mut value: Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| not_json(&error))?;
    check_limits(&value)?;
    migrate(&mut value)?;
    let mut notes = Notes(Vec::new());
    normalize(&mut value, &mut notes)?;
    let mut document: Document = json::read(&value)?;
    repair(&mut document, &mut notes);
    Ok((document, notes.0))
}

fn not_json(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_eof() {
        return format!("{place}: the text ends in the middle of the document: the whole file");
    }
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    format!(
        "{place}: this is not a Headroom document ({what}): a JSON object that starts with {{\"headroom\": {VERSION}"
    )
}

/// Refuses a value that exceeds the limits of a document, before it is read any further.
fn check_limits(value: &Value) -> Result<(), String> {
    let lists = [
        ("nodes", limits::NODES),
        ("links", limits::LINKS),
        ("zones", limits::ZONES),
        ("faults", limits::FAULTS),
        ("changes", limits::CHANGES),
    ];
    for (key, most) in lists {
        match value.get(key).and_then(Value::as_array).map_or(0, Vec::len) {
            count if count > most => return Err(format!("{key}: {count} are too many: at most {most}")),
            _ => {}
        }
    }
    check_texts_and_nesting(value, &mut Vec::new())
}

/// Refuses texts that are too long and values that are nested too deeply, at any depth.
fn check_texts_and_nesting(value: &Value, path: &mut Vec<String>) -> Result<(), String> {
    let long = |text: &str, path: &[String]| {
        let sentence = path == ["watch"] || path == ["cure"];
        let most = if sentence { SENTENCE_CHARS_MAX } else { limits::TEXT_CHARS };
        // Bytes first: characters are counted only where there may be too many.
        if text.len() > most && text.chars().count() > most {
            return Err(format!("{}: {} characters are too many: at most {most}", join(path), text.chars().count()));
        }
        Ok(())
    };
    if path.len() >= limits::DEPTH {
        return Err(format!("{}: the nesting is too deep: at most {} levels", join(&path[..4]), limits::DEPTH));
    }
    match value {
        Value::String(text) => long(text, path),
        Value::Array(list) => list.iter().enumerate().try_for_each(|(index, each)| {
            path.push(format!("[{index}]"));
            check_texts_and_nesting(each, path)?;
            path.pop();
            Ok(())
        }),
        Value::Object(map) => map.iter().try_for_each(|(key, each)| {
            long(key, path)?;
            path.push(key.clone());
            check_texts_and_nesting(each, path)?;
            path.pop();
            Ok(())
        }),
        _ => Ok(()),
    }
}

/// `nodes`, `[3]`, `at` is written `nodes[3].at`.
fn join(path: &[String]) -> String {
    let joined = path.join(".").replace(".[", "[");
    if joined.is_empty() { "document".to_owned() } else { joined }
}

fn migrate(value: &mut Value) -> Result<(), String> {
    let Some(map) = value.as_object() else {
        return Err(format!("document: this is not a Headroom document: a JSON object with \"headroom\": {VERSION}"));
    };
    let Some(version) = map.get("headroom") else {
        return Err(format!("headroom: the version is missing: {VERSION}"));
    };
    let version = match version.as_u64() {
        Some(version) if version > u64::from(VERSION) => {
            return Err(format!(
                "headroom: the document was made by a newer Headroom (version {version}): a version up to {VERSION}, or a newer Headroom to open it"
            ));
        }
        Some(version) if version > 0 => version as usize,
        _ => return Err(format!("headroom: {} is not a version: {VERSION}", json::quote(version))),
    };
    for step in &MIGRATIONS[(version - 1).min(MIGRATIONS.len())..] {
        step(value);
    }
    value["headroom"] = VERSION.into();
    Ok(())
}

/// Notes on repairs, as warnings for the list of problems.
struct Notes(Vec<Problem>);

impl Notes {
    fn add(&mut self, field: String, what: String, right: &str) {
        let right = right.to_owned();
        self.0.push(Problem { severity: Severity::Warning, place: Place::Document, field, what, right });
    }
}

/// Repairs values that cannot be deserialized, and notes keys that deserializing would drop.
fn normalize(value: &mut Value, notes: &mut Notes) -> Result<(), String> {
    const DOCUMENT: &[&str] =
        &["headroom", "title", "watch", "cure", "nodes", "links", "zones", "faults", "changes", "run"];
    keep_known(value, "", DOCUMENT, notes)?;
    if value["run"].is_null() {
        // Indexing made it, or someone wrote `null` for the default.
        value.as_object_mut().map(|map| map.remove("run"));
    } else {
        let settings: Vec<&str> = RunPlan::described().iter().map(|field| field.key).collect();
        keep_known(&mut value["run"], "run", &settings, notes)?;
    }
    // The keys of each, and those that each must have.
    let lists: [(&str, &[&str], &[&str]); 4] = [
        ("nodes", &["id", "kind", "name", "at", "params"], &["id", "kind"]),
        ("links", &["id", "from", "to", "params"], &["from", "to"]),
        ("zones", &["id", "name", "nodes"], &["id"]),
        ("changes", &ParameterChange::KEYS, &ParameterChange::KEYS),
    ];
    for (key, keys, required) in lists {
        for (index, each) in value.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
            check_required(each, &format!("{key}[{index}]"), keys, required)?;
            keep_known(each, &format!("{key}[{index}]"), keys, notes)?;
            if key == "nodes" {
                repair_position(each, index, notes);
            }
            if let Some(params) = each.get_mut("params") {
                whole_numbers(params);
            }
        }
    }
    for (index, fault) in value.get("faults").and_then(Value::as_array).into_iter().flatten().enumerate() {
        check_required(fault, &format!("faults[{index}]"), &Fault::KEYS, &["fault", "start_s"])?;
    }
    for key in ["faults", "changes"] {
        if let Some(list) = value.get_mut(key) {
            whole_numbers(list);
        }
    }
    Ok(())
}

/// Refuses an object without a required key, where it has a key in its place that is nearly that one. Where it
/// has none, reading the document refuses it.
fn check_required(value: &Value, path: &str, keys: &[&str], required: &[&str]) -> Result<(), String> {
    let Some(map) = value.as_object() else { return Ok(()) };
    for missing in required.iter().filter(|key| !map.contains_key(**key)) {
        let unknown = map.keys().filter(|key| !keys.contains(&key.as_str()));
        for written in unknown {
            if closest(written, keys.iter().copied()) == Some(missing) {
                let meant = hint(written, [*missing]);
                return Err(format!(
                    "{path}.{missing}: it is missing, and \"{written}\" is not known{meant}: see \u{201c}headroom schema\u{201d}"
                ));
            }
        }
    }
    Ok(())
}

/// Removes the keys that a document does not have, and notes each. Refuses a value that is not an
/// object: serde would also read a struct from a list of its fields.
fn keep_known(value: &mut Value, path: &str, keys: &[&str], notes: &mut Notes) -> Result<(), String> {
    let Some(map) = value.as_object_mut() else { return Err(json::does_not_fit(path, value, "an object, {…}")) };
    let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
    let unknown: Vec<String> = map.keys().filter(|key| !keys.contains(&key.as_str())).cloned().collect();
    for key in unknown {
        map.remove(&key);
        notes.add(
            format!("{prefix}{key}"),
            format!("is not known and was left out{}", hint(&key, keys.iter().copied())),
            &format!("one of {}", keys.join(", ")),
        );
    }
    Ok(())
}

/// Gives a node whose position is no position, or too far away, another one.
fn repair_position(node: &mut Value, index: usize, notes: &mut Notes) {
    let Some(map) = node.as_object_mut() else { return };
    let field = format!("nodes[{index}].at");
    let right = "[x, y] in canvas pixels";
    let Some(at) = map.get("at") else { return };
    let pair = match at.as_array().map(Vec::as_slice) {
        Some([x, y]) => x.as_f64().zip(y.as_f64()),
        _ => None,
    };
    let free = [80.0 + 40.0 * (index % 20) as f64, 80.0 + 40.0 * (index / 20) as f64];
    let placed = match pair {
        None => {
            notes.add(field, format!("{} is not a place, and the node was moved to one", json::quote(at)), right);
            free
        }
        Some((x, y)) if x.abs() > limits::COORDINATE_MAX || y.abs() > limits::COORDINATE_MAX => {
            notes.add(field, "is too far away, and the node was moved closer".into(), right);
            [x, y].map(|x| x.clamp(-limits::COORDINATE_MAX, limits::COORDINATE_MAX))
        }
        Some(_) => return,
    };
    map.insert("at".to_owned(), serde_json::json!(placed));
}

/// Makes ids unique, and removes links and members of zones that name no node.
fn repair(document: &mut Document, notes: &mut Notes) {
    let unique = "an id of its own";
    let mut taken = BTreeSet::new();
    for (index, node) in document.nodes.iter_mut().enumerate() {
        let base = if node.id.is_empty() { node.kind.clone() } else { node.id.clone() };
        if let Some(free) = claim(&mut taken, &node.id, &base) {
            notes.add(format!("nodes[{index}].id"), renamed("node", &node.id, &free), unique);
            node.id = free;
        }
    }
    let nodes = taken;

    let mut at = 0;
    document.links.retain(|link| {
        at += 1;
        let missing = [&link.from, &link.to].into_iter().find(|id| !nodes.contains(*id));
        if let Some(missing) = missing {
            let meant = hint(missing, nodes.iter().map(String::as_str));
            let what =
                format!("there is no node \u{201c}{missing}\u{201d}{meant}, and the link {} was left out", link.id);
            notes.add(format!("links[{}]", at - 1), what, "the ids of two nodes");
        }
        missing.is_none()
    });
    let mut taken = BTreeSet::new();
    for link in document.links.iter_mut().filter(|link| link.id.is_empty()) {
        link.id = link.default_id();
    }
    for (index, link) in document.links.iter_mut().enumerate() {
        let base = link.id.clone();
        if let Some(free) = claim(&mut taken, &link.id, &base) {
            notes.add(format!("links[{index}].id"), renamed("link", &link.id, &free), unique);
            link.id = free;
        }
    }

    let mut taken = BTreeSet::new();
    for (index, zone) in document.zones.iter_mut().enumerate() {
        let base = if zone.id.is_empty() { "zone".to_owned() } else { zone.id.clone() };
        if let Some(free) = claim(&mut taken, &zone.id, &base) {
            notes.add(format!("zones[{index}].id"), renamed("zone", &zone.id, &free), unique);
            zone.id = free;
        }
        zone.nodes.retain(|id| {
            let is_replica = |(base, number): &(&str, &str)| {
                nodes.contains(*base) && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
            };
            let there = nodes.contains(id) || id.rsplit_once('#').as_ref().is_some_and(is_replica);
            if !there {
                let meant = hint(id, nodes.iter().map(String::as_str));
                let what = format!("there is no node \u{201c}{id}\u{201d}{meant}, and it was left out of the zone");
                notes.add(format!("zones[{index}].nodes"), what, "ids of nodes");
            }
            there
        });
    }
}

/// Claims an id. Returns the free id to use in its place when it is empty or taken.
fn claim(taken: &mut BTreeSet<String>, id: &str, base: &str) -> Option<String> {
    if !id.is_empty() && taken.insert(id.to_owned()) {
        return None;
    }
    let base: String = base.chars().take(limits::TEXT_CHARS - 8).collect();
    let free = std::iter::once(base.clone())
        .chain((2..).map(|n| format!("{base}-{n}")))
        .find(|id| !id.is_empty() && !taken.contains(id))?;
    taken.insert(free.clone());
    Some(free)
}

fn renamed(what: &str, id: &str, free: &str) -> String {
    match id {
        "" => format!("a {what} without an id was called \u{201c}{free}\u{201d}"),
        _ => format!("a second {what} called \u{201c}{id}\u{201d} was called \u{201c}{free}\u{201d}"),
    }
}
