//! Identifiers: a prefix that says of what, then a UUID (version 7, RFC 9562) in lower-case hex.
//!
//! The sixteen bytes are drawn by the programs; here they are only read and written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::schema;

/// Some text is not an identifier of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is not {0} and 32 lower-case hexadecimal digits")]
pub struct IdError(&'static str);

macro_rules! identifier {
    ($(#[doc = $doc:literal])* $name:ident, $prefix:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// The identifier of these bytes of a UUID.
            pub fn from_uuid_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{:032x}"), u128::from_be_bytes(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($prefix)
                    .and_then(crate::digest::lower_hex)
                    .map(Self)
                    .ok_or(IdError($prefix))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        schema!($name, concat!($($doc),*), { "type": "string", "pattern": concat!("^", $prefix, "[0-9a-f]{32}$") });
    };
}

identifier!(
    /// One attempt at an order, decided once.
    OrderId,
    "ord_"
);
identifier!(
    /// A key enrolled for an account.
    KeyId,
    "key_"
);
identifier!(
    /// A message that was rejected.
    RefusalId,
    "rfs_"
);
identifier!(
    /// A token by which a machine asks in an account's name.
    TokenId,
    "tok_"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_back_as_written() {
        let id = OrderId::from_uuid_bytes([0x01; 16]);
        assert_eq!(id.to_string(), "ord_01010101010101010101010101010101");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn another_prefix_or_form_is_refused() {
        for wrong in [
            "key_01010101010101010101010101010101",
            "ord_0101",
            "ord_0A010101010101010101010101010101",
        ] {
            assert!(wrong.parse::<OrderId>().is_err(), "{wrong:?} was taken");
        }
    }
}
