//! Notices: what an event led to, for the stations concerned.
//!
//! While an event is handled, the core calls no station. It notes what its stations have to react
//! to, and the engine delivers these notices when the event is over, the most urgent first.

use super::Engine;
use super::call::Call;
use super::message::Outcome;
use super::station::Station;

/// Something that a station has to react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An attempt of a call that was made to a certain replica has failed, and another will follow.
    AttemptFailed {
        /// The caller.
        station: u32,
        /// The caller's job or request.
        owner: u32,
    },
    /// A call has ended. An event ends at most one.
    CallEnded {
        /// The caller.
        station: u32,
        /// The caller's job or request.
        owner: u32,
        /// The caller's mark on the call.
        tag: u32,
        /// How it ended.
        outcome: Outcome,
    },
    /// A replica has died.
    ReplicaDied {
        /// The station it belongs to.
        station: u32,
        /// Its number.
        replica: u32,
    },
    /// The pace of a replica has changed.
    PaceChanged {
        /// The station it belongs to.
        station: u32,
        /// Its number.
        replica: u32,
    },
    /// There is a place in a pool for a call whose replica its station chooses.
    PlaceFree {
        /// The call, which waits.
        call: u32,
        /// Its attempt.
        generation: u32,
        /// The link with the place.
        link: u32,
    },
    /// There may be room in a pool of a station although no call of it has ended.
    PoolHasRoom {
        /// The caller.
        station: u32,
    },
    /// Replicas of a station came into rotation or went out of it.
    RotationChanged {
        /// The station they belong to.
        station: u32,
    },
}

impl Notice {
    /// Greater is delivered first.
    fn urgency(self) -> u8 {
        match self {
            Notice::AttemptFailed { .. } => 5,
            Notice::CallEnded { .. } => 4,
            Notice::ReplicaDied { .. } => 3,
            Notice::PaceChanged { .. } => 2,
            Notice::PlaceFree { .. } | Notice::PoolHasRoom { .. } => 1,
            Notice::RotationChanged { .. } => 0,
        }
    }
}

/// The notices of the present event that are not delivered yet.
///
/// Rarely more than one, and the memory is kept: an event allocates nothing here.
#[derive(Debug, Default)]
pub struct Notices {
    /// In rising order of urgency; of equal ones the latest stands last. The last one is next.
    pending: Vec<Notice>,
}

impl Notices {
    /// Adds a notice: it is delivered before all that are less urgent or equally urgent.
    pub fn add(&mut self, notice: Notice) {
        let urgency = notice.urgency();
        if self.pending.last().is_some_and(|last| last.urgency() > urgency) {
            let at = self.pending.partition_point(|other| other.urgency() <= urgency);
            self.pending.insert(at, notice);
        } else {
            self.pending.push(notice);
        }
    }

    /// Adds a notice unless an equal one is pending.
    pub fn add_once(&mut self, notice: Notice) {
        if !self.pending.contains(&notice) {
            self.add(notice);
        }
    }

    /// Takes the next notice.
    pub fn take(&mut self) -> Option<Notice> {
        self.pending.pop()
    }

    /// Takes the next notice if it is about a death or more urgent than one.
    fn take_up_to_deaths(&mut self) -> Option<Notice> {
        self.pending.pop_if(|notice| notice.urgency() >= 3)
    }
}

impl<S: Station> Engine<S> {
    /// Delivers all notices, those included that the deliveries lead to.
    pub(super) fn deliver_notices(&mut self) {
        while let Some(notice) = self.core.notices.take() {
            self.deliver_notice(notice);
        }
    }

    /// Delivers notices of deaths only: what a fault does to several replicas of a station at once
    /// comes before the changes of rotation that follow from it.
    pub(super) fn deliver_deaths(&mut self) {
        while let Some(notice) = self.core.notices.take_up_to_deaths() {
            self.deliver_notice(notice);
        }
    }

    fn deliver_notice(&mut self, notice: Notice) {
        let Engine { core, stations, .. } = self;
        match notice {
            Notice::AttemptFailed { station, owner } => stations[station as usize].attempt_failed(core, owner),
            Notice::CallEnded { station, owner, tag, outcome } => {
                stations[station as usize].answered(core, owner, tag, outcome);
            }
            Notice::ReplicaDied { station, replica } => stations[station as usize].crashed(core, replica),
            Notice::PaceChanged { station, replica } => stations[station as usize].pace_changed(core, replica),
            Notice::PlaceFree { call, generation, link } => {
                if core.can_bind(call, generation, link) {
                    let Call { station, owner, .. } = core.calls[call];
                    if let Some(replica) = stations[station as usize].bind(core, owner, link) {
                        core.bind(call, link, replica);
                    }
                }
            }
            Notice::PoolHasRoom { station } => stations[station as usize].pool_has_room(core),
            Notice::RotationChanged { station } => {
                self.for_each_caller(station, |caller, core| caller.rotation_changed(core, station));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_leave_by_urgency_and_then_latest_first() {
        let died = |replica| Notice::ReplicaDied { station: 0, replica };
        let paced = |replica| Notice::PaceChanged { station: 0, replica };
        let rotated = Notice::RotationChanged { station: 1 };
        let failed = Notice::AttemptFailed { station: 2, owner: 3 };
        let mut notices = Notices::default();
        for notice in [paced(1), died(1), rotated, paced(2), failed, died(2)] {
            notices.add(notice);
        }
        notices.add_once(rotated);
        let mut order = vec![];
        while let Some(notice) = notices.take_up_to_deaths() {
            order.push(notice);
        }
        assert_eq!(order, [failed, died(2), died(1)]);
        order.clear();
        while let Some(notice) = notices.take() {
            order.push(notice);
        }
        assert_eq!(order, [paced(2), paced(1), rotated]);
    }
}
