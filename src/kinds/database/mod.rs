//! Databases: connections and workers are separate limits; reads and writes take different times;
//! keys may be divided over shards, and each shard kept by a set of replicas.
//!
//! Shard n of `replicas` replicas each is the processes `db#(n·replicas + 1)` to
//! `db#(n·replicas + replicas)`; each process has its own workers, connections and queue. A read
//! or write goes to a process that is responsible for it, as drivers do; one that comes to another
//! process (from a load balancer) is forwarded at once.
//!
//! **Leader and followers** (`replication`, `failover`). The first replica leads at first. A
//! write takes effect when the leader's work on it is done, and each follower has it one draw of
//! `lag` later (with `order` `log` not before it has all earlier ones, as a write-ahead log or a
//! binlog makes it); from then on a worker of the follower is busy with it for a write's time. It is
//! acknowledged once `sync` followers have it, in log order too, and the leader has heard so. What
//! has not arrived when the leader dies or is cut off does not arrive. A follower that missed a write
//! becomes a copy of the leader one draw of `lag` after it hears the leader again. A side that has not
//! heard a leader (dead, paused or cut off) for `failover_s` promotes the follower that lacks the
//! fewest writes; the new leader first takes over the newer versions of the others on its side, and the
//! old leader discards what only it has (`acknowledged`).
//!
//! **Quorum** (`quorum`). The replica to which an operation comes sends it to every replica of its
//! side, itself included, each with a duration of its own, and answers when the quorum has done it.
//! Replicas that missed a write have it as soon as they reach one that has it (hinted handoff).
//!
//! **Partitions** (`reach`, `set`, `membership`). A *side* is a group of replicas that reach each
//! other in both directions, directly or through others. A leader leads while a quorum hears it; data
//! flows to the replicas that hear the leader, acknowledgements and answers to those that hear the replica.
//! `consistent`: who has no majority refuses at once (unreachable), and an answer under way
//! between sides waits. `available`: every side goes on alone, and when sides meet again the last
//! write of each key wins. A paused replica is as good as cut off in both directions, unless all that
//! live are paused.
//!
//! **Callers** (`publish` in `membership`, `engine::routing`). Drivers hear of a death, a return and
//! a new leader at once. A partition and a pause are silence: which replicas to do without is known
//! after `failover_s` or, with a quorum, `detection_s`; until then callers go on as before.
//!
//! A read is stale when it missed a write that was acknowledged before the read arrived. Work
//! between replicas takes workers and waits in line, and so counts in utilization, the queue and
//! waiting times; arrivals, answers and the number in the system count callers' requests only.

mod acknowledged;
mod failover;
mod job_role;
mod membership;
pub mod metrics;
mod options;
mod quorum;
mod reach;
mod replication;
mod set;
mod station;
mod versions;

pub use station::{DatabaseStation, Standing};

use crate::engine::plan::{Change, Discipline};
use crate::engine::routing::Sharding;
use crate::engine::server::Server;
use crate::engine::slab::Slab;
use crate::kind::{Calls, Capacity, Connections, Kind, KindInfo, Role, Section, StationContext, card, unmeasured_with};
use crate::metrics::MetricInfo;
use crate::params::{DurationParam, Fields, Violation, choice, optional_one_of, parameter, shown};
use crate::random::Stream;
use crate::time::{NEVER, from_s};
use options::{Mode, OnPartition, Order, ReadFrom, ShardBy};
use set::{REPLICAS_MAX, Set};
use station::Scheme;
use versions::Versions;

/// Parameters of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Database {
    workers: Option<u32>,
    max_connections: Option<u32>,
    queue_limit: Option<u32>,
    read: DurationParam,
    write: DurationParam,
    startup_s: f64,
    replicated: bool,
    mode: Mode,
    replicas: u32,
    sync: u32,
    lag: DurationParam,
    order: Order,
    read_from: ReadFrom,
    failover_s: f64,
    read_quorum: u32,
    write_quorum: u32,
    detection_s: f64,
    on_partition: OnPartition,
    shards: u32,
    shard_by: ShardBy,
}

