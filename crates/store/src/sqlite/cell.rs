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
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{DeliveryState, MailDetail, MailState, StatementKind, StoreError, TokenScope};

/// A value that can be read from a column. `None` means that the column makes no sense.
pub(super) trait Cell: Sized {
    fn read(value: ValueRef<'_>) -> Option<Self>;
}

/// An enum that rests as a word.
pub(super) trait Word: Sized {
    fn word(self) -> &'static str;
    fn of_word(word: &str) -> Option<Self>;
}

/// A row being read, of a table that errors name. The first column read must be the row's key.
pub(super) struct Record<'row, 'statement> {
    pub(super) row: &'row Row<'statement>,
    pub(super) table: &'static str,
}

impl Record<'_, '_> {
    /// The value in a column.
    pub(super) fn cell<T: Cell>(&self, column: &'static str) -> Result<T, StoreError> {
        T::read(self.row.get_ref(column)?).ok_or_else(|| self.makes_no_sense(column))
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
        if self.row.get_ref(column)? == ValueRef::Null {
            Ok(None)
        } else {
            self.json(column).map(Some)
        }
    }

    /// The error that names a column of this row.
    pub(super) fn makes_no_sense(&self, column: &'static str) -> StoreError {
        let row = match self.row.get_ref(0) {
            Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            Ok(ValueRef::Integer(number)) => number.to_string(),
            Ok(ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_)) | Err(_) => String::new(),
        };
        StoreError::Inconsistent {
            table: self.table,
            column,
            row,
        }
    }
}

/// A time as it rests.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A value as JSON, for a column or as a set parameter.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::RuleBroken(Box::new(error)))
}

/// A digest as JSON carries it, for `unhex` to read.
pub(super) fn hex(digest: &Digest) -> String {
    digest.to_string().split_off("sha256:".len())
}

/// A number as a column holds it. What is larger than a column can hold is no row's number.
pub(super) fn column_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

impl<T: Cell> Cell for Option<T> {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        if value == ValueRef::Null {
            Some(None)
        } else {
            T::read(value).map(Some)
        }
    }
}

impl Cell for String {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok().map(str::to_owned)
    }
}

impl Cell for Vec<u8> {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok().map(<[u8]>::to_vec)
    }
}

impl Cell for bool {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        match value.as_i64().ok()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Cell for Timestamp {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        Self::from_microsecond(value.as_i64().ok()?).ok()
    }
}

impl Cell for Digest {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok()?.try_into().ok().map(Self::from_bytes)
    }
}

impl Cell for Hash {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok()?.try_into().ok().map(Self::from_bytes)
    }
}

impl Cell for SalesOrderNumber {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        u64::read(value).map(Self::from_sequence)
    }
}

impl Cell for Quantity {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        u32::read(value)?.try_into().ok()
    }
}

fn parsed<T: FromStr>(value: ValueRef<'_>) -> Option<T> {
    value.as_str().ok()?.parse().ok()
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Cell for $number {
            fn read(value: ValueRef<'_>) -> Option<Self> {
                value.as_i64().ok()?.try_into().ok()
            }
        }
    )*};
}

macro_rules! texts {
    ($($text:ty)*) => {$(
        impl Cell for $text {
            fn read(value: ValueRef<'_>) -> Option<Self> {
                parsed(value)
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
            fn read(value: ValueRef<'_>) -> Option<Self> {
                Self::of_word(value.as_str().ok()?)
            }
        }
    )*};
}

numbers!(i64 u64 u32);

texts!(
    AccountId BuyerId Currency Date EmailAddress KeyId Language LogOrigin Name Note OrderId Origin
    PurchaseOrderNumber RefusalId ShortText Sku TokenId Unit UnitPrice
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
