//! The registry of kinds (skeleton: parameters follow).

use crate::kind::{Calls, Field, Info, Section};
use crate::model::Params;

/// Every kind, in palette order.
pub fn all() -> &'static [Info] {
    ALL
}

/// The kind of this id.
pub fn info(id: &str) -> Option<&'static Info> {
    ALL.iter().find(|info| info.id == id)
}

/// The parameters of a kind, described with their defaults; `None` for an unknown kind.
pub fn fields(id: &str) -> Option<Vec<Field>> {
    info(id).map(|_| Vec::new())
}

/// The parameters of a link, described with their defaults (skeleton).
pub fn link_fields() -> Vec<Field> {
    Vec::new()
}

/// The parameters of a fault, described with their defaults; `None` for an unknown fault (skeleton).
pub fn fault_fields(id: &str) -> Option<Vec<Field>> {
    let _ = id;
    None
}

/// A few words about a node's parameters for its card: "4 × 8 workers".
pub fn summary(id: &str, params: &Params) -> String {
    let _ = params;
    info(id).map(|info| info.tagline.to_owned()).unwrap_or_default()
}

/// Whether a link from one kind to another makes sense; the refusal is a sentence.
pub fn may_call(from: &str, to: &str) -> Result<(), String> {
    let (Some(from), Some(to)) = (info(from), info(to)) else { return Ok(()) };
    let article = |label: &str| if label.starts_with(['A', 'E', 'I', 'O', 'U']) { "An" } else { "A" };
    if from.calls == Calls::None {
        return Err(format!("{} {} calls nobody.", article(from.label), from.label.to_lowercase()));
    }
    if !to.called {
        return Err(format!(
            "{} {} cannot call a {}.",
            article(from.label),
            from.label.to_lowercase(),
            to.label.to_lowercase()
        ));
    }
    Ok(())
}

static ALL: &[Info] = &[
    Info {
        id: "client",
        label: "Client",
        tagline: "open or closed load",
        help: "",
        section: Section::Traffic,
        called: false,
        calls: Calls::One,
    },
    Info {
        id: "rate_limiter",
        label: "Rate limiter",
        tagline: "token bucket",
        help: "",
        section: Section::Traffic,
        called: true,
        calls: Calls::One,
    },
    Info {
        id: "load_balancer",
        label: "Load balancer",
        tagline: "over every replica",
        help: "",
        section: Section::Traffic,
        called: true,
        calls: Calls::Many,
    },
    Info {
        id: "app",
        label: "App",
        tagline: "stateless replicas",
        help: "",
        section: Section::Compute,
        called: true,
        calls: Calls::Many,
    },
    Info {
        id: "cache",
        label: "Cache",
        tagline: "real keys, real misses",
        help: "",
        section: Section::Data,
        called: true,
        calls: Calls::One,
    },
    Info {
        id: "database",
        label: "Database",
        tagline: "reads, writes, limits",
        help: "",
        section: Section::Data,
        called: true,
        calls: Calls::None,
    },
    Info {
        id: "queue",
        label: "Queue",
        tagline: "jobs for later",
        help: "",
        section: Section::Data,
        called: true,
        calls: Calls::Many,
    },
];
