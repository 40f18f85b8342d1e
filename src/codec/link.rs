//! Share links.
//!
//! `https://…/#v1.d.<payload>`. `v1` is the version of this layout, `d` says deflate. The payload
//! is base64url without padding of
//!
//! ```text
//! raw deflate stream of the text │ CRC-32 of the stream, 4 bytes, big endian
//! ```
//!
//! and the text is the document as compact JSON with defaults left out, so that any inflater
//! reads it. The checksum is over the stream and not over the text, because the last bits of a deflate
//! stream are padding: changing them would not change the text. Decoding accepts exactly what encoding writes: no padding, no bits left over, nothing
//! after the checksum.
//!
//! A link may come from anyone: the inflated size is bounded here, everything in the document by
//! [`open`](super::open).

use super::save::compact;
use super::{open, without_defaults};
use crate::model::{Document, Problem};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// The part of the fragment before the payload.
const PREFIX: &str = "v1.d.";
/// Most bytes of the inflated text.
const TEXT_BYTES_MAX: usize = 1_000_000;
/// Most characters of a link; a longer one would inflate to more than [`TEXT_BYTES_MAX`] bytes.
const LINK_CHARS_MAX: usize = 1_500_000;
/// The most thorough search that deflate offers.
const DEFLATE_LEVEL: u8 = 10;
/// Bytes of the checksum.
const CHECKSUM: usize = 4;

const TRUNCATED: &str = "The link is cut off: copy the whole of it.";
const DAMAGED: &str = "The link is damaged: some of its characters were changed on the way here.";
const OVERSIZED: &str = "The link holds more than a Headroom document may: at most 1 MB.";
const NOT_A_LINK: &str = "This is not a Headroom link: one has #v1.d. in it.";

/// The fragment of a share link: `v1.d.<payload>`.
pub fn to_fragment(document: &Document) -> String {
    let mut short = without_defaults(document);
    for link in &mut short.links {
        if link.id == link.default_id() {
            link.id.clear();
        }
    }
    let mut bytes = compress_to_vec(compact(&short).as_bytes(), DEFLATE_LEVEL);
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads a share link or its fragment. `Err` is one sentence: truncated, too new, damaged, ….
pub fn from_link(link: &str) -> Result<(Document, Vec<Problem>), String> {
    let link = link.trim();
    if link.len() > LINK_CHARS_MAX {
        return Err(OVERSIZED.to_owned());
    }
    let fragment = link.rsplit_once('#').map_or(link, |(_, fragment)| fragment);
    let payload = payload(fragment)?;
    let text = text(payload)?;
    open(&text).map_err(|error| format!("The document in the link cannot be opened: {error}."))
}

/// Whether a text looks like a link rather than like a document.
pub fn looks_like_link(text: &str) -> bool {
    !text.starts_with(['{', '['])
        && !text.contains(char::is_whitespace)
        && (text.contains("://") || version(text).is_some())
}

/// The number in `v<number>.…`.
fn version(fragment: &str) -> Option<u32> {
    let (version, _) = fragment.rsplit_once('#').map_or(fragment, |(_, fragment)| fragment).split_once('.')?;
    version.strip_prefix('v')?.parse().ok()
}

fn payload(fragment: &str) -> Result<&str, String> {
    if let Some(payload) = fragment.strip_prefix(PREFIX) {
        return Ok(payload);
    }
    if !fragment.is_empty() && PREFIX.starts_with(fragment) {
        return Err(TRUNCATED.to_owned());
    }
    match version(fragment) {
        Some(1) => Err("The link is packed in a way that this Headroom does not know: a newer one may open it.".into()),
        Some(version) if version > 1 => {
            Err(format!("The link was made by a newer Headroom (link version {version}): this one cannot open it."))
        }
        _ => Err(NOT_A_LINK.to_owned()),
    }
}

/// Decodes, inflates and checks.
fn text(payload: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !payload.chars().all(plain) {
        return Err(DAMAGED.to_owned());
    }
    // A payload that is cut off in the middle of a byte has bits left over, which strict decoding refuses.
    let whole = URL_SAFE_NO_PAD.decode(payload);
    let bytes = match &whole {
        Ok(bytes) => bytes.clone(),
        Err(_) => URL_SAFE_NO_PAD.decode(&payload[..payload.len() - payload.len() % 4]).unwrap_or_default(),
    };
    let (text, stream) = inflate(&bytes)?;
    match bytes[stream..].first_chunk::<CHECKSUM>() {
        None => Err(TRUNCATED.to_owned()),
        Some(checksum) if whole.is_err() || crc32fast::hash(&bytes[..stream]) != u32::from_be_bytes(*checksum) => {
            Err(DAMAGED.to_owned())
        }
        Some(_) if bytes.len() > stream + CHECKSUM => Err(DAMAGED.to_owned()),
        Some(_) => String::from_utf8(text).map_err(|_| DAMAGED.to_owned()),
    }
}

/// Inflates the stream at the beginning of `bytes`: the text, and the length of the stream.
///
/// The checksum follows the stream, so decoding has to learn where the stream ends. Only the
/// low-level interface of `miniz_oxide` says how many bytes it has read. A layout with the checksum
/// before the stream would need `decompress_to_vec_with_limit` alone, but the first layout must stay
/// readable as long as links made with it exist.
fn inflate(bytes: &[u8]) -> Result<(Vec<u8>, usize), String> {
    let mut decompressor = Box::<DecompressorOxide>::default();
    let mut text = vec![0; (bytes.len() * 8).clamp(64, TEXT_BYTES_MAX)];
    let (mut read, mut written) = (0, 0);
    loop {
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, took, gave) = decompress(&mut decompressor, &bytes[read..], &mut text, written, flags);
        read += took;
        written += gave;
        match status {
            TINFLStatus::Done => {
                text.truncate(written);
                return Ok((text, read));
            }
            TINFLStatus::HasMoreOutput if text.len() < TEXT_BYTES_MAX => {
                text.resize((text.len() * 2).min(TEXT_BYTES_MAX), 0);
            }
            TINFLStatus::HasMoreOutput => return Err(OVERSIZED.to_owned()),
            TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => return Err(TRUNCATED.to_owned()),
            _ => return Err(DAMAGED.to_owned()),
        }
    }
}
