//! Runs that end early: requests that chase each other without time passing, and requests that need
//! more memory than there is.

use super::Engine;
use super::calendar::{Event, EventKind};
use super::call::Call;
use super::core::{Core, NONE};
use super::job::Job;
use super::station::Station;
use serde::{Deserialize, Serialize};

/// Events at one instant that are no reason to doubt that the instant will end.
const EVENTS_AT_AN_INSTANT: u64 = 1_000_000;
/// For each message and call under way at the beginning of an instant, so many events more.
const EVENTS_FOR_EACH: u64 = 16;
/// The number of events at an instant after which its messages and calls are counted.
const COUNTED_AT: u64 = 1000;
/// So many events of an instant without an end show which stations they are about.
const OBSERVED: u64 = 10_000;
/// Events between two looks at the memory.
const MEMORY_INTERVAL: u64 = 1 << 16;

/// Why a run ended before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlyEnd {
    /// Events led to more events at the same instant, without an end.
    EndlessInstant,
    /// Messages and calls under way took more memory than a run may take.
    OutOfMemory,
}

/// What is watched so that every run has an end.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// The present instant, and its events so far.
    instant: u64,
    events: u64,
    /// How many events this instant may have.
    limit: u64,
    /// For each station, its events among the last ones of an instant without an end.
    observed: Vec<u64>,
    /// Why the run has ended early, and the stations that this is about.
    pub(super) end: Option<(EarlyEnd, Vec<u32>)>,
}

impl<S: Station> Engine<S> {
    /// Why the run ended before its time, if it did, and the stations that chased each other or held
    /// most of what was under way.
    pub fn early_end(&self) -> Option<(&EarlyEnd, &[u32])> {
        self.watch.end.as_ref().map(|(why, stations)| (why, stations.as_slice()))
    }

    /// Counts an event; ends the run if its instant will not end, or if too much is under way.
    #[inline(always)]
    pub(super) fn watch(&mut self, event: Event) {
        if self.core.now() != self.watch.instant {
            self.watch.instant = self.core.now();
            self.watch.events = 0;
        }
        self.watch.events += 1;
        if self.watch.events >= COUNTED_AT {
            self.watch_instant(event);
        }
        if self.events.is_multiple_of(MEMORY_INTERVAL) && self.core.memory_bytes() > self.settings.memory_bytes {
            self.watch.end = Some((EarlyEnd::OutOfMemory, self.core.fullest_stations()));
        }
    }

    #[cold]
    fn watch_instant(&mut self, event: Event) {
        let Watch { events, limit, observed, end, .. } = &mut self.watch;
        if *events == COUNTED_AT {
            let under_way = self.core.jobs.len() + self.core.calls.len();
            *limit = EVENTS_AT_AN_INSTANT + EVENTS_FOR_EACH * under_way as u64;
            observed.clear();
        }
        if *events < *limit {
            return;
        }
        observed.resize(self.stations.len(), 0);
        if let Some(station) = self.core.station_of(event) {
            observed[station as usize] += 1;
        }
        if *events >= *limit + OBSERVED {
            let most = observed.iter().copied().max().unwrap_or(0);
            let takes_part = |station: &u32| most > 0 && observed[*station as usize] * 10 >= most;
            *end = Some((EarlyEnd::EndlessInstant, (0..observed.len() as u32).filter(takes_part).collect()));
        }
    }
}

impl Core {
    /// The station that an event is about.
    fn station_of(&self, event: Event) -> Option<u32> {
        let index = event.index();
        match event.kind() {
            EventKind::Deliver | EventKind::Done => Some(self.jobs[index].station),
            EventKind::Answer => self.network.links.get(self.jobs[index].link as usize).map(|link| link.plan.from),
            EventKind::Timeout | EventKind::Hedge | EventKind::Retry | EventKind::CallEnd => {
                Some(self.calls[index].station)
            }
            EventKind::Wake => Some(event.station_and_tag().0),
            EventKind::Ring | EventKind::Probe | EventKind::ProbeAnswer | EventKind::Cancel | EventKind::Resend => None,
        }
    }

    /// The memory that the messages and calls under way take, and the events for them, bytes.
    pub fn memory_bytes(&self) -> u64 {
        let of_jobs = self.jobs.len() * size_of::<Job>();
        let of_calls = self.calls.len() * size_of::<Call>();
        (of_jobs + of_calls + self.calendar.memory_bytes()) as u64
    }

    /// The stations with the most messages under way to them or in them.
    fn fullest_stations(&self) -> Vec<u32> {
        let mut counts = vec![0u64; self.station_states.len()];
        for job in (0..self.jobs.extent()).map(|index| &self.jobs[index]) {
            if !matches!(job.state, super::job::JobState::Free) && job.station != NONE {
                counts[job.station as usize] += 1;
            }
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        (0..counts.len() as u32).filter(|station| most > 0 && counts[*station as usize] * 2 >= most).collect()
    }
}
