//! The settings of a run, named once like the parameters of a kind: the problems, the schema, the
//! inspector and the keys that a file may have are all drawn from this list. A new setting is one
//! field of [`RunPlan`] and one line here.

use super::{Field, Fields, Violation, defaults, describe, parameter, plain, read, values};
use crate::model::{Place, Problem, RunPlan, Severity};
use serde_json::Value;

/// The longest run, simulated seconds (about 115 days).
const LONGEST_S: f64 = 1e7;

impl RunPlan {
    /// Names every setting once.
    pub fn fields(&mut self, f: &mut dyn Fields) {
        let duration = parameter("duration_s", "Duration")
            .unit("s")
            .slide(10.0, 3600.0)
            .help("How long to simulate.")
            .fixed("its time series is divided by it");
        f.number(duration, &mut self.duration_s, 0.001, LONGEST_S);
        let help = "The report leaves out what happens before this time, while queues fill and caches are cold.";
        let warmup = parameter("warmup_s", "Warm-up")
            .unit("s")
            .slide(0.0, 60.0)
            .help(help)
            .fixed("the report counts from its end on");
        f.number(warmup, &mut self.warmup_s, 0.0, LONGEST_S);
        let help = "The same random seed gives the same run, event by event, everywhere. Another one gives another run of the same system.";
        f.seed(parameter("seed", "Random seed").help(help).fixed("all random numbers follow from it"), &mut self.seed);
    }

    /// The settings, described with their defaults.
    pub fn described() -> Vec<Field> {
        describe(&mut |f| RunPlan::default().fields(f))
    }

    /// What ranges alone cannot say.
    fn check(&self) -> Option<Violation> {
        let what = format!("{} does not fit", plain(self.warmup_s));
        (self.warmup_s >= self.duration_s).then(|| Violation::new("warmup_s", what, "less than duration_s"))
    }

    /// What is wrong with the settings.
    pub fn problems(&self) -> Vec<Problem> {
        let mut plan = self.clone();
        let written = defaults(&describe(&mut |f| plan.fields(f)));
        let Value::Object(written) = written else { return Vec::new() };
        let mut read_back = RunPlan::default();
        let mut problems = read(&written, &Place::Run, &mut |f| read_back.fields(f));
        for problem in problems.iter_mut().filter(|problem| written.get(&problem.field).is_some_and(Value::is_null)) {
            // JSON has no such number: the command line has.
            problem.what = "is not a finite number".to_owned();
        }
        if let (Some(Violation { field, what, right }), true) = (self.check(), problems.is_empty()) {
            problems.push(Problem { severity: Severity::Error, place: Place::Run, field, what, right });
        }
        problems
    }

    /// The settings with another value at `key`; `None` gives it its default back. `Err` says what
    /// would be right.
    pub fn with(&self, key: &str, value: Option<Value>) -> Result<RunPlan, String> {
        let fields = RunPlan::described();
        if fields.iter().all(|field| field.key != key) {
            return Err("There is no such setting.".to_owned());
        }
        let mut plan = self.clone();
        let Value::Object(mut written) = defaults(&describe(&mut |f| plan.fields(f))) else {
            return Err("There is no such setting.".to_owned());
        };
        values::set(&mut written, &fields, key, value)?;
        let mut changed = RunPlan::default();
        let problems = read(&written, &Place::Run, &mut |f| changed.fields(f));
        match problems.into_iter().find(|problem| problem.field == key) {
            Some(problem) => Err(problem.right),
            None => Ok(changed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_setting_can_be_set_given_back_and_refused() {
        let plan = RunPlan { duration_s: 50.0, warmup_s: 5.0, seed: u64::MAX };
        let as_json = |plan: &RunPlan| serde_json::to_value(plan).expect("plain data");
        let fields = RunPlan::described();
        let keys: Vec<&str> = fields.iter().map(|field| field.key).collect();
        let written = as_json(&plan);
        assert_eq!(written.as_object().expect("an object").len(), keys.len(), "each setting is named: {written}");
        for field in &fields {
            let changed = plan.with(field.key, Some(json!(7))).expect("7 fits every setting");
            for key in &keys {
                let expected = if *key == field.key { json!(7) } else { written[*key].clone() };
                assert!(values::same(&as_json(&changed)[*key], &expected), "{}: {key}", field.key);
            }
            let reset = plan.with(field.key, None).expect("a default fits");
            assert!(values::same(&as_json(&reset)[field.key], &field.default), "{}", field.key);
            assert!(plan.with(field.key, Some(json!(-1))).is_err(), "{} takes no negative number", field.key);
        }
        assert!(plan.with("speed", Some(json!(1))).is_err());
    }

    #[test]
    fn a_setting_out_of_range_and_a_warm_up_as_long_as_the_run_are_problems() {
        let paths = |plan: RunPlan| plan.problems().iter().map(Problem::path).collect::<Vec<_>>();
        assert!(paths(RunPlan::default()).is_empty());
        assert!(paths(RunPlan { seed: u64::MAX, ..RunPlan::default() }).is_empty());
        for (duration_s, warmup_s, path) in [
            (0.0, 0.0, "run.duration_s"),
            (f64::NAN, 0.0, "run.duration_s"),
            (10.0, -1.0, "run.warmup_s"),
            (10.0, 10.0, "run.warmup_s"),
        ] {
            assert_eq!(paths(RunPlan { duration_s, warmup_s, seed: 1 }), [path], "{duration_s} {warmup_s}");
        }
    }
}
