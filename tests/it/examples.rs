//! The built-in examples: the files in `examples/`, read as `scripts/examples.mjs` reads them.

use headroom::codec;
use headroom::model::Document;
use headroom::scenario::compile;
use std::fs;
use std::path::{Path, PathBuf};

/// One file in `examples/`.
pub struct Example {
    /// The file's name without its number and its ending.
    pub id: String,
    /// The folder's name without its number.
    pub section: String,
    text: String,
}

impl Example {
    /// Its document; it has to open without a repair.
    pub fn document(&self) -> Document {
        let (document, notes) = codec::open(&self.text).unwrap_or_else(|why| panic!("{}: {why}", self.id));
        assert_eq!(notes, vec![], "{}", self.id);
        document
    }
}

/// The examples in the order of the palette.
pub fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut found = Vec::new();
    for (section, folder) in ordered(&folder) {
        for (name, path) in ordered(&folder) {
            let id = name.strip_suffix(".json").unwrap_or_else(|| panic!("{} is no JSON file", path.display()));
            let text = fs::read_to_string(&path).expect("the example can be read");
            found.push(Example { id: id.to_owned(), section: section.clone(), text });
        }
    }
    found
}

/// The document of the example of this id.
pub fn example(id: &str) -> Document {
    let all = examples();
    all.iter().find(|example| example.id == id).unwrap_or_else(|| panic!("there is no example {id}")).document()
}

/// What a folder holds, by the numbers before the names; the names without them.
fn ordered(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(u32, String, PathBuf)> = fs::read_dir(folder)
        .expect("the folder can be read")
        // What an empty canvas says of some of them.
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name() != "offered.json"))
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            let (order, name) = name.split_once('-').unwrap_or_else(|| panic!("{name} has no number before its name"));
            (order.parse().expect("the order is a number"), name.to_owned(), entry.path())
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, name, path)| (name, path)).collect()
}

#[test]
fn every_example_opens_without_a_problem_and_has_an_id_of_its_own() {
    let all = examples();
    assert_eq!(all.first().map(|example| example.id.as_str()), Some("three-tier-shop"), "opens on a first visit");
    let mut sections: Vec<&str> = all.iter().map(|example| example.section.as_str()).collect();
    sections.dedup();
    assert_eq!(sections, ["examples", "failure-laboratory"]);
    for example in &all {
        let problems = compile(&example.document()).problems;
        assert!(problems.is_empty(), "{}: {problems:?}", example.id);
        assert!(example.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", example.id);
        assert_eq!(all.iter().filter(|other| other.id == example.id).count(), 1, "{}", example.id);
    }
}

/// A new example is one new file: no source lists them.
#[test]
fn no_source_names_an_example() {
    fn walk(path: &Path, visit: &mut impl FnMut(&Path)) {
        if path.is_dir() {
            fs::read_dir(path).expect("a folder").for_each(|entry| walk(&entry.expect("an entry").path(), visit));
        } else {
            visit(path);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = examples();
    for place in ["src", "scripts", "index.html", "Trunk.toml"] {
        walk(&root.join(place), &mut |path| {
            let text = fs::read_to_string(path).expect("a source in UTF-8");
            // Tests may well use one, and comments name one for instance.
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                for example in all.iter().filter(|example| example.id.contains('-')) {
                    assert!(!line.contains(&example.id), "{} names {}: {line}", path.display(), example.id);
                }
            }
        });
    }
}
