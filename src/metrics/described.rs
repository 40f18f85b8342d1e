//! Numbers that are the same in every report: fields of structs that describe themselves.

use super::{Aggregate, MetricInfo, Summary};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A number as the schema of the report lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// Path in the report: `requests.offered`, `nodes.*.backlog.max`.
    pub path: String,
    /// As tables and charts call it.
    pub label: &'static str,
    /// Unit as shown beside the value; empty for a ratio.
    pub unit: &'static str,
    /// What is measured.
    pub help: &'static str,
    /// What it is made of.
    pub aggregate: Aggregate,
}

impl Number {
    /// The whole of a report, for [`Described::describe`].
    pub const ROOT: Number = Number { path: String::new(), label: "", unit: "", help: "", aggregate: Aggregate::Count };

    /// As an entry of the schema.
    pub fn json(&self) -> Value {
        json!({
            "key": self.path,
            "label": self.label,
            "unit": (!self.unit.is_empty()).then_some(self.unit),
            "aggregate": self.aggregate.id(),
            "meaning": self.help,
        })
    }

    /// Whether a path of a report, such as `nodes.db.arrivals`, is one of this number: `*` stands for
    /// the name of a node, a link or an operation.
    pub fn is_at(&self, path: &str) -> bool {
        let is_one = |(own, other): (&str, &str)| own == "*" || own == other;
        self.path.split('.').count() == path.split('.').count() && self.path.split('.').zip(path.split('.')).all(is_one)
    }
}

/// A type whose values stand in a report: a number, or a struct of numbers.
pub trait Described {
    /// Adds the numbers of a value of this type. `number` says what its field is: a plain number is
    /// added as that; a struct adds its own numbers below that path, with that unit.
    fn describe(number: Number, all: &mut Vec<Number>);
}

macro_rules! plain {
    ($($type:ty),+) => {
        $(impl Described for $type {
            fn describe(number: Number, all: &mut Vec<Number>) {
                all.push(number);
            }
        })+
    };
}

plain!(u32, u64, f64, Option<f64>, Vec<f64>, Vec<Option<f64>>, String);

/// What is left out.
impl Described for () {
    fn describe(_number: Number, _all: &mut Vec<Number>) {}
}

/// By the name of a node, a link or an operation.
impl<T: Described> Described for BTreeMap<String, T> {
    fn describe(number: Number, all: &mut Vec<Number>) {
        T::describe(Number { path: format!("{}.*", number.path), ..number }, all);
    }
}

impl MetricInfo {
    /// The numbers that it comes to in a report, below a path: one, or those of a summary.
    pub fn numbers(&self, below: &str) -> Vec<Number> {
        let MetricInfo { key, label, unit, help, aggregate, .. } = *self;
        let dot = if below.is_empty() { "" } else { "." };
        let number = Number { path: format!("{below}{dot}{key}"), label, unit, help, aggregate };
        let mut all = Vec::new();
        match aggregate {
            Aggregate::Distribution => Summary::describe(number, &mut all),
            _ => all.push(number),
        }
        all
    }
}

/// A struct of numbers, each with its documentation as help, what it is made of, its label and its unit.
/// A number of a struct without a unit has the unit of the field that holds the struct.
macro_rules! numbers {
    (
        $(#[doc = $doc:literal])* $(#[derive($($derive:ident),+)])?
        pub struct $name:ident$(<$($parameter:ident),+>)? {
            $($(#[doc = $help:literal])+ $field:ident: $type:ty = $aggregate:ident($label:literal, $unit:literal),)+
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, $($($derive),+)?)]
        pub struct $name$(<$($parameter),+>)? {
            $($(#[doc = $help])+ pub $field: $type,)+
        }

        impl$(<$($parameter: $crate::metrics::Described),+>)? $crate::metrics::Described for $name$(<$($parameter),+>)? {
            fn describe(number: $crate::metrics::Number, all: &mut Vec<$crate::metrics::Number>) {
                let dot = if number.path.is_empty() { "" } else { "." };
                $(<$type as $crate::metrics::Described>::describe(
                    $crate::metrics::Number {
                        path: format!("{}{dot}{}", number.path, stringify!($field)),
                        label: $label,
                        unit: if $unit.is_empty() { number.unit } else { $unit },
                        help: concat!($($help),+).trim_ascii(),
                        aggregate: $crate::metrics::Aggregate::$aggregate,
                    },
                    all,
                );)+
            }
        }
    };
}
pub(crate) use numbers;
