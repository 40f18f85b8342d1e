//! The same numbers in rows, for those who read rather than look.

use crate::editor::shown_name;
use crate::views::canvas::node_status;
use crate::views::erase::{Gather, each, live, memo};
use crate::views::format;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The most rows of the time series, the latest first.
const ROWS_MAX: usize = 120;

/// Nodes as they are, and the time series.
pub fn table(ui: Ui) -> impl IntoView {
    view! { <div class="tables">{nodes(ui)} {series(ui)}</div> }
}

fn nodes(ui: Ui) -> impl IntoView {
    let ids =
        memo(move || ui.editing.document.with(|d| d.nodes.iter().map(|node| node.id.clone()).collect::<Vec<_>>()));
    let row = move |id: String| {
        let node = ui.node(&id);
        let now = ui.run.node(&id);
        let cells = memo(move || {
            now.with(|now| match now {
                None => vec!["–".to_owned(); 5],
                Some(now) => vec![
                    format::rate(now.rate_rps),
                    now.utilization.map_or_else(|| "–".to_owned(), |used| format!("{} %", format::percent(used))),
                    format::grouped(now.waiting as i64),
                    format::ms(now.response_ms),
                    format::rate(now.failed_rps),
                ],
            })
        });
        let state =
            memo(move || now.with(|now| now.as_ref().map(|now| node_status::level(now).words()).unwrap_or_default()));
        view! {
            <tr>
                <th scope="row">
                    {live(move || node.with(|node| node.as_ref().map(|node| shown_name(node).to_owned())))}
                    <small>{live(move || state.get())}</small>
                </th>
                {live(move || cells.get().into_iter().map(|cell| view! { <td>{cell}</td> }).gather())}
            </tr>
        }
    };
    view! {
        <table>
            <caption>"Nodes, over the last second"</caption>
            <thead>
                <tr>
                    <th scope="col">"Node"</th>
                    <th scope="col">"Rate"</th>
                    <th scope="col">"Utilisation"</th>
                    <th scope="col">"Waiting"</th>
                    <th scope="col">"Mean response"</th>
                    <th scope="col">"Failed"</th>
                </tr>
            </thead>
            <tbody>
                {each(ids, move |id| row(id).into_any())}
            </tbody>
        </table>
    }
}

fn series(ui: Ui) -> impl IntoView {
    let rows = move || {
        let series = ui.run.series.read();
        let bins = &series.0;
        let pick =
            |values: &[f64], at: usize| values.get(at).map_or_else(|| "–".to_owned(), |value| format::number(*value));
        let span = |values: &[Option<f64>], at: usize| format::ms(values.get(at).copied().flatten());
        let row = |at: usize| {
            view! {
                <tr>
                    <th scope="row">{format!("{} s", format::exact(bins.time_s[at]))}</th>
                    <td>{pick(&bins.throughput_rps, at)}</td>
                    <td>{pick(&bins.failed_rps, at)}</td>
                    <td>{pick(&bins.retries_rps, at)}</td>
                    <td>{span(&bins.p50_ms, at)}</td>
                    <td>{span(&bins.p90_ms, at)}</td>
                    <td>{span(&bins.p99_ms, at)}</td>
                </tr>
            }
        };
        (0..series.len()).rev().take(ROWS_MAX).map(row).gather()
    };
    view! {
        <table>
            <caption>"Over time, the latest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Until"</th>
                    <th scope="col">"Good /s"</th>
                    <th scope="col">"Failed /s"</th>
                    <th scope="col">"Retries /s"</th>
                    <th scope="col">"p50"</th>
                    <th scope="col">"p90"</th>
                    <th scope="col">"p99"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
