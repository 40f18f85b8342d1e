//! How a kind, a link or a fault names its parameters: once.
//!
//! A parameter set implements one function, `fields(&mut self, f: &mut dyn Fields)`, which names
//! each parameter with its key, label, range, unit and help and lends a reference to its value.
//! The same walk then serves every purpose: [`read`] fills the values from JSON and reports what
//! is wrong, [`describe`] yields the tree that the inspector, the JSON Schema and the
//! documentation are drawn from.

mod duration;
mod run_plan;
pub mod values;

pub use duration::DurationParam;

use crate::model::json::{quote, texts};
use crate::model::{Params, Place, Problem, Severity};
use serde_json::{Map, Value, json};

/// What is said of one parameter: `parameter("ttl_s", "TTL").unit("s").help("…")`.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Key in the document; units are in the name.
    pub key: &'static str,
    /// Label in the inspector.
    pub label: &'static str,
    /// Unit as shown beside the value; empty for a plain number.
    pub unit: &'static str,
    /// One or two sentences: what it does.
    pub help: &'static str,
}

/// A [`Parameter`] without a unit and without help.
pub const fn parameter(key: &'static str, label: &'static str) -> Parameter {
    Parameter { key, label, unit: "", help: "" }
}

impl Parameter {
    /// Names the unit that is shown beside the value.
    pub const fn unit(self, unit: &'static str) -> Parameter {
        Parameter { unit, ..self }
    }

    /// Says what the parameter does, in one or two sentences.
    pub const fn help(self, help: &'static str) -> Parameter {
        Parameter { help, ..self }
    }
}

/// Something about parameters that ranges alone cannot say is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Dotted path of the parameter.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub right: String,
}

impl Violation {
    /// A violation of the parameter at this path.
    pub fn new(field: &str, what: impl Into<String>, right: impl Into<String>) -> Violation {
        Violation { field: field.to_owned(), what: what.into(), right: right.into() }
    }
}

/// One value of a choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// As written in the document.
    pub id: &'static str,
    /// As shown.
    pub label: &'static str,
}

/// Something that is one of a few named values.
pub trait Choices: Copy + PartialEq + 'static {
    /// Every value with its id and label; the first is not necessarily the default.
    const ALL: &'static [(Self, Choice)];
}

/// Implements [`Choices`] for an enum: `choice! { Access { Read = "read" "reads", … } }`.
#[macro_export]
macro_rules! choices {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $id:literal $label:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }
        impl $crate::params::Choices for $name {
            const ALL: &'static [(Self, $crate::params::Choice)] =
                &[$(($name::$variant, $crate::params::Choice { id: $id, label: $label })),+];
        }
    };
}

