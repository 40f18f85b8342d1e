//! Parameters as values: with every default filled in, with every default left out, and changed
//! at a dotted path.
//!
//! A document leaves out what has its default, so "the value of `service.mean_ms`" is a question
//! to the document *and* to the described [`Field`]s. These functions answer it, and keep the
//! invariant that a parameter stands in a document only when it differs from its default.

use super::{Field, Shape, defaults};
use crate::model::Params;
use crate::model::json::whole;
use serde_json::{Map, Value, json};

/// Every parameter written out: the author's value where there is one, else the default. Keys without
/// a field stay as they are.
pub fn filled(params: &Params, fields: &[Field]) -> Params {
    let mut all = params.clone();
    for field in fields {
        all.insert(field.key.to_owned(), fill(field, params.get(field.key)));
    }
    all
}

/// The parameters without the values that equal their defaults. Keys without a field stay, and so do
/// values that do not fit.
pub fn stripped(params: &Params, fields: &[Field]) -> Params {
    let mut kept = Map::new();
    for (key, value) in params {
        let left = match fields.iter().find(|field| field.key == key) {
            Some(field) => strip(field, value),
            None => Some(value.clone()),
        };
        if let Some(value) = left {
            kept.insert(key.clone(), value);
        }
    }
    kept
}

/// The value at a dotted path (`operations.0.weight`), defaults counted as values.
pub fn value_at(params: &Params, fields: &[Field], path: &str) -> Option<Value> {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let mut value = match fields.iter().find(|field| field.key == key) {
        Some(field) => fill(field, params.get(key)),
        None => params.get(key)?.clone(),
    };
    for step in rest.into_iter().flat_map(|rest| rest.split('.')) {
        value = match value {
            Value::Object(mut map) => map.remove(step)?,
            Value::Array(mut list) => {
                let index = step.parse::<usize>().ok().filter(|index| *index < list.len())?;
                list.swap_remove(index)
            }
            _ => return None,
        };
    }
    Some(value)
}

/// Sets the value at a dotted path; `None` gives it its default back, and takes an entry out of a
/// list. A group that is off is switched on by setting something in it; setting the tag of a
/// group with variants gives it that variant's parameters, keeping those that both have. What
/// then equals its default is left out. `Err` is a sentence, and nothing has changed.
pub fn set(params: &mut Params, fields: &[Field], path: &str, mut value: Option<Value>) -> Result<(), String> {
    value.as_mut().map(whole_numbers);
    let steps: Vec<&str> = path.split('.').collect();
    if steps.iter().any(|step| step.is_empty()) {
        return Err(format!("\u{201c}{path}\u{201d} is not the path of a parameter."));
    }
    let key = steps[0];
    let field = fields.iter().find(|field| field.key == key);
    if field.is_none() && value.is_none() && !params.contains_key(key) {
        return Ok(());
    }
    let changed = match (field, steps.len()) {
        (_, 1) => value,
        (Some(field), _) => {
            let before = fill(field, params.get(key));
            put(&field.shape, &field.default, before, &steps[1..], value, path)?
        }
        (None, _) => {
            let before = params.get(key).cloned().unwrap_or(Value::Null);
            put_plain(before, &steps[1..], value, path)?
        }
    };
    let left = match (field, changed) {
        (Some(field), Some(value)) => strip(field, &value),
        (_, changed) => changed,
    };
    match left {
        Some(value) => params.insert(key.to_owned(), value),
        None => params.remove(key),
    };
    Ok(())
}

/// Whether two values mean the same: `20` and `20.0` do.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Writes `20.0` as `20`, so that values which mean the same are the same.
pub fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(whole) = number.as_f64().and_then(whole) {
                *value = Value::from(whole);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(whole_numbers),
        Value::Object(map) => map.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

/// The fields of the variant that a written group has, by its tag or by the default's.
fn variant<'a>(
    tag: &str,
    variants: &'a [(super::Choice, Vec<Field>)],
    written: &Params,
    default: &Value,
) -> Option<(&'static str, &'a [Field])> {
    let id = written.get(tag).or_else(|| default.get(tag))?.as_str()?;
    variants.iter().find(|(choice, _)| choice.id == id).map(|(choice, fields)| (choice.id, fields.as_slice()))
}

