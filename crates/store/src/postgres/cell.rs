//! How values rest in columns: times as microseconds since 1970, digests as 32 bytes, everything
//! with a text form as text, the words of enums as their JSON words.

use std::str::FromStr;

use countersign_order::{
    AccountId, BuyerId, Currency, Decision, Digest, EmailAddress, Fulfilment, KeyId, Language,
    LogOrigin, MovementKind, Name, Note, OrderId, OrderState, Origin, PurchaseOrderNumber,
    Quantity, RefusalId, Role, SalesOrderNumber, ShortText, Sku, TokenId, Unit, UnitPrice,
};
use countersign_transparency::Hash;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};

use crate::{DeliveryState, MailDetail, MailState, StatementKind, StoreError, TokenScope};

/// The values that a statement is bound to.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A value that can be read from a column. `None` means that the column makes no sense.
pub(super) trait Cell: Sized {
    /// What the column holds.
    type Stored<'a>: FromSql<'a>;

    fn read(stored: Self::Stored<'_>) -> Option<Self>;

    /// What an empty column means.
    fn null() -> Option<Self> {
        None
    }
}

/// An enum that rests as a word.
pub(super) trait Word: Sized {
    fn word(self) -> &'static str;
    fn of_word(word: &str) -> Option<Self>;
}

/// A row being read, of a table that errors name. The first column read must be the row's key.
pub(super) struct Record<'row> {
    row: &'row Row,
    table: &'static str,
}

impl Record<'_> {
    /// The value in a column.
    pub(super) fn cell<T: Cell>(&self, column: &'static str) -> Result<T, StoreError> {
        let stored: Option<T::Stored<'_>> = self.row.try_get(column)?;
        stored
            .map_or_else(T::null, T::read)
            .ok_or_else(|| self.makes_no_sense(column))
    }

    /// The value in a column of JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        let text: String = self.cell(column)?;
        serde_json::from_str(&text).map_err(|_| self.makes_no_sense(column))
    }

    /// The value in a column of JSON that may be null.
    pub(super) fn json_or_null<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.cell(column)?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|_| self.makes_no_sense(column))
    }

    /// The error that names a column of this row.
    pub(super) fn makes_no_sense(&self, column: &'static str) -> StoreError {
        let text = self.row.try_get::<_, String>(0).ok();
        let number = || self.row.try_get::<_, i64>(0).ok().map(|n| n.to_string());
        StoreError::Inconsistent {
            table: self.table,
            column,
            row: text.or_else(number).unwrap_or_default(),
        }
    }
}

/// Rows of a table, to be read.
pub(super) fn records<'row>(
    table: &'static str,
    rows: &'row [Row],
) -> impl Iterator<Item = Record<'row>> {
    rows.iter().map(move |row| Record { row, table })
}

/// A time as it rests.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A value as JSON, for a column.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::RuleBroken(Box::new(error)))
}

/// A number as a column holds it. What is larger than a column can hold is no row's number.
pub(super) fn column_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

/// One column of a set of rows, as an array for `unnest`.
pub(super) fn column<'a, R, C>(rows: &'a [R], cell: impl Fn(&'a R) -> C) -> Vec<C> {
    rows.iter().map(cell).collect()
}

impl<T: Cell> Cell for Option<T> {
    type Stored<'a> = T::Stored<'a>;

    fn read(stored: Self::Stored<'_>) -> Option<Self> {
        T::read(stored).map(Some)
    }

    fn null() -> Option<Self> {
        Some(None)
    }
}

impl Cell for Vec<u8> {
    type Stored<'a> = &'a [u8];

    fn read(stored: &[u8]) -> Option<Self> {
        Some(stored.to_vec())
    }
}

impl Cell for Vec<String> {
    type Stored<'a> = Self;

    fn read(stored: Self) -> Option<Self> {
        Some(stored)
    }
}

impl Cell for bool {
    type Stored<'a> = Self;

    fn read(stored: Self) -> Option<Self> {
        Some(stored)
    }
}

impl Cell for Timestamp {
    type Stored<'a> = i64;

    fn read(stored: i64) -> Option<Self> {
        Self::from_microsecond(stored).ok()
    }
}

impl Cell for Digest {
    type Stored<'a> = &'a [u8];

    fn read(stored: &[u8]) -> Option<Self> {
        stored.try_into().ok().map(Self::from_bytes)
    }
}

impl Cell for Hash {
    type Stored<'a> = &'a [u8];

    fn read(stored: &[u8]) -> Option<Self> {
        stored.try_into().ok().map(Self::from_bytes)
    }
}

impl Cell for SalesOrderNumber {
    type Stored<'a> = i64;

    fn read(stored: i64) -> Option<Self> {
        u64::read(stored).map(Self::from_sequence)
    }
}

impl Cell for Quantity {
    type Stored<'a> = i64;

    fn read(stored: i64) -> Option<Self> {
        u32::read(stored)?.try_into().ok()
    }
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Cell for $number {
            type Stored<'a> = i64;

            fn read(stored: i64) -> Option<Self> {
                stored.try_into().ok()
            }
        }
    )*};
}

macro_rules! texts {
    ($($text:ty)*) => {$(
        impl Cell for $text {
            type Stored<'a> = &'a str;

            fn read(stored: &str) -> Option<Self> {
                parsed(stored)
            }
        }
    )*};
}

macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal),+ $(,)? })*) => {$(
        impl Word for $name {
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            fn of_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl Cell for $name {
            type Stored<'a> = &'a str;

            fn read(stored: &str) -> Option<Self> {
                Self::of_word(stored)
            }
        }
    )*};
}

numbers!(i64 u64 u32);

texts!(
    AccountId BuyerId Currency Date EmailAddress KeyId Language LogOrigin Name Note OrderId Origin
    PurchaseOrderNumber RefusalId ShortText Sku String TokenId Unit UnitPrice
);

words! {
    Decision { Accepted = "accepted", Held = "held", Declined = "declined" }
    DeliveryState {
        Waiting = "waiting",
        Delivered = "delivered",
        GivenUp = "given-up",
        Missed = "missed",
    }
    Fulfilment { Complete = "complete", Partial = "partial" }
    MailDetail { Full = "full", NumberOnly = "number-only" }
    MailState { Waiting = "waiting", Sent = "sent", Dead = "dead" }
    MovementKind {
        Received = "received",
        Reserved = "reserved",
        Released = "released",
        Shipped = "shipped",
        Corrected = "corrected",
    }
    OrderState {
        Held = "held",
        Accepted = "accepted",
        Preparing = "preparing",
        Packed = "packed",
        PartShipped = "part_shipped",
        Shipped = "shipped",
        Closed = "closed",
        Cancelled = "cancelled",
        Declined = "declined",
    }
    Role { Buyer = "buyer", Clerk = "clerk", Supervisor = "supervisor", Auditor = "auditor" }
    TokenScope { Order = "order", Read = "read" }
    StatementKind {
        Receipt = "receipt",
        Shipment = "shipment",
        Cancellation = "cancellation",
        Key = "key",
        Seller = "seller",
        Recovery = "recovery",
    }
}
