//! The shop, buyers and accounts in SQL; their keys are in [`super::keys`].

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{AccountId, BuyerId, EmailAddress, LogOrigin, Role};
use countersign_transparency::Tree;
use rusqlite::params;

use super::cell::{Record, Word, json, micros};
use super::unit_of_work::UnitOfWork;
use crate::{
    AccountRecord, BuyerRecord, Correspondence, Correspondent, LogHead, Page, ReadParties,
    ShopRecord, StoreError, WriteParties,
};

#[async_trait]
impl ReadParties for UnitOfWork {
    async fn shop(&mut self) -> Result<Option<ShopRecord>, StoreError> {
        self.row(
            "SELECT
                 origin,
                 root_sha256,
                 created_at
             FROM shop",
            (),
            |row| {
                let record = Record { row, table: "shop" };
                Ok(ShopRecord {
                    origin: record.cell("origin")?,
                    root: record.cell("root_sha256")?,
                    created_at: record.cell("created_at")?,
                })
            },
        )
    }

    async fn buyer(&mut self, id: &BuyerId) -> Result<Option<BuyerRecord>, StoreError> {
        self.row(
            "SELECT
                 id,
                 name,
                 address,
                 enabled,
                 on_stop,
                 manual_acceptance,
                 mail_detail,
                 created_at
             FROM buyers
             WHERE id = ?1",
            params![id.as_str()],
            |row| {
                buyer(&Record {
                    row,
                    table: "buyers",
                })
            },
        )
    }

    async fn buyers(
        &mut self,
        after: Option<&BuyerId>,
        limit: u32,
    ) -> Result<Page<BuyerRecord>, StoreError> {
        let rows = self.rows(
            "SELECT
                 id,
                 name,
                 address,
                 enabled,
                 on_stop,
                 manual_acceptance,
                 mail_detail,
                 created_at
             FROM buyers
             WHERE id > ?1
             ORDER BY id
             LIMIT ?2",
            params![
                after.map_or("", |buyer| buyer.as_str()),
                i64::from(limit) + 1
            ],
            |row| {
                buyer(&Record {
                    row,
                    table: "buyers",
                })
            },
        )?;
        Ok(Page::cut(rows, limit))
    }

    async fn account(&mut self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.row(
            "SELECT
                 id,
                 buyer,
                 role,
                 name,
                 email,
                 enabled,
                 verifier,
                 created_at
             FROM accounts
             WHERE id = ?1",
            params![id.as_str()],
            |row| {
                account(&Record {
                    row,
                    table: "accounts",
                })
            },
        )
    }

    async fn accounts_of(
        &mut self,
        buyer: Option<&BuyerId>,
    ) -> Result<Vec<AccountRecord>, StoreError> {
        self.rows(
            "SELECT
                 id,
                 buyer,
                 role,
                 name,
                 email,
                 enabled,
                 verifier,
                 created_at
             FROM accounts
             WHERE buyer IS ?1
             ORDER BY id",
            params![buyer.map(BuyerId::as_str)],
            |row| {
                account(&Record {
                    row,
                    table: "accounts",
                })
            },
        )
    }

    async fn correspondents(
        &mut self,
        accounts: &[AccountId],
    ) -> Result<HashMap<AccountId, Correspondent>, StoreError> {
        let found = self.rows(
            "SELECT
                 accounts.id AS account,
                 accounts.buyer,
                 buyers.name,
                 accounts.email,
                 buyers.mail_detail,
                 buyers.address,
                 coalesce(correspondence.language, 'en') AS language,
                 correspondence.orders_email,
                 correspondence.goods_in_email
             FROM jsonb_each(?1) AS named
             CROSS JOIN accounts ON accounts.id = named.value
             CROSS JOIN buyers ON buyers.id = accounts.buyer
             LEFT JOIN correspondence ON correspondence.buyer = buyers.id",
            params![json(accounts)?],
            |row| {
                correspondent(&Record {
                    row,
                    table: "accounts",
                })
            },
        )?;
        Ok(found
            .into_iter()
            .map(|found| (found.account.clone(), found))
            .collect())
    }
}

#[async_trait]
impl WriteParties for UnitOfWork {
    async fn insert_shop(&mut self, shop: &ShopRecord) -> Result<bool, StoreError> {
        let is_new = self.changes(
            "INSERT INTO shop (
                 only_row,
                 origin,
                 root_sha256,
                 created_at
             )
             VALUES (1, ?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
            params![
                shop.origin.as_str(),
                shop.root.as_bytes(),
                micros(shop.created_at)
            ],
        )?;
        if is_new {
            self.open_log(&LogHead {
                origin: LogOrigin::from(&shop.origin),
                first_statement: 0,
                tree: Tree::empty(),
                last_issued_at: None,
            })?;
        }
        Ok(is_new)
    }

