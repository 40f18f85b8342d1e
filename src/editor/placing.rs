//! Where a new node goes, and with which link.

use super::command::may_connect;
use super::geometry::{self, COLUMN, GAP, GRID, Point, Rect};
use super::pointer::LooseLink;
use super::{Command, End, ids};
use crate::kind::{Calls, Section};
use crate::kinds;
use crate::model::{Document, Node};

/// The other end of the link that comes with a new node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// This node calls the new one.
    From(String),
    /// The new node calls this one.
    To(String),
}

/// Where a new node goes, and with which link.
#[derive(Clone, Debug, PartialEq)]
pub struct Placing {
    /// The kind's registry id.
    pub kind: String,
    /// Top left corner of its card.
    pub at: Point,
    /// The link that comes with it.
    pub link: Option<Joined>,
}

impl Placing {
    /// The command that does it, in one step.
    pub fn command(&self) -> Command {
        Command::Place(self.clone())
    }

    /// The link in words, for its preview: `from Shop app`. Empty where there is none.
    pub fn words(&self, document: &Document) -> String {
        let name = |id: &str| document.node(id).map(ids::shown_name).unwrap_or_default().to_owned();
        match &self.link {
            Some(Joined::From(id)) => format!("from {}", name(id)),
            Some(Joined::To(id)) => format!("to {}", name(id)),
            None => String::new(),
        }
    }
}

/// Where a new node of this kind goes: to the right of the selected node with a link from it; where that may not call
/// the kind, to the left with a link to it; else below it with a link from its caller, as a store does beside a store.
/// With nothing selected it stands to the right of the diagram, without a link; in an empty one in the middle of the
/// view.
pub fn placing(document: &Document, selected: Option<&str>, kind: &str, middle: Point) -> Placing {
    let taken: Vec<Rect> = document.nodes.iter().map(geometry::card).collect();
    let place = |at: Point, link: Option<Joined>| {
        let at = geometry::free_in_column(&taken, geometry::snap(at));
        Placing { kind: kind.to_owned(), at, link }
    };
    if let Some(node) = selected.and_then(|id| document.node(id)) {
        let [x, y] = node.at;
        // In line with what stands there already.
        let callees = document.links.iter().filter(|link| link.from == node.id).map(|link| &link.to);
        let callers = document.links.iter().filter(|link| link.to == node.id).map(|link| &link.from);
        let column = |ids: &mut dyn Iterator<Item = &String>, usual: f64| {
            let near = |at: &f64| (*at - usual).abs() <= COLUMN - geometry::CARD_WIDTH;
            ids.filter_map(|id| document.node(id)).map(|node| node.at[0]).find(near).unwrap_or(usual)
        };
        let mut nodes_before =
            document.links.iter().filter(|link| link.to == node.id).filter_map(|link| document.node(&link.from));
        let caller = nodes_before.find(|caller| may_call_new(document, caller, kind));
        let is_store = |kind: &str| kinds::info(kind).is_some_and(|info| info.section == Section::Data);
        // A store stands beside a store: who calls the one calls the other.
        let is_sibling = caller.is_some() && is_store(kind) && is_store(&node.kind);
        if !is_sibling && may_call_new(document, node, kind) {
            let x = column(&mut { callees }, x + COLUMN);
            return place([x, y], Some(Joined::From(node.id.clone())));
        }
        if !is_sibling && may_be_called_by_new(node, kind) {
            let x = column(&mut { callers }, x - COLUMN);
            return place([x, y], Some(Joined::To(node.id.clone())));
        }
        return place(
            [x, y + geometry::card(node).h + 2.0 * GRID],
            caller.map(|caller| Joined::From(caller.id.clone())),
        );
    }
    match document.nodes.iter().reduce(|a, b| if b.at[0] > a.at[0] { b } else { a }) {
        Some(last) => place([last.at[0] + COLUMN, last.at[1]], None),
        None => {
            let at = geometry::snap([middle[0] - geometry::CARD_WIDTH / 2.0, middle[1] - geometry::CARD_HEIGHT / 2.0]);
            Placing { kind: kind.to_owned(), at, link: None }
        }
    }
}

