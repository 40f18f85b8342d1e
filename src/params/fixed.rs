//! Which parameters cannot change during a run.

use super::values::{filled, same};
use super::{Field, Shape};
use crate::model::Params;
use serde_json::Value;

/// A parameter that differs and cannot change during a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Dotted path of the parameter.
    pub path: String,
    /// As the inspector names it.
    pub label: &'static str,
    /// Why it cannot change, in a few words that follow "because".
    pub why: &'static str,
}

/// The first parameter that differs between two sets of parameters of one place and cannot change during a
/// run; `None` where all that differ can.
pub fn fixed_difference(fields: &[Field], before: &Params, after: &Params) -> Option<Fixed> {
    difference(fields, &filled(before, fields), &filled(after, fields), "")
}

fn difference(fields: &[Field], before: &Params, after: &Params, above: &str) -> Option<Fixed> {
    fields.iter().find_map(|field| {
        let (before, after) = (before.get(field.key)?, after.get(field.key)?);
        if same(before, after) {
            return None;
        }
        let path = format!("{above}{}", field.key);
        let below = format!("{path}.");
        let itself = || Fixed { path: path.clone(), label: field.label, why: field.fixed };
        let own = match (&field.shape, before, after) {
            (Shape::Group(inner), Value::Object(before), Value::Object(after)) => {
                return difference(inner, before, after, &below);
            }
            (Shape::OneOf { tag, variants }, Value::Object(before), Value::Object(after)) => {
                let id = after.get(*tag).and_then(Value::as_str);
                if before.get(*tag).and_then(Value::as_str) == id {
                    let inner = variants.iter().find(|(choice, _)| Some(choice.id) == id);
                    return inner.and_then(|(_, inner)| difference(inner, before, after, &below));
                }
                itself()
            }
            (Shape::List(template), Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
                return before.iter().zip(after).enumerate().find_map(|(index, (before, after))| {
                    difference(template, before.as_object()?, after.as_object()?, &format!("{below}{index}."))
                });
            }
            _ => itself(),
        };
        (!own.why.is_empty()).then_some(own)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use serde_json::json;

    #[track_caller]
    fn check(kind: &str, before: Value, after: Value, expected: Option<&str>) {
        let fields = kinds::fields(kind).expect("a kind");
        let map = |value: &Value| value.as_object().cloned().expect("an object");
        let found = fixed_difference(&fields, &map(&before), &map(&after));
        assert_eq!(found.as_ref().map(|fixed| fixed.path.as_str()), expected, "{before} to {after}");
    }

    #[test]
    fn finds_what_cannot_change_in_groups_variants_and_lists() {
        check("app", json!({}), json!({"workers": 20, "service": {"dist": "constant", "ms": 3}}), None);
        check("database", json!({}), json!({"shards": 4}), Some("shards"));
        check("database", json!({"shards": 1}), json!({}), None);
        let leader = |lag| json!({"replication": {"mode": "leader_follower", "lag": {"dist": "constant", "ms": lag}}});
        check("database", leader(1), leader(2), None);
        check("database", leader(1), json!({}), Some("replication"));
        check("database", leader(1), json!({"replication": {"mode": "quorum"}}), Some("replication"));
        let operation = |weight, keys| json!({"operations": [{"weight": weight, "keys": {"count": keys}}]});
        check("client", operation(1, 10), operation(2, 10), None);
        check("client", operation(1, 10), operation(1, 20), Some("operations.0.keys.count"));
        check("client", operation(1, 10), json!({"operations": [{}, {}]}), Some("operations"));
    }
}
