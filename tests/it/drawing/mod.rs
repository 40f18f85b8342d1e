//! Drawing with the pointer: presses, drags and releases on a canvas without a browser, and what must hold whatever is
//! drawn.

mod driver;
mod random;

use crate::samples::document;
use driver::Driver;
use headroom::editor::Selection;
use headroom::editor::geometry::{CARD_WIDTH, Camera, PORT_Y, Point, card};
use headroom::editor::pointer::{Hit, Preview, Surface};
use headroom::model::Document;
use serde_json::json;

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
