//! A peer's application to enrol a key, examined from the cheapest check to the dearest.
//!
//! Whether a foreign key's parameters are sound takes a good part of a second to see, so it is
//! looked at last: only for a key that is held by whoever applies, over a challenge of ours, and
//! allowed by somebody entitled to it.

use countersign_envelope::{Certificate, EnrollableCertificate, Opened, Verified};
use countersign_order::{AccountId, Digest, KeyEnrolment, ShortText};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::super::invites::{self, InviteState};
use super::super::statements::digest;
use super::super::{Desk, DeskError};
use super::{
    CheckedDocuments, EnrolKey, EnrolmentProof, NO_POSSESSION, Permission, digest_of,
    expect_old_address,
};
use crate::shares::Shares;
use crate::telemetry::chain;

/// Applications examined at once.
const PLACES: usize = 1;
/// Applications that may be examined or wait.
const APPLICATIONS_MAX: usize = 32;
/// Of these, one account's.
const APPLICATIONS_PER_ACCOUNT_MAX: usize = 2;

/// What a peer brings to enrol a key.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) account: AccountId,
    pub(crate) certificate: Certificate,
    pub(crate) label: Option<ShortText>,
    pub(crate) possession: Vec<u8>,
    pub(crate) permission: ClaimedPermission,
}

/// What a peer says allows the key.
#[derive(Debug)]
pub(crate) enum ClaimedPermission {
    /// The same document, signed by another key.
    Authorisation(Vec<u8>),
    /// An invite's code.
    Invite(String),
}

/// Examines applications, off the threads that serve requests.
#[derive(Debug)]
pub(crate) struct Examiner {
    applications: Shares<AccountId>,
    places: Semaphore,
}

/// An application whose signatures are right; whether its key is good is not known yet.
#[derive(Debug)]
struct Signed {
    account: AccountId,
    certificate: Certificate,
    label: Option<ShortText>,
    documents: CheckedDocuments,
}

impl Examiner {
    pub(crate) fn new() -> Self {
        Self {
            applications: Shares::new(APPLICATIONS_MAX, APPLICATIONS_PER_ACCOUNT_MAX),
            places: Semaphore::new(PLACES),
        }
    }

    /// Examines an application as far as that is possible outside the transaction that enrols.
    pub(crate) async fn examine(
        &self,
        desk: &Desk,
        application: Application,
    ) -> Result<EnrolKey, DeskError> {
        let waiting = self.applications.take_one(&application.account);
        let _waiting = waiting.map_err(|_full| DeskError::Busy)?;
        let active = active_keys(desk, &application.account).await?;
        if let ClaimedPermission::Invite(code) = &application.permission {
            expect_invite(desk, &application.account, code).await?;
        }
        let place = self.places.acquire().await;
        let _place = place.map_err(|_closed| DeskError::ShuttingDown)?;
        let verifying = desk.clone();
        let signed = spawn_blocking(move || application.verify(&verifying, &active));
        let signed = signed.await.map_err(|_panic| DeskError::Panicked)??;
        expect_challenge(desk, &signed).await?;
        let checked = spawn_blocking(move || signed.check());
        checked.await.map_err(|_panic| DeskError::Panicked)?
    }
}

async fn active_keys(desk: &Desk, account: &AccountId) -> Result<Vec<Certificate>, DeskError> {
    let mut view = desk.store().read().await?;
    let keys = view.keys_of(account).await?;
    keys.iter()
        .filter(|key| key.revocation.is_none())
        .map(|key| Certificate::from_der(&key.key.certificate))
        .collect::<Result<_, _>>()
        .map_err(|_unreadable| DeskError::Inconsistent("certificate"))
}

async fn expect_invite(desk: &Desk, account: &AccountId, code: &str) -> Result<(), DeskError> {
    match invites::look_up(desk, code).await? {
        InviteState::Redeemed(invited) if invited == *account => {
            let mut view = desk.store().read().await?;
            expect_old_address(view.as_mut(), account, desk.clock().now()).await
        }
        InviteState::Redeemed(_) | InviteState::Fresh(_) | InviteState::Void => {
            Err(DeskError::EnrolmentNotAuthorised)
        }
    }
}

