//! What the canvas shows of the world.

use super::corners::corners;
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
/// What moves between corners is kept clear of where the diagram keeps this share of its zoom, 0 to 1.
const ZOOM_SHARE_MIN: f64 = 0.8;

/// What is shown, and on what: all that [`Camera::fit_clear`] has to know of the diagram.
#[derive(Clone, Copy, Debug)]
pub struct Fitting<'a> {
    /// Around everything that is drawn.
    pub content: Rect,
    /// The cards, which nothing should cover.
    pub cards: &'a [Rect],
    /// Size of the canvas, CSS pixels.
    pub canvas: Point,
    /// Room around the content, CSS pixels.
    pub padding: f64,
    /// The closest zoom.
    pub zoom_max: f64,
}

impl Fitting<'_> {
    fn plain(&self) -> Camera {
        Camera::fit(self.content, self.canvas, self.padding, self.zoom_max)
    }

    /// Whether no card is under anything of these.
    fn is_clear(&self, camera: &Camera, covered: &[Rect]) -> bool {
        let mut cards = self.cards.iter().map(|card| camera.rect_to_screen(card));
        cards.all(|card| covered.iter().all(|other| !other.grown(4.0).overlaps(&card)))
    }

    /// As large as possible beside, above or below each of these; `None` where some card would be covered.
    fn clear_of(&self, covered: &[Rect]) -> Option<Camera> {
        let plain = self.plain();
        if self.is_clear(&plain, covered) {
            return Some(plain);
        }
        let [width, height] = self.canvas;
        // What is left of the canvas: its left, top, right and bottom edges.
        let mut areas = vec![[0.0, 0.0, width, height]];
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
            .filter(|[l, t, r, b]| r - l > width / 3.0 && b - t > height / 3.0)
            .map(|[l, t, r, b]| Camera::fit(self.content, [r - l, b - t], self.padding, self.zoom_max).panned([l, t]));
        // The first of equally large ones: it gives way to the fewest.
        fits.filter(|camera| self.is_clear(camera, covered)).reduce(|a, b| if b.zoom > a.zoom + 1e-9 { b } else { a })
    }
}

impl Camera {
    /// The same as [`fit`](Self::fit), with no card under anything that lies over the canvas where that can be: as
    /// large as possible beside, above or below each of them. Where it cannot be, the last of them give way first.
    ///
    /// `movable` is the size of something that stands in that of the [`corners`] where it covers the least: it is kept
    /// clear of too where the diagram stays nearly as large.
    pub fn fit_clear(fitting: &Fitting, covered: &[Rect], movable: Option<Point>) -> Camera {
        let kept = (0..=covered.len()).rev().find_map(|count| {
            let covered = &covered[..count];
            fitting.clear_of(covered).map(|camera| (camera, covered))
        });
        let (without, covered) = kept.unwrap_or_else(|| (fitting.plain(), &[]));
        let Some(size) = movable else { return without };
        let beside = corners(fitting.canvas, size).into_iter().filter_map(|(_, corner)| {
            let mut all = vec![corner];
            all.extend_from_slice(covered);
            fitting.clear_of(&all)
        });
        beside
            .reduce(|a, b| if b.zoom > a.zoom + 1e-9 { b } else { a })
            .filter(|camera| camera.zoom >= ZOOM_SHARE_MIN * without.zoom)
            .unwrap_or(without)
    }

    /// A rectangle of the world on screen.
    pub fn rect_to_screen(&self, rect: &Rect) -> Rect {
        Rect::between(self.to_screen([rect.x, rect.y]), self.to_screen([rect.right(), rect.bottom()]))
    }

    /// Whether anything of what is drawn is on a canvas of this size.
    pub fn shows_any(&self, content: &[Rect], canvas: Point) -> bool {
        let view = Rect::between(self.to_world([0.0, 0.0]), self.to_world(canvas));
        content.iter().any(|each| each.overlaps(&view))
    }

