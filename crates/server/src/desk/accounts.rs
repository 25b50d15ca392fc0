//! The accounts of a buyer: added, limited, given other passwords and addresses, and told of it.

use async_trait::async_trait;
use countersign_order::{AccountId, BuyerId, EmailAddress, Language, Name, OrderLimits, Role};
use countersign_store::{AccountRecord, MailDetail};
use jiff::{SignedDuration, Timestamp};

use super::people::SetEnabled;
use super::sessions::{OpenSession, Opened, must_still_match, open};
use super::{DeskError, Operation, Work, letters};
use crate::mail::{self, AccountChanged, EmailChanged, MailEvent, News, Reader};

/// Accounts of one buyer.
const ACCOUNTS_PER_BUYER_MAX: usize = 1000;
/// After a change of address no invite enrols a key for so long: the old address has been told, and
/// its holder has time to object.
const INVITES_REST: SignedDuration = SignedDuration::from_hours(72);

/// Adds another account to a buyer.
#[derive(Debug)]
pub struct AddAccount {
    /// Its ID: the buyer's, `/` and a name.
    pub account: AccountId,
    /// What its holder is called.
    pub name: Name,
    /// Where its mail goes.
    pub email: EmailAddress,
    /// The password's verifier, if it gets one.
    pub verifier: Option<String>,
    /// How much it orders at once.
    pub limits: OrderLimits,
}

#[async_trait]
impl Operation for AddAccount {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let buyer = self.account.buyer_part();
        if AccountId::from(&buyer) == self.account {
            let why = "another account of a buyer is named BUYER/NAME, such as acme/jo";
            return Err(DeskError::Unfit(why.to_owned()));
        }
        if work.transaction.buyer(&buyer).await?.is_none() {
            return Err(DeskError::NotFound("buyer"));
        }
        let accounts = work.transaction.accounts_of(Some(&buyer)).await?;
        if accounts.len() >= ACCOUNTS_PER_BUYER_MAX {
            let why = format!("a buyer has {ACCOUNTS_PER_BUYER_MAX} accounts at most");
            return Err(DeskError::Unfit(why));
        }
        let account = AccountRecord {
            id: self.account.clone(),
            buyer: Some(buyer),
            role: Role::Buyer,
            name: self.name.to_string(),
            email: self.email.clone(),
            enabled: true,
            verifier: self.verifier.clone(),
            created_at: work.now,
        };
        if !work.transaction.insert_account(&account).await? {
            return Err(DeskError::AlreadyExists("an account"));
        }
        work.transaction
            .set_order_limits(&account.id, &self.limits)
            .await?;
        work.audit("add-account", account.id.as_str(), self.name.as_str())
            .await
    }
}

/// Sets how much an account orders at once.
#[derive(Debug)]
pub struct SetOrderLimits {
    /// The account.
    pub account: AccountId,
    /// Its limits from now on; none lets it order anything.
    pub limits: OrderLimits,
}

#[async_trait]
impl Operation for SetOrderLimits {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let account = record(work, &self.account).await?;
        if account.buyer.is_none() {
            return Err(DeskError::NotFound("account of a buyer"));
        }
        work.transaction
            .set_order_limits(&account.id, &self.limits)
            .await?;
        let limits: Vec<String> = self.limits.iter().map(|limit| limit.to_string()).collect();
        work.audit("limit-orders", account.id.as_str(), &limits.join(", "))
            .await
    }
}

/// Changes an account of a buyer; what is not given stays.
#[derive(Debug)]
pub struct ChangeAccount {
    /// The account.
    pub account: AccountId,
    /// Whether it may come in.
    pub enabled: Option<bool>,
    /// Its limits from now on; none lets it order anything.
    pub limits: Option<OrderLimits>,
}

#[async_trait]
impl Operation for ChangeAccount {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let account = &self.account;
        if record(work, account).await?.buyer.is_none() {
            return Err(DeskError::NotFound("account of a buyer"));
        }
        if let Some(limits) = self.limits.clone() {
            let account = account.clone();
            SetOrderLimits { account, limits }.apply(work).await?;
        }
        if let Some(enabled) = self.enabled {
            let account = account.clone();
            SetEnabled { account, enabled }.apply(work).await?;
        }
        Ok(())
    }
}

/// Changes how a buyer is written to; what is not given stays.
#[derive(Debug)]
pub struct SetCorrespondence {
    /// The buyer.
    pub buyer: BuyerId,
    /// The language of its mail.
    pub language: Option<Language>,
    /// Who gets a copy of mail about orders.
    pub orders_email: Option<CopyTo>,
    /// Who gets a copy of mail about shipments.
    pub goods_in_email: Option<CopyTo>,
    /// How much its mail tells.
    pub mail_detail: Option<MailDetail>,
}

/// Where a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyTo {
    /// Nowhere.
    Nobody,
    /// To this address.
    Address(EmailAddress),
}

impl CopyTo {
    fn into_address(self) -> Option<EmailAddress> {
        match self {
            Self::Nobody => None,
            Self::Address(address) => Some(address),
        }
    }
}

