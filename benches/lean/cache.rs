//! An app with a cache in front of a database.

use super::{Heap, MS, NONE, exponential, histogram};
use headroom::random::{Alias, Stream};
use std::collections::VecDeque;

/// An LRU list over dense keys, linked through an array with a slot for each key; the last slot is the head.
struct Lru {
    links: Vec<(u32, u32)>,
    len: usize,
    capacity: usize,
}

impl Lru {
    fn new(keys: u32, capacity: usize) -> Lru {
        let mut links = vec![(NONE, NONE); keys as usize + 1];
        links[keys as usize] = (keys, keys);
        Lru { links, len: 0, capacity }
    }

    fn head(&self) -> u32 {
        self.links.len() as u32 - 1
    }

    fn unlink(&mut self, key: u32) {
        let (before, after) = self.links[key as usize];
        self.links[before as usize].1 = after;
        self.links[after as usize].0 = before;
    }

    fn link_first(&mut self, key: u32) {
        let head = self.head();
        let next = self.links[head as usize].1;
        self.links[key as usize] = (head, next);
        self.links[head as usize].1 = key;
        self.links[next as usize].0 = key;
    }

    fn find(&mut self, key: u32) -> bool {
        let hit = self.links[key as usize].0 != NONE;
        if hit {
            self.unlink(key);
            self.link_first(key);
        }
        hit
    }

    fn insert(&mut self, key: u32) {
        if self.find(key) {
            return;
        }
        if self.len == self.capacity {
            let last = self.links[self.head() as usize].0;
            self.unlink(last);
            self.links[last as usize] = (NONE, NONE);
        } else {
            self.len += 1;
        }
        self.link_first(key);
    }
}

/// Where a message of `cache` is on its way to.
#[derive(Clone, Copy)]
enum To {
    App,
    Lookup,
    Hit,
    Miss,
    Database,
    Read,
    Fill,
    Client,
}

/// The cache of scenarios/cache.json: 5000 requests a second, 0.5 ms in the app, 0.1 ms of lookup
/// in an LRU cache of 100 000 among a million keys (Zipf 0.9), 5 ms exponential behind it, a fill
/// after each miss, and 0.25 ms on every way. Returns events, the share of hits and the mean
/// latency in milliseconds.
pub fn cache(requests: u64) -> (u64, f64, f64) {
    const KEYS: u32 = 1_000_000;
    type Ring = VecDeque<(u64, To, u32, u64)>;
    let (mut heap, mut lru) = (Heap::default(), Lru::new(KEYS, 100_000));
    let law = Alias::zipf(KEYS, 0.9);
    let [mut arrivals, mut keys, mut work] =
        [("users", "arrivals"), ("users", "keys"), ("db", "service")].map(|(node, what)| Stream::named(1, node, what));
    let [mut wire, mut app, mut memory]: [Ring; 3] = Default::default();
    // A slab of the requests at the database.
    let (mut reads, mut free): (Vec<(u32, u64)>, Vec<u32>) = Default::default();
    let (mut events, mut hits, mut latency) = (0, 0u64, histogram());
    let mut arrival = exponential(&mut arrivals, 0.2);
    let due = |ring: &Ring| ring.front().map_or(u64::MAX, |it| it.0);
    let (way, half, lookup) = (250_000, 500_000, 100_000);
    while latency.len() < requests {
        events += 1;
        let read = heap.entries.first().map_or(u64::MAX, |it| it.0);
        let now = arrival.min(due(&wire)).min(due(&app)).min(due(&memory)).min(read);
        if now == due(&wire)
            && let Some((_, to, key, start)) = wire.pop_front()
        {
            match to {
                To::App => app.push_back((now + half, To::Lookup, key, start)),
                To::Lookup | To::Fill => memory.push_back((now + lookup, to, key, start)),
                To::Hit => wire.push_back((now + way, To::Client, key, start)),
                To::Miss => wire.push_back((now + way, To::Database, key, start)),
                To::Client => latency.saturating_record(now - start),
                To::Read => {
                    wire.push_back((now + way, To::Fill, key, start));
                    wire.push_back((now + way, To::Client, key, start));
                }
                To::Database => {
                    let slot = free.pop().unwrap_or_else(|| {
                        reads.push((0, 0));
                        reads.len() as u32 - 1
                    });
                    reads[slot as usize] = (key, start);
                    heap.push(now + exponential(&mut work, 5.0), slot);
                }
            }
        } else if now == arrival {
            wire.push_back((now + way, To::App, law.sample(&mut keys), now));
            arrival = now + exponential(&mut arrivals, 0.2);
        } else if now == due(&app)
            && let Some((_, to, key, start)) = app.pop_front()
        {
            wire.push_back((now + way, to, key, start));
        } else if now == due(&memory)
            && let Some((_, to, key, start)) = memory.pop_front()
        {
            match to {
                To::Fill => lru.insert(key),
                _ if lru.find(key) => {
                    hits += 1;
                    wire.push_back((now + way, To::Hit, key, start));
                }
                _ => wire.push_back((now + way, To::Miss, key, start)),
            }
        } else {
            let (now, slot) = heap.pop();
            let (key, start) = reads[slot as usize];
            free.push(slot);
            wire.push_back((now + way, To::Read, key, start));
        }
    }
    (events, hits as f64 / requests as f64, latency.mean() / MS)
}
