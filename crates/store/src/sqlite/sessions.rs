//! Sessions, challenges and invites in SQL.

use async_trait::async_trait;
use countersign_order::{AccountId, Digest};
use jiff::Timestamp;
use rusqlite::params;

use super::cell::{Record, hex, json, micros};
use super::unit_of_work::UnitOfWork;
use crate::{
    CHALLENGES_MAX, InviteRecord, NewInvite, NewSession, ReadSessions, SESSIONS_MAX, SessionRecord,
    StoreError, WriteSessions,
};

#[async_trait]
impl ReadSessions for UnitOfWork {
    async fn session(
        &mut self,
        token_sha256: &Digest,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        self.row(
            "SELECT
                 sessions.account,
                 accounts.buyer,
                 accounts.role,
                 sessions.seen_at,
                 sessions.idle_ends_at,
                 sessions.ends_at
             FROM sessions
             JOIN accounts ON accounts.id = sessions.account
             LEFT JOIN buyers ON buyers.id = accounts.buyer
             WHERE sessions.token_sha256 = ?1
                 AND sessions.idle_ends_at > ?2
                 AND sessions.ends_at > ?2
                 AND accounts.enabled
                 AND coalesce(buyers.enabled, true)",
            params![token_sha256.as_bytes(), micros(now)],
            |row| {
                let record = Record {
                    row,
                    table: "sessions",
                };
                Ok(SessionRecord {
                    account: record.cell("account")?,
                    buyer: record.cell("buyer")?,
                    role: record.cell("role")?,
                    seen_at: record.cell("seen_at")?,
                    idle_ends_at: record.cell("idle_ends_at")?,
                    ends_at: record.cell("ends_at")?,
                })
            },
        )
    }

    async fn has_challenge(
        &mut self,
        account: &AccountId,
        challenge_sha256: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let found = self.row(
            "SELECT 1
             FROM challenges
             WHERE challenge_sha256 = ?1
                 AND account = ?2
                 AND expires_at > ?3",
            params![challenge_sha256.as_bytes(), account.as_str(), micros(now)],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    async fn invite(&mut self, code_sha256: &Digest) -> Result<Option<InviteRecord>, StoreError> {
        self.row(
            "SELECT
                 account,
                 expires_at,
                 redeemed_at,
                 used_at
             FROM invites
             WHERE code_sha256 = ?1",
            params![code_sha256.as_bytes()],
            |row| {
                let record = Record {
                    row,
                    table: "invites",
                };
                Ok(InviteRecord {
                    account: record.cell("account")?,
                    expires_at: record.cell("expires_at")?,
                    redeemed_at: record.cell("redeemed_at")?,
                    used_at: record.cell("used_at")?,
                })
            },
        )
    }
}

#[async_trait]
impl WriteSessions for UnitOfWork {
    async fn insert_session(&mut self, session: &NewSession) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO sessions (
                 token_sha256,
                 account,
                 created_at,
                 seen_at,
                 idle_ends_at,
                 ends_at
             )
             VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
            params![
                session.token_sha256.as_bytes(),
                session.account.as_str(),
                micros(session.created_at),
                micros(session.idle_ends_at),
                micros(session.ends_at)
            ],
        )?;
        self.execute(
            "DELETE FROM sessions
             WHERE token_sha256 IN (
                 SELECT token_sha256
                 FROM sessions
                 WHERE account = ?1
                     AND token_sha256 <> ?2
                 ORDER BY seen_at DESC
                 LIMIT -1 OFFSET ?3
             )",
            params![
                session.account.as_str(),
                session.token_sha256.as_bytes(),
                SESSIONS_MAX - 1
            ],
        )?;
        Ok(())
    }

    async fn touch_sessions(
        &mut self,
        token_sha256: &[Digest],
        now: Timestamp,
        idle_ends_at: Timestamp,
    ) -> Result<u64, StoreError> {
        let tokens: Vec<String> = token_sha256.iter().map(hex).collect();
        let touched = self.execute(
            "UPDATE sessions
             SET seen_at = ?2,
                 idle_ends_at = ?3
             WHERE token_sha256 IN (
                 SELECT unhex(value)
                 FROM jsonb_each(?1)
             )
                 AND idle_ends_at > ?2
                 AND ends_at > ?2",
            params![json(&tokens)?, micros(now), micros(idle_ends_at)],
        )?;
        Ok(u64::try_from(touched).unwrap_or(u64::MAX))
    }

