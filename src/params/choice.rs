//! Parameters that have one of a few named values: [`choices!`](crate::choices).

use super::{Fields, Parameter};

/// One value of a choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// As written in the document.
    pub id: &'static str,
    /// As shown.
    pub label: &'static str,
}

/// Something that is one of a few named values.
pub trait Choices: Copy + PartialEq + 'static {
    /// Every value with its id and label; the first is not necessarily the default.
    const ALL: &'static [(Self, Choice)];
}

/// Declares an enum that implements [`Choices`]: a variant, its id in the document, its label.
///
/// `choices! { Access { Read = "read" "reads", Write = "write" "writes" } }`
#[macro_export]
macro_rules! choices {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $id:literal $label:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }
        impl $crate::params::Choices for $name {
            const ALL: &'static [(Self, $crate::params::Choice)] =
                &[$(($name::$variant, $crate::params::Choice { id: $id, label: $label })),+];
        }
    };
}

/// [`Fields::choice`] for an enum.
pub fn choice<T: Choices>(f: &mut dyn Fields, parameter: Parameter, value: &mut T) {
    let (mut index, choices) = choices_and_index(value);
    f.choice(parameter, &mut index, &choices);
    *value = T::ALL[index].0;
}

/// [`Fields::variants`] for an enum.
pub fn one_of<T: Choices>(
    f: &mut dyn Fields,
    parameter: Parameter,
    tag: &'static str,
    value: &mut T,
    fields: &mut dyn FnMut(T, &mut dyn Fields),
) {
    let (mut index, choices) = choices_and_index(value);
    f.variants(parameter, tag, &mut index, &choices, &mut |i, f| fields(T::ALL[i].0, f));
    *value = T::ALL[index].0;
}

/// [`Fields::optional_variants`] for an enum.
pub fn optional_one_of<T: Choices>(
    f: &mut dyn Fields,
    parameter: Parameter,
    none: &'static str,
    on: &mut bool,
    tag: &'static str,
    value: &mut T,
    fields: &mut dyn FnMut(T, &mut dyn Fields),
) {
    let (mut index, choices) = choices_and_index(value);
    f.optional_variants(parameter, none, on, tag, &mut index, &choices, &mut |i, f| fields(T::ALL[i].0, f));
    *value = T::ALL[index].0;
}

/// The choices of an enum, and the index of a value among them.
fn choices_and_index<T: Choices>(value: &T) -> (usize, Vec<Choice>) {
    let index = T::ALL.iter().position(|(each, _)| each == value).unwrap_or(0);
    (index, T::ALL.iter().map(|(_, choice)| *choice).collect())
}
