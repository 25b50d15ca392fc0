//! Buyers, their terms and their accounts.

use countersign_api::{AccountChange, BuyerChange, BuyerTerms, DeskAccount, DeskBuyer};
use countersign_connection::percent_encode;
use countersign_order::{AccountId, BuyerId};
use ureq::http::Method;

use super::super::ROWS;
use super::Place;
use crate::failure::Failure;
use crate::http::desk::accounts::{account, account_change, accounts_of};
use crate::http::desk::terms::{buyer_change, terms};
use crate::http::read_buyers;

impl Place {
    /// Every buyer.
    pub(in super::super) async fn buyers(&self) -> Result<Vec<DeskBuyer>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => return remote.rows("/v1/desk/buyers", usize::MAX),
        };
        let mut view = shop.look().await?;
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let page = view.buyers(after.as_ref(), ROWS).await?;
            after = page.rows.last().map(|buyer| buyer.id.clone());
            rows.extend(read_buyers(view.as_mut(), page.rows).await?);
            if !page.more {
                return Ok(rows);
            }
        }
    }

    /// Changes a buyer as far as it is asked for, and tells on which terms it trades then.
    pub(in super::super) async fn change_buyer(
        &self,
        buyer: &BuyerId,
        change: BuyerChange,
    ) -> Result<BuyerTerms, Failure> {
        let path = format!("/v1/desk/buyers/{buyer}");
        let changes = change != BuyerChange::default();
        match self {
            Self::Here(shop) => {
                if changes {
                    shop.run(buyer_change(buyer, change)?).await?;
                }
                let terms = terms(shop.look().await?.as_mut(), buyer).await?;
                terms.ok_or_else(|| no_buyer(buyer))
            }
            Self::There(remote) if changes => remote.send_json(Method::PATCH, &path, &change),
            Self::There(remote) => remote.get(&path),
        }
    }

    /// A buyer's accounts.
    pub(in super::super) async fn accounts(
        &self,
        buyer: &BuyerId,
    ) -> Result<Vec<DeskAccount>, Failure> {
        match self {
            Self::Here(shop) => {
                let accounts = accounts_of(shop.look().await?.as_mut(), buyer).await?;
                accounts.ok_or_else(|| no_buyer(buyer))
            }
            Self::There(remote) => {
                remote.rows(&format!("/v1/desk/buyers/{buyer}/accounts"), usize::MAX)
            }
        }
    }

    /// Changes an account of a buyer.
    pub(in super::super) async fn change_account(
        &self,
        id: &AccountId,
        change: AccountChange,
    ) -> Result<DeskAccount, Failure> {
        match self {
            Self::Here(shop) => {
                shop.run(account_change(id, change)?).await?;
                let account = account(shop.look().await?.as_mut(), id).await?;
                account.ok_or_else(|| Failure::not_found(format_args!("account {id}")))
            }
            Self::There(remote) => {
                let path = format!("/v1/desk/accounts/{}", percent_encode(id.as_str()));
                remote.send_json(Method::PATCH, &path, &change)
            }
        }
    }
}

fn no_buyer(buyer: &BuyerId) -> Failure {
    Failure::not_found(format_args!("buyer {buyer}")).advise("see: opd buyer list")
}
