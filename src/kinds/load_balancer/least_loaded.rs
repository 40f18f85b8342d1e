//! Backends in the order of their loads.

use super::backend::Backend;
use crate::engine::core::NONE;

/// Backends by load, so that the least loaded is found in constant time however many there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Loads {
    /// Least first, and where each stands in that order.
    pub(super) order: Vec<u32>,
    pub(super) place: Vec<u32>,
    /// For each load, how many backends have less: where its run begins.
    begins: Vec<u32>,
}

impl Loads {
    pub(super) fn rebuild(&mut self, active: &[u32], backends: &[Backend]) {
        let load = |backend: u32| backends[backend as usize].load;
        self.order.clear();
        self.order.extend_from_slice(active);
        self.order.sort_by_key(|backend| (load(*backend), *backend));
        self.place.resize(backends.len(), NONE);
        self.begins.clear();
        for (place, backend) in self.order.iter().enumerate() {
            self.place[*backend as usize] = place as u32;
            while self.begins.len() as u32 <= load(*backend) {
                self.begins.push(place as u32);
            }
        }
        self.begins.push(self.order.len() as u32);
    }

    /// One past the last place of a load's run.
    fn end(&self, load: u32) -> u32 {
        self.begins.get(load as usize + 1).copied().unwrap_or(self.order.len() as u32)
    }

    pub(super) fn swap(&mut self, a: u32, b: u32) {
        self.order.swap(a as usize, b as usize);
        self.place[self.order[a as usize] as usize] = a;
        self.place[self.order[b as usize] as usize] = b;
    }

    /// One more at a backend that had this load: it moves to the end of its run, which ends
    /// before it.
    pub(super) fn add(&mut self, backend: u32, load: u32) {
        let last = self.end(load) - 1;
        self.swap(self.place[backend as usize], last);
        while self.begins.len() as u32 <= load + 2 {
            self.begins.push(self.order.len() as u32);
        }
        self.begins[load as usize + 1] = last;
    }

    /// One fewer at a backend that had this load: it moves to the beginning of its run, which
    /// begins after it.
    pub(super) fn remove(&mut self, backend: u32, load: u32) {
        let first = self.begins[load as usize];
        self.swap(self.place[backend as usize], first);
        self.begins[load as usize] += 1;
    }

    /// How many share the least load.
    pub(super) fn ties(&self, backends: &[Backend]) -> u32 {
        self.end(backends[self.order[0] as usize].load)
    }
}
