//! AES-256-GCM over the content of an envelope ([RFC 5084]), without additional data.
//!
//! [RFC 5084]: https://www.rfc-editor.org/rfc/rfc5084

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use zeroize::Zeroizing;

/// The key that encrypts one content, and nothing else.
pub(crate) type ContentKey = Zeroizing<[u8; 32]>;

pub(crate) const TAG_SIZE_BYTES: usize = 16;

/// Encrypts in place and returns the tag.
pub(crate) fn encrypt(
    key: &ContentKey,
    nonce: [u8; 12],
    content: &mut [u8],
) -> Result<[u8; TAG_SIZE_BYTES], Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice())?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), content)?;
    tag.as_ref().try_into().map_err(|_| Unspecified)
}

/// Checks the tag and decrypts. The tag has its full length or is wrong.
pub(crate) fn decrypt(
    key: &ContentKey,
    nonce: [u8; 12],
    ciphertext: &[u8],
    tag: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    if tag.len() != TAG_SIZE_BYTES {
        return Err(Unspecified);
    }
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice())?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let mut content = vec![0; ciphertext.len()];
    key.open_separate_gather(nonce, Aad::empty(), ciphertext, tag, &mut content)?;
    Ok(content)
}
