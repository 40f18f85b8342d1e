//! The document in an exported picture. Nothing else of the picture is read.

use super::METADATA_TAG;
use crate::codec::FILE_BYTES_MAX;
use crate::codec::export::png::{KEYWORD, SIGNATURE};

const NOT_OURS: &str = "document: this picture holds no diagram: one that Headroom exported, and that was not edited or compressed by another program since";

/// Whether a text is an SVG picture.
pub fn is_svg(text: &str) -> bool {
    let start = text.get(..text.len().min(1000)).unwrap_or(text);
    text.starts_with('<') && (start.contains("<svg") || text.contains(METADATA_TAG))
}

/// The text of the document in an SVG picture.
pub fn in_svg(text: &str) -> Result<String, String> {
    let start = text.find(&format!("<{METADATA_TAG}")).ok_or(NOT_OURS)?;
    let rest = &text[start..];
    let from = rest.find('>').ok_or(NOT_OURS)? + 1;
    let to = rest.find(&format!("</{METADATA_TAG}")).filter(|to| *to >= from).ok_or(NOT_OURS)?;
    Ok(unescaped(&rest[from..to]))
}

/// The text of an element without its entities; programs that store pictures write them in several ways.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|end| *end <= 10);
        match end.and_then(|end| entity(&rest[1..end]).map(|c| (c, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str, radix: u32| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
            Some(digits) => number(digits, 16),
            None => number(name.strip_prefix('#')?, 10),
        },
    }
}

/// The text of the document in a PNG picture; `None` where the bytes are no PNG picture.
pub fn in_png(bytes: &[u8]) -> Option<Result<String, String>> {
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    loop {
        // Length, type, data, checksum.
        let Some((length, after)) = rest.split_first_chunk::<4>() else { return Some(Err(NOT_OURS.to_owned())) };
        let length = u32::from_be_bytes(*length) as usize;
        let chunk = after.get(..4).zip(after.get(4..length.saturating_add(4)));
        let (Some((kind, data)), Some(next)) = (chunk, after.get(length.saturating_add(8)..)) else {
            return Some(Err("document: the picture is cut off: the whole file".to_owned()));
        };
        if kind == b"iTXt"
            && let Some(data) = data.strip_prefix(KEYWORD)
            && let Some(text) = data.strip_prefix(&[0, 0, 0, 0, 0])
        {
            let is_sound = after[length + 4..length + 8] == crc32fast::hash(&after[..length + 4]).to_be_bytes();
            if !is_sound || text.len() > FILE_BYTES_MAX {
                return Some(Err("document: the diagram in the picture is damaged: an undamaged copy".to_owned()));
            }
            let text = String::from_utf8(text.to_vec());
            return Some(text.map_err(|_| NOT_OURS.to_owned()));
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_of_every_kind_are_read() {
        assert_eq!(unescaped("a&amp;b&lt;c&#62;d&#x22;e&apos;f&nothing;g&"), "a&b<c>d\"e'f&nothing;g&");
    }

    #[test]
    fn what_is_no_picture_is_told_apart() {
        assert!(in_png(b"{\"headroom\": 1}").is_none());
        assert!(is_svg("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>"));
        assert!(!is_svg("{\"title\": \"<svg\"}"));
        assert!(!is_svg("flowchart LR"));
    }
}
