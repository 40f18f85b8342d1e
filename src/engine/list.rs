//! Linked lists whose links are stored in the items: every step takes constant time and nothing is
//! allocated. Items are slots of a [`Slab`] or a `Vec`, named by their index; an item is in at most
//! one list at a time.

use super::core::NONE;
use super::job::Job;
use super::slab::Slab;

/// The neighbors of an item of a [`List`]; [`NONE`] at the ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Links {
    /// The item before.
    pub previous: u32,
    /// The item after.
    pub next: u32,
}

impl Links {
    /// The links of an item that is in no list, or alone in one.
    pub const NONE: Links = Links { previous: NONE, next: NONE };
}

/// A storage of items that can be in a [`List`].
pub trait Linked {
    /// The links of an item.
    fn links(&mut self, item: u32) -> &mut Links;
}

/// A list that is linked both ways: any item can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// The first item; [`NONE`] when the list is empty.
    pub first: u32,
    /// The last item; [`NONE`] when the list is empty.
    pub last: u32,
}

impl List {
    /// A list without items.
    pub const EMPTY: List = List { first: NONE, last: NONE };

    /// Whether the list has no items.
    pub fn is_empty(&self) -> bool {
        self.first == NONE
    }

    /// Adds an item that is in no list at the end.
    #[inline(always)]
    pub fn push_back(&mut self, items: &mut (impl Linked + ?Sized), item: u32) {
        self.insert_after(items, self.last, item);
    }

    /// Adds an item that is in no list after `previous`, or at the beginning if that is [`NONE`].
    #[inline(always)]
    pub fn insert_after(&mut self, items: &mut (impl Linked + ?Sized), previous: u32, item: u32) {
        let next = match previous {
            NONE => std::mem::replace(&mut self.first, item),
            previous => std::mem::replace(&mut items.links(previous).next, item),
        };
        *items.links(item) = Links { previous, next };
        match next {
            NONE => self.last = item,
            next => items.links(next).previous = item,
        }
    }

    /// Takes an item out.
    #[inline(always)]
    pub fn remove(&mut self, items: &mut (impl Linked + ?Sized), item: u32) {
        let Links { previous, next } = *items.links(item);
        match previous {
            NONE => self.first = next,
            previous => items.links(previous).next = next,
        }
        match next {
            NONE => self.last = previous,
            next => items.links(next).previous = previous,
        }
    }

    /// An item of the list now stands at the index `item`, where it was copied with its links:
    /// corrects the links to it.
    #[inline(always)]
    pub fn item_moved(&mut self, items: &mut (impl Linked + ?Sized), item: u32) {
        let Links { previous, next } = *items.links(item);
        match previous {
            NONE => self.first = item,
            previous => items.links(previous).next = item,
        }
        match next {
            NONE => self.last = item,
            next => items.links(next).previous = item,
        }
    }
}

/// A storage of items that can be in a [`Queue`].
pub trait Queued {
    /// The item after this one in its queue.
    fn next(&mut self, item: u32) -> &mut u32;
}

impl Queued for Slab<Job> {
    #[inline(always)]
    fn next(&mut self, item: u32) -> &mut u32 {
        &mut self[item].next_in_line
    }
}

/// A list that is linked one way: items are added at the end and taken from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The first item; [`NONE`] when the queue is empty.
    pub first: u32,
    /// The last item; [`NONE`] when the queue is empty.
    pub last: u32,
}

impl Queue {
    /// A queue without items.
    pub const EMPTY: Queue = Queue { first: NONE, last: NONE };

    /// Whether the queue has no items.
    pub fn is_empty(&self) -> bool {
        self.first == NONE
    }

    /// Adds an item that is in no queue at the end.
    #[inline(always)]
    pub fn push_back(&mut self, items: &mut impl Queued, item: u32) {
        *items.next(item) = NONE;
        match self.last {
            NONE => self.first = item,
            last => *items.next(last) = item,
        }
        self.last = item;
    }

    /// Takes the first item.
    #[inline(always)]
    pub fn pop_front(&mut self, items: &mut impl Queued) -> Option<u32> {
        let item = self.first;
        if item == NONE {
            return None;
        }
        self.first = *items.next(item);
        if self.first == NONE {
            self.last = NONE;
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    struct Items(Vec<Links>);

    impl Linked for Items {
        fn links(&mut self, item: u32) -> &mut Links {
            &mut self.0[item as usize]
        }
    }

    impl Queued for Items {
        fn next(&mut self, item: u32) -> &mut u32 {
            &mut self.0[item as usize].next
        }
    }

    fn in_order(list: &List, items: &mut Items) -> Vec<u32> {
        let (mut forward, mut backward) = (Vec::new(), Vec::new());
        let (mut first, mut last) = (list.first, list.last);
        while first != NONE {
            forward.push(first);
            first = items.links(first).next;
        }
        while last != NONE {
            backward.push(last);
            last = items.links(last).previous;
        }
        backward.reverse();
        assert_eq!(forward, backward, "both directions agree");
        forward
    }

    #[test]
    fn a_list_agrees_with_a_plain_vector_under_random_changes() {
        let mut items = Items(vec![Links::NONE; 9]);
        let (mut list, mut expected) = (List::EMPTY, Vec::<u32>::new());
        let mut rng = Stream::named(3, "list", "test");
        for _ in 0..20_000 {
            let item = rng.below(8);
            match expected.iter().position(|other| *other == item) {
                Some(at) if rng.chance(0.5) => {
                    list.remove(&mut items, item);
                    expected.remove(at);
                }
                Some(at) => {
                    // The item moves to the spare index, which then takes its number again.
                    items.0[8] = items.0[item as usize];
                    list.item_moved(&mut items, 8);
                    items.0[item as usize] = items.0[8];
                    list.item_moved(&mut items, item);
                    assert_eq!(expected[at], item);
                }
                None if expected.is_empty() || rng.chance(0.5) => {
                    list.push_back(&mut items, item);
                    expected.push(item);
                }
                None => {
                    let at = rng.below(expected.len() as u32 + 1) as usize;
                    let previous = at.checked_sub(1).map_or(NONE, |before| expected[before]);
                    list.insert_after(&mut items, previous, item);
                    expected.insert(at, item);
                }
            }
            assert_eq!(in_order(&list, &mut items), expected);
            assert_eq!(list.is_empty(), expected.is_empty());
        }
    }

    #[test]
    fn a_queue_gives_items_in_the_order_in_which_they_came() {
        let mut items = Items(vec![Links::NONE; 5]);
        let mut queue = Queue::EMPTY;
        [3, 1, 4].into_iter().for_each(|item| queue.push_back(&mut items, item));
        assert_eq!(queue.pop_front(&mut items), Some(3));
        queue.push_back(&mut items, 0);
        let rest: Vec<u32> = std::iter::from_fn(|| queue.pop_front(&mut items)).collect();
        assert_eq!(rest, [1, 4, 0]);
        assert_eq!(queue, Queue::EMPTY);
    }
}
