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

/// At most so many things over the canvas are kept clear of.
const COVERED_MAX: usize = 4;

impl Camera {
    /// The same as [`fit`](Self::fit), with no card under anything that lies over the canvas where that can be: as
    /// large as possible beside, above or below each of them.
    pub fn fit_clear(
        content: Rect,
        cards: &[Rect],
        canvas: Point,
        padding: f64,
        zoom_max: f64,
        covered: &[Rect],
    ) -> Camera {
        let plain = Camera::fit(content, canvas, padding, zoom_max);
        let is_clear = |camera: &Camera| {
            cards.iter().all(|card| {
                let corners = [[card.x, card.y], [card.right(), card.bottom()]].map(|corner| camera.to_screen(corner));
                let on_screen = Rect::between(corners[0], corners[1]);
                covered.iter().all(|other| !other.grown(4.0).overlaps(&on_screen))
            })
        };
        if is_clear(&plain) {
            return plain;
        }
        // What is left of the canvas: its left, top, right and bottom edges.
        let mut areas = vec![[0.0, 0.0, canvas[0], canvas[1]]];
        for other in covered.iter().take(COVERED_MAX) {
            let cut = |[l, t, r, b]: [f64; 4]| {
                [
                    [l, t, r, b],
                    [other.right().max(l), t, r, b],
                    [l, other.bottom().max(t), r, b],
                    [l, t, other.x.min(r), b],
                    [l, t, r, other.y.min(b)],
                ]
            };
            areas = areas.into_iter().flat_map(cut).collect();
        }
        let fits = areas
            .into_iter()
            .filter(|[l, t, r, b]| r - l > canvas[0] / 3.0 && b - t > canvas[1] / 3.0)
            .map(|[l, t, r, b]| Camera::fit(content, [r - l, b - t], padding, zoom_max).panned([l, t]));
        // The first of equally large ones: it gives way to the fewest.
        fits.filter(is_clear).reduce(|a, b| if b.zoom > a.zoom + 1e-9 { b } else { a }).unwrap_or(plain)
    }

    /// Whether anything of what is drawn is on a canvas of this size.
    pub fn shows_any(&self, content: &[Rect], canvas: Point) -> bool {
        let view = Rect::between(self.to_world([0.0, 0.0]), self.to_world(canvas));
        content.iter().any(|each| each.overlaps(&view))
    }

    /// Whether all of something is on a canvas of this size.
    pub fn shows_all(&self, content: &Rect, canvas: Point) -> bool {
        let view = Rect::between(self.to_world([0.0, 0.0]), self.to_world(canvas));
        view.contains([content.x, content.y]) && view.contains([content.right(), content.bottom()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::geometry::distance;

    #[test]
    fn fitting_keeps_clear_of_what_lies_over_the_canvas() {
        let cards: Vec<Rect> = (0..4).map(|n| Rect { x: 210.0 * f64::from(n), y: 0.0, w: 168.0, h: 80.0 }).collect();
        let low = Rect { x: 0.0, y: 300.0, w: 168.0, h: 80.0 };
        let all: Vec<Rect> = cards.iter().copied().chain([low]).collect();
        let content = all.iter().copied().reduce(|a, b| a.union(&b)).expect("cards");
        let canvas = [900.0, 500.0];
        let covered = [Rect { x: 10.0, y: 440.0, w: 420.0, h: 50.0 }, Rect { x: 10.0, y: 10.0, w: 880.0, h: 48.0 }];
        let camera = Camera::fit_clear(content, &all, canvas, 20.0, 1.25, &covered);
        for card in &all {
            let corners = [[card.x, card.y], [card.right(), card.bottom()]].map(|corner| camera.to_screen(corner));
            let on_screen = Rect::between(corners[0], corners[1]);
            assert!(covered.iter().all(|other| !other.overlaps(&on_screen)), "{on_screen:?}");
        }
        assert!(camera.shows_all(&content, canvas));
        let free = Camera::fit_clear(content, &all, canvas, 20.0, 1.25, &[]);
        assert_eq!(free, Camera::fit(content, canvas, 20.0, 1.25));
        assert!(!camera.panned([0.0, 600.0]).shows_any(&all, canvas));
    }

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