fn fill(field: &Field, written: Option<&Value>) -> Value {
    let Some(written) = written else { return field.default.clone() };
    match (&field.shape, written) {
        (Shape::Group(inner), Value::Object(map)) => Value::Object(filled(map, inner)),
        (Shape::OneOf { tag, variants }, Value::Object(map)) => {
            let Some((id, inner)) = variant(tag, variants, map, &field.default) else { return written.clone() };
            let mut all = filled(map, inner);
            all.insert((*tag).to_owned(), json!(id));
            Value::Object(all)
        }
        (Shape::List(template), Value::Array(list)) => list.iter().map(|item| fill_item(item, template)).collect(),
        _ => written.clone(),
    }
}

fn fill_item(item: &Value, template: &[Field]) -> Value {
    item.as_object().map_or_else(|| item.clone(), |map| Value::Object(filled(map, template)))
}

/// A value without the parts that equal their defaults; `None` when all of it does.
fn strip(field: &Field, value: &Value) -> Option<Value> {
    if same(&fill(field, Some(value)), &field.default) {
        return None;
    }
    Some(match (&field.shape, value) {
        (Shape::Group(inner), Value::Object(map)) => Value::Object(stripped(map, inner)),
        (Shape::OneOf { tag, variants }, Value::Object(map)) => {
            // The tag stays even when it is the default's: without it the rest cannot be read.
            variant(tag, variants, map, &field.default)
                .map_or_else(|| value.clone(), |(_, inner)| Value::Object(stripped(map, inner)))
        }
        (Shape::List(template), Value::Array(list)) => list
            .iter()
            .map(|item| item.as_object().map_or_else(|| item.clone(), |map| Value::Object(stripped(map, template))))
            .collect(),
        _ => value.clone(),
    })
}

/// Changes a filled value of a known shape at `steps`.
fn put(
    shape: &Shape,
    default: &Value,
    before: Value,
    steps: &[&str],
    value: Option<Value>,
    path: &str,
) -> Result<Option<Value>, String> {
    let Some((step, rest)) = steps.split_first() else { return Ok(value) };
    match shape {
        Shape::Group(inner) => {
            let map = match before {
                Value::Object(map) => map,
                // There is nothing to take back in a group that is off.
                other if value.is_none() => return Ok(Some(other)),
                _ => defaults_of(inner),
            };
            put_in(inner, map, step, rest, value, path).map(Some)
        }
        Shape::OneOf { tag, variants } => {
            let map = match before {
                Value::Object(map) => map,
                other if value.is_none() => return Ok(Some(other)),
                // What is off has no variant yet: the first.
                _ => default.as_object().cloned().unwrap_or_else(|| first_variant(tag, variants)),
            };
            if step == tag && rest.is_empty() {
                let wanted = value.or_else(|| default.get(*tag).cloned()).unwrap_or(Value::Null);
                return Ok(Some(switched(tag, variants, default, map, wanted)));
            }
            let inner = variant(tag, variants, &map, default).map_or(&[][..], |(_, inner)| inner);
            put_in(inner, map, step, rest, value, path).map(Some)
        }
        Shape::List(template) => {
            let mut list = match before {
                Value::Array(list) => list,
                _ => default.as_array().cloned().unwrap_or_default(),
            };
            let index = entry(step, path, list.len(), value.is_some())?;
            if index == list.len() {
                list.push(Value::Object(defaults_of(template)));
            }
            match (rest.split_first(), value) {
                (None, None) => {
                    list.remove(index);
                }
                (None, Some(value)) => list[index] = value,
                (Some((key, rest)), value) => {
                    let map = match list[index].take() {
                        Value::Object(map) => map,
                        _ => defaults_of(template),
                    };
                    list[index] = put_in(template, map, key, rest, value, path)?;
                }
            }
            Ok(Some(Value::Array(list)))
        }
        _ => put_plain(before, steps, value, path),
    }
}

fn put_in(
    fields: &[Field],
    mut map: Params,
    key: &str,
    rest: &[&str],
    value: Option<Value>,
    path: &str,
) -> Result<Value, String> {
    let field = fields.iter().find(|field| field.key == key);
    let changed = match field {
        Some(field) => {
            let before = fill(field, map.get(key));
            put(&field.shape, &field.default, before, rest, value, path)?
        }
        None => put_plain(map.get(key).cloned().unwrap_or(Value::Null), rest, value, path)?,
    };
    match changed {
        Some(value) => map.insert(key.to_owned(), value),
        None => map.remove(key),
    };
    Ok(Value::Object(map))
}