    async fn insert_buyer(&mut self, buyer: &BuyerRecord) -> Result<bool, StoreError> {
        self.changes(
            "INSERT INTO buyers (
                 id,
                 name,
                 address,
                 enabled,
                 on_stop,
                 manual_acceptance,
                 mail_detail,
                 created_at
             )
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO NOTHING",
            params![
                buyer.id.as_str(),
                buyer.name,
                buyer.address.as_ref().map(json).transpose()?,
                buyer.enabled,
                buyer.on_stop,
                buyer.manual_acceptance,
                buyer.mail_detail.word(),
                micros(buyer.created_at)
            ],
        )
    }

    async fn update_buyer(&mut self, buyer: &BuyerRecord) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE buyers
             SET name = ?2,
                 address = ?3,
                 enabled = ?4,
                 on_stop = ?5,
                 manual_acceptance = ?6,
                 mail_detail = ?7
             WHERE id = ?1",
            params![
                buyer.id.as_str(),
                buyer.name,
                buyer.address.as_ref().map(json).transpose()?,
                buyer.enabled,
                buyer.on_stop,
                buyer.manual_acceptance,
                buyer.mail_detail.word()
            ],
        )
    }

    async fn insert_account(&mut self, account: &AccountRecord) -> Result<bool, StoreError> {
        self.changes(
            "INSERT INTO accounts (
                 id,
                 buyer,
                 role,
                 name,
                 email,
                 enabled,
                 verifier,
                 created_at
             )
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO NOTHING",
            params![
                account.id.as_str(),
                account.buyer.as_ref().map(BuyerId::as_str),
                account.role.word(),
                account.name,
                account.email.as_str(),
                account.enabled,
                account.verifier,
                micros(account.created_at)
            ],
        )
    }

    async fn set_contact(
        &mut self,
        account: &AccountId,
        name: &str,
        email: &EmailAddress,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE accounts
             SET name = ?2,
                 email = ?3
             WHERE id = ?1",
            params![account.as_str(), name, email.as_str()],
        )
    }

    async fn set_verifier(
        &mut self,
        account: &AccountId,
        verifier: &str,
    ) -> Result<bool, StoreError> {
        self.end_sessions(account)?;
        self.changes(
            "UPDATE accounts
             SET verifier = ?2
             WHERE id = ?1",
            params![account.as_str(), verifier],
        )
    }

    async fn strengthen_verifier(
        &mut self,
        account: &AccountId,
        old: &str,
        new: &str,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE accounts
             SET verifier = ?3
             WHERE id = ?1
                 AND verifier = ?2",
            params![account.as_str(), old, new],
        )
    }

    async fn set_role(&mut self, account: &AccountId, role: Role) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE accounts
             SET role = ?2
             WHERE id = ?1
                 AND buyer IS NULL",
            params![account.as_str(), role.word()],
        )
    }

    async fn set_enabled(
        &mut self,
        account: &AccountId,
        enabled: bool,
    ) -> Result<bool, StoreError> {
        if !enabled {
            self.end_sessions(account)?;
        }
        self.changes(
            "UPDATE accounts
             SET enabled = ?2
             WHERE id = ?1",
            params![account.as_str(), enabled],
        )
    }
}

fn buyer(record: &Record<'_, '_>) -> Result<BuyerRecord, StoreError> {
    Ok(BuyerRecord {
        id: record.cell("id")?,
        name: record.cell("name")?,
        address: record.json_or_null("address")?,
        enabled: record.cell("enabled")?,
        on_stop: record.cell("on_stop")?,
        manual_acceptance: record.cell("manual_acceptance")?,
        mail_detail: record.cell("mail_detail")?,
        created_at: record.cell("created_at")?,
    })
}

fn account(record: &Record<'_, '_>) -> Result<AccountRecord, StoreError> {
    Ok(AccountRecord {
        id: record.cell("id")?,
        buyer: record.cell("buyer")?,
        role: record.cell("role")?,
        name: record.cell("name")?,
        email: record.cell("email")?,
        enabled: record.cell("enabled")?,
        verifier: record.cell("verifier")?,
        created_at: record.cell("created_at")?,
    })
}

/// Whom mail goes to, from a row of an account with its buyer.
pub(super) fn correspondent(record: &Record<'_, '_>) -> Result<Correspondent, StoreError> {
    Ok(Correspondent {
        account: record.cell("account")?,
        buyer: record.cell("buyer")?,
        name: record.cell("name")?,
        email: record.cell("email")?,
        mail_detail: record.cell("mail_detail")?,
        address: record.json_or_null("address")?,
        correspondence: Correspondence {
            language: record.cell("language")?,
            orders_email: record.cell("orders_email")?,
            goods_in_email: record.cell("goods_in_email")?,
        },
    })
}
