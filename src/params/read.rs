//! Parameters filled from JSON.

use super::{Axis, Choice, Fields, Parameter, SHOWS_HELP, Sides, hint};
use crate::model::json::{quote, texts, whole};
use crate::model::{Params, Place, Problem, Severity};
use serde_json::{Map, Value};

/// Most entries in a list of groups.
const ITEMS_MAX: usize = 100;
/// Most pairs in a list of pairs.
const POINTS_MAX: usize = 1000;

/// Fills parameters from JSON; what is absent keeps its default, what is wrong is reported at its
/// path and keeps its default too.
pub fn read(params: &Params, place: &Place, fields: &mut dyn FnMut(&mut dyn Fields)) -> Vec<Problem> {
    read_beside(params, &[], place, fields)
}

/// As [`read`], where the parameters stand beside other keys: what is not known may be one of these,
/// misspelled.
pub fn read_beside(
    params: &Params,
    others: &[&'static str],
    place: &Place,
    fields: &mut dyn FnMut(&mut dyn Fields),
) -> Vec<Problem> {
    let known = others.to_vec();
    let mut reader = Reader { here: Some(params), path: Vec::new(), place, problems: Vec::new(), known };
    fields(&mut reader);
    reader.report_unknown();
    reader.problems
}

/// A number as a person would write it: `20`, `0.00005`, and with an exponent (`1e-6`) where it would
/// be long otherwise.
pub fn plain(number: f64) -> String {
    if !SHOWS_HELP {
        return String::new(); // The worker says nothing to people, and formatting is eleven kilobytes of it.
    }
    match whole(number) {
        Some(whole) => whole.to_string(),
        None if !number.is_finite() => "not a number".to_owned(),
        None if (1e-5..1e16).contains(&number.abs()) => number.to_string(),
        None => format!("{number:e}"),
    }
}

/// A text for people; empty in the worker, which says nothing to them.
fn said(words: impl FnOnce() -> String) -> String {
    if SHOWS_HELP { words() } else { String::new() }
}

struct Reader<'a> {
    here: Option<&'a Map<String, Value>>,
    path: Vec<String>,
    place: &'a Place,
    problems: Vec<Problem>,
    /// Keys named so far in the map `here`.
    known: Vec<&'static str>,
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
        self.problem(key, Severity::Error, said(|| format!("{} does not fit", quote(value))), right);
    }

    /// Refuses a value that is none of the choices.
    fn wrong_choice(&mut self, key: &str, value: &Value, choices: &[Choice]) {
        let meant = value.as_str().map_or_else(String::new, |word| hint(word, choices.iter().map(|each| each.id)));
        let what = said(|| format!("{} does not fit{meant}", quote(value)));
        self.problem(key, Severity::Error, what, ids(choices));
    }

    fn report_unknown(&mut self) {
        if !SHOWS_HELP {
            return;
        }
        let Some(map) = self.here else { return };
        let known = std::mem::take(&mut self.known);
        for (key, value) in map {
            if !known.contains(&key.as_str()) && !value.is_null() {
                let right = format!("one of {}", known.join(", "));
                let right = if known.is_empty() { "no parameters".to_owned() } else { right };
                let what = format!("is not simulated and is ignored{}", hint(key, known.iter().copied()));
                self.problem(key, Severity::Warning, what, right);
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
    said(|| format!("{what} from {} to {}{space}{unit}", plain(min), plain(max)))
}

impl Fields for Reader<'_> {
    fn number(&mut self, parameter: Parameter, value: &mut f64, min: f64, max: f64) {
        let Some(found) = self.get(parameter.key) else { return };
        match found.as_f64() {
            Some(x) if (min..=max).contains(&x) => *value = x,
            _ => self.wrong(parameter.key, found, range_words("a number", min, max, parameter.unit)),
        }
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
                said(|| format!("{}, or null for {none}", range_words("a number", min, max, parameter.unit))),
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
                self.wrong(parameter.key, found, said(|| format!("{right}, or null for {none}")));
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
            None => self.wrong_choice(parameter.key, found, choices),
        }
    }

    fn text(&mut self, parameter: Parameter, value: &mut String) {
        match self.get(parameter.key) {
            Some(Value::String(found)) => value.clone_from(found),
            Some(other) => self.wrong(parameter.key, other, "a text".to_owned()),
            None => {}
        }
    }

    fn optional_names(
        &mut self,
        parameter: Parameter,
        none: &'static str,
        known: &[&'static str],
        value: &mut Option<Vec<String>>,
    ) {
        let Some(found) = self.get(parameter.key) else { return };
        if found.is_null() {
            *value = None;
            return;
        }
        match texts(found) {
            Some(names) => *value = Some(names),
            None => {
                let names = if known.is_empty() { "names".to_owned() } else { known.join(", ") };
                self.wrong(parameter.key, found, said(|| format!("a list of {names}, or null for {none}")));
            }
        }
    }

    fn optional_sides(&mut self, parameter: Parameter, none: &'static str, value: &mut Option<Sides>) {
        let Some(found) = self.get(parameter.key) else { return };
        let sides: Option<Vec<Vec<String>>> = found.as_array().and_then(|sides| sides.iter().map(texts).collect());
        match sides.map(Sides::try_from) {
            _ if found.is_null() => *value = None,
            Some(Ok(sides)) => *value = Some(sides),
            _ => {
                self.wrong(parameter.key, found, said(|| format!("two lists of names: [[…], […]], or null for {none}")))
            }
        }
    }

    fn seed(&mut self, parameter: Parameter, value: &mut u64) {
        let Some(found) = self.get(parameter.key) else { return };
        match found.as_u64() {
            Some(seed) => *value = seed,
            None => self.wrong(parameter.key, found, said(|| format!("a whole number from 0 to {}", u64::MAX))),
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
            Some(other) => self.wrong(parameter.key, other, said(|| format!("an object, {{…}}, or null for {none}"))),
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
                        reader.wrong_choice(tag, written, choices);
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
            Some(other) => {
                return self.wrong(parameter.key, other, said(|| format!("an object, {{…}}, or null for {none}")));
            }
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
        if list.len() > ITEMS_MAX {
            return self.problem(
                parameter.key,
                Severity::Error,
                said(|| format!("{} entries are too many", list.len())),
                said(|| format!("at most {ITEMS_MAX}")),
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
            said(|| {
                format!(
                    "a list of pairs [{}, {}]: {} and {}",
                    axes[0].label,
                    axes[1].label,
                    range_words("a number", axes[0].min, axes[0].max, ""),
                    range_words("a number", axes[1].min, axes[1].max, "")
                )
            })
        };
        let pairs: Option<Vec<[f64; 2]>> =
            found.as_array().filter(|all| all.len() <= POINTS_MAX).and_then(|all| all.iter().map(pair).collect());
        match pairs {
            Some(pairs) if pairs.windows(2).all(|two| two[0][0] <= two[1][0]) => *value = pairs,
            Some(_) => self.wrong(parameter.key, found, said(|| format!("{} in rising order", axes[0].label))),
            None => self.wrong(parameter.key, found, right()),
        }
    }
}

fn ids(choices: &[Choice]) -> String {
    let ids: Vec<&str> = choices.iter().map(|choice| choice.id).collect();
    said(|| format!("one of {}", ids.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let written =
            [0.0, -0.0, 20.0, -1.5, 0.1 + 0.2, 0.000_05, 0.000_001, 1.5e-7, 1e15, 1.5e15, 1e16, 1e300].map(plain);
        assert_eq!(
            written,
            [
                "0",
                "0",
                "20",
                "-1.5",
                "0.30000000000000004",
                "0.00005",
                "1e-6",
                "1.5e-7",
                "1000000000000000",
                "1500000000000000",
                "1e16",
                "1e300"
            ]
        );
        assert_eq!([f64::NAN, f64::INFINITY].map(plain), ["not a number", "not a number"]);
    }

    #[test]
    fn numbers_with_a_fraction_are_written_as_in_json() {
        for exponent in -300..15 {
            for digits in ["1.5", "9.87654321", "-2.5000000000000004"] {
                let number: f64 = format!("{digits}e{exponent}").parse().expect("a number");
                if whole(number).is_none() {
                    assert_eq!(plain(number), serde_json::json!(number).to_string());
                }
            }
        }
    }
}
