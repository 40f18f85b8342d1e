//! The few things of uPlot that the page uses. It is a script of its own, loaded beside the
//! program; where it is missing the page has no curves and says so, and the tables still hold.

use js_sys::{Array, Function, Object, Reflect};
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
    /// Colour of the line, as a canvas understands it.
    pub stroke: String,
    /// Colour under the line, if any.
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
    /// Colour of the words.
    pub text: String,
    /// Colour of the grid.
    pub grid: String,
    /// Colour of the shaded intervals.
    pub shade: String,
}

/// A chart on the page.
pub struct Chart {
    raw: Raw,
    // uPlot calls these for as long as it lives.
    _axis: Vec<Closure<dyn FnMut(JsValue, Array) -> Array>>,
    _range: Closure<dyn FnMut(JsValue, f64, f64) -> Array>,
    _shade: Closure<dyn FnMut(Raw)>,
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

impl Chart {
    /// Puts a chart into an element. `shaded` gives the intervals to shade, `end_s` where time
    /// ends, `hover` hears the index under the pointer.
    pub fn new(
        target: &web_sys::HtmlElement,
        look: Look,
        data: &Array,
        shaded: impl Fn() -> Vec<(f64, f64)> + 'static,
        end_s: impl Fn() -> f64 + 'static,
        hover: impl Fn(Option<usize>) + 'static,
    ) -> Chart {
        let label = look.label;
        let axis = Closure::<dyn FnMut(JsValue, Array) -> Array>::new(move |_: JsValue, splits: Array| {
            splits.iter().map(|split| split.as_f64().map_or(JsValue::NULL, |value| label(value).into())).collect()
        });
        let time = Closure::<dyn FnMut(JsValue, Array) -> Array>::new(|_: JsValue, splits: Array| {
            splits.iter().map(|split| JsValue::from(format!("{} s", split.as_f64().unwrap_or_default()))).collect()
        });
        let range = Closure::<dyn FnMut(JsValue, f64, f64) -> Array>::new(move |_: JsValue, _: f64, _: f64| {
            Array::of2(&0.0.into(), &end_s().max(1.0).into())
        });
        let color = look.shade;
        let shade = Closure::<dyn FnMut(Raw)>::new(move |raw: Raw| paint_shades(&raw, &shaded(), &color));
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
        let plain_axis = |values: &Closure<dyn FnMut(JsValue, Array) -> Array>, size: f64, space: f64| {
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
        let y_axis = plain_axis(&axis, 52.0, 26.0);
        let x_scale = object(&[("time", false.into()), ("range", range.as_ref().clone())]);
        let y_scale = if look.log {
            object(&[("distr", 3.0.into()), ("log", 10.0.into())])
        } else {
            let soft =
                |mode: f64, value: f64| object(&[("pad", 0.1.into()), ("soft", value.into()), ("mode", mode.into())]);
            object(&[("range", object(&[("min", soft(1.0, 0.0).into()), ("max", soft(1.0, 1.0).into())]).into())])
        };
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
                    ("setCursor", Array::of1(cursor.as_ref()).into()),
                ])
                .into(),
            ),
        ]);
        let raw = Raw::new(&options, data, target);
        Chart { raw, _axis: vec![axis, time], _range: range, _shade: shade, _cursor: cursor }
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

fn paint_shades(raw: &Raw, intervals: &[(f64, f64)], color: &str) {
    let bbox = raw.bbox();
    let side = |key: &str| get(&bbox, key).unwrap_or_default();
    let (left, top, width, height) = (side("left"), side("top"), side("width"), side("height"));
    let context = raw.ctx();
    context.save();
    context.set_fill_style_str(color);
    for (start, end) in intervals {
        let from = raw.val_to_pos(*start, "x", true).clamp(left, left + width);
        let to = raw.val_to_pos(*end, "x", true).clamp(left, left + width);
        if to > from {
            context.fill_rect(from, top, (to - from).max(2.0), height);
        }
    }
    context.restore();
}
