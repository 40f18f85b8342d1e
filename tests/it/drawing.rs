//! Drawing with the pointer: presses, drags and releases on a canvas without a browser, and what must hold whatever is
//! drawn.

use crate::samples::{document, shop};
use headroom::editor::geometry::{self, CARD_WIDTH, Camera, Curve, PORT_Y, Point, card};
use headroom::editor::pointer::{Hit, LooseLink, Machine, Place, Press, Preview, Surface, begin};
use headroom::editor::{Command, Editor, Selection, placing_at};
use headroom::kinds;
use headroom::model::Document;
use proptest::prelude::*;
use serde_json::json;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// The size of the canvas, and where it is on the page, CSS pixels.
const SIZE: Point = [1000.0, 700.0];
const CORNER: Point = [212.0, 48.0];

/// A canvas with its diagram.
struct Board {
    editor: Editor,
    camera: Camera,
    preview: Preview,
    /// What the page asked, said and did, in short.
    said: Vec<String>,
    asked: Option<LooseLink>,
}

#[derive(Clone)]
struct Canvas(Rc<RefCell<Board>>);

impl Surface for Canvas {
    fn document(&self) -> Arc<Document> {
        self.0.borrow().editor.document().clone()
    }

    fn routes(&self) -> Arc<HashMap<String, Curve>> {
        Arc::new(geometry::routes(&self.document()))
    }

    fn selection(&self) -> Selection {
        self.0.borrow().editor.selection().clone()
    }

    fn select(&self, selection: Selection) {
        self.0.borrow_mut().editor.select(selection);
    }

    fn apply(&self, command: Command) -> Option<String> {
        let mut board = self.0.borrow_mut();
        match board.editor.apply(command) {
            Ok(made) => made,
            Err(refusal) => {
                board.said.push(refusal);
                None
            }
        }
    }

    fn begin_step(&self) {
        self.0.borrow_mut().editor.begin();
    }

    fn commit_step(&self) {
        self.0.borrow_mut().editor.commit();
    }

    fn cancel_step(&self) {
        self.0.borrow_mut().editor.cancel();
    }

    fn camera(&self) -> Camera {
        self.0.borrow().camera
    }

    fn set_camera(&self, camera: Camera) {
        self.0.borrow_mut().camera = camera;
    }

    fn corner(&self) -> Point {
        CORNER
    }

    fn is_canvas(&self, client: Point) -> bool {
        (0..2).all(|axis| client[axis] >= CORNER[axis] && client[axis] <= CORNER[axis] + SIZE[axis])
    }

    fn preview(&self, preview: Preview) {
        self.0.borrow_mut().preview = preview;
    }

    fn rename(&self, node: &str) {
        self.0.borrow_mut().said.push(format!("rename {node}"));
    }

    fn ask_kind(&self, link: LooseLink) {
        self.0.borrow_mut().asked = Some(link);
    }

    fn announce(&self, words: &str) {
        self.0.borrow_mut().said.push(words.to_owned());
    }

    fn notify(&self, words: &str) {
        self.0.borrow_mut().said.push(words.to_owned());
    }

    fn cut(&self, links: Vec<String>) {
        self.0.borrow_mut().said.push(format!("cut {}", links.join(", ")));
    }
}

/// A hand with a mouse or a finger. Points are of the world.
struct Driver {
    canvas: Canvas,
    machine: Machine,
    press: Press,
    /// Where the pointer is, client coordinates.
    at: Point,
}

impl Driver {
    fn new(document: Document) -> Driver {
        let board = Board {
            editor: Editor::new(document),
            camera: Camera::default(),
            preview: Preview::None,
            said: Vec::new(),
            asked: None,
        };
        Driver {
            canvas: Canvas(Rc::new(RefCell::new(board))),
            machine: Machine::default(),
            press: Press::default(),
            at: [0.0, 0.0],
        }
    }

    fn zoomed(self, zoom: f64) -> Driver {
        self.canvas.set_camera(Camera { zoom, ..Camera::default() });
        self
    }

    fn finger(mut self) -> Driver {
        self.press.is_touch = true;
        self
    }

    fn mouse(mut self) -> Driver {
        self.press = Press::default();
        self
    }

    fn shift(mut self) -> Driver {
        self.press.adds = true;
        self
    }

    fn alt(mut self) -> Driver {
        self.press.copies = true;
        self
    }

    fn space(mut self) -> Driver {
        self.press.pans = true;
        self
    }

