//! The dots that move along the links: a sample of the requests, drawn on one canvas.
//!
//! A dot has no state: where it is follows from how long the run has been moving. Each frame is
//! one path for requests that succeed and one for those that fail.

use super::node_status;
use crate::editor::geometry::{Curve, Point};
use crate::views::state::{Ui, now_ms};
use crate::views::theme;
use leptos::html;
use leptos::prelude::*;
use std::f64::consts::TAU;
use wasm_bindgen::JsCast;

/// The most dots in a frame.
const DOTS_MAX: usize = 1000;
/// How fast a dot moves, world pixels a second.
const PACE: f64 = 95.0;
/// How far apart the dots of the busiest link are, world pixels.
const SPACING_MIN: f64 = 17.0;

/// The dots of one link.
struct Stream {
    curve: Curve,
    length: f64,
    dots: usize,
    /// Share of the requests that fail, 0 to 1.
    failing: f64,
}

/// The frames of the dots.
#[derive(Clone, Copy)]
struct Frames {
    ui: Ui,
    surface: NodeRef<html::Canvas>,
    streams: Memo<Vec<Stream>>,
    /// Seconds for which the dots have been moving.
    moved_s: StoredValue<f64>,
    /// When `moved_s` was last added to, milliseconds.
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
        streams: Memo::new_with_compare(move |_| streams(ui), |_, _| true),
        moved_s: StoredValue::new(0.0),
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
        frames.streams.track();
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
    view! { <canvas class="dots" aria-hidden="true" node_ref=frames.surface></canvas> }
}

impl Frames {
    fn draw(self) {
        let Some(surface) = self.surface.get_untracked() else { return };
        self.streams.with_untracked(|streams| {
            paint(self.ui, &surface, streams, self.moved_s.get_value(), &self.colors.get_value());
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
            // Slow motion is shown as such; a fast run is not: its dots would only flicker.
            let pace = run.speed.get_untracked().map_or(1.8, |speed| speed.sqrt().clamp(0.35, 1.8));
            self.moved_s.update_value(|moved| *moved += passed_s * pace);
            self.draw();
            self.tick();
        });
    }
}
fn streams(ui: Ui) -> Vec<Stream> {
    let routes = ui.editing.routes.read();
    let snapshot = ui.run.snapshot.read();
    let loaded = ui.run.loaded.read();
    let (Some(snapshot), Some(loaded)) = (snapshot.as_ref(), loaded.as_ref()) else { return Vec::new() };
    let mut streams: Vec<Stream> = loaded
        .links
        .iter()
        .zip(&snapshot.links)
        .filter(|(_, now)| now.rate_rps() > 0.0)
        .filter_map(|(link, now)| {
            let curve = *routes.get(&link.id)?;
            let length = curve.length().max(1.0);
            // The thicker the line, the denser the dots: both grow with the rate, neither is to scale.
            let density = (node_status::width(now.rate_rps()) - 1.8) / 4.2;
            let dots = (length / SPACING_MIN * density).ceil().max(1.0) as usize;
            Some(Stream { curve, length, dots, failing: (now.failed_rps() / now.rate_rps()).clamp(0.0, 1.0) })
        })
        .collect();
    let all: usize = streams.iter().map(|stream| stream.dots).sum();
    if all > DOTS_MAX {
        for stream in &mut streams {
            stream.dots = (stream.dots * DOTS_MAX / all).max(1);
        }
    }
    streams
}

fn paint(ui: Ui, surface: &web_sys::HtmlCanvasElement, streams: &[Stream], moved_s: f64, colors: &(String, String)) {
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
        for index in 0..stream.dots {
            let share = index as f64 / stream.dots as f64;
            let laps = moved_s * PACE / stream.length + share;
            let [x, y] = view.to_screen(stream.curve.point_at(laps.fract()));
            if x < -9.0 || y < -9.0 || x > w + 9.0 || y > h + 9.0 {
                continue;
            }
            // Which dots fail is spread evenly over dots and laps, by multiples of the golden ratio.
            let rank = (laps.floor() * 0.618_034 + share * 7.0).fract();
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
