//! The command line: the same engine natively.
//!
//! Exit codes: 0 done; 1 an assertion failed, the document has errors (`check`) or a case is off
//! (`validate`); 2 bad input,
//! one line a problem on standard error, `PATH: what is wrong: what would be right`.

mod claim;
mod run;
mod table;
mod validate;

use crate::codec;
use crate::model::{Document, Problem, Severity};
use crate::scenario;
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::process::ExitCode;

/// A playground for system architecture: the simulator on the command line.
#[derive(Parser)]
#[command(name = "headroom", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a design and prints its report.
    Run(run::Run),
    /// Lists what is wrong with a design; exit code 1 when something is an error.
    Check {
        /// A document (JSON, or a picture or flowchart of one), a share link, or - for standard input.
        file: String,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Prints the share link of a document.
    Link {
        /// A document (JSON, or a picture or flowchart of one), a share link, or - for standard input.
        file: String,
        /// Address of the page that the link leads to.
        #[arg(long, default_value = "http://127.0.0.1:8080/")]
        base: String,
    },
    /// Prints the document in a share link.
    Open {
        /// A share link, or - for standard input.
        link: String,
    },
    /// Prints the document that somebody's file becomes: a Mermaid flowchart, or a picture that Headroom exported.
    /// What was guessed is said on standard error.
    Import {
        /// The file, or - for standard input.
        file: String,
    },
    /// Prints the JSON Schema of the document.
    Schema {
        /// Prints the numbers of the report instead: key, unit and meaning of each.
        #[arg(long)]
        report: bool,
    },
    /// Holds the simulator against exact and published results.
    Validate(validate::Validate),
}

/// What a document has to keep to.
#[derive(Args, Clone, Copy)]
struct Bounds {
    /// Takes warnings for errors.
    #[arg(long)]
    strict: bool,
    /// Megabytes of memory that a run may need, as far as that can be foreseen.
    #[arg(long, value_name = "MB", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    memory_mb: u64,
}

impl Bounds {
    fn memory_bytes(self) -> u64 {
        self.memory_mb * 1_000_000
    }

    /// Whether a problem stands in the way.
    fn forbids(self, problem: &Problem) -> bool {
        self.strict || problem.severity == Severity::Error
    }
}

/// What stops a command: lines for standard error, and the exit code.
struct Stop {
    lines: Vec<String>,
    code: u8,
}

impl Stop {
    /// Bad input.
    fn input(line: impl Into<String>) -> Stop {
        Stop { lines: vec![line.into()], code: 2 }
    }
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(run) => run.run(),
        Command::Check { file, json, bounds } => check(&file, json, bounds),
        Command::Link { file, base } => link(&file, &base),
        Command::Open { link } => open(&link),
        Command::Import { file } => read_document(&file).and_then(|document| print(codec::save(&document).trim_end())),
        Command::Schema { report: false } => print_json(&crate::schema::document_schema()),
        Command::Schema { report: true } => print_json(&crate::schema::report_schema()),
        Command::Validate(validate) => validate.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            for line in stop.lines {
                eprintln!("{line}");
            }
            ExitCode::from(stop.code)
        }
    }
}

