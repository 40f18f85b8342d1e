//! The few things of uPlot that the page uses. It is a script of its own, loaded beside the
//! program; where it is missing the page has no curves and says so, and the tables still hold.

use js_sys::{Array, Function, Object, Reflect};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

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
    fn redraw(this: &Raw, paths: bool);
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
    /// Color under the line, if any.
    pub fill: Option<String>,
    /// Width of the line in pixels.
    pub width: f64,
}

/// What a chart looks like.
pub struct Look {
    /// Its curves; what comes later is drawn over what comes earlier.
    pub curves: Vec<Curve>,
    /// Whether the value axis is logarithmic.
    pub log: bool,
    /// Words for a value on the axis.
    pub label: fn(f64) -> String,
    /// Color of the words.
    pub text: String,
    /// Color of the grid.
    pub grid: String,
    /// Color of the shaded intervals.
    pub shade: String,
    /// Color of the marked interval's edges.
    pub mark: String,
    /// Color behind the words on the curves.
    pub ground: String,
}

/// What uPlot asks about the marks of an axis.
type Splits = Closure<dyn FnMut(JsValue, Array) -> Array>;
/// What uPlot asks about the range of a scale.
type Range = Closure<dyn FnMut(JsValue, JsValue, JsValue) -> Array>;

/// A chart on the page.
pub struct Chart {
    raw: Raw,
    // uPlot calls these for as long as it lives.
    _axes: [Splits; 3],
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
    /// When parameters change.
    pub changes: Vec<f64>,
    /// The interval that a finding is about.
    pub interval: Option<(f64, f64)>,
}

