//! The shape of the code, read from its text.

use std::collections::BTreeMap;
use std::path::Path;

/// Modules in the order of imports: each may use those before it. Tests within a module aside.
const ORDER: &[&str] = &[
    "choices",
    "time",
    "order",
    "random",
    "model",
    "params",
    "report",
    "engine",
    "kind",
    "kinds",
    "link",
    "faults",
    "scenario",
    "sentence",
    "findings",
    "schema",
    "summary",
    "editor",
    "codec",
    "protocol",
    "session",
    "validation",
    "cli",
    "browser",
    "views",
    "main",
];

fn sources(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            found.insert(path.to_string_lossy().into_owned(), text);
        }
    }
}

fn all() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

#[test]
fn imports_run_one_way() {
    let rank = |module: &str| ORDER.iter().position(|each| *each == module);
    for (path, text) in all() {
        let inside = path.split("/src/").last().expect("below src");
        let module = inside.split(['/', '.']).next().expect("a module");
        let Some(own) = rank(module) else { continue };
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().map(str::trim) {
            let Some(rest) = line.strip_prefix("use crate::") else { continue };
            let used = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            let Some(its) = rank(used) else { panic!("{inside}: {line}: where does {used} stand in the order?") };
            assert!(its <= own, "{inside} uses {used}, which stands after {module}");
        }
    }
}

#[test]
fn the_core_has_no_browser_no_clock_and_no_luck_of_its_own() {
    for (path, text) in all() {
        let inside = path.split("/src/").last().expect("below src");
        let shell = ["views/", "browser/", "cli/", "main.rs", "bin/"].iter().any(|it| inside.starts_with(it));
        if shell {
            continue;
        }
        for word in
            ["web_sys", "js_sys", "leptos", "wasm_bindgen", "Instant::now", "SystemTime", "thread_rng", "rand::rng()"]
        {
            assert!(!text.contains(word), "{inside} says {word}");
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    for (path, text) in all() {
        for word in ["todo!(", "unimplemented!(", "FIXME", "XXX", "dbg!("] {
            assert!(!text.contains(word), "{path} says {word}");
        }
    }
}
