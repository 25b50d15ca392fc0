//! JSON as a tree that remembers what was written: every member once, whole numbers apart from
//! others, text borrowed from the document where it has no escapes.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::NotUnderstood;
use super::pointer::push_name;
use crate::purchase_order::MAX_LINES;

/// No document nests deeper: an object, its lists, and the objects in those.
const MAX_DEPTH: usize = 3;
/// No object of any document has more members.
const MAX_MEMBERS: usize = 32;

/// One value of a document.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Whole(u64),
    List(Vec<Self>),
    Object(Vec<(Cow<'a, str>, Self)>),
    /// What no document has a use for, described.
    Other(&'static str),
}

impl Value<'_> {
    /// What this is, for a refusal.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Whole(_) => "a number",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Other(description) => description,
        }
    }
}

/// Reads a whole document.
pub(super) fn parse(bytes: &[u8]) -> Result<Value<'_>, NotUnderstood> {
    let mut trail = Trail::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Reader {
        depth: 0,
        trail: &mut trail,
    }
    .deserialize(&mut reader)
    .and_then(|value| reader.end().map(|()| value))
    .map_err(|error| NotUnderstood {
        pointer: trail.pointer(),
        detail: if error.is_syntax() || error.is_eof() {
            format!("is not JSON: {error}")
        } else {
            error.to_string()
        },
    })
}

/// The steps from a failure back to the root, collected only as the failure travels there.
#[derive(Default)]
struct Trail(Vec<String>);

impl Trail {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.0
            .iter()
            .rev()
            .for_each(|name| push_name(&mut pointer, name));
        pointer
    }
}

struct Reader<'t> {
    depth: usize,
    trail: &'t mut Trail,
}

impl Reader<'_> {
    fn deeper<E: Error>(&mut self) -> Result<Reader<'_>, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("is nested too deeply"));
        }
        Ok(Reader {
            depth: self.depth + 1,
            trail: self.trail,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value<'de>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(Value::Whole(number))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Value<'de>, E> {
        Ok(Value::Other("a negative number"))
    }

    /// Also `1e2` and `100.0`: whole numbers have one form.
    fn visit_f64<E: Error>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other("a number that is not written as a whole one"))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other("a boolean"))
    }

    fn visit_unit<E: Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::Other("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut from: A) -> Result<Value<'de>, A::Error> {
        let mut elements = Vec::new();
        loop {
            let read = from.next_element_seed(self.deeper()?);
            let read = read.inspect_err(|_| self.trail.0.push(elements.len().to_string()))?;
            let Some(element) = read else {
                return Ok(Value::List(elements));
            };
            if elements.len() == MAX_LINES {
                return Err(A::Error::custom(format_args!(
                    "has more than {MAX_LINES} elements"
                )));
            }
            elements.push(element);
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut from: A) -> Result<Value<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Value<'de>)> = Vec::with_capacity(8);
        while let Some(Value::Text(name)) = from.next_key_seed(self.deeper()?)? {
            if members.iter().any(|(earlier, _)| *earlier == name) {
                self.trail.0.push(name.into_owned());
                return Err(A::Error::custom("stands there twice"));
            }
            if members.len() == MAX_MEMBERS {
                return Err(A::Error::custom(format_args!(
                    "has more than {MAX_MEMBERS} members"
                )));
            }
            let value = from.next_value_seed(self.deeper()?);
            let value = value.inspect_err(|_| self.trail.0.push(name.clone().into_owned()))?;
            members.push((name, value));
        }
        Ok(Value::Object(members))
    }
}
