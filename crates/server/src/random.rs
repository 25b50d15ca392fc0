//! The only source of randomness in the program: the operating system.

use jiff::Timestamp;
use rand_core::{CryptoRng, Rng as _, UnwrapErr};

/// Letters of an invite code, five bits each.
const CODE_LETTERS: usize = 26;

/// The letters of a code: no two of them look alike.
const CODE_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Hands out randomness from the operating system.
#[derive(Debug, Clone, Copy)]
pub struct Random(());

impl Random {
    /// The operating system's generator.
    pub fn system() -> Self {
        Self(())
    }

    /// A generator for those who draw by themselves.
    ///
    /// It panics if the operating system has no randomness to give, since no order can be
    /// answered without.
    pub fn rng(self) -> impl CryptoRng + Send {
        UnwrapErr(getrandom::SysRng)
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng().fill_bytes(&mut bytes);
        bytes
    }

    /// The bytes of a version 7 UUID (RFC 9562, section 5.7): milliseconds, then randomness.
    pub fn uuid_v7(self, now: Timestamp) -> [u8; 16] {
        let mut bytes: [u8; 16] = self.bytes();
        let milliseconds = u64::try_from(now.as_millisecond())
            .unwrap_or(0)
            .to_be_bytes();
        for (byte, time) in bytes.iter_mut().zip(milliseconds.iter().skip(2)) {
            *byte = *time;
        }
        if let Some(version) = bytes.get_mut(6) {
            *version = (*version & 0x0f) | 0x70;
        }
        if let Some(variant) = bytes.get_mut(8) {
            *variant = (*variant & 0x3f) | 0x80;
        }
        bytes
    }

    /// A code for an invite, as people copy it.
    pub fn code(self) -> String {
        let bytes: [u8; CODE_LETTERS] = self.bytes();
        bytes
            .iter()
            .filter_map(|byte| CODE_ALPHABET.get(usize::from(byte % 32)))
            .map(|letter| char::from(*letter))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_by_time_and_carry_version_and_variant() {
        let early = Random::system().uuid_v7("2026-01-01T00:00:00Z".parse().unwrap());
        let late = Random::system().uuid_v7("2026-01-01T00:00:00.001Z".parse().unwrap());
        assert!(early < late);
        assert_eq!(early[6] >> 4, 7);
        assert_eq!(early[8] >> 6, 0b10);
    }

    #[test]
    fn codes_are_long_and_differ() {
        let code = Random::system().code();
        assert_eq!(code.len(), 26);
        assert_ne!(code, Random::system().code());
    }
}
