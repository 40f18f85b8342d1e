//! What part of the diagram the canvas shows.

use super::Editing;
use crate::editor::geometry::{self, Camera, Fitting, Point, Rect};
use crate::editor::pointer::LooseLink;
use crate::faults::PartitionDirection;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Room around a card for what is drawn outside it, world units: ports, and waiting requests.
const CARD_MARGIN: f64 = 14.0;
/// How far from the edges of the canvas a card is that was brought into view, CSS pixels.
const EDGE: f64 = 24.0;
/// How long a fault lasts that is injected by hand, at first, simulated seconds.
const FAULT_FOR_S: f64 = 30.0;
/// The closest zoom at which the whole diagram is shown.
const FIT_ZOOM_MAX: f64 = 1.25;
/// A canvas that is narrower than this has little room for margins, CSS pixels.
const NARROW_CANVAS: f64 = 600.0;

/// What a context menu offers.
#[derive(Clone, Debug, PartialEq)]
pub enum MenuOf {
    /// What can be done with the selection; where nothing is selected, with the canvas.
    Selection,
    /// The faults that can be injected into what is selected.
    Faults,
    /// The kinds that the loose end of a new link may lead to.
    Kinds(LooseLink),
}

/// The open context menu.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenMenu {
    /// What it offers.
    pub of: MenuOf,
    /// What it is about: it stands beside this and does not cover it. Client coordinates.
    pub beside: Rect,
}

/// What part of the diagram the canvas shows, and what is open on it.
#[derive(Clone, Copy)]
pub struct Viewport {
    /// What part of the world the canvas shows.
    pub camera: RwSignal<Camera>,
    /// Size of the canvas on screen, CSS pixels; zero until it is laid out.
    pub size: RwSignal<Point>,
    /// The camera as it was when it was made to show the whole diagram, and what was drawn then.
    fitted: StoredValue<Option<(Camera, Option<Rect>)>>,
    /// The camera that the user had set before something else was shown for a while.
    set_by_user: StoredValue<Option<Camera>>,
    /// When the wheel turned last, milliseconds, and whether that was a mouse's wheel.
    pub last_turn: StoredValue<Option<(f64, bool)>>,
    /// Set when the whole diagram should be shown as soon as the canvas has a size.
    pub fit_pending: StoredValue<bool>,
    /// The next press on the canvas draws a line that partitions the links it crosses.
    pub cutting: RwSignal<bool>,
    /// Which messages that line blocks.
    pub cut_ways: StoredValue<PartitionDirection>,
    /// The open context menu.
    pub menu: RwSignal<Option<OpenMenu>>,
    /// The kind that would be placed next, whose card and link are shown where they would be; and how it is placed.
    pub placement: RwSignal<Option<(&'static str, &'static str)>>,
    /// How long a fault lasts that is injected by hand, simulated seconds; `None` is until it is ended.
    pub fault_for_s: RwSignal<Option<f64>>,
    editing: Editing,
}

/// What lies over the canvas and stays where it is; and the hints, which fold where they would cover a node.
const OVERLAYS: [&str; 2] =
    [":is(.canvas, .middle) > .overlay:not(.menus, .back-to-content, .hints-button)", ".canvas > .hints"];
/// What moves to the corner where it covers the fewest nodes.
const GUIDE: &str = ".canvas > .guide";
/// Pages that are at most so wide have the guide at the top, and no hints, CSS pixels.
const NARROW_PAGE: f64 = 900.0;

/// Where the elements of a selector are that are shown, in coordinates of the canvas.
fn on_canvas(selector: &str) -> Vec<Rect> {
    let Some(canvas) = document().query_selector(".canvas").ok().flatten() else { return Vec::new() };
    let corner = canvas.get_bounding_client_rect();
    let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
    let elements = (0..found.length()).filter_map(|index| found.get(index)?.dyn_into::<web_sys::Element>().ok());
    let area = |element: web_sys::Element| {
        let area = element.get_bounding_client_rect();
        Rect { x: area.x() - corner.x(), y: area.y() - corner.y(), w: area.width(), h: area.height() }
    };
    elements.map(area).filter(|area| area.w > 0.0 && area.h > 0.0).collect()
}

/// Where something lies over the canvas, in coordinates of the canvas: the zoom controls, hints, the guide.
pub fn over_canvas() -> Vec<Rect> {
    OVERLAYS.into_iter().chain([GUIDE]).flat_map(on_canvas).collect()
}

