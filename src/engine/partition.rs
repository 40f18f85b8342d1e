//! Partitions between endpoints: messages from one side to the other are held back until the
//! partition ends, on any link. Messages that were under way when it began still arrive.

use super::network::{self, Ends};
use super::plan::{Active, Direction, Endpoint, Partition, ResumeMode};

/// The partitions in force, and the messages that they hold back.
#[derive(Debug, Default)]
pub struct Partitions {
    active: Active<InForce>,
    held: Vec<Held>,
}

/// A partition, and the time at which it began.
#[derive(Debug)]
struct InForce {
    partition: Partition,
    since: u64,
}

#[derive(Debug)]
struct Held {
    from: Endpoint,
    to: Endpoint,
    message: network::Held,
}

impl Partitions {
    /// Whether no partition is in force.
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// Whether messages from one endpoint to another are held back.
    pub fn separate(&self, from: Endpoint, to: Endpoint) -> bool {
        from != to && self.active.iter().any(|it| it.partition.holds_back(from, to))
    }

    /// The time since which messages from one endpoint to another are held back; `None` if they are not.
    pub fn separated_since(&self, from: Endpoint, to: Endpoint) -> Option<u64> {
        if from == to {
            return None;
        }
        self.active.iter().filter(|it| it.partition.holds_back(from, to)).map(|it| it.since).min()
    }

    /// Whether one partition names both stations.
    pub fn concern(&self, a: u32, b: u32) -> bool {
        self.active.iter().any(|it| {
            let names = |station: u32| stations(&it.partition).any(|named| named == station);
            names(a) && names(b)
        })
    }

    /// Keeps a message if a partition is in its way; returns whether one is.
    pub(super) fn hold_if_separated(&mut self, message: network::Held, ends: Ends) -> bool {
        let (from, to) = match message.transfer.direction {
            Direction::Forward => (ends.caller, ends.callee),
            Direction::Backward => (ends.callee, ends.caller),
        };
        let is_separated = self.separate(from, to);
        if is_separated {
            self.held.push(Held { from, to, message });
        }
        is_separated
    }

    /// The partition of a fault begins now or (`None`) ends. Returns the stations that it names, in
    /// rising order, and when what it held back goes on.
    pub fn set(&mut self, fault: u32, partition: Option<Partition>, now: u64) -> (Vec<u32>, ResumeMode) {
        let ended = self.active.get(fault).map(|it| &it.partition);
        let resume = ended.or(partition.as_ref()).map_or(ResumeMode::AtOnce, |it| it.resume);
        let mut named: Vec<u32> = Vec::new();
        for station in ended.into_iter().chain(&partition).flat_map(stations) {
            if let Err(at) = named.binary_search(&station) {
                named.insert(at, station);
            }
        }
        self.active.set(fault, partition.map(|partition| InForce { partition, since: now }));
        (named, resume)
    }

    /// Takes out the messages that no partition holds back any more, in the order in which they
    /// were sent.
    pub(super) fn release(&mut self) -> Vec<network::Held> {
        let (held, free) =
            std::mem::take(&mut self.held).into_iter().partition(|held| self.separate(held.from, held.to));
        self.held = held;
        let free: Vec<Held> = free;
        free.into_iter().map(|held| held.message).collect()
    }
}

fn stations(partition: &Partition) -> impl Iterator<Item = u32> {
    partition.a.stations().chain(partition.b.stations())
}

#[cfg(test)]
mod tests {
    use super::super::plan::Endpoints;
    use super::*;

    #[test]
    fn a_partition_holds_back_what_crosses_it_in_its_directions() {
        let partition = Partition {
            a: Endpoints::new([(1, Some(0)), (2, None)]),
            b: Endpoints::new([(1, None)]),
            forward: true,
            backward: false,
            resume: ResumeMode::AtOnce,
        };
        for (from, to, held) in [
            ((1, 0), (1, 2), true),
            ((1, 2), (1, 0), false),
            ((2, 7), (1, 1), true),
            ((1, 1), (2, 7), false),
            ((2, 0), (2, 1), false),
            ((3, 0), (1, 0), false),
        ] {
            assert_eq!(partition.holds_back(from, to), held, "{from:?} to {to:?}");
        }
    }
}