/// What a walk over parameters does at each of them.
///
/// `null` in the document means `None`, shown as the word in `none`.
pub trait Fields {
    /// A number between `min` and `max`, both allowed.
    fn number(&mut self, parameter: Parameter, value: &mut f64, min: f64, max: f64);
    /// A number, or `null`.
    fn optional_number(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        value: &mut Option<f64>,
        min: f64,
        max: f64,
    );
    /// A whole number between `min` and `max`, both allowed.
    fn integer(&mut self, parameter: Parameter, value: &mut u32, min: u32, max: u32);
    /// A whole number, or `null`.
    fn optional_integer(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        value: &mut Option<u32>,
        min: u32,
        max: u32,
    );
    /// Yes or no.
    fn boolean(&mut self, parameter: Parameter, value: &mut bool);
    /// One of `choices`, by index. Use [`choice`].
    fn choice(&mut self, parameter: Parameter, index: &mut usize, choices: &[Choice]);
    /// Any text.
    fn text(&mut self, parameter: Parameter, value: &mut String);
    /// Texts, or `null` for all.
    fn optional_names(&mut self, parameter: Parameter, none: &'static str, value: &mut Option<Vec<String>>);
    /// Two lists of texts, or `null`.
    fn optional_sides(&mut self, parameter: Parameter, none: &'static str, value: &mut Option<Sides>);
    /// A whole number of up to 64 bits.
    fn seed(&mut self, parameter: Parameter, value: &mut u64);
    /// Parameters of their own under one key.
    fn group(&mut self, parameter: Parameter, fields: &mut dyn FnMut(&mut dyn Fields));
    /// A group, or `null`.
    fn optional_group(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        on: &mut bool,
        fields: &mut dyn FnMut(&mut dyn Fields),
    );
    /// A group whose `tag` decides which parameters it has; `fields` gets the index of the
    /// variant. Use [`one_of`].
    fn variants(
        &mut self,
        parameter: Parameter,
        tag: &'static str,
        index: &mut usize,
        choices: &[Choice],
        fields: &mut dyn FnMut(usize, &mut dyn Fields),
    );
    /// Variants, or `null`. Use [`optional_one_of`].
    #[allow(clippy::too_many_arguments)]
    fn optional_variants(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        on: &mut bool,
        tag: &'static str,
        index: &mut usize,
        choices: &[Choice],
        fields: &mut dyn FnMut(usize, &mut dyn Fields),
    );
    /// A list of groups: says how many there are, given how many the default has, then walks
    /// each. Use [`list`].
    fn items(
        &mut self,
        parameter: Parameter,
        resize: &mut dyn FnMut(Option<usize>) -> usize,
        each: &mut dyn FnMut(usize, &mut dyn Fields),
    );
    /// A list of `[x, y]` pairs.
    fn points(&mut self, parameter: Parameter, axes: [Axis; 2], value: &mut Vec<[f64; 2]>);
}

/// Two lists of names.
pub type Sides = [Vec<String>; 2];

/// One coordinate of a list of pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// As shown.
    pub label: &'static str,
    /// Least value allowed.
    pub min: f64,
    /// Greatest value allowed.
    pub max: f64,
}

/// [`Fields::choice`] for an enum.
pub fn choice<T: Choices>(f: &mut dyn Fields, parameter: Parameter, value: &mut T) {
    let mut index = T::ALL.iter().position(|(each, _)| each == value).unwrap_or(0);
    let choices: Vec<Choice> = T::ALL.iter().map(|(_, choice)| *choice).collect();
    f.choice(parameter, &mut index, &choices);
    *value = T::ALL[index].0;
}

/// [`Fields::variants`] for an enum.
pub fn one_of<T: Choices>(
    f: &mut dyn Fields,
    parameter: Parameter,
    tag: &'static str,
    value: &mut T,
    fields: &mut dyn FnMut(T, &mut dyn Fields),
) {
    let mut index = T::ALL.iter().position(|(each, _)| each == value).unwrap_or(0);
    let choices: Vec<Choice> = T::ALL.iter().map(|(_, choice)| *choice).collect();
    f.variants(parameter, tag, &mut index, &choices, &mut |i, f| fields(T::ALL[i].0, f));
    *value = T::ALL[index].0;
}

/// [`Fields::optional_variants`] for an enum.
pub fn optional_one_of<T: Choices>(
    f: &mut dyn Fields,
    parameter: Parameter,
    none: &'static str,
    on: &mut bool,
    tag: &'static str,
    value: &mut T,
    fields: &mut dyn FnMut(T, &mut dyn Fields),
) {
    let mut index = T::ALL.iter().position(|(each, _)| each == value).unwrap_or(0);
    let choices: Vec<Choice> = T::ALL.iter().map(|(_, choice)| *choice).collect();
    f.optional_variants(parameter, none, on, tag, &mut index, &choices, &mut |i, f| fields(T::ALL[i].0, f));
    *value = T::ALL[index].0;
}

/// [`Fields::items`] for a vector.
pub fn list<T: Default + Clone>(
    f: &mut dyn Fields,
    parameter: Parameter,
    items: &mut Vec<T>,
    each: fn(&mut T, &mut dyn Fields),
) {
    let cell = std::cell::RefCell::new(items);
    f.items(
        parameter,
        &mut |count| {
            let mut items = cell.borrow_mut();
            if let Some(count) = count {
                // What the document lists replaces the default list: nothing of it shines through.
                **items = vec![T::default(); count];
            }
            items.len()
        },
        &mut |i, f| {
            let mut items = cell.borrow_mut();
            if i == items.len() {
                items.push(T::default());
            }
            each(&mut items[i], f);
        },
    );
}

// ---------------------------------------------------------------------------------------------
// Reading

/// Fills parameters from JSON; what is absent keeps its default, what is wrong is reported at its
/// path and keeps its default too.
pub fn read(params: &Params, place: &Place, fields: &mut dyn FnMut(&mut dyn Fields)) -> Vec<Problem> {
    let mut reader = Reader { here: Some(params), path: Vec::new(), place, problems: Vec::new(), known: Vec::new() };
    fields(&mut reader);
    reader.report_unknown();
    reader.problems
}

struct Reader<'a> {
    here: Option<&'a Map<String, Value>>,
    path: Vec<String>,
    place: &'a Place,
    problems: Vec<Problem>,
    /// Keys named so far in the map `here`.
    known: Vec<&'static str>,
}

