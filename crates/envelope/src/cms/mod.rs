//! The structures of RFC 5652 and its relatives, as they stand on the wire.
//!
//! Everything here borrows from the message and decides nothing: which algorithms and shapes are
//! accepted is said in `policy`, `sealed` and `opened`.

pub(crate) mod attributes;
pub(crate) mod auth_enveloped_data;
pub(crate) mod ber;
pub(crate) mod content_info;
pub(crate) mod signed_data;

use der::{
    Decode, DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, SliceReader, Tag, Writer,
};

/// The largest message we read or make.
pub(crate) const MESSAGE_SIZE_MAX_BYTES: usize = 1 << 20;

/// Defines a type for a structure whose contents are borrowed and not looked into.
macro_rules! raw_structure {
    ($(#[$doc:meta])* $name:ident, $tag:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name<'a>(&'a [u8]);

        impl<'a> $name<'a> {
            /// Elements that are already encoded, one after the other.
            pub(crate) const fn new(elements: &'a [u8]) -> Self {
                Self(elements)
            }

            pub(crate) const fn elements(self) -> &'a [u8] {
                self.0
            }
        }

        impl FixedTag for $name<'_> {
            const TAG: Tag = $tag;
        }

        impl<'a> DecodeValue<'a> for $name<'a> {
            type Error = der::Error;

            fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
                reader.read_slice(header.length()).map(Self)
            }
        }

        impl EncodeValue for $name<'_> {
            fn value_len(&self) -> der::Result<Length> {
                self.0.len().try_into()
            }

            fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
                writer.write(self.0)
            }
        }
    };
}

raw_structure! {
    /// A SET OF whose elements are looked at one by one, if at all.
    ///
    /// The order of the elements is not judged: BER leaves it free, and nothing here depends on it
    /// except signed attributes, which see to it themselves.
    RawSet, Tag::Set
}

raw_structure! {
    /// A SEQUENCE that is compared or kept, not read.
    RawSequence, Tag::Sequence
}

impl<'a> RawSet<'a> {
    /// Reads at most `limit` elements; more are an error.
    pub(crate) fn read<T>(self, limit: usize) -> der::Result<Vec<T>>
    where
        T: Decode<'a, Error = der::Error>,
    {
        let mut reader = SliceReader::new(self.0)?;
        let mut elements = Vec::new();
        while !reader.is_finished() {
            if elements.len() == limit {
                return Err(Tag::Set.length_error().into());
            }
            elements.push(T::decode(&mut reader)?);
        }
        Ok(elements)
    }
}