#[async_trait]
impl Operation for SetCorrespondence {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let buyer = work.transaction.buyer(&self.buyer).await?;
        let mut buyer = buyer.ok_or(DeskError::NotFound("buyer"))?;
        let mut agreed = work.transaction.correspondence(&buyer.id).await?;
        if let Some(language) = &self.language {
            agreed.language = language.clone();
        }
        if let Some(copy) = &self.orders_email {
            agreed.orders_email = copy.clone().into_address();
        }
        if let Some(copy) = &self.goods_in_email {
            agreed.goods_in_email = copy.clone().into_address();
        }
        work.transaction
            .set_correspondence(&buyer.id, &agreed)
            .await?;
        if let Some(detail) = self.mail_detail {
            buyer.mail_detail = detail;
            work.transaction.update_buyer(&buyer).await?;
        }
        work.audit("set-correspondence", buyer.id.as_str(), "")
            .await
    }
}

/// Gives an account whose password was right a new one. All its sessions end, and it gets a new one.
/// It holds a verifier, so it is never shown.
pub(crate) struct ChangePassword {
    pub(crate) account: AccountId,
    /// The verifier that the present password matched.
    pub(crate) matched: String,
    pub(crate) verifier: String,
}

#[async_trait]
impl Operation for ChangePassword {
    type Answer = Opened;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Opened, DeskError> {
        must_still_match(&record(work, &self.account).await?, &self.matched)?;
        set_password(work, &self.account, &self.verifier).await?;
        work.audit("change-password", self.account.as_str(), "")
            .await?;
        open(work, &OpenSession::of(self.account.clone())).await
    }
}

/// Sets a password. Whoever had another one before is told.
pub(super) async fn set_password(
    work: &mut Work<'_>,
    account: &AccountId,
    verifier: &str,
) -> Result<(), DeskError> {
    let account = record(work, account).await?;
    work.transaction.set_verifier(&account.id, verifier).await?;
    if account.verifier.is_some() {
        let change = change(work, &account.id);
        tell(work, &account, News::PasswordChanged(change)).await?;
    }
    Ok(())
}

/// Changes where an account's mail goes; the old address is told, and the new one.
#[derive(Debug)]
pub struct ChangeEmail {
    /// The account.
    pub account: AccountId,
    /// Where its mail goes from now on.
    pub email: EmailAddress,
    /// The verifier that its password matched; none if the operator changes it.
    pub matched: Option<String>,
}

#[async_trait]
impl Operation for ChangeEmail {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let account = record(work, &self.account).await?;
        if let Some(matched) = &self.matched {
            must_still_match(&account, matched)?;
        }
        if account.email == self.email {
            return Ok(());
        }
        let news = News::EmailChanged(EmailChanged {
            change: change(work, &account.id),
            old_address: account.email.clone(),
            new_address: self.email.clone(),
            invites_from: invites_from(work.now),
        });
        let mut event = notice(work, &account, news).await?;
        event.copies.push((Reader::NewAddress, self.email.clone()));
        work.mail(&account.email, &event).await?;
        work.transaction
            .change_email(&account.id, &self.email, work.now)
            .await?;
        work.audit("change-email", account.id.as_str(), self.email.as_str())
            .await
    }
}

/// When invites enrol keys again, after the address was changed.
pub(super) fn invites_from(changed_at: Timestamp) -> Timestamp {
    changed_at
        .saturating_add(INVITES_REST)
        .unwrap_or(changed_at)
}

/// An account that must be there.
pub(super) async fn record(
    work: &mut Work<'_>,
    account: &AccountId,
) -> Result<AccountRecord, DeskError> {
    let found = work.transaction.account(account).await?;
    found.ok_or(DeskError::NotFound("account"))
}

/// A change to an account, now, by whoever makes it.
pub(super) fn change(work: &Work<'_>, account: &AccountId) -> AccountChanged {
    AccountChanged {
        at: work.now,
        by_account: work.actor.as_str() == account.as_str(),
    }
}

/// Tells an account what happened to it.
pub(super) async fn tell(
    work: &mut Work<'_>,
    account: &AccountRecord,
    news: News,
) -> Result<(), DeskError> {
    let event = notice(work, account, news).await?;
    work.mail(&account.email, &event).await
}

/// The news for an account: a buyer's, or one of the seller's own.
async fn notice(
    work: &mut Work<'_>,
    account: &AccountRecord,
    news: News,
) -> Result<MailEvent, DeskError> {
    let accounts = std::slice::from_ref(&account.id);
    let found = work.transaction.correspondents(accounts).await?;
    Ok(match found.get(&account.id) {
        Some(to) => letters::notice(to, news),
        None => MailEvent {
            name: account.name.clone(),
            account: account.id.clone(),
            detail: mail::MailDetail::Full,
            language: Language::english(),
            reader: Reader::Account,
            statement: None,
            news,
            copies: Vec::new(),
        },
    })
}
