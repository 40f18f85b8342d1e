//! Relays between one signal and the many views that follow it.
//!
//! A signal keeps its followers in one ordered set, and each follower leaves it and joins it again whenever
//! the signal changes. With hundreds of followers the leaving takes most of the time, because those behind
//! the one that leaves are moved up. So the followers are divided among relays.

use leptos::prelude::*;

/// How many relays share the followers of a signal.
const RELAYS: usize = 24;

/// Memos that repeat one signal.
pub struct Relays<T: Clone + Send + Sync + 'static>(StoredValue<Vec<Memo<T>>>);

impl<T: Clone + Send + Sync + 'static> Clone for Relays<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Clone + Send + Sync + 'static> Copy for Relays<T> {}

impl<T: Clone + Send + Sync + 'static> Relays<T> {
    /// Repeats what `read` yields, whenever a signal that it reads changes.
    pub fn new(read: impl Fn() -> T + Copy + Send + Sync + 'static) -> Relays<T> {
        // A relay runs only after a change.
        Relays::each(|_| Memo::new_with_compare(move |_| read(), |_, _| true))
    }

    /// Relays made one by one, each from its share of the whole, from 0 to below 1.
    pub fn each(relay: impl Fn(f64) -> Memo<T>) -> Relays<T> {
        Relays(StoredValue::new((0..RELAYS).map(|index| relay(index as f64 / RELAYS as f64)).collect()))
    }

    /// The relay for the view of this id.
    pub fn of(self, id: &str) -> Memo<T> {
        let sum = id.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        self.0.with_value(|relays| relays[sum % RELAYS])
    }
}
