//! Setting a parameter of a node, a link, a fault or a change.

use super::checks::{change_mut, fault_mut, fits, link_mut, node_mut};
use crate::kinds;
use crate::model::{Document, Fault, Place};
use crate::params::values;
use serde_json::Value;

/// Sets the parameter at a dotted path below a place; without a value it has its default again.
pub fn set_param(document: &mut Document, place: &Place, path: &str, value: Option<Value>) -> Result<(), String> {
    fits(value.as_ref(), path)?;
    match place {
        Place::Node(id) => {
            let node = node_mut(document, id)?;
            let fields = kinds::fields(&node.kind).unwrap_or_default();
            values::set(&mut node.params, &fields, path, value)
        }
        Place::Link(id) => values::set(&mut link_mut(document, id)?.params, &crate::link::link_fields(), path, value),
        Place::Fault(index) => set_fault_param(fault_mut(document, *index)?, path, value),
        Place::Change(index) => {
            let change = change_mut(document, *index)?;
            match path {
                "at_s" => {
                    let at_s = value.as_ref().and_then(Value::as_f64).ok_or("A time is a number of seconds.")?;
                    change.at_s = at_s.max(0.0);
                }
                "to" => change.to = value.unwrap_or(Value::Null),
                _ => return Err("That is no part of a change.".to_owned()),
            }
            Ok(())
        }
        Place::Document | Place::Zone(_) | Place::Run => Err("That has no parameters to set here.".to_owned()),
    }
}

/// A fault's own three fields look like parameters from outside.
fn set_fault_param(fault: &mut Fault, path: &str, value: Option<Value>) -> Result<(), String> {
    let seconds = |value: &Value| value.as_f64().ok_or_else(|| format!("{path} is a number of seconds."));
    match path {
        "fault" => match value {
            Some(Value::String(id)) if crate::faults::fields(&id).is_some() => fault.fault = id,
            other => return Err(format!("There is no fault called {}.", other.unwrap_or(Value::Null))),
        },
        "start_s" => fault.start_s = value.as_ref().map_or(Ok(0.0), seconds)?,
        "duration_s" => fault.duration_s = value.filter(|value| !value.is_null()).as_ref().map(seconds).transpose()?,
        _ => {
            let fields = crate::faults::fields(&fault.fault).unwrap_or_default();
            values::set(&mut fault.params, &fields, path, value)?;
        }
    }
    Ok(())
}