    /// Whether a canvas that gets another size shows the whole diagram again: only where the camera is still as it was
    /// when it was `fitted` to the diagram. What was drawn since then, which is `content` and no longer `fitted.1`, stays
    /// where it was drawn unless it would get out of view. A camera that the user has set stays.
    pub fn refits(
        &self,
        fitted: Option<(Camera, Option<Rect>)>,
        content: Option<Rect>,
        before: Point,
        after: Point,
    ) -> bool {
        let Some((camera, extent)) = fitted else { return false };
        let is_cut = || content.is_some_and(|all| self.shows_all(&all, before) && !self.shows_all(&all, after));
        camera == *self && (extent == content || is_cut())
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

    fn content(cards: &[Rect]) -> Rect {
        cards.iter().copied().reduce(|a, b| a.union(&b)).expect("cards")
    }

    fn card(x: f64, y: f64) -> Rect {
        Rect { x, y, w: 168.0, h: 80.0 }
    }

    /// No card is under any of these, and all are on the canvas.
    fn assert_clear(fitting: &Fitting, camera: &Camera, covered: &[Rect]) {
        for card in fitting.cards {
            let on_screen = camera.rect_to_screen(card);
            assert!(covered.iter().all(|other| !other.overlaps(&on_screen)), "{on_screen:?} of {covered:?}");
        }
        assert!(camera.shows_all(&fitting.content, fitting.canvas));
    }

    #[test]
    fn fitting_keeps_clear_of_what_lies_over_the_canvas() {
        let mut cards: Vec<Rect> = (0..4).map(|n| card(210.0 * f64::from(n), 0.0)).collect();
        cards.push(card(0.0, 300.0));
        let canvas = [900.0, 500.0];
        let fitting = Fitting { content: content(&cards), cards: &cards, canvas, padding: 20.0, zoom_max: 1.25 };
        let covered = [Rect { x: 10.0, y: 440.0, w: 420.0, h: 50.0 }, Rect { x: 10.0, y: 10.0, w: 880.0, h: 48.0 }];
        assert_clear(&fitting, &Camera::fit_clear(&fitting, &covered, None), &covered);
        let free = Camera::fit_clear(&fitting, &[], None);
        assert_eq!(free, Camera::fit(fitting.content, canvas, 20.0, 1.25));
        assert!(!free.panned([0.0, 600.0]).shows_any(&cards, canvas));
    }

    #[test]
    fn the_hints_cover_no_row_of_two_hundred_nodes_at_the_least_zoom() {
        let row = |y: u32| (0..20).map(move |x| card(240.0 * f64::from(x), 130.0 * f64::from(y)));
        let cards: Vec<Rect> = (0..25).flat_map(row).collect();
        let canvas = [854.0, 424.0];
        let fitting = Fitting { content: content(&cards), cards: &cards, canvas, padding: 36.0, zoom_max: 1.25 };
        let hints = Rect { x: 12.0, y: 12.0, w: 830.0, h: 48.0 };
        let camera = Camera::fit_clear(&fitting, &[hints], None);
        assert_eq!(camera.zoom, ZOOM_MIN);
        assert_clear(&fitting, &camera, &[hints]);
    }

    #[test]
    fn where_there_is_no_room_for_all_the_last_gives_way() {
        let cards = [card(0.0, 0.0), card(0.0, 900.0)];
        let canvas = [400.0, 300.0];
        let fitting = Fitting { content: content(&cards), cards: &cards, canvas, padding: 10.0, zoom_max: 1.25 };
        let (controls, hints) =
            (Rect { x: 150.0, y: 260.0, w: 240.0, h: 30.0 }, Rect { x: 0.0, y: 0.0, w: 400.0, h: 250.0 });
        let camera = Camera::fit_clear(&fitting, &[controls, hints], None);
        assert_clear(&fitting, &camera, &[controls]);
    }

    #[test]
    fn the_question_has_a_corner_of_its_own_where_that_costs_little() {
        let canvas = [900.0, 500.0];
        let size = [428.0, 110.0];
        let is_free = |fitting: &Fitting| {
            let camera = Camera::fit_clear(fitting, &[], Some(size));
            corners(canvas, size).iter().any(|(_, corner)| fitting.is_clear(&camera, &[*corner]))
        };
        let wide = [card(0.0, 0.0), card(400.0, 0.0), card(400.0, 240.0)];
        assert!(is_free(&Fitting { content: content(&wide), cards: &wide, canvas, padding: 36.0, zoom_max: 1.25 }));
        let full: Vec<Rect> = (0..48).map(|n| card(190.0 * f64::from(n % 6), 100.0 * f64::from(n / 6))).collect();
        let fitting = Fitting { content: content(&full), cards: &full, canvas, padding: 36.0, zoom_max: 1.25 };
        let camera = Camera::fit_clear(&fitting, &[], Some(size));
        assert_eq!(camera, Camera::fit_clear(&fitting, &[], None), "it would be too small");
    }

    #[test]
    fn only_a_camera_that_was_fitted_follows_the_size_of_the_canvas() {
        let all = Rect { x: 0.0, y: 0.0, w: 800.0, h: 300.0 };
        let (large, small) = ([900.0, 420.0], [900.0, 200.0]);
        let fitted = Camera::fit(all, large, 36.0, 1.25);
        let refits = |camera: Camera, content| camera.refits(Some((fitted, Some(all))), Some(content), large, small);
        assert!(refits(fitted, all));
        for by_hand in [fitted.panned([10.0, 0.0]), fitted.zoomed_at([450.0, 210.0], 0.8)] {
            assert!(!refits(by_hand, all), "the user has set {by_hand:?}");
            assert!(!by_hand.refits(Some((fitted, Some(all))), Some(all), small, large));
        }
        assert!(refits(fitted, Rect { h: 310.0, ..all }), "what was drawn since would get out of view");
        assert!(!refits(fitted, Rect { h: 100.0, ..all }), "what was drawn since stays where it is");
        assert!(!fitted.refits(None, Some(all), large, small));
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
