//! How a kind, a link or a fault names its parameters: once.
//!
//! A parameter set implements one function, `fields(&mut self, f: &mut dyn Fields)`, which names
//! each parameter with its key, label, range, unit and help and lends a reference to its value.
//! The same walk then serves every purpose: [`read`] fills the values from JSON and reports what
//! is wrong, [`describe`] yields the tree that the inspector, the JSON Schema and the
//! documentation are drawn from. [`values`] answers what a parameter's value is and changes it;
//! [`DurationParam`] is a span of time, the same wherever one is a parameter.

mod choice;
mod describe;
mod duration;
mod fixed;
mod read;
mod run_plan;
mod similar;
pub mod values;
mod words;

pub use choice::{Choice, Choices, choice, one_of, optional_one_of};
pub use describe::{Field, Shape, defaults, describe};
pub use duration::{DurationParam, OptionalDuration};
pub use fixed::{Fixed, fixed_difference};
pub use read::{plain, read, read_beside};
pub use similar::{closest, hint, path_hint};
pub use words::{change_words, field_at, label_within, value_words};

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
    /// Why it cannot change during a run; empty where it can. See [`Parameter::fixed`].
    pub fixed: &'static str,
    /// How it is presented.
    pub hint: Hint,
}

/// How a parameter is presented; it means nothing to the simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hint {
    /// Whether it is one of the few that are shown first. Where no parameter of a place is, all are.
    pub essential: bool,
    /// The range of its slider, where sliding helps: what people use, not what is allowed.
    pub slide: Option<[f64; 2]>,
    /// The whole numbers that mean something, where they are few; empty where all of the range do.
    pub among: &'static [u32],
}

impl Hint {
    /// Nothing special.
    pub const NONE: Hint = Hint { essential: false, slide: None, among: &[] };
}

/// A [`Parameter`] without a unit and without help, which can change during a run.
pub const fn parameter(key: &'static str, label: &'static str) -> Parameter {
    Parameter { key, label, unit: "", help: "", fixed: "", hint: Hint::NONE }
}

/// Whether this build shows texts of help to anyone: the worker alone does not, and leaves them out.
pub(crate) const SHOWS_HELP: bool = cfg!(any(feature = "web", not(feature = "worker")));

/// A text that people read: the worker, which shows nothing, leaves it out.
pub(crate) const fn shown(text: &'static str) -> &'static str {
    if SHOWS_HELP { text } else { "" }
}

impl Parameter {
    /// Names the unit that is shown beside the value.
    pub const fn unit(self, unit: &'static str) -> Parameter {
        Parameter { unit, ..self }
    }

    /// Says what the parameter does, in one or two sentences.
    /// The worker leaves it out.
    pub const fn help(self, help: &'static str) -> Parameter {
        Parameter { help: shown(help), ..self }
    }

    /// Says why the value cannot change during a run, in a few words that follow "because". Of a group it is
    /// whether it is on, and which variant it has; of a list how many entries it has: what they contain is
    /// said for each parameter in it. The worker leaves it out.
    pub const fn fixed(self, why: &'static str) -> Parameter {
        Parameter { fixed: shown(why), ..self }
    }

    /// One of the few that are shown first.
    pub const fn essential(self) -> Parameter {
        Parameter { hint: Hint { essential: true, ..self.hint }, ..self }
    }

    /// Has a slider over this range; by ratios where its ends are far apart.
    pub const fn slide(self, low: f64, high: f64) -> Parameter {
        Parameter { hint: Hint { slide: Some([low, high]), ..self.hint }, ..self }
    }

    /// Only these whole numbers mean something.
    pub const fn among(self, values: &'static [u32]) -> Parameter {
        Parameter { hint: Hint { among: values, ..self.hint }, ..self }
    }
}

/// Something about parameters that ranges alone cannot say is wrong: `min_ms` above `max_ms`.
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

/// What a walk over parameters does at each of them.
///
/// `null` in the document means `None`, shown as the word in `none`.
///
/// ```
/// use headroom::model::Place;
/// use headroom::params::{Fields, Shape, describe, parameter, read};
/// use serde_json::json;
///
/// /// The parameters of a printer.
/// struct Printer {
///     pages_per_minute: f64,
///     trays: u32,
///     queue_limit: Option<u32>,
/// }
///
/// impl Printer {
///     fn fields(&mut self, f: &mut dyn Fields) {
///         f.number(
///             parameter("pages_per_minute", "Speed").unit("pages/min").help("How fast it prints."),
///             &mut self.pages_per_minute,
///             1.0,
///             200.0,
///         );
///         f.integer(parameter("trays", "Trays"), &mut self.trays, 1, 8);
///         f.optional_integer(parameter("queue_limit", "Queue limit"), "unbounded", &mut self.queue_limit, 0, 100);
///     }
/// }
///
/// let mut printer = Printer { pages_per_minute: 30.0, trays: 1, queue_limit: None };
///
/// // Described: what the inspector shows and the schema says.
/// let fields = describe(&mut |f| printer.fields(f));
/// assert_eq!((fields[0].key, fields[0].unit), ("pages_per_minute", "pages/min"));
/// assert_eq!(fields[1].shape, Shape::Integer { min: 1, max: 8 });
/// assert_eq!((fields[2].none, &fields[2].default), (Some("unbounded"), &json!(null)));
///
/// // Read: values that fit are taken over, the others are problems and keep their defaults.
/// let written = json!({"trays": 4, "queue_limit": 5000, "color": true});
/// let place = Place::Node("printer".to_owned());
/// let problems = read(written.as_object().unwrap(), &place, &mut |f| printer.fields(f));
/// assert_eq!((printer.trays, printer.queue_limit), (4, None));
/// let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
/// assert_eq!(problems, [
///     "nodes.printer.params.queue_limit: 5000 does not fit: a whole number from 0 to 100, or null for unbounded",
///     "nodes.printer.params.color: is not simulated and is ignored: one of pages_per_minute, trays, queue_limit",
/// ]);
/// ```
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
    /// Texts, or `null` for all. `known` are the texts that there are, where they are the same in every
    /// document; a sentence that refuses a value names them.
    fn optional_names(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        known: &[&'static str],
        value: &mut Option<Vec<String>>,
    );
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
