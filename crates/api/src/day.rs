//! A day of a calendar, as queries and bodies write it: YYYY-MM-DD.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use countersign_order::time::{TimeError, parse_date};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day. Where it stands for a span of time it is a day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub Date);

impl Day {
    /// When it begins; none for a day beyond all clocks.
    pub fn start(self) -> Option<Timestamp> {
        let midnight = self.0.to_datetime(Time::midnight());
        TimeZone::UTC.to_timestamp(midnight).ok()
    }

    /// When the next one begins.
    pub fn end(self) -> Option<Timestamp> {
        Self(self.0.tomorrow().ok()?).start()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        parse_date(text).map(Self)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let day: Day = "2026-02-28".parse().unwrap();
        assert_eq!(day.start().unwrap().to_string(), "2026-02-28T00:00:00Z");
        assert_eq!(day.end(), "2026-03-01".parse::<Day>().unwrap().start());
        assert_eq!(day.to_string(), "2026-02-28");
        for wrong in ["2026-02-29", "28.2.2026", "2026-02-28T00:00:00Z", ""] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }
}
