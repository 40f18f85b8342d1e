//! The least loaded backends in constant time.

use super::backend::Backend;
use crate::engine::core::NONE;

/// Backends sorted by load. Finding the least loaded and changing a load by one take constant time.
#[derive(Clone, Debug, Default)]
pub(super) struct Loads {
    /// Backends by load, least first, and the place of each backend in that order.
    pub(super) order: Vec<u32>,
    pub(super) place: Vec<u32>,
    /// For each load the number of backends with less: the place at which its run begins.
    begins: Vec<u32>,
}

impl Loads {
    pub(super) fn rebuild(&mut self, active: &[u32], backends: &[Backend]) {
        let load = |backend: u32| backends[backend as usize].load;
        self.order.clear();
        // One by one into their places: a sort of the standard library for this alone is four kilobytes.
        for backend in active {
            let key = (load(*backend), *backend);
            let at = self.order.partition_point(|other| (load(*other), *other) < key);
            self.order.insert(at, *backend);
        }
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

    /// One past the last place of the run of a load.
    fn end(&self, load: u32) -> u32 {
        self.begins.get(load as usize + 1).copied().unwrap_or(self.order.len() as u32)
    }

    pub(super) fn swap(&mut self, a: u32, b: u32) {
        self.order.swap(a as usize, b as usize);
        self.place[self.order[a as usize] as usize] = a;
        self.place[self.order[b as usize] as usize] = b;
    }

    /// The load of a backend grows by one from `load`: the backend moves to the end of its run, and
    /// the run shrinks by it.
    pub(super) fn add(&mut self, backend: u32, load: u32) {
        let last = self.end(load) - 1;
        self.swap(self.place[backend as usize], last);
        while self.begins.len() as u32 <= load + 2 {
            self.begins.push(self.order.len() as u32);
        }
        self.begins[load as usize + 1] = last;
    }

    /// The load of a backend falls by one from `load`: the backend moves to the beginning of its run,
    /// and the run shrinks by it.
    pub(super) fn remove(&mut self, backend: u32, load: u32) {
        let first = self.begins[load as usize];
        self.swap(self.place[backend as usize], first);
        self.begins[load as usize] += 1;
    }

    /// The number of backends that share the least load.
    pub(super) fn ties(&self, backends: &[Backend]) -> u32 {
        self.end(backends[self.order[0] as usize].load)
    }
}
