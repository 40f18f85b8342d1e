//! The page as gestures know it.

use crate::editor::geometry::{Camera, Curve, Point};
use crate::editor::pointer::{LooseLink, Preview, Surface};
use crate::editor::{Command, Selection};
use crate::model::Document;
use crate::views::canvas::{self, menu};
use crate::views::state::Ui;
use leptos::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

impl Surface for Ui {
    fn document(&self) -> Arc<Document> {
        self.editing.document.get_untracked()
    }

    fn routes(&self) -> Arc<HashMap<String, Curve>> {
        self.editing.routes.get_untracked()
    }

    fn selection(&self) -> Selection {
        self.editing.selection.get_untracked()
    }

    fn select(&self, selection: Selection) {
        self.editing.select(selection);
    }

    fn apply(&self, command: Command) -> Option<String> {
        self.editing.apply(command)
    }

    fn begin_step(&self) {
        self.editing.begin();
    }

    fn commit_step(&self) {
        self.editing.commit();
    }

    fn cancel_step(&self) {
        self.editing.cancel();
    }

    fn camera(&self) -> Camera {
        self.viewport.camera.get_untracked()
    }

    fn set_camera(&self, camera: Camera) {
        self.viewport.camera.set(camera);
    }

    fn corner(&self) -> Point {
        canvas::gestures::corner()
    }

    fn is_canvas(&self, client: Point) -> bool {
        canvas::gestures::is_canvas(client)
    }

    fn preview(&self, preview: Preview) {
        if matches!(preview, Preview::Place { .. }) {
            // A sheet would cover what is dropped on.
            self.panels.sheet.set(None);
            self.viewport.placement.set(None);
        }
        self.gestures.preview.set(preview);
    }

    fn rename(&self, node: &str) {
        self.editing.renaming.set(Some(node.to_owned()));
    }

    fn ask_kind(&self, link: LooseLink) {
        menu::ask_kind(*self, link);
    }

    fn announce(&self, words: &str) {
        self.panels.announce(words);
    }

    fn notify(&self, words: &str) {
        self.panels.notify(words);
    }

    fn cut(&self, links: Vec<String>) {
        self.viewport.cutting.set(false);
        if links.is_empty() {
            self.panels.notify("The line crosses no link: nothing is cut off.");
        } else {
            self.run.partition(links, self.viewport.cut_ways.get_value());
        }
    }
}
