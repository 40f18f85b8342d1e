//! Arranging a diagram in layers from left to right, as Sugiyama, Tagawa and Toda describe it (1981): every node
//! stands to the right of those that call it, links cross no more than necessary, and what is linked is level where it
//! can be. The same diagram is always arranged the same way, and one that is arranged stays as it is.

use super::geometry::{self, COLUMN, GRID, Point};
use crate::model::Document;
use std::collections::HashMap;

/// From the top of a card to that of the next one below it.
const ROW: f64 = geometry::CARD_HEIGHT + geometry::REPLICAS_HEIGHT + 46.0;
/// The same where a link that spans layers passes between cards.
const PASSAGE: f64 = 40.0;
/// How often the layers are put in order, and their places evened out, in each direction.
const SWEEPS: usize = 12;

/// What stands in a layer.
struct Vertex {
    /// The node; absent where a link that spans several layers passes through.
    node: Option<usize>,
    layer: usize,
    /// Those linked with it in the layer before and in the one after.
    before: Vec<usize>,
    after: Vec<usize>,
    /// The zone that its node is in as a whole.
    zone: Option<usize>,
    y: f64,
}

/// Where each node goes, by its id. The upper left corner of the whole stays where it is.
pub fn arranged(document: &Document) -> Vec<(String, Point)> {
    let index: HashMap<&str, usize> =
        document.nodes.iter().enumerate().map(|(index, node)| (node.id.as_str(), index)).collect();
    let ends = |link: &crate::model::Link| Some((*index.get(link.from.as_str())?, *index.get(link.to.as_str())?));
    let links: Vec<(usize, usize)> = document.links.iter().filter_map(ends).collect();
    let count = document.nodes.len();
    let layers = layers(count, &forward(count, &links));
    let zone = |node: usize| document.zones.iter().position(|zone| zone.nodes.contains(&document.nodes[node].id));
    let origin = [0, 1].map(|axis| document.nodes.iter().map(|node| node.at[axis]).fold(f64::INFINITY, f64::min));
    let mut places = vec![origin; count];
    let mut top = 0.0;
    for part in parts(count, &links) {
        let mut vertices: Vec<Vertex> = part
            .iter()
            .map(|node| Vertex {
                node: Some(*node),
                layer: layers[*node],
                before: Vec::new(),
                after: Vec::new(),
                zone: zone(*node),
                y: document.nodes[*node].at[1],
            })
            .collect();
        let at = |node: usize| part.iter().position(|other| *other == node);
        for (from, to) in &links {
            if let (Some(from), Some(to)) = (at(*from), at(*to)) {
                join(&mut vertices, from, to);
            }
        }
        let least = part.iter().map(|node| layers[*node]).min().unwrap_or(0);
        let rows = ordered(&mut vertices);
        level(&mut vertices, &rows);
        let highest = vertices.iter().filter(|it| it.node.is_some()).map(|it| it.y).fold(f64::INFINITY, f64::min);
        let mut bottom: f64 = top;
        for vertex in &vertices {
            let Some(node) = vertex.node else { continue };
            let y = top + vertex.y - highest;
            bottom = bottom.max(y);
            let x = (vertex.layer - least) as f64 * COLUMN;
            places[node] = geometry::snap([origin[0] + x, origin[1] + y]);
        }
        top = bottom + ROW;
    }
    document.nodes.iter().map(|node| node.id.clone()).zip(places).collect()
}

