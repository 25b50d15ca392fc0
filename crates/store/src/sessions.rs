//! Short-lived secrets: sessions, enrolment challenges and invites. Only their SHA-256 is kept, so
//! a stolen database opens nothing.

use async_trait::async_trait;
use countersign_order::{AccountId, BuyerId, Digest, Role};
use jiff::Timestamp;

use crate::StoreError;

/// Open sessions of one account; another one ends the one that was used longest ago.
pub const SESSIONS_MAX: u32 = 1_000;
/// Open challenges of one account; another one ends the oldest.
pub const CHALLENGES_MAX: u32 = 16;

/// A session to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of its token.
    pub token_sha256: Digest,
    /// Who signed in.
    pub account: AccountId,
    /// When.
    pub created_at: Timestamp,
    /// It ends here unless it is used.
    pub idle_ends_at: Timestamp,
    /// It ends here whether it is used or not.
    pub ends_at: Timestamp,
}

/// A session that has not ended, of an account that is enabled, as is its buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Who signed in.
    pub account: AccountId,
    /// The account's buyer; none for the seller's own.
    pub buyer: Option<BuyerId>,
    /// What the account may do.
    pub role: Role,
    /// When it was last known to be used.
    pub seen_at: Timestamp,
    /// It ends here unless it is used.
    pub idle_ends_at: Timestamp,
    /// It ends here whether it is used or not.
    pub ends_at: Timestamp,
}

/// An invite to be handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvite {
    /// SHA-256 of its code.
    pub code_sha256: Digest,
    /// The account it opens.
    pub account: AccountId,
    /// When it was made.
    pub created_at: Timestamp,
    /// It ends here.
    pub expires_at: Timestamp,
}

/// An invite as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRecord {
    /// The account it opens.
    pub account: AccountId,
    /// It ends here.
    pub expires_at: Timestamp,
    /// When it set the password, if it has.
    pub redeemed_at: Option<Timestamp>,
    /// When it enrolled the first key, if it has; it opens nothing since.
    pub used_at: Option<Timestamp>,
}

/// Reading sessions, challenges and invites.
#[async_trait]
pub trait ReadSessions {
    /// The session of a token, unless it has ended or its account or buyer is disabled.
    async fn session(
        &mut self,
        token_sha256: &Digest,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError>;

    /// Whether a challenge of this account could be taken now.
    async fn has_challenge(
        &mut self,
        account: &AccountId,
        challenge_sha256: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The invite of a code, whether or not it still opens anything.
    async fn invite(&mut self, code_sha256: &Digest) -> Result<Option<InviteRecord>, StoreError>;
}

/// Writing sessions, challenges and invites.
///
/// Concurrency: of two callers that take one challenge, or use one invite, one is told `true`.
#[async_trait]
pub trait WriteSessions {
    /// Opens a session, and ends an older one if the account has more than [`SESSIONS_MAX`].
    async fn insert_session(&mut self, session: &NewSession) -> Result<(), StoreError>;

    /// Notes that sessions were used, moves their idle ends, and tells of how many: those that have ended
    /// stay so.
    ///
    /// Meant to be called at most once a minute per session: see [`SessionRecord::seen_at`].
    async fn touch_sessions(
        &mut self,
        token_sha256: &[Digest],
        now: Timestamp,
        idle_ends_at: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Ends a session. False if there is none.
    async fn end_session(&mut self, token_sha256: &Digest) -> Result<bool, StoreError>;

    /// Ends all sessions of an account, and tells how many.
    async fn end_sessions_of(&mut self, account: &AccountId) -> Result<u64, StoreError>;

    /// Keeps a challenge that a key enrolment of this account must answer, and ends an older one if
    /// the account has more than [`CHALLENGES_MAX`].
    async fn insert_challenge(
        &mut self,
        account: &AccountId,
        challenge_sha256: &Digest,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Takes a challenge: true once, for its own account, before it expires.
    async fn take_challenge(
        &mut self,
        account: &AccountId,
        challenge_sha256: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Hands out an invite. Earlier invites of the account open nothing any more.
    async fn insert_invite(&mut self, invite: &NewInvite) -> Result<(), StoreError>;

    /// Notes that an invite set the password. False if it has expired or was used.
    async fn redeem_invite(
        &mut self,
        code_sha256: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Uses an invite up with the first key. False unless it was redeemed, is not expired and was
    /// not used before.
    async fn use_invite(
        &mut self,
        code_sha256: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Forgets sessions, challenges and invites that have expired, and tells how many.
    async fn forget_expired(&mut self, now: Timestamp) -> Result<u64, StoreError>;
}
