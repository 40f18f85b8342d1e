//! Documents to text.

use crate::kinds;
use crate::model::{Document, json};
use crate::params::values;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};
use std::cell::Cell;
use std::io::{Result, Write};

/// Width within which an object or a list is written on one line.
const LINE: usize = 110;

/// Writes a document as indented JSON: a node, a link or a fault a line where it fits, because
/// that is what a person compares and edits.
pub fn save(document: &Document) -> String {
    let widths = widths(document).into_iter();
    let mut text = written(document, Vec::new(), Lines { widths, open: Vec::new() });
    text.push(b'\n');
    utf8(text)
}

/// Writes a document on one line without any space.
pub(super) fn compact(document: &Document) -> String {
    utf8(written(document, Vec::new(), Compact))
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

fn written<W: Write>(document: &Document, to: W, formatter: impl Formatter) -> W {
    let mut serializer = Serializer::with_formatter(to, formatter);
    document.serialize(&mut serializer).unwrap_or_else(|_| unreachable!("plain data can be written as JSON"));
    serializer.into_inner()
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|_| unreachable!("JSON is UTF-8"))
}

/// Writes a float; one that is whole without the `.0` that serde_json writes after it.
fn write_float<W: ?Sized + Write>(writer: &mut W, value: f64) -> Result<()> {
    match json::whole(value) {
        Some(whole) => write!(writer, "{whole}"),
        None => CompactFormatter.write_f64(writer, value),
    }
}

/// JSON on one line without any space.
struct Compact;

impl Formatter for Compact {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> Result<()> {
        write_float(writer, value)
    }
}

/// How many bytes each list and each object of a document takes on one line, in the order in which
/// they begin.
fn widths(document: &Document) -> Vec<usize> {
    let (count, mut widths) = (Cell::new(0), Vec::new());
    written(document, Counter(&count), Measure { count: &count, widths: &mut widths, open: Vec::new() });
    widths
}

/// A writer that counts bytes.
struct Counter<'a>(&'a Cell<usize>);

impl Write for Counter<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Measures lists and objects as they go into a [`Counter`].
struct Measure<'a> {
    count: &'a Cell<usize>,
    widths: &'a mut Vec<usize>,
    /// Of each list and object that has begun and not ended: its place in `widths`.
    open: Vec<usize>,
}

impl Measure<'_> {
    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> Result<()> {
        self.open.push(self.widths.len());
        self.widths.push(self.count.get());
        writer.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> Result<()> {
        writer.write_all(bracket)?;
        if let Some(place) = self.open.pop() {
            self.widths[place] = self.count.get() - self.widths[place];
        }
        Ok(())
    }
}

impl Formatter for Measure<'_> {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"}")
    }
}

/// Writes each entry of the document, and of what is too wide for one line, on a line of its own.
struct Lines<I> {
    /// What [`widths`] found.
    widths: I,
    /// Of each list and object that has begun and not ended: whether its entries stand on lines of
    /// their own.
    open: Vec<bool>,
}

impl<I: Iterator<Item = usize>> Lines<I> {
    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> Result<()> {
        let width = self.widths.next().unwrap_or(0);
        let fits = 2 * self.open.len() + width <= LINE;
        // The outermost object is opened even when it fits; what stands within a line stays there.
        let opens = self.open.last().is_none_or(|outer| *outer && !fits);
        self.open.push(opens);
        writer.write_all(bracket)
    }

    fn entry<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> Result<()> {
        match (self.open.last() == Some(&true), is_first) {
            (true, true) => self.new_line(writer),
            (true, false) => writer.write_all(b",").and_then(|()| self.new_line(writer)),
            (false, true) => Ok(()),
            (false, false) => writer.write_all(b", "),
        }
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> Result<()> {
        if self.open.pop() == Some(true) {
            self.new_line(writer)?;
        }
        writer.write_all(bracket)
    }

    fn new_line<W: ?Sized + Write>(&self, writer: &mut W) -> Result<()> {
        write!(writer, "\n{:indent$}", "", indent = 2 * self.open.len())
    }
}

impl<I: Iterator<Item = usize>> Formatter for Lines<I> {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> Result<()> {
        write_float(writer, value)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"[")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> Result<()> {
        self.entry(writer, is_first)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> Result<()> {
        self.entry(writer, is_first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        writer.write_all(b": ")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"}")
    }
}
