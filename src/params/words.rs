//! Parameters and their values in words.

use super::{Choice, Field, Shape, plain};
use serde_json::Value;

/// A value of a parameter in a word or two; `None` where that cannot be done.
pub fn value_words(field: &Field, value: &Value) -> Option<String> {
    let unit = if field.unit.is_empty() { String::new() } else { format!(" {}", field.unit) };
    let choice =
        |all: &[Choice], id: &str| all.iter().find(|choice| choice.id == id).map(|choice| choice.label.to_owned());
    match (value, &field.shape) {
        (Value::Null, _) => Some(field.none.unwrap_or("none").to_owned()),
        (Value::Bool(on), _) => Some(if *on { "on" } else { "off" }.to_owned()),
        (Value::Number(number), _) => Some(format!("{}{unit}", plain(number.as_f64()?))),
        (Value::String(id), Shape::Choice(choices)) => choice(choices, id),
        (Value::String(text), _) => Some(format!("“{text}”")),
        (Value::Object(map), Shape::OneOf { tag, variants }) => {
            let id = map.get(*tag)?.as_str()?;
            variants.iter().find(|(choice, _)| choice.id == id).map(|(choice, _)| choice.label.to_owned())
        }
        (Value::Object(_), Shape::Group(_)) => Some("on".to_owned()),
        _ => None,
    }
}

/// A change of a parameter that is called `label`: `Workers 3 → 5`.
pub fn change_words(label: &str, field: &Field, before: &Value, after: &Value) -> String {
    match (value_words(field, before), value_words(field, after)) {
        (Some(before), Some(after)) if before != after => format!("{label} {before} → {after}"),
        _ => format!("{label} changed"),
    }
}

/// A label within a sentence: `Workers` as `workers`, and `TTL` as it is.
pub fn label_within(label: &str) -> String {
    let mut characters = label.chars();
    match (characters.next(), characters.next()) {
        (Some(first), second) if second.is_none_or(|second| !second.is_uppercase()) => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

/// The parameter at a dotted path, and what it is called with the groups that it stands in: `Retries, max`.
pub fn field_at<'a>(fields: &'a [Field], path: &str) -> Option<(String, &'a Field)> {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let field = fields.iter().find(|field| field.key == key)?;
    let Some(rest) = rest else { return Some((field.label.to_owned(), field)) };
    let (label, found) = match &field.shape {
        Shape::Group(inner) => field_at(inner, rest),
        Shape::OneOf { variants, .. } => variants.iter().find_map(|(_, inner)| field_at(inner, rest)),
        Shape::List(template) => field_at(template, rest.split_once('.')?.1),
        _ => None,
    }?;
    Some((format!("{}, {}", field.label, label_within(&label)), found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(kind: &str, path: &str, before: Value, after: Value, expected: &str) {
        let fields = crate::kinds::fields(kind).expect("a kind");
        let (label, field) = field_at(&fields, path).expect("a parameter");
        assert_eq!(change_words(&label, field, &before, &after), expected);
    }

    #[test]
    fn changes_are_said_with_labels_units_and_choices() {
        check("app", "workers", json!(3), Value::Null, "Workers 3 → unlimited");
        check("app", "blocking", json!(true), json!(false), "Blocking on → off");
        check("app", "discipline", json!("fifo"), json!("lifo"), "Discipline FIFO → LIFO");
        check("cache", "ttl_s", Value::Null, json!(2.5), "Time to live for ever → 2.5 s");
        check(
            "app",
            "service",
            json!({"dist": "constant"}),
            json!({"dist": "exponential"}),
            "Service time constant → exponential",
        );
        check(
            "load_balancer",
            "health_check.interval_ms",
            json!(10),
            json!(20),
            "Health check, interval 10 ms → 20 ms",
        );
        check("client", "operations.0.weight", json!(1), json!(2), "Operations, weight 1 → 2");
        check("client", "profile", json!([]), json!([[0, 1]]), "Profile changed");
        let app = crate::kinds::fields("app").expect("a kind");
        assert_eq!(field_at(&app, "wrokers").map(|(label, _)| label), None);
        assert_eq!(label_within("TTL"), "TTL");
    }
}