    fn select(self, nodes: &[&str]) -> Driver {
        self.canvas
            .select(Selection { nodes: nodes.iter().map(|&id| id.to_owned()).collect(), links: BTreeSet::new() });
        self
    }

    fn client(&self, at: Point) -> Point {
        let on_screen = self.canvas.camera().to_screen(at);
        [on_screen[0] + CORNER[0], on_screen[1] + CORNER[1]]
    }

    fn hit(&self, at: Point) -> Hit {
        Press { client: self.client(at), ..self.press }.hit(&self.canvas)
    }

    fn pointer_down(mut self, at: Point) -> Driver {
        let press = Press { client: self.client(at), ..self.press };
        self.at = press.client;
        self.machine.press(press.client);
        if !self.machine.is_following()
            && let Some(gesture) = begin(&self.canvas, press.hit(&self.canvas), &press)
        {
            self.machine.start(gesture);
        }
        self
    }

    /// Picks a kind up in the palette, which is to the left of the canvas.
    fn take(mut self, kind: &'static str) -> Driver {
        self.at = [100.0, 200.0];
        self.machine.press(self.at);
        self.machine.start(Box::new(Place::new(self.canvas.clone(), kind)));
        self
    }

    fn move_to(mut self, at: Point) -> Driver {
        let (from, to) = (self.at, self.client(at));
        for part in 1..=4 {
            let share = f64::from(part) / 4.0;
            self.machine.moved(1, [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * share));
        }
        self.at = to;
        self.settle();
        self
    }

    fn up(self) -> Driver {
        self.machine.released(1, self.at);
        if !self.machine.is_active() {
            self.canvas.preview(Preview::None);
        }
        self.settle();
        self
    }

    fn click(self, at: Point) -> Driver {
        self.pointer_down(at).up()
    }

    fn escape(self) -> Driver {
        self.machine.cancel();
        self.settle();
        self
    }

    /// Chooses a kind in the menu that the page opened.
    fn choose(self, kind: &str) -> Driver {
        let link = self.canvas.0.borrow_mut().asked.take().expect("the page asks for a kind");
        let placing = placing_at(&self.canvas.document(), kind, &link);
        self.canvas.apply(placing.command());
        self.settle();
        self
    }

    fn undo(self) -> Driver {
        self.canvas.0.borrow_mut().editor.undo();
        self
    }

    fn document(&self) -> Arc<Document> {
        self.canvas.document()
    }

    fn at(&self, id: &str) -> Point {
        self.document().node(id).expect("the node is there").at
    }

    fn links(&self) -> Vec<String> {
        self.document().links.iter().map(|link| format!("{} {}", link.from, link.to)).collect()
    }

    fn selected(&self) -> Vec<String> {
        self.canvas.selection().nodes.into_iter().collect()
    }

    fn said(&self) -> Vec<String> {
        self.canvas.0.borrow().said.clone()
    }

    /// What holds after every move: links end at nodes and are allowed, ids are unique, selected is what is there.
    #[track_caller]
    fn settle(&self) {
        let document = self.document();
        let nodes: BTreeSet<&str> = document.nodes.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(nodes.len(), document.nodes.len());
        let links: BTreeSet<&str> = document.links.iter().map(|link| link.id.as_str()).collect();
        assert_eq!(links.len(), document.links.len());
        for link in &document.links {
            let kind = |id: &str| document.node(id).expect("links end at nodes").kind.clone();
            assert_eq!(kinds::may_call(&kind(&link.from), &kind(&link.to)), Ok(()), "{link:?}");
        }
        let selection = self.canvas.selection();
        assert!(selection.nodes.iter().all(|id| nodes.contains(id.as_str())));
        assert!(selection.links.iter().all(|id| links.contains(id.as_str())));
    }
}

/// A client, an app and a database with a link between the first two, and room around.
fn three() -> Document {
    document(json!({"headroom": 1, "nodes": [
        {"id": "client", "kind": "client", "at": [40, 200]},
        {"id": "app", "kind": "app", "at": [360, 200]},
        {"id": "db", "kind": "database", "at": [700, 200]}],
        "links": [{"id": "client-app", "from": "client", "to": "app"}]}))
}

/// The middle of a card.
fn middle(document: &Document, id: &str) -> Point {
    card(document.node(id).expect("the node is there")).center()
}

