//! Times as documents write them: RFC 3339 in UTC, to the millisecond.
//!
//! Use [`rfc3339`] and [`rfc3339_or_null`] with `#[serde(with = "…")]`.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use thiserror::Error;

/// Some text is no time or date as documents write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TimeError {
    /// Not an RFC 3339 time in UTC with at most three fraction digits.
    #[error("is not a time such as 2026-11-23T18:04:05.123Z")]
    Instant,
    /// Not a calendar date.
    #[error("is not a date such as 2026-11-23")]
    Date,
}

/// Reads a time: RFC 3339, `Z`, 0 to 3 fraction digits.
///
/// A 61st second is refused: we could not give it back as it was signed.
pub fn parse_instant(text: &str) -> Result<Timestamp, TimeError> {
    let shape = b"0000-00-00T00:00:00";
    let (seconds, rest) = text
        .as_bytes()
        .split_at_checked(shape.len())
        .ok_or(TimeError::Instant)?;
    let fraction = rest.strip_suffix(b"Z").ok_or(TimeError::Instant)?;
    let fraction_fits = match fraction.split_first() {
        None => true,
        Some((b'.', digits)) => {
            (1..=3).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        }
        Some(_) => false,
    };
    if !has_shape(seconds, shape) || !fraction_fits || seconds.ends_with(b":60") {
        return Err(TimeError::Instant);
    }
    text.parse().map_err(|_| TimeError::Instant)
}

/// Writes a time with three fraction digits; what is finer is cut off.
pub fn write_instant(instant: Timestamp) -> String {
    format!("{:.3}", to_millisecond(instant))
}

/// The time as documents can state it: to the millisecond, the rest cut off.
pub fn to_millisecond(instant: Timestamp) -> Timestamp {
    let whole = instant.as_nanosecond().div_euclid(1_000_000) * 1_000_000;
    // The earliest times have no whole millisecond before them; no document can state those.
    Timestamp::from_nanosecond(whole).unwrap_or(instant)
}

/// The day on which a time falls, in UTC.
pub fn day_of(instant: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(instant).date()
}

/// Reads a date: YYYY-MM-DD.
pub fn parse_date(text: &str) -> Result<Date, TimeError> {
    if !has_shape(text.as_bytes(), b"0000-00-00") {
        return Err(TimeError::Date);
    }
    text.parse().map_err(|_| TimeError::Date)
}

/// Whether `text` has a digit wherever `shape` has a zero, and is the same elsewhere.
fn has_shape(text: &[u8], shape: &[u8]) -> bool {
    text.len() == shape.len()
        && text.iter().zip(shape).all(|(t, s)| {
            if *s == b'0' {
                t.is_ascii_digit()
            } else {
                t == s
            }
        })
}

/// A time in JSON.
pub mod rfc3339 {
    use std::borrow::Cow;

    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes a time as [`write_instant`](super::write_instant) does.
    pub fn serialize<S: Serializer>(instant: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:.3}", super::to_millisecond(*instant)))
    }

    /// Reads a time as [`parse_instant`](super::parse_instant) does.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        super::parse_instant(&text).map_err(D::Error::custom)
    }
}

/// A time in JSON, or null.
pub mod rfc3339_or_null {
    use std::borrow::Cow;

    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes a time, or null.
    pub fn serialize<S: Serializer>(instant: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        match instant {
            Some(instant) => super::rfc3339::serialize(instant, to),
            None => to.serialize_none(),
        }
    }

    /// Reads a time, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(from)?;
        text.map(|text| super::parse_instant(&text).map_err(D::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_written() {
        for text in [
            "2026-11-23T18:04:05.123Z",
            "1969-12-31T23:59:59.999Z",
            "0000-01-01T00:00:00.000Z",
        ] {
            assert_eq!(write_instant(parse_instant(text).unwrap()), text);
        }
        let whole = parse_instant("2026-11-23T18:04:05Z").unwrap();
        assert_eq!(write_instant(whole), "2026-11-23T18:04:05.000Z");
    }

    #[test]
    fn what_is_finer_than_a_millisecond_is_cut_off() {
        let fine: Timestamp = "2026-11-23T18:04:05.123999999Z".parse().unwrap();
        assert_eq!(write_instant(fine), "2026-11-23T18:04:05.123Z");
        let before_1970: Timestamp = "1969-12-31T23:59:59.9985Z".parse().unwrap();
        assert_eq!(write_instant(before_1970), "1969-12-31T23:59:59.998Z");
    }

    #[test]
    fn only_the_one_form_is_taken() {
        for wrong in [
            "",
            "2026-11-23",
            "2026-11-23T18:04:05",
            "2026-11-23T18:04:05+00:00",
            "2026-11-23T18:04:05.1234Z",
            "2026-11-23T18:04:05.Z",
            "2026-11-23T18:04:05,1Z",
            "2026-11-23t18:04:05Z",
            "2026-11-23T18:04:05z",
            "2026-11-23 18:04:05Z",
            "2026-11-23T18:04Z",
            "2026-02-30T18:04:05Z",
            "2026-11-23T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "+02026-11-23T18:04:05Z",
            "２026-11-23T18:04:05Z",
        ] {
            assert_eq!(parse_instant(wrong), Err(TimeError::Instant), "{wrong:?}");
        }
    }

    #[test]
    fn a_date_is_a_day_of_the_calendar() {
        assert!(parse_date("2024-02-29").is_ok());
        for wrong in [
            "2026-02-29",
            "2026-1-1",
            "20260101",
            "2026-01-01T00:00:00Z",
            "",
        ] {
            assert_eq!(parse_date(wrong), Err(TimeError::Date), "{wrong:?}");
        }
    }
}