/// Changes a value without a field: steps name keys, or entries where there is a list.
fn put_plain(before: Value, steps: &[&str], value: Option<Value>, path: &str) -> Result<Option<Value>, String> {
    let Some((step, rest)) = steps.split_first() else { return Ok(value) };
    if let Value::Array(mut list) = before {
        let index = entry(step, path, list.len(), value.is_some())?;
        let before = if index < list.len() { list[index].take() } else { Value::Null };
        match (put_plain(before, rest, value, path)?, index < list.len()) {
            (Some(value), true) => list[index] = value,
            (Some(value), false) => list.push(value),
            (None, _) => {
                list.remove(index);
            }
        }
        return Ok(Some(Value::Array(list)));
    }
    let mut map = match before {
        Value::Object(map) => map,
        other if value.is_none() => return Ok(Some(other)),
        _ => Map::new(),
    };
    if value.is_none() && !map.contains_key(*step) {
        return Ok(Some(Value::Object(map)));
    }
    let before = map.remove(*step).unwrap_or(Value::Null);
    if let Some(changed) = put_plain(before, rest, value, path)? {
        map.insert((*step).to_owned(), changed);
    }
    Ok(Some(Value::Object(map)))
}

/// The index a step names in a list; one past the end is a new entry when something is set there.
fn entry(step: &str, path: &str, len: usize, setting: bool) -> Result<usize, String> {
    match step.parse::<usize>() {
        Ok(index) if index < len || (index == len && setting) => Ok(index),
        _ => Err(format!("There is no entry {step} in \u{201c}{path}\u{201d}: the list has {len}.")),
    }
}

fn defaults_of(fields: &[Field]) -> Params {
    defaults(fields).as_object().cloned().unwrap_or_default()
}

/// The first variant with its defaults.
pub fn first_variant(tag: &str, variants: &[(super::Choice, Vec<Field>)]) -> Params {
    let Some((choice, fields)) = variants.first() else { return Params::new() };
    let mut map = defaults_of(fields);
    map.insert(tag.to_owned(), json!(choice.id));
    map
}

