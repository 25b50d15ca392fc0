//! Enrolling a key: possession proved over a one-time challenge, and authorised by an active key
//! of the account, an invite, or the operator. A password or session alone never adds a key.

mod application;

use async_trait::async_trait;
use countersign_envelope::{self as envelope, Certificate, EnrollableCertificate};
use countersign_order::{
    AccountId, Authorisation, BuyerId, Der, Digest, KeyAction, KeyId, KeyStatement, ShortText,
    Statement,
};
use countersign_store::{Correspondent, KeyInsertion, KeyRecord, NewKey, ReadAccounts};
use jiff::Timestamp;

use super::statements::{About, digest};
use super::{DeskError, Operation, Work, accounts, letters};
use crate::mail::{KeyEnrolled, News};

pub(crate) use application::{Application, ClaimedPermission, Examiner};

/// Active keys of one account.
const ACTIVE_KEYS_MAX: usize = countersign_api::limits::ACTIVE_KEYS_PER_ACCOUNT;
/// Keys of one account in all, those that were revoked among them.
const KEYS_MAX: usize = countersign_api::limits::KEYS_PER_ACCOUNT;

const NO_POSSESSION: DeskError = DeskError::EnrolmentNotAccepted(
    "the possession document must be signed by the new key, for this seller, account, \
     certificate and a challenge that is still good",
);

/// Enrols a key.
#[derive(Debug)]
pub struct EnrolKey {
    account: AccountId,
    certificate: EnrollableCertificate,
    label: Option<ShortText>,
    proof: EnrolmentProof,
}

/// Why a key may be enrolled.
#[derive(Debug)]
enum EnrolmentProof {
    /// The operator vouches for it.
    Operator,
    /// Signed documents, whose signatures were checked.
    Documents(CheckedDocuments),
}

/// Documents whose signatures were checked; what the store knows about them was not.
#[derive(Debug)]
struct CheckedDocuments {
    possession: Vec<u8>,
    challenge: Digest,
    permission: Permission,
}

#[derive(Debug)]
enum Permission {
    /// Signed by the key of this certificate.
    Key {
        certificate: Digest,
        authorisation: Vec<u8>,
    },
    /// An invite's code, by its digest.
    Invite(Digest),
}

impl EnrolKey {
    /// Enrols a key that the operator vouches for.
    pub fn by_operator(account: AccountId, certificate: EnrollableCertificate) -> Self {
        Self {
            account,
            certificate,
            label: None,
            proof: EnrolmentProof::Operator,
        }
    }

    /// The same, with what its holder calls the key.
    #[must_use]
    pub fn labelled(self, label: Option<ShortText>) -> Self {
        Self { label, ..self }
    }
}

#[async_trait]
impl Operation for EnrolKey {
    type Answer = KeyRecord;

    async fn apply(&self, work: &mut Work<'_>) -> Result<KeyRecord, DeskError> {
        let Self {
            account,
            certificate,
            label,
            proof,
        } = self;
        let (by, mut documents) = match proof {
            EnrolmentProof::Operator => (Authorisation::Operator, Documents::default()),
            EnrolmentProof::Documents(documents) => {
                let transaction = &mut *work.transaction;
                let challenge = &documents.challenge;
                if !transaction
                    .take_challenge(account, challenge, work.now)
                    .await?
                {
                    return Err(NO_POSSESSION);
                }
                permitted(work, account, documents).await?
            }
        };
        documents.label.clone_from(label);
        enrol(work, account, certificate, by, documents).await
    }
}

/// What is to be kept with a key.
#[derive(Debug, Default)]
pub(super) struct Documents {
    label: Option<ShortText>,
    possession: Option<Vec<u8>>,
    authorisation: Option<Vec<u8>>,
}

/// Checks against what is stored that the documents allow the key.
async fn permitted(
    work: &mut Work<'_>,
    account: &AccountId,
    documents: &CheckedDocuments,
) -> Result<(Authorisation, Documents), DeskError> {
    let possession = Some(documents.possession.clone());
    match &documents.permission {
        Permission::Key {
            certificate,
            authorisation,
        } => {
            let key = work.transaction.key_by_fingerprint(certificate).await?;
            let is_active =
                key.is_some_and(|key| key.key.account == *account && key.revocation.is_none());
            if !is_active {
                return Err(DeskError::EnrolmentNotAuthorised);
            }
            let authorisation = Some(authorisation.clone());
            let documents = Documents {
                possession,
                authorisation,
                ..Documents::default()
            };
            Ok((Authorisation::Key, documents))
        }
        Permission::Invite(code) => {
            let invite = work.transaction.invite(code).await?;
            let is_theirs = invite.is_some_and(|invite| invite.account == *account);
            expect_old_address(work.transaction, account, work.now).await?;
            if !is_theirs || !work.transaction.use_invite(code, work.now).await? {
                return Err(DeskError::EnrolmentNotAuthorised);
            }
            let documents = Documents {
                possession,
                ..Documents::default()
            };
            Ok((Authorisation::Invite, documents))
        }
    }
}

/// Refuses an invite while the account's address is new: whoever took the mail over could have asked
/// for the invite.
async fn expect_old_address(
    store: &mut (impl ReadAccounts + ?Sized),
    account: &AccountId,
    now: Timestamp,
) -> Result<(), DeskError> {
    let changed_at = store.email_changed_at(account).await?;
    let until = changed_at.map(accounts::invites_from);
    match until.filter(|until| now < *until) {
        Some(until) => Err(DeskError::AddressTooNew { until }),
        None => Ok(()),
    }
}

