//! What a gesture in progress draws.

use super::LooseLink;
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
        /// The link.
        loose: LooseLink,
        /// The link whose end is moved; absent while a new link is drawn.
        link: Option<String>,
        /// The node under the loose end.
        over: Option<Over>,
    },
    /// The line that partitions the links it crosses.
    CutLine([Point; 2]),
    /// A node is moved onto this link, which it would be put into.
    Into(String),
    /// A kind that is brought from the palette.
    Place {
        /// Its registry id.
        kind: &'static str,
        /// Where it is, in client coordinates.
        client: Point,
        /// The link that it would be put into.
        into: Option<String>,
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