/// The width of the page, CSS pixels.
fn page_width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(0.0)
}

/// How far to move what reaches from one place to another so that it is inside a length: no further than it takes. Of
/// what is too long the beginning is seen.
fn into_view(from: f64, to: f64, length: f64) -> f64 {
    if from >= 0.0 && to <= length {
        0.0
    } else if from < 0.0 || to - from > length - 2.0 * EDGE {
        EDGE - from
    } else {
        length - EDGE - to
    }
}

impl Viewport {
    /// A view of this document, to be fitted to the canvas.
    pub fn new(editing: Editing) -> Viewport {
        Viewport {
            camera: RwSignal::new(Camera::default()),
            size: RwSignal::new([0.0, 0.0]),
            fitted: StoredValue::new(None),
            set_by_user: StoredValue::new(None),
            last_turn: StoredValue::new(None),
            fit_pending: StoredValue::new(true),
            cutting: RwSignal::new(false),
            cut_ways: StoredValue::new(PartitionDirection::Both),
            menu: RwSignal::new(None),
            placement: RwSignal::new(None),
            fault_for_s: RwSignal::new(Some(FAULT_FOR_S)),
            editing,
        }
    }

    /// The middle of the canvas, in canvas coordinates.
    pub fn middle(self) -> Point {
        self.size.get_untracked().map(|length| length / 2.0)
    }

    /// Zooms by a factor; the middle of the canvas stays where it is.
    pub fn zoom(self, factor: f64) {
        let middle = self.middle();
        self.camera.update(|camera| *camera = camera.zoomed_at(middle, factor));
    }

    /// Moves the camera so that a node can be seen.
    pub fn reveal(self, node: &str) {
        let Some(card) = self.editing.document.with_untracked(|document| document.node(node).map(geometry::card))
        else {
            return;
        };
        let (camera, canvas) = (self.camera.get_untracked(), self.size.get_untracked());
        let [left, top] = camera.to_screen([card.x, card.y]);
        let [right, bottom] = camera.to_screen([card.right(), card.bottom()]);
        let pan = [into_view(left, right, canvas[0]), into_view(top, bottom, canvas[1])];
        if pan != [0.0, 0.0] {
            self.camera.set(camera.panned(pan));
        }
    }

    /// Moves the camera so that the middle of a link can be seen.
    pub fn reveal_link(self, link: &str) {
        let Some(curve) = self.editing.routes.with_untracked(|routes| routes.get(link).copied()) else { return };
        let (camera, canvas) = (self.camera.get_untracked(), self.size.get_untracked());
        let at = camera.to_screen(curve.point_at(0.5));
        if (0..2).any(|axis| at[axis] < 0.0 || at[axis] > canvas[axis]) {
            let to = self.middle();
            self.camera.set(camera.panned([to[0] - at[0], to[1] - at[1]]));
        }
    }

    /// Remembers the camera if the user has set it, until [`put_back`](Self::put_back).
    pub fn keep(self) {
        self.set_by_user.set_value((!self.is_fitted()).then(|| self.camera.get_untracked()));
    }

    /// Restores the camera that the user had set; shows the whole diagram where there was none.
    pub fn put_back(self) {
        match self.set_by_user.try_update_value(Option::take).flatten() {
            Some(camera) => self.camera.set(camera),
            None => self.fit(),
        }
    }

    /// Shows the whole diagram, clear of what lies over the canvas.
    pub fn fit(self) {
        self.fit_now();
        // What lies over the canvas may follow only from what has just changed.
        request_animation_frame(move || {
            if self.is_fitted() {
                self.fit_now();
            }
        });
    }

    /// Shows the whole diagram again, clear of what lies over the canvas now, unless the user has moved the camera.
    pub fn fit_again(self) {
        if self.is_fitted() {
            self.fit();
        }
    }

    fn fit_now(self) {
        let canvas = self.size.get_untracked();
        let padding = if canvas[0] < NARROW_CANVAS { 6.0 } else { 36.0 };
        let cards = self.kept_clear();
        let camera = match self.editing.document.with_untracked(|document| geometry::extent(document)) {
            Some(extent) => {
                let content = extent.grown(CARD_MARGIN);
                let fitting = Fitting { content, cards: &cards, canvas, padding, zoom_max: FIT_ZOOM_MAX };
                let guide = on_canvas(GUIDE).first().map(|area| [area.w, area.h]);
                let guide = guide.filter(|_| page_width() > NARROW_PAGE);
                Camera::fit_clear(&fitting, &OVERLAYS.map(on_canvas).concat(), guide)
            }
            None => Camera::default(),
        };
        self.fitted.set_value(Some((camera, geometry::bounds(self.cards()))));
        if self.camera.get_untracked() != camera {
            self.camera.set(camera);
        }
    }

