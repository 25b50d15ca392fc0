//! Invites: a single-use code sets an account's password and authorises its first key.

use async_trait::async_trait;
use countersign_order::{AccountId, EmailAddress, Name};
use countersign_store::NewInvite;
use jiff::{SignedDuration, Timestamp};

use super::accounts::set_password;
use super::enrol::digest_of;
use super::people::add_buyer;
use super::sessions::{OpenSession, Opened, open};
use super::{Desk, DeskError, Operation, Work};

/// Invites the holder of an account, adding the buyer whose first account it is if that is new; what
/// an existing account has stays as it is.
#[derive(Debug)]
pub struct Invite {
    /// The account.
    pub account: AccountId,
    /// What it is called, if it is new.
    pub name: Name,
    /// Where the account's mail goes, if it is new.
    pub email: EmailAddress,
}

/// An invite, to be handed to the buyer by a way the operator trusts.
pub struct Invitation {
    /// The account it opens.
    pub account: AccountId,
    /// The code: a secret.
    pub code: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Invitation")
            .field("account", &self.account)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Operation for Invite {
    type Answer = Invitation;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Invitation, DeskError> {
        let buyer = self.account.buyer_part();
        let is_first = AccountId::from(&buyer) == self.account;
        let account = match work.transaction.account(&self.account).await? {
            Some(known) if known.buyer.is_some() => known.id,
            None if is_first => add_buyer(work, &buyer, &self.name, &self.email).await?,
            Some(_) | None => return Err(DeskError::NotFound("account of a buyer")),
        };
        let code = work.desk.random().code();
        let hours = work.desk.settings().sessions.invite_hours;
        let expires_at = work
            .now
            .saturating_add(SignedDuration::from_hours(hours.into()))
            .unwrap_or(work.now);
        let invite = NewInvite {
            code_sha256: digest_of(&code),
            account: account.clone(),
            created_at: work.now,
            expires_at,
        };
        work.transaction.insert_invite(&invite).await?;
        work.audit("invite", account.as_str(), "").await?;
        Ok(Invitation {
            account,
            code,
            expires_at,
        })
    }
}

/// Sets the password of an invited account and signs it in. Works once; the code stays good for
/// the account's first key. It holds a code, so it is never shown.
pub(crate) struct RedeemInvite {
    /// The invite's code.
    pub(crate) code: String,
    /// The verifier of the password chosen.
    pub(crate) verifier: String,
}

#[async_trait]
impl Operation for RedeemInvite {
    type Answer = Opened;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Opened, DeskError> {
        let code = digest_of(&self.code);
        let invite = work.transaction.invite(&code).await?;
        let fresh = invite.filter(|invite| invite.redeemed_at.is_none());
        let Some(invite) = fresh else {
            return Err(DeskError::NotLetIn);
        };
        if !work.transaction.redeem_invite(&code, work.now).await? {
            return Err(DeskError::NotLetIn);
        }
        let account = invite.account;
        set_password(work, &account, &self.verifier).await?;
        work.audit("redeem-invite", account.as_str(), "").await?;
        open(work, &OpenSession::of(account)).await
    }
}

/// What a code opens now.
#[derive(Debug)]
pub(crate) enum InviteState {
    /// It sets the password of this account.
    Fresh(AccountId),
    /// It has set the password, and may still enrol the first key.
    Redeemed(AccountId),
    /// It opens nothing.
    Void,
}

/// Looks a code up.
pub(crate) async fn look_up(desk: &Desk, code: &str) -> Result<InviteState, DeskError> {
    let mut view = desk.store().read().await?;
    let invite = view.invite(&digest_of(code)).await?;
    let now = desk.clock().now();
    Ok(match invite {
        Some(invite) if invite.used_at.is_some() || invite.expires_at <= now => InviteState::Void,
        Some(invite) if invite.redeemed_at.is_some() => InviteState::Redeemed(invite.account),
        Some(invite) => InviteState::Fresh(invite.account),
        None => InviteState::Void,
    })
}
