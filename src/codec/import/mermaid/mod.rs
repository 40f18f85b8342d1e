//! Mermaid flowcharts as documents: nodes, links, subgraphs as zones; kinds are guessed where the text does not say
//! them. Everything that is no structure (styles, clicks, edge labels) is passed over.

mod scanner;

use super::note;
use crate::codec::export::mermaid::SHAPES;
use crate::editor::arrange::arranged;
use crate::editor::may_connect;
use crate::kinds;
use crate::model::{Document, Link, Node, Params, Problem, Zone, limits};
use scanner::{Scanner, unquoted};
use std::collections::BTreeSet;

/// Whether a text is a Mermaid flowchart, plain or in a fence of Markdown.
pub fn is_flowchart(text: &str) -> bool {
    lines(text).next().is_some_and(|line| {
        let word = line.split([' ', '\t', ';']).next().unwrap_or_default();
        matches!(word, "flowchart" | "graph" | "flowchart-elk")
    })
}

/// Reads a flowchart. The notes say which kinds were guessed and what has no place in a document. `Err` is one
/// sentence.
pub fn flowchart(text: &str) -> Result<(Document, Vec<Problem>), String> {
    let mut chart = Chart::default();
    for (number, line) in lines(text).enumerate() {
        // A statement ends with its line or at a semicolon outside of quotes and brackets. The first says that this is
        // a flowchart.
        for statement in statements(line).into_iter().skip(usize::from(number == 0)) {
            chart.read(&statement)?;
        }
    }
    chart.document()
}

/// The lines that count: without fences, front matter, comments and empty ones.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut in_front_matter = false;
    let mut is_first = true;
    text.lines().map(str::trim).filter(move |line| {
        if *line == "---" && (is_first || in_front_matter) {
            in_front_matter = !in_front_matter;
            is_first = false;
            return false;
        }
        let counts = !in_front_matter && !line.is_empty() && !line.starts_with("%%") && !line.starts_with("```");
        is_first &= !counts && line.is_empty() | line.starts_with("```");
        counts
    })
}

