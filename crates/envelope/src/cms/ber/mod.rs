//! A bounded normaliser from BER to DER (X.690 sections 8 and 10).
//!
//! It mends what streaming writers leave: indefinite lengths, lengths with leading zeros, and
//! octet strings in pieces. It knows no types, so it leaves the order of sets and the contents of
//! primitive values alone; the readers behind it judge those. Work is linear in the input, which
//! it goes through twice at most, and memory is a small multiple of it.

use std::borrow::Cow;

use super::MESSAGE_SIZE_MAX_BYTES;

/// Deeper than any message: a certificate inside a signed message needs about a dozen levels.
const DEPTH_MAX: usize = 32;

const CONSTRUCTED: u8 = 0x20;
const CLASS: u8 = 0xc0;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x10;
const SET: u8 = 0x11;
const HIGH_TAG_NUMBER: u8 = 0x1f;
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// Some bytes are not one BER value within our bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotBer;

/// Rewrites one BER value as DER; what is DER already is lent back as it is.
pub(crate) fn to_der(input: &[u8]) -> Result<Cow<'_, [u8]>, NotBer> {
    if input.len() > MESSAGE_SIZE_MAX_BYTES {
        return Err(NotBer);
    }
    let mut measure = Measure {
        content_sizes: Vec::new(),
        canonical: true,
    };
    let (size, rest) = measure.element(input, DEPTH_MAX)?;
    if !rest.is_empty() {
        return Err(NotBer);
    }
    if measure.canonical {
        return Ok(Cow::Borrowed(input));
    }
    let mut write = Write {
        content_sizes: measure.content_sizes.into_iter(),
        output: Vec::with_capacity(size),
    };
    write.element(input)?;
    Ok(Cow::Owned(write.output))
}

/// An identifier and a length.
struct Header {
    tag: u8,
    content: Content,
    /// Whether DER would write the same octets.
    canonical: bool,
}

enum Content {
    Primitive(usize),
    Constructed(usize),
    Indefinite,
}

impl Header {
    fn read(input: &[u8]) -> Result<(Self, &[u8]), NotBer> {
        let [tag, first, rest @ ..] = input else {
            return Err(NotBer);
        };
        let (tag, constructed) = (*tag, tag & CONSTRUCTED != 0);
        let number = tag & HIGH_TAG_NUMBER;
        if number == HIGH_TAG_NUMBER {
            return Err(NotBer);
        }
        if tag & CLASS == 0 {
            let structure = matches!(number, SEQUENCE | SET);
            let in_pieces = constructed && number == OCTET_STRING;
            if number == 0 || constructed != (structure || in_pieces) {
                return Err(NotBer);
            }
        }
        if *first == 0x80 {
            let header = Self {
                tag,
                content: Content::Indefinite,
                canonical: false,
            };
            return if constructed {
                Ok((header, rest))
            } else {
                Err(NotBer)
            };
        }
        let (size, minimal, rest) = read_size(*first, rest)?;
        let content = if constructed {
            Content::Constructed(size)
        } else {
            Content::Primitive(size)
        };
        Ok((
            Self {
                tag,
                content,
                canonical: minimal && !is_octets_in_pieces(tag),
            },
            rest,
        ))
    }
}

/// The size, whether it is written as DER writes it, and what follows.
fn read_size(first: u8, rest: &[u8]) -> Result<(usize, bool, &[u8]), NotBer> {
    if first < 0x80 {
        return Ok((usize::from(first), true, rest));
    }
    let (octets, rest) = rest
        .split_at_checked(usize::from(first & 0x7f))
        .ok_or(NotBer)?;
    let mut size = 0_usize;
    for octet in octets {
        size = size
            .checked_mul(256)
            .ok_or(NotBer)?
            .checked_add(usize::from(*octet))
            .ok_or(NotBer)?;
        if size > MESSAGE_SIZE_MAX_BYTES {
            return Err(NotBer);
        }
    }
    let minimal = octets.first() != Some(&0) && size >= 0x80;
    Ok((size, minimal, rest))
}

const fn is_octets_in_pieces(tag: u8) -> bool {
    tag == OCTET_STRING | CONSTRUCTED
}

/// How many octets DER spends on identifier and length.
const fn header_size(content_size: usize) -> usize {
    match content_size {
        0..=0x7f => 2,
        0x80..=0xff => 3,
        0x100..=0xffff => 4,
        _ => 5,
    }
}

/// The first pass: checks everything and notes the size of each constructed value's contents,
/// in the order in which they begin.
struct Measure {
    content_sizes: Vec<u32>,
    canonical: bool,
}