/// Where a new node of this kind goes at the loose end of a link: its port is there, or as near as there is room.
pub fn placing_at(document: &Document, kind: &str, link: &LooseLink) -> Placing {
    let taken: Vec<Rect> = document.nodes.iter().map(geometry::card).collect();
    let (x, link_to) = match link.end {
        End::To => (link.at[0], Joined::From(link.fixed.clone())),
        End::From => (link.at[0] - geometry::CARD_WIDTH, Joined::To(link.fixed.clone())),
    };
    let at = geometry::snap([x, link.at[1] - geometry::PORT_Y]);
    Placing { kind: kind.to_owned(), at: geometry::free_in_column(&taken, at), link: Some(link_to) }
}

/// Whether a node may call a new node of this kind.
pub fn may_call_new(document: &Document, node: &Node, kind: &str) -> bool {
    let calls_one = kinds::info(&node.kind).is_some_and(|info| info.calls == Calls::One);
    let is_taken = calls_one && document.links.iter().any(|link| link.from == node.id);
    !is_taken && kinds::may_call(&node.kind, kind).is_ok()
}

/// Whether a new node of this kind may call a node.
pub fn may_be_called_by_new(node: &Node, kind: &str) -> bool {
    kinds::may_call(kind, &node.kind).is_ok()
}

/// Whether a node, or a new one of a kind, may be put into a link, which then ends at it, and goes on from it.
pub fn may_split(document: &Document, link: &str, node: Option<&str>, kind: &str) -> bool {
    let Some(link) = document.link(link) else { return false };
    let (Some(from), Some(to)) = (document.node(&link.from), document.node(&link.to)) else { return false };
    match node {
        Some(node) => {
            may_connect(document, &link.from, node, Some(&link.id)).is_ok()
                && may_connect(document, node, &link.to, None).is_ok()
        }
        None => kinds::may_call(&from.kind, kind).is_ok() && kinds::may_call(kind, &to.kind).is_ok(),
    }
}