#[test]
fn the_inside_of_a_card_moves_it_and_its_edge_draws_a_link() {
    let hand = Driver::new(three());
    let (app, db) = (middle(&hand.document(), "app"), middle(&hand.document(), "db"));
    let hand = hand.pointer_down(app).move_to([app[0] + 60.0, app[1] + 100.0]).up();
    assert_eq!((hand.at("app"), hand.links().len()), ([420.0, 300.0], 1));
    assert_eq!(hand.selected(), ["app"]);
    let hand = hand.undo();
    for edge in [[530.0, 262.0], [527.0, 262.0], [440.0, 201.0], [440.0, 284.0]] {
        let hand = Driver::new(three()).pointer_down(edge).move_to(db).up();
        assert_eq!(hand.links(), ["client app", "app db"], "from {edge:?}");
        assert_eq!(hand.at("app"), [360.0, 200.0]);
        assert_eq!(hand.undo().links(), ["client app"], "one step");
    }
    drop(hand);
}

#[test]
fn a_link_is_pulled_from_a_port_by_mouse_and_by_finger_and_by_two_clicks() {
    let port = [360.0 + CARD_WIDTH, 200.0 + PORT_Y];
    let db = [740.0, 230.0];
    for hand in [Driver::new(three()), Driver::new(three()).finger()] {
        let hand = hand.pointer_down(port).move_to(db).up();
        assert_eq!(hand.links(), ["client app", "app db"]);
    }
    let hand = Driver::new(three()).click(port).move_to([600.0, 500.0]).move_to(db).click(db);
    assert_eq!(hand.links(), ["client app", "app db"]);
    // Backwards, from where a node is called.
    let hand = Driver::new(three()).pointer_down([700.0, 240.0]).move_to([440.0, 230.0]).up();
    assert_eq!(hand.links(), ["client app", "app db"]);
}

#[test]
fn a_link_that_is_not_allowed_is_refused_in_a_sentence() {
    let hand = Driver::new(three());
    let client = middle(&hand.document(), "client");
    let hand = hand.pointer_down([528.0, 240.0]).move_to(client).up();
    assert_eq!(hand.links(), ["client app"]);
    assert!(hand.said()[0].starts_with("An app cannot call a client"), "{:?}", hand.said());
}

#[test]
fn a_link_dropped_on_nothing_asks_for_a_kind_and_adds_both_in_one_step() {
    let hand = Driver::new(three()).pointer_down([528.0, 240.0]).move_to([640.0, 500.0]).up();
    assert_eq!(hand.links(), ["client app"], "nothing is drawn before the answer");
    let hand = hand.choose("cache");
    assert_eq!(hand.links(), ["client app", "app cache"]);
    assert_eq!(hand.at("cache"), [640.0, 460.0], "its port is where the link was dropped");
    assert_eq!(hand.selected(), ["cache"]);
    let hand = hand.undo();
    assert_eq!((hand.document().nodes.len(), hand.links().len()), (3, 1));
    // A client calls one node only.
    let hand = Driver::new(three()).pointer_down([208.0, 236.0]).move_to([100.0, 600.0]).up();
    assert!(
        hand.canvas.0.borrow().asked.is_none() && hand.said()[0].contains("calls one node only"),
        "{:?}",
        hand.said()
    );
}

#[test]
fn the_end_of_a_link_is_moved_and_dropped_on_nothing_it_stays() {
    let handle = |hand: &Driver| {
        let curve = hand.canvas.routes()["client-app"];
        headroom::editor::pointer::handle(&curve, headroom::editor::End::To)
    };
    let hand = Driver::new(three());
    hand.canvas.select(Selection::link("client-app"));
    let at = handle(&hand);
    assert!(matches!(hand.hit(at), Hit::LinkEnd { .. }));
    let hand = hand.pointer_down(at).move_to([400.0, 600.0]).up();
    assert_eq!(*hand.document(), three());
    let mut with_second = three();
    with_second.nodes.push(
        document(json!({"headroom": 1, "nodes": [{"id": "second", "kind": "app", "at": [360, 500]}]})).nodes[0].clone(),
    );
    let hand = Driver::new(with_second);
    hand.canvas.select(Selection::link("client-app"));
    let hand = hand.pointer_down(at).move_to([400.0, 540.0]).up();
    assert_eq!(hand.links(), ["client second"]);
}

