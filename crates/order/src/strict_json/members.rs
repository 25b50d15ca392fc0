//! An object that is read member by member until none is left.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use super::value::Value;
use super::{NotUnderstood, Pointer};

/// The members of one object that nobody has read yet.
#[derive(Debug)]
pub(crate) struct Members<'a, 'p> {
    at: Pointer<'p>,
    unread: Vec<(Cow<'a, str>, Option<Value<'a>>)>,
}

impl<'a, 'p> Members<'a, 'p> {
    /// Opens the object that stands at `at`.
    pub(super) fn of(value: Value<'a>, at: Pointer<'p>) -> Result<Self, NotUnderstood> {
        match value {
            Value::Object(members) => {
                let unread = members
                    .into_iter()
                    .map(|(name, value)| (name, Some(value)))
                    .collect();
                Ok(Self { at, unread })
            }
            Value::Text(_) | Value::Whole(_) | Value::List(_) | Value::Other(_) => {
                Err(at.refuse(format!("is {} where an object belongs", value.describe())))
            }
        }
    }

    /// Refuses a member of this object.
    pub(crate) fn refuse(&self, name: &str, detail: impl Into<String>) -> NotUnderstood {
        Pointer::Member(&self.at, name).refuse(detail)
    }

    /// Reads text that has to be there.
    pub(crate) fn required<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
    ) -> Result<T, NotUnderstood> {
        self.optional(name)?.ok_or_else(|| self.missing(name))
    }

    /// Reads text that may be missing.
    pub(crate) fn optional<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, NotUnderstood> {
        self.optional_with(name, str::parse)
    }

    /// Reads text that has to be there, in a form of its own.
    pub(crate) fn required_with<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, NotUnderstood> {
        self.optional_with(name, parse)?
            .ok_or_else(|| self.missing(name))
    }

    /// Reads text that may be missing, in a form of its own.
    pub(crate) fn optional_with<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, NotUnderstood> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Text(text)) => parse(&text)
                .map(Some)
                .map_err(|error| self.refuse(name, error.to_string())),
            Some(other) => Err(self.misplaced(name, &other, "text")),
        }
    }

    /// Reads a whole number that has to be there.
    pub(crate) fn required_number<T>(&mut self, name: &str) -> Result<T, NotUnderstood>
    where
        T: TryFrom<u64, Error: Display>,
    {
        self.optional_number(name)?
            .ok_or_else(|| self.missing(name))
    }

    /// Reads a whole number that may be missing.
    pub(crate) fn optional_number<T>(&mut self, name: &str) -> Result<Option<T>, NotUnderstood>
    where
        T: TryFrom<u64, Error: Display>,
    {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Whole(number)) => T::try_from(number)
                .map(Some)
                .map_err(|error| self.refuse(name, error.to_string())),
            Some(other) => Err(self.misplaced(name, &other, "a whole number")),
        }
    }

    /// Reads an object that may be missing.
    pub(crate) fn optional_object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Members<'a, '_>) -> Result<T, NotUnderstood>,
    ) -> Result<Option<T>, NotUnderstood> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        read(Members::of(value, Pointer::Member(&self.at, name))?).map(Some)
    }

    /// Reads a list of objects that has to be there.
    pub(crate) fn required_objects<T>(
        &mut self,
        name: &str,
        mut read: impl FnMut(usize, Members<'a, '_>) -> Result<T, NotUnderstood>,
    ) -> Result<Vec<T>, NotUnderstood> {
        let elements = self.list(name)?.ok_or_else(|| self.missing(name))?;
        let list = Pointer::Member(&self.at, name);
        let read_one =
            |(place, value)| read(place, Members::of(value, Pointer::Element(&list, place))?);
        elements.into_iter().enumerate().map(read_one).collect()
    }

    /// Reads a list of texts that may be missing, which is the same as an empty one.
    pub(crate) fn optional_texts<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
        max_count: usize,
    ) -> Result<Vec<T>, NotUnderstood> {
        let elements = self.list(name)?.unwrap_or_default();
        if elements.len() > max_count {
            return Err(self.refuse(name, format!("has more than {max_count} elements")));
        }
        let list = Pointer::Member(&self.at, name);
        let read_one = |(place, value): (usize, Value<'_>)| {
            let at = Pointer::Element(&list, place);
            match value {
                Value::Text(text) => text
                    .parse()
                    .map_err(|error: T::Err| at.refuse(error.to_string())),
                Value::Whole(_) | Value::List(_) | Value::Object(_) | Value::Other(_) => {
                    Err(at.refuse(format!("is {} where text belongs", value.describe())))
                }
            }
        };
        elements.into_iter().enumerate().map(read_one).collect()
    }

    /// Ends the reading: whatever was not asked for is unknown.
    pub(crate) fn finish(self) -> Result<(), NotUnderstood> {
        match self.unread.iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => Err(self.refuse(name, "is not known here")),
            None => Ok(()),
        }
    }

    fn list(&mut self, name: &str) -> Result<Option<Vec<Value<'a>>>, NotUnderstood> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::List(elements)) => Ok(Some(elements)),
            Some(other) => Err(self.misplaced(name, &other, "a list")),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value<'a>> {
        self.unread
            .iter_mut()
            .find(|(member, _)| member == name)?
            .1
            .take()
    }

    fn missing(&self, name: &str) -> NotUnderstood {
        self.refuse(name, "is missing")
    }

    fn misplaced(&self, name: &str, found: &Value<'_>, wanted: &str) -> NotUnderstood {
        self.refuse(
            name,
            format!("is {} where {wanted} belongs", found.describe()),
        )
    }
}
