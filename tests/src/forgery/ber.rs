//! The same value written in one of the countless other ways that BER allows.

use super::der::{OCTETS, Value, length, tlv, values};
use crate::chance::Dice;

/// Writes one in so many values of DER anew: lengths longer than needed, without end, and strings in pieces.
pub fn rewritten(der: &[u8], one_in: usize, dice: &mut Dice) -> Vec<u8> {
    values(der)
        .iter()
        .flat_map(|value| rewritten_value(value, one_in, dice))
        .collect()
}

fn rewritten_value(value: &Value<'_>, one_in: usize, dice: &mut Dice) -> Vec<u8> {
    let is_structure = value.tag & 0x20 != 0;
    let content: Vec<u8> = if is_structure {
        values(value.content)
            .iter()
            .flat_map(|inner| rewritten_value(inner, one_in, dice))
            .collect()
    } else {
        value.content.to_vec()
    };
    if dice.below(one_in) > 0 {
        return tlv(value.tag, &content);
    }
    match dice.below(3) {
        0 if is_structure => [&[value.tag, 0x80], content.as_slice(), &[0, 0]].concat(),
        1 if value.tag == OCTETS && !content.is_empty() => in_pieces(&content, dice),
        _ => with_long_length(value.tag, &content, 1 + dice.below(3)),
    }
}

/// A length with zeros before it.
pub fn with_long_length(tag: u8, content: &[u8], zeros: usize) -> Vec<u8> {
    let shortest = length(content.len());
    let octets = if content.len() < 0x80 {
        &shortest[..]
    } else {
        &shortest[1..]
    };
    let first = 0x80 | u8::try_from(zeros + octets.len()).unwrap();
    [&[tag, first], vec![0; zeros].as_slice(), octets, content].concat()
}

/// An OCTET STRING in two pieces, without an end.
fn in_pieces(content: &[u8], dice: &mut Dice) -> Vec<u8> {
    let (one, other) = content.split_at(dice.below(content.len()));
    [
        &[OCTETS | 0x20, 0x80],
        tlv(OCTETS, one).as_slice(),
        &tlv(OCTETS, other),
        &[0, 0],
    ]
    .concat()
}

/// A well-formed value with lengths in the shortest form, and its octet strings in one piece.
#[track_caller]
pub fn straightened(ber: &[u8]) -> Vec<u8> {
    let (value, rest) = straightened_first(ber);
    assert!(rest.is_empty(), "something after it");
    value
}

fn straightened_first(ber: &[u8]) -> (Vec<u8>, &[u8]) {
    let more = |octet: &u8| octet & 0x80 != 0;
    let tag_size = if ber[0] & 0x1f == 0x1f {
        2 + ber[1..].iter().take_while(|octet| more(octet)).count()
    } else {
        1
    };
    let (tag, rest) = ber.split_at(tag_size);
    let (content, rest) = match rest[0] {
        0x80 => {
            let (mut inner, mut left) = (Vec::new(), &rest[1..]);
            while left[..2] != [0, 0] {
                let (value, after) = straightened_first(left);
                inner.extend(value);
                left = after;
            }
            (inner, &left[2..])
        }
        first => {
            let octets = usize::from(if first > 0x80 { first & 0x7f } else { 0 });
            let stated = rest[1..=octets]
                .iter()
                .fold(0, |size, octet| size << 8 | usize::from(*octet));
            let size = if octets == 0 { first.into() } else { stated };
            let (content, after) = rest[1 + octets..].split_at(size);
            (straightened_inside(tag[0], content), after)
        }
    };
    let value = if tag == [OCTETS | 0x20] {
        let pieces: Vec<&[u8]> = values(&content).iter().map(|piece| piece.content).collect();
        tlv(OCTETS, &pieces.concat())
    } else {
        [tag, &length(content.len()), &content].concat()
    };
    (value, rest)
}

fn straightened_inside(tag: u8, content: &[u8]) -> Vec<u8> {
    if tag & 0x20 == 0 {
        return content.to_vec();
    }
    let (mut inner, mut left) = (Vec::new(), content);
    while !left.is_empty() {
        let (value, after) = straightened_first(left);
        inner.extend(value);
        left = after;
    }
    inner
}
