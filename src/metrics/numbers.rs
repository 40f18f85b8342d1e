//! Reported numbers with their values.

use super::described::numbers;
use super::{Metric, MetricInfo, Metrics};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Map;
use std::collections::BTreeMap;
use std::ops::Index;

numbers! {
    /// Spans of time in milliseconds; absent where nothing was recorded.
    #[derive(Copy)]
    pub struct Summary {
        /// Arithmetic mean.
        mean: Option<f64> = Mean("mean", ""),
        /// Median.
        p50: Option<f64> = Distribution("p50", ""),
        /// 90th percentile; of fewer than 10 spans the longest.
        p90: Option<f64> = Distribution("p90", ""),
        /// 95th percentile; of fewer than 20 spans the longest.
        p95: Option<f64> = Distribution("p95", ""),
        /// 99th percentile; of fewer than 100 spans the longest.
        p99: Option<f64> = Distribution("p99", ""),
        /// 99.9th percentile; of fewer than 1000 spans the longest.
        p999: Option<f64> = Distribution("p99.9", ""),
        /// The longest.
        max: Option<f64> = Maximum("max", ""),
    }
}

/// The value of a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A whole number.
    Count(u64),
    /// Any other number.
    Number(f64),
    /// Several of one sort.
    List(Vec<f64>),
    /// Mean, percentiles and maximum.
    Summary(Summary),
    /// The numbers of each of several parts.
    Parts(Vec<Numbers>),
}

impl Value {
    /// As one number; the mean where it is a summary.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Count(count) => Some(*count as f64),
            Value::Number(number) => Some(*number),
            Value::List(_) | Value::Parts(_) => None,
            Value::Summary(summary) => summary.mean,
        }
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Value::Count(count) => serde_json::json!(count),
            Value::Number(number) => serde_json::json!(number),
            Value::List(list) => serde_json::json!(list),
            Value::Summary(summary) => serde_json::json!(summary),
            Value::Parts(parts) => parts.iter().map(|part| serde_json::Value::Object(part.nested())).collect(),
        }
    }
}

/// A type of which a number's values can be.
pub trait Measured: Clone {
    /// As a value of any type.
    fn into_value(self) -> Value;
    /// A value of this type.
    fn of(value: &Value) -> Option<&Self>;
}

macro_rules! measured {
    ($($type:ty: $variant:ident),+) => {
        $(impl Measured for $type {
            fn into_value(self) -> Value {
                Value::$variant(self)
            }

            fn of(value: &Value) -> Option<&Self> {
                if let Value::$variant(value) = value { Some(value) } else { None }
            }
        })+
    };
}

measured!(u64: Count, f64: Number, Vec<f64>: List, Summary: Summary, Vec<Numbers>: Parts);

/// The reported numbers of one node or link, by key.
///
/// As JSON they are nested at the dots of their keys, `null` where a number is absent; in a message
/// between page and worker they are flat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers(BTreeMap<String, Option<Value>>);

impl Numbers {
    /// The value of a number; `None` where it is absent.
    pub fn get<T: Measured>(&self, metric: &Metric<T>) -> Option<T> {
        self.0.get(metric.info.key)?.as_ref().and_then(T::of).cloned()
    }

    /// The value of the number with this key; `None` where it is absent.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.0.get(key)?.as_ref()
    }

    /// Whether there is a value of this number.
    pub fn has<T>(&self, metric: &Metric<T>) -> bool {
        self.value(metric.info.key).is_some()
    }

    /// Adds what others have as absent: `null`, or `null` for the object that would hold it.
    pub fn complete(&mut self, all: impl Iterator<Item = &'static MetricInfo>) {
        for info in all.filter(|info| info.reported) {
            if self.0.contains_key(info.key) {
                continue;
            }
            let group = info.key.split_once('.').map(|(group, _)| group);
            match group {
                None => drop(self.0.insert(info.key.to_owned(), None)),
                Some(group) if !self.0.keys().any(|key| is_within(key, group)) => {
                    self.0.insert(group.to_owned(), None);
                }
                Some(_) => {}
            }
        }
    }

    fn nested(&self) -> Map<String, serde_json::Value> {
        let mut nested = Map::new();
        for (key, value) in &self.0 {
            let value = value.as_ref().map_or(serde_json::Value::Null, Value::json);
            match key.split_once('.') {
                None => drop(nested.insert(key.clone(), value)),
                Some((group, key)) => nested.entry(group).or_insert_with(|| Map::new().into())[key] = value,
            }
        }
        nested
    }
}

/// Whether a key is that of a group or of a number in it.
fn is_within(key: &str, group: &str) -> bool {
    key.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Metrics for Numbers {
    fn number(&mut self, metric: &'static MetricInfo, value: Option<Value>) {
        if metric.reported {
            self.0.insert(metric.key.to_owned(), value);
        }
    }

    fn wants(&self, metric: &'static MetricInfo) -> bool {
        metric.reported
    }
}

impl<T: Measured> Index<&Metric<T>> for Numbers {
    type Output = T;

    /// The value of a number that is there.
    fn index(&self, metric: &Metric<T>) -> &T {
        match self.value(metric.info.key).and_then(T::of) {
            Some(value) => value,
            None => panic!("there is no {}", metric.info.key),
        }
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { self.nested().serialize(serializer) } else { self.0.serialize(serializer) }
    }
}

/// From a message; JSON is for reading by others.
impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Numbers, D::Error> {
        BTreeMap::deserialize(deserializer).map(Numbers)
    }
}
