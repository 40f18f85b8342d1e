//! A node's card.

use super::node_status::{self, Level};
use crate::editor::geometry;
use crate::editor::zones::{zone_mark, zones_of_replicas};
use crate::editor::{Command, shown_name};
use crate::kind::Calls;
use crate::kinds;
use crate::model::{Node, Place, Severity, Zone};
use crate::report::snapshot::{NodeNow, ReplicaNow, ReplicaState};
use crate::views::erase::{Gather, effect, live, memo, when};
use crate::views::format;
use crate::views::icons::{icon, tile};
use crate::views::state::{Gesture, Ui};
use leptos::html;
use leptos::prelude::*;

/// The most replicas that are drawn one by one.
const SEGMENTS_MAX: usize = 12;

/// The card of the node of this id.
pub fn node(ui: Ui, id: String) -> impl IntoView {
    let node = ui.node(&id);
    let now = ui.run.node(&id);
    let kind = node.with_untracked(|node| node.as_ref().map(|node| node.kind.clone()).unwrap_or_default());
    let info = kinds::info(&kind);
    let label = info.map_or("Unknown kind", |info| info.label);
    let name =
        memo(move || node.with(|node| node.as_ref().map(|node| shown_name(node).to_owned()).unwrap_or_default()));
    let card = memo(move || node.with(|node| node.as_ref().map(geometry::card).unwrap_or_default()));
    let summary = memo(move || {
        node.with(|node| node.as_ref().map(|node| kinds::summary(&node.kind, &node.params)).unwrap_or_default())
    });
    let replicas = memo(move || node.with(|node| node.as_ref().map_or(1, geometry::replicas)));
    let zones = memo(move || {
        ui.editing.document.with(|document| {
            let of = |node: &Node| zones_of_replicas(document, node, SEGMENTS_MAX);
            let all = node.with(|node| node.as_ref().map(of).unwrap_or_default());
            all.into_iter().map(|zone| zone.map(Zone::shown_name).unwrap_or_default().to_owned()).collect::<Vec<_>>()
        })
    });
    let level = memo(move || now.with(|now| now.as_ref().map(node_status::level).unwrap_or_default()));
    let trouble = ui.trouble(Place::Node(id.clone()));
    let selected = {
        let id = id.clone();
        memo(move || ui.editing.selection.with(|selection| selection.nodes.contains(&id)))
    };
    let target = target_of(ui, id.clone());
    let incoming = {
        let id = id.clone();
        memo(move || ui.editing.document.with(|document| document.links.iter().filter(|link| link.to == id).count()))
    };
    // Spoken names change seldom: not with every number.
    let full_name = memo(move || {
        let now = now.with(|now| now.as_ref().map(coarse));
        node_status::full_name(&name.get(), label, now.as_ref(), incoming.get())
    });
    let line = {
        let kind = kind.clone();
        memo(move || now.with(|now| now.as_ref().map(|now| node_status::line(&kind, now))))
    };
    let used = memo(move || {
        let used = now.with(|now| now.as_ref().and_then(|now| now.utilization)).unwrap_or(0.0);
        (used.clamp(0.0, 1.0) * 100.0).round()
    });
    let waiting = memo(move || now.with(|now| now.as_ref().map_or(0, |now| now.waiting)));
    let lost = memo(move || now.with(|now| now.as_ref().map(losses).unwrap_or_default()));
    let is_queue = kind == "queue";
    let calls = info.is_none_or(|info| info.calls != Calls::None);
    let called = info.is_none_or(|info| info.called);
    let renaming = {
        let id = id.clone();
        memo(move || ui.editing.renaming.read().as_deref() == Some(id.as_str()))
    };
    let rename_id = id.clone();
    let crashed = {
        let place = Place::Node(id.clone());
        memo(move || ui.crashed(&place).is_some())
    };
    let class = move || format!("node kind-{kind} {}", level.get().class());
    view! {
        <div
            class="node-place"
            class:selected=move || selected.get()
            class:target=move || target.get() == Some(true)
            class:refused=move || target.get() == Some(false)
            style:transform=move || format!("translate({}px, {}px)", card.get().x, card.get().y)
        >
            <div
                class=class
                style:height=move || format!("{}px", card.get().h)
                role="graphics-symbol"
                tabindex="0"
                aria-label=move || full_name.get()
                aria-current=move || selected.get().to_string()
                data-testid=format!("node-{id}")
                data-node=id.clone()
                data-kind=node.with_untracked(|node| node.as_ref().map(|node| node.kind.clone()))
            >
                <div class="node-head">
                    {node.with_untracked(|node| node.as_ref().map(|node| tile(&node.kind)))}
                    <span class="node-words">
                        <b title=move || name.get()>{live(move || name.get())}</b>
                        <small>{live(move || summary.get())}</small>
                    </span>
                    {live(move || trouble.get().map(mark))}
                </div>
                <div class="node-line">
                    {live(move || match line.get() {
                        Some(line) => {
                            view! {
                                <b>{line.rate}</b>
                                <span>
                                    {line.label} " " <b>{line.value}</b>
                                </span>
                            }
                                .into_any()
                        }
                        None => view! { <span class="idle">"not run yet"</span> }.into_any(),
                    })}
                </div>
                {when(move || replicas.get() > 1, move || segments(now, replicas, zones).into_any())}
                <div class="node-use">
                    <i style:width=move || format!("{}%", used.get())></i>
                </div>
            </div>
            {when(move || level.get() == Level::Down, move || view! { <span class="down-badge">{icon("close")} {live(move || if crashed.get() { "down" } else { "starting" })}</span> }.into_any())}
            {when(move || !lost.with(Vec::is_empty), move || view! { <span class="losses">
                    {live(move || lost.get().into_iter().map(|(shape, count, what)| {
                        view! {
                            <span class="sign" title=what>
                                {icon(shape)} {format!("{} {what}", format::grouped(count as i64))}
                            </span>
                        }
                    }).gather())}
                </span> }.into_any())}
            {when(move || renaming.get(), move || rename_field(ui, rename_id.clone(), name).into_any())}
            {when(move || !is_queue && waiting.get() > 0, move || waiting_stack(waiting).into_any())}
            {called.then(|| port(id.clone(), "in"))}
            {calls.then(|| port(id.clone(), "out"))}
        </div>
    }
}

