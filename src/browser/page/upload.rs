//! Files from the user to the page.

use super::message_of;
use wasm_bindgen_futures::JsFuture;

/// The bytes of a file that the user chose or dropped, if it has at most `bytes_max` bytes. `Err` is a
/// sentence.
pub async fn read(file: &web_sys::File, bytes_max: usize) -> Result<Vec<u8>, String> {
    let name = file.name();
    if file.size() > bytes_max as f64 {
        return Err(format!(
            "{name} is too large to be a Headroom document: {} kB, and {} kB are allowed.",
            (file.size() / 1e3).ceil(),
            bytes_max / 1000
        ));
    }
    match JsFuture::from(file.array_buffer()).await {
        Ok(buffer) => Ok(js_sys::Uint8Array::new(&buffer).to_vec()),
        Err(thrown) => Err(format!("{name} could not be read ({}).", message_of(&thrown))),
    }
}
