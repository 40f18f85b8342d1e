//! The few things of uPlot that the page uses. It is a script of its own, loaded beside the
//! program; where it is missing the page has no curves and says so, and the tables still hold.

use super::plan::Mark;
use crate::views::timeline::{GUTTER_PX, MARGIN_PX};
use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::document;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CanvasRenderingContext2d;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = uPlot)]
    type Raw;
    #[wasm_bindgen(constructor, js_class = "uPlot")]
    fn new(options: &Object, data: &Array, target: &web_sys::HtmlElement) -> Raw;
    #[wasm_bindgen(method, js_name = setData)]
    fn set_data(this: &Raw, data: &Array);
    #[wasm_bindgen(method, js_name = setSize)]
    fn set_size(this: &Raw, size: &Object);
    #[wasm_bindgen(method)]
    fn destroy(this: &Raw);
    #[wasm_bindgen(method, js_name = valToPos)]
    fn val_to_pos(this: &Raw, value: f64, scale: &str, canvas: bool) -> f64;
    #[wasm_bindgen(method, getter)]
    fn bbox(this: &Raw) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn ctx(this: &Raw) -> web_sys::CanvasRenderingContext2d;
    #[wasm_bindgen(method, getter)]
    fn cursor(this: &Raw) -> JsValue;
}

/// A curve of a chart.
pub struct Curve {
    /// Color of the line, as a canvas understands it.
    pub stroke: String,
    /// Color or pattern under the line, if any.
    pub fill: Option<JsValue>,
    /// Width of the line in pixels.
    pub width: f64,
    /// Lengths of strokes and gaps; none for an unbroken line.
    pub dash: &'static [f64],
}

/// What a chart looks like.
pub struct Look {
    /// Its curves; what comes later is drawn over what comes earlier.
    pub curves: Vec<Curve>,
    /// Bands between two curves, upper and lower, by their places in the data, with their colors.
    pub bands: Vec<(u32, u32, String)>,
    /// Whether the value axis is logarithmic.
    pub log: bool,
    /// Words for a value on the axis.
    pub label: fn(f64) -> String,
    /// Color of the words.
    pub text: String,
    /// Height of the words, CSS pixels.
    pub text_px: u32,
    /// Color of the grid.
    pub grid: String,
    /// Color or pattern of the shaded intervals.
    pub shade: JsValue,
    /// Color of the marked interval's edges.
    pub mark: String,
}

/// What uPlot asks about the marks of an axis.
type Splits = Closure<dyn FnMut(JsValue, Array) -> Array>;
/// What uPlot asks about the range of a scale.
type Range = Closure<dyn FnMut(JsValue, JsValue, JsValue) -> Array>;

/// A chart on the page.
pub struct Chart {
    raw: Raw,
    // uPlot calls these for as long as it lives.
    _axes: [Splits; 2],
    _ranges: [Range; 2],
    _shade: Closure<dyn FnMut(Raw)>,
    _mark: Closure<dyn FnMut(Raw)>,
    _cursor: Closure<dyn FnMut(Raw)>,
}

fn set(target: &Object, key: &str, value: impl Into<JsValue>) {
    // Setting a key of a plain object cannot fail.
    let _ = Reflect::set(target, &key.into(), &value.into());
}

fn object(pairs: &[(&str, JsValue)]) -> Object {
    let out = Object::new();
    for (key, value) in pairs {
        set(&out, key, value);
    }
    out
}

fn get(target: &JsValue, key: &str) -> Option<f64> {
    Reflect::get(target, &key.into()).ok()?.as_f64()
}

/// Whether the script is there.
pub fn is_loaded() -> bool {
    Reflect::get(&js_sys::global(), &"uPlot".into()).is_ok_and(|found| found.is_instance_of::<Function>())
}

/// What is marked on a chart, simulated seconds.
pub struct Annotations {
    /// The intervals that are shaded.
    pub shaded: Vec<(f64, f64)>,
    /// The interval that a finding is about.
    pub interval: Option<(f64, f64)>,
}

