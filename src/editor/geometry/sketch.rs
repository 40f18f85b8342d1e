//! A small picture of a document.

use super::{Rect, bounds, card, routes};
use crate::kinds;
use crate::model::Document;

/// The margin around the drawing, canvas pixels.
const MARGIN: f64 = 24.0;
/// The least that a picture shows, so that a single node does not fill it, canvas pixels.
const LEAST: [f64; 2] = [720.0, 480.0];
/// The radius of the corners of nodes, canvas pixels.
const CORNER: f64 = 14.0;

/// A small picture of a document, as SVG path data in canvas pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    /// What it shows.
    pub extent: Rect,
    /// The links.
    pub links: String,
    /// The nodes of each color, with the color as CSS.
    pub nodes: Vec<(&'static str, String)>,
}

/// The picture of a document; `None` when it has no nodes.
pub fn sketch(document: &Document) -> Option<Sketch> {
    let drawn = bounds(document.nodes.iter().map(card))?.grown(MARGIN);
    let (middle, w, h) = (drawn.center(), drawn.w.max(LEAST[0]), drawn.h.max(LEAST[1]));
    let extent = Rect { x: middle[0] - w / 2.0, y: middle[1] - h / 2.0, w, h };
    let mut nodes: Vec<(&'static str, String)> = Vec::new();
    for node in &document.nodes {
        let color = kinds::info(&node.kind).map_or("currentColor", |info| info.color);
        let path = card(node).rounded(CORNER);
        match nodes.iter_mut().find(|(known, _)| *known == color) {
            Some((_, paths)) => paths.push_str(&path),
            None => nodes.push((color, path)),
        }
    }
    let routes = routes(document);
    let links = document.links.iter().filter_map(|link| routes.get(&link.id)).map(|curve| curve.path()).collect();
    Some(Sketch { extent, links, nodes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::{Command, Editor};

    #[test]
    fn a_sketch_has_every_node_and_link() {
        let mut editor = Editor::new(Document::default());
        assert_eq!(sketch(editor.document()), None);
        for (kind, x) in [("client", 0.0), ("app", 400.0), ("app", 800.0)] {
            editor.apply(Command::AddNode { kind: kind.to_owned(), at: [x, 0.0] }).expect("a node");
        }
        let ids: Vec<String> = editor.document().nodes.iter().map(|node| node.id.clone()).collect();
        editor.apply(Command::Connect { from: ids[0].clone(), to: ids[1].clone() }).expect("a link");
        let sketch = sketch(editor.document()).expect("a sketch");
        let counts: Vec<usize> = sketch.nodes.iter().map(|(_, path)| path.matches('M').count()).collect();
        assert_eq!(counts, [1, 2], "one client, two apps of one color");
        assert_eq!(sketch.links.matches('M').count(), 1);
        assert!(sketch.extent.x < 0.0 && sketch.extent.right() > 800.0);
    }
}
