//! Where the desk's commands work: at the data directory of this machine, or at a desk elsewhere.

use countersign_api::{DeskBuyer, DeskItem, OrderQuery, OrderView, RefusalView, StockView};
use countersign_order::{BuyerId, OrderId, Quantity, Role, ShortText, Sku};
use serde_json::json;
use ureq::http::Method;

use super::ROWS;
use crate::context::{Context, Shop};
use crate::desk::operations::{CorrectStock, MoveOrder, ReceiveStock, Step};
use crate::failure::{Exit, Failure};
use crate::http::{
    desk_item_view, order_filter, order_table, order_view, read_buyers, refusal_view,
};
use crate::remote::Remote;

/// The operator may do what a supervisor may.
const ROLE: Role = Role::Supervisor;

/// Where the desk's commands work.
#[derive(Debug)]
pub(super) enum Place {
    /// Here, in the operator's name.
    Here(Box<Shop>),
    /// Elsewhere, in the name of who is signed in there.
    There(Remote),
}

impl Place {
    /// Here if a data directory is named, or is there; else where `opd login` signed in to.
    pub(super) async fn of(context: &Context) -> Result<Self, Failure> {
        if context.works_here()? {
            return Ok(Self::Here(Box::new(context.shop().await?)));
        }
        let logins = Context::logins()?;
        Ok(Self::There(Remote::signed_in(&logins, &context.clock)?))
    }

    /// The orders that are asked for, no more than so many.
    pub(super) async fn orders(
        &self,
        context: &Context,
        asked: &OrderQuery,
        most: usize,
    ) -> Result<Vec<OrderView>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => return remote.orders(asked, most),
        };
        let filter = order_filter(asked, context.clock.now())
            .map_err(|why| Failure::new(Exit::Usage, why))?;
        let mut view = shop.look().await?;
        let mut orders: Vec<OrderView> = Vec::new();
        let mut before = None;
        loop {
            let page = view.orders(&filter, before.as_ref(), ROWS).await?;
            before = page.rows.last().map(|order| order.id);
            orders.extend(page.rows.into_iter().map(|order| order_view(order, ROLE)));
            if !page.more || orders.len() >= most {
                break;
            }
        }
        orders.truncate(most);
        Ok(orders)
    }

    /// All orders that are asked for, as CSV.
    pub(super) async fn order_table(
        &self,
        context: &Context,
        asked: &OrderQuery,
    ) -> Result<String, Failure> {
        if let Self::There(remote) = self {
            return remote.order_table(asked);
        }
        let orders = self.orders(context, asked, usize::MAX).await?;
        let rows = orders.iter().map(order_table::row);
        Ok(order_table::head() + &rows.collect::<String>())
    }

    /// One order.
    pub(super) async fn order(&self, id: &OrderId) -> Result<OrderView, Failure> {
        match self {
            Self::Here(shop) => {
                let order = shop.look().await?.order(id).await?;
                let order = order.ok_or_else(|| Failure::not_found(format_args!("order {id}")))?;
                Ok(order_view(order, ROLE))
            }
            Self::There(remote) => remote.order(id),
        }
    }

    /// Moves an order.
    pub(super) async fn move_order(&self, id: OrderId, step: Step) -> Result<OrderView, Failure> {
        match self {
            Self::Here(shop) => {
                let moved = shop.run(MoveOrder { order: id, step }).await?;
                Ok(order_view(moved, ROLE))
            }
            Self::There(remote) => remote.move_order(&id, step),
        }
    }

    /// Adds units that came in.
    pub(super) async fn receive_stock(
        &self,
        sku: &Sku,
        quantity: Quantity,
    ) -> Result<StockView, Failure> {
        match self {
            Self::Here(shop) => {
                let sku = sku.clone();
                let operation = ReceiveStock {
                    sku: sku.clone(),
                    quantity,
                };
                let level = shop.run(operation).await?;
                Ok(StockView { sku, level })
            }
            Self::There(remote) => {
                let path = format!("{}/receive", item_path(sku));
                remote.send_json(Method::POST, &path, &json!({ "quantity": quantity }))
            }
        }
    }

    /// Sets what a count found.
    pub(super) async fn correct_stock(
        &self,
        sku: &Sku,
        on_hand: i64,
        reason: &ShortText,
    ) -> Result<StockView, Failure> {
        match self {
            Self::Here(shop) => {
                let sku = sku.clone();
                let operation = CorrectStock {
                    sku: sku.clone(),
                    on_hand,
                    reason: reason.to_string(),
                };
                let level = shop.run(operation).await?;
                Ok(StockView { sku, level })
            }
            Self::There(remote) => {
                let body = json!({ "on_hand": on_hand, "reason": reason });
                remote.send_json(Method::PATCH, &item_path(sku), &body)
            }
        }
    }

    /// Every item.
    pub(super) async fn items(&self) -> Result<Vec<DeskItem>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => return remote.rows("/v1/desk/items", usize::MAX),
        };
        let mut view = shop.look().await?;
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let page = view.items(None, after.as_ref(), ROWS).await?;
            after = page.rows.last().map(|item| item.offer.sku.clone());
            rows.extend(page.rows.into_iter().map(desk_item_view));
            if !page.more {
                return Ok(rows);
            }
        }
    }

    /// Every buyer.
    pub(super) async fn buyers(&self) -> Result<Vec<DeskBuyer>, Failure> {
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

    /// Every refusal, or a buyer's, and how many of a buyer's are not kept, where that is known.
    pub(super) async fn refusals(
        &self,
        buyer: Option<&BuyerId>,
    ) -> Result<(Vec<RefusalView>, u64), Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => {
                let filter = buyer.map_or_else(String::new, |buyer| format!("?buyer={buyer}"));
                let rows = remote.rows(&format!("/v1/desk/refusals{filter}"), usize::MAX)?;
                return Ok((rows, 0));
            }
        };
        let mut view = shop.look().await?;
        let mut rows: Vec<RefusalView> = Vec::new();
        let mut before = None;
        loop {
            let page = view.refusals(buyer, before.as_ref(), ROWS).await?;
            before = page.rows.last().map(|refusal| refusal.id);
            rows.extend(page.rows.into_iter().map(refusal_view));
            if !page.more {
                break;
            }
        }
        let forgotten = match buyer {
            Some(buyer) => view.forgotten_refusals(buyer).await?,
            None => 0,
        };
        Ok((rows, forgotten))
    }
}

fn item_path(sku: &Sku) -> String {
    let sku = countersign_connection::percent_encode(sku.as_str());
    format!("/v1/desk/items/{sku}")
}
