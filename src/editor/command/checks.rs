//! What a command names and brings along, or why it cannot be, in a sentence.

use crate::model::{Document, Fault, Link, Node, ParameterChange, limits};
use serde_json::Value;

/// Refuses a value that could be written and then not be read again.
pub fn fits(value: Option<&Value>, path: &str) -> Result<(), String> {
    if path.chars().count() > limits::TEXT_CHARS || path.split('.').count() > limits::DEPTH / 4 {
        return Err("That is not the path of a parameter.".to_owned());
    }
    fn depth(value: &Value) -> Result<usize, String> {
        match value {
            Value::String(words) => text(words).map(|_| 1),
            Value::Array(list) => list.iter().try_fold(1, |most, each| Ok(most.max(1 + depth(each)?))),
            Value::Object(map) => map.values().try_fold(1, |most, each| Ok(most.max(1 + depth(each)?))),
            _ => Ok(1),
        }
    }
    match value.map_or(Ok(0), depth)? {
        deep if deep > limits::DEPTH / 2 => Err("That value is nested too deeply.".to_owned()),
        _ => Ok(()),
    }
}

/// A text, when it is short enough; nothing but space is no text. Space around it stays, because
/// the next word may be about to be typed.
pub fn text(words: &str) -> Result<String, String> {
    let words = if words.trim().is_empty() { "" } else { words };
    if words.chars().count() > limits::TEXT_CHARS {
        return Err(format!("A text may have at most {} characters.", limits::TEXT_CHARS));
    }
    Ok(words.to_owned())
}

pub fn position(at: [f64; 2]) -> Result<[f64; 2], String> {
    finite(&at)?;
    Ok(at.map(|x| x.clamp(-limits::COORDINATE_MAX, limits::COORDINATE_MAX)))
}

pub fn finite(numbers: &[f64]) -> Result<(), String> {
    if numbers.iter().all(|x| x.is_finite()) { Ok(()) } else { Err("That is not a number.".to_owned()) }
}

pub fn room(count: usize, most: usize, what: &str) -> Result<(), String> {
    if count > most { Err(format!("A diagram holds at most {most} {what}.")) } else { Ok(()) }
}

pub fn node<'a>(document: &'a Document, id: &str) -> Result<&'a Node, String> {
    document.node(id).ok_or_else(|| no_node(id))
}

pub fn node_mut<'a>(document: &'a mut Document, id: &str) -> Result<&'a mut Node, String> {
    document.nodes.iter_mut().find(|node| node.id == id).ok_or_else(|| no_node(id))
}

pub fn link_mut<'a>(document: &'a mut Document, id: &str) -> Result<&'a mut Link, String> {
    document.links.iter_mut().find(|link| link.id == id).ok_or_else(|| no_link(id))
}

pub fn fault_mut(document: &mut Document, index: usize) -> Result<&mut Fault, String> {
    document.faults.get_mut(index).ok_or_else(|| format!("There is no fault {index} any more."))
}

fn no_node(id: &str) -> String {
    format!("There is no node {id} any more.")
}

pub fn no_link(id: &str) -> String {
    format!("There is no link {id} any more.")
}

pub fn change_mut(document: &mut Document, index: usize) -> Result<&mut ParameterChange, String> {
    document.changes.get_mut(index).ok_or_else(|| "There is no such change any more.".to_owned())
}
