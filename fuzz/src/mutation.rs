//! What is done to a file.

use std::ops::Range;

use crate::dice::Dice;

/// Inputs do not grow beyond this: no parser here reads more.
const INPUT_MAX_BYTES: usize = 1 << 20;

/// Numbers at which lengths and counts turn over.
const EDGES: &[u8] = &[
    0, 1, 0x1f, 0x20, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xa0, 0xfe, 0xff,
];

/// What inputs are made from.
#[derive(Debug)]
pub(crate) struct Material<'a> {
    /// Real files.
    pub(crate) corpus: &'a [Vec<u8>],
    /// Words of the format.
    pub(crate) words: &'a [&'a [u8]],
}

impl Material<'_> {
    /// An input: a real file, changed in one to eight places.
    pub(crate) fn input(&self, dice: &mut Dice) -> Vec<u8> {
        let mut input = dice.pick(self.corpus).cloned().unwrap_or_default();
        for _ in 0..=dice.below(8) / (1 + dice.below(4)) {
            self.change(&mut input, dice);
        }
        input.truncate(INPUT_MAX_BYTES);
        input
    }

    fn change(&self, input: &mut Vec<u8>, dice: &mut Dice) {
        match dice.below(10) {
            0 => with_octet(input, dice, |octet, dice| *octet ^= 1 << dice.below(8)),
            1 => with_octet(input, dice, |octet, dice| *octet = dice.octet()),
            2 => with_octet(input, dice, |octet, dice| {
                *octet = dice.pick(EDGES).copied().unwrap_or_default();
            }),
            3 => with_octet(input, dice, |octet, dice| {
                let by = u8::try_from(1 + dice.below(4)).unwrap_or(1);
                *octet = if dice.below(2) == 0 {
                    octet.wrapping_add(by)
                } else {
                    octet.wrapping_sub(by)
                };
            }),
            4 => {
                let end = dice.below(input.len() + 1);
                input.truncate(end);
            }
            5 => {
                input.drain(piece(input, dice));
            }
            6 => {
                let copied = input.get(piece(input, dice)).unwrap_or_default().to_vec();
                let times = 1 + dice.below(8) * dice.below(8);
                insert(input, dice, &copied.repeat(times));
            }
            7 => {
                let word = dice.pick(self.words).copied().unwrap_or_default();
                insert(input, dice, word);
            }
            8 => {
                let word = dice.pick(self.words).copied().unwrap_or_default();
                let start = dice.below(input.len() + 1);
                let end = (start + word.len()).min(input.len());
                input.splice(start..end, word.iter().copied());
            }
            _ => {
                // From another file, at any place: the front of one and the back of the other, or a piece.
                let other = dice
                    .pick(self.corpus)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let from = other.get(piece(other, dice)).unwrap_or_default();
                let over = piece(input, dice);
                input.splice(over, from.iter().copied());
            }
        }
    }
}

fn with_octet(input: &mut [u8], dice: &mut Dice, change: impl FnOnce(&mut u8, &mut Dice)) {
    let at = dice.below(input.len().max(1));
    if let Some(octet) = input.get_mut(at) {
        change(octet, dice);
    }
}

/// A piece, mostly small.
fn piece(input: &[u8], dice: &mut Dice) -> Range<usize> {
    let start = dice.below(input.len() + 1);
    let longest = if dice.below(4) == 0 { input.len() } else { 16 };
    let end = (start + dice.below(longest + 1)).min(input.len());
    start..end
}

fn insert(input: &mut Vec<u8>, dice: &mut Dice, what: &[u8]) {
    if input.len() + what.len() <= INPUT_MAX_BYTES {
        let at = dice.below(input.len() + 1);
        input.splice(at..at, what.iter().copied());
    }
}