fn statements(line: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let (mut depth, mut quoted) = (0_i32, false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' | '(' | '{' if !quoted => depth += 1,
            ']' | ')' | '}' if !quoted => depth -= 1,
            ';' if !quoted && depth <= 0 => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    all.iter().map(|statement| statement.trim().to_owned()).filter(|statement| !statement.is_empty()).collect()
}

/// A node of the flowchart.
#[derive(Debug, Default)]
struct FlowNode {
    id: String,
    label: String,
    /// The brackets around the label.
    open: String,
    class: String,
}

/// What was read so far.
#[derive(Debug, Default)]
struct Chart {
    nodes: Vec<FlowNode>,
    links: Vec<(usize, usize)>,
    /// Subgraphs: id, title, and the nodes named in them for the first time.
    groups: Vec<(String, String, Vec<usize>)>,
    /// The subgraphs that are open, innermost last.
    open: Vec<usize>,
    /// The names of arrows. What a statement sets for one is passed over.
    edges: BTreeSet<String>,
    has_edge_labels: bool,
}

/// Statements that are no structure.
const PASSED_OVER: [&str; 6] = ["classDef", "style", "linkStyle", "click", "direction", "accTitle"];

impl Chart {
    fn read(&mut self, statement: &str) -> Result<(), String> {
        let word = statement.split_whitespace().next().unwrap_or_default();
        if PASSED_OVER.contains(&word.trim_end_matches(':')) || word.starts_with("accDescr") {
            return Ok(());
        }
        match word {
            "subgraph" => {
                let mut scanner = Scanner::new(statement["subgraph".len()..].trim());
                let id = scanner.rest_before('[');
                let (_, title) = scanner.label().unwrap_or_default();
                let name = if title.is_empty() { unquoted(&id) } else { title };
                self.open.push(self.groups.len());
                self.groups.push((unquoted(&id), name, Vec::new()));
                return Ok(());
            }
            "end" => {
                self.open.pop();
                return Ok(());
            }
            "class" => {
                let mut words = statement.split_whitespace().skip(1);
                let (ids, class) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                for id in ids.split(',') {
                    let index = self.node(id.trim());
                    self.nodes[index].class = class.to_owned();
                }
                return Ok(());
            }
            _ => {}
        }
        if statement.split_once("@{").is_some_and(|(id, _)| self.edges.contains(id)) {
            return Ok(());
        }
        let mut scanner = Scanner::new(statement);
        let mut before = self.read_nodes(&mut scanner, statement)?;
        while let Some(edge) = scanner.edge() {
            self.has_edge_labels |= edge.has_label;
            self.edges.insert(edge.id);
            let after = self.read_nodes(&mut scanner, statement)?;
            if !edge.is_invisible {
                for (from, to) in before.iter().flat_map(|from| after.iter().map(move |to| (*from, *to))) {
                    let ends = if edge.is_backward { (to, from) } else { (from, to) };
                    self.links.push(ends);
                    if edge.is_both {
                        self.links.push((ends.1, ends.0));
                    }
                }
            }
            before = after;
        }
        if scanner.is_at_end() { Ok(()) } else { Err(unread(statement)) }
    }

    /// Nodes joined by `&`.
    fn read_nodes(&mut self, scanner: &mut Scanner, statement: &str) -> Result<Vec<usize>, String> {
        let mut all = Vec::new();
        loop {
            let id = scanner.id();
            if id.is_empty() {
                return Err(unread(statement));
            }
            let index = self.node(&id);
            if let Some((open, label)) = scanner.label() {
                self.nodes[index].label = label;
                self.nodes[index].open = open;
            }
            if let Some(class) = scanner.class() {
                self.nodes[index].class = class;
            }
            all.push(index);
            if !scanner.takes("&") {
                return Ok(all);
            }
        }
    }

    /// The index of the node of this id, which is made where it is not there. It belongs to the subgraphs in which
    /// it is named first.
    fn node(&mut self, id: &str) -> usize {
        if let Some(index) = self.nodes.iter().position(|node| node.id == id) {
            return index;
        }
        self.nodes.push(FlowNode { id: id.to_owned(), ..FlowNode::default() });
        let index = self.nodes.len() - 1;
        for group in &self.open {
            self.groups[*group].2.push(index);
        }
        index
    }

    fn document(self) -> Result<(Document, Vec<Problem>), String> {
        if self.nodes.is_empty() {
            return Err("document: the flowchart has no nodes: one node at least".to_owned());
        }
        for (count, most, what) in [
            (self.nodes.len(), limits::NODES, "nodes"),
            (self.links.len(), limits::LINKS, "links"),
            (self.groups.len(), limits::ZONES, "zones"),
        ] {
            if count > most {
                return Err(format!("{what}: {count} are too many: at most {most}"));
            }
        }
        let (mut document, mut notes) = (Document::default(), Vec::new());
        // An edge to or from a subgraph has no node at that end.
        let is_group = |node: &FlowNode| self.groups.iter().any(|(id, ..)| *id == node.id);
        let mut ids: Vec<Option<String>> = Vec::new();
        let callers: BTreeSet<usize> = self.links.iter().map(|(from, _)| *from).collect();
        let called: BTreeSet<usize> = self.links.iter().map(|(_, to)| *to).collect();
        for (index, node) in self.nodes.iter().enumerate() {
            if is_group(node) {
                notes.push(note(node.id.clone(), "a link to a whole subgraph was left out", "a link to a node"));
                ids.push(None);
                continue;
            }
            let shown: String = if node.label.is_empty() { node.id.clone() } else { node.label.clone() };
            let name: String = shown.chars().take(limits::TEXT_CHARS).collect();
            let is_first = callers.contains(&index) && !called.contains(&index);
            let (kind, was_said) = kind_of(node, is_first);
            if !was_said {
                let label = kinds::info(kind).map_or(kind, |info| info.label);
                notes.push(note(
                    node.id.clone(),
                    &format!("the kind was guessed: {label}"),
                    "another kind where that is wrong",
                ));
            }
            let id: String = node.id.chars().take(limits::TEXT_CHARS).collect();
            ids.push(Some(id.clone()));
            document.nodes.push(Node { id, kind: kind.to_owned(), name, at: [0.0, 0.0], params: Params::new() });
        }
        for (from, to) in &self.links {
            let (Some(from), Some(to)) = (&ids[*from], &ids[*to]) else { continue };
            if let Err(refusal) = may_connect(&document, from, to, None) {
                notes.push(note(
                    format!("{from} --> {to}"),
                    &format!("the link was left out ({refusal})"),
                    "another link",
                ));
                continue;
            }
            let mut link = Link { id: String::new(), from: from.clone(), to: to.clone(), params: Params::new() };
            link.id = link.default_id();
            document.links.push(link);
        }
        for (number, (_, name, members)) in self.groups.iter().enumerate() {
            let nodes: Vec<String> = members.iter().filter_map(|index| ids[*index].clone()).collect();
            if !nodes.is_empty() {
                let name = name.chars().take(limits::TEXT_CHARS).collect();
                document.zones.push(Zone { id: format!("zone-{}", number + 1), name, nodes });
            }
        }
        if self.has_edge_labels {
            notes.push(note(String::new(), "the labels of links were left out", "policies on the links"));
        }
        for (id, at) in arranged(&document) {
            if let Some(node) = document.nodes.iter_mut().find(|node| node.id == id) {
                node.at = at;
            }
        }
        Ok((document, notes))
    }
}

fn unread(statement: &str) -> String {
    let statement: String = statement.chars().take(60).collect();
    format!("document: “{statement}” cannot be read: a node, or nodes joined by arrows, of a Mermaid flowchart")
}

/// The kind of a node, and whether the text says it: as a class, by its shape, else by its words.
fn kind_of(node: &FlowNode, is_first: bool) -> (&'static str, bool) {
    if let Some(info) = kinds::info(&node.class) {
        return (info.id, true);
    }
    let words = format!("{} {}", node.label, node.id).to_lowercase();
    let named = kinds::all().iter().find(|info| names(info.keywords, &words) || names(info.label, &words));
    if let Some(info) = named {
        return (info.id, false);
    }
    let by_shape = SHAPES.iter().find(|(_, open, _)| *open == node.open && *open != "(").map(|(kind, ..)| *kind);
    (by_shape.unwrap_or(if is_first { "client" } else { "app" }), false)
}

/// Whether one of these words, or all of them in a row, is among the words of a text.
fn names(keywords: &str, text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    keywords.to_lowercase().split_whitespace().any(|keyword| words.contains(&keyword))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::export;

    fn read(text: &str) -> (Vec<String>, Vec<String>, Document) {
        let (document, notes) = flowchart(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        let nodes = document.nodes.iter().map(|node| format!("{} {} {}", node.id, node.kind, node.name)).collect();
        let mut links: Vec<String> = document.links.iter().map(|link| link.id.clone()).collect();
        links.sort();
        let _ = notes;
        (nodes, links, document)
    }

    #[test]
    fn what_was_exported_comes_back() {
        let text = include_str!("../../../../examples/1-examples/010-three-tier-shop.json");
        let document = crate::codec::open(text).expect("it opens").0;
        let back = flowchart(&export::mermaid(&document)).expect("it is read").0;
        let parts = |document: &Document| {
            let mut nodes: Vec<(String, String)> =
                document.nodes.iter().map(|node| (node.kind.clone(), kinds::shown_name(node))).collect();
            nodes.sort();
            (nodes, document.links.len())
        };
        assert_eq!(parts(&back), parts(&document));
    }

    #[test]
    fn arrows_of_every_kind_are_links() {
        for arrow in [
            "-->",
            "--->",
            "-.->",
            "==>",
            "---",
            "-- asks -->",
            "-->|asks|",
            "-. asks .->",
            "== asks ==>",
            "--x",
            "--o",
            "-.-",
        ] {
            let (_, links, _) = read(&format!("flowchart LR\nu[Users] {arrow} s[Shop]"));
            assert_eq!(links, ["u-s"], "{arrow}");
        }
    }

    #[test]
    fn arrows_with_names_are_links_and_what_is_set_for_them_is_passed_over() {
        let (nodes, links, _) = read("flowchart LR\na:::app e1@--> b -- to --> c\ne1@{ animate: true }\na e2@==>|x| c");
        assert_eq!(nodes.len(), 3, "{nodes:?}");
        assert_eq!(links, ["a-b", "a-c", "b-c"]);
    }

    #[test]
    fn chains_and_groups_of_nodes_are_read() {
        let (nodes, links, _) = read("graph TD; u([Users]) --> lb{{nginx}} --> a & b[App two]; a & b --> d[(Orders)]");
        assert_eq!(
            nodes,
            ["u client Users", "lb load_balancer nginx", "a app a", "b app App two", "d database Orders"]
        );
        assert_eq!(links, ["a-d", "b-d", "lb-a", "lb-b", "u-lb"]);
    }

    #[test]
    fn kinds_are_said_by_class_or_guessed_by_words_and_shapes() {
        let (nodes, ..) = read(
            "flowchart LR\nx1:::queue\nr[Redis 7] \npg[Postgres main]\nq[[Mails]]\nfe@{ shape: cyl, label: \"Orders\" }\nentry --> api",
        );
        let kinds: Vec<&str> = nodes.iter().map(|node| node.split(' ').nth(1).expect("a kind")).collect();
        assert_eq!(kinds, ["queue", "cache", "database", "queue", "database", "client", "app"]);
    }

    #[test]
    fn subgraphs_are_zones_and_styles_are_passed_over() {
        let text = "---\ntitle: Shop\n---\n%% a comment\nflowchart LR\n  subgraph eu [\"Europe, west\"]\n    direction TB\n    a[Shop]\n  end\n  classDef red fill:#f00\n  style a fill:#f00\n  u[Users] --> a\n  click a \"https://example.org\"\n";
        assert!(is_flowchart(text));
        let (_, links, document) = read(text);
        assert_eq!(links, ["u-a"]);
        assert_eq!(document.zones.len(), 1);
        assert_eq!(
            (document.zones[0].name.as_str(), document.zones[0].nodes.as_slice()),
            ("Europe, west", &["a".to_owned()][..])
        );
    }

    #[test]
    fn nodes_do_not_lie_on_each_other() {
        let (.., document) = read("flowchart LR\nu[Users] --> a & b & c --> d[(Orders)]");
        let cards: Vec<_> = document.nodes.iter().map(crate::editor::geometry::card).collect();
        for (at, card) in cards.iter().enumerate() {
            assert!(!cards[..at].iter().any(|other| other.overlaps(card)), "{cards:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_link_is_said_and_the_rest_is_kept() {
        let (document, notes) = flowchart("flowchart LR\nu([Users]) --> d[(Orders)] --> u").expect("it is read");
        assert_eq!(document.links.len(), 1);
        assert!(notes.iter().any(|note| note.what.contains("left out")), "{notes:?}");
    }

    #[test]
    fn a_line_that_is_no_flowchart_is_named() {
        let refusal = flowchart("flowchart LR\na --> ]]").expect_err("it cannot be read");
        assert!(refusal.contains("a --> ]]"), "{refusal}");
        assert!(flowchart("flowchart LR").is_err());
        assert!(!is_flowchart("sequenceDiagram\nA->>B: hi"));
        assert!(is_flowchart("```mermaid\ngraph TD\n a-->b\n```"));
    }
}
