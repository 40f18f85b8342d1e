//! What the canvas shows of the world.

use super::rect::{Point, Rect};

/// The least zoom.
pub const ZOOM_MIN: f64 = 0.1;
/// The greatest zoom.
pub const ZOOM_MAX: f64 = 4.0;

/// What part of the world the canvas shows: `screen = world × zoom + (x, y)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Screen x of the world's origin.
    pub x: f64,
    /// Screen y of the world's origin.
    pub y: f64,
    /// Screen pixels a world pixel.
    pub zoom: f64,
}

impl Default for Camera {
    fn default() -> Self {
        Camera { x: 0.0, y: 0.0, zoom: 1.0 }
    }
}

impl Camera {
    /// Screen → world.
    pub fn to_world(&self, screen: Point) -> Point {
        [(screen[0] - self.x) / self.zoom, (screen[1] - self.y) / self.zoom]
    }

    /// World → screen.
    pub fn to_screen(&self, world: Point) -> Point {
        [world[0] * self.zoom + self.x, world[1] * self.zoom + self.y]
    }

    /// Moved by screen pixels.
    pub fn panned(&self, by: Point) -> Camera {
        Camera { x: self.x + by[0], y: self.y + by[1], zoom: self.zoom }
    }

    /// Zoomed by a factor; what is under the pointer stays under it.
    pub fn zoomed_at(&self, pointer: Point, factor: f64) -> Camera {
        let world = self.to_world(pointer);
        let zoom = (self.zoom * factor).clamp(ZOOM_MIN, ZOOM_MAX);
        Camera { x: pointer[0] - world[0] * zoom, y: pointer[1] - world[1] * zoom, zoom }
    }

    /// Shows all of `content` in the middle of a canvas of this size, at most at `zoom_max`.
    pub fn fit(content: Rect, canvas: Point, padding: f64, zoom_max: f64) -> Camera {
        let room = [(canvas[0] - 2.0 * padding).max(40.0), (canvas[1] - 2.0 * padding).max(40.0)];
        let zoom = (room[0] / content.w.max(1.0)).min(room[1] / content.h.max(1.0)).clamp(ZOOM_MIN, zoom_max);
        let middle = content.center();
        Camera { x: canvas[0] / 2.0 - middle[0] * zoom, y: canvas[1] / 2.0 - middle[1] * zoom, zoom }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::geometry::distance;

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let view = Camera { x: 31.0, y: -12.0, zoom: 0.7 };
        let pointer = [200.0, 140.0];
        for factor in [0.01, 0.5, 1.1, 3.0, 100.0] {
            let zoomed = view.zoomed_at(pointer, factor);
            let (before, after) = (view.to_world(pointer), zoomed.to_world(pointer));
            assert!(distance(before, after) < 1e-9, "{factor}: {before:?} became {after:?}");
            assert!((ZOOM_MIN..=ZOOM_MAX).contains(&zoomed.zoom));
        }
    }

    #[test]
    fn screen_and_world_are_inverse() {
        let view = Camera { x: 31.0, y: -12.0, zoom: 1.7 };
        let back = view.to_world(view.to_screen([3.0, 4.0]));
        assert!(distance(back, [3.0, 4.0]) < 1e-9);
    }

    #[test]
    fn fitting_shows_everything_with_room_around_it() {
        let content = Rect { x: 100.0, y: -50.0, w: 900.0, h: 300.0 };
        let view = Camera::fit(content, [390.0, 500.0], 16.0, 1.0);
        let (a, b) = (view.to_screen([content.x, content.y]), view.to_screen([content.right(), content.bottom()]));
        assert!(a[0] >= 15.9 && b[0] <= 374.1 && a[1] >= 15.9 && b[1] <= 484.1, "{a:?} {b:?}");
        assert!((a[0] - 16.0).abs() < 0.01, "the narrower side is used in full: {a:?}");
    }
}