impl Measure {
    /// The size of the next value in DER, header included, and what follows it.
    fn element<'a>(
        &mut self,
        input: &'a [u8],
        depth_left: usize,
    ) -> Result<(usize, &'a [u8]), NotBer> {
        let (header, input) = Header::read(input)?;
        let (size, rest) =
            self.content(&header, input, depth_left, is_octets_in_pieces(header.tag))?;
        Ok((header_size(size) + size, rest))
    }

    /// The size of contents; those of a string in pieces are its pieces' contents alone.
    fn content<'a>(
        &mut self,
        header: &Header,
        input: &'a [u8],
        depth_left: usize,
        in_pieces: bool,
    ) -> Result<(usize, &'a [u8]), NotBer> {
        self.canonical &= header.canonical;
        let (mut inner, after) = match header.content {
            Content::Primitive(size) => {
                let (_, rest) = input.split_at_checked(size).ok_or(NotBer)?;
                return Ok((size, rest));
            }
            Content::Constructed(size) => {
                let (inner, after) = input.split_at_checked(size).ok_or(NotBer)?;
                (inner, Some(after))
            }
            Content::Indefinite => (input, None),
        };
        let depth_left = depth_left.checked_sub(1).ok_or(NotBer)?;
        let slot = self.content_sizes.len();
        self.content_sizes.push(0);
        let mut total = 0;
        while let Some(next) = next_child(inner, after.is_none()) {
            let (size, rest) = if in_pieces {
                let (piece, rest) = Header::read(next)?;
                if piece.tag & !CONSTRUCTED != OCTET_STRING {
                    return Err(NotBer);
                }
                self.content(&piece, rest, depth_left, true)?
            } else {
                self.element(next, depth_left)?
            };
            total += size;
            inner = rest;
        }
        if let Some(size) = self.content_sizes.get_mut(slot) {
            *size = u32::try_from(total).map_err(|_| NotBer)?;
        }
        match after {
            Some(after) => Ok((total, after)),
            None => Ok((total, inner.strip_prefix(&END_OF_CONTENTS).ok_or(NotBer)?)),
        }
    }
}

/// The input if another child begins here. Running out of an indefinite length is left to its
/// missing end to report.
fn next_child(inner: &[u8], indefinite: bool) -> Option<&[u8]> {
    let ended = inner.is_empty() || (indefinite && inner.starts_with(&END_OF_CONTENTS));
    (!ended).then_some(inner)
}

/// The second pass: writes what the first one measured.
struct Write {
    content_sizes: std::vec::IntoIter<u32>,
    output: Vec<u8>,
}

impl Write {
    fn element<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], NotBer> {
        let (header, input) = Header::read(input)?;
        if let Content::Primitive(size) = header.content {
            self.header(header.tag, size)?;
            return self.primitive(input, size);
        }
        let in_pieces = is_octets_in_pieces(header.tag);
        let size = self.content_sizes.next().ok_or(NotBer)?;
        let tag = if in_pieces { OCTET_STRING } else { header.tag };
        self.header(tag, usize::try_from(size).map_err(|_| NotBer)?)?;
        self.children(&header, input, in_pieces)
    }

    fn children<'a>(
        &mut self,
        header: &Header,
        input: &'a [u8],
        in_pieces: bool,
    ) -> Result<&'a [u8], NotBer> {
        let (mut inner, after) = match header.content {
            Content::Primitive(size) => return self.primitive(input, size),
            Content::Constructed(size) => {
                let (inner, after) = input.split_at_checked(size).ok_or(NotBer)?;
                (inner, Some(after))
            }
            Content::Indefinite => (input, None),
        };
        while let Some(next) = next_child(inner, after.is_none()) {
            inner = if in_pieces {
                self.piece(next)?
            } else {
                self.element(next)?
            };
        }
        after
            .or_else(|| inner.strip_prefix(&END_OF_CONTENTS))
            .ok_or(NotBer)
    }

    fn piece<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], NotBer> {
        let (header, input) = Header::read(input)?;
        if !matches!(header.content, Content::Primitive(_)) {
            self.content_sizes.next();
        }
        self.children(&header, input, true)
    }

    fn primitive<'a>(&mut self, input: &'a [u8], size: usize) -> Result<&'a [u8], NotBer> {
        let (content, rest) = input.split_at_checked(size).ok_or(NotBer)?;
        self.output.extend_from_slice(content);
        Ok(rest)
    }

    fn header(&mut self, tag: u8, size: usize) -> Result<(), NotBer> {
        self.output.push(tag);
        let octets = u32::try_from(size).map_err(|_| NotBer)?.to_be_bytes();
        let [_, high, middle, low] = octets;
        match header_size(size) {
            2 => self.output.push(low),
            3 => self.output.extend_from_slice(&[0x81, low]),
            4 => self.output.extend_from_slice(&[0x82, middle, low]),
            _ => self.output.extend_from_slice(&[0x83, high, middle, low]),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
