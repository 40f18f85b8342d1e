//! The shape of the code, read from its text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Modules in the order of imports: each may use itself and those before it.
const ORDER: &[&str] = &[
    "glossary",
    "time",
    "random",
    "model",
    "params",
    "metrics",
    "record",
    "engine",
    "kind",
    "kinds",
    "link",
    "fault",
    "faults",
    "report",
    "scenario",
    "findings",
    "schema",
    "editor",
    "codec",
    "protocol",
    "session",
    "validation",
    "cli",
    "browser",
    "views",
    "main",
    "bin",
];

/// Macros that stand at the root of the crate because they are exported, and the module that defines each.
const MACROS: &[(&str, &str)] = &[("choices", "params"), ("sentence", "findings")];

/// Modules that may use the browser, a clock or files.
const SHELLS: &[&str] = &["cli", "browser", "views", "main", "bin"];

/// Every source file below `src`, by its path from there.
fn sources() -> BTreeMap<String, String> {
    fn read(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                let inside = path.strip_prefix(root).expect("below src").to_string_lossy().into_owned();
                found.insert(inside, text);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    read(&root, &root, &mut found);
    found
}

/// The module of a file: the first part of its path.
fn module(inside: &str) -> &str {
    inside.split(['/', '.']).next().expect("a module")
}

/// The code of a source text with comments, the contents of strings, and test modules blanked out.
fn code(text: &str) -> String {
    without_tests(&without_words(text))
}

/// The text without comments and without the contents of strings.
fn without_words(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let starts = |at: usize, word: &str| word.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    let mut code = String::new();
    let mut at = 0;
    while at < chars.len() {
        if starts(at, "//") {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if starts(at, "/*") {
            while at < chars.len() && !starts(at, "*/") {
                at += 1;
            }
            at += 2;
        } else if starts(at, "r#\"") || starts(at, "r\"") {
            let end = if starts(at, "r#") { "\"#" } else { "\"" };
            at += if end.len() == 2 { 3 } else { 2 };
            while at < chars.len() && !starts(at, end) {
                at += 1;
            }
            at += end.len();
            code.push_str("\"\"");
        } else if chars[at] == '"' {
            at += 1;
            while at < chars.len() && chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
            code.push_str("\"\"");
        } else if chars[at] == '\'' && (chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'')) {
            // A character, not a lifetime.
            at += if chars[at + 1] == '\\' { 3 } else { 2 };
            while at < chars.len() && chars[at] != '\'' {
                at += 1;
            }
            at += 1;
        } else {
            code.push(chars[at]);
            at += 1;
        }
    }
    code
}

/// The code without the items that are compiled for tests only.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept.push_str(&rest[..at]);
        rest = &rest[at + MARK.len()..];
        // The item ends at its first semicolon, or where its braces close.
        let mut depth = 0;
        let end = rest.char_indices().find(|(_, c)| match c {
            '{' => {
                depth += 1;
                false
            }
            '}' => {
                depth -= 1;
                depth == 0
            }
            ';' => depth == 0,
            _ => false,
        });
        rest = end.map_or("", |(at, _)| &rest[at + 1..]);
    }
    kept + rest
}

/// The modules that code names by `crate::…`, in `use` lines, paths and macros alike.
fn used(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for (at, mark) in code.match_indices("crate::") {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let rest = &code[at + mark.len()..];
        let listed = rest.strip_prefix('{').map(|list| &list[..list.find(';').unwrap_or(list.len())]);
        // `use crate::{a::b, c};` names several modules: those that follow a brace or a comma at depth 0.
        let names: Vec<&str> = match listed {
            None => vec![rest],
            Some(list) => {
                let mut depth = 0;
                let mut starts = vec![0];
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => starts.push(at + 1),
                        _ => {}
                    }
                }
                starts.into_iter().map(|start| list[start..].trim_start()).collect()
            }
        };
        let words = names.into_iter().map(|name| name.split(|c| !is_word(c)).next().unwrap_or_default());
        found.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    }
    found
}

#[test]
fn finds_imports_in_lists_inline_paths_and_macros_but_not_in_tests_strings_or_comments() {
    let text = r#"
        use crate::{model::Document, kinds::{self, client}};
        // crate::comment
        fn f() -> crate::time::Span { let a = '"'; "crate::text"; $crate::params::Choices }
        #[cfg(test)] mod tests { use crate::session; fn g() { crate::cli::run(); } }
        fn h() { pub_crate::nothing(); crate::engine::run() }
    "#;
    let found = used(&code(text));
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["engine", "kinds", "model", "params", "time"]);
}

#[test]
fn imports_follow_the_order_of_the_modules() {
    let rank = |module: &str| ORDER.iter().position(|other| *other == module);
    let mut wrong = Vec::new();
    for (inside, text) in sources() {
        let own_module = module(&inside);
        // Files of tests and of their helpers may use everything, as a test module within a file may.
        if own_module == "lib" || ["/tests.rs", "/testing.rs"].iter().any(|file| inside.ends_with(file)) {
            continue;
        }
        let own = rank(own_module).unwrap_or_else(|| panic!("{inside}: {own_module} is missing in ORDER"));
        for name in used(&code(&text)) {
            let defined = MACROS.iter().find(|(name_of, _)| *name_of == name).map_or(name.as_str(), |(_, home)| home);
            match rank(defined) {
                Some(its) if its <= own => {}
                Some(_) => wrong.push(format!("{inside} uses {name}, which stands after {own_module}")),
                None => wrong.push(format!("{inside} uses {name}, which is missing in ORDER")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_order_exists() {
    let sources = sources();
    let modules: BTreeSet<&str> = sources.keys().map(|inside| module(inside)).collect();
    let gone: Vec<&&str> = ORDER.iter().filter(|name| !modules.contains(**name)).collect();
    assert!(gone.is_empty(), "ORDER names modules that are gone: {gone:?}");
}

#[test]
fn the_core_has_no_browser_no_clock_and_no_randomness_of_its_own() {
    const WORDS: &[&str] =
        &["web_sys", "js_sys", "leptos", "wasm_bindgen", "Instant::now", "SystemTime", "thread_rng", "rand::rng("];
    for (inside, text) in sources() {
        if SHELLS.contains(&module(&inside)) {
            continue;
        }
        let code = without_words(&text);
        for word in WORDS {
            assert!(!code.contains(word), "{inside} uses {word}");
        }
    }
}

#[test]
fn no_code_is_left_unfinished() {
    for (inside, text) in sources() {
        for word in ["todo!(", "unimplemented!(", "FIXME", "XXX", "dbg!("] {
            assert!(!text.contains(word), "{inside} contains {word}");
        }
    }
}