/// Enrols a key that is allowed: statement, key, mail and audit.
pub(super) async fn enrol(
    work: &mut Work<'_>,
    account: &AccountId,
    certificate: &EnrollableCertificate,
    by: Authorisation,
    documents: Documents,
) -> Result<KeyRecord, DeskError> {
    let to = correspondent(work, account).await?;
    let keys = work.transaction.keys_of(account).await?;
    // Told first: whoever has it here already need not make room for it.
    let fingerprint = digest(certificate.certificate().public_key().fingerprint());
    if keys.iter().any(|known| known.key.key_sha256 == fingerprint) {
        return Err(DeskError::KeyInUse);
    }
    if keys.len() >= KEYS_MAX {
        return Err(DeskError::EnrolmentNotAccepted(
            "the account has had 1,000 keys and gets no more: open another account for the buyer",
        ));
    }
    let active = keys.iter().filter(|key| key.revocation.is_none()).count();
    if active >= ACTIVE_KEYS_MAX {
        return Err(DeskError::EnrolmentNotAccepted(
            "the account has 8 active keys: revoke one first",
        ));
    }
    let key = new_key(
        work,
        account,
        &to.buyer,
        certificate.certificate(),
        by,
        documents,
    );
    let about = About {
        account: Some(account.clone()),
        ..About::default()
    };
    let subject = key.clone();
    let statement = work
        .state(about, |common| {
            Statement::Key(key_statement(
                common,
                &subject,
                KeyAction::Enrolled,
                by,
                None,
            ))
        })
        .await?;
    let key = NewKey {
        enrolment_statement: statement.number,
        enrolled_at: statement.issued_at,
        ..key
    };
    match work.transaction.insert_key(&key).await? {
        KeyInsertion::Enrolled => {}
        KeyInsertion::KeyInUse | KeyInsertion::CertificateInUse => {
            return Err(DeskError::KeyInUse);
        }
    }
    let news = News::KeyEnrolled(enrolled(&key));
    let event = letters::event(&to, statement.number, news);
    work.mail(&to.email, &event).await?;
    let fingerprint = key.key_sha256.to_string();
    work.audit("enrol-key", account.as_str(), &fingerprint)
        .await?;
    Ok(KeyRecord {
        key,
        revocation: None,
    })
}

/// What the letter says of an enrolled key.
fn enrolled(key: &NewKey) -> KeyEnrolled {
    KeyEnrolled {
        key: key.id,
        algorithm: key.algorithm.clone(),
        label: key.label.as_ref().map(ShortText::to_string),
        key_fingerprint: key.key_sha256.to_string(),
        certificate_fingerprint: key.certificate_sha256.to_string(),
        authorised_by: key.authorised_by.clone(),
        enrolled_at: key.enrolled_at,
    }
}

/// The statement that a key may sign, or may no longer.
pub(super) fn key_statement(
    common: countersign_order::Common,
    key: &NewKey,
    action: KeyAction,
    by: Authorisation,
    reason: Option<ShortText>,
) -> KeyStatement {
    let digest_of = |document: &Option<Vec<u8>>| {
        let document = document.as_deref();
        document.map(|document| digest(envelope::Digest::of(document)))
    };
    KeyStatement {
        common,
        buyer: key.buyer.clone(),
        account: key.account.clone(),
        action,
        certificate: Der::from(key.certificate.clone()),
        key_fingerprint: key.key_sha256,
        certificate_fingerprint: key.certificate_sha256,
        authorised_by: by,
        possession_sha256: digest_of(&key.possession),
        authorisation_sha256: digest_of(&key.authorisation),
        reason,
    }
}

/// Whom mail about an account's keys goes to; none but a buyer's account has keys.
pub(super) async fn correspondent(
    work: &mut Work<'_>,
    account: &AccountId,
) -> Result<Correspondent, DeskError> {
    let accounts = std::slice::from_ref(account);
    let mut found = work.transaction.correspondents(accounts).await?;
    found.remove(account).ok_or(DeskError::NotFound("account"))
}

/// The digest under which a code or challenge is kept.
pub(super) fn digest_of(secret: &str) -> Digest {
    digest(envelope::Digest::of(secret.as_bytes()))
}

fn new_key(
    work: &Work<'_>,
    account: &AccountId,
    buyer: &BuyerId,
    certificate: &Certificate,
    by: Authorisation,
    documents: Documents,
) -> NewKey {
    NewKey {
        id: KeyId::from_uuid_bytes(work.desk.random().uuid_v7(work.now)),
        account: account.clone(),
        buyer: buyer.clone(),
        certificate: certificate.der().to_vec(),
        certificate_sha256: digest(certificate.fingerprint()),
        key_sha256: digest(certificate.public_key().fingerprint()),
        issuer_and_serial: certificate.issuer_and_serial().to_vec(),
        subject_key_identifier: certificate.subject_key_identifier().map(<[u8]>::to_vec),
        algorithm: certificate.public_key().algorithm().to_string(),
        label: documents.label,
        ends_at: Some(certificate.not_after()),
        enrolled_at: work.now,
        authorised_by: name_of(by).to_owned(),
        possession: documents.possession,
        authorisation: documents.authorisation,
        enrolment_statement: 0,
    }
}

fn name_of(by: Authorisation) -> &'static str {
    match by {
        Authorisation::Operator => "operator",
        Authorisation::Invite => "invite",
        Authorisation::Key => "key",
        Authorisation::Password => "password",
    }
}
