//! What users do.

use crate::choices;
use crate::params::{Fields, choice, parameter};
use crate::random::Alias;
use std::sync::Arc;

choices! {
    /// What an operation does to its key.
    Effect {
        /// Reads it.
        Read = "read" "read",
        /// Writes it.
        Write = "write" "write",
    }
}

/// A kind of request that users make.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    pub(super) name: String,
    pub(super) weight: f64,
    pub(super) access: Effect,
    pub(super) keys: u32,
    pub(super) zipf: f64,
    pub(super) request_bytes: f64,
    pub(super) response_bytes: f64,
    pub(super) priority: u32,
}

impl Default for Operation {
    fn default() -> Self {
        Operation {
            name: "view".to_owned(),
            weight: 1.0,
            access: Effect::Read,
            keys: 10_000,
            zipf: 0.9,
            request_bytes: 500.0,
            response_bytes: 5_000.0,
            priority: 0,
        }
    }
}

impl Operation {
    pub(super) fn fields(&mut self, f: &mut dyn Fields) {
        f.text(
            parameter("name", "Name")
                .help("Links can serve some operations only; the report lists each.")
                .fixed("the report counts by it from the start"),
            &mut self.name,
        );
        f.number(
            parameter("weight", "Weight")
                .slide(0.0, 10.0)
                .help("How often it is chosen, relative to the other weights."),
            &mut self.weight,
            0.0,
            1e6,
        );
        choice(
            f,
            parameter("access", "Access").help("A write invalidates its key in the caches of an app."),
            &mut self.access,
        );
        let (count, zipf) = (&mut self.keys, &mut self.zipf);
        f.group(parameter("keys", "Keys").help("The keys that requests are about; caches hold keys."), &mut |f| {
            f.integer(
                parameter("count", "Different keys")
                    .help("How many keys there are.")
                    .fixed("caches and databases keep a table of them from the start"),
                count,
                1,
                5_000_000,
            );
            f.number(
                parameter("zipf", "Popularity")
                    .slide(0.0, 2.0)
                    .help("Zipf exponent: 0 is uniform, 1 is typical of the web."),
                zipf,
                0.0,
                3.0,
            );
        });
        let sizes = "Takes time on a link with limited bandwidth.";
        f.number(
            parameter("request_bytes", "Request size").unit("bytes").help(sizes),
            &mut self.request_bytes,
            0.0,
            1e9,
        );
        f.number(
            parameter("response_bytes", "Response size").unit("bytes").help(sizes),
            &mut self.response_bytes,
            0.0,
            1e9,
        );
        f.integer(
            parameter("priority", "Priority")
                .help("A greater priority is served first where the discipline is priority."),
            &mut self.priority,
            0,
            9,
        );
    }
}

#[derive(Clone, Debug)]
pub(super) enum Popularity {
    Uniform(u32),
    Zipf(Arc<Alias>),
}
