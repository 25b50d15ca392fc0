//! How a content's key reaches a holder of a P-256 key: ephemeral-static ECDH, a derived wrapping
//! key, AES key wrap ([RFC 5753 section 3.1], [RFC 3394]).
//!
//! [RFC 5753 section 3.1]: https://www.rfc-editor.org/rfc/rfc5753#section-3.1
//! [RFC 3394]: https://www.rfc-editor.org/rfc/rfc3394

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::digest::Context;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use der::asn1::OctetStringRef;
use der::{Encode, Sequence};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::content_encryption::ContentKey;
use crate::policy::KeyAgreement;

/// A wrapped key is eight octets longer than the key.
const WRAPPED_KEY_SIZE_BYTES: usize = 40;

/// The length of an AES-256 wrapping key, as the derivation is told it.
const WRAPPING_KEY_SIZE_BITS: [u8; 4] = 256_u32.to_be_bytes();

/// Wraps a content key for the holder of the other point.
pub(crate) fn wrap(
    content_key: &ContentKey,
    agreement: &KeyAgreement<'_>,
    private_key: &PrivateKey,
    other_point: &[u8; 65],
) -> Option<Vec<u8>> {
    let key = wrapping_key(agreement, private_key, other_point, None)?;
    let mut wrapped = vec![0; WRAPPED_KEY_SIZE_BYTES];
    AesKek::new(&AES_256, key.as_slice())
        .ok()?
        .wrap(content_key.as_slice(), &mut wrapped)
        .ok()?;
    Some(wrapped)
}

/// Unwraps a content key that the holder of the other point wrapped for us.
pub(crate) fn unwrap(
    wrapped: &[u8],
    agreement: &KeyAgreement<'_>,
    private_key: &PrivateKey,
    other_point: &[u8; 65],
    user_keying_material: Option<&OctetStringRef>,
) -> Option<ContentKey> {
    let key = wrapping_key(agreement, private_key, other_point, user_keying_material)?;
    if wrapped.len() != WRAPPED_KEY_SIZE_BYTES {
        return None;
    }
    let mut content_key = ContentKey::default();
    AesKek::new(&AES_256, key.as_slice())
        .ok()?
        .unwrap(wrapped, content_key.as_mut_slice())
        .ok()?;
    Some(content_key)
}

fn wrapping_key(
    agreement: &KeyAgreement<'_>,
    private_key: &PrivateKey,
    other_point: &[u8; 65],
    user_keying_material: Option<&OctetStringRef>,
) -> Option<Zeroizing<[u8; 32]>> {
    let other = UnparsedPublicKey::new(&ECDH_P256, other_point);
    agree(private_key, other, (), |secret| {
        derive(agreement, secret, user_keying_material).map_err(|_| ())
    })
    .ok()
}

/// ```text
/// ECC-CMS-SharedInfo ::= SEQUENCE {
///   keyInfo AlgorithmIdentifier,
///   entityUInfo [0] EXPLICIT OCTET STRING OPTIONAL,
///   suppPubInfo [2] EXPLICIT OCTET STRING }
/// ```
///
/// [RFC 5753 section 7.2](https://www.rfc-editor.org/rfc/rfc5753#section-7.2)
#[derive(Sequence)]
struct SharedInfo<'a> {
    key_info: AlgorithmIdentifierRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    user_keying_material: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT")]
    key_size_bits: &'a OctetStringRef,
}

/// The X9.63 derivation (SEC 1 section 3.6.1). One block is long enough for every digest we
/// accept, so the counter stays at one.
fn derive(
    agreement: &KeyAgreement<'_>,
    shared_secret: &[u8],
    user_keying_material: Option<&OctetStringRef>,
) -> der::Result<Zeroizing<[u8; 32]>> {
    let shared_info = SharedInfo {
        key_info: agreement.key_wrap,
        user_keying_material,
        key_size_bits: OctetStringRef::new(&WRAPPING_KEY_SIZE_BITS)?,
    }
    .to_der()?;
    let mut context = Context::new(agreement.hash.algorithm());
    context.update(shared_secret);
    context.update(&1_u32.to_be_bytes());
    context.update(&shared_info);
    let block = context.finish();
    let mut key = Zeroizing::new([0; 32]);
    for (octet, derived) in key.iter_mut().zip(block.as_ref()) {
        *octet = *derived;
    }
    Ok(key)
}
