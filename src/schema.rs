//! JSON Schema of the document, drawn from the same descriptions as the inspector, and the list of the
//! report's numbers.

use crate::faults;
use crate::kinds;
use crate::metrics::Number;
use crate::model::{ParameterChange, RunPlan, VERSION};
use crate::params::{Field, Shape};
use crate::report::all_numbers;
use serde_json::{Map, Value, json};

/// The schema (draft 2020-12), defaults and ranges included.
pub fn document_schema() -> Value {
    let nodes: Vec<Value> = kinds::all()
        .iter()
        .map(|info| {
            json!({
                "title": info.label,
                "description": info.help,
                "type": "object",
                "required": ["id", "kind"],
                "properties": {
                    "id": {"type": "string", "minLength": 1, "description": "Unique among the nodes."},
                    "kind": {"const": info.id},
                    "name": {"type": "string", "description": "Shown on the card."},
                    "at": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2, "description": "Top left corner, canvas pixels."},
                    "params": object(&kinds::fields(info.id).unwrap_or_default()),
                }
            })
        })
        .collect();
    let faults: Vec<Value> = faults::all()
        .iter()
        .map(|info| {
            let mut schema = object(&faults::fields(info.id).unwrap_or_default());
            schema["title"] = json!(info.label);
            schema["description"] = json!(info.help);
            schema["properties"]["fault"] = json!({"const": info.id});
            schema["properties"]["start_s"] = json!({"type": "number", "minimum": 0});
            schema["properties"]["duration_s"] =
                json!({"type": ["number", "null"], "minimum": 0, "description": "null: to the end."});
            schema["required"] = json!(["fault", "start_s"]);
            schema
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headroom document",
        "type": "object",
        "required": ["headroom"],
        "properties": {
            "headroom": {"const": VERSION},
            "title": {"type": "string", "default": ""},
            "watch": {"type": "string", "default": "", "description": "What to watch in an example."},
            "cure": {"type": "string", "default": "", "description": "What to change in an example to cure what it shows."},
            "nodes": {"type": "array", "items": {"oneOf": nodes}},
            "links": {"type": "array", "items": {
                "type": "object",
                "required": ["id", "from", "to"],
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "from": {"type": "string", "description": "Id of the calling node."},
                    "to": {"type": "string", "description": "Id of the called node."},
                    "params": object(&crate::link::link_fields()),
                }
            }},
            "zones": {"type": "array", "items": {
                "type": "object",
                "required": ["id", "nodes"],
                "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "nodes": {"type": "array", "items": {"type": "string"}, "description": "Ids of nodes, or of single replicas (db#2)."}}
            }},
            "faults": {"type": "array", "items": {"oneOf": faults}},
            "changes": {"type": "array", "description": "Parameters that change during the run.", "items": {
                "type": "object",
                "required": ParameterChange::KEYS,
                "properties": {
                    "at_s": {"type": "number", "minimum": 0, "description": "When, seconds of simulated time."},
                    "set": {"type": "string", "description": "The parameter, by its address: nodes.db.params.workers, links.app-db.params.retries.max."},
                    "to": {"description": "Its value from then on."},
                }
            }},
            "run": object(&RunPlan::described()),
        }
    })
}

/// The numbers of the report (`headroom run --json`): path, label, unit, what each is made of, and
/// its meaning. `*` in a path stands for the id of a node or link, or the name of an operation.
pub fn report_schema() -> Value {
    let numbers: Vec<Value> = all_numbers().iter().map(Number::json).collect();
    json!({"headroom": 1, "title": "Headroom report", "numbers": numbers})
}

fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|field| (field.key.to_owned(), property(field))).collect();
    json!({"type": "object", "properties": properties})
}

fn property(field: &Field) -> Value {
    let mut schema = shape(&field.shape);
    if field.none.is_some() {
        schema = json!({"anyOf": [schema, {"type": "null"}]});
    }
    schema["title"] = json!(field.label);
    let unit = if field.unit.is_empty() { String::new() } else { format!(" Unit: {}.", field.unit) };
    let none = field.none.map(|none| format!(" null: {none}.")).unwrap_or_default();
    let fixed = match field.fixed {
        "" => String::new(),
        why => format!(" It cannot change during a run, because {why}."),
    };
    schema["description"] = json!(format!("{}{unit}{none}{fixed}", field.help));
    schema["default"] = field.default.clone();
    schema
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Number { min, max } => json!({"type": "number", "minimum": min, "maximum": max}),
        Shape::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Choice(choices) => json!({"enum": choices.iter().map(|choice| choice.id).collect::<Vec<_>>()}),
        Shape::Text => json!({"type": "string"}),
        Shape::Seed => json!({"type": "integer", "minimum": 0}),
        Shape::Names => json!({"type": "array", "items": {"type": "string"}}),
        Shape::Sides => json!({
            "type": "array", "minItems": 2, "maxItems": 2,
            "items": {"type": "array", "items": {"type": "string"}},
        }),
        Shape::Group(fields) => object(fields),
        Shape::OneOf { tag, variants } => {
            let variants: Vec<Value> = variants
                .iter()
                .map(|(choice, fields)| {
                    let mut schema = object(fields);
                    schema["title"] = json!(choice.label);
                    schema["properties"][tag] = json!({"const": choice.id});
                    schema
                })
                .collect();
            json!({"anyOf": variants})
        }
        Shape::List(fields) => json!({"type": "array", "items": object(fields)}),
        Shape::Points(axes) => json!({
            "type": "array",
            "items": {"type": "array", "prefixItems": axes.iter().map(|axis| json!({"type": "number", "title": axis.label, "minimum": axis.min, "maximum": axis.max})).collect::<Vec<_>>(), "minItems": 2, "maxItems": 2}
        }),
    }
}
