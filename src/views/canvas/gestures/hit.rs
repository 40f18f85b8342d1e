//! What is under the pointer, read from the attributes of the page's elements.

use crate::editor::End;
use crate::editor::geometry::Point;
use leptos::prelude::*;

/// What is under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub enum Hit {
    /// The port of a node.
    Port {
        /// The node's id.
        node: String,
        /// Whether its calls leave from this port; otherwise it is called there.
        out: bool,
    },
    /// The handle at one end of the selected link.
    LinkEnd {
        /// The link's id.
        link: String,
        /// Which end.
        end: End,
    },
    /// A node, by its id.
    Node(String),
    /// A link, by its id.
    Link(String),
    /// The empty canvas.
    Background,
    /// A control that handles the pointer itself.
    Control,
}

/// What an element belongs to.
pub fn hit(element: &web_sys::Element) -> Hit {
    let find = |selector: &str| element.closest(selector).ok().flatten();
    let read = |found: &web_sys::Element, name: &str| found.get_attribute(name).unwrap_or_default();
    if find(".overlay").is_some() {
        return Hit::Control;
    }
    if let Some(port) = find("[data-port]") {
        return Hit::Port { node: read(&port, "data-of"), out: read(&port, "data-port") == "out" };
    }
    if let Some(handle) = find("[data-end]") {
        let end = if read(&handle, "data-end") == "from" { End::From } else { End::To };
        return Hit::LinkEnd { link: read(&handle, "data-of"), end };
    }
    if let Some(node) = find("[data-node]") {
        return Hit::Node(read(&node, "data-node"));
    }
    if let Some(link) = find("[data-link]") {
        return Hit::Link(read(&link, "data-link"));
    }
    Hit::Background
}

/// What is on the canvas at this point, in client coordinates; nothing where it is not the canvas.
pub fn hit_at(client: Point) -> Option<Hit> {
    let element = document().element_from_point(client[0] as f32, client[1] as f32)?;
    element.closest(".canvas").ok().flatten()?;
    Some(hit(&element))
}