/// A number as a person would write it.
pub fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return (number as i64).to_string();
    }
    // Not the standard library's way: its tables would be fetched with the worker for these few sentences.
    serde_json::Number::from_f64(number).map_or_else(|| "not a number".to_owned(), |number| number.to_string())
}

impl<'a> Reader<'a> {
    fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.here.and_then(|map| map.get(key))
    }

    fn problem(&mut self, key: &str, severity: Severity, what: String, right: String) {
        let mut field = self.path.clone();
        if !key.is_empty() {
            field.push(key.to_owned());
        }
        self.problems.push(Problem { severity, place: self.place.clone(), field: field.join("."), what, right });
    }

    fn wrong(&mut self, key: &str, value: &Value, right: String) {
        self.problem(key, Severity::Error, format!("{} does not fit", quote(value)), right);
    }

    fn report_unknown(&mut self) {
        let Some(map) = self.here else { return };
        let known = std::mem::take(&mut self.known);
        for (key, value) in map {
            if !known.contains(&key.as_str()) && !value.is_null() {
                let right = format!("one of {}", known.join(", "));
                let right = if known.is_empty() { "no parameters".to_owned() } else { right };
                self.problem(key, Severity::Warning, "is not simulated and is ignored".to_owned(), right);
            }
        }
    }

    fn within(&mut self, key: String, map: Option<&'a Map<String, Value>>, walk: &mut dyn FnMut(&mut Reader<'a>)) {
        let here = std::mem::replace(&mut self.here, map);
        let known = std::mem::take(&mut self.known);
        self.path.push(key);
        walk(self);
        self.report_unknown();
        self.path.pop();
        self.here = here;
        self.known = known;
    }

    /// The map under a key, when there is one; reports what is there instead.
    fn map(&mut self, key: &'static str, value: Option<&'a Value>) -> Option<&'a Map<String, Value>> {
        match value {
            Some(Value::Object(map)) => Some(map),
            Some(other) => {
                self.wrong(key, other, "an object, {…}".to_owned());
                None
            }
            None => None,
        }
    }
}

fn range_words(what: &str, min: f64, max: f64, unit: &str) -> String {
    let space = if unit.is_empty() { "" } else { " " };
    format!("{what} from {} to {}{space}{unit}", plain(min), plain(max))
}

