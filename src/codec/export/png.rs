//! A document inside a PNG picture: one `iTXt` chunk, which every viewer passes over (PNG specification, third
//! edition, W3C 2025, section 11.3.3.4).

use crate::codec::save::compact;
use crate::codec::without_defaults;
use crate::model::Document;

/// The first bytes of every PNG file.
pub(in crate::codec) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The keyword of the chunk.
pub(in crate::codec) const KEYWORD: &[u8] = b"headroom-document";
/// Length, type and checksum of a chunk, bytes.
const CHUNK_FRAME: usize = 12;

/// The picture with the document in it, before its last chunk. `None` where the bytes are no PNG picture.
pub fn with_document(png: &[u8], document: &Document) -> Option<Vec<u8>> {
    if !png.starts_with(SIGNATURE) || png.len() < SIGNATURE.len() + CHUNK_FRAME {
        return None;
    }
    // The last chunk, IEND, is empty.
    let (pixels, end) = png.split_at(png.len() - CHUNK_FRAME);
    if end.get(4..8) != Some(b"IEND") {
        return None;
    }
    let mut data = KEYWORD.to_vec();
    // The end of the keyword; not compressed, method 0; no language, no translated keyword.
    data.extend([0, 0, 0, 0, 0]);
    data.extend(compact(&without_defaults(document)).bytes());
    let mut out = pixels.to_vec();
    out.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    let start = out.len();
    out.extend(b"iTXt");
    out.extend(data);
    let checksum = crc32fast::hash(&out[start..]);
    out.extend(checksum.to_be_bytes());
    out.extend(end);
    Some(out)
}
