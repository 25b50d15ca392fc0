use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::testing::tlv;

/// Generous, for these tests run unoptimised and in company; the parser itself needs a fraction.
const TIME_MAX: Duration = Duration::from_millis(2_500);

fn assert_refused_in_time(what: &str, input: &[u8]) {
    let start = Instant::now();
    assert_eq!(to_der(input), Err(NotBer), "{what}");
    assert!(start.elapsed() < TIME_MAX, "{what}: {:?}", start.elapsed());
}

#[test]
fn der_is_lent_back_as_it_is() {
    let der = tlv(0x30, &[tlv(0x02, &[1]), tlv(0x04, &[7; 300])].concat());
    assert!(matches!(to_der(&der), Ok(Cow::Borrowed(same)) if same == der));
}

#[test]
fn streaming_forms_become_der() {
    // SEQUENCE of indefinite length { [0] of indefinite length { OCTET STRING in two pieces } }
    let ber = [
        0x30, 0x80, 0xa0, 0x80, 0x24, 0x80, 0x04, 0x02, b'a', b'b', 0x04, 0x81, 0x01, b'c', 0, 0,
        0, 0, 0, 0,
    ];
    let der = tlv(0x30, &tlv(0xa0, &tlv(0x04, b"abc")));
    assert_eq!(to_der(&ber).unwrap(), der);
    let long_lengths = [0x30, 0x83, 0, 0, 3, 0x02, 0x01, 5];
    assert_eq!(to_der(&long_lengths).unwrap(), tlv(0x30, &tlv(0x02, &[5])));
    let nested_pieces = [
        0x24, 0x80, 0x24, 0x03, 0x04, 0x01, b'x', 0x04, 0x01, b'y', 0, 0,
    ];
    assert_eq!(to_der(&nested_pieces).unwrap(), tlv(0x04, b"xy"));
}