/// Another variant's parameters, with the values of those that both variants have.
fn switched(
    tag: &str,
    variants: &[(super::Choice, Vec<Field>)],
    default: &Value,
    before: Params,
    wanted: Value,
) -> Value {
    let old = variant(tag, variants, &before, default).map_or(&[][..], |(_, fields)| fields);
    let new = variants.iter().find(|(choice, _)| Some(choice.id) == wanted.as_str());
    let mut map = match new {
        Some((_, fields)) => defaults_of(fields),
        // An unknown variant keeps everything: the value is wrong and shows up as a problem.
        None => before.clone(),
    };
    for field in new.map_or(&[][..], |(_, fields)| fields.as_slice()) {
        let shared = old.iter().any(|each| {
            each.key == field.key && std::mem::discriminant(&each.shape) == std::mem::discriminant(&field.shape)
        });
        if let Some(value) = before.get(field.key).filter(|_| shared) {
            map.insert(field.key.to_owned(), value.clone());
        }
    }
    map.insert(tag.to_owned(), wanted);
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{Fields, describe, list, one_of, parameter};

    crate::choices! {
        /// Two ways to arrive.
        Process { Open = "open" "open", Closed = "closed" "closed" }
    }

    #[derive(Clone)]
    struct Operation {
        weight: f64,
    }

    impl Default for Operation {
        fn default() -> Self {
            Operation { weight: 1.0 }
        }
    }

    /// One of each shape that a kind may have.
    fn example() -> Vec<Field> {
        describe(&mut |f: &mut dyn Fields| {
            f.number(parameter("rate_rps", ""), &mut 20.0, 0.0, 1e6);
            f.optional_integer(parameter("workers", ""), "unlimited", &mut Some(8), 1, 100);
            f.group(parameter("keys", ""), &mut |f| {
                f.integer(parameter("count", ""), &mut 1000, 1, 9999);
                f.number(parameter("zipf", ""), &mut 0.9, 0.0, 3.0);
            });
            f.optional_group(parameter("hedge", ""), "off", &mut false, &mut |f| {
                f.number(parameter("after_ms", ""), &mut 50.0, 0.0, 1e6);
            });
            one_of(f, parameter("arrivals", ""), "process", &mut Process::Open, &mut |process, f| {
                match process {
                    Process::Open => f.number(parameter("rate_rps", ""), &mut 100.0, 0.0, 1e6),
                    Process::Closed => f.integer(parameter("users", ""), &mut 10, 1, 9999),
                }
                f.number(parameter("factor", ""), &mut 1.0, 0.0, 10.0);
            });
            list(f, parameter("operations", ""), &mut vec![Operation { weight: 9.0 }], |operation, f| {
                f.number(parameter("weight", ""), &mut operation.weight, 0.0, 1000.0);
            });
        })
    }

    /// Sets paths one after another and compares what then stands in the document.
    #[track_caller]
    fn check(steps: &[(&str, Value)], expected: Value) {
        let fields = example();
        let mut params = Params::new();
        for (path, value) in steps {
            set(&mut params, &fields, path, Some(value.clone())).unwrap();
            assert_eq!(value_at(&params, &fields, path).map(|found| same(&found, value)), Some(true), "{path}");
        }
        assert_eq!(Value::Object(params.clone()), expected);
        assert_eq!(stripped(&filled(&params, &fields), &fields), params, "filling and stripping is the identity");
    }

    #[test]
    fn keeps_only_values_that_differ_from_their_defaults() {
        check(&[("rate_rps", json!(30.0))], json!({"rate_rps": 30}));
        check(&[("rate_rps", json!(30)), ("rate_rps", json!(20.0))], json!({}));
        check(&[("workers", json!(null))], json!({"workers": null}));
        check(&[("keys.count", json!(5))], json!({"keys": {"count": 5}}));
        check(&[("keys.count", json!(5)), ("keys.count", json!(1000))], json!({}));
        check(&[("keys", json!({"count": 5, "zipf": 0.9}))], json!({"keys": {"count": 5}}));
    }

    #[test]
    fn setting_a_parameter_of_a_group_that_is_off_switches_it_on() {
        check(&[("hedge", json!({"after_ms": 50}))], json!({"hedge": {}}));
        check(&[("hedge.after_ms", json!(70))], json!({"hedge": {"after_ms": 70}}));
        check(&[("hedge.after_ms", json!(70)), ("hedge", json!(null))], json!({}));
    }

    #[test]
    fn switching_the_variant_keeps_the_parameters_that_both_have() {
        check(
            &[("arrivals.rate_rps", json!(5)), ("arrivals.factor", json!(2)), ("arrivals.process", json!("closed"))],
            json!({"arrivals": {"process": "closed", "factor": 2}}),
        );
        check(&[("arrivals.process", json!("closed")), ("arrivals.process", json!("open"))], json!({}));
        check(
            &[("arrivals.process", json!("closed")), ("arrivals.users", json!(3))],
            json!({"arrivals": {"process": "closed", "users": 3}}),
        );
    }

    #[test]
    fn sets_adds_and_removes_entries_of_a_list() {
        check(&[("operations.0.weight", json!(4))], json!({"operations": [{"weight": 4}]}));
        check(&[("operations.1", json!({"weight": 1}))], json!({"operations": [{"weight": 9}, {}]}));
        check(&[("operations.1.weight", json!(3))], json!({"operations": [{"weight": 9}, {"weight": 3}]}));
        let (fields, mut params) = (example(), Params::new());
        set(&mut params, &fields, "operations.0", None).unwrap();
        assert_eq!(Value::Object(params.clone()), json!({"operations": []}));
        let refused = set(&mut params, &fields, "operations.3.weight", Some(json!(1))).unwrap_err();
        assert_eq!(refused, "There is no entry 3 in \u{201c}operations.3.weight\u{201d}: the list has 0.");
    }

    #[test]
    fn setting_nothing_restores_the_default() {
        let (fields, mut params) = (example(), Params::new());
        for path in ["keys.count", "hedge.after_ms", "arrivals.process", "rate_rps", "unknown.deep", "unknown"] {
            set(&mut params, &fields, path, None).unwrap();
            assert_eq!(params, Params::new(), "{path}");
        }
        set(&mut params, &fields, "arrivals.process", Some(json!("closed"))).unwrap();
        set(&mut params, &fields, "arrivals.process", None).unwrap();
        assert_eq!(params, Params::new());
    }

    #[test]
    fn keeps_values_that_do_not_fit_or_are_unknown() {
        check(&[("rate_rps", json!("fast"))], json!({"rate_rps": "fast"}));
        check(&[("arrivals.process", json!("odd"))], {
            json!({"arrivals": {"process": "odd", "factor": 1, "rate_rps": 100}})
        });
        check(&[("note.author", json!("me"))], json!({"note": {"author": "me"}}));
        check(&[("keys", json!(7)), ("keys.zipf", json!(1))], json!({"keys": {"zipf": 1}}));
    }
}
