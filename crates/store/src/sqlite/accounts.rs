//! Order limits, changes of address and who gets which mail, in SQL.

use async_trait::async_trait;
use countersign_order::{AccountId, BuyerId, EmailAddress, Money, OrderLimits};
use jiff::Timestamp;
use rusqlite::params;

use super::cell::{Record, micros};
use super::unit_of_work::UnitOfWork;
use crate::{Correspondence, ReadAccounts, StoreError, WriteAccounts};

#[async_trait]
impl ReadAccounts for UnitOfWork {
    async fn order_limits(&mut self, account: &AccountId) -> Result<OrderLimits, StoreError> {
        let limits = self.rows(
            "SELECT
                 account,
                 currency,
                 largest_minor
             FROM order_limits
             WHERE account = ?1
             ORDER BY currency",
            params![account.as_str()],
            |row| limit(&record(row)),
        )?;
        Ok(limits.into_iter().collect())
    }

    async fn email_changed_at(
        &mut self,
        account: &AccountId,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.row(
            "SELECT changed_at
             FROM email_changes
             WHERE account = ?1",
            params![account.as_str()],
            |row| {
                Record {
                    row,
                    table: "email_changes",
                }
                .cell("changed_at")
            },
        )
    }

    async fn correspondence(&mut self, buyer: &BuyerId) -> Result<Correspondence, StoreError> {
        let found = self.row(
            "SELECT
                 buyer,
                 language,
                 orders_email,
                 goods_in_email
             FROM correspondence
             WHERE buyer = ?1",
            params![buyer.as_str()],
            |row| {
                let record = Record {
                    row,
                    table: "correspondence",
                };
                Ok(Correspondence {
                    language: record.cell("language")?,
                    orders_email: record.cell("orders_email")?,
                    goods_in_email: record.cell("goods_in_email")?,
                })
            },
        )?;
        Ok(found.unwrap_or_default())
    }
}

#[async_trait]
impl WriteAccounts for UnitOfWork {
    async fn set_order_limits(
        &mut self,
        account: &AccountId,
        limits: &OrderLimits,
    ) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM order_limits
             WHERE account = ?1",
            params![account.as_str()],
        )?;
        for limit in limits.iter() {
            self.execute(
                "INSERT INTO order_limits (
                     account,
                     currency,
                     largest_minor
                 )
                 VALUES (?1, ?2, ?3)",
                params![account.as_str(), limit.currency.code(), limit.minor],
            )?;
        }
        Ok(())
    }

    async fn change_email(
        &mut self,
        account: &AccountId,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let is_there = self.changes(
            "UPDATE accounts
             SET email = ?2
             WHERE id = ?1",
            params![account.as_str(), email.as_str()],
        )?;
        if is_there {
            self.execute(
                "INSERT INTO email_changes (
                     account,
                     changed_at
                 )
                 VALUES (?1, ?2)
                 ON CONFLICT (account) DO UPDATE
                 SET changed_at = excluded.changed_at",
                params![account.as_str(), micros(now)],
            )?;
        }
        Ok(is_there)
    }

    async fn set_correspondence(
        &mut self,
        buyer: &BuyerId,
        correspondence: &Correspondence,
    ) -> Result<(), StoreError> {
        let address = |email: &Option<EmailAddress>| email.as_ref().map(EmailAddress::to_string);
        self.execute(
            "INSERT INTO correspondence (
                 buyer,
                 language,
                 orders_email,
                 goods_in_email
             )
             VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (buyer) DO UPDATE
             SET language = excluded.language,
                 orders_email = excluded.orders_email,
                 goods_in_email = excluded.goods_in_email",
            params![
                buyer.as_str(),
                correspondence.language.as_str(),
                address(&correspondence.orders_email),
                address(&correspondence.goods_in_email)
            ],
        )?;
        Ok(())
    }
}

fn record<'row, 'statement>(row: &'row rusqlite::Row<'statement>) -> Record<'row, 'statement> {
    Record {
        row,
        table: "order_limits",
    }
}

fn limit(record: &Record<'_, '_>) -> Result<Money, StoreError> {
    Ok(Money {
        currency: record.cell("currency")?,
        minor: record.cell("largest_minor")?,
    })
}
