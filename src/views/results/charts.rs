//! The charts, below the timeline and with its time axis.

use super::chosen::{self, ChartChoice};
use super::plan::{self, Curve, Plan, Shape, Subject};
use super::uplot::{self, Annotations, Chart, Look};
use crate::editor::shown_name;
use crate::record::series::{Column, RunSeries};
use crate::views::icons::icon;
use crate::views::run::PreviousRun;
use crate::views::state::{Tab, Ui, seconds_words};
use crate::views::theme::{color, forced_colors, forced_ground};
use crate::views::timeline::{ActionList, Timeline, shaded};
use js_sys::Array;
use leptos::html;
use leptos::prelude::*;
use leptos_use_resize_observer::use_resize_observer;
use std::sync::Arc;
use wasm_bindgen::JsValue;

/// The charts of a tab, below the timeline. `hover` is the index of the bin under the pointer, in all of them.
#[component]
pub fn Charts(ui: Ui, tab: Tab) -> impl IntoView {
    let hover = RwSignal::new(None::<usize>);
    let is_selected = Memo::new(move |_| !ui.editing.selection.read().nodes.is_empty());
    let show = move |plan: Plan| view! { <ChartFigure ui plan=Arc::new(plan) hover /> };
    view! {
        <Timeline ui>
            {match tab {
                Tab::Failures => (show(plan::failures()), show(plan::load())).into_any(),
                Tab::Node => {
                    view! {
                        <Show
                            when=move || is_selected.get()
                            fallback=|| {
                                view! {
                                    <p class="quiet pad">
                                        "Select a node to see how busy it was and how many requests waited there."
                                    </p>
                                }
                            }
                        >
                            {show(plan::utilization())}
                            {show(plan::waiting())}
                        </Show>
                    }
                        .into_any()
                }
                _ => {
                    view! {
                        {show(plan::latency())}
                        {show(plan::throughput())}
                        <ChosenCharts ui hover />
                    }
                        .into_any()
                }
            }}
        </Timeline>
    }
}

/// The charts that fit the diagram and those that the user has added, in this order; each can be taken away.
#[component]
fn ChosenCharts(ui: Ui, hover: RwSignal<Option<usize>>) -> impl IntoView {
    let shown = Memo::new(move |_| chosen::shown(&ui.editing.document.read(), &ui.panels.preferences.read().charts));
    let chart = move |choice: ChartChoice| {
        let number = ui.editing.document.with_untracked(|document| choice.number(document))?;
        let close = choice.clone();
        let take_away = move || {
            ui.panels.prefer(|preferences| preferences.charts.take_away(&close));
        };
        Some(view! {
            <ChartFigure
                ui
                plan=Arc::new(plan::chosen(&choice, &number))
                hover
                on_close=Callback::new(move |()| take_away())
            />
        })
    };
    view! {
        <For each=move || shown.get() key=Clone::clone let:choice>
            {chart(choice)}
        </For>
    }
}

/// Puts any number of the time series on a chart.
#[component]
pub fn ChartTool(ui: Ui) -> impl IntoView {
    // Made anew when nodes come and go or are renamed, and not while they move.
    let choices = Memo::new(move |_| {
        ui.editing.names.track();
        ui.editing.document.with_untracked(|document| chosen::all(document))
    });
    view! {
        <ActionList
            class="chart-list"
            name=|| "+ Chart".to_owned()
            label="Add a chart"
            testid="add-chart"
            choices
            on_choose=move |id: String| {
                if let Some(choice) = ChartChoice::read(&id) {
                    ui.panels.prefer(|preferences| preferences.charts.add(choice.clone()));
                    ui.panels.tab.set(Tab::Charts);
                }
            }
        />
    }
}