impl Default for Database {
    fn default() -> Self {
        Database {
            workers: Some(8),
            // PostgreSQL's own default.
            max_connections: Some(100),
            queue_limit: None,
            read: DurationParam::exponential(5.0),
            write: DurationParam::exponential(10.0),
            startup_s: 5.0,
            replicated: false,
            mode: Mode::LeaderFollower,
            replicas: 3,
            sync: 0,
            // "Usually much less than 100 ms" (Amazon Aurora's user guide on replica lag).
            lag: DurationParam::exponential(20.0),
            order: Order::None,
            read_from: ReadFrom::Leader,
            failover_s: 30.0,
            read_quorum: 2,
            write_quorum: 2,
            // MongoDB's drivers ask every replica each 10 s (heartbeatFrequencyMS).
            detection_s: 10.0,
            on_partition: OnPartition::Consistent,
            shards: 1,
            shard_by: ShardBy::Hash,
        }
    }
}

/// Most processes of a node, as of an app.
const PROCESSES_MAX: u32 = 1000;

impl Database {
    fn set_size(&self) -> u32 {
        if self.replicated { self.replicas } else { 1 }
    }
}

impl Kind for Database {
    const INFO: KindInfo = KindInfo {
        id: "database",
        label: "Database",
        role: Role::Store,
        tagline: shown("replicas, shards, limits"),
        keywords: shown(
            "db sql postgres postgresql mysql mariadb oracle mongodb dynamodb cassandra store storage table",
        ),
        help: shown(
            "Executes a limited number of queries concurrently; further ones wait while they hold a connection, and without a free connection they are rejected. It can replicate its data and shard its keys; stale reads and lost writes are counted.",
        ),
        icon: shown(
            "M5 5.6c0-1.5 3.1-2.7 7-2.7s7 1.2 7 2.7-3.1 2.7-7 2.7-7-1.2-7-2.7M5 5.6v12.8c0 1.5 3.1 2.7 7 2.7s7-1.2 7-2.7v-12.8M5 12c0 1.5 3.1 2.7 7 2.7s7-1.2 7-2.7",
        ),
        color: "#00856a",
        card: card::RESPONSE,
        section: Section::Data,
        called: true,
        calls: Calls::None,
    };
    const METRICS: &'static [&'static MetricInfo] = metrics::METRICS;
    type Station = DatabaseStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.optional_integer(
            parameter("workers", "Max concurrent queries")
                .essential()
                .slide(1.0, 256.0)
                .help("Queries that a process executes at a time."),
            "unlimited",
            &mut self.workers,
            1,
            100_000,
        );
        f.optional_integer(
            parameter("max_connections", "Connections").essential().slide(1.0, 1000.0).help(
                "Queries executing and waiting together, per process; more are rejected. The default is PostgreSQL's.",
            ),
            "unlimited",
            &mut self.max_connections,
            1,
            1_000_000,
        );
        f.optional_integer(
            parameter("queue_limit", "Queue limit").help("Queries that may wait at a process; more are rejected."),
            "unbounded",
            &mut self.queue_limit,
            0,
            10_000_000,
        );
        self.read.fields(f, parameter("read", "Read").essential().help("Time that a reading query takes."));
        self.write.fields(f, parameter("write", "Write").essential().help("Time that a writing query takes."));
        let Database {
            replicas, sync, lag, order, read_from, failover_s, read_quorum, write_quorum, detection_s, ..
        } = self;
        let replicas_parameter = parameter("replicas", "Replicas")
            .slide(1.0, 9.0)
            .help("Copies of the data, each with its own workers.")
            .fixed("the data would have to be copied first");
        optional_one_of(
            f,
            parameter("replication", "Replication")
                .essential()
                .help("Copies of the data, and how they agree.")
                .fixed("the data would have to be copied first"),
            "off",
            &mut self.replicated,
            "mode",
            &mut self.mode,
            &mut |mode, f| match mode {
                Mode::LeaderFollower => {
                    f.integer(replicas_parameter, replicas, 1, REPLICAS_MAX);
                    f.integer(
                        parameter("sync", "Synchronous")
                            .slide(0.0, 5.0)
                            .help("Followers that must have a write before it is acknowledged."),
                        sync,
                        0,
                        REPLICAS_MAX - 1,
                    );
                    lag.fields(
                        f,
                        parameter("lag", "Lag")
                            .slide(1.0, 10_000.0)
                            .help("Time until a follower has a write of the leader; until then reads at the follower are stale."),
                    );
                    choice(
                        f,
                        parameter("order", "Order")
                            .help("None: each write has a lag of its own. Log: a follower has them in the leader's order, as a write-ahead log or a binlog makes it; one that would come early waits.")
                            .fixed("writes are on their way in the other order"),
                        order,
                    );
                    choice(f, parameter("read_from", "Read from").help("Which replicas answer reads."), read_from);
                    f.number(
                        parameter("failover_s", "Failover")
                            .slide(0.0, 60.0)
                            .unit("s")
                            .help("How long a side hears no leader before it promotes a follower, and how long a replica is silent before callers do without it.")
                            .fixed("silences that have begun are measured by it"),
                        failover_s,
                        0.0,
                        86_400.0,
                    );
                }
                Mode::Quorum => {
                    f.integer(replicas_parameter, replicas, 1, REPLICAS_MAX);
                    f.integer(
                        parameter("read_quorum", "Read quorum")
                            .slide(1.0, 9.0)
                            .help("Replicas that must have answered a read."),
                        read_quorum,
                        1,
                        REPLICAS_MAX,
                    );
                    f.integer(
                        parameter("write_quorum", "Write quorum").slide(1.0, 9.0).help("Replicas that must have done a write. If read quorum + write quorum is more than the replicas, no read is stale."),
                        write_quorum,
                        1,
                        REPLICAS_MAX,
                    );
                    f.number(
                        parameter("detection_s", "Failure detection")
                            .slide(0.0, 60.0)
                            .unit("s")
                            .help("How long a replica is silent before callers do without it.")
                            .fixed("silences that have begun are measured by it"),
                        detection_s,
                        0.0,
                        86_400.0,
                    );
                }
            },
        );
        choice(
            f,
            parameter("on_partition", "On partition").help("Consistent: only a majority serves. Available: every side of the partition serves, and the last write wins when it heals.").fixed("the sides of a partition have been served by the other rule"),
            &mut self.on_partition,
        );
        f.integer(
            parameter("shards", "Shards")
                .essential()
                .slide(1.0, 32.0)
                .help("Parts into which the keys are divided, each with its own processes.")
                .fixed("the data would have to be moved first"),
            &mut self.shards,
            1,
            PROCESSES_MAX,
        );
        choice(
            f,
            parameter("shard_by", "Shard by")
                .help("Hash spreads neighboring keys; range keeps them, and so hot keys, together.")
                .fixed("the data would have to be moved first"),
            &mut self.shard_by,
        );
        f.number(
            parameter("startup_s", "Start-up")
                .slide(0.0, 60.0)
                .unit("s")
                .help("Between a restart and the first query.")
                .fixed("planned restarts are laid out with it before the run"),
            &mut self.startup_s,
            0.0,
            86_400.0,
        );
    }

    fn check(&self) -> Vec<Violation> {
        let mut all: Vec<Violation> = self.read.check("read").into_iter().chain(self.write.check("write")).collect();
        let mut at_most = |field: &str, value: u32, most: u32, of: &str| {
            if value > most {
                let what = format!("{value} is more than there are {of}");
                all.push(Violation::new(&format!("replication.{field}"), &what, format!("at most {most}")));
            }
        };
        match self.mode {
            Mode::LeaderFollower if self.replicated => at_most("sync", self.sync, self.replicas - 1, "followers"),
            Mode::Quorum if self.replicated => {
                at_most("read_quorum", self.read_quorum, self.replicas, "replicas");
                at_most("write_quorum", self.write_quorum, self.replicas, "replicas");
            }
            _ => {}
        }
        if self.replicated && self.mode == Mode::LeaderFollower {
            all.extend(self.lag.check("replication.lag"));
        }
        if self.shards * self.set_size() > PROCESSES_MAX {
            let right = format!("at most {PROCESSES_MAX} shards times replicas");
            all.push(Violation::new(
                "shards",
                format!("{} processes are too many", self.shards * self.set_size()),
                &right,
            ));
        }
        all
    }

    fn summary(&self) -> String {
        let queries = match self.workers {
            Some(1) => "1 concurrent query".to_owned(),
            Some(workers) => format!("{workers} concurrent queries"),
            None => "unlimited queries".to_owned(),
        };
        let each = match self.workers {
            Some(workers) => workers.to_string(),
            None => "unlimited".to_owned(),
        };
        match (self.shards, self.set_size()) {
            (1, 1) => queries,
            (1, replicas) => format!("{replicas} replicas × {each}"),
            (shards, 1) => format!("{shards} shards × {each}"),
            (shards, replicas) => format!("{shards} shards × {replicas} replicas"),
        }
    }

    fn note(&self) -> String {
        if !self.replicated {
            return String::new();
        }
        let Database { replicas: n, sync, read_quorum: r, write_quorum: w, .. } = self;
        let reads = match self.mode {
            Mode::Quorum if r + w > *n => {
                format!("R + W > N ({r} + {w} > {n}): every read reaches a replica with the last acknowledged write.")
            }
            Mode::Quorum => format!(
                "R + W ≤ N ({r} + {w} ≤ {n}): a read may reach only replicas without the last write. It is stale then, \
                 and faster."
            ),
            Mode::LeaderFollower => {
                let later = n.saturating_sub(1 + sync);
                let survives = if *sync > 0 { "survives its leader" } else { "may be lost with its leader" };
                format!(
                    "A write waits for {sync} followers, and {later} have it later: once acknowledged it {survives}."
                )
            }
        };
        let cut = match self.on_partition {
            OnPartition::Consistent => "In a partition, a side without a majority refuses (CP).",
            OnPartition::Available => {
                "In a partition, each side goes on: its data may be old, and the last write wins (AP)."
            }
        };
        format!("{reads} {cut}")
    }

    fn capacity(&self) -> Capacity {
        Capacity {
            replicas: self.shards * self.set_size(),
            workers: self.workers,
            startup_ms: self.startup_s * 1000.0,
            ..Capacity::default()
        }
    }

    fn unmoved_by(&self, change: &Change) -> Option<&'static str> {
        let takes_no_time = self.read.is_zero() && self.write.is_zero();
        (matches!(change, Change::Slow(..)) && takes_no_time).then_some("its queries take no time")
    }

    fn unmeasured(&self, metric: &MetricInfo) -> Option<&'static str> {
        let is = |other: &MetricInfo| metric.key == other.key;
        if is(&metrics::SHARDS.info) {
            return match self.workers {
                None => Some("the number of its workers is not limited"),
                Some(_) => (self.shards == 1).then_some("it is not sharded"),
            };
        }
        if metrics::METRICS.iter().any(|own| is(own)) && !is(&metrics::CONNECTIONS_REFUSED.info) {
            return (!self.replicated).then_some("its data are not replicated");
        }
        unmeasured_with(self.capacity(), metric)
    }

    fn replica_group(&self) -> u32 {
        self.set_size()
    }

    fn connections(&self) -> Option<Connections> {
        // Where the leader answers everything, callers are connected to the leaders alone.
        let at_leader = self.mode == Mode::LeaderFollower && self.read_from == ReadFrom::Leader;
        let serving = if at_leader { 1 } else { self.set_size() };
        self.max_connections.map(|each| Connections { each, processes: serving * self.shards })
    }

    fn memory_bytes(&self, keys: u64, _sessions: u64) -> u64 {
        // The version of each key at each replica, and the one that was acknowledged.
        if self.replicated { versions::KEY_BYTES * keys * (u64::from(self.replicas) + 1) } else { 0 }
    }

    fn station(&self, site: &StationContext) -> DatabaseStation {
        let size = self.set_size();
        let sharding = Sharding { sets: self.shards, keys: site.keys, by_range: self.shard_by == ShardBy::Range };
        let available = self.on_partition == OnPartition::Available;
        let processes = self.shards * size;
        DatabaseStation {
            station: site.station,
            server: Server::new(processes, self.workers, self.queue_limit, Discipline::Fifo),
            connections: self.max_connections.unwrap_or(u32::MAX),
            held: vec![0; processes as usize],
            read: self.read.distribution(),
            write: self.write.distribution(),
            sharding,
            size,
            sets: vec![Set::new(size, available); self.shards as usize],
            paused_since: vec![NEVER; processes as usize],
            writes: Slab::default(),
            operations: Slab::default(),
            versions: if self.replicated { Versions::new(size, sharding) } else { Versions::default() },
            sets_refusing: 0,
            refusing_since: 0,
            work: Stream::named(site.seed, &site.id, "service"),
            lags: Stream::named(site.seed, &site.id, "replication"),
            scheme: self.scheme(),
        }
    }
}

