//! Databases: connections and statement workers are separate limits; reads and writes differ.

use crate::engine::core::{Access, Core, Outcome};
use crate::engine::plan::Discipline;
use crate::engine::server::{Entry, Server};
use crate::engine::station::Station;
use crate::kind::{Calls, Fields, Info, Kind, Layout, Role, Section, Site, Span, Wrong, about};
use crate::random::{Distribution, Stream};

/// Parameters of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Database {
    workers: Option<u32>,
    max_connections: Option<u32>,
    queue_limit: Option<u32>,
    read: Span,
    write: Span,
    startup_s: f64,
}

impl Default for Database {
    fn default() -> Self {
        Database {
            workers: Some(8),
            // PostgreSQL's own default.
            max_connections: Some(100),
            queue_limit: None,
            read: Span::exponential(5.0),
            write: Span::exponential(10.0),
            startup_s: 5.0,
        }
    }
}

impl Kind for Database {
    const INFO: Info = Info {
        id: "database",
        label: "Database",
        role: Role::Store,
        tagline: "reads, writes, limits",
        help: "Executes so many statements at once; further ones wait while they hold a connection, and without a free connection they are rejected.",
        section: Section::Data,
        called: true,
        calls: Calls::None,
    };
    type Station = Databases;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.maybe_whole(
            about("workers", "Statements at once", "", "How many it executes at a time."),
            "unlimited",
            &mut self.workers,
            1,
            100_000,
        );
        f.maybe_whole(
            about(
                "max_connections",
                "Connections",
                "",
                "Statements executing and waiting together; more are rejected. The default is PostgreSQL's.",
            ),
            "unlimited",
            &mut self.max_connections,
            1,
            1_000_000,
        );
        f.maybe_whole(
            about("queue_limit", "Queue limit", "", "Statements that may wait; more are rejected."),
            "unbounded",
            &mut self.queue_limit,
            0,
            10_000_000,
        );
        self.read.fields(f, about("read", "Read", "", "Time that a reading statement takes."));
        self.write.fields(f, about("write", "Write", "", "Time that a writing statement takes."));
        f.number(
            about("startup_s", "Start-up", "s", "Between a restart and the first statement."),
            &mut self.startup_s,
            0.0,
            86_400.0,
        );
    }

    fn check(&self) -> Vec<Wrong> {
        self.read.check("read").into_iter().chain(self.write.check("write")).collect()
    }

    fn summary(&self) -> String {
        match self.workers {
            Some(1) => "1 statement at once".to_owned(),
            Some(workers) => format!("{workers} statements at once"),
            None => "unlimited statements".to_owned(),
        }
    }

    fn plan(&self) -> Layout {
        Layout { workers: self.workers, startup_ms: self.startup_s * 1000.0, ..Layout::default() }
    }

    fn station(&self, site: &Site) -> Databases {
        Databases {
            station: site.station,
            server: Server::new(1, self.workers, self.queue_limit, Discipline::Fifo),
            connections: self.max_connections.unwrap_or(u32::MAX),
            read: self.read.distribution(),
            write: self.write.distribution(),
            work: Stream::named(site.seed, &site.id, "service"),
        }
    }
}

/// A database while running.
#[derive(Clone, Debug)]
pub struct Databases {
    station: u32,
    server: Server,
    connections: u32,
    read: Distribution,
    write: Distribution,
    work: Stream,
}

impl Databases {
    fn begin(&mut self, core: &mut Core, job: u32) {
        let law = if core.jobs[job].message.access == Access::Read { &self.read } else { &self.write };
        let span = law.sample(&mut self.work);
        self.server.begin(core, job, span);
    }
}

impl Station for Databases {
    fn arrive(&mut self, core: &mut Core, job: u32) {
        // The newcomer is counted already.
        if core.record.nodes[self.station as usize].in_system.level() > self.connections {
            return core.reject(job, Outcome::Rejected);
        }
        match self.server.enter(core, job) {
            Entry::Begin => self.begin(core, job),
            Entry::Wait => {}
            Entry::Full => core.reject(job, Outcome::Rejected),
        }
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if let Some(next) = self.server.leave(core, job) {
            self.begin(core, next);
        }
        core.answer(job, Outcome::Ok);
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        if let Some(next) = self.server.cancel(core, job) {
            self.begin(core, next);
        }
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
    }
}