#[test]
fn malformed_values_are_refused() {
    for (what, input) in [
        ("nothing", &[][..]),
        ("a tag alone", &[0x30]),
        ("a length beyond the end", &[0x04, 5, 1]),
        ("an inner length beyond its outer", &[0x30, 3, 0x04, 5, 1]),
        ("something after the end", &[0x05, 0, 0]),
        (
            "an indefinite length without its end",
            &[0x30, 0x80, 0x05, 0],
        ),
        (
            "a primitive value of indefinite length",
            &[0x04, 0x80, 0, 0],
        ),
        ("an end of contents alone", &[0, 0]),
        (
            "an end of contents inside a definite length",
            &[0x30, 2, 0, 0],
        ),
        ("a high tag number", &[0x1f, 0x81, 1, 0]),
        ("a length of 2^63", &[0x04, 0x88, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("a length of 127 octets", &[0x04, 0xff]),
        ("a string in pieces of another type", &[0x24, 3, 0x02, 1, 1]),
        (
            "a string in pieces of another class",
            &[0x24, 3, 0x84, 1, 1],
        ),
        ("a bit string in pieces", &[0x23, 4, 0x03, 2, 0, 1]),
        ("a constructed integer", &[0x22, 3, 0x02, 1, 1]),
        ("a primitive sequence", &[0x10, 0]),
    ] {
        assert_refused_in_time(what, input);
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth| (0..depth).fold(vec![5, 0], |inner, _| tlv(0x30, &inner));
    assert!(to_der(&nested(DEPTH_MAX)).is_ok());
    assert_refused_in_time("one level more", &nested(DEPTH_MAX + 1));
    let deep = [[0x30, 0x80].repeat(10_000), [0, 0].repeat(10_000)].concat();
    assert_refused_in_time("10,000 levels", &deep);
    let pieces = [[0x24, 0x80].repeat(10_000), [0, 0].repeat(10_000)].concat();
    assert_refused_in_time("10,000 levels of pieces", &pieces);
}

#[test]
fn a_mebibyte_of_anything_takes_little_time_and_a_byte_more_is_refused() {
    let room = MESSAGE_SIZE_MAX_BYTES - 5;
    for (what, inner) in [
        ("tiny values", [5, 0].repeat(room / 2)),
        ("tiny sequences", [0x30, 0].repeat(room / 2)),
        ("one value", tlv(0x04, &vec![0; room - 5])),
    ] {
        let start = Instant::now();
        assert!(
            matches!(to_der(&tlv(0x30, &inner)), Ok(Cow::Borrowed(_))),
            "{what}"
        );
        let streamed = [&[0x30, 0x80][..], &inner, &[0, 0]].concat();
        assert_eq!(to_der(&streamed).unwrap(), tlv(0x30, &inner), "{what}");
        assert!(start.elapsed() < TIME_MAX, "{what}: {:?}", start.elapsed());
    }
    let pieces = [&[0x24, 0x80][..], &[0x04, 1, 9].repeat(room / 3), &[0, 0]].concat();
    let start = Instant::now();
    assert_eq!(to_der(&pieces).unwrap(), tlv(0x04, &vec![9; room / 3]));
    assert!(start.elapsed() < TIME_MAX, "pieces: {:?}", start.elapsed());
    assert_refused_in_time(
        "a byte more",
        &tlv(0x04, &vec![0; MESSAGE_SIZE_MAX_BYTES - 4]),
    );
}

/// A value, and how its sender chose to write it.
#[derive(Debug, Clone)]
enum Value {
    Octets(Vec<u8>),
    Pieces(Vec<Vec<u8>>, Form),
    Structure(u8, Vec<Self>, Form),
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Definite,
    LongLength,
    Indefinite,
}

impl Value {
    fn der(&self) -> Vec<u8> {
        match self {
            Self::Octets(octets) => tlv(0x04, octets),
            Self::Pieces(pieces, _) => tlv(0x04, &pieces.concat()),
            Self::Structure(tag, children, _) => tlv(
                *tag,
                &children.iter().flat_map(Self::der).collect::<Vec<_>>(),
            ),
        }
    }

    fn ber(&self) -> Vec<u8> {
        match self {
            Self::Octets(octets) => tlv(0x04, octets),
            Self::Pieces(pieces, form) => form.write(
                0x24,
                &pieces
                    .iter()
                    .flat_map(|piece| tlv(0x04, piece))
                    .collect::<Vec<_>>(),
            ),
            Self::Structure(tag, children, form) => form.write(
                *tag,
                &children.iter().flat_map(Self::ber).collect::<Vec<_>>(),
            ),
        }
    }
}

impl Form {
    fn write(self, tag: u8, content: &[u8]) -> Vec<u8> {
        match self {
            Self::Definite => tlv(tag, content),
            Self::LongLength => {
                let size = u32::try_from(content.len()).unwrap().to_be_bytes();
                [&[tag, 0x84][..], &size, content].concat()
            }
            Self::Indefinite => [&[tag, 0x80][..], content, &[0, 0]].concat(),
        }
    }
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        Just(Form::Definite),
        Just(Form::LongLength),
        Just(Form::Indefinite)
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let octets = || prop::collection::vec(any::<u8>(), 0..200);
    let leaf = prop_oneof![
        octets().prop_map(Value::Octets),
        (prop::collection::vec(octets(), 0..4), form())
            .prop_map(|(pieces, form)| Value::Pieces(pieces, form)),
    ];
    leaf.prop_recursive(8, 64, 6, |inner| {
        let tag = prop_oneof![Just(0x30_u8), Just(0x31), Just(0xa0), Just(0xa3)];
        (tag, prop::collection::vec(inner, 0..6), form())
            .prop_map(|(tag, children, form)| Value::Structure(tag, children, form))
    })
}

proptest! {
    #[test]
    fn every_way_to_write_a_value_becomes_its_der(value in value()) {
        let (ber, der) = (value.ber(), value.der());
        prop_assert!(matches!(to_der(&der), Ok(Cow::Borrowed(_))));
        prop_assert_eq!(to_der(&ber).unwrap().into_owned(), der);
    }

    #[test]
    fn what_comes_out_goes_through_unchanged(input in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(der) = to_der(&input) {
            prop_assert!(matches!(to_der(&der), Ok(Cow::Borrowed(_))));
        }
    }

    #[test]
    fn a_changed_byte_never_panics(value in value(), place: prop::sample::Index, byte: u8) {
        let mut ber = value.ber();
        let place = place.index(ber.len());
        ber[place] = byte;
        if let Ok(der) = to_der(&ber) {
            prop_assert!(matches!(to_der(&der), Ok(Cow::Borrowed(_))));
        }
    }
}

/// Values that nobody wrote: what is taken becomes DER, which stays as it is, and is no larger.
#[test]
fn fuzzed_values_become_der_or_are_refused() {
    let seeds = [
        crate::testing::RSA
            .signer()
            .sign(b"a content", crate::testing::time())
            .unwrap(),
        vec![
            0x30, 0x80, 0xa0, 0x80, 0x24, 0x80, 0x04, 0x02, 7, 7, 0x04, 0x81, 0x01, 7, 0, 0, 0, 0,
            0, 0,
        ],
        vec![0x24, 0x80, 0x24, 0x03, 0x04, 0x01, 7, 0x04, 0x01, 7, 0, 0],
        vec![0x30, 0x83, 0, 0, 3, 0x02, 0x01, 5],
    ];
    let words: [&[u8]; 8] = [
        &[0x30, 0x80],
        &[0x24, 0x80],
        &[0xa0, 0x80],
        &[0, 0],
        &[0x04, 0],
        &[0x30, 0x84, 0, 0, 0, 1],
        &[0x04, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x1f, 0xff, 0x7f],
    ];
    countersign_fuzz::Campaign::new("BER", seeds.to_vec())
        .octets(&words)
        .run(|input| {
            if let Ok(der) = to_der(input) {
                assert!(der.len() <= input.len());
                assert!(matches!(to_der(&der), Ok(Cow::Borrowed(same)) if same == der.as_ref()));
            }
        });
}
