//! A diagram as the text of a Mermaid flowchart, for wikis and repositories that draw those.

use crate::kinds;
use crate::model::Document;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The brackets that give a node of each kind its shape; other kinds are rectangles. [`import`](crate::codec::import)
/// reads them back.
pub(in crate::codec) const SHAPES: [(&str, &str, &str); 6] = [
    ("client", "([", "])"),
    ("rate_limiter", "[/", "/]"),
    ("load_balancer", "{{", "}}"),
    ("queue", "[[", "]]"),
    ("database", "[(", ")]"),
    ("cache", "(", ")"),
];

/// The flowchart: nodes with their names, shapes and (as classes) kinds, links, and zones of whole nodes as
/// subgraphs. Parameters, faults and single replicas in zones have no place in it.
pub fn mermaid(document: &Document) -> String {
    let mut out = String::from("flowchart LR\n");
    let mut drawn = BTreeSet::new();
    for (number, zone) in document.zones.iter().enumerate() {
        // A node stands in one subgraph only.
        let inside: Vec<usize> = (0..document.nodes.len())
            .filter(|index| zone.nodes.contains(&document.nodes[*index].id) && drawn.insert(*index))
            .collect();
        if inside.is_empty() {
            continue;
        }
        let _ = writeln!(out, "  subgraph z{} [\"{}\"]", number + 1, quoted(zone.shown_name()));
        for index in inside {
            let _ = writeln!(out, "    {}", node(document, index));
        }
        out.push_str("  end\n");
    }
    for index in (0..document.nodes.len()).filter(|index| !drawn.contains(index)) {
        let _ = writeln!(out, "  {}", node(document, index));
    }
    let number = |id: &str| document.nodes.iter().position(|node| node.id == id);
    for link in &document.links {
        if let (Some(from), Some(to)) = (number(&link.from), number(&link.to)) {
            let _ = writeln!(out, "  {} --> {}", name(document, from), name(document, to));
        }
    }
    out
}

/// An id that Mermaid takes: the node's own where it can be one.
fn name(document: &Document, index: usize) -> String {
    let id = &document.nodes[index].id;
    let plain = id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        // Words of the language.
        && !["end", "graph", "subgraph", "flowchart", "style", "class", "click", "default", "direction"]
            .contains(&id.to_ascii_lowercase().as_str())
        // An o or an x after a link is an arrowhead.
        && !id.starts_with(['o', 'x', 'O', 'X']);
    if plain { id.clone() } else { format!("n{}", index + 1) }
}

fn node(document: &Document, index: usize) -> String {
    let node = &document.nodes[index];
    let (open, close) =
        SHAPES.iter().find(|(kind, ..)| *kind == node.kind).map_or(("[", "]"), |(_, open, close)| (*open, *close));
    let class: String = node.kind.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    format!("{}{open}\"{}\"{close}:::{class}", name(document, index), quoted(&kinds::shown_name(node)))
}

/// A text between quotes, by the entities that Mermaid knows.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_have_names_shapes_and_kinds_and_zones_are_subgraphs() {
        let text = r#"{"headroom": 1, "nodes": [
            {"id": "users", "kind": "client"}, {"id": "order-db", "kind": "database", "name": "Orders \"EU\" #1"}],
            "links": [{"from": "users", "to": "order-db"}],
            "zones": [{"id": "eu", "name": "Europe", "nodes": ["order-db"]}]}"#;
        let document = crate::codec::open(text).expect("it opens").0;
        let expected = [
            "flowchart LR",
            "  subgraph z1 [\"Europe\"]",
            "    n2[(\"Orders #quot;EU#quot; #35;1\")]:::database",
            "  end",
            "  users([\"Client\"]):::client",
            "  users --> n2",
            "",
        ];
        assert_eq!(mermaid(&document), expected.join("\n"));
    }

    #[test]
    fn ids_that_mermaid_would_read_as_something_else_are_replaced() {
        for id in ["end", "x1", "a b", "1a", "Graph"] {
            let node = |id: &str| format!("{{\"id\": \"{id}\", \"kind\": \"app\"}}");
            let text = format!("{{\"headroom\": 1, \"nodes\": [{}]}}", node(id));
            let document = crate::codec::open(&text).expect("it opens").0;
            assert!(mermaid(&document).contains("n1[\"App\"]"), "{id}");
        }
    }
}
