//! The dots that move along the links: a sample of the requests, drawn on one canvas.
//!
//! Each dot stands for the same number of requests on every link, which the page says. Each frame is one path for
//! requests that succeed and one for those that fail.

use crate::editor::geometry::{Curve, Point};
use crate::views::state::{Ui, now_ms};
use crate::views::{format, theme};
use leptos::html;
use leptos::prelude::*;
use leptos_use_media_query::use_media_query;
use std::f64::consts::TAU;
use wasm_bindgen::JsCast;

/// The most dots in a frame.
const DOTS_MAX: usize = 1000;
/// How fast a dot moves, world pixels a second.
const PACE: f64 = 95.0;
/// How far apart the dots of the busiest link are, world pixels.
const SPACING: [f64; 2] = [15.0, 60.0];

/// The dots of one link.
struct Stream {
    /// The link's index in the run.
    link: usize,
    curve: Curve,
    length: f64,
    /// How far apart they are, world pixels.
    spacing: f64,
    /// Share of the requests that fail, 0 to 1.
    failing: f64,
}

/// The dots of all links.
#[derive(Default)]
struct Flow {
    streams: Vec<Stream>,
    /// How many requests a dot stands for.
    requests: f64,
}

/// The frames of the dots.
#[derive(Clone, Copy)]
struct Frames {
    ui: Ui,
    surface: NodeRef<html::Canvas>,
    flow: Memo<Flow>,
    /// How many dots have set out on each link, by its index in the run.
    sent: StoredValue<Vec<f64>>,
    /// When dots moved last, milliseconds.
    last_ms: StoredValue<f64>,
    /// Colors of requests that succeed and of those that fail.
    colors: StoredValue<(String, String)>,
    /// Whether a next frame is requested.
    ticking: StoredValue<bool>,
}

/// The canvas of the dots.
#[component]
pub fn Dots(ui: Ui) -> impl IntoView {
    let frames = Frames {
        ui,
        surface: NodeRef::new(),
        flow: Memo::new_with_compare(move |before| flow(ui, before), |_, _| true),
        sent: StoredValue::new(Vec::new()),
        last_ms: StoredValue::new(0.0),
        colors: StoredValue::new((String::new(), String::new())),
        ticking: StoredValue::new(false),
    };
    Effect::new(move |_| {
        ui.panels.theme.track();
        ui.panels.theme_changes.track();
        frames.colors.set_value((theme::color("--ok"), theme::color("--bad")));
    });
    // While the run is paused, a frame only when something looks different.
    Effect::new(move |_| {
        ui.viewport.camera.track();
        ui.viewport.size.track();
        frames.flow.track();
        ui.panels.theme.track();
        if !ui.run.playing.get_untracked() {
            frames.draw();
        }
    });
    Effect::new(move |_| {
        if ui.run.playing.get() && !theme::reduced_motion() && !frames.ticking.get_value() {
            frames.ticking.set_value(true);
            frames.last_ms.set_value(now_ms());
            frames.tick();
        }
    });
    let requests = Memo::new(move |_| frames.flow.with(|flow| flow.requests));
    let is_still = use_media_query("(prefers-reduced-motion: reduce)");
    let is_shown = move || ui.run.playing.get() && requests.get() > 0.0 && !is_still.get();
    view! {
        <canvas class="dots" aria-hidden="true" node_ref=frames.surface></canvas>
        <Show when=is_shown>
            <span class="sample">
                {move || format!("1 dot = {}", format::counted(requests.get() as usize, "request"))}
            </span>
        </Show>
    }
}

impl Frames {
    fn draw(self) {
        let Some(surface) = self.surface.get_untracked() else { return };
        self.flow.with_untracked(|flow| {
            self.sent.with_value(|sent| paint(self.ui, &surface, &flow.streams, sent, &self.colors.get_value()));
        });
    }

    /// Draws the next frame, and so on while the run plays.
    fn tick(self) {
        request_animation_frame(move || {
            let run = self.ui.run;
            if !run.playing.get_untracked() {
                return self.ticking.set_value(false);
            }
            let now = now_ms();
            let passed_s = ((now - self.last_ms.get_value()) / 1000.0).clamp(0.0, 0.1);
            self.last_ms.set_value(now);
            let pace = PACE * pace(run.speed.get_untracked());
            self.sent.update_value(|sent| {
                self.flow.with_untracked(|flow| {
                    for stream in &flow.streams {
                        if sent.len() <= stream.link {
                            sent.resize(stream.link + 1, 0.0);
                        }
                        sent[stream.link] += passed_s * pace / stream.spacing;
                    }
                });
            });
            self.draw();
            self.tick();
        });
    }
}

/// How fast dots move beside the usual. Slow motion is shown as such; a fast run is not: its dots would only flicker.
fn pace(speed: Option<f64>) -> f64 {
    speed.map_or(1.8, |speed| speed.sqrt().clamp(0.35, 1.8))
}

/// The next of 1, 2, 5, 10, 20, 50 and so on.
fn round_up(number: f64) -> f64 {
    let mut unit = 1.0;
    loop {
        if let Some(round) = [1.0, 2.0, 5.0].into_iter().map(|each| each * unit).find(|round| *round >= number) {
            return round;
        }
        unit *= 10.0;
    }
}

