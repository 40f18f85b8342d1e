//! Share links.
//!
//! `https://…/#v1.d.<payload>`. `v1` is the version of this layout, `d` says deflate with the
//! dictionary of this module. The payload is base64url without padding of
//!
//! ```text
//! CRC-32 of the stream, 4 bytes, big endian │ raw deflate stream of the text
//! ```
//!
//! and the text is the document as compact JSON with defaults left out. The stream may refer back
//! to `link_v1.dictionary` as if it had come before the text: most of a document is words that
//! every document has, and this halves the link. Links in the world depend on the dictionary's
//! every byte: it never changes, a better one gets another letter than `d`.
//!
//! The checksum is over the stream, because a deflate stream ends in bits that mean nothing, and
//! stands in front, so that a link that was cut off is told from one that was damaged. Decoding
//! accepts exactly what encoding writes: no padding, no bits left over, nothing after the stream.
//!
//! A link is made by someone else: the inflated size is bounded here, everything in it by
//! [`open`](super::open).

use super::save::compact;
use super::{open, without_defaults};
use crate::model::{Document, Problem};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// What stands before the payload.
const PREFIX: &str = "v1.d.";
/// Most bytes of the inflated text.
const TEXT_BYTES_MAX: usize = 1_000_000;
/// Most characters of a link; deflate cannot make more of [`TEXT_BYTES_MAX`] bytes.
const LINK_CHARS_MAX: usize = 1_500_000;
/// What the streams may refer back to; deflate sees 32 kB of it at most.
const DICTIONARY: &[u8] = include_bytes!("link_v1.dictionary");
/// Bytes of the checksum.
const CHECKSUM: usize = 4;

const TRUNCATED: &str = "The link is cut off: copy the whole of it.";
const DAMAGED: &str = "The link is damaged: some of its characters were changed on the way here.";
const OVERSIZED: &str = "The link holds more than a Headroom document may: at most 1 MB.";
const STRANGE: &str = "This is not a Headroom link: one has #v1.d. in it.";

/// The fragment of a share link: `v1.d.<payload>`.
pub fn to_fragment(document: &Document) -> String {
    let stream = deflate(compact(&without_defaults(document)).as_bytes());
    let mut bytes = crc32fast::hash(&stream).to_be_bytes().to_vec();
    bytes.extend(stream);
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

/// Whether a text is meant as a link rather than as a document.
pub(super) fn looks_like_link(text: &str) -> bool {
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
        _ => Err(STRANGE.to_owned()),
    }
}

/// Decodes, inflates and checks.
fn text(payload: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !payload.chars().all(plain) {
        return Err(DAMAGED.to_owned());
    }
    // What is cut off in the middle of a byte leaves bits over, which strict decoding refuses.
    let bytes = match URL_SAFE_NO_PAD.decode(payload) {
        Ok(bytes) => bytes,
        Err(_) => return Err(inflatable_or(payload, TRUNCATED)),
    };
    let Some((checksum, stream)) = bytes.split_first_chunk::<CHECKSUM>() else { return Err(TRUNCATED.to_owned()) };
    let text = inflate(stream)?;
    if crc32fast::hash(stream) != u32::from_be_bytes(*checksum) {
        return Err(DAMAGED.to_owned());
    }
    String::from_utf8(text).map_err(|_| DAMAGED.to_owned())
}

/// What is wrong with a payload of which the last character does not decode: cut off there, or
/// complete but for that character.
fn inflatable_or(payload: &str, otherwise: &str) -> String {
    let whole = payload.len() - payload.len() % 4;
    let bytes = URL_SAFE_NO_PAD.decode(&payload[..whole]).unwrap_or_default();
    match bytes.split_first_chunk::<CHECKSUM>().map(|(_, stream)| inflate(stream)) {
        Some(Err(error)) if error != TRUNCATED => error,
        _ => otherwise.to_owned(),
    }
}

/// Deflates the dictionary and then the text, and keeps what was written for the text.
fn deflate(text: &[u8]) -> Vec<u8> {
    // A window of 0 bits asks for a raw stream, without the header and checksum of zlib.
    let mut compressor = CompressorOxide::new(create_comp_flags_from_zip_params(10, 0, 0));
    // A flush ends the dictionary's part at a whole byte.
    deflate_part(&mut compressor, DICTIONARY, TDEFLFlush::Sync);
    deflate_part(&mut compressor, text, TDEFLFlush::Finish)
}

fn deflate_part(compressor: &mut CompressorOxide, mut part: &[u8], flush: TDEFLFlush) -> Vec<u8> {
    let mut out = vec![0; part.len() / 2 + 64];
    let mut written = 0;
    loop {
        let (status, took, gave) = compress(compressor, part, &mut out[written..], flush);
        part = &part[took..];
        written += gave;
        let full = written == out.len();
        match status {
            TDEFLStatus::Okay if full || !part.is_empty() => out.resize(out.len() * 2, 0),
            TDEFLStatus::Okay | TDEFLStatus::Done => break,
            bug => panic!("deflate refused what it was given: {bug:?}"),
        }
    }
    out.truncate(written);
    out
}

fn inflate(stream: &[u8]) -> Result<Vec<u8>, String> {
    let mut decompressor = Box::<DecompressorOxide>::default();
    let most = DICTIONARY.len() + TEXT_BYTES_MAX;
    let mut text = DICTIONARY.to_vec();
    text.resize((DICTIONARY.len() + stream.len() * 8).min(most), 0);
    let (mut read, mut written) = (0, DICTIONARY.len());
    loop {
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, took, gave) = decompress(&mut decompressor, &stream[read..], &mut text, written, flags);
        read += took;
        written += gave;
        match status {
            TINFLStatus::Done if read == stream.len() => {
                text.truncate(written);
                return Ok(text.split_off(DICTIONARY.len()));
            }
            TINFLStatus::HasMoreOutput if text.len() < most => text.resize((text.len() * 2).min(most), 0),
            TINFLStatus::HasMoreOutput => return Err(OVERSIZED.to_owned()),
            TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => return Err(TRUNCATED.to_owned()),
            _ => return Err(DAMAGED.to_owned()),
        }
    }
}