#[test]
fn a_new_node_dropped_on_a_link_is_put_into_it() {
    let hand = Driver::new(three()).take("load_balancer").move_to([284.0, 236.0]);
    assert!(matches!(&hand.canvas.0.borrow().preview, Preview::Place { into: Some(link), .. } if link == "client-app"));
    let hand = hand.up();
    assert_eq!(hand.links(), ["client load_balancer", "load_balancer app"]);
    let lefts = ["client", "load_balancer", "app", "db"].map(|id| hand.at(id)[0]);
    assert!(lefts.windows(2).all(|two| two[1] - two[0] >= CARD_WIDTH + 40.0), "room is made: {lefts:?}");
    assert_eq!(*hand.undo().document(), three());
    // Dropped beside it, it is a node alone; over a kind that it cannot be between, too.
    let hand = Driver::new(three()).take("app").move_to([284.0, 420.0]).up();
    assert_eq!(hand.links(), ["client app"]);
    let hand = Driver::new(three()).take("database").move_to([284.0, 236.0]).up();
    assert_eq!((hand.links(), hand.document().nodes.len()), (vec!["client app".to_owned()], 4));
    // Outside the canvas it is dropped.
    assert_eq!(*Driver::new(three()).take("app").move_to([-150.0, 100.0]).up().document(), three());
}

#[test]
fn a_node_that_is_there_is_put_into_a_link_too() {
    let mut start = three();
    start.nodes.push(
        document(json!({"headroom": 1, "nodes": [{"id": "lb", "kind": "load_balancer", "at": [200, 500]}]})).nodes[0]
            .clone(),
    );
    let hand = Driver::new(start.clone()).pointer_down([284.0, 540.0]).move_to([280.0, 240.0]);
    assert_eq!(hand.canvas.0.borrow().preview, Preview::Into("client-app".to_owned()));
    let hand = hand.up();
    assert_eq!(hand.links(), ["client lb", "lb app"]);
    assert_eq!(*hand.undo().document(), start, "one step");
    // Several nodes at once are only moved.
    let hand = Driver::new(start).select(&["lb", "db"]).pointer_down([284.0, 540.0]).move_to([280.0, 240.0]).up();
    assert_eq!(hand.links(), ["client app"]);
}

#[test]
fn a_drag_over_the_canvas_selects_and_with_shift_adds() {
    let hand = Driver::new(three()).pointer_down([300.0, 100.0]).move_to([400.0, 240.0]).up();
    assert_eq!(hand.selected(), ["app"], "what is touched in part");
    let hand = hand.shift().pointer_down([650.0, 100.0]).move_to([720.0, 240.0]).up();
    assert_eq!(hand.selected(), ["app", "db"]);
    let hand = hand.mouse().pointer_down([300.0, 400.0]).move_to([310.0, 500.0]).escape();
    assert_eq!(hand.selected(), ["app", "db"], "cancelled");
    let hand = hand.mouse().click([300.0, 500.0]);
    assert!(hand.selected().is_empty());
    assert_eq!(hand.canvas.camera(), Camera::default());
}

#[test]
fn a_finger_on_the_canvas_pans_and_so_does_space_on_a_node() {
    let hand = Driver::new(three()).finger().pointer_down([300.0, 500.0]).move_to([350.0, 540.0]).up();
    assert_eq!(hand.canvas.camera(), Camera { x: 50.0, y: 40.0, zoom: 1.0 });
    let hand = Driver::new(three());
    let app = middle(&hand.document(), "app");
    let hand = hand.select(&["db"]).space().pointer_down(app).move_to([app[0] + 30.0, app[1]]).up();
    assert_eq!((hand.at("app"), hand.selected()), ([360.0, 200.0], vec!["db".to_owned()]));
    assert_eq!(hand.canvas.camera().x, 30.0);
}

#[test]
fn alt_and_a_drag_copy_in_one_step_and_escape_restores() {
    let hand = Driver::new(three()).alt();
    let app = middle(&hand.document(), "app");
    let hand = hand.pointer_down(app).move_to([app[0], app[1] + 200.0]).up();
    assert_eq!((hand.at("app"), hand.at("app-2")), ([360.0, 200.0], [360.0, 400.0]));
    assert_eq!(hand.selected(), ["app-2"]);
    let hand = hand.undo();
    assert_eq!(*hand.document(), three());
    let hand = hand.pointer_down(app).move_to([app[0], app[1] + 200.0]).escape();
    assert_eq!(*hand.document(), three());
    assert_eq!(hand.selected(), ["app"]);
    // A click copies nothing.
    assert_eq!(*hand.click(app).document(), three());
}

#[test]
fn escape_restores_what_a_drag_has_moved() {
    let hand = Driver::new(three()).select(&["app", "db"]);
    let app = middle(&hand.document(), "app");
    let hand = hand.pointer_down(app).move_to([app[0] + 90.0, app[1] - 50.0]);
    assert_ne!(*hand.document(), three());
    let hand = hand.escape();
    assert_eq!(*hand.document(), three());
    assert!(!hand.canvas.0.borrow().editor.can_undo());
}

