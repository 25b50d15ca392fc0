//! Passwords: Argon2id verifiers (RFC 9106), and the verifiers of imported accounts.
//!
//! An imported account comes with the bare SHA-256 of its password. We keep Argon2id over that
//! digest's hex text, marked as legacy; the first good sign-in replaces it.

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use countersign_api::limits::{PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS};
use zeroize::Zeroizing;

use crate::random::Random;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;
const LEGACY_MARK: &str = "legacy";

/// What is verified when there is no such account, so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$\
                      rIVtoEgTYTVVa4phmYnw7IphQSNVWjnIHQKDrvDj6ec";

/// A password fit to be set: 8 to 128 characters, none of them a control character.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// The password is too short, too long, or holds control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a password has {PASSWORD_MIN_CHARACTERS} to {PASSWORD_MAX_CHARACTERS} characters, and no control characters"
)]
pub struct UnfitPassword;

/// A verifier could not be computed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub enum HashError {
    /// By Argon2id.
    Argon2(#[from] argon2::Error),
    /// In the form of its verifier.
    Form(#[from] argon2::password_hash::Error),
    /// In a part of its verifier.
    Part(#[from] argon2::password_hash::phc::Error),
}

/// What verifying a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, and its verifier should be replaced.
    RightByLegacy,
}

impl Password {
    /// Takes a text as a new password.
    pub fn new(text: Zeroizing<String>) -> Result<Self, UnfitPassword> {
        let fits = (PASSWORD_MIN_CHARACTERS..=PASSWORD_MAX_CHARACTERS)
            .contains(&text.chars().count())
            && !text.chars().any(char::is_control);
        if fits {
            Ok(Self(text))
        } else {
            Err(UnfitPassword)
        }
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// The verifier to store for a new password. Takes tens of milliseconds.
pub fn hash(password: &Password, random: Random) -> Result<String, HashError> {
    hash_text(&password.0, random)
}

/// The verifier to store for an imported account, from the hex SHA-256 of its password.
pub fn hash_legacy(sha256_hex: &str, random: Random) -> Result<String, HashError> {
    Ok(format!("{LEGACY_MARK}{}", hash_text(sha256_hex, random)?))
}

/// The verifier that replaces a legacy one; the password was right, however short it is.
pub(crate) fn rehash(password: &str, random: Random) -> Result<String, HashError> {
    hash_text(password, random)
}

/// Compares a password with the stored verifier, or with nobody's; both take the same time.
pub(crate) fn verify(password: &str, stored: Option<&str>) -> Verdict {
    let digest = hex::encode(aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        password.as_bytes(),
    ));
    let (text, verifier, right) = match stored.map(|text| (text, text.strip_prefix(LEGACY_MARK))) {
        Some((_, Some(verifier))) => (digest.as_str(), verifier, Verdict::RightByLegacy),
        Some((verifier, None)) => (password, verifier, Verdict::Right),
        None => (password, NOBODY, Verdict::Wrong),
    };
    if is_of(text, verifier) {
        right
    } else {
        Verdict::Wrong
    }
}

/// Whether a verifier was made of this text. One that is not Argon2id version 1.3 is of none.
fn is_of(text: &str, verifier: &str) -> bool {
    let Ok(hash) = PasswordHash::new(verifier) else {
        return false;
    };
    let is_ours = hash.algorithm == ARGON2ID_IDENT && hash.version == Some(Version::V0x13.into());
    let (true, Some(salt), Some(expected), Ok(parameters)) =
        (is_ours, &hash.salt, &hash.hash, Params::try_from(&hash))
    else {
        return false;
    };
    let mut output = vec![0; expected.as_bytes().len()];
    fill(parameters, text, salt, &mut output).is_ok()
        && verify_slices_are_equal(&output, expected.as_bytes()).is_ok()
}

fn hash_text(text: &str, random: Random) -> Result<String, HashError> {
    let salt: [u8; SALT_BYTES] = random.bytes();
    let parameters = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    let params = ParamsString::try_from(&parameters)?;
    let mut output = [0; OUTPUT_BYTES];
    fill(parameters, text, &salt, &mut output)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params,
        salt: Some(Salt::new(&salt)?),
        hash: Some(Output::new(&output)?),
    };
    Ok(hash.to_string())
}

/// What Argon2id works in, kept from one sign-in to the next. Given back to the allocator, it would stay
/// with whichever thread hashed last: as many pieces of 19 MiB as there are threads, for ever. There are
/// never more of them here than passwords are hashed at once, which is bounded.
static SPARE_MEMORY: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// Fills the output with Argon2id of a text.
fn fill(
    parameters: Params,
    text: &str,
    salt: &[u8],
    output: &mut [u8],
) -> Result<(), argon2::Error> {
    let spare = || SPARE_MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let mut memory = spare().pop().unwrap_or_default();
    memory.resize(parameters.block_count(), Block::default());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let filled = argon2.hash_password_into_with_memory(text.as_bytes(), salt, output, &mut memory);
    spare().push(memory);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(Zeroizing::new(text.to_owned())).unwrap()
    }

    #[test]
    fn equal_passwords_have_different_verifiers() {
        let random = Random::system();
        let one = hash(&password("correct horse"), random).unwrap();
        let other = hash(&password("correct horse"), random).unwrap();
        assert_ne!(one, other);
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_eq!(verify("correct horse", Some(&one)), Verdict::Right);
        assert_eq!(verify("correct hors", Some(&one)), Verdict::Wrong);
    }

    #[test]
    fn nobody_has_no_password() {
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert_eq!(verify("", None), Verdict::Wrong);
    }

    #[test]
    fn an_imported_password_is_right_by_its_digest() {
        let digest = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
        let stored = hash_legacy(digest, Random::system()).unwrap();
        assert_eq!(verify("password", Some(&stored)), Verdict::RightByLegacy);
        assert_eq!(verify(digest, Some(&stored)), Verdict::Wrong);
    }

    #[test]
    fn a_password_is_neither_short_nor_long_nor_a_control_sequence() {
        for text in ["1234567", &"x".repeat(129), "12345678\n"] {
            assert!(Password::new(Zeroizing::new(text.to_owned())).is_err());
        }
    }
}