/// The numbers, rounded so that the spoken name does not change ten times a second.
fn coarse(now: &NodeNow) -> NodeNow {
    NodeNow {
        utilization: now.utilization.map(|used| (used * 20.0).round() / 20.0),
        waiting: if now.waiting > 20 { now.waiting / 20 * 20 } else { now.waiting / 5 * 5 },
        replicas: now.replicas.clone(),
        ..NodeNow::default()
    }
}

/// While a link is drawn: whether it may end here.
fn target_of(ui: Ui, id: String) -> Memo<Option<bool>> {
    memo(move || match &*ui.viewport.gesture.read() {
        Gesture::Connect { node, backwards, over, .. } if *node != id => {
            if let Some(over) = over.as_ref().filter(|over| over.node == id) {
                return Some(over.refusal.is_none());
            }
            let document = ui.editing.document.read();
            let (from, to) = if *backwards { (&id, node) } else { (node, &id) };
            crate::editor::may_connect(&document, from, to, None).is_ok().then_some(true)
        }
        Gesture::Reconnect { over: Some(over), .. } if over.node == id => Some(over.refusal.is_none()),
        _ => None,
    })
}

fn mark(severity: Severity) -> impl IntoView {
    let (class, words) = match severity {
        Severity::Error => ("mark error", "This has a mistake: see Problems"),
        Severity::Warning => ("mark", "See Problems"),
    };
    view! {
        <span class=class title=words>
            {icon("warning")}
        </span>
    }
}

fn segments(now: Memo<Option<NodeNow>>, replicas: Memo<u64>, zones: Memo<Vec<String>>) -> impl IntoView {
    let shown = memo(move || {
        let live: Vec<Segment> = now.with(|now| {
            now.as_ref().map_or_else(Vec::new, |now| {
                let all = now.replicas.iter().enumerate();
                let there = all.filter(|(_, it)| it.state != ReplicaState::Absent);
                let zone = |at: usize| zones.with(|zones| zones.get(at).cloned().unwrap_or_default());
                there.take(SEGMENTS_MAX).map(|(at, it)| segment(it, zone(at))).collect()
            })
        });
        let calm = |zone: &String| Segment { up: true, zone: zone.clone(), ..Segment::default() };
        if !live.is_empty() {
            return live;
        }
        let mut still: Vec<Segment> = zones.with(|zones| zones.iter().map(calm).collect());
        still.resize((replicas.get() as usize).min(SEGMENTS_MAX), calm(&String::new()));
        still
    });
    let tall = memo(move || shown.with(|shown| shown.iter().any(|it| it.role.is_some() || !it.zone.is_empty())));
    view! {
        <div class="segments" class:roles=move || tall.get()>
            {live(move || {
                shown
                    .get()
                    .into_iter()
                    .map(|it| {
                        let title = it.title();
                        view! {
                            <i class:down=!it.up class:leads=it.role == Some(true) class=format!("busy-{}", it.step) title=title>
                                {it.word()}
                            </i>
                        }
                    })
                    .gather()
            })}
        </div>
    }
}

/// What is drawn of a replica.
#[derive(Clone, Debug, Default, PartialEq)]
struct Segment {
    up: bool,
    /// How busy it is, in five steps from 0 to 4.
    step: u8,
    /// Whether it leads; absent where nobody does.
    role: Option<bool>,
    /// Acknowledged writes that it does not have.
    lacks: u64,
    /// The zone that it stands in by itself; empty where it stands in none.
    zone: String,
}

impl Segment {
    /// The zone's mark; `▲` leads, a follower says how many writes it lacks.
    fn word(&self) -> Option<String> {
        let state = match self.role {
            _ if !self.up => Some("×".to_owned()),
            Some(true) => Some("▲".to_owned()),
            _ if self.lacks > 0 => Some(format!("−{}", format::number(self.lacks as f64))),
            Some(false) => Some("=".to_owned()),
            None => None,
        };
        if self.zone.is_empty() {
            return state.filter(|_| self.role.is_some());
        }
        Some(zone_mark(&self.zone) + state.as_ref().map_or("", |_| " ") + &state.unwrap_or_default())
    }

