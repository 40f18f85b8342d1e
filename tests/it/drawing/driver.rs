//! A hand with a mouse or a finger on a canvas without a browser.

use headroom::editor::geometry::{self, Camera, Curve, Point};
use headroom::editor::pointer::{Hit, LooseLink, Machine, Place, Press, Preview, Surface, begin};
use headroom::editor::{Command, Editor, Selection, placing_at};
use headroom::kinds;
use headroom::model::Document;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// The size of the canvas, and where it is on the page, CSS pixels.
const SIZE: Point = [1000.0, 700.0];
const CORNER: Point = [212.0, 48.0];

/// A canvas with its diagram.
pub struct Board {
    pub editor: Editor,
    camera: Camera,
    pub preview: Preview,
    /// What the page asked, said and did, in short.
    said: Vec<String>,
    pub asked: Option<LooseLink>,
}

#[derive(Clone)]
pub struct Canvas(pub Rc<RefCell<Board>>);

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
pub struct Driver {
    pub canvas: Canvas,
    pub machine: Machine,
    pub press: Press,
    /// Where the pointer is, client coordinates.
    pub at: Point,
}

impl Driver {
    pub fn new(document: Document) -> Driver {
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

    pub fn zoomed(self, zoom: f64) -> Driver {
        self.canvas.set_camera(Camera { zoom, ..Camera::default() });
        self
    }

    pub fn finger(mut self) -> Driver {
        self.press.is_touch = true;
        self
    }

    pub fn mouse(mut self) -> Driver {
        self.press = Press::default();
        self
    }

    pub fn shift(mut self) -> Driver {
        self.press.adds = true;
        self
    }

    pub fn alt(mut self) -> Driver {
        self.press.copies = true;
        self
    }

    pub fn space(mut self) -> Driver {
        self.press.pans = true;
        self
    }

    pub fn select(self, nodes: &[&str]) -> Driver {
        self.canvas
            .select(Selection { nodes: nodes.iter().map(|&id| id.to_owned()).collect(), links: BTreeSet::new() });
        self
    }

    pub fn client(&self, at: Point) -> Point {
        let on_screen = self.canvas.camera().to_screen(at);
        [on_screen[0] + CORNER[0], on_screen[1] + CORNER[1]]
    }

    pub fn hit(&self, at: Point) -> Hit {
        Press { client: self.client(at), ..self.press }.hit(&self.canvas)
    }

    pub fn pointer_down(mut self, at: Point) -> Driver {
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
    pub fn take(mut self, kind: &'static str) -> Driver {
        self.at = [100.0, 200.0];
        self.machine.press(self.at);
        self.machine.start(Box::new(Place::new(self.canvas.clone(), kind)));
        self
    }

    pub fn move_to(mut self, at: Point) -> Driver {
        let (from, to) = (self.at, self.client(at));
        for part in 1..=4 {
            let share = f64::from(part) / 4.0;
            self.machine.moved(1, [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * share));
        }
        self.at = to;
        self.settle();
        self
    }

    pub fn up(self) -> Driver {
        self.machine.released(1, self.at);
        if !self.machine.is_active() {
            self.canvas.preview(Preview::None);
        }
        self.settle();
        self
    }

    pub fn click(self, at: Point) -> Driver {
        self.pointer_down(at).up()
    }

    pub fn escape(self) -> Driver {
        self.machine.cancel();
        self.settle();
        self
    }

    /// Chooses a kind in the menu that the page opened.
    pub fn choose(self, kind: &str) -> Driver {
        let link = self.canvas.0.borrow_mut().asked.take().expect("the page asks for a kind");
        let placing = placing_at(&self.canvas.document(), kind, &link);
        self.canvas.apply(placing.command());
        self.settle();
        self
    }

    pub fn undo(self) -> Driver {
        self.canvas.0.borrow_mut().editor.undo();
        self
    }

    pub fn document(&self) -> Arc<Document> {
        self.canvas.document()
    }

    pub fn at(&self, id: &str) -> Point {
        self.document().node(id).expect("the node is there").at
    }

    pub fn links(&self) -> Vec<String> {
        self.document().links.iter().map(|link| format!("{} {}", link.from, link.to)).collect()
    }

    pub fn selected(&self) -> Vec<String> {
        self.canvas.selection().nodes.into_iter().collect()
    }

    pub fn said(&self) -> Vec<String> {
        self.canvas.0.borrow().said.clone()
    }

    /// What holds after every move: links end at nodes and are allowed, ids are unique, selected is what is there.
    #[track_caller]
    pub fn settle(&self) {
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
