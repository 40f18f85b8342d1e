//! What a gesture in progress draws.

use crate::editor::End;
use crate::editor::geometry::{Point, Rect};

/// What the gesture in progress draws; coordinates are the world's unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Preview {
    /// Nothing.
    #[default]
    None,
    /// The camera follows the pointer.
    Panning,
    /// The rectangle that selects.
    Marquee(Rect),
    /// A link with one end at the pointer.
    LooseLink {
        /// The node at the other end.
        fixed: String,
        /// Which end is at the pointer.
        loose: End,
        /// The link whose end is moved; absent while a new link is drawn.
        link: Option<String>,
        /// Where the loose end is.
        at: Point,
        /// The node there.
        over: Option<Over>,
    },
    /// The line that partitions the links it crosses.
    CutLine([Point; 2]),
    /// A kind that is brought from the palette.
    Place {
        /// Its registry id.
        kind: &'static str,
        /// Where it is, in client coordinates.
        client: Point,
    },
}

/// The node under the loose end of a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Over {
    /// Its id.
    pub node: String,
    /// Why the link may not end there, in a sentence; absent where it may.
    pub refusal: Option<String>,
}
