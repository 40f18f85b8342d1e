//! Marks: points in time at which something happens that is not scheduled as an event. The end of
//! the warm-up, the ends of the series' bins, the changes that faults make, and other parameters.

use super::Engine;
use super::core::Core;
use super::plan::{Change, NewParameters};
use super::station::Station;
use crate::time::NEVER;

impl<S: Station> Engine<S> {
    pub(super) fn find_next_mark(&mut self) {
        let change = self.plan.fault_changes.get(self.next_change).map_or(NEVER, |planned| planned.time);
        let reconfiguration = self.plan.reconfigurations.get(self.next_reconfiguration).map_or(NEVER, |it| it.time);
        let warm = if self.is_warm { NEVER } else { self.settings.warmup_ns };
        let bin = if self.next_bin > self.settings.duration_ns { NEVER } else { self.next_bin };
        self.next_mark = change.min(reconfiguration).min(warm).min(bin);
    }

    /// Moves to the next mark. Marks precede the events of their time, so that a change that was
    /// planned from the start and one that was planned later have the same effect.
    pub(super) fn pass_mark(&mut self) {
        let now = self.next_mark;
        self.core.calendar.move_to(now);
        if self.next_bin == now {
            self.core.record.close_bin(now);
            self.next_bin += self.settings.bin_ns;
        }
        if !self.is_warm && self.settings.warmup_ns == now {
            self.is_warm = true;
            self.core.record.warmed_up(now);
            self.stations.iter_mut().for_each(|station| station.warmed_up(&self.core));
        }
        while let Some(reconfiguration) = self.plan.reconfigurations.get(self.next_reconfiguration)
            && reconfiguration.time <= now
        {
            let index = self.next_reconfiguration;
            self.next_reconfiguration += 1;
            let plan = std::mem::take(&mut self.plan);
            self.reconfigure(&plan.reconfigurations[index].to);
            self.plan = plan;
        }
        while let Some(planned) = self.plan.fault_changes.get(self.next_change)
            && planned.time <= now
        {
            let change = planned.change.clone();
            self.next_change += 1;
            self.change(change);
        }
        self.find_next_mark();
    }

    fn change(&mut self, change: Change) {
        let Engine { core, stations, .. } = self;
        let replicas = |station: u32, replica: Option<u32>| match replica {
            Some(one) => one..one + 1,
            None => 0..core.station_states[station as usize].plan.replicas,
        };
        match change {
            Change::Crash(station, replica) => {
                for replica in replicas(station, replica) {
                    self.core.kill(station, replica);
                    self.deliver_deaths();
                }
            }
            Change::Restore(station, replica) => {
                for replica in replicas(station, replica) {
                    if self.core.revive(station, replica) {
                        self.stations[station as usize].restored(&mut self.core, replica);
                    }
                }
                self.for_each_caller(station, |caller, core| caller.dependency_restored(core));
            }
            Change::Slow(station, replica, fault, factor) => {
                replicas(station, replica).for_each(|replica| core.set_slowdown(station, replica, fault, factor));
            }
            Change::Errors(station, replica, fault, errors) => {
                replicas(station, replica).for_each(|replica| core.set_errors(station, replica, fault, errors.clone()));
            }
            Change::Pause(station, replica) => {
                // All of them first: a station that is paused as a whole sees no replica without the others.
                let stopped: Vec<u32> =
                    replicas(station, replica).filter(|replica| core.pause(station, *replica)).collect();
                stopped.into_iter().for_each(|replica| stations[station as usize].paused(core, replica));
            }
            Change::Resume(station, replica) => {
                let going_on: Vec<u32> =
                    replicas(station, replica).filter(|replica| core.resume(station, *replica)).collect();
                going_on.into_iter().for_each(|replica| stations[station as usize].resumed(core, replica));
            }
            Change::Cut(link, direction) => core.network.links[link as usize].cut(direction),
            Change::RestoreLink(link, direction, resume) => {
                if core.restore_link(link, direction, resume) {
                    let caller = core.network.links[link as usize].plan.from as usize;
                    stations[caller].dependency_restored(core);
                }
            }
            Change::Partition(fault, partition) => {
                let has_ended = partition.is_none();
                for station in core.set_partition(fault, partition) {
                    stations[station as usize].partition_changed(core);
                    if has_ended {
                        stations[station as usize].dependency_restored(core);
                    }
                }
            }
            Change::Latency(link, fault, latency) => {
                core.network.links[link as usize].set_added_latency(fault, latency);
            }
            Change::Loss(link, fault, ratio) => core.network.links[link as usize].set_added_loss(fault, ratio),
            Change::Flush(station) => stations[station as usize].flushed(core),
            Change::Traffic(station, fault, factor) => stations[station as usize].traffic(core, fault, factor),
            Change::Deploy(station, deploy) => stations[station as usize].deploy(core, deploy),
        }
        self.deliver_notices();
    }

    /// A station, a link or an operation has other parameters from now on.
    #[cold]
    fn reconfigure(&mut self, to: &NewParameters<S::Parameters>) {
        let Engine { core, stations, .. } = self;
        match to {
            NewParameters::Station(station, plan, parameters) => {
                core.reconfigure_station(*station, plan);
                stations[*station as usize].reconfigure(core, parameters);
                self.for_each_caller(*station, |caller, core| caller.callee_reconfigured(core, *station));
            }
            NewParameters::Link(link, plan) => {
                core.reconfigure_link(*link, plan);
                let caller = core.network.links[*link as usize].plan.from as usize;
                stations[caller].link_reconfigured(core, *link);
            }
            NewParameters::Operation(operation, plan) => core.operations[*operation as usize].clone_from(plan),
        }
        self.deliver_notices();
    }

    /// Visits every station that has a link to this one, in the order of the links.
    pub(super) fn for_each_caller(&mut self, callee: u32, visit: impl Fn(&mut S, &mut Core)) {
        for link in 0..self.core.network.links.len() {
            let plan = &self.core.network.links[link].plan;
            if plan.to == callee {
                let caller = plan.from as usize;
                visit(&mut self.stations[caller], &mut self.core);
            }
        }
    }
}
