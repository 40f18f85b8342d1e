//! Random commands: what always holds of a document, and undo to the start and redo to the end.

use super::assert_consistent;
use crate::samples::any_document;
use headroom::codec;
use headroom::editor::{Command, Editor, End, Selection};
use headroom::kinds;
use headroom::model::{Document, Fault, Place};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A command in terms of numbers, which [`concrete`] turns into one about what is there.
type Dice = (u8, usize, usize, i16, Value);

fn any_dice() -> impl Strategy<Value = Dice> {
    let value =
        prop_oneof![Just(json!(null)), Just(json!("closed")), (0..50i32).prop_map(|n| json!(n)), Just(json!({}))];
    (0u8..24, 0usize..64, 0usize..64, any::<i16>(), value)
}

fn concrete(document: &Document, (what, a, b, x, value): &Dice) -> Command {
    let node = |n: usize| match document.nodes.len() {
        0 => "none".to_owned(),
        len => document.nodes[n % len].id.clone(),
    };
    let link = |n: usize| match document.links.len() {
        0 => "none".to_owned(),
        len => document.links[n % len].id.clone(),
    };
    let some = || Selection { nodes: [node(*a), node(*b)].into(), links: [link(*b)].into() };
    let at = [f64::from(*x), f64::from(*x) / 2.0];
    let kinds = kinds::all();
    match what {
        0..=3 => Command::AddNode { kind: kinds[a % kinds.len()].id.into(), at },
        4..=7 => Command::Connect { from: node(*a), to: node(*b) },
        8 => Command::MoveBy { nodes: vec![node(*a), node(*b)], by: at },
        9 => Command::Remove(some()),
        10 => Command::Remove(Selection::link(link(*a))),
        11 => Command::Duplicate(some()),
        12 => Command::Rename { node: node(*a), name: format!("N{x}") },
        13 => {
            let paths = ["replicas", "arrivals.process", "operations.0.weight", "service.mean_ms", "odd.path"];
            let value = (x % 3 != 0).then(|| value.clone());
            Command::SetParam { place: Place::Node(node(*a)), path: paths[b % paths.len()].into(), value }
        }
        14 => Command::Reconnect { link: link(*a), end: if x % 2 == 0 { End::From } else { End::To }, node: node(*b) },
        15 => Command::SplitLink { link: link(*a), node: node(*b) },
        16 | 17 => {
            let params = match x.rem_euclid(4) {
                0 => json!({"target": node(*a)}),
                1 if document.zones.is_empty() => json!({"target": format!("{}#{b}", node(*a))}),
                1 => json!({"target": document.zones[b % document.zones.len()].id}),
                2 if !document.links.is_empty() => json!({"links": [link(*a), link(*b)]}),
                _ => json!({"between": [[node(*a)], [node(*b)]]}),
            };
            let params = if document.nodes.is_empty() { json!({}) } else { params };
            let params = params.as_object().unwrap().clone();
            Command::AddFault(Fault { fault: "crash".into(), start_s: 1.0, duration_s: None, params })
        }
        20 => Command::AddZone([node(*a), node(*b)].into()),
        21 => Command::SpreadOverZones(node(*a)),
        22 if !document.zones.is_empty() => Command::RemoveZone(document.zones[a % document.zones.len()].id.clone()),
        18 => Command::SetFaultDuration { index: *a % 4, duration_s: Some(f64::from(*x)) },
        _ => Command::RemoveFault(*a % 4),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done: drawings stay consistent, what was drawn can be opened, and undo and
    /// redo lead to both ends.
    #[test]
    fn any_commands_keep_the_invariants_of_the_document(start in any_document(), dice in prop::collection::vec(any_dice(), 1..60)) {
        let mut editor = Editor::new(start.clone());
        let mut gesture = false;
        for (step, dice) in dice.iter().enumerate() {
            if step % 7 == 3 && !gesture {
                editor.begin();
                gesture = true;
            } else if step % 7 == 6 && gesture {
                if step % 2 == 0 { editor.commit() } else { editor.cancel() }
                gesture = false;
            }
            let command = concrete(editor.document(), dice);
            let before = editor.document().clone();
            if let Err(refusal) = editor.apply(command) {
                prop_assert_eq!(editor.document(), &before);
                prop_assert!(refusal.ends_with('.'), "{}", refusal);
            }
            assert_consistent(editor.document());
        }
        editor.commit();
        let end = editor.document().clone();
        let (reopened, notes) = codec::open(&codec::save(&end)).unwrap();
        prop_assert_eq!(&reopened, &*end);
        prop_assert_eq!(notes, vec![]);
        while editor.undo() {
            assert_consistent(editor.document());
        }
        prop_assert_eq!(&**editor.document(), &start);
        while editor.redo() {}
        prop_assert_eq!(editor.document(), &end);
    }
}