/// Where nodes go so that there is room for one that is put between two others: level with them, a gap on both sides;
/// what stands to the right of the gap moves further right. Nothing where the link does not run from left to right.
pub(super) fn room_between(document: &Document, from: &str, node: &str, to: &str) -> Vec<(String, Point)> {
    let (Some(a), Some(middle), Some(b)) = (document.node(from), document.node(node), document.node(to)) else {
        return Vec::new();
    };
    let (left, right) = (geometry::card(a).right() + GAP, b.at[0] - GAP - geometry::CARD_WIDTH);
    if b.at[0] <= a.at[0] + geometry::CARD_WIDTH {
        return Vec::new();
    }
    let up = |length: f64| (length / GRID).ceil() * GRID;
    let push = up((left - right).max(0.0));
    let x = if right >= left { middle.at[0].clamp(left, right) } else { left };
    // On the straight line between the two.
    let share = (x - a.at[0]) / (b.at[0] + push - a.at[0]).max(1.0);
    let y = a.at[1] + (b.at[1] - a.at[1]) * share;
    let mut places = vec![(node.to_owned(), geometry::snap([x, y]))];
    let is_behind = |other: &&Node| other.id != from && other.id != node && other.at[0] >= b.at[0] - 1.0;
    if push > 0.0 {
        let behind = document.nodes.iter().filter(is_behind);
        places.extend(behind.map(|other| (other.id.clone(), [other.at[0] + push, other.at[1]])));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::{Editor, Selection};

    /// Places one kind after the other, as by searching in the palette, and returns the diagram.
    fn built(kinds: &[&str]) -> Editor {
        let mut editor = Editor::new(Document::default());
        for kind in kinds {
            let selected = editor.selection().nodes.first().cloned();
            let placing = placing(editor.document(), selected.as_deref(), kind, [400.0, 300.0]);
            editor.apply(placing.command()).expect("it is placed");
        }
        editor
    }

    fn links(editor: &Editor) -> Vec<(&str, &str)> {
        editor.document().links.iter().map(|link| (link.from.as_str(), link.to.as_str())).collect()
    }

    #[test]
    fn a_chain_is_placed_from_left_to_right_with_its_links() {
        let editor = built(&["client", "load_balancer", "app", "database"]);
        assert_eq!(links(&editor), [("client", "load_balancer"), ("load_balancer", "app"), ("app", "database")]);
        let at: Vec<Point> = editor.document().nodes.iter().map(|node| node.at).collect();
        assert!(at.windows(2).all(|two| two[1][0] - two[0][0] == COLUMN && two[1][1] == two[0][1]), "{at:?}");
        assert_eq!(editor.selection(), &Selection::node("database"));
    }

    #[test]
    fn what_the_selected_node_cannot_call_is_a_sibling_or_its_caller() {
        let editor = built(&["client", "app", "database", "cache", "queue"]);
        assert_eq!(links(&editor)[1..], [("app", "database"), ("app", "cache"), ("app", "queue")]);
        let at = |id: &str| editor.document().node(id).expect("it is there").at;
        assert_eq!(at("database")[0], at("cache")[0]);
        assert!(at("cache")[1] > at("database")[1] + 80.0);
        let editor = built(&["database", "app", "client"]);
        assert_eq!(links(&editor), [("app", "database"), ("client", "app")]);
        assert!(editor.document().nodes[2].at[0] < editor.document().nodes[0].at[0]);
    }

    #[test]
    fn a_node_that_calls_one_other_gets_no_second_link() {
        let editor = built(&["client", "app"]);
        let again = placing(editor.document(), Some("client"), "app", [0.0, 0.0]);
        assert_eq!(again.link, None);
        assert_eq!(again.words(editor.document()), "");
    }

    #[test]
    fn a_node_in_a_link_gets_room_and_stands_level() {
        let mut editor = built(&["client", "app", "database"]);
        let link = editor.document().links[0].id.clone();
        editor.begin();
        let add = Command::AddNode { kind: "load_balancer".to_owned(), at: [480.0, 290.0] };
        let node = editor.apply(add).expect("it is added").expect("an id");
        editor.apply(Command::SplitLink { link, node: node.clone() }).expect("it fits");
        editor.commit();
        let at = |id: &str| editor.document().node(id).expect("it is there").at;
        let gaps = [("client", &*node), (&*node, "app"), ("app", "database")];
        for (left, right) in gaps {
            assert!(at(right)[0] - at(left)[0] >= COLUMN, "{left} {right}");
            assert_eq!(at(left)[1], at(right)[1]);
        }
        assert!(editor.undo());
        assert_eq!(editor.document().nodes.len(), 3);
    }

    #[test]
    fn with_nothing_selected_it_stands_to_the_right_without_a_link() {
        let editor = built(&["client", "app"]);
        let placed = placing(editor.document(), None, "app", [0.0, 0.0]);
        assert_eq!((placed.link.clone(), placed.at[0]), (None, editor.document().nodes[1].at[0] + COLUMN));
    }

    #[test]
    fn placing_is_one_step_and_covers_no_card() {
        let mut editor = built(&["client", "app", "database"]);
        editor.select(Selection::node("app"));
        for _ in 0..6 {
            let placing = placing(editor.document(), Some("app"), "cache", [0.0, 0.0]);
            assert_eq!(placing.words(editor.document()), "from App");
            editor.apply(placing.command()).expect("it is placed");
        }
        let cards: Vec<Rect> = editor.document().nodes.iter().map(geometry::card).collect();
        for (index, card) in cards.iter().enumerate() {
            assert!(!cards[..index].iter().any(|other| other.overlaps(card)), "{cards:?}");
        }
        let count = editor.document().links.len();
        assert!(editor.undo());
        assert_eq!(editor.document().links.len(), count - 1);
        assert_eq!(editor.document().nodes.len(), 8);
    }
}
