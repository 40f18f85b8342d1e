//! Documents to text.

use crate::kinds;
use crate::model::{Document, json};
use crate::params::values;

/// Width within which an object or a list is written on one line.
const LINE: usize = 110;

/// Writes a document as indented JSON: a node, a link or a fault a line where it fits, because
/// that is what a person compares and edits.
pub fn save(document: &Document) -> String {
    let compact = json::write(document);
    let mut layout = Layout { text: &compact, space: " ", out: String::with_capacity(compact.len() * 2) };
    layout.value(0, compact.len(), 0);
    layout.out.push('\n');
    layout.out
}

/// Writes a document on one line without any space.
pub(super) fn compact(document: &Document) -> String {
    let text = json::write(document);
    let mut layout = Layout { text: &text, space: "", out: String::with_capacity(text.len()) };
    layout.line(0, text.len());
    layout.out
}

/// The document without the parameters that equal their defaults.
pub fn without_defaults(document: &Document) -> Document {
    let mut short = document.clone();
    for node in &mut short.nodes {
        if let Some(fields) = kinds::fields(&node.kind) {
            node.params = values::stripped(&node.params, &fields);
        }
    }
    let fields = crate::link::link_fields();
    for link in &mut short.links {
        link.params = values::stripped(&link.params, &fields);
    }
    for fault in &mut short.faults {
        if let Some(fields) = crate::faults::fields(&fault.fault) {
            fault.params = values::stripped(&fault.params, &fields);
        }
    }
    short
}

/// Lays compact JSON out over lines. It works on the text, because a `serde_json::Value` would
/// lose the order of a document's fields.
struct Layout<'a> {
    text: &'a str,
    /// What follows a comma or a colon within a line.
    space: &'static str,
    out: String,
}

impl Layout<'_> {
    /// Writes the value that stands at `start..end`.
    fn value(&mut self, start: usize, end: usize, indent: usize) {
        let value = &self.text[start..end];
        let outermost = indent == 0;
        if !value.starts_with(['{', '[']) || (!outermost && indent + value.len() <= LINE) {
            return self.line(start, end);
        }
        let (open, close) = (&value[..1], &value[value.len() - 1..]);
        self.out.push_str(open);
        let mut part = start + 1;
        for comma in self.commas(start + 1, end - 1) {
            self.new_line(indent + 2);
            self.part(part, comma, indent + 2);
            if comma < end - 1 {
                self.out.push(',');
            }
            part = comma + 1;
        }
        self.new_line(indent);
        self.out.push_str(close);
    }

    /// Writes an entry of a list, or a key with its value.
    fn part(&mut self, start: usize, end: usize, indent: usize) {
        let key = if self.text.as_bytes()[start] == b'"' { self.skip_string(start) } else { end };
        if self.text.as_bytes().get(key) == Some(&b':') && key < end {
            self.out.push_str(&self.text[start..key]);
            self.out.push_str(": ");
            self.value(key + 1, end, indent);
        } else {
            self.value(start, end, indent);
        }
    }

    /// Writes a value on one line.
    fn line(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let next = match self.text.as_bytes()[at] {
                b'"' => self.skip_string(at),
                b'-' | b'0'..=b'9' => self.skip_number(at),
                _ => at + 1,
            };
            self.out.push_str(number(&self.text[at..next]));
            if matches!(self.text.as_bytes()[at], b',' | b':') {
                self.out.push_str(self.space);
            }
            at = next;
        }
    }

    /// The commas between the parts of `start..end`, and `end`; none when there are no parts.
    fn commas(&self, start: usize, end: usize) -> Vec<usize> {
        let mut commas = Vec::new();
        let (mut at, mut depth) = (start, 0);
        while at < end {
            match self.text.as_bytes()[at] {
                b'"' => at = self.skip_string(at) - 1,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b',' if depth == 0 => commas.push(at),
                _ => {}
            }
            at += 1;
        }
        if start < end {
            commas.push(end);
        }
        commas
    }

    fn skip_string(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while bytes[at] != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        at + 1
    }

    fn skip_number(&self, start: usize) -> usize {
        let digits = self.text.as_bytes()[start..].iter();
        start + digits.take_while(|c| matches!(c, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')).count()
    }

    fn new_line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// A whole number without the `.0` that Rust writes after it. Beyond 15 digits it would then be
/// read as a whole number that no `f64` holds, so there it stays.
fn number(token: &str) -> &str {
    match token.strip_suffix(".0") {
        Some("-0") => "0",
        Some(whole) if whole.len() <= 15 => whole,
        _ => token,
    }
}
