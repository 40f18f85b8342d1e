//! What a sentence states, in a form that a program can check: numbers computed from the report and the
//! document, and what they are compared with. Tests hold every finding to its claims.

/// A number that can be computed from the report and the document, both as JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// A number of the report, by its JSON pointer.
    Report(String),
    /// A number of the document, by its JSON pointer.
    Document(String),
    /// A number of the series' column with this pointer: of the bins from one index to before another,
    /// reduced to one. What is absent counts as 0.
    Bins {
        /// JSON pointer of the column in the report.
        column: String,
        /// The first bin.
        from: usize,
        /// The bin after the last one.
        to: usize,
        /// How they become one number.
        by: Reduction,
    },
    /// A known number.
    Constant(f64),
    /// The sum of several.
    Sum(Vec<Measure>),
    /// The product of two.
    Product(Box<Measure>, Box<Measure>),
    /// One over another; 0 over 0 is 0.
    Ratio(Box<Measure>, Box<Measure>),
}

/// How the values of several bins become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Their mean.
    Mean,
    /// The greatest.
    Max,
    /// The smallest.
    Min,
}

/// How a measure compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It equals the value, up to rounding errors.
    Equals,
    /// It is the value or more.
    AtLeast,
    /// It is the value or less.
    AtMost,
}

/// A statement about a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What is compared.
    pub measure: Measure,
    /// How.
    pub is: Comparison,
    /// With what.
    pub value: f64,
}

/// The JSON pointer of a path.
pub fn pointer(path: &[&str]) -> String {
    path.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

impl Measure {
    /// A number of the report.
    pub fn report(path: &[&str]) -> Measure {
        Measure::Report(pointer(path))
    }

    /// A number of a node; the key as its metric has it.
    pub fn node(id: &str, key: &str) -> Measure {
        Measure::of("nodes", id, key)
    }

    /// A number of a link; the key as its metric has it.
    pub fn link(id: &str, key: &str) -> Measure {
        Measure::of("links", id, key)
    }

    fn of(group: &str, id: &str, key: &str) -> Measure {
        let path: Vec<&str> = [group, id].into_iter().chain(key.split('.')).collect();
        Measure::report(&path)
    }

    /// A column of the run over some bins.
    pub fn series(key: &str, from: usize, to: usize, by: Reduction) -> Measure {
        let path: Vec<&str> = std::iter::once("series").chain(key.split('.')).collect();
        Measure::Bins { column: pointer(&path), from, to, by }
    }

    /// A column of a node over some bins.
    pub fn node_series(id: &str, key: &str, from: usize, to: usize, by: Reduction) -> Measure {
        Measure::Bins { column: pointer(&["series", "nodes", id, key]), from, to, by }
    }

    /// A column of a link over some bins.
    pub fn link_series(id: &str, key: &str, from: usize, to: usize, by: Reduction) -> Measure {
        Measure::Bins { column: pointer(&["series", "links", id, key]), from, to, by }
    }

    /// This over another.
    pub fn over(self, other: Measure) -> Measure {
        Measure::Ratio(Box::new(self), Box::new(other))
    }

    /// This times a known number.
    pub fn times(self, factor: f64) -> Measure {
        Measure::Product(Box::new(self), Box::new(Measure::Constant(factor)))
    }

    /// This plus others.
    pub fn plus(self, others: impl IntoIterator<Item = Measure>) -> Measure {
        Measure::Sum(std::iter::once(self).chain(others).collect())
    }
}
