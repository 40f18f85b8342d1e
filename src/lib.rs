//! Headroom: a playground for system architecture that runs in a browser tab.
//!
//! People do three things here, and the code has three parts for them.
//!
//! ```text
//!   draw                      run                            read
//!   ──────────────            ───────────────────            ───────────────
//!   views ─ Command ▶ editor ─ Document ▶ session (worker) ─ Snapshot, Report ▶ views
//!                       │                   │
//!                     codec               scenario ▶ engine ◀ kinds
//!              file, link, IndexedDB      checked and ready     what each node does
//! ```
//!
//! - **Draw.** A [`model::Document`] is plain data. [`editor::Editor`] is a value that
//!   executes commands; undo is a stack of documents. [`codec`] makes files and links of them, reads
//!   them back, and says where one does not fit.
//! - **Run.** [`scenario::compile`] turns a document into something that can run, or says in
//!   words what is wrong. [`engine::Engine`] is a value that advances to a given time. It knows
//!   stations, and never a kind; each kind is one file or folder in [`kinds`], which names its parameters
//!   once ([`kind::Fields`]) and says how it reacts.
//! - **Read.** [`record`] counts while a run goes on; [`report`] turns the record into
//!   snapshots and the final report. Each number is named once ([`metrics`]).
//!
//! # Words
//!
//! *document* what is drawn and saved · *kind* · *node* one placed kind · *replica* · *link* ·
//! *problem* what is wrong with a drawing, in words · *scenario* a document checked and made
//! ready · *station* a node while running · *request* a user's unit of work · *call* what a caller
//! knows of one use of a link · *attempt* one message of a call (the first, a retry, a hedge) ·
//! *job* that message at its callee · *event* (of the simulation) · *calendar* · *snapshot*
//! numbers during a run · *report* numbers after it · *finding* a report's number in words · *worker*
//! the program beside the page that runs the engine.
//!
//! # What always holds
//!
//! - The core (everything but [`browser`], [`views`] and [`cli`]) has no browser, no clock, no
//!   input or output and no global state; it builds with `--no-default-features`.
//! - The same document, seed and version give the same digest natively and in the browser, at any
//!   speed and in any slices: time is whole nanoseconds, each node and link has its own random
//!   streams, and transcendental functions come from `libm`.
//! - At every node arrivals = completed + rejected + failed + in the system, and the integral of
//!   the number in the system is the sum of the times in it, in whole nanoseconds.
//! - Imports run one way, in this order: `time`, `random`, `model`, `params`, `metrics`, `record`,
//!   `engine`, `kind`, `kinds`, `link`, `faults`, `report`, `scenario`, `findings`, `schema`, `editor`,
//!   `codec`, `protocol`, `session`, `validation`, then the shells. A test reads the sources and holds
//!   them to it.
//! - Problems are values, panics are bugs.
#![warn(missing_docs)]
// Without the features of the shells their modules are not there to be linked to.
#![cfg_attr(not(all(feature = "web", feature = "cli")), allow(rustdoc::broken_intra_doc_links))]

pub mod codec;
pub mod editor;
pub mod engine;
pub mod fault;
pub mod faults;
pub mod findings;
pub mod glossary;
pub mod kind;
pub mod kinds;
pub mod link;
pub mod metrics;
pub mod model;
pub mod params;
pub mod protocol;
pub mod random;
pub mod record;
pub mod report;
pub mod scenario;
pub mod schema;
pub mod session;
pub mod time;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod validation;

#[cfg(feature = "worker")]
pub mod browser;
#[cfg(feature = "web")]
pub mod views;
