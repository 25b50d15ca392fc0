//! On which terms a buyer trades: who accepts its orders, and how much may be open.

use async_trait::async_trait;
use countersign_order::{BuyerId, Currency, Money};

use super::accounts::SetCorrespondence;
use super::{DeskError, Operation, Work};

/// Changes a buyer's terms. What is not said stays as it is.
#[derive(Debug)]
pub struct SetTerms {
    /// The buyer.
    pub buyer: BuyerId,
    /// Whether a person accepts every order.
    pub manual_acceptance: Option<bool>,
    /// Limits by currency, each new or, without an amount, taken away.
    pub credit_limits: Vec<(Currency, Option<Money>)>,
}

#[async_trait]
impl Operation for SetTerms {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let found = work.transaction.buyer(&self.buyer).await?;
        let mut buyer = found.ok_or(DeskError::NotFound("buyer"))?;
        let mut changes = Vec::new();
        if let Some(manual) = self.manual_acceptance {
            buyer.manual_acceptance = manual;
            work.transaction.update_buyer(&buyer).await?;
            let by = if manual { "manual" } else { "automatic" };
            changes.push(format!("acceptance {by}"));
        }
        for (currency, limit) in &self.credit_limits {
            let transaction = &mut *work.transaction;
            if let Some(limit) = limit {
                transaction.set_credit_limit(&buyer.id, *limit).await?;
                changes.push(format!("credit limit {limit}"));
            } else {
                transaction
                    .remove_credit_limit(&buyer.id, *currency)
                    .await?;
                changes.push(format!("no credit limit in {currency}"));
            }
        }
        let detail = changes.join(", ");
        work.audit("set-terms", buyer.id.as_str(), &detail).await
    }
}

/// Changes on which terms a buyer trades and how it is written to, at once.
#[derive(Debug)]
pub struct ChangeBuyer {
    /// How it is written to, if that changes.
    pub correspondence: Option<SetCorrespondence>,
    /// On which terms it trades, if they change.
    pub terms: Option<SetTerms>,
}

#[async_trait]
impl Operation for ChangeBuyer {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        if let Some(correspondence) = &self.correspondence {
            correspondence.apply(work).await?;
        }
        if let Some(terms) = &self.terms {
            terms.apply(work).await?;
        }
        Ok(())
    }
}
