//! Looking for secrets where none may be.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Whether the bytes hold a secret as it is, in hexadecimal, or in base64 at any of its three alignments.
pub fn reveals(bytes: &[u8], secret: impl AsRef<[u8]>) -> bool {
    let secret = secret.as_ref();
    let holds = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
    let in_base64 = (0..3).any(|shift| {
        let shifted = [&vec![0; shift], secret].concat();
        let encoded = STANDARD.encode(shifted);
        // The first and last groups depend on what stands around.
        encoded
            .get(4..encoded.len() - 4)
            .is_some_and(|inner| holds(inner.as_bytes()))
    });
    let lower = hex::encode(secret);
    holds(secret) || holds(lower.as_bytes()) || holds(lower.to_uppercase().as_bytes()) || in_base64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_what_is_there() {
        for encoded in [
            "acme-trading",
            &hex::encode("acme-trading"),
            &STANDARD.encode("xyacme-trading"),
        ] {
            assert!(
                reveals(format!("…{encoded}…").as_bytes(), "acme-trading"),
                "{encoded}"
            );
        }
        assert!(!reveals(b"acme and trading", "acme-trading"));
    }
}