impl Chart {
    /// Puts a chart into an element. `annotations` returns what is marked on it, `shown` where the time axis begins and
    /// ends; `hover` is called with the index of the bin under the pointer.
    pub fn new(
        target: &web_sys::HtmlElement,
        look: Look,
        data: &Array,
        annotations: impl Fn() -> Annotations + 'static,
        shown: impl Fn() -> (f64, f64) + 'static,
        hover: impl Fn(Option<usize>) + 'static,
    ) -> Chart {
        let label = look.label;
        let axis = Splits::new(move |_: JsValue, splits: Array| {
            splits.iter().map(|split| split.as_f64().map_or(JsValue::NULL, |value| label(value).into())).collect()
        });
        let range = Range::new(move |_: JsValue, _: JsValue, _: JsValue| {
            let (from_s, to_s) = shown();
            Array::of2(&from_s.into(), &to_s.into())
        });
        let log = look.log;
        // What the values span; without any there is still an axis to look at.
        let span = Range::new(move |_: JsValue, min: JsValue, max: JsValue| {
            let (min, max) = (min.as_f64(), max.as_f64());
            let (low, high) = if log { decades(min, max) } else { (0.0, (max.unwrap_or(100.0) * 1.1).max(1.0)) };
            Array::of2(&low.into(), &high.into())
        });
        let marks = Splits::new(move |raw: JsValue, splits: Array| {
            let height = Reflect::get(&raw, &"height".into()).ok().and_then(|it| it.as_f64()).unwrap_or_default();
            let values: Vec<f64> = splits.iter().filter_map(|split| split.as_f64()).collect();
            let keep = if log { marked(&values, height) } else { |_| true };
            let mark = |split: JsValue| if split.as_f64().is_some_and(keep) { split } else { JsValue::NULL };
            splits.iter().map(mark).collect()
        });
        let annotations = Rc::new(annotations);
        let shaded = annotations.clone();
        let pattern = look.shade;
        let shade = Closure::<dyn FnMut(Raw)>::new(move |raw: Raw| paint_shades(&raw, &shaded().shaded, &pattern));
        let accent = look.mark;
        let mark = Closure::<dyn FnMut(Raw)>::new(move |raw: Raw| {
            if let Some(interval) = annotations().interval {
                paint_mark(&raw, interval, &accent);
            }
        });
        let cursor = Closure::<dyn FnMut(Raw)>::new(move |raw: Raw| {
            hover(get(&raw.cursor(), "idx").map(|index| index as usize));
        });

        let curves = Array::of1(&Object::new());
        for curve in &look.curves {
            let series = object(&[
                ("stroke", curve.stroke.as_str().into()),
                ("width", curve.width.into()),
                ("points", object(&[("show", false.into())]).into()),
                ("spanGaps", false.into()),
            ]);
            if let Some(fill) = &curve.fill {
                set(&series, "fill", fill);
            }
            if !curve.dash.is_empty() {
                set(&series, "dash", curve.dash.iter().map(|length| JsValue::from(*length)).collect::<Array>());
            }
            curves.push(&series);
        }
        let lines =
            object(&[("stroke", look.grid.as_str().into()), ("width", 1.0.into()), ("filter", marks.as_ref().clone())]);
        // The seconds stand once, below all charts.
        let x_axis = object(&[("show", false.into())]);
        let y_axis = object(&[
            ("stroke", look.text.as_str().into()),
            ("font", format!("{}px system-ui, sans-serif", look.text_px).into()),
            ("grid", lines.into()),
            ("ticks", object(&[("show", false.into())]).into()),
            ("values", axis.as_ref().clone()),
            ("filter", marks.as_ref().clone()),
            ("size", GUTTER_PX.into()),
            ("gap", 8.0.into()),
            ("space", 16.0.into()),
        ]);
        let bands = look.bands.iter().map(|(upper, lower, fill)| {
            object(&[("series", Array::of2(&(*upper).into(), &(*lower).into()).into()), ("fill", fill.as_str().into())])
        });
        let x_scale = object(&[("time", false.into()), ("range", range.as_ref().clone())]);
        let y_scale = object(&[("range", span.as_ref().clone())]);
        if log {
            set(&y_scale, "distr", 3.0);
            set(&y_scale, "log", 10.0);
        }
        let options = object(&[
            ("width", f64::from(target.client_width().max(80)).into()),
            ("height", f64::from(target.client_height().max(60)).into()),
            ("padding", Array::of4(&8.0.into(), &MARGIN_PX.into(), &8.0.into(), &0.0.into()).into()),
            ("legend", object(&[("show", false.into())]).into()),
            ("series", curves.into()),
            ("bands", bands.collect::<Array>().into()),
            ("axes", Array::of2(&x_axis, &y_axis).into()),
            ("scales", object(&[("x", x_scale.into()), ("y", y_scale.into())]).into()),
            (
                "cursor",
                object(&[
                    ("y", false.into()),
                    ("points", object(&[("show", false.into())]).into()),
                    ("drag", object(&[("x", false.into()), ("y", false.into())]).into()),
                    ("sync", object(&[("key", "headroom".into())]).into()),
                ])
                .into(),
            ),
            (
                "hooks",
                object(&[
                    ("drawClear", Array::of1(shade.as_ref()).into()),
                    ("draw", Array::of1(mark.as_ref()).into()),
                    ("setCursor", Array::of1(cursor.as_ref()).into()),
                ])
                .into(),
            ),
        ]);
        let raw = Raw::new(&options, data, target);
        Chart { raw, _axes: [axis, marks], _ranges: [range, span], _shade: shade, _mark: mark, _cursor: cursor }
    }