/// One chart with its title and its legend.
#[component]
fn ChartFigure(
    ui: Ui,
    plan: Arc<Plan>,
    hover: RwSignal<Option<usize>>,
    #[prop(optional)] on_close: Option<Callback<()>>,
) -> impl IntoView {
    let plan = StoredValue::new(plan);
    let target = NodeRef::<html::Div>::new();
    // The node's id, and its index in the document that runs.
    let id = Memo::new(move |_| match &plan.read_value().subject {
        Subject::Run => None,
        Subject::Node(id) => Some(id.clone()),
        Subject::Selected => ui.editing.selection.read().nodes.first().cloned(),
    });
    let node = Memo::new(move |_| {
        let loaded = ui.run.loaded.read();
        let loaded = loaded.as_ref()?;
        id.with(|id| loaded.nodes.iter().position(|node| Some(&node.id) == id.as_ref()))
    });
    let title = move || {
        let document = ui.editing.document.read();
        let plan = plan.read_value();
        match id.with(|id| document.node(id.as_deref()?).map(|node| shown_name(node).to_owned())) {
            Some(name) => format!("{name}: {}", plan.title.to_lowercase()),
            None => plan.title.to_owned(),
        }
    };
    let view = ChartView { ui, plan, id, node };
    view.draw(target, hover);
    // The bin whose values the legend says: under the pointer, where a finding points, or the latest.
    let bin = Memo::new(move |_| {
        let series = ui.run.series.read();
        let marked = ui.panels.mark.get().map(|(from, _)| series.at(from));
        hover.get().or(marked).or_else(|| series.len().checked_sub(1))
    });
    let said = move |column: Column| column.get(bin.get()?).copied().flatten().map(plan.read_value().say);
    let legend = move |index: usize| {
        let value = Memo::new(move |_| {
            let plan = plan.read_value();
            said(plan::values(&plan, &plan.curves[index], &ui.run.series.read(), node.get().unwrap_or(usize::MAX)))
        });
        let plan = plan.read_value();
        let Curve { name, color, mark, .. } = plan.curves[index];
        let kind = if plan.shape == Shape::Stacked { "area" } else { "line" };
        view! {
            <span>
                <i class=format!("legend-key {kind} {}", mark.class()) style=("--c", format!("var({color})"))></i>
                {name}
                <b>{move || value.get()}</b>
            </span>
        }
    };
    let previous_name = move || {
        let plan = plan.read_value();
        format!("{} of the run before this one", plan.curves[plan.compared].name)
    };
    let previous_value = move || said(view.compared());
    let moment = move || {
        let series = ui.run.series.read();
        let to_s = *series.time_s.get(bin.get()?)?;
        let from_s = bin.get()?.checked_sub(1).and_then(|before| series.time_s.get(before)).copied().unwrap_or(0.0);
        Some(seconds_words((from_s, to_s)))
    };
    let (testid, label, count) = plan.with_value(|plan| (plan.testid.clone(), plan.title, plan.curves.len()));
    view! {
        <figure class="chart" data-testid=testid aria-label=label>
            <figcaption>
                <b>{title}</b>
                <span class="legend">
                    {(0..count).map(legend).collect_view()} <Show when=move || ui.run.previous.get().is_some()>
                        <span class="previous" data-testid="previous-run" title=previous_name>
                            <i class="legend-key line" style=("--c", "var(--previous)")></i>
                            "previous run"
                            <b>{previous_value}</b>
                        </span>
                    </Show>
                </span>
                <small class="moment" title="The values beside the names are of these seconds">
                    {moment}
                </small>
                {on_close
                    .map(|on_close| {
                        view! {
                            <button
                                class="button icon-only close-chart"
                                aria-label="Take the chart away"
                                title="Take the chart away"
                                on:click=move |_| on_close.run(())
                            >
                                {icon("close")}
                            </button>
                        }
                    })}
            </figcaption>
            <div class="plot" node_ref=target></div>
            <Show when=|| !uplot::is_loaded()>
                <p class="quiet">"The chart script is missing: the Table tab has the numbers."</p>
            </Show>
        </figure>
    }
}

/// What a chart on the page needs to be drawn.
#[derive(Clone, Copy)]
struct ChartView {
    ui: Ui,
    plan: StoredValue<Arc<Plan>>,
    /// The id of the node that it is of.
    id: Memo<Option<String>>,
    /// That node's index in the document that runs.
    node: Memo<Option<usize>>,
}

impl ChartView {
    /// The compared curve of the previous run.
    fn compared(self) -> Column {
        let previous = self.ui.run.previous.get();
        let series = self.ui.run.series.read();
        self.id.with(|id| plan::previous_values(&self.plan.read_value(), &series, previous.as_deref(), id.as_deref()))
    }

    /// The data now, with the previous run.
    fn data(self) -> Array {
        let compared = self.compared();
        let previous: Option<Arc<PreviousRun>> = self.ui.run.previous.get();
        let series = self.ui.run.series.read();
        let previous_s = previous.as_ref().map_or(&[][..], |previous| &previous.series.time_s);
        let node = self.node.get().unwrap_or(usize::MAX);
        data(&self.plan.read_value(), &series, node, &compared, previous_s)
    }

