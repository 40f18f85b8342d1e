//! The built-in examples. They are files beside the page, which `scripts/examples.mjs` makes of the
//! folder `examples/`: the list is fetched with the page, a document when it is opened.

use super::message_of;
use crate::protocol::BUILD;
use leptos::prelude::window;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// An example as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Example {
    /// Names the example in the address of the page (`?example=retry-storm`) and in tests.
    pub id: String,
    /// The heading under which the palette lists it.
    pub section: String,
    /// The title of its document.
    pub title: String,
    /// What its document wants the reader to watch; one sentence.
    pub watch: String,
    /// What an empty canvas says of it, where it offers it.
    #[serde(default)]
    pub offer: Option<String>,
}

/// The examples in the order of the palette, those of a section together. `Err` is a sentence.
pub async fn list() -> Result<Vec<Example>, String> {
    let text = fetch("index").await.map_err(|why| failed("The list of examples", &why))?;
    serde_json::from_str(&text).map_err(|why| failed("The list of examples", &why.to_string()))
}

/// The document of an example as JSON. `Err` is a sentence.
pub async fn document(example: &Example) -> Result<String, String> {
    fetch(&example.id).await.map_err(|why| failed(&format!("The example “{}”", example.title), &why))
}

/// The text of a file in the folder of the examples; `Err` is the reason in a few words.
async fn fetch(name: &str) -> Result<String, String> {
    // The build in the address makes browsers fetch the examples of a new build anew.
    let build = String::from(js_sys::encode_uri_component(BUILD));
    let address = format!("./examples/{name}.json?build={build}");
    let wait = async |promise| JsFuture::from(promise).await.map_err(|thrown: JsValue| message_of(&thrown));
    let response: Response = wait(window().fetch_with_str(&address)).await?.unchecked_into();
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    let text = wait(response.text().map_err(|thrown| message_of(&thrown))?).await?;
    Ok(text.as_string().unwrap_or_default())
}

fn failed(what: &str, why: &str) -> String {
    format!("{what} could not be fetched ({why}): check the connection and try again.")
}