    /// Shows other data: times first, then one list a curve.
    pub fn show(&self, data: &Array) {
        self.raw.set_data(data);
    }

    /// Takes a new size.
    pub fn resize(&self, width: f64, height: f64) {
        self.raw.set_size(&object(&[("width", width.into()), ("height", height.into())]));
    }
}

impl Drop for Chart {
    fn drop(&mut self) {
        self.raw.destroy();
    }
}

/// The range of a logarithmic axis: from one round number to another, at least a decade apart.
fn decades(min: Option<f64>, max: Option<f64>) -> (f64, f64) {
    let (Some(min), Some(max)) = (min.filter(|min| *min > 0.0), max.filter(|max| *max > 0.0)) else {
        return (1.0, 1000.0);
    };
    let power = |value: f64| libm::pow(10.0, libm::floor(libm::log10(value)));
    // One part in a thousand of tolerance, for powers that are not quite what they should be.
    let step = |value: f64, steps: [f64; 4]| steps.map(|step| step * power(value));
    let low = step(min, [5.0, 2.0, 1.0, 0.5]).into_iter().find(|low| *low <= min * 1.001).unwrap_or(min);
    let high = step(max, [1.0, 2.0, 5.0, 10.0]).into_iter().find(|high| *high >= max * 0.999).unwrap_or(max);
    (low, high.max(low * 10.0))
}

/// Whether a number begins with 1, 2 or 5 and then has only noughts.
fn is_round(value: f64) -> bool {
    let first = value / libm::pow(10.0, libm::floor(libm::log10(value) + 1e-9));
    [1.0, 2.0, 5.0].iter().any(|round| (first - round).abs() < 1e-6)
}

/// Whether a number is a power of ten.
fn is_power(value: f64) -> bool {
    let power = libm::log10(value);
    (power - libm::round(power)).abs() < 1e-6
}

/// Which of the values of a logarithmic axis of this height are marked: so many that their words do not touch.
fn marked(values: &[f64], height: f64) -> fn(f64) -> bool {
    const WORDS_PX: f64 = 22.0;
    let rounds = values.iter().filter(|value| is_round(**value)).count();
    if rounds as f64 * WORDS_PX <= height { is_round } else { is_power }
}

/// Left, top, width and height of where the curves are, in the pixels of the canvas. A chart in a panel that is narrower
/// than its axes has a width below 0, which counts as 0.
fn frame(raw: &Raw) -> [f64; 4] {
    let bbox = raw.bbox();
    ["left", "top", "width", "height"].map(|key| get(&bbox, key).unwrap_or_default().max(0.0))
}

/// A triangle at the top and a line down, at both ends.
fn paint_mark(raw: &Raw, (start, end): (f64, f64), color: &str) {
    let [left, top, width, height] = frame(raw);
    let context = raw.ctx();
    context.save();
    context.set_fill_style_str(color);
    let [from, to] = [start, end].map(|time| raw.val_to_pos(time, "x", true).clamp(left, left + width));
    for at in [from, to] {
        context.fill_rect(at - 1.0, top, 2.0, height);
        context.begin_path();
        context.move_to(at - 7.0, top);
        context.line_to(at + 7.0, top);
        context.line_to(at, top + 10.0);
        context.fill();
    }
    context.set_global_alpha(0.12);
    context.fill_rect(from, top, to - from, height);
    context.restore();
}

