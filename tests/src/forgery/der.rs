//! DER, written and taken apart octet by octet.

/// The tag of an INTEGER.
pub const INTEGER: u8 = 0x02;
/// The tag of an OCTET STRING.
pub const OCTETS: u8 = 0x04;
/// The tag of an OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// The tag of a SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// The tag of a SET.
pub const SET: u8 = 0x31;

/// A value as it stands in a message.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    /// Its tag.
    pub tag: u8,
    /// What it holds.
    pub content: &'a [u8],
    /// All of it, tag and length included.
    pub whole: &'a [u8],
}

/// Writes a tag, a length in the shortest form, and a content.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag], length(content.len()).as_slice(), content].concat()
}

/// A length in the shortest form.
pub fn length(bytes: usize) -> Vec<u8> {
    if bytes < 0x80 {
        return vec![u8::try_from(bytes).unwrap()];
    }
    let octets = bytes.to_be_bytes();
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let octets = &octets[zeros..];
    [&[0x80 | u8::try_from(octets.len()).unwrap()], octets].concat()
}

/// A SEQUENCE of parts that are already written.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, &parts.concat())
}

/// An OBJECT IDENTIFIER in dotted form.
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut content = Vec::new();
    for arc in [&[arcs[0] * 40 + arcs[1]], &arcs[2..]].concat() {
        let mut octets = vec![u8::try_from(arc & 0x7f).unwrap()];
        let mut rest = arc >> 7;
        while rest > 0 {
            octets.insert(0, 0x80 | u8::try_from(rest & 0x7f).unwrap());
            rest >>= 7;
        }
        content.extend(octets);
    }
    tlv(OID, &content)
}

/// The values that stand one after the other in some DER.
#[track_caller]
pub fn values(mut der: &[u8]) -> Vec<Value<'_>> {
    let mut found = Vec::new();
    while !der.is_empty() {
        let (value, rest) = first(der);
        found.push(value);
        der = rest;
    }
    found
}

/// The values inside the first one.
#[track_caller]
pub fn inside(der: &[u8]) -> Vec<Value<'_>> {
    values(first(der).0.content)
}

fn first(der: &[u8]) -> (Value<'_>, &[u8]) {
    let (mut header, mut size) = (2, usize::from(der[1]));
    if der[1] > 0x80 {
        let octets = usize::from(der[1] & 0x7f);
        header += octets;
        size = der[2..header]
            .iter()
            .fold(0, |size, octet| size << 8 | usize::from(*octet));
    }
    let (whole, rest) = der.split_at(header + size);
    let value = Value {
        tag: der[0],
        content: &whole[header..],
        whole,
    };
    (value, rest)
}

/// A number as an INTEGER: no octet more than needed, and never negative.
pub fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let number = &number[zeros..];
    match number.first() {
        None => tlv(INTEGER, &[0]),
        Some(0x80..) => tlv(INTEGER, &[&[0], number].concat()),
        Some(_) => tlv(INTEGER, number),
    }
}

/// The sum of two numbers, high octet first.
pub fn sum(one: &[u8], other: &[u8]) -> Vec<u8> {
    let size = one.len().max(other.len()) + 1;
    let (one, other) = (padded(one, size), padded(other, size));
    let (mut result, mut carry) = (vec![0; size], 0_u16);
    for place in (0..size).rev() {
        let digit = u16::from(one[place]) + u16::from(other[place]) + carry;
        let [high, low] = digit.to_be_bytes();
        (result[place], carry) = (low, u16::from(high));
    }
    result
}

/// A number less a smaller one, high octet first.
pub fn difference(larger: &[u8], smaller: &[u8]) -> Vec<u8> {
    let size = larger.len().max(smaller.len());
    let (larger, smaller) = (padded(larger, size), padded(smaller, size));
    let (mut result, mut borrow) = (vec![0; size], 0_i16);
    for place in (0..size).rev() {
        let digit = i16::from(larger[place]) - i16::from(smaller[place]) - borrow;
        borrow = i16::from(digit < 0);
        result[place] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    result
}

fn padded(number: &[u8], size: usize) -> Vec<u8> {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let number = &number[zeros..];
    [vec![0; size - number.len()].as_slice(), number].concat()
}