impl Chart {
    /// Puts a chart into an element. `shaded` returns the intervals to shade with their labels, `annotations`
    /// what is marked on them, `end_s` the end of the time axis; `hover` is called with the
    /// index of the bin under the pointer.
    pub fn new(
        target: &web_sys::HtmlElement,
        look: Look,
        data: &Array,
        shaded: impl Fn() -> Vec<(f64, f64, String)> + 'static,
        annotations: impl Fn() -> Annotations + 'static,
        end_s: impl Fn() -> f64 + 'static,
        hover: impl Fn(Option<usize>) + 'static,
    ) -> Chart {
        let label = look.label;
        let axis = Splits::new(move |_: JsValue, splits: Array| {
            splits.iter().map(|split| split.as_f64().map_or(JsValue::NULL, |value| label(value).into())).collect()
        });
        let time = Splits::new(|_: JsValue, splits: Array| {
            splits.iter().map(|split| JsValue::from(format!("{} s", split.as_f64().unwrap_or_default()))).collect()
        });
        let range =
            Range::new(move |_: JsValue, _: JsValue, _: JsValue| Array::of2(&0.0.into(), &end_s().max(1.0).into()));
        let log = look.log;
        // What the values span; without any there is still an axis to look at.
        let span = Range::new(move |_: JsValue, min: JsValue, max: JsValue| {
            let (min, max) = (min.as_f64(), max.as_f64());
            let (low, high) = if log { decades(min, max) } else { (0.0, (max.unwrap_or(100.0) * 1.1).max(1.0)) };
            Array::of2(&low.into(), &high.into())
        });
        let marks = Splits::new(move |_: JsValue, splits: Array| {
            let keep = |split: &JsValue| !log || split.as_f64().is_some_and(is_round);
            splits.iter().map(|split| if keep(&split) { split } else { JsValue::NULL }).collect()
        });
        let color = look.shade;
        let shaded = Rc::new(shaded);
        let shades = shaded.clone();
        let shade = Closure::<dyn FnMut(Raw)>::new(move |raw: Raw| paint_shades(&raw, &shades(), &color));
        let (text, ground) = (look.text.clone(), look.ground);
        let accent = look.mark;
        let mark = Closure::<dyn FnMut(Raw)>::new(move |raw: Raw| {
            paint_labels(&raw, &shaded(), &text, &ground);
            let Annotations { changes, interval } = annotations();
            paint_changes(&raw, &changes, &accent);
            if let Some(interval) = interval {
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
                set(&series, "fill", fill.as_str());
            }
            curves.push(&series);
        }
        let lines = object(&[("stroke", look.grid.as_str().into()), ("width", 1.0.into())]);
        let font = "11px system-ui, sans-serif";
        let plain_axis = |values: &Splits, size: f64, space: f64| {
            object(&[
                ("stroke", look.text.as_str().into()),
                ("font", font.into()),
                ("grid", lines.clone().into()),
                ("ticks", object(&[("show", false.into())]).into()),
                ("values", values.as_ref().clone()),
                ("size", size.into()),
                ("gap", 6.0.into()),
                ("space", space.into()),
            ])
        };
        let x_axis = plain_axis(&time, 26.0, 70.0);
        set(&x_axis, "grid", object(&[("show", false.into())]));
        let y_axis = plain_axis(&axis, 56.0, 26.0);
        set(&y_axis, "filter", marks.as_ref().clone());
        set(
            &y_axis,
            "grid",
            object(&[("stroke", look.grid.as_str().into()), ("width", 1.0.into()), ("filter", marks.as_ref().clone())]),
        );
        let x_scale = object(&[("time", false.into()), ("range", range.as_ref().clone())]);
        let y_scale = object(&[("range", span.as_ref().clone())]);
        if log {
            set(&y_scale, "distr", 3.0);
            set(&y_scale, "log", 10.0);
        }
        let options = object(&[
            ("width", f64::from(target.client_width().max(80)).into()),
            ("height", f64::from(target.client_height().max(60)).into()),
            ("padding", Array::of4(&8.0.into(), &18.0.into(), &0.0.into(), &0.0.into()).into()),
            ("legend", object(&[("show", false.into())]).into()),
            ("series", curves.into()),
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
        Chart { raw, _axes: [axis, time, marks], _ranges: [range, span], _shade: shade, _mark: mark, _cursor: cursor }
    }

    /// Shows other data: times first, then one list a curve.
    pub fn show(&self, data: &Array) {
        self.raw.set_data(data);
    }

    /// Draws again what is there.
    pub fn redraw(&self) {
        self.raw.redraw(false);
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

/// Left, top, width and height of where the curves are, in the pixels of the canvas.
fn frame(raw: &Raw) -> [f64; 4] {
    let bbox = raw.bbox();
    ["left", "top", "width", "height"].map(|key| get(&bbox, key).unwrap_or_default())
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

/// A dashed line at each time.
fn paint_changes(raw: &Raw, times: &[f64], color: &str) {
    let [left, top, width, height] = frame(raw);
    let context = raw.ctx();
    let scale = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
    context.save();
    context.set_fill_style_str(color);
    for time in times {
        let at = raw.val_to_pos(*time, "x", true);
        if (left..=left + width).contains(&at) {
            let mut y = top;
            while y < top + height {
                context.fill_rect(at, y, scale, (4.0 * scale).min(top + height - y));
                y += 7.0 * scale;
            }
        }
    }
    context.restore();
}

/// What each shaded interval is, at its top, where it is wide enough for words.
fn paint_labels(raw: &Raw, intervals: &[(f64, f64, String)], color: &str, ground: &str) {
    let [left, top, width, height] = frame(raw);
    let scale = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
    let context = raw.ctx();
    for (row, (start, end, label)) in intervals.iter().enumerate() {
        let [from, to] = [*start, *end].map(|time| raw.val_to_pos(time, "x", true).clamp(left, left + width));
        if to - from < 48.0 * scale {
            continue;
        }
        context.save();
        context.begin_path();
        context.rect(from, top, to - from, height);
        context.clip();
        context.set_fill_style_str(color);
        context.set_font(&format!("{}px system-ui, sans-serif", 10.0 * scale));
        context.set_text_align("left");
        context.set_text_baseline("top");
        let y = top + (3.0 + 12.0 * (row % 4) as f64) * scale;
        context.set_stroke_style_str(ground);
        context.set_line_width(3.0 * scale);
        // Nothing to be done where a canvas cannot write.
        let _ = context.stroke_text(label, from + 4.0 * scale, y);
        let _ = context.fill_text(label, from + 4.0 * scale, y);
        context.restore();
    }
}

fn paint_shades(raw: &Raw, intervals: &[(f64, f64, String)], color: &str) {
    let [left, top, width, height] = frame(raw);
    let context = raw.ctx();
    context.save();
    context.set_fill_style_str(color);
    for (start, end, _) in intervals {
        let from = raw.val_to_pos(*start, "x", true).clamp(left, left + width);
        let to = raw.val_to_pos(*end, "x", true).clamp(left, left + width);
        if to > from {
            context.fill_rect(from, top, (to - from).max(2.0), height);
        }
    }
    context.restore();
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
    }
}
