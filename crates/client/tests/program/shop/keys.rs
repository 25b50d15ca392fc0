//! A seller's keys and certificates, and its root-signed statement.

use std::sync::Arc;

use countersign_envelope::{
    Certificate, CertificateUse as Use, Host, RecipientKey, Signer, SigningKey, issue, self_signed,
};
use countersign_order::{
    Blind, CertificateUse, Common, Der, Digest, LogKey, LogOrigin, Origin, SellerCertificate,
    SellerStatement, Statement,
};
use jiff::{Timestamp, ToSpan as _};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;

use super::{now, rng};

pub(crate) struct Keys {
    origin: Origin,
    pub(crate) root: Signer,
    pub(crate) receipt: Signer,
    pub(crate) recipient: RecipientKey,
    tls: Issued,
    mail: Issued,
    pub(crate) log: countersign_transparency::SigningKey,
}

struct Issued {
    key: SigningKey,
    certificate: Certificate,
}

impl Keys {
    pub(crate) fn of(origin: &str) -> Self {
        let key = SigningKey::generate_p256(&mut rng()).unwrap();
        let (from, to) = validity();
        let root = self_signed(&key, "Root", &Use::Root, from, to, &mut rng()).unwrap();
        let root = Signer::new(key, root).unwrap();
        let hosts = vec![
            Host::Ip([127, 0, 0, 1].into()),
            Host::Dns("localhost".to_owned()),
        ];
        let address = format!("orders@{origin}");
        let receipt = issued(&root, "Receipts", &Use::Receipt);
        let recipient = issued(&root, "Orders", &Use::Recipient);
        Self {
            origin: origin.parse().unwrap(),
            tls: issued(&root, "Server", &Use::Tls { hosts }),
            mail: issued(&root, "Mail", &Use::Mail { address }),
            receipt: Signer::new(receipt.key, receipt.certificate).unwrap(),
            recipient: RecipientKey::new(&recipient.key, recipient.certificate).unwrap(),
            log: countersign_transparency::SigningKey::from_seed(&[1; 32]).unwrap(),
            root,
        }
    }

    pub(crate) fn root_digest(&self) -> Digest {
        Digest::from_bytes(*self.root.certificate().fingerprint().as_bytes())
    }

    pub(crate) fn tls_certificate(&self) -> &Certificate {
        &self.tls.certificate
    }

    pub(crate) fn mail_certificate(&self) -> &Certificate {
        &self.mail.certificate
    }

    pub(crate) fn tls(&self) -> Arc<ServerConfig> {
        let key = pem_body(&self.tls.key.to_pem().unwrap());
        let chain = [&self.tls.certificate, self.root.certificate()]
            .map(|certificate| certificate.der().to_vec().into());
        let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.to_vec(), key.try_into().unwrap())
            .unwrap();
        Arc::new(config)
    }

    /// The seller statement, changed as the test wants before it is signed.
    pub(crate) fn statement(&self, change: impl Fn(&mut SellerStatement)) -> Vec<u8> {
        let certificate = |purpose, certificate: &Certificate| SellerCertificate {
            purpose,
            certificate: Der::from(certificate.der().to_vec()),
            from: now(),
            to: None,
            revoked_at: None,
        };
        let mut statement = SellerStatement {
            common: self.common(),
            number: 0,
            certificates: vec![
                certificate(CertificateUse::Tls, &self.tls.certificate),
                certificate(CertificateUse::Recipient, self.recipient.certificate()),
                certificate(CertificateUse::Receipt, self.receipt.certificate()),
                certificate(CertificateUse::Mail, &self.mail.certificate),
            ],
            log_keys: vec![LogKey {
                origin: LogOrigin::from(&self.origin),
                key: self.log_key(),
                from: now(),
            }],
        };
        change(&mut statement);
        let document = Statement::Seller(statement).to_json();
        self.root.sign(&document, now()).unwrap()
    }

    pub(crate) fn log_key(&self) -> Der {
        Der::from(self.log.public_key().to_spki_der())
    }

    pub(crate) fn common(&self) -> Common {
        Common {
            seller: self.origin.clone(),
            seller_root: self.root_digest(),
            issued_at: now(),
            previous: None,
            log: None,
            blind: Blind::from_bytes([7; 32]),
        }
    }
}

fn issued(root: &Signer, subject: &str, usage: &Use) -> Issued {
    let key = SigningKey::generate_p256(&mut rng()).unwrap();
    let (from, to) = validity();
    let public = key.public_key();
    let certificate = issue(root, public, subject, usage, from, to, &mut rng()).unwrap();
    Issued { key, certificate }
}

fn validity() -> (Timestamp, Timestamp) {
    let hour = |hours: i64| now().checked_add(hours.hours()).unwrap();
    (hour(-1), hour(24))
}

fn pem_body(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    body.parse::<Der>().unwrap().into_bytes()
}