impl Fields for Reader<'_> {
    fn number(&mut self, parameter: Parameter, value: &mut f64, min: f64, max: f64) {
        let mut maybe = Some(*value);
        if let Some(found) = self.get(parameter.key) {
            match found.as_f64() {
                Some(x) if (min..=max).contains(&x) => maybe = Some(x),
                _ => self.wrong(parameter.key, found, range_words("a number", min, max, parameter.unit)),
            }
        }
        *value = maybe.unwrap_or(*value);
    }

    fn optional_number(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        value: &mut Option<f64>,
        min: f64,
        max: f64,
    ) {
        let Some(found) = self.get(parameter.key) else { return };
        match found.as_f64() {
            _ if found.is_null() => *value = None,
            Some(x) if (min..=max).contains(&x) => *value = Some(x),
            _ => self.wrong(
                parameter.key,
                found,
                format!("{}, or null for {none}", range_words("a number", min, max, parameter.unit)),
            ),
        }
    }

    fn integer(&mut self, parameter: Parameter, value: &mut u32, min: u32, max: u32) {
        let Some(found) = self.get(parameter.key) else { return };
        match found.as_f64() {
            Some(x) if x.fract() == 0.0 && (min as f64..=max as f64).contains(&x) => *value = x as u32,
            _ => {
                self.wrong(parameter.key, found, range_words("a whole number", min.into(), max.into(), parameter.unit))
            }
        }
    }

    fn optional_integer(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        value: &mut Option<u32>,
        min: u32,
        max: u32,
    ) {
        let Some(found) = self.get(parameter.key) else { return };
        match found.as_f64() {
            _ if found.is_null() => *value = None,
            Some(x) if x.fract() == 0.0 && (min as f64..=max as f64).contains(&x) => *value = Some(x as u32),
            _ => {
                let right = range_words("a whole number", min.into(), max.into(), parameter.unit);
                self.wrong(parameter.key, found, format!("{right}, or null for {none}"));
            }
        }
    }

    fn boolean(&mut self, parameter: Parameter, value: &mut bool) {
        match self.get(parameter.key) {
            Some(Value::Bool(found)) => *value = *found,
            Some(other) => self.wrong(parameter.key, other, "true or false".to_owned()),
            None => {}
        }
    }

    fn choice(&mut self, parameter: Parameter, index: &mut usize, choices: &[Choice]) {
        let Some(found) = self.get(parameter.key) else { return };
        match choices.iter().position(|choice| Some(choice.id) == found.as_str()) {
            Some(position) => *index = position,
            None => self.wrong(parameter.key, found, ids(choices)),
        }
    }

    fn text(&mut self, parameter: Parameter, value: &mut String) {
        match self.get(parameter.key) {
            Some(Value::String(found)) => value.clone_from(found),
            Some(other) => self.wrong(parameter.key, other, "a text".to_owned()),
            None => {}
        }
    }

    fn optional_names(&mut self, parameter: Parameter, none: &'static str, value: &mut Option<Vec<String>>) {
        let Some(found) = self.get(parameter.key) else { return };
        if found.is_null() {
            *value = None;
            return;
        }
        match texts(found) {
            Some(names) => *value = Some(names),
            None => self.wrong(parameter.key, found, format!("a list of names, or null for {none}")),
        }
    }

    fn optional_sides(&mut self, parameter: Parameter, none: &'static str, value: &mut Option<Sides>) {
        let Some(found) = self.get(parameter.key) else { return };
        let sides: Option<Vec<Vec<String>>> = found.as_array().and_then(|sides| sides.iter().map(texts).collect());
        match sides.map(Sides::try_from) {
            _ if found.is_null() => *value = None,
            Some(Ok(sides)) => *value = Some(sides),
            _ => self.wrong(parameter.key, found, format!("two lists of names: [[…], […]], or null for {none}")),
        }
    }

    fn seed(&mut self, parameter: Parameter, value: &mut u64) {
        let Some(found) = self.get(parameter.key) else { return };
        match found.as_u64() {
            Some(seed) => *value = seed,
            None => self.wrong(parameter.key, found, format!("a whole number from 0 to {}", u64::MAX)),
        }
    }

    fn group(&mut self, parameter: Parameter, fields: &mut dyn FnMut(&mut dyn Fields)) {
        let found = self.get(parameter.key);
        let map = self.map(parameter.key, found);
        self.within(parameter.key.to_owned(), map, &mut |reader| fields(reader));
    }

    fn optional_group(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        on: &mut bool,
        fields: &mut dyn FnMut(&mut dyn Fields),
    ) {
        let found = self.get(parameter.key);
        match found {
            Some(Value::Null) => *on = false,
            Some(Value::Object(_)) => *on = true,
            Some(other) => self.wrong(parameter.key, other, format!("an object, {{…}}, or null for {none}")),
            None => {}
        }
        let map = found.and_then(Value::as_object);
        if *on {
            self.within(parameter.key.to_owned(), map, &mut |reader| fields(reader));
        }
    }

    fn variants(
        &mut self,
        parameter: Parameter,
        tag: &'static str,
        index: &mut usize,
        choices: &[Choice],
        fields: &mut dyn FnMut(usize, &mut dyn Fields),
    ) {
        let found = self.get(parameter.key);
        let map = self.map(parameter.key, found);
        self.within(parameter.key.to_owned(), map, &mut |reader| {
            if let Some(written) = reader.get(tag) {
                match choices.iter().position(|choice| Some(choice.id) == written.as_str()) {
                    Some(position) => *index = position,
                    None => {
                        reader.wrong(tag, written, ids(choices));
                        // Which parameters belong to an unknown variant is unknown too.
                        reader.here = None;
                    }
                }
            }
            fields(*index, reader);
        });
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
        match self.get(parameter.key) {
            Some(Value::Null) => *on = false,
            Some(Value::Object(_)) => *on = true,
            Some(other) => return self.wrong(parameter.key, other, format!("an object, {{…}}, or null for {none}")),
            None => {}
        }
        if *on {
            self.variants(parameter, tag, index, choices, fields);
        }
    }

    fn items(
        &mut self,
        parameter: Parameter,
        resize: &mut dyn FnMut(Option<usize>) -> usize,
        each: &mut dyn FnMut(usize, &mut dyn Fields),
    ) {
        let found = self.get(parameter.key);
        let list = match found {
            Some(Value::Array(list)) => list,
            Some(other) => return self.wrong(parameter.key, other, "a list, […]".to_owned()),
            None => return,
        };
        if list.len() > 100 {
            return self.problem(
                parameter.key,
                Severity::Error,
                format!("{} entries are too many", list.len()),
                "at most 100".to_owned(),
            );
        }
        resize(Some(list.len()));
        for (i, item) in list.iter().enumerate() {
            match item.as_object() {
                Some(map) => self.within(format!("{}.{i}", parameter.key), Some(map), &mut |reader| each(i, reader)),
                None => self.wrong(&format!("{}.{i}", parameter.key), item, "an object, {…}".to_owned()),
            }
        }
    }

    fn points(&mut self, parameter: Parameter, axes: [Axis; 2], value: &mut Vec<[f64; 2]>) {
        let Some(found) = self.get(parameter.key) else { return };
        let pair = |each: &Value| -> Option<[f64; 2]> {
            let [x, y] = each.as_array()?.as_slice() else { return None };
            let (x, y) = (x.as_f64()?, y.as_f64()?);
            ((axes[0].min..=axes[0].max).contains(&x) && (axes[1].min..=axes[1].max).contains(&y)).then_some([x, y])
        };
        let right = || {
            format!(
                "a list of pairs [{}, {}]: {} and {}",
                axes[0].label,
                axes[1].label,
                range_words("a number", axes[0].min, axes[0].max, ""),
                range_words("a number", axes[1].min, axes[1].max, "")
            )
        };
        let pairs: Option<Vec<[f64; 2]>> =
            found.as_array().filter(|all| all.len() <= 1000).and_then(|all| all.iter().map(pair).collect());
        match pairs {
            Some(pairs) if pairs.windows(2).all(|two| two[0][0] <= two[1][0]) => *value = pairs,
            Some(_) => self.wrong(parameter.key, found, format!("{} in rising order", axes[0].label)),
            None => self.wrong(parameter.key, found, right()),
        }
    }
}

fn ids(choices: &[Choice]) -> String {
    let ids: Vec<&str> = choices.iter().map(|choice| choice.id).collect();
    format!("one of {}", ids.join(", "))
}

// ---------------------------------------------------------------------------------------------
// Describing

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
    let mut all = Params::new();
    for field in fields {
        all.insert(field.key.to_owned(), field.default.clone());
    }
    Value::Object(all)
}

struct Describer {
    fields: Vec<Field>,
}

impl Describer {
    fn push(&mut self, parameter: Parameter, default: Value, none: Option<&'static str>, shape: Shape) {
        let Parameter { key, label, unit, help } = parameter;
        self.fields.push(Field { key, label, unit, help, default, none, shape });
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

    fn optional_names(&mut self, parameter: Parameter, none: &'static str, value: &mut Option<Vec<String>>) {
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
    if value.fract() == 0.0 && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
}
