//! Parameters described: for the inspector, the JSON Schema and the documentation.

use super::{Axis, Choice, Fields, Hint, Parameter, Sides};
use crate::model::Params;
use crate::model::json::whole;
use serde_json::{Value, json};

/// One parameter, described.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Key in the document.
    pub key: &'static str,
    /// Label in the inspector.
    pub label: &'static str,
    /// Unit as shown; empty for a plain number.
    pub unit: &'static str,
    /// One or two sentences: what it does.
    pub help: &'static str,
    /// Why it cannot change during a run; empty where it can. See [`Parameter::fixed`].
    pub fixed: &'static str,
    /// How it is presented.
    pub hint: Hint,
    /// What an absent parameter means.
    pub default: Value,
    /// What `null` is called (`unlimited`, `off`), where `null` is allowed.
    pub none: Option<&'static str>,
    /// What kind of value it holds.
    pub shape: Shape,
}

/// What kind of value a parameter holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Any number in the range.
    Number {
        /// Least value allowed.
        min: f64,
        /// Greatest value allowed.
        max: f64,
    },
    /// A whole number in the range.
    Integer {
        /// Least value allowed.
        min: u32,
        /// Greatest value allowed.
        max: u32,
    },
    /// Yes or no.
    Boolean,
    /// One of these.
    Choice(Vec<Choice>),
    /// Any text.
    Text,
    /// A whole number of up to 64 bits.
    Seed,
    /// A list of names.
    Names,
    /// Two lists of names.
    Sides,
    /// Parameters of their own.
    Group(Vec<Field>),
    /// Parameters that depend on the value of `tag`.
    OneOf {
        /// Key of the deciding parameter.
        tag: &'static str,
        /// The variants with their parameters.
        variants: Vec<(Choice, Vec<Field>)>,
    },
    /// A list of groups with these parameters.
    List(Vec<Field>),
    /// A list of pairs.
    Points([Axis; 2]),
}

/// The described parameters, defaults as `fields` found them.
pub fn describe(fields: &mut dyn FnMut(&mut dyn Fields)) -> Vec<Field> {
    let mut describer = Describer { fields: Vec::new() };
    fields(&mut describer);
    describer.fields
}

/// The parameters as a JSON object, every one written out.
pub fn defaults(fields: &[Field]) -> Value {
    let all: Params = fields.iter().map(|field| (field.key.to_owned(), field.default.clone())).collect();
    Value::Object(all)
}

struct Describer {
    fields: Vec<Field>,
}

impl Describer {
    fn push(&mut self, parameter: Parameter, default: Value, none: Option<&'static str>, shape: Shape) {
        let Parameter { key, label, unit, help, fixed, hint } = parameter;
        self.fields.push(Field { key, label, unit, help, fixed, hint, default, none, shape });
    }
}

impl Fields for Describer {
    fn number(&mut self, parameter: Parameter, value: &mut f64, min: f64, max: f64) {
        self.push(parameter, number(*value), None, Shape::Number { min, max });
    }

    fn optional_number(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        value: &mut Option<f64>,
        min: f64,
        max: f64,
    ) {
        self.push(parameter, value.map_or(Value::Null, number), Some(none), Shape::Number { min, max });
    }

    fn integer(&mut self, parameter: Parameter, value: &mut u32, min: u32, max: u32) {
        self.push(parameter, json!(*value), None, Shape::Integer { min, max });
    }

    fn optional_integer(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        value: &mut Option<u32>,
        min: u32,
        max: u32,
    ) {
        self.push(parameter, json!(*value), Some(none), Shape::Integer { min, max });
    }

    fn boolean(&mut self, parameter: Parameter, value: &mut bool) {
        self.push(parameter, json!(*value), None, Shape::Boolean);
    }

    fn choice(&mut self, parameter: Parameter, index: &mut usize, choices: &[Choice]) {
        self.push(parameter, json!(choices[*index].id), None, Shape::Choice(choices.to_vec()));
    }

    fn text(&mut self, parameter: Parameter, value: &mut String) {
        self.push(parameter, json!(*value), None, Shape::Text);
    }

    fn optional_names(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        _known: &[&'static str],
        value: &mut Option<Vec<String>>,
    ) {
        self.push(parameter, json!(*value), Some(none), Shape::Names);
    }

    fn optional_sides(&mut self, parameter: Parameter, none: &'static str, value: &mut Option<Sides>) {
        self.push(parameter, json!(*value), Some(none), Shape::Sides);
    }

    fn seed(&mut self, parameter: Parameter, value: &mut u64) {
        self.push(parameter, json!(*value), None, Shape::Seed);
    }

    fn group(&mut self, parameter: Parameter, fields: &mut dyn FnMut(&mut dyn Fields)) {
        let inner = describe(fields);
        self.push(parameter, defaults(&inner), None, Shape::Group(inner));
    }

    fn optional_group(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        on: &mut bool,
        fields: &mut dyn FnMut(&mut dyn Fields),
    ) {
        let inner = describe(fields);
        let default = if *on { defaults(&inner) } else { Value::Null };
        self.push(parameter, default, Some(none), Shape::Group(inner));
    }

    fn variants(
        &mut self,
        parameter: Parameter,
        tag: &'static str,
        index: &mut usize,
        choices: &[Choice],
        fields: &mut dyn FnMut(usize, &mut dyn Fields),
    ) {
        let variants: Vec<(Choice, Vec<Field>)> =
            choices.iter().enumerate().map(|(i, choice)| (*choice, describe(&mut |f| fields(i, f)))).collect();
        let mut default = defaults(&variants[*index].1);
        default[tag] = json!(choices[*index].id);
        self.push(parameter, default, None, Shape::OneOf { tag, variants });
    }

    fn optional_variants(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        on: &mut bool,
        tag: &'static str,
        index: &mut usize,
        choices: &[Choice],
        fields: &mut dyn FnMut(usize, &mut dyn Fields),
    ) {
        self.variants(parameter, tag, index, choices, fields);
        if let Some(field) = self.fields.last_mut() {
            field.none = Some(none);
            if !*on {
                field.default = Value::Null;
            }
        }
    }

    fn items(
        &mut self,
        parameter: Parameter,
        resize: &mut dyn FnMut(Option<usize>) -> usize,
        each: &mut dyn FnMut(usize, &mut dyn Fields),
    ) {
        let count = resize(None);
        let default = (0..count).map(|i| defaults(&describe(&mut |f| each(i, f)))).collect();
        // One past the default's items: a new item with its own defaults.
        let template = describe(&mut |f| each(count, f));
        self.push(parameter, default, None, Shape::List(template));
    }

    fn points(&mut self, parameter: Parameter, axes: [Axis; 2], value: &mut Vec<[f64; 2]>) {
        self.push(parameter, json!(value), None, Shape::Points(axes));
    }
}

/// Whole numbers without a fraction, so that `20` is not written `20.0`.
fn number(value: f64) -> Value {
    whole(value).map_or_else(|| json!(value), Value::from)
}
