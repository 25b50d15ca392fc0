//! A buyer whose key also lies in a file, so that `openssl` can sign anything with it.

use std::fs;

use countersign_envelope::SigningKey;
use jiff::Timestamp;
use tempfile::TempDir;

use super::der::{self, inside};
use super::signed::{NULL, Signed, identifier};
use crate::buyer::{Buyer, KeyKind, certified, new_key};
use crate::chance::now;
use crate::openssl::openssl;
use crate::python::careless;
use crate::shop::Shop;

/// rsaEncryption, as `openssl cms -sign` names PKCS #1 v1.5.
pub const PKCS1: &str = "1.2.840.113549.1.1.1";

/// RSASSA-PSS.
pub const PSS: &str = "1.2.840.113549.1.1.10";

/// A buyer, enrolled, who signs whatever a case asks for.
#[derive(Debug)]
pub struct Forger {
    /// The buyer.
    pub buyer: Buyer,
    kind: KeyKind,
    folder: TempDir,
}

impl Forger {
    /// A buyer of a shop, with an enrolled key.
    pub fn enrolled(shop: &Shop, id: &str, kind: KeyKind) -> Self {
        let forger = Self::stranger(shop, id, kind);
        shop.add(&forger.buyer);
        forger
    }

    /// The same, but nobody knows the key.
    pub fn stranger(shop: &Shop, id: &str, kind: KeyKind) -> Self {
        Self::with_key(shop, id, kind, new_key(kind))
    }

    fn with_key(shop: &Shop, id: &str, kind: KeyKind, key: SigningKey) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("key.pem"),
            key.to_pem().unwrap().as_bytes(),
        )
        .unwrap();
        let mut buyer = Buyer::new(id, KeyKind::Dsa, shop.front());
        buyer = buyer.with_key(certified(key, id));
        fs::write(folder.path().join("cert.pem"), buyer.certificate().to_pem()).unwrap();
        Self {
            buyer,
            kind,
            folder,
        }
    }

    /// A good order in parts.
    pub fn order(&self) -> Signed {
        let draft = self.buyer.draft("PO-1").line("WATER", 1, "15.00");
        Signed::over(self, &draft.bytes(), draft.time())
    }

    /// Another content in parts, signed now.
    pub fn content(&self, content: &[u8]) -> Signed {
        Signed::over(self, content, now())
    }

    /// A content in parts, signed at a time.
    pub fn content_at(&self, content: &[u8], time: Timestamp) -> Signed {
        Signed::over(self, content, time)
    }

    /// The signature algorithm that an honest message names: PKCS #1 v1.5 for RSA.
    pub fn algorithm(&self) -> Vec<u8> {
        match self.kind {
            KeyKind::Rsa => identifier(PKCS1, Some(NULL)),
            KeyKind::Dsa => identifier("2.16.840.1.101.3.4.3.2", None),
        }
    }

    /// Signs with `openssl dgst` and these options.
    #[track_caller]
    pub fn signature(&self, options: &str, octets: &[u8]) -> Vec<u8> {
        fs::write(self.folder.path().join("octets"), octets).unwrap();
        openssl(
            self.folder.path(),
            &format!("dgst {options} -sign key.pem octets"),
        )
        .ok()
        .stdout
    }

    /// Signs with the DSA key and this nonce.
    #[track_caller]
    pub fn signature_with_nonce(&self, nonce: &str, octets: &[u8]) -> Vec<u8> {
        fs::write(self.folder.path().join("octets"), octets).unwrap();
        careless(self.folder.path(), &["sign", "key.pem", nonce, "octets"])
    }

    /// Makes a file with `openssl`; `{name}` may stand in the arguments for a file of this folder.
    #[track_caller]
    pub fn makes(&self, arguments: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
        for (name, content) in files {
            fs::write(self.folder.path().join(name), content).unwrap();
        }
        openssl(self.folder.path(), &format!("{arguments} -out made")).ok();
        fs::read(self.folder.path().join("made")).unwrap()
    }

    /// The order q of a DSA key's group.
    pub fn dsa_q(&self) -> Vec<u8> {
        let certificate = inside(self.buyer.certificate().der())[0].whole;
        let key = inside(certificate)
            .into_iter()
            .rfind(|part| {
                part.tag == der::SEQUENCE
                    && part.content.starts_with(&[der::SEQUENCE])
                    && inside(part.whole).len() == 2
                    && inside(part.whole)[1].tag == 0x03
            })
            .expect("a certificate has a key");
        let algorithm = inside(key.whole)[0].whole;
        let parameters = inside(algorithm)[1].whole;
        inside(parameters)[1].content.to_vec()
    }
}