fn paint_shades(raw: &Raw, intervals: &[(f64, f64)], fill: &JsValue) {
    let [left, top, width, height] = frame(raw);
    let context = raw.ctx();
    context.save();
    set_fill(&context, fill);
    for (start, end) in intervals {
        let from = raw.val_to_pos(*start, "x", true).clamp(left, left + width);
        let to = raw.val_to_pos(*end, "x", true).clamp(left, left + width);
        if to > from {
            context.fill_rect(from, top, (to - from).max(2.0), height);
        }
    }
    context.restore();
}

fn set_fill(context: &JsValue, fill: &JsValue) {
    // Setting a property of a canvas cannot fail.
    let _ = Reflect::set(context, &"fillStyle".into(), fill);
}

/// A pattern of strokes or dots in a color on a ground, which distinguishes an area from others besides its color.
pub fn pattern(color: &str, ground: &str, mark: Mark) -> JsValue {
    const SIZE: u32 = 8;
    let size = f64::from(SIZE);
    // Lines from edge to edge of a tile; the first two also in its corners, so that tiles fit together.
    let lines: &[[f64; 4]] = match mark {
        Mark::Plain => return color.into(),
        Mark::Dashed => &[[-2.0, 2.0, 2.0, -2.0], [-2.0, 10.0, 10.0, -2.0], [6.0, 10.0, 10.0, 6.0]],
        Mark::DashDot => &[[-2.0, 6.0, 2.0, 10.0], [-2.0, -2.0, 10.0, 10.0], [6.0, -2.0, 10.0, 2.0]],
        Mark::Dotted => &[[1.0, 2.0, 3.0, 2.0], [5.0, 6.0, 7.0, 6.0]],
        Mark::Long => &[[0.0, 4.0, 8.0, 4.0]],
        Mark::Wide => &[[4.0, 0.0, 4.0, 8.0]],
    };
    tile(SIZE, |context| {
        context.set_fill_style_str(ground);
        context.fill_rect(0.0, 0.0, size, size);
        context.set_global_alpha(0.35);
        context.set_fill_style_str(color);
        context.fill_rect(0.0, 0.0, size, size);
        context.set_global_alpha(1.0);
        stroke(context, color, 2.0, lines);
    })
    .unwrap_or_else(|| color.into())
}

/// Thin strokes far apart on nothing: what is behind stays to be seen.
pub fn sparse_pattern(color: &str) -> JsValue {
    let strokes = [[-3.0, 3.0, 3.0, -3.0], [-3.0, 15.0, 15.0, -3.0], [9.0, 15.0, 15.0, 9.0]];
    tile(12, |context| stroke(context, color, 0.6, &strokes)).unwrap_or_else(|| "transparent".into())
}

fn stroke(context: &CanvasRenderingContext2d, color: &str, width: f64, lines: &[[f64; 4]]) {
    context.set_stroke_style_str(color);
    context.set_line_width(width);
    context.begin_path();
    for [from_x, from_y, to_x, to_y] in lines {
        context.move_to(*from_x, *from_y);
        context.line_to(*to_x, *to_y);
    }
    context.stroke();
}

/// A pattern that repeats a square of so many pixels; `None` where the browser makes none.
fn tile(size: u32, paint: impl Fn(&CanvasRenderingContext2d)) -> Option<JsValue> {
    let canvas: web_sys::HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(size);
    canvas.set_height(size);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    paint(&context);
    let create: Function = Reflect::get(&context, &"createPattern".into()).ok()?.dyn_into().ok()?;
    create.call2(&context, &canvas, &"repeat".into()).ok().filter(|pattern| !pattern.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithmic_axis_ends_on_round_numbers() {
        assert_eq!(decades(Some(12.0), Some(93.0)), (10.0, 100.0));
        assert_eq!(decades(Some(12.0), Some(13.0)), (10.0, 100.0));
        assert_eq!(decades(Some(0.3), Some(1200.0)), (0.2, 2000.0));
        assert_eq!(decades(None, None), (1.0, 1000.0));
    }

    #[test]
    fn round_numbers_are_marked() {
        for (value, round) in [(1.0, true), (20.0, true), (0.5, true), (1000.0, true), (30.0, false), (0.07, false)] {
            assert_eq!(is_round(value), round, "{value}");
        }
        let values = [10.0, 20.0, 50.0, 100.0, 200.0, 300.0];
        let marks = |height| values.into_iter().filter(|value| marked(&values, height)(*value)).collect::<Vec<f64>>();
        assert_eq!(marks(120.0), [10.0, 20.0, 50.0, 100.0, 200.0]);
        assert_eq!(marks(60.0), [10.0, 100.0]);
    }
}
