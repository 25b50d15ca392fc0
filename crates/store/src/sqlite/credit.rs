//! Credit in SQL. What is open is counted anew each time, and only for buyers who have a limit.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{BuyerId, Credit, Currency, Money, open_amount};
use rusqlite::params;

use super::cell::{Record, json};
use super::unit_of_work::UnitOfWork;
use crate::{ReadCredit, StoreError, WriteCredit};

#[async_trait]
impl ReadCredit for UnitOfWork {
    async fn credit(&mut self, buyer: &BuyerId) -> Result<HashMap<Currency, Credit>, StoreError> {
        let mut of_buyer = HashMap::new();
        self.rows(credit_taken!("?1"), params![json(&[buyer])?], |row| {
            let record = Record {
                row,
                table: "credit_limits",
            };
            add_open(&record, record.cell("currency")?, &mut of_buyer)
        })?;
        Ok(of_buyer)
    }
}

#[async_trait]
impl WriteCredit for UnitOfWork {
    async fn set_credit_limit(&mut self, buyer: &BuyerId, limit: Money) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO credit_limits (
                 buyer,
                 currency,
                 limit_minor
             )
             VALUES (?1, ?2, ?3)
             ON CONFLICT (buyer, currency) DO UPDATE SET
                 limit_minor = excluded.limit_minor",
            params![buyer.as_str(), limit.currency.code(), limit.minor],
        )?;
        Ok(())
    }

    async fn remove_credit_limit(
        &mut self,
        buyer: &BuyerId,
        currency: Currency,
    ) -> Result<bool, StoreError> {
        self.changes(
            "DELETE FROM credit_limits
             WHERE buyer = ?1
                 AND currency = ?2",
            params![buyer.as_str(), currency.code()],
        )
    }
}

/// The limits of the buyers in a parameter, with what is open under each at each price: open units are summed
/// up by price, so that a buyer with many open orders costs few rows.
macro_rules! credit_taken {
    ($buyers:literal) => {
        concat!(
            "SELECT
                 credit_limits.buyer,
                 credit_limits.currency,
                 credit_limits.limit_minor,
                 order_lines.unit_price,
                 order_lines.per,
                 coalesce(sum(order_lines.reserved + order_lines.back_ordered), 0) AS open
             FROM jsonb_each(",
            $buyers,
            ") AS named
             CROSS JOIN credit_limits ON credit_limits.buyer = named.value
             LEFT JOIN orders
                 ON orders.buyer = credit_limits.buyer
                 AND orders.currency = credit_limits.currency
                 AND orders.state NOT IN ('shipped', 'closed', 'cancelled', 'declined')
             LEFT JOIN order_lines ON order_lines.order_id = orders.id
             GROUP BY
                 credit_limits.buyer,
                 credit_limits.currency,
                 order_lines.unit_price,
                 order_lines.per"
        )
    };
}

pub(super) use credit_taken;

/// Adds what is open at one price under a buyer's limit.
pub(super) fn add_open(
    record: &Record<'_, '_>,
    currency: Currency,
    of_buyer: &mut HashMap<Currency, Credit>,
) -> Result<(), StoreError> {
    let credit = of_buyer.entry(currency).or_insert(Credit {
        limit: record.cell("limit_minor")?,
        open: 0,
    });
    let price = (record.cell("unit_price")?, record.cell("per")?);
    if let (Some(unit_price), Some(per)) = price {
        let open = open_amount(record.cell("open")?, unit_price, per, currency);
        credit.open = credit.open.saturating_add(open.minor);
    }
    Ok(())
}