    /// Keeps the chart in the target up to date: its data, its marks, its colors and its size. However much changes,
    /// it is drawn once a frame.
    fn draw(self, target: NodeRef<html::Div>, hover: RwSignal<Option<usize>>) {
        let ChartView { ui, plan, .. } = self;
        let chart = StoredValue::new_local(None::<Chart>);
        let is_due = StoredValue::new(false);
        let with_chart = move |act: &dyn Fn(&Chart)| {
            chart.try_with_value(|chart| chart.as_ref().map(act));
        };
        // Built again when the colors change, and the size of the words.
        Effect::new(move |_| {
            ui.panels.theme.track();
            ui.panels.theme_changes.track();
            let text_px = if ui.panels.presenting.get() { 14 } else { 12 };
            let Some(element) = target.get() else { return };
            if !uplot::is_loaded() {
                return;
            }
            let build = move || {
                if chart.try_update_value(|chart| *chart = None).is_none() {
                    // The tab was left meanwhile.
                    return;
                }
                let pointed = move |index: Option<usize>| {
                    if hover.try_get_untracked().is_some_and(|now| now != index) {
                        hover.set(index);
                    }
                };
                let built = Chart::new(
                    &element,
                    look(&plan.read_value(), text_px),
                    &untrack(|| self.data()),
                    move || Annotations { shaded: shaded(ui), interval: ui.panels.mark.get_untracked() },
                    move || ui.time.range.get_untracked(),
                    pointed,
                );
                chart.set_value(Some(built));
            };
            if ui.panels.printing.get_untracked() {
                // There is no frame before the sheet is drawn.
                build();
            } else {
                // The theme is on the page only after this turn of the effects.
                request_animation_frame(build);
            }
        });
        let marks = Memo::new(move |_| ui.editing.document.with(|document| document.faults.clone()));
        Effect::new(move |_| {
            ui.run.series.track();
            ui.run.previous.track();
            self.node.track();
            ui.time.range.track();
            marks.track();
            ui.panels.mark.track();
            if is_due.get_value() {
                return;
            }
            is_due.set_value(true);
            request_animation_frame(move || {
                if is_due.try_update_value(|is_due| *is_due = false).is_some() {
                    with_chart(&|chart| chart.show(&untrack(|| self.data())));
                }
            });
        });
        let _ = use_resize_observer(target, move |_, _| {
            let Some(element) = target.get_untracked() else { return };
            let (width, height) = (element.client_width(), element.client_height());
            if width > 0 && height > 0 {
                with_chart(&|chart| chart.resize(f64::from(width), f64::from(height)));
            }
        });
    }
}

/// The data of a chart: times, and then its curves and the previous run in the order of [`look`].
fn data(plan: &Plan, series: &RunSeries, node: usize, previous: &[Option<f64>], previous_s: &[f64]) -> Array {
    let out = Array::new();
    let list = |values: &[Option<f64>]| -> Array {
        values.iter().map(|value| value.map_or(JsValue::NULL, JsValue::from)).collect()
    };
    let times = if previous.len() > series.len() { previous_s } else { &series.time_s };
    out.push(&times.iter().map(|time| JsValue::from(*time)).collect::<Array>());
    let values: Vec<Column> = plan.curves.iter().map(|curve| plan::values(plan, curve, series, node)).collect();
    if plan.shape == Shape::Stacked {
        // The highest first: the lower ones are painted over it.
        for values in plan::stack(values).iter().rev() {
            out.push(&list(values));
        }
        out.push(&list(previous));
    } else {
        out.push(&list(previous));
        for values in &values {
            out.push(&list(values));
        }
    }
    out
}

/// How a chart looks with the colors of the page now. With forced colors all curves have that of text, and areas are
/// distinguished by their patterns.
fn look(plan: &Plan, text_px: u32) -> Look {
    let forced = forced_colors();
    let is_stacked = plan.shape == Shape::Stacked;
    let ground = if forced { forced_ground() } else { color("--surface") };
    let curve = |curve: &Curve| {
        let stroke = color(curve.color);
        // What failed is never distinguished by its color alone.
        let has_pattern = forced || curve.color == "--bad";
        let fill = match has_pattern {
            _ if !is_stacked => None,
            true => Some(uplot::pattern(&stroke, &ground, curve.mark)),
            false => Some(JsValue::from(&stroke)),
        };
        let dash = if is_stacked { &[][..] } else { curve.mark.dash() };
        // Between bands of colors an unbroken line is clear enough.
        let dash = if plan.shape == Shape::Bands && !forced && curve.color == "--plum" { &[][..] } else { dash };
        uplot::Curve { stroke, fill, width: if is_stacked && !forced { 0.5 } else { 2.0 }, dash }
    };
    let mut curves: Vec<uplot::Curve> = plan.curves.iter().map(curve).collect();
    if is_stacked {
        curves.reverse();
    }
    // Behind the others, unless these are filled and would hide it.
    let previous = uplot::Curve {
        stroke: color("--previous"),
        fill: None,
        width: 1.5,
        dash: if forced { &[1.0, 4.0] } else { &[] },
    };
    let at = if is_stacked { curves.len() } else { 0 };
    curves.insert(at, previous);
    let bands = if plan.shape == Shape::Bands && !forced {
        // The curves are the second, third and fourth of the data: the first is the previous run.
        vec![(4, 3, color("--band-high")), (3, 2, color("--band-low"))]
    } else {
        Vec::new()
    };
    let shade = color("--shade");
    Look {
        curves,
        bands,
        log: plan.log,
        label: plan.label,
        text: color("--muted"),
        text_px,
        grid: color("--line"),
        shade: if forced { uplot::sparse_pattern(&shade) } else { shade.into() },
        mark: color("--accent"),
    }
}