/// The links without those that close a circle, found by going from each node to those that it calls.
fn forward(count: usize, links: &[(usize, usize)]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        OnTheWay,
        Done,
    }
    let mut seen = vec![Seen::No; count];
    let mut kept = Vec::new();
    let called_by = |node: usize| links.iter().filter(move |(from, _)| *from == node).map(|(_, to)| *to);
    // Those that nobody calls first, so that circles are cut where they lead back.
    let is_called = |node: usize| links.iter().any(|(_, to)| *to == node);
    let (first, later): (Vec<usize>, Vec<usize>) = (0..count).partition(|node| !is_called(*node));
    for root in first.into_iter().chain(later) {
        if seen[root] != Seen::No {
            continue;
        }
        seen[root] = Seen::OnTheWay;
        let mut way = vec![(root, called_by(root).collect::<Vec<_>>().into_iter())];
        while let Some((node, next)) = way.last_mut() {
            let node = *node;
            match next.next() {
                Some(to) if seen[to] == Seen::OnTheWay => {}
                Some(to) => {
                    kept.push((node, to));
                    if seen[to] == Seen::No {
                        seen[to] = Seen::OnTheWay;
                        way.push((to, called_by(to).collect::<Vec<_>>().into_iter()));
                    }
                }
                None => {
                    seen[node] = Seen::Done;
                    way.pop();
                }
            }
        }
    }
    kept
}

