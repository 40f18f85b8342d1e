//! Documents and faults in a message.
//!
//! As JSON a document leaves out what is empty, and its parameters are values whose type only the value itself
//! says. Postcard can read neither back, so here stand the same structs with every field in place and with a tag
//! before each value. A message of JSON text would put a JSON reader into the worker, a tenth of its size.

use crate::model::{Document, Fault, Link, Node, ParameterChange, Params, RunPlan, Zone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

/// For `#[serde(with)]`: a document.
pub mod whole {
    use super::*;

    pub fn serialize<S: Serializer>(document: &Document, serializer: S) -> Result<S::Ok, S::Error> {
        DocumentMessage::from(document.clone()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<Document>, D::Error> {
        DocumentMessage::deserialize(deserializer).map(|message| Box::new(message.into()))
    }
}

/// For `#[serde(with)]`: a fault.
pub mod fault {
    use super::*;

    pub fn serialize<S: Serializer>(fault: &Fault, serializer: S) -> Result<S::Ok, S::Error> {
        FaultMessage::from(fault.clone()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fault, D::Error> {
        FaultMessage::deserialize(deserializer).map(Fault::from)
    }
}

/// For `#[serde(with)]`: parameter changes.
pub mod changes {
    use super::*;

    pub fn serialize<S: Serializer>(changes: &[ParameterChange], serializer: S) -> Result<S::Ok, S::Error> {
        let messages: Vec<ChangeMessage> = changes.iter().cloned().map(ChangeMessage::from).collect();
        messages.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ParameterChange>, D::Error> {
        let messages = Vec::<ChangeMessage>::deserialize(deserializer)?;
        Ok(messages.into_iter().map(ParameterChange::from).collect())
    }
}

#[derive(Serialize, Deserialize)]
struct NodeMessage {
    id: String,
    kind: String,
    name: String,
    at: [f64; 2],
    params: Vec<(String, Tagged)>,
}

impl From<Node> for NodeMessage {
    fn from(it: Node) -> Self {
        let Node { id, kind, name, at, params } = it;
        NodeMessage { id, kind, name, at, params: tagged(params) }
    }
}

impl From<NodeMessage> for Node {
    fn from(it: NodeMessage) -> Self {
        let NodeMessage { id, kind, name, at, params } = it;
        Node { id, kind, name, at, params: untagged(params) }
    }
}

#[derive(Serialize, Deserialize)]
struct LinkMessage {
    id: String,
    from: String,
    to: String,
    params: Vec<(String, Tagged)>,
}

impl From<Link> for LinkMessage {
    fn from(it: Link) -> Self {
        let Link { id, from, to, params } = it;
        LinkMessage { id, from, to, params: tagged(params) }
    }
}

impl From<LinkMessage> for Link {
    fn from(it: LinkMessage) -> Self {
        let LinkMessage { id, from, to, params } = it;
        Link { id, from, to, params: untagged(params) }
    }
}

#[derive(Serialize, Deserialize)]
struct ZoneMessage {
    id: String,
    name: String,
    nodes: Vec<String>,
}

impl From<Zone> for ZoneMessage {
    fn from(it: Zone) -> Self {
        let Zone { id, name, nodes } = it;
        ZoneMessage { id, name, nodes }
    }
}

impl From<ZoneMessage> for Zone {
    fn from(it: ZoneMessage) -> Self {
        let ZoneMessage { id, name, nodes } = it;
        Zone { id, name, nodes }
    }
}

#[derive(Serialize, Deserialize)]
struct FaultMessage {
    fault: String,
    start_s: f64,
    duration_s: Option<f64>,
    params: Vec<(String, Tagged)>,
}

impl From<Fault> for FaultMessage {
    fn from(it: Fault) -> Self {
        let Fault { fault, start_s, duration_s, params } = it;
        FaultMessage { fault, start_s, duration_s, params: tagged(params) }
    }
}

impl From<FaultMessage> for Fault {
    fn from(it: FaultMessage) -> Self {
        let FaultMessage { fault, start_s, duration_s, params } = it;
        Fault { fault, start_s, duration_s, params: untagged(params) }
    }
}

#[derive(Serialize, Deserialize)]
struct ChangeMessage {
    at_s: f64,
    set: String,
    to: Tagged,
}

impl From<ParameterChange> for ChangeMessage {
    fn from(it: ParameterChange) -> Self {
        let ParameterChange { at_s, set, to } = it;
        ChangeMessage { at_s, set, to: to.into() }
    }
}

impl From<ChangeMessage> for ParameterChange {
    fn from(it: ChangeMessage) -> Self {
        let ChangeMessage { at_s, set, to } = it;
        ParameterChange { at_s, set, to: to.into() }
    }
}

#[derive(Serialize, Deserialize)]
struct DocumentMessage {
    headroom: u32,
    title: String,
    watch: String,
    cure: String,
    nodes: Vec<NodeMessage>,
    links: Vec<LinkMessage>,
    zones: Vec<ZoneMessage>,
    faults: Vec<FaultMessage>,
    changes: Vec<ChangeMessage>,
    run: RunPlan,
}

impl From<Document> for DocumentMessage {
    fn from(it: Document) -> Self {
        let Document { headroom, title, watch, cure, nodes, links, zones, faults, changes, run } = it;
        DocumentMessage {
            headroom,
            title,
            watch,
            cure,
            nodes: nodes.into_iter().map(NodeMessage::from).collect(),
            links: links.into_iter().map(LinkMessage::from).collect(),
            zones: zones.into_iter().map(ZoneMessage::from).collect(),
            faults: faults.into_iter().map(FaultMessage::from).collect(),
            changes: changes.into_iter().map(ChangeMessage::from).collect(),
            run,
        }
    }
}

impl From<DocumentMessage> for Document {
    fn from(it: DocumentMessage) -> Self {
        let DocumentMessage { headroom, title, watch, cure, nodes, links, zones, faults, changes, run } = it;
        Document {
            headroom,
            title,
            watch,
            cure,
            nodes: nodes.into_iter().map(Node::from).collect(),
            links: links.into_iter().map(Link::from).collect(),
            zones: zones.into_iter().map(Zone::from).collect(),
            faults: faults.into_iter().map(Fault::from).collect(),
            changes: changes.into_iter().map(ParameterChange::from).collect(),
            run,
        }
    }
}

/// A JSON value behind a tag that says its type.
#[derive(Serialize, Deserialize)]
enum Tagged {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Tagged>),
    Map(Vec<(String, Tagged)>),
}

fn tagged(params: Params) -> Vec<(String, Tagged)> {
    params.into_iter().map(|(key, value)| (key, value.into())).collect()
}

fn untagged(params: Vec<(String, Tagged)>) -> Params {
    let mut untagged = Params::new();
    for (key, value) in params {
        untagged.insert(key, value.into());
    }
    untagged
}

impl From<Value> for Tagged {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Tagged::Null,
            Value::Bool(it) => Tagged::Bool(it),
            Value::Number(it) => match (it.as_u64(), it.as_i64()) {
                (Some(it), _) => Tagged::Unsigned(it),
                (None, Some(it)) => Tagged::Signed(it),
                (None, None) => it.as_f64().map_or(Tagged::Null, Tagged::Float),
            },
            Value::String(it) => Tagged::Text(it),
            Value::Array(items) => Tagged::List(items.into_iter().map(Tagged::from).collect()),
            Value::Object(map) => Tagged::Map(tagged(map)),
        }
    }
}

impl From<Tagged> for Value {
    fn from(tagged: Tagged) -> Self {
        match tagged {
            Tagged::Null => Value::Null,
            Tagged::Bool(it) => Value::Bool(it),
            Tagged::Unsigned(it) => Value::Number(it.into()),
            Tagged::Signed(it) => Value::Number(it.into()),
            Tagged::Float(it) => Number::from_f64(it).map_or(Value::Null, Value::Number),
            Tagged::Text(it) => Value::String(it),
            Tagged::List(items) => Value::Array(items.into_iter().map(Value::from).collect()),
            Tagged::Map(map) => Value::Object(untagged(map)),
        }
    }
}
