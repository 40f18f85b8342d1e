//! The pointer: what a press on the diagram means, and what it does until it is released.
//!
//! A press starts a [`Gesture`]; the [`Machine`] hands it the pointer's moves until the pointer is released (`end`),
//! or until Escape, a lost pointer or another gesture cancels it (`cancel`, which restores what was there before).
//! What a gesture draws while it is in progress is its [`Preview`]; views read only that.
//!
//! Gestures know the page by a [`Surface`] only: the same gestures draw on the page and in tests. Each is in a file of
//! its own.

mod connect;
mod cut_line;
mod hit;
mod loose_end;
mod machine;
mod marquee;
mod move_nodes;
mod pan;
mod pinch;
mod place;
mod press;
mod preview;
mod reconnect;
mod step;
mod surface;

pub use connect::kinds_at;
pub use cut_line::CutLine;
pub use hit::{EDGE_INSIDE_MAX, EDGE_PX, Hit, Reach, handle, hit};
pub use loose_end::LooseLink;
pub use machine::Machine;
pub use pinch::Pinch;
pub use place::Place;
pub use press::{Press, begin};
pub use preview::{Over, Preview};
pub use step::Step;
pub use surface::Surface;

use super::geometry::Point;

/// Where the pointer is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pointer {
    /// Position in client coordinates, CSS pixels.
    pub client: Point,
    /// Whether it has moved so far since the press that this is a drag; a press that has not is
    /// a click.
    pub dragged: bool,
    /// Client positions of the fingers on the canvas, in the order in which they were put down.
    pub fingers: Vec<Point>,
}

/// What happens to a gesture when the pointer is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The gesture is over.
    Done,
    /// The gesture follows the pointer without a button held, until the next release.
    Follow,
}

/// What the pointer does between a press and its release.
///
/// The machine calls `start` once, `moved` for each move, and then either `end` or `cancel`.
/// Before `end` it calls `moved` with the final position.
pub trait Gesture {
    /// The pointer was pressed.
    fn start(&mut self, pointer: &Pointer);

    /// The pointer moved.
    fn moved(&mut self, pointer: &Pointer);

    /// The pointer was released.
    fn end(&mut self, pointer: &Pointer) -> Next;

    /// The gesture is given up: restores what was there before.
    fn cancel(&mut self);
}