    /// The cards of all nodes. Not tracked.
    fn cards(self) -> Vec<Rect> {
        self.editing.document.with_untracked(|document| document.nodes.iter().map(geometry::card).collect())
    }

    /// What should not be covered: the cards of all nodes, and the names of the zones. Not tracked.
    fn kept_clear(self) -> Vec<Rect> {
        let heads = self.editing.document.with_untracked(|document| geometry::zones(document)).into_iter();
        heads.map(|zone| zone.head).chain(self.cards()).collect()
    }

    /// The same as it is on screen, in coordinates of the canvas.
    pub fn kept_clear_on_screen(self) -> Vec<Rect> {
        let camera = self.camera.get_untracked();
        self.kept_clear().iter().map(|card| camera.rect_to_screen(card)).collect()
    }

    /// Whether the user has not moved the camera since it was made to show the whole diagram.
    pub fn is_fitted(self) -> bool {
        self.fitted.get_value().is_some_and(|(camera, _)| camera == self.camera.get_untracked())
    }

    /// Whether nothing of the diagram is in view.
    pub fn is_lost(self) -> bool {
        let (camera, canvas) = (self.camera.get(), self.size.get());
        let cards: Vec<Rect> =
            self.editing.document.with(|document| document.nodes.iter().map(geometry::card).collect());
        canvas[0] > 0.0 && !cards.is_empty() && !camera.shows_any(&cards, canvas)
    }

    /// Follows what was added: shows the whole diagram if that was shown before, else the node.
    pub fn follow(self, node: &str, was_fitted: bool) {
        let canvas = self.size.get_untracked();
        let extent = geometry::bounds(self.cards());
        if was_fitted && !extent.is_some_and(|extent| self.camera.get_untracked().shows_all(&extent, canvas)) {
            self.fit();
        } else {
            self.reveal(node);
        }
    }

    /// The canvas has another size. The whole diagram is shown again where it was, unless the user has moved the
    /// camera since.
    pub fn resize(self, size: Point) {
        let before = self.size.get_untracked();
        if size == before || size[0] == 0.0 {
            return;
        }
        let content = geometry::bounds(self.cards());
        let refits = self.camera.get_untracked().refits(self.fitted.get_value(), content, before, size);
        self.size.set(size);
        if before[0] == 0.0 {
            self.fit_if_pending();
        } else if refits {
            self.fit();
        }
    }

    /// Shows all of the selected nodes and links.
    pub fn fit_selection(self) {
        let selection = self.editing.selection.get_untracked();
        let cards = self.editing.document.with_untracked(|document| {
            let is_shown = |id: &String| {
                let ends = selection.links.iter().filter_map(|link| document.link(link));
                selection.nodes.contains(id) || { ends }.any(|link| link.from == *id || link.to == *id)
            };
            geometry::bounds(document.nodes.iter().filter(|node| is_shown(&node.id)).map(geometry::card))
        });
        if let Some(extent) = cards {
            let canvas = self.size.get_untracked();
            self.camera.set(Camera::fit(extent.grown(CARD_MARGIN), canvas, 36.0, FIT_ZOOM_MAX));
        }
    }

    /// Shows the whole diagram if that is pending and the canvas has a size.
    pub fn fit_if_pending(self) {
        if self.fit_pending.get_value() && self.size.get_untracked()[0] > 0.0 {
            self.fit_pending.set_value(false);
            self.set_by_user.set_value(None);
            self.fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_camera_moves_no_further_than_it_takes() {
        assert_eq!(into_view(10.0, 90.0, 100.0), 0.0);
        assert_eq!(into_view(-30.0, 20.0, 100.0), 30.0 + EDGE);
        assert_eq!(into_view(90.0, 130.0, 100.0), 100.0 - EDGE - 130.0);
        assert_eq!(into_view(90.0, 400.0, 100.0), EDGE - 90.0, "the beginning of what is too long");
    }
}