/// Prints; a reader that has closed the pipe is not an error.
fn print(text: &str) -> Result<(), Stop> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Stop::input(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn print_json(value: &Value) -> Result<(), Stop> {
    print(&format!("{value:#}"))
}

/// The largest file that is read, bytes.
const LARGEST: u64 = 16 << 20;

/// Reads a document from a file, a share link or standard input. What was repaired in it is said
/// on standard error.
fn read_document(file: &str) -> Result<Document, Stop> {
    let (document, notes) = open_document(file)?;
    notes.iter().for_each(|note| eprintln!("{}", line(note)));
    Ok(document)
}

/// Reads a document from a file, a share link or standard input, with notes of what was repaired in it.
fn open_document(file: &str) -> Result<(Document, Vec<Problem>), Stop> {
    let named = |problem: String| Stop::input(problem);
    if !std::path::Path::new(file).exists() && codec::looks_like_link(file.trim()) {
        codec::read(file).map_err(named)
    } else {
        // A file may hold a link, a picture or a flowchart as well.
        codec::read_bytes(&read_bytes(file)?).map_err(named)
    }
}

fn read_bytes(file: &str) -> Result<Vec<u8>, Stop> {
    let failed = |error: std::io::Error| Stop::input(format!("{file}: cannot be read: {error}"));
    let mut bytes = Vec::new();
    if file == "-" {
        std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(file)
            .and_then(|opened| opened.take(LARGEST + 1).read_to_end(&mut bytes))
            .map_err(failed)?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(Stop::input(format!("{file}: is larger than 16 MiB: a Headroom document")));
    }
    Ok(bytes)
}

/// Stops a command whose document has a problem that stands in the way of a run; the others are said.
fn allow_to_run(document: &Document, notes: Vec<Problem>, bounds: Bounds) -> Result<(), Stop> {
    let mut problems = scenario::check_within(document, bounds.memory_bytes());
    problems.extend(notes);
    let lines: Vec<String> = problems.iter().map(line).collect();
    if problems.iter().any(|problem| bounds.forbids(problem)) {
        return Err(Stop { lines, code: 2 });
    }
    lines.iter().for_each(|line| eprintln!("{line}"));
    Ok(())
}

/// One line a problem; a warning says that it is one.
fn line(problem: &Problem) -> String {
    match problem.severity {
        Severity::Error => problem.to_string(),
        Severity::Warning => format!("warning: {problem}"),
    }
}

fn check(file: &str, as_json: bool, bounds: Bounds) -> Result<(), Stop> {
    let (document, notes) = open_document(file)?;
    let mut problems = scenario::check_within(&document, bounds.memory_bytes());
    problems.extend(notes);
    if as_json {
        let list: Vec<Value> = problems
            .iter()
            .map(|it| json!({"severity": it.severity, "path": it.path(), "what": it.what, "right": it.right}))
            .collect();
        print_json(&json!(list))?;
    } else if problems.is_empty() {
        print("no problems")?;
    } else {
        problems.iter().try_for_each(|problem| print(&line(problem)))?;
    }
    let fails = problems.iter().any(|problem| bounds.forbids(problem));
    if fails { Err(Stop { lines: Vec::new(), code: 1 }) } else { Ok(()) }
}

fn link(file: &str, base: &str) -> Result<(), Stop> {
    let document = read_document(file)?;
    print(&format!("{}#{}", base.trim_end_matches('#'), codec::to_fragment(&document)))
}

fn open(link: &str) -> Result<(), Stop> {
    let text = if link == "-" {
        String::from_utf8(read_bytes(link)?).map_err(|_| Stop::input("standard input: is not text: a share link"))?
    } else {
        link.to_owned()
    };
    let (document, notes) = codec::from_link(text.trim()).map_err(Stop::input)?;
    notes.iter().for_each(|note| eprintln!("{}", line(note)));
    print(codec::save(&document).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_takes_warnings_for_errors_and_memory_is_bounded() {
        let text = include_str!("../../examples/1-examples/010-three-tier-shop.json");
        let (sound, notes) = codec::read(text).expect("the example opens");
        let (lax, strict) = (Bounds { strict: false, memory_mb: 2000 }, Bounds { strict: true, memory_mb: 2000 });
        assert!(allow_to_run(&sound, notes.clone(), lax).is_ok() && allow_to_run(&sound, notes, strict).is_ok());
        let repaired = text.replacen("\"title\"", "\"titel\"", 1);
        let (repaired, notes) = codec::read(&repaired).expect("it is repaired");
        assert!(allow_to_run(&repaired, notes.clone(), lax).is_ok());
        let Err(stop) = allow_to_run(&repaired, notes, strict) else { panic!("a note is a warning") };
        assert_eq!((stop.code, stop.lines.len()), (2, 1));
        assert!(stop.lines[0].starts_with("warning: document.titel: "), "{:?}", stop.lines);
    }

    #[test]
    fn a_link_is_read_whole_or_as_its_fragment() {
        let document = codec::read(include_str!("../../examples/1-examples/010-three-tier-shop.json"))
            .expect("the example opens")
            .0;
        let fragment = codec::to_fragment(&document);
        for link in [fragment.clone(), format!("#{fragment}"), format!("https://example.org/x/#{fragment}")] {
            let read = read_document(&link).unwrap_or_else(|_| panic!("{link} is not read"));
            assert_eq!(codec::to_fragment(&read), fragment);
        }
    }
}