/// How many requests a dot stands for: so many that the dots of the busiest link, with this rate for each real
/// second, are neither too near to each other nor too far apart. It stays what it was while that is so.
fn requests_of_a_dot(rate: f64, pixels_a_second: f64, before: f64) -> f64 {
    let spacing = |requests: f64| pixels_a_second * requests / rate;
    if before > 0.0 && (SPACING[0]..=SPACING[1]).contains(&spacing(before)) {
        return before;
    }
    round_up(rate * SPACING[0] / pixels_a_second)
}

fn flow(ui: Ui, before: Option<&Flow>) -> Flow {
    let routes = ui.editing.routes.read();
    let snapshot = ui.run.snapshot.read();
    let loaded = ui.run.loaded.read();
    let (Some(snapshot), Some(loaded)) = (snapshot.as_ref(), loaded.as_ref()) else { return Flow::default() };
    let speed = ui.run.speed.get();
    let pixels_a_second = PACE * pace(speed);
    let real = speed.unwrap_or(snapshot.speed).max(1e-3);
    let busiest = snapshot.links.iter().map(|now| now.rate_rps() * real).fold(0.0, f64::max);
    if busiest <= 0.0 {
        return Flow::default();
    }
    let mut requests = requests_of_a_dot(busiest, pixels_a_second, before.map_or(0.0, |flow| flow.requests));
    let streams = |requests: f64| -> Vec<Stream> {
        let links = loaded.links.iter().zip(&snapshot.links).enumerate().filter(|(_, (_, now))| now.rate_rps() > 0.0);
        links
            .filter_map(|(link, (drawn, now))| {
                let curve = *routes.get(&drawn.id)?;
                let length = curve.length().max(1.0);
                // In steps, so that dots do not tremble with every little change of the rate.
                let spacing = pixels_a_second * requests / (now.rate_rps() * real);
                let spacing = libm::exp2((libm::log2(spacing) * 6.0).round() / 6.0);
                let failing = (now.failed_rps() / now.rate_rps()).clamp(0.0, 1.0);
                Some(Stream { link, curve, length, spacing, failing })
            })
            .collect()
    };
    let mut all = streams(requests);
    while all.iter().map(|stream| stream.length / stream.spacing).sum::<f64>() > DOTS_MAX as f64 {
        requests = round_up(requests * 1.5);
        all = streams(requests);
    }
    Flow { streams: all, requests }
}

fn paint(ui: Ui, surface: &web_sys::HtmlCanvasElement, streams: &[Stream], sent: &[f64], colors: &(String, String)) {
    let [w, h] = ui.viewport.size.get_untracked();
    let view = ui.viewport.camera.get_untracked();
    let ratio = window().device_pixel_ratio().clamp(1.0, 2.0);
    let (pixels_w, pixels_h) = ((w * ratio) as u32, (h * ratio) as u32);
    if surface.width() != pixels_w || surface.height() != pixels_h {
        surface.set_width(pixels_w);
        surface.set_height(pixels_h);
    }
    let Some(context) = surface.get_context("2d").ok().flatten() else { return };
    let context: web_sys::CanvasRenderingContext2d = context.unchecked_into();
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, w, h);
    if theme::reduced_motion() {
        return;
    }
    let radius = (3.2 * view.zoom).clamp(1.6, 5.0);
    let mut failing = Vec::new();
    context.begin_path();
    for stream in streams {
        let sent = sent.get(stream.link).copied().unwrap_or(0.0);
        let dots = (stream.length / stream.spacing) as usize + 1;
        for index in 0..dots {
            // The dot that set out last is the nearest to the start.
            let along = (sent.fract() + index as f64) * stream.spacing / stream.length;
            if along > 1.0 {
                break;
            }
            let [x, y] = view.to_screen(stream.curve.point_at(along));
            if x < -9.0 || y < -9.0 || x > w + 9.0 || y > h + 9.0 {
                continue;
            }
            // Which dots fail is spread evenly over them, by multiples of the golden ratio.
            let rank = ((sent.floor() - index as f64) * 0.618_034).rem_euclid(1.0);
            if rank < stream.failing {
                failing.push([x, y]);
            } else {
                context.move_to(x + radius, y);
                // An arc of a positive radius cannot fail.
                let _ = context.arc(x, y, radius, 0.0, TAU);
            }
        }
    }
    context.set_fill_style_str(&colors.0);
    context.fill();
    if !failing.is_empty() {
        context.begin_path();
        failing.into_iter().for_each(|at| cross(&context, at, radius));
        context.set_stroke_style_str(&colors.1);
        context.set_line_width(radius * 0.6);
        context.stroke();
    }
}

fn cross(context: &web_sys::CanvasRenderingContext2d, [x, y]: Point, r: f64) {
    context.move_to(x - r, y - r);
    context.line_to(x + r, y + r);
    context.move_to(x - r, y + r);
    context.line_to(x + r, y - r);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_stands_for_so_many_requests_that_dots_do_not_touch() {
        assert_eq!([0.3, 1.0, 1.2, 7.0, 20.0, 21.0].map(round_up), [1.0, 1.0, 2.0, 10.0, 20.0, 50.0]);
        for rate in [0.5, 30.0, 240.0, 9000.0, 1e6] {
            let requests = requests_of_a_dot(rate, PACE, 0.0);
            assert!(PACE * requests / rate >= SPACING[0], "{rate}");
            assert!(requests == 1.0 || PACE * requests / rate <= SPACING[1], "{rate}");
            assert_eq!(
                requests_of_a_dot(rate * 1.1, PACE, requests.max(rate * 20.0 / PACE)),
                requests.max(rate * 20.0 / PACE)
            );
        }
    }
}