/// The layer of each node: one more than the last of those that call it.
fn layers(count: usize, links: &[(usize, usize)]) -> Vec<usize> {
    let mut layers = vec![0; count];
    for _ in 0..count {
        let mut changed = false;
        for (from, to) in links {
            if layers[*to] <= layers[*from] {
                layers[*to] = layers[*from] + 1;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    layers
}

/// The nodes that are linked with each other, in the order of the document; single ones are parts of their own.
fn parts(count: usize, links: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut part: Vec<usize> = (0..count).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for (from, to) in links {
            let least = part[*from].min(part[*to]);
            changed |= part[*from] != least || part[*to] != least;
            (part[*from], part[*to]) = (least, least);
        }
    }
    (0..count)
        .map(|id| (0..count).filter(|node| part[*node] == id).collect())
        .filter(|it: &Vec<usize>| !it.is_empty())
        .collect()
}

/// Links two vertices; where layers lie between them, through a vertex in each.
fn join(vertices: &mut Vec<Vertex>, from: usize, to: usize) {
    let (mut left, right) = if vertices[from].layer <= vertices[to].layer { (from, to) } else { (to, from) };
    for layer in vertices[left].layer + 1..vertices[right].layer {
        let y = (vertices[left].y + vertices[right].y) / 2.0;
        vertices.push(Vertex { node: None, layer, before: Vec::new(), after: Vec::new(), zone: None, y });
        let passage = vertices.len() - 1;
        vertices[left].after.push(passage);
        vertices[passage].before.push(left);
        left = passage;
    }
    vertices[left].after.push(right);
    vertices[right].before.push(left);
}

/// The layers with their vertices from top to bottom: each where those linked with it are on average; those of a zone
/// together. It begins with the order in which they stand.
fn ordered(vertices: &mut [Vertex]) -> Vec<Vec<usize>> {
    let depth = vertices.iter().map(|it| it.layer + 1).max().unwrap_or(0);
    let mut rows: Vec<Vec<usize>> =
        (0..depth).map(|layer| (0..vertices.len()).filter(|it| vertices[*it].layer == layer).collect()).collect();
    for row in &mut rows {
        row.sort_by(|a, b| vertices[*a].y.total_cmp(&vertices[*b].y));
    }
    let number = |rows: &[Vec<usize>], vertices: &mut [Vertex]| {
        for row in rows {
            for (position, vertex) in row.iter().enumerate() {
                vertices[*vertex].y = position as f64 - row.len() as f64 / 2.0;
            }
        }
    };
    number(&rows, vertices);
    let mut best = (crossings(&rows, vertices), rows.clone());
    for sweep in 0..SWEEPS {
        let forward = sweep % 2 == 0;
        let order: Vec<usize> = if forward { (0..depth).collect() } else { (0..depth).rev().collect() };
        for layer in order {
            let wish = |vertex: usize| {
                let linked = if forward { &vertices[vertex].before } else { &vertices[vertex].after };
                mean(linked.iter().map(|it| vertices[*it].y)).unwrap_or(vertices[vertex].y)
            };
            let of_zone = |zone: usize| mean(vertices.iter().filter(|it| it.zone == Some(zone)).map(|it| it.y));
            let mut keyed: Vec<(f64, f64, usize)> = rows[layer]
                .iter()
                .map(|vertex| {
                    let own = wish(*vertex);
                    (vertices[*vertex].zone.and_then(of_zone).unwrap_or(own), own, *vertex)
                })
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            rows[layer] = keyed.into_iter().map(|(.., vertex)| vertex).collect();
            number(&rows[layer..=layer], vertices);
        }
        let now = crossings(&rows, vertices);
        if now < best.0 {
            best = (now, rows.clone());
        }
    }
    best.1
}

/// How many links cross each other between neighboring layers.
fn crossings(rows: &[Vec<usize>], vertices: &[Vertex]) -> usize {
    let mut position = vec![0; vertices.len()];
    for row in rows {
        for (at, vertex) in row.iter().enumerate() {
            position[*vertex] = at;
        }
    }
    let mut count = 0;
    for row in rows {
        let ends: Vec<(usize, usize)> =
            row.iter().flat_map(|it| vertices[*it].after.iter().map(|to| (position[*it], position[*to]))).collect();
        for (index, a) in ends.iter().enumerate() {
            count += ends[..index].iter().filter(|b| (a.0 < b.0) != (a.1 < b.1) && a.0 != b.0 && a.1 != b.1).count();
        }
    }
    count
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// Gives every vertex a height: near those linked with it, with the least distance to its neighbors.
fn level(vertices: &mut [Vertex], rows: &[Vec<usize>]) {
    for row in rows {
        let mut next = 0.0;
        for (at, vertex) in row.iter().enumerate() {
            next += if at == 0 { 0.0 } else { apart(vertices, row[at - 1], *vertex) };
            vertices[*vertex].y = next;
        }
        let middle = next / 2.0;
        row.iter().for_each(|vertex| vertices[*vertex].y -= middle);
    }
    for sweep in 0..2 * SWEEPS {
        let order: Vec<&Vec<usize>> = if sweep % 2 == 0 { rows.iter().collect() } else { rows.iter().rev().collect() };
        for row in order {
            let wishes: Vec<f64> = row
                .iter()
                .map(|vertex| {
                    let it = &vertices[*vertex];
                    mean(it.before.iter().chain(&it.after).map(|other| vertices[*other].y)).unwrap_or(it.y)
                })
                .collect();
            let gaps: Vec<f64> = row.windows(2).map(|two| apart(vertices, two[0], two[1])).collect();
            for (vertex, y) in row.iter().zip(nearest(&wishes, &gaps)) {
                vertices[*vertex].y = y;
            }
        }
    }
}

/// How far one vertex stands below another.
fn apart(vertices: &[Vertex], above: usize, below: usize) -> f64 {
    let zones = vertices[above].zone != vertices[below].zone;
    match vertices[above].node.is_some() && vertices[below].node.is_some() {
        // Frames of zones and their names need room.
        true if zones => ROW + 3.0 * GRID,
        true => ROW,
        // A passage lies at the height of ports.
        false => ROW / 2.0 + PASSAGE,
    }
}

/// Heights with at least these gaps between neighbors, as near to what is wished as possible (the least sum of
/// squares): neighbors that are too near become a block, which stands where its members are best on average.
fn nearest(wishes: &[f64], gaps: &[f64]) -> Vec<f64> {
    let mut offset = 0.0;
    let offsets: Vec<f64> = std::iter::once(0.0)
        .chain(gaps.iter().map(|gap| {
            offset += gap;
            offset
        }))
        .collect();
    // Blocks: the sum of what their members wish, less their offsets, and how many they are.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        let mut block = (wish - offset, 1);
        while let Some(last) = blocks.last().filter(|last| last.0 / last.1 as f64 > block.0 / block.1 as f64) {
            block = (last.0 + block.0, last.1 + block.1);
            blocks.pop();
        }
        blocks.push(block);
    }
    let heights = blocks.into_iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    heights.zip(offsets).map(|(height, offset)| height + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::geometry::{card, routes};
    use crate::model::{Link, Node};

    fn document(nodes: &[(&str, Point)], links: &[(&str, &str)]) -> Document {
        let node = |(id, at): &(&str, Point)| Node {
            id: (*id).to_owned(),
            kind: "app".to_owned(),
            name: String::new(),
            at: *at,
            params: Default::default(),
        };
        let link = |(from, to): &(&str, &str)| Link {
            id: format!("{from}-{to}"),
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            params: Default::default(),
        };
        Document {
            nodes: nodes.iter().map(node).collect(),
            links: links.iter().map(link).collect(),
            ..Document::default()
        }
    }

    fn placed(mut document: Document) -> Document {
        let places = arranged(&document);
        for (node, (id, at)) in document.nodes.iter_mut().zip(places) {
            assert_eq!(node.id, id);
            node.at = at;
        }
        document
    }

    /// What holds of every arranged diagram.
    fn assert_in_order(document: &Document) {
        for (index, one) in document.nodes.iter().enumerate() {
            assert!(document.nodes[..index].iter().all(|other| !card(other).overlaps(&card(one))), "{}", one.id);
        }
        let again = placed(document.clone());
        assert_eq!(again.nodes, document.nodes, "it stays as it is");
    }

    #[test]
    fn callers_stand_to_the_left_and_a_chain_is_level() {
        let chain =
            document(&[("c", [9.0, 70.0]), ("a", [500.0, 0.0]), ("b", [40.0, 300.0])], &[("a", "b"), ("b", "c")]);
        let after = placed(chain);
        let x = |id: &str| after.node(id).expect("it is there").at[0];
        assert!(x("a") + COLUMN == x("b") && x("b") + COLUMN == x("c"));
        assert!(after.nodes.windows(2).all(|two| two[0].at[1] == two[1].at[1]), "level");
        assert_in_order(&after);
    }

    #[test]
    fn links_that_need_not_cross_do_not() {
        let nodes = [("a", [0.0, 0.0]), ("b", [0.0, 300.0]), ("x", [300.0, 300.0]), ("y", [300.0, 0.0])];
        let after = placed(document(&nodes, &[("a", "x"), ("b", "y"), ("a", "b")]));
        assert_in_order(&after);
        let straight = placed(document(&nodes, &[("a", "x"), ("b", "y")]));
        let y = |id: &str| straight.node(id).expect("it is there").at[1];
        assert_eq!((y("a"), y("b")), (y("x"), y("y")));
    }

    #[test]
    fn a_link_over_several_layers_passes_beside_the_cards_between() {
        let nodes = [("a", [0.0, 0.0]), ("b", [220.0, 0.0]), ("c", [440.0, 0.0])];
        let after = placed(document(&nodes, &[("a", "b"), ("b", "c"), ("a", "c")]));
        let middle = card(after.node("b").expect("it is there"));
        let route = routes(&after)["a-c"];
        let inside = |share: f64| {
            let [x, y] = route.point_at(share);
            x > middle.x && x < middle.right() && y > middle.y && y < middle.bottom()
        };
        assert!((0..=20).all(|part| !inside(f64::from(part) / 20.0)), "{route:?} {middle:?}");
        assert_in_order(&after);
    }

    #[test]
    fn circles_and_single_nodes_are_arranged_too() {
        let nodes = [("a", [0.0, 0.0]), ("b", [0.0, 0.0]), ("c", [0.0, 0.0]), ("alone", [0.0, 0.0])];
        let after = placed(document(&nodes, &[("a", "b"), ("b", "c"), ("c", "a")]));
        assert_in_order(&after);
        assert_eq!(arranged(&Document::default()), []);
    }

    #[test]
    fn wishes_are_granted_as_far_as_the_gaps_allow() {
        assert_eq!(nearest(&[0.0, 10.0, 100.0], &[20.0, 20.0]), [-5.0, 15.0, 100.0]);
        assert_eq!(nearest(&[5.0], &[]), [5.0]);
    }
}
