//! Where things are on the canvas: numbers in, numbers out.
//!
//! *World* coordinates are canvas pixels as the document stores them; *screen* coordinates are
//! pixels from the canvas element's top left corner. A [`Camera`] turns one into the other.

mod align;
mod camera;
mod cards;
mod corners;
mod curve;
mod rect;
mod room;
mod routes;
mod sketch;
mod snap;
mod zones;

pub use align::{Alignment, aligned};
pub use camera::{Camera, Fitting, ZOOM_MAX, ZOOM_MIN};
pub use cards::{CARD_HEIGHT, CARD_WIDTH, PORT_Y, REPLICAS_HEIGHT, card};
pub use corners::{corners, freest_corner, freest_place};
pub use curve::{Curve, distance};
pub use rect::{Point, Rect, bounds};
pub use room::{COLUMN, GAP, beside, card_at, free_in_column};
pub use routes::{loose_curve, routes};
pub use sketch::{Sketch, sketch};
pub use snap::{GRID, free_place, snap, snapped_move};
pub use zones::{ZonePlace, extent, zones};
