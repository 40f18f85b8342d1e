//! What gestures act upon.

use super::{LooseLink, Preview};
use crate::editor::geometry::{Camera, Curve, Point};
use crate::editor::{Command, Selection};
use crate::model::Document;
use std::collections::HashMap;
use std::sync::Arc;

/// The canvas with its diagram, as gestures know it: the page, or an editor in a test.
pub trait Surface: Clone + 'static {
    /// The document as it is drawn.
    fn document(&self) -> Arc<Document>;

    /// Where each link runs, by its id.
    fn routes(&self) -> Arc<HashMap<String, Curve>>;

    /// What is selected.
    fn selection(&self) -> Selection;

    /// Selects.
    fn select(&self, selection: Selection);

    /// Performs a command; a refusal is shown to the user. Returns the id of what was made.
    fn apply(&self, command: Command) -> Option<String>;

    /// Opens a step of the history: what follows is undone together.
    fn begin_step(&self);

    /// Closes the step.
    fn commit_step(&self);

    /// Closes the step and restores what was there before it.
    fn cancel_step(&self);

    /// What part of the world the canvas shows.
    fn camera(&self) -> Camera;

    /// Moves the camera.
    fn set_camera(&self, camera: Camera);

    /// The upper left corner of the canvas, client coordinates.
    fn corner(&self) -> Point;

    /// Whether the canvas is there, and nothing over it, at a point in client coordinates.
    fn is_canvas(&self, client: Point) -> bool;

    /// What the gesture in progress draws.
    fn preview(&self, preview: Preview);

    /// Has the user type the name of a node.
    fn rename(&self, node: &str);

    /// Asks which kind the loose end of a new link leads to.
    fn ask_kind(&self, link: LooseLink);

    /// Says what was done, for those who do not see it.
    fn announce(&self, words: &str);

    /// Says why nothing was done.
    fn notify(&self, words: &str);

    /// Cuts these links off.
    fn cut(&self, links: Vec<String>);

    /// Client coordinates as coordinates of the canvas on screen.
    fn to_canvas(&self, client: Point) -> Point {
        let corner = self.corner();
        [client[0] - corner[0], client[1] - corner[1]]
    }

    /// Client coordinates as coordinates of the world.
    fn to_world(&self, client: Point) -> Point {
        self.camera().to_world(self.to_canvas(client))
    }
}
