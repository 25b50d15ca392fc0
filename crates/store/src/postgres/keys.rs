//! Enrolled and imported keys in SQL.

use async_trait::async_trait;
use countersign_order::{AccountId, Digest, KeyId, ShortText};
use jiff::{SignedDuration, Timestamp};

use super::cell::{Record, column_number, micros};
use super::unit_of_work::UnitOfWork;
use crate::{
    KeyInsertion, KeyRecord, KeyRevocation, LegacyKey, NewKey, ReadKeys, StoreError, WriteKeys,
};

#[async_trait]
impl ReadKeys for UnitOfWork {
    async fn keys_of(&mut self, account: &AccountId) -> Result<Vec<KeyRecord>, StoreError> {
        self.rows(
            "keys",
            &selected("WHERE account = $1 ORDER BY enrolment_statement"),
            &[&account.as_str()],
            key,
        )
        .await
    }

    async fn key(&mut self, id: &KeyId) -> Result<Option<KeyRecord>, StoreError> {
        self.row("keys", &selected("WHERE id = $1"), &[&id.to_string()], key)
            .await
    }

    async fn key_by_fingerprint(
        &mut self,
        fingerprint: &Digest,
    ) -> Result<Option<KeyRecord>, StoreError> {
        self.row(
            "keys",
            &selected("WHERE certificate_sha256 = $1 OR key_sha256 = $1"),
            &[&fingerprint.as_bytes().as_slice()],
            key,
        )
        .await
    }

    async fn keys_ending(
        &mut self,
        now: Timestamp,
        days: u32,
        limit: u32,
    ) -> Result<Vec<KeyRecord>, StoreError> {
        let until = now
            .saturating_add(SignedDuration::from_hours(i64::from(days) * 24))
            .unwrap_or(now);
        self.rows(
            "keys",
            &selected(
                "WHERE revoked_at IS NULL
                     AND (
                         ends_at IS NULL
                         OR (
                             ends_at > $1
                             AND ends_at <= $2
                             AND coalesce(reminded_days, $3::bigint + 1) > $3
                         )
                     )
                 ORDER BY ends_at, id
                 LIMIT $4",
            ),
            &[
                &micros(now),
                &micros(until),
                &i64::from(days),
                &i64::from(limit),
            ],
            key,
        )
        .await
    }

    async fn legacy_keys_of(&mut self, account: &AccountId) -> Result<Vec<LegacyKey>, StoreError> {
        self.rows(
            "legacy_keys",
            "SELECT
                 account,
                 algorithm,
                 key_sha256,
                 public_key
             FROM legacy_keys
             WHERE account = $1
             ORDER BY algorithm, key_sha256",
            &[&account.as_str()],
            |record| {
                Ok(LegacyKey {
                    account: record.cell("account")?,
                    algorithm: record.cell("algorithm")?,
                    key_sha256: record.cell("key_sha256")?,
                    public_key: record.cell("public_key")?,
                })
            },
        )
        .await
    }
}