    fn title(&self) -> String {
        let role = match self.role {
            Some(true) => "Leader",
            Some(false) => "Follower",
            None => "Replica",
        };
        let zone = if self.zone.is_empty() { String::new() } else { format!(" in {}", self.zone) };
        let state = match self.lacks {
            _ if !self.up => ", down".to_owned(),
            0 => String::new(),
            lacks => format!(", without {} acknowledged writes", format::grouped(lacks as i64)),
        };
        format!("{role}{zone}{state}")
    }
}

fn segment(replica: &ReplicaNow, zone: String) -> Segment {
    let step = (replica.busy.clamp(0.0, 1.0) * 4.0).round() as u8;
    Segment { up: replica.up, step, role: replica.leads, lacks: replica.lacks, zone }
}

/// What became of data so far: each with a word, because nobody is told by an error.
fn losses(now: &NodeNow) -> Vec<(&'static str, u64, &'static str)> {
    let counts = [
        ("clock", now.stale_reads, "stale reads"),
        ("gone", now.lost_writes, "lost writes"),
        ("retry", now.conflicting_writes, "conflicting writes"),
        ("undo", now.redelivered, "redelivered"),
        ("trash", now.dead_letters.unwrap_or(0), "dead letters"),
    ];
    counts.into_iter().filter(|(_, count, _)| *count > 0).collect()
}

fn waiting_stack(waiting: Memo<u64>) -> impl IntoView {
    let bars = memo(move || node_status::stack(waiting.get()));
    view! {
        <span class="stack" aria-hidden="true">
            {live(move || (0..bars.get()).map(|_| view! { <i></i> }).gather())}
        </span>
        <span class="badge">{live(move || format!("{} waiting", format::grouped(waiting.get() as i64)))}</span>
    }
}

fn port(id: String, which: &'static str) -> impl IntoView {
    view! {
        <span
            class=format!("port {which}")
            data-testid=format!("port-{which}-{id}")
            data-port=which
            data-of=id
            title=if which == "out" { "Pull a link to what this calls" } else { "Pull a link from what calls this" }
        ></span>
    }
}

fn rename_field(ui: Ui, id: String, name: Memo<String>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(field) = field.get() {
            // After the press that opened it has given its focus away.
            request_animation_frame(move || {
                let _ = field.focus();
                field.select();
            });
        }
    });
    let done = move |keep: bool| {
        // Taking the field away blurs it, which would come here a second time.
        if ui.editing.renaming.get_untracked().is_none() {
            return;
        }
        let typed = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        ui.editing.renaming.set(None);
        if keep && typed.trim() != name.get_untracked() {
            ui.edit(Command::Rename { node: id.clone(), name: typed.trim().to_owned() });
        }
    };
    let blurred = done.clone();
    view! {
        <input
            class="rename overlay"
            type="text"
            maxlength="80"
            aria-label="Name"
            prop:value=name.get_untracked()
            node_ref=field
            on:blur=move |_| blurred(true)
            on:keydown=move |event| {
                match event.key().as_str() {
                    "Enter" => done(true),
                    "Escape" => done(false),
                    _ => return,
                }
                event.prevent_default();
                event.stop_propagation();
            }
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_says_what_it_is_and_what_it_lacks() {
        let zoned = |up, leads, lacks, zone: &str| {
            segment(&ReplicaNow { up, leads, lacks, busy: 0.6, ..ReplicaNow::default() }, zone.to_owned())
        };
        let of = |up, leads, lacks| zoned(up, leads, lacks, "");
        let leader = of(true, Some(true), 0);
        assert_eq!((leader.step, leader.word().as_deref(), leader.title().as_str()), (2, Some("▲"), "Leader"));
        assert_eq!(of(true, Some(false), 0).word().as_deref(), Some("="));
        let behind = of(true, Some(false), 1234);
        assert_eq!(behind.title(), "Follower, without 1\u{202f}234 acknowledged writes");
        assert_eq!(of(false, Some(false), 9).title(), "Follower, down");
        assert_eq!(of(true, None, 0).word(), None);
        assert_eq!(zoned(true, Some(true), 0, "Zone A").word().as_deref(), Some("A ▲"));
        let down = zoned(false, None, 0, "Zone A");
        assert_eq!((down.word().as_deref(), down.title().as_str()), (Some("A ×"), "Replica in Zone A, down"));
    }

    #[test]
    fn lost_data_is_named() {
        let now =
            NodeNow { stale_reads: 3, dead_letters: Some(0), lost_writes: 1, redelivered: 2, ..NodeNow::default() };
        assert_eq!(
            losses(&now).iter().map(|it| (it.1, it.2)).collect::<Vec<_>>(),
            [(3, "stale reads"), (1, "lost writes"), (2, "redelivered")]
        );
    }
}