    async fn end_session(&mut self, token_sha256: &Digest) -> Result<bool, StoreError> {
        self.changes(
            "DELETE FROM sessions
             WHERE token_sha256 = ?1",
            params![token_sha256.as_bytes()],
        )
    }

    async fn end_sessions_of(&mut self, account: &AccountId) -> Result<u64, StoreError> {
        self.end_sessions(account)
    }

    async fn insert_challenge(
        &mut self,
        account: &AccountId,
        challenge_sha256: &Digest,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO challenges (
                 challenge_sha256,
                 account,
                 expires_at
             )
             VALUES (?1, ?2, ?3)",
            params![
                challenge_sha256.as_bytes(),
                account.as_str(),
                micros(expires_at)
            ],
        )?;
        self.execute(
            "DELETE FROM challenges
             WHERE challenge_sha256 IN (
                 SELECT challenge_sha256
                 FROM challenges
                 WHERE account = ?1
                     AND challenge_sha256 <> ?2
                 ORDER BY expires_at DESC
                 LIMIT -1 OFFSET ?3
             )",
            params![
                account.as_str(),
                challenge_sha256.as_bytes(),
                CHALLENGES_MAX - 1
            ],
        )?;
        Ok(())
    }

    async fn take_challenge(
        &mut self,
        account: &AccountId,
        challenge_sha256: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.changes(
            "DELETE FROM challenges
             WHERE challenge_sha256 = ?1
                 AND account = ?2
                 AND expires_at > ?3",
            params![challenge_sha256.as_bytes(), account.as_str(), micros(now)],
        )
    }

    async fn insert_invite(&mut self, invite: &NewInvite) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM invites
             WHERE account = ?1",
            params![invite.account.as_str()],
        )?;
        self.execute(
            "INSERT INTO invites (
                 code_sha256,
                 account,
                 created_at,
                 expires_at
             )
             VALUES (?1, ?2, ?3, ?4)",
            params![
                invite.code_sha256.as_bytes(),
                invite.account.as_str(),
                micros(invite.created_at),
                micros(invite.expires_at)
            ],
        )?;
        Ok(())
    }

    async fn redeem_invite(
        &mut self,
        code_sha256: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE invites
             SET redeemed_at = coalesce(redeemed_at, ?2)
             WHERE code_sha256 = ?1
                 AND expires_at > ?2
                 AND used_at IS NULL",
            params![code_sha256.as_bytes(), micros(now)],
        )
    }

    async fn use_invite(
        &mut self,
        code_sha256: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE invites
             SET used_at = ?2
             WHERE code_sha256 = ?1
                 AND expires_at > ?2
                 AND redeemed_at IS NOT NULL
                 AND used_at IS NULL",
            params![code_sha256.as_bytes(), micros(now)],
        )
    }

    async fn forget_expired(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let sessions = self.execute(
            "DELETE FROM sessions
             WHERE idle_ends_at <= ?1
                 OR ends_at <= ?1",
            params![micros(now)],
        )?;
        let challenges = self.execute(
            "DELETE FROM challenges
             WHERE expires_at <= ?1",
            params![micros(now)],
        )?;
        let invites = self.execute(
            "DELETE FROM invites
             WHERE expires_at <= ?1",
            params![micros(now)],
        )?;
        Ok(u64::try_from(sessions + challenges + invites).unwrap_or(u64::MAX))
    }
}

impl UnitOfWork {
    /// Ends all sessions of an account.
    pub(super) fn end_sessions(&self, account: &AccountId) -> Result<u64, StoreError> {
        let ended = self.execute(
            "DELETE FROM sessions
             WHERE account = ?1",
            params![account.as_str()],
        )?;
        Ok(u64::try_from(ended).unwrap_or(u64::MAX))
    }
}