async fn expect_challenge(desk: &Desk, signed: &Signed) -> Result<(), DeskError> {
    let mut view = desk.store().read().await?;
    let challenge = &signed.documents.challenge;
    let is_good = view
        .has_challenge(&signed.account, challenge, desk.clock().now())
        .await?;
    if is_good { Ok(()) } else { Err(NO_POSSESSION) }
}

impl Application {
    /// Checks the signatures: first of whoever allows the key, then of the new key itself.
    ///
    /// The new key's parameters may be any numbers of an acceptable size, under which a signature
    /// may prove nothing. It counts only once [`Signed::check`] has seen them.
    fn verify(self, desk: &Desk, active: &[Certificate]) -> Result<Signed, DeskError> {
        let Self {
            account,
            certificate,
            label,
            possession,
            permission,
        } = self;
        refuse_denied(desk, &certificate)?;
        let (permission, allowed) = match permission {
            ClaimedPermission::Authorisation(authorisation) => {
                let allowed =
                    verify(&authorisation, active).ok_or(DeskError::EnrolmentNotAuthorised)?;
                let certificate = digest(allowed.signature().certificate_sha256());
                let permission = Permission::Key {
                    certificate,
                    authorisation,
                };
                (permission, Some(allowed))
            }
            ClaimedPermission::Invite(code) => (Permission::Invite(digest_of(&code)), None),
        };
        let own = std::slice::from_ref(&certificate);
        let document = verify(&possession, own).ok_or(NO_POSSESSION)?;
        if allowed.is_some_and(|allowed| allowed.content() != document.content()) {
            return Err(DeskError::EnrolmentNotAuthorised);
        }
        let challenge = challenge_in(document.content(), desk, &account, &certificate)?;
        let documents = CheckedDocuments {
            possession,
            challenge,
            permission,
        };
        Ok(Signed {
            account,
            certificate,
            label,
            documents,
        })
    }
}

/// The challenge in what was signed, if that is about this key, this account and this seller.
fn challenge_in(
    document: &[u8],
    desk: &Desk,
    account: &AccountId,
    certificate: &Certificate,
) -> Result<Digest, DeskError> {
    let enrolment = KeyEnrolment::parse(document).map_err(|_unclear| NO_POSSESSION)?;
    let is_meant = enrolment.seller == *desk.seller().origin()
        && enrolment.seller_root == desk.seller().root_fingerprint()
        && enrolment.account == *account
        && enrolment.certificate_sha256 == digest(certificate.fingerprint());
    if is_meant {
        Ok(digest_of(enrolment.challenge.as_str()))
    } else {
        Err(NO_POSSESSION)
    }
}

impl Signed {
    /// Checks that the key is one that may sign orders.
    fn check(self) -> Result<EnrolKey, DeskError> {
        Ok(EnrolKey {
            account: self.account,
            certificate: EnrollableCertificate::check(self.certificate)?,
            label: self.label,
            proof: EnrolmentProof::Documents(self.documents),
        })
    }
}

/// Refuses a key whose private half is known to everyone.
fn refuse_denied(desk: &Desk, certificate: &Certificate) -> Result<(), DeskError> {
    let denied = desk.seller().denied_keys().map_err(|error| {
        tracing::error!(error = chain(&error), "nothing can be enrolled");
        DeskError::Inconsistent("list of denied keys")
    })?;
    if denied.contains(&digest(certificate.public_key().fingerprint())) {
        return Err(DeskError::EnrolmentNotAccepted(
            "the key's private half was published: nobody may enrol it",
        ));
    }
    Ok(())
}

fn verify(signed_data: &[u8], keys: &[Certificate]) -> Option<Verified<Vec<u8>>> {
    Opened::from_signed_data(signed_data.to_vec())
        .ok()?
        .verify(keys)
        .ok()
}