impl Database {
    /// How the replicas of a set agree.
    fn scheme(&self) -> Scheme {
        match self.mode {
            _ if !self.replicated => Scheme::Alone,
            Mode::LeaderFollower => Scheme::Leader {
                sync: self.sync,
                lag: self.lag.distribution(),
                in_order: self.order == Order::Log,
                read_any: self.read_from == ReadFrom::Any,
                failover_ns: from_s(self.failover_s),
            },
            Mode::Quorum => Scheme::Quorum {
                read: self.read_quorum,
                write: self.write_quorum,
                detection_ns: from_s(self.detection_s),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{constant_client, count, link, number, report};
    use serde_json::json;

    fn replicated(mode: Mode, replicas: u32) -> Database {
        Database { replicated: true, mode, replicas, ..Database::default() }
    }

    #[test]
    fn the_note_says_what_a_quorum_or_a_follower_guarantees() {
        let quorum = |r, w| Database { read_quorum: r, write_quorum: w, ..replicated(Mode::Quorum, 3) };
        assert_eq!(Database::default().note(), "");
        assert!(quorum(2, 2).note().starts_with("R + W > N (2 + 2 > 3): every read"));
        assert!(quorum(1, 2).note().starts_with("R + W ≤ N (1 + 2 ≤ 3): a read may"));
        assert!(replicated(Mode::LeaderFollower, 3).note().contains("may be lost with its leader"));
        let synchronous = Database { sync: 1, ..replicated(Mode::LeaderFollower, 3) };
        assert!(synchronous.note().contains("survives its leader"));
    }

    #[test]
    fn rejects_quorums_and_synchronous_followers_beyond_the_replicas() {
        let fields = |database: Database| -> Vec<String> {
            database.check().into_iter().map(|violation| violation.field).collect()
        };
        let quorum = |r, w| Database { read_quorum: r, write_quorum: w, ..replicated(Mode::Quorum, 3) };
        assert_eq!(fields(quorum(3, 3)), [""; 0]);
        assert_eq!(fields(quorum(4, 3)), ["replication.read_quorum"]);
        assert_eq!(fields(quorum(3, 4)), ["replication.write_quorum"]);
        let sync = |sync| Database { sync, ..replicated(Mode::LeaderFollower, 3) };
        assert_eq!(fields(sync(2)), [""; 0]);
        assert_eq!(fields(sync(3)), ["replication.sync"]);
        assert_eq!(fields(Database { replicated: false, ..quorum(9, 9) }), [""; 0], "not replicated");
    }

    #[test]
    fn its_processes_are_shards_times_replicas() {
        let database = Database { shards: 4, ..replicated(Mode::Quorum, 3) };
        assert_eq!(database.capacity().replicas, 12);
        assert_eq!(Database { replicated: false, ..database.clone() }.capacity().replicas, 4);
        assert_eq!(Database { shards: 334, ..database }.check().len(), 1, "1002 processes");
    }

    #[test]
    fn connections_limit_executing_and_waiting_queries_together() {
        let nodes = [
            constant_client(100.0),
            json!({"id": "db", "kind": "database", "params": {"workers": 2, "max_connections": 5,
                "read": {"dist": "constant", "ms": 100_000}}}),
        ];
        let db = &report(&nodes, &[link("client", "db")], 10.0).nodes["db"];
        assert!(
            count(db, "arrivals") >= 999 && count(db, "completed") == 0,
            "{} {}",
            count(db, "arrivals"),
            count(db, "completed")
        );
        assert_eq!(count(db, "arrivals") - count(db, "rejected"), 5, "two execute and three wait");
        assert!((number(db, "queue_mean") - 3.0).abs() < 0.05, "{}", number(db, "queue_mean"));
        assert!(number(db, "utilization") > 0.99);
    }
}
