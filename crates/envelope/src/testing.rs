//! What the tests of this crate share: keys, certificates, and the `openssl` program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use jiff::Timestamp;
use rand_core::{TryCryptoRng, TryRng};

use crate::*;

/// A generator that repeats itself from run to run. Good for tests only.
pub(crate) struct Repeatable(u64);

impl Repeatable {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }
}

impl TryRng for Repeatable {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64()
            .map(|value| u32::try_from(value >> 32).unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 = self.0.wrapping_add(1);
        let digest = Digest::of(&self.0.to_be_bytes());
        Ok(u64::from_be_bytes(
            digest.as_bytes()[..8].try_into().unwrap(),
        ))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in out.chunks_mut(8) {
            let word = self.try_next_u64()?.to_be_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Repeatable {}

pub(crate) fn time() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

/// A key and its self-signed certificate.
pub(crate) struct Party {
    pub(crate) key_pem: String,
    pub(crate) certificate: Certificate,
}

impl Party {
    pub(crate) fn new(key: &SigningKey, usage: &CertificateUse) -> Self {
        let until = "2036-11-24T09:00:00Z".parse().unwrap();
        let seed = u64::from_be_bytes(
            key.public_key().fingerprint().as_bytes()[..8]
                .try_into()
                .unwrap(),
        );
        let rng = &mut Repeatable::new(seed);
        let certificate = self_signed(key, "Test party", usage, time(), until, rng).unwrap();
        Self {
            key_pem: key.to_pem().unwrap().to_string(),
            certificate,
        }
    }

    pub(crate) fn key(&self) -> SigningKey {
        SigningKey::from_pem(&self.key_pem, None).unwrap()
    }

    pub(crate) fn signer(&self) -> Signer {
        Signer::new(self.key(), self.certificate.clone()).unwrap()
    }

    pub(crate) fn recipient_key(&self) -> RecipientKey {
        RecipientKey::new(&self.key(), self.certificate.clone()).unwrap()
    }
}

/// A buyer with an RSA-2048 key.
pub(crate) static RSA: LazyLock<Party> = LazyLock::new(|| {
    Party::new(
        &SigningKey::generate_rsa(RsaBits::B2048).unwrap(),
        &CertificateUse::Buyer,
    )
});

/// A buyer with a DSA-2048/256 key.
pub(crate) static DSA: LazyLock<Party> = LazyLock::new(|| {
    let parameters = DsaParameters::built_in(DsaSize::P2048Q256).unwrap();
    let key = SigningKey::generate_dsa(&parameters, &mut Repeatable::new(2)).unwrap();
    Party::new(&key, &CertificateUse::Buyer)
});

/// A seller's receipt key on P-256.
pub(crate) static RECEIPT: LazyLock<Party> = LazyLock::new(|| p256(3, &CertificateUse::Receipt));

/// A seller's recipient key on P-256.
pub(crate) static RECIPIENT: LazyLock<Party> =
    LazyLock::new(|| p256(4, &CertificateUse::Recipient));

pub(crate) fn p256(seed: u64, usage: &CertificateUse) -> Party {
    Party::new(
        &SigningKey::generate_p256(&mut Repeatable::new(seed)).unwrap(),
        usage,
    )
}

/// A certificate for any public key, with a signature of nonsense: nobody looks at it.
pub(crate) fn certificate_for(spki_der: &[u8]) -> Result<Certificate, CertificateError> {
    /// Both the certificate and its first part begin with a tag and a length of two octets.
    const HEADER: usize = 4;
    let template = RSA.certificate.der();
    let old = RSA.certificate.public_key().spki_der();
    let place = template
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    let tbs_size = usize::from(u16::from_be_bytes([template[6], template[7]]));
    let tbs_end = 2 * HEADER + tbs_size;
    let before = &template[2 * HEADER..place];
    let after = &template[place + old.len()..tbs_end];
    let tbs = tlv(0x30, &[before, spki_der, after].concat());
    Certificate::from_der(&tlv(0x30, &[&tbs, &template[tbs_end..]].concat()))
}

/// Encodes a tag, a length and a value.
pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let size = u32::try_from(value.len()).unwrap().to_be_bytes();
    let header = match value.len() {
        0..=0x7f => vec![tag, size[3]],
        0x80..=0xff => vec![tag, 0x81, size[3]],
        0x100..=0xffff => vec![tag, 0x82, size[2], size[3]],
        _ => vec![tag, 0x83, size[1], size[2], size[3]],
    };
    [&header, value].concat()
}

/// Seals to [`RECIPIENT`].
pub(crate) fn sealed(signed: &[u8]) -> Vec<u8> {
    seal(signed, &[&RECIPIENT.certificate], &mut Repeatable::new(5)).unwrap()
}

/// Opens with [`RECIPIENT`]'s key.
pub(crate) fn open(message: Vec<u8>) -> Result<Opened, OpenError> {
    Sealed::parse(message)?.open(&[RECIPIENT.recipient_key()])
}

/// A folder of files for one run of the `openssl` program.
pub(crate) struct OpenSsl {
    folder: tempfile::TempDir,
}

impl OpenSsl {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), content).unwrap();
        self
    }

    /// Writes a party's key and certificate as `NAME.key` and `NAME.crt`.
    pub(crate) fn write_party(&self, name: &str, party: &Party) -> &Self {
        self.write(&format!("{name}.key"), &party.key_pem)
            .write(&format!("{name}.crt"), party.certificate.to_pem())
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs `openssl` with arguments separated by spaces, inside the folder.
    pub(crate) fn run(&self, arguments: &str) -> Result<String, String> {
        run(self.folder.path(), arguments)
    }

    /// Runs a command that must succeed and returns the file it made.
    pub(crate) fn make(&self, arguments: &str, output: &str) -> Vec<u8> {
        self.run(&format!("{arguments} -out {output}")).unwrap();
        self.read(output)
    }
}

fn run(folder: &Path, arguments: &str) -> Result<String, String> {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the openssl program is needed by these tests");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!(
            "openssl {arguments}: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}
