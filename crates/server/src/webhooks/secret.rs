//! Secrets and the signatures made with them: HMAC-SHA256, identifier `v1`.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::random::Random;

/// How a secret is recognised.
const PREFIX: &str = "whsec_";
/// How long a secret of ours is, in bytes.
const BYTES: usize = 32;
/// The shortest secret, in bytes, as the specification says.
const BYTES_MIN: usize = 24;
/// The longest, in bytes.
const BYTES_MAX: usize = 64;

/// What the signatures of one webhook are made with.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// A text is not a secret.
#[derive(Debug, thiserror::Error)]
#[error("a secret is whsec_ and the base64 of 24 to 64 bytes")]
pub struct UnfitSecret;

impl Secret {
    /// Makes a new one.
    pub fn generate(random: Random) -> Self {
        let bytes: [u8; BYTES] = random.bytes();
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// As its receiver is given it.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&*self.0))
    }

    /// The signature of one message at one time.
    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    }
}

/// What stands in the header `webhook-signature`: a signature with each secret.
pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &str) -> String {
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| secret.sign(id, timestamp, body))
        .collect();
    signatures.join(" ")
}

impl FromStr for Secret {
    type Err = UnfitSecret;

    fn from_str(text: &str) -> Result<Self, UnfitSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(UnfitSecret)?;
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_unreadable| UnfitSecret)?;
        if (BYTES_MIN..=BYTES_MAX).contains(&bytes.len()) {
            Ok(Self(Zeroizing::new(bytes)))
        } else {
            Err(UnfitSecret)
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the libraries of the specification test themselves with.
    const PUBLISHED: (&str, &str, i64, &str, &str) = (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        "{\"test\": 2432232314}",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );

    #[test]
    fn the_published_example_is_signed_as_published() {
        let (secret, id, timestamp, body, signature) = PUBLISHED;
        let secret: Secret = secret.parse().unwrap();
        assert_eq!(
            signatures(std::slice::from_ref(&secret), id, timestamp, body),
            signature
        );
        for other in [
            signatures(std::slice::from_ref(&secret), "msg_p", timestamp, body),
            signatures(std::slice::from_ref(&secret), id, timestamp + 1, body),
            signatures(std::slice::from_ref(&secret), id, timestamp, "{}"),
        ] {
            assert_ne!(other, signature);
        }
    }

    #[test]
    fn two_secrets_make_two_signatures_the_newer_first() {
        let (secret, id, timestamp, body, signature) = PUBLISHED;
        let newer = Secret::generate(Random::system());
        let both = signatures(
            &[newer.clone(), secret.parse().unwrap()],
            id,
            timestamp,
            body,
        );
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(first, newer.sign(id, timestamp, body));
        assert_eq!(second, signature);
    }

    #[test]
    fn a_secret_reads_back_and_nothing_else_does() {
        let secret = Secret::generate(Random::system());
        let shown = secret.reveal();
        let read: Secret = shown.parse().unwrap();
        assert_eq!((read.reveal(), shown.len()), (shown.clone(), 6 + 44));
        let encoded = shown.strip_prefix(PREFIX).unwrap();
        assert!(!format!("{secret:?}").contains(encoded));
        for unfit in ["", "whsec_", "whsec_AAAA", "whsec_!", encoded] {
            assert!(unfit.parse::<Secret>().is_err(), "{unfit}");
        }
    }
}
