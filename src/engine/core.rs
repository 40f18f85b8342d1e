//! The state of a run that all stations share: calendar, jobs, calls, links, record.
//!
//! A *job* is one message from the moment it is sent until its answer is received; a *call* is
//! what its caller knows of it, with timeouts and retries. The two refer to each other by index.

use super::calendar::{Calendar, Delay};
use super::call::Call;
use super::job::Job;
use super::network::Network;
use super::notices::Notices;
use super::plan::{LinkPlan, OperationPlan, RunSettings, StationPlan};
use super::replicas::StationState;
use super::slab::Slab;
use crate::record::ProcessRecord;
use crate::record::recorder::Recorder;

/// The index that refers to nothing.
pub const NONE: u32 = u32::MAX;

/// State of a run, apart from the stations themselves. Stations receive it with every call.
#[derive(Debug)]
pub struct Core {
    /// Events to come, and the present.
    pub calendar: Calendar,
    /// Messages that are sent and not yet answered.
    pub jobs: Slab<Job>,
    /// Calls that have not ended.
    pub calls: Slab<Call>,
    /// Links, partitions and health checks.
    pub network: Network,
    /// For each station what the engine knows of its replicas.
    pub station_states: Vec<StationState>,
    /// The operations of all clients.
    pub operations: Vec<OperationPlan>,
    /// What the report is made from.
    pub record: Recorder,
    /// The number of the latest attempt.
    pub(super) generation: u32,
    /// The number of the latest job.
    pub(super) serial: u32,
    /// How many processes are paused.
    pub(super) paused_processes: u32,
    /// For timers that fell due during a pause: they go off at its end, unless they are stale then.
    pub(super) no_delay: Delay,
    /// What the present event led to.
    pub(super) notices: Notices,
}

impl Core {
    /// The state at time 0, when nothing has happened yet.
    pub fn new(
        settings: &RunSettings,
        stations: &[StationPlan],
        links: Vec<LinkPlan>,
        operations: Vec<OperationPlan>,
    ) -> Core {
        let mut record =
            Recorder::new(settings.warmup_ns, settings.bin_ns, stations.len(), links.len(), operations.len());
        for (node, plan) in record.nodes.iter_mut().zip(stations) {
            let present = plan.replicas - plan.absent;
            node.workers.set(0, plan.workers.unwrap_or(0) * present);
            node.replicas.set(0, present);
            if plan.replicas > 1 {
                node.processes = vec![ProcessRecord::default(); plan.replicas as usize];
                for process in &mut node.processes[..present as usize] {
                    process.workers.set(0, plan.workers.unwrap_or(0));
                }
            }
        }
        let mut calendar = Calendar::default();
        let network = Network::new(links, stations, settings.seed, &mut calendar);
        for (link, state) in record.links.iter_mut().zip(&network.links) {
            link.pool = state.pool_of_process().map(|places| (places, state.plan.from));
        }
        Core {
            network,
            no_delay: calendar.timers_after(0),
            calendar,
            jobs: Slab::default(),
            calls: Slab::default(),
            station_states: stations.iter().map(|plan| StationState::new(plan, settings.seed)).collect(),
            operations,
            record,
            generation: 0,
            serial: 0,
            paused_processes: 0,
            notices: Notices::default(),
        }
    }

    /// The present, nanoseconds since the start of the run.
    pub fn now(&self) -> u64 {
        self.calendar.now()
    }
}