#[async_trait]
impl WriteKeys for UnitOfWork {
    async fn insert_key(&mut self, key: &NewKey) -> Result<KeyInsertion, StoreError> {
        let is_enrolled = self
            .changes(
                "INSERT INTO keys (
                 id,
                 account,
                 buyer,
                 certificate,
                 certificate_sha256,
                 key_sha256,
                 issuer_and_serial,
                 subject_key_identifier,
                 algorithm,
                 enrolled_at,
                 authorised_by,
                 possession,
                 authorisation,
                 enrolment_statement,
                 label,
                 ends_at
             )
             VALUES (
                 $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
             )
             ON CONFLICT DO NOTHING",
                &[
                    &key.id.to_string(),
                    &key.account.as_str(),
                    &key.buyer.as_str(),
                    &key.certificate,
                    &key.certificate_sha256.as_bytes().as_slice(),
                    &key.key_sha256.as_bytes().as_slice(),
                    &key.issuer_and_serial,
                    &key.subject_key_identifier,
                    &key.algorithm,
                    &micros(key.enrolled_at),
                    &key.authorised_by,
                    &key.possession,
                    &key.authorisation,
                    &column_number(key.enrolment_statement),
                    &key.label.as_ref().map(ShortText::as_str),
                    &key.ends_at.map(micros),
                ],
            )
            .await?;
        if is_enrolled {
            return Ok(KeyInsertion::Enrolled);
        }
        self.in_the_way(key).await
    }

    async fn revoke_key(
        &mut self,
        id: &KeyId,
        revocation: &KeyRevocation,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE keys
             SET revoked_at = $2,
                 revocation_reason = $3,
                 revocation_statement = $4
             WHERE id = $1
                 AND revoked_at IS NULL",
            &[
                &id.to_string(),
                &micros(revocation.at),
                &revocation.reason,
                &column_number(revocation.statement),
            ],
        )
        .await
    }

    async fn label_key(
        &mut self,
        id: &KeyId,
        label: Option<&ShortText>,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE keys
             SET label = $2
             WHERE id = $1",
            &[&id.to_string(), &label.map(ShortText::as_str)],
        )
        .await
    }

    async fn set_key_end(&mut self, id: &KeyId, ends_at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE keys
             SET ends_at = $2
             WHERE id = $1",
            &[&id.to_string(), &micros(ends_at)],
        )
        .await?;
        Ok(())
    }

    async fn note_reminder(&mut self, id: &KeyId, days: u32) -> Result<(), StoreError> {
        self.execute(
            "UPDATE keys
             SET reminded_days = $2
             WHERE id = $1",
            &[&id.to_string(), &i64::from(days)],
        )
        .await?;
        Ok(())
    }

    async fn insert_legacy_key(&mut self, key: &LegacyKey) -> Result<bool, StoreError> {
        self.changes(
            "INSERT INTO legacy_keys (
                 account,
                 algorithm,
                 key_sha256,
                 public_key
             )
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (account, key_sha256) DO NOTHING",
            &[
                &key.account.as_str(),
                &key.algorithm,
                &key.key_sha256.as_bytes().as_slice(),
                &key.public_key,
            ],
        )
        .await
    }
}

impl UnitOfWork {
    /// What keeps a key from being enrolled. If it is none of the four that name a key, then its number or
    /// its statement is taken.
    async fn in_the_way(&mut self, key: &NewKey) -> Result<KeyInsertion, StoreError> {
        let is_same_key = self
            .row(
                "keys",
                "SELECT key_sha256 = $1 AS is_same_key
                 FROM keys
                 WHERE key_sha256 = $1
                     OR certificate_sha256 = $2
                     OR (buyer = $3 AND issuer_and_serial = $4)
                     OR (buyer = $3 AND subject_key_identifier = $5)
                 ORDER BY is_same_key DESC
                 LIMIT 1",
                &[
                    &key.key_sha256.as_bytes().as_slice(),
                    &key.certificate_sha256.as_bytes().as_slice(),
                    &key.buyer.as_str(),
                    &key.issuer_and_serial,
                    &key.subject_key_identifier,
                ],
                |record| record.cell("is_same_key"),
            )
            .await?;
        match is_same_key {
            Some(true) => Ok(KeyInsertion::KeyInUse),
            Some(false) => Ok(KeyInsertion::CertificateInUse),
            None => Err(StoreError::Conflict),
        }
    }
}

/// The query for keys.
fn selected(rest: &str) -> String {
    format!(
        "SELECT
             id,
             account,
             buyer,
             certificate,
             certificate_sha256,
             key_sha256,
             issuer_and_serial,
             subject_key_identifier,
             algorithm,
             enrolled_at,
             authorised_by,
             possession,
             authorisation,
             enrolment_statement,
             revoked_at,
             revocation_reason,
             revocation_statement,
             label,
             ends_at
         FROM keys
         {rest}"
    )
}

fn key(record: &Record<'_>) -> Result<KeyRecord, StoreError> {
    let revocation = match record.cell("revoked_at")? {
        None => None,
        Some(at) => Some(KeyRevocation {
            at,
            reason: record.cell("revocation_reason")?,
            statement: record.cell("revocation_statement")?,
        }),
    };
    Ok(KeyRecord {
        key: NewKey {
            id: record.cell("id")?,
            account: record.cell("account")?,
            buyer: record.cell("buyer")?,
            certificate: record.cell("certificate")?,
            certificate_sha256: record.cell("certificate_sha256")?,
            key_sha256: record.cell("key_sha256")?,
            issuer_and_serial: record.cell("issuer_and_serial")?,
            subject_key_identifier: record.cell("subject_key_identifier")?,
            algorithm: record.cell("algorithm")?,
            enrolled_at: record.cell("enrolled_at")?,
            authorised_by: record.cell("authorised_by")?,
            possession: record.cell("possession")?,
            authorisation: record.cell("authorisation")?,
            enrolment_statement: record.cell("enrolment_statement")?,
            label: record.cell("label")?,
            ends_at: record.cell("ends_at")?,
        },
        revocation,
    })
}
