//! Buyers, clerks, and whether they may come in.

use async_trait::async_trait;
use countersign_envelope::EnrollableCertificate;
use countersign_order::{AccountId, Authorisation, BuyerId, EmailAddress, Name, Role};
use countersign_store::{AccountRecord, BuyerRecord, KeyRecord, MailDetail, ReadParties};

use super::enrol::{Documents, enrol};
use super::{DeskError, Operation, Work, accounts};
use crate::mail::News;

/// Adds a buyer with its first account, and the keys the operator vouches for.
#[derive(Debug)]
pub struct AddBuyer {
    /// Its ID, and that of its first account.
    pub buyer: BuyerId,
    /// What it is called.
    pub name: Name,
    /// Where the account's mail goes.
    pub email: EmailAddress,
    /// The password's verifier, if it gets one.
    pub verifier: Option<String>,
    /// Keys to enrol at once.
    pub certificates: Vec<EnrollableCertificate>,
}

#[async_trait]
impl Operation for AddBuyer {
    type Answer = Vec<KeyRecord>;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Vec<KeyRecord>, DeskError> {
        let account = add_buyer(work, &self.buyer, &self.name, &self.email).await?;
        if let Some(verifier) = &self.verifier {
            work.transaction.set_verifier(&account, verifier).await?;
        }
        let mut keys = Vec::new();
        for certificate in &self.certificates {
            let by = Authorisation::Operator;
            let key = enrol(work, &account, certificate, by, Documents::default()).await?;
            keys.push(key);
        }
        Ok(keys)
    }
}

/// Adds an account of the seller's own.
#[derive(Debug)]
pub struct AddClerk {
    /// Its ID.
    pub account: AccountId,
    /// What its holder is called.
    pub name: Name,
    /// Where its mail goes.
    pub email: EmailAddress,
    /// What it may do.
    pub role: Role,
    /// The password's verifier.
    pub verifier: String,
}

#[async_trait]
impl Operation for AddClerk {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let account = AccountRecord {
            id: self.account.clone(),
            buyer: None,
            role: self.role,
            name: self.name.to_string(),
            email: self.email.clone(),
            enabled: true,
            verifier: Some(self.verifier.clone()),
            created_at: work.now,
        };
        // A buyer's ID is its first account's: a clerk of that name would sign in for it.
        let buyer = work.transaction.buyer(&self.account.buyer_part()).await?;
        if buyer.is_some() || !work.transaction.insert_account(&account).await? {
            return Err(DeskError::AlreadyExists("an account"));
        }
        let role = self.role.as_str();
        work.audit("add-clerk", self.account.as_str(), role).await
    }
}

/// Gives an account of the seller's own another role; its sessions have it at once.
#[derive(Debug)]
pub struct SetRole {
    /// The account.
    pub account: AccountId,
    /// What it may do from now on.
    pub role: Role,
}

#[async_trait]
impl Operation for SetRole {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let Self { account, role } = self;
        if !work.transaction.set_role(account, *role).await? {
            return Err(DeskError::NotFound("clerk"));
        }
        work.audit("set-role", account.as_str(), role.as_str())
            .await
    }
}

/// Lets an account in, or no longer; a buyer's first account stands for the buyer.
#[derive(Debug)]
pub struct SetEnabled {
    /// The account.
    pub account: AccountId,
    /// Whether it may come in.
    pub enabled: bool,
}

#[async_trait]
impl Operation for SetEnabled {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let account = &self.account;
        let before = accounts::record(work, account).await?;
        work.transaction.set_enabled(account, self.enabled).await?;
        if before.enabled != self.enabled {
            let change = accounts::change(work, account);
            let news = if self.enabled {
                News::AccountEnabled(change)
            } else {
                News::AccountDisabled(change)
            };
            accounts::tell(work, &before, news).await?;
        }
        let buyer = account.buyer_part();
        if AccountId::from(&buyer) == *account
            && let Some(mut buyer) = work.transaction.buyer(&buyer).await?
        {
            buyer.enabled = self.enabled;
            work.transaction.update_buyer(&buyer).await?;
            if !self.enabled {
                for account in work.transaction.accounts_of(Some(&buyer.id)).await? {
                    work.transaction.end_sessions_of(&account.id).await?;
                }
            }
        }
        let action = if self.enabled { "enable" } else { "disable" };
        work.audit(action, account.as_str(), "").await
    }
}

/// Gives an account a new password, which ends its sessions.
#[derive(Debug)]
pub struct SetPassword {
    /// The account.
    pub account: AccountId,
    /// The password's verifier.
    pub verifier: String,
}

#[async_trait]
impl Operation for SetPassword {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let Self { account, verifier } = self;
        accounts::set_password(work, account, verifier).await?;
        work.audit("set-password", account.as_str(), "").await
    }
}

/// The account, if whoever knows its password may come in: neither it nor its buyer is disabled.
pub(super) async fn let_in(
    store: &mut (impl ReadParties + ?Sized),
    id: &AccountId,
) -> Result<Option<AccountRecord>, DeskError> {
    let Some(account) = store.account(id).await? else {
        return Ok(None);
    };
    let buyer_is_enabled = match &account.buyer {
        Some(buyer) => store.buyer(buyer).await?.is_some_and(|buyer| buyer.enabled),
        None => true,
    };
    Ok(Some(account).filter(|account| account.enabled && buyer_is_enabled))
}

/// Adds a buyer and its first account, without a password.
pub(super) async fn add_buyer(
    work: &mut Work<'_>,
    id: &BuyerId,
    name: &Name,
    email: &EmailAddress,
) -> Result<AccountId, DeskError> {
    let buyer = BuyerRecord {
        id: id.clone(),
        name: name.to_string(),
        address: None,
        enabled: true,
        on_stop: false,
        manual_acceptance: false,
        mail_detail: MailDetail::Full,
        created_at: work.now,
    };
    let account = AccountRecord {
        id: AccountId::from(id),
        buyer: Some(id.clone()),
        role: Role::Buyer,
        name: name.to_string(),
        email: email.clone(),
        enabled: true,
        verifier: None,
        created_at: work.now,
    };
    let is_new = work.transaction.insert_buyer(&buyer).await?
        && work.transaction.insert_account(&account).await?;
    if !is_new {
        return Err(DeskError::AlreadyExists("a buyer"));
    }
    work.audit("add-buyer", id.as_str(), name.as_str()).await?;
    Ok(account.id)
}