#[test]
fn gestures_work_at_every_zoom() {
    for zoom in [0.25, 0.5, 1.2] {
        let hand = Driver::new(three()).zoomed(zoom);
        let (app, db) = (middle(&hand.document(), "app"), middle(&hand.document(), "db"));
        let edge = [480.0, 200.0 - 4.0 / zoom];
        assert_eq!(hand.hit(edge), Hit::Edge("app".to_owned()), "{zoom}");
        let hand = hand.pointer_down(edge).move_to(db).up();
        assert_eq!(hand.links(), ["client app", "app db"], "{zoom}");
        let hand = hand.pointer_down(app).move_to([app[0] + 100.0, app[1] + 100.0]).up();
        assert_eq!(hand.at("app"), [460.0, 300.0], "{zoom}");
    }
}

/// What a random hand does.
#[derive(Clone, Debug)]
enum Act {
    Drag { from: Point, to: Point, keys: u8, ends: bool },
    Take { kind: usize, to: Point },
    Click(Point),
    Choose(usize),
    Undo,
    Redo,
    Arrange,
    Duplicate,
}

fn any_act() -> impl Strategy<Value = Act> {
    let point = || (-50.0..1000.0_f64, -50.0..700.0_f64).prop_map(|(x, y)| [x, y]);
    prop_oneof![
        6 => (point(), point(), 0_u8..8, any::<bool>()).prop_map(|(from, to, keys, ends)| Act::Drag { from, to, keys, ends }),
        3 => (0_usize..7, point()).prop_map(|(kind, to)| Act::Take { kind, to }),
        2 => point().prop_map(Act::Click),
        2 => (0_usize..7).prop_map(Act::Choose),
        1 => Just(Act::Undo),
        1 => Just(Act::Redo),
        1 => Just(Act::Arrange),
        1 => Just(Act::Duplicate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a hand does: the diagram stays one, undo leads to the start and redo to the end.
    #[test]
    fn any_drawing_can_be_undone_to_the_start_and_redone_to_the_end(acts in prop::collection::vec(any_act(), 1..40)) {
        let start = shop();
        let mut hand = Driver::new(start.clone()).zoomed(0.8);
        for act in acts {
            hand.press = Press::default();
            hand = match act {
                Act::Drag { from, to, keys, ends } => {
                    hand.press.adds = keys & 1 != 0;
                    hand.press.copies = keys & 2 != 0;
                    hand.press.is_touch = keys & 4 != 0;
                    let before = hand.document();
                    let hand = hand.pointer_down(from).move_to(to);
                    if ends {
                        hand.up()
                    } else {
                        let hand = hand.escape();
                        prop_assert_eq!(hand.document(), before);
                        hand
                    }
                }
                Act::Take { kind, to } => hand.take(kinds::all()[kind].id).move_to(to).up(),
                Act::Click(at) => hand.click(at),
                Act::Choose(which) => {
                    let asked = hand.canvas.0.borrow().asked.clone();
                    // The page asks no longer once something else was done.
                    let offered = asked.filter(|link| hand.document().node(&link.fixed).is_some());
                    let offered = offered.map(|link| headroom::editor::pointer::kinds_at(&hand.document(), &link)).unwrap_or_default();
                    if offered.is_empty() { hand } else { hand.choose(offered[which % offered.len()]) }
                }
                Act::Undo => hand.undo(),
                Act::Redo => {
                    hand.canvas.0.borrow_mut().editor.redo();
                    hand
                }
                Act::Arrange => {
                    let places = headroom::editor::arrange::arranged(&hand.document());
                    hand.canvas.apply(Command::MoveTo(places));
                    hand
                }
                Act::Duplicate => {
                    let selection = hand.canvas.selection();
                    hand.canvas.apply(Command::Duplicate(selection));
                    hand
                }
            };
            hand.settle();
        }
        let hand = hand.escape();
        let mut board = hand.canvas.0.borrow_mut();
        let end = board.editor.document().clone();
        let mut steps = 0;
        while board.editor.undo() {
            steps += 1;
        }
        prop_assert_eq!(&**board.editor.document(), &start);
        for _ in 0..steps {
            prop_assert!(board.editor.redo());
        }
        prop_assert_eq!(board.editor.document(), &end);
    }
}
