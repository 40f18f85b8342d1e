//! Documents as JSON and back.
//!
//! Reading is written by hand, although serde would derive it: so a refusal names the place and
//! says what would be right, and what everyone fetches is smaller by some 50 kB.

use super::{Document, Fault, Link, Node, Params, RunPlan, Zone};
use serde::Serialize;
use serde_json::Value;

/// Writes JSON on one line, without a space.
pub fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("plain data is written as text"))
}

/// A value as it would be quoted in a sentence, cut to a readable length.
pub fn quote(value: &Value) -> String {
    let text = write(value);
    let mut start: String = text.chars().take(40).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

/// Makes a document of JSON. `Err` is `PATH: what is wrong: what would be right`.
pub fn document(value: Value) -> Result<Document, String> {
    let mut it = Object::new(value, String::new())?;
    Ok(Document {
        headroom: it.needed("headroom", Object::whole)? as u32,
        title: it.text("title")?.unwrap_or_default(),
        watch: it.text("watch")?.unwrap_or_default(),
        cure: it.text("cure")?.unwrap_or_default(),
        nodes: it.list("nodes", node)?,
        links: it.list("links", link)?,
        zones: it.list("zones", zone)?,
        faults: it.list("faults", fault)?,
        run: it.object("run")?.map(run).transpose()?.unwrap_or_default(),
    })
}

fn node(mut it: Object) -> Result<Node, String> {
    Ok(Node {
        id: it.needed("id", Object::text)?,
        kind: it.needed("kind", Object::text)?,
        name: it.text("name")?.unwrap_or_default(),
        at: it.take("at", "[x, y] in canvas pixels", pair)?.unwrap_or_default(),
        params: it.params()?,
    })
}

fn link(mut it: Object) -> Result<Link, String> {
    Ok(Link {
        id: it.text("id")?.unwrap_or_default(),
        from: it.needed("from", Object::text)?,
        to: it.needed("to", Object::text)?,
        params: it.params()?,
    })
}

fn zone(mut it: Object) -> Result<Zone, String> {
    Ok(Zone {
        id: it.needed("id", Object::text)?,
        name: it.text("name")?.unwrap_or_default(),
        nodes: it.take("nodes", "a list of ids", texts)?.unwrap_or_default(),
    })
}

fn fault(mut it: Object) -> Result<Fault, String> {
    let mut fault = Fault {
        fault: it.needed("fault", Object::text)?,
        start_s: it.needed("start_s", Object::number)?,
        duration_s: it.optional_number("duration_s")?,
        params: Params::new(),
    };
    // Whatever else there is are its parameters.
    for (key, value) in it.entries {
        if !["fault", "start_s", "duration_s"].contains(&key.as_str()) {
            fault.params.insert(key, value);
        }
    }
    Ok(fault)
}

fn run(mut it: Object) -> Result<RunPlan, String> {
    let plan = RunPlan::default();
    Ok(RunPlan {
        duration_s: it.number("duration_s")?.unwrap_or(plan.duration_s),
        warmup_s: it.number("warmup_s")?.unwrap_or(plan.warmup_s),
        seed: it.whole("seed")?.unwrap_or(plan.seed),
    })
}

/// The list of texts that a value is, if it is one.
pub fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|each| each.as_str().map(str::to_owned)).collect()
}

fn pair(value: &Value) -> Option<[f64; 2]> {
    let [x, y] = value.as_array()?.as_slice() else { return None };
    Some([x.as_f64()?, y.as_f64()?])
}

/// A JSON object whose values are taken out one after another.
struct Object {
    /// Where it stands: `nodes[3]`; empty for the document.
    path: String,
    entries: Params,
}

impl Object {
    fn new(value: Value, path: String) -> Result<Object, String> {
        match value {
            Value::Object(entries) => Ok(Object { path, entries }),
            other => Err(refusal(&path, &other, "an object, {…}")),
        }
    }

    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Takes a value out; `null` stays in its place.
    fn remove(&mut self, key: &str) -> Option<Value> {
        self.entries.get_mut(key).map(Value::take)
    }

    /// Takes a value that `make` can make something of; there need not be one.
    fn take<T>(&mut self, key: &str, right: &str, make: fn(&Value) -> Option<T>) -> Result<Option<T>, String> {
        let Some(value) = self.remove(key) else { return Ok(None) };
        make(&value).map(Some).ok_or_else(|| refusal(&self.at(key), &value, right))
    }

    /// Takes a value that there must be.
    fn needed<T>(&mut self, key: &str, take: fn(&mut Object, &str) -> Result<Option<T>, String>) -> Result<T, String> {
        take(self, key)?.ok_or_else(|| format!("{}: it is missing: see \u{201c}headroom schema\u{201d}", self.at(key)))
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        self.take(key, "a text", |value| value.as_str().map(str::to_owned))
    }

    fn number(&mut self, key: &str) -> Result<Option<f64>, String> {
        self.take(key, "a number", Value::as_f64)
    }

    /// A number, or `null`, which is the same as nothing.
    fn optional_number(&mut self, key: &str) -> Result<Option<f64>, String> {
        if self.entries.get(key).is_none_or(Value::is_null) { Ok(None) } else { self.number(key) }
    }

    fn whole(&mut self, key: &str) -> Result<Option<u64>, String> {
        self.take(key, "a whole number from 0", Value::as_u64)
    }

    fn object(&mut self, key: &str) -> Result<Option<Object>, String> {
        let path = self.at(key);
        self.remove(key).map(|value| Object::new(value, path)).transpose()
    }

    fn params(&mut self) -> Result<Params, String> {
        Ok(self.object("params")?.map(|params| params.entries).unwrap_or_default())
    }

    fn list<T>(&mut self, key: &str, each: fn(Object) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.objects(key)?.into_iter().map(each).collect()
    }

    fn objects(&mut self, key: &str) -> Result<Vec<Object>, String> {
        let path = self.at(key);
        match self.remove(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => {
                list.into_iter().enumerate().map(|(i, it)| Object::new(it, format!("{path}[{i}]"))).collect()
            }
            Some(other) => Err(refusal(&path, &other, "a list, […]")),
        }
    }
}

fn refusal(path: &str, value: &Value, right: &str) -> String {
    let path = if path.is_empty() { "document" } else { path };
    format!("{path}: {} does not fit: {right}", quote(value))
}

impl TryFrom<Value> for Document {
    type Error = String;

    fn try_from(value: Value) -> Result<Document, String> {
        document(value)
    }
}

impl TryFrom<Value> for Box<Document> {
    type Error = String;

    fn try_from(value: Value) -> Result<Box<Document>, String> {
        document(value).map(Box::new)
    }
}

impl TryFrom<Value> for Fault {
    type Error = String;

    fn try_from(value: Value) -> Result<Fault, String> {
        fault(Object::new(value, "fault".to_owned())?)
    }
}
