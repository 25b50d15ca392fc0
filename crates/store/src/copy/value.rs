//! Values as they are on the way, which belong to neither database, and their digest.
//!
//! A row is digested as its values, in the order of the table's columns: an octet that tells the kind (0 for
//! null), then a number as 8 octets, most significant first; a text or octets as their length in such a number
//! and themselves; a flag as one octet; several texts as their count and each of them.

use aws_lc_rs::digest::{Context, SHA256};
use countersign_order::Digest;

/// What a column of a row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
    Flag(bool),
    Words(Vec<String>),
}

impl Value {
    /// What errors call a row by whose key this is.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Null | Self::Bytes(_) | Self::Flag(_) | Self::Words(_) => String::new(),
        }
    }
}

/// The values of a row, in the order of its table's columns.
pub(crate) type Row = Vec<Value>;

/// SHA-256, of rows or of other digests.
#[derive(Clone)]
pub(super) struct Digester(Context);

impl Digester {
    pub(super) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(super) fn rows(&mut self, rows: &[Row]) {
        for value in rows.iter().flatten() {
            self.value(value);
        }
    }

    pub(super) fn number(&mut self, number: u64) {
        self.0.update(&number.to_be_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> Digest {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(self.0.finish().as_ref()) {
            *to = *from;
        }
        Digest::from_bytes(bytes)
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.0.update(&[0]),
            Value::Number(number) => {
                self.0.update(&[1]);
                self.0.update(&number.to_be_bytes());
            }
            Value::Text(text) => {
                self.0.update(&[2]);
                self.bytes(text.as_bytes());
            }
            Value::Bytes(bytes) => {
                self.0.update(&[3]);
                self.bytes(bytes);
            }
            Value::Flag(flag) => self.0.update(&[4, u8::from(*flag)]),
            Value::Words(words) => {
                self.0.update(&[5]);
                self.number(u64::try_from(words.len()).unwrap_or(u64::MAX));
                for word in words {
                    self.bytes(word.as_bytes());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(row: &[Value]) -> Digest {
        let mut digester = Digester::new();
        digester.rows(&[row.to_vec()]);
        digester.finish()
    }

    #[test]
    fn rows_that_differ_have_other_digests() {
        let text = |text: &str| Value::Text(text.to_owned());
        let rows = [
            vec![],
            vec![Value::Null],
            vec![Value::Null, Value::Null],
            vec![Value::Number(0)],
            vec![Value::Number(1)],
            vec![Value::Flag(false)],
            vec![Value::Flag(true)],
            vec![text("")],
            vec![text("ab"), text("c")],
            vec![text("a"), text("bc")],
            vec![Value::Bytes(b"ab".to_vec()), text("c")],
            vec![Value::Words(vec![])],
            vec![Value::Words(vec!["ab".to_owned()])],
            vec![Value::Words(vec!["a".to_owned(), "b".to_owned()])],
        ];
        for (n, one) in rows.iter().enumerate() {
            for other in rows.iter().skip(n + 1) {
                assert_ne!(digest(one), digest(other), "{one:?} and {other:?}");
            }
        }
    }

    #[test]
    fn the_digest_is_that_of_the_octets_that_are_described() {
        let row = [Value::Number(-2), Value::Text("é".to_owned()), Value::Null];
        let octets = [
            &[1][..],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe],
            &[2, 0, 0, 0, 0, 0, 0, 0, 2, 0xc3, 0xa9],
            &[0],
        ];
        let expected = aws_lc_rs::digest::digest(&SHA256, &octets.concat());
        assert_eq!(digest(&row).as_bytes(), expected.as_ref());
    }
}
