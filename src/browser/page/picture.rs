//! SVG pictures drawn as pixels.

use super::message_of;
use leptos::prelude::document;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, Url};

/// Pixels for each CSS pixel, where the picture stays within [`SIDE_MAX`].
const SCALE: f64 = 2.0;
/// The longest side that browsers draw, pixels: Safari stops at 16 million pixels in all.
const SIDE_MAX: f64 = 4000.0;

/// The bytes of a PNG of an SVG picture of this size, CSS pixels. `Err` is a sentence.
pub async fn png(svg: &str, size: [f64; 2]) -> Result<Vec<u8>, String> {
    drawn(svg, size)
        .await
        .map_err(|thrown| format!("The browser could not draw the picture ({}).", message_of(&thrown)))
}

async fn drawn(svg: &str, size: [f64; 2]) -> Result<Vec<u8>, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("image/svg+xml");
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&JsValue::from_str(svg)), &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let image = HtmlImageElement::new()?;
    image.set_src(&url);
    let decoded = JsFuture::from(image.decode()).await;
    let pixels = decoded.and_then(|_| on_canvas(&image, size));
    // Fails for an address that is not valid only.
    let _ = Url::revoke_object_url(&url);
    let blob: Blob = JsFuture::from(as_png(&pixels?)).await?.dyn_into()?;
    let bytes = JsFuture::from(blob.array_buffer()).await?;
    Ok(js_sys::Uint8Array::new(&bytes).to_vec())
}

fn on_canvas(image: &HtmlImageElement, [width, height]: [f64; 2]) -> Result<HtmlCanvasElement, JsValue> {
    let scale = SCALE.min(SIDE_MAX / width.max(height).max(1.0));
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width((width * scale).round().max(1.0) as u32);
    canvas.set_height((height * scale).round().max(1.0) as u32);
    let context = canvas.get_context("2d")?.ok_or("there is no canvas")?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    let size = [f64::from(canvas.width()), f64::from(canvas.height())];
    context.draw_image_with_html_image_element_and_dw_and_dh(image, 0.0, 0.0, size[0], size[1])?;
    Ok(canvas)
}

/// Resolves to the canvas's picture as a blob.
fn as_png(canvas: &HtmlCanvasElement) -> js_sys::Promise {
    js_sys::Promise::new(&mut |resolve, reject| {
        let failed = reject.clone();
        let done = Closure::once_into_js(move |blob: JsValue| {
            let settled = if blob.is_null() { (&reject, JsValue::from_str("too large")) } else { (&resolve, blob) };
            // Settling a promise throws nothing.
            let _ = settled.0.call1(&JsValue::NULL, &settled.1);
        });
        if let Err(thrown) = canvas.to_blob(done.unchecked_ref()) {
            let _ = failed.call1(&JsValue::NULL, &thrown);
        }
    })
}
