//! Where the desk's commands work: at the data directory of this machine, or at a desk elsewhere.

use countersign_api::{
    DeskBuyer, DeskItem, MovementView, NoteRequest, NoteView, OrderQuery, OrderView, RefusalView,
    StockView,
};
use countersign_order::{BuyerId, Note, OrderId, Quantity, Role, ShortText, Sku};
use serde_json::json;
use ureq::http::Method;

use super::ROWS;
use crate::context::{Context, Shop};
use crate::desk::operations::{
    AddNote, CorrectStock, EndHold, HoldAnswer, MoveOrder, ReceiveStock, Step,
};
use crate::failure::{Exit, Failure};
use crate::http::{
    desk_item_view, movement_view, note_view, order_filter, order_table, order_view, read_buyers,
    refusal_view,
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

    /// The shop of this machine, for what is not done elsewhere.
    pub(super) fn shop(&self) -> Result<&Shop, Failure> {
        match self {
            Self::Here(shop) => Ok(shop),
            Self::There(_) => Err(Failure::new(
                Exit::Usage,
                "this command works at the seller's data directory only",
            )
            .advise("run it there, or name the directory with --data DIR")),
        }
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
                let operation = MoveOrder {
                    order: id,
                    step,
                    revision: None,
                };
                Ok(order_view(shop.run(operation).await?, ROLE))
            }
            Self::There(remote) => remote.move_order(&id, step),
        }
    }

    /// Answers a held order.
    pub(super) async fn end_hold(
        &self,
        order: OrderId,
        answer: HoldAnswer,
    ) -> Result<OrderView, Failure> {
        match self {
            Self::Here(shop) => {
                let ended = shop.run(EndHold { order, answer }).await?;
                Ok(order_view(ended, ROLE))
            }
            Self::There(remote) => remote.end_hold(&order, answer),
        }
    }

    /// What the desk wrote on an order, oldest first.
    pub(super) async fn notes(&self, id: &OrderId) -> Result<Vec<NoteView>, Failure> {
        match self {
            Self::Here(shop) => {
                let notes = shop.look().await?.order_notes(id).await?;
                Ok(notes.into_iter().map(note_view).collect())
            }
            Self::There(remote) => remote.notes(id),
        }
    }

    /// Writes on an order, for the desk alone.
    pub(super) async fn note(&self, order: OrderId, note: Note) -> Result<NoteView, Failure> {
        match self {
            Self::Here(shop) => Ok(note_view(shop.run(AddNote { order, note }).await?)),
            Self::There(remote) => remote.note(&order, &NoteRequest { note }),
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
                    reason: reason.clone(),
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

    /// What moved the stock of an item, oldest first.
    pub(super) async fn movements(&self, sku: &Sku) -> Result<Vec<MovementView>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => {
                return remote.rows(&format!("{}/movements", item_path(sku)), usize::MAX);
            }
        };
        let mut view = shop.look().await?;
        if view.item(sku).await?.is_none() {
            return Err(Failure::not_found(format_args!("item {sku}")).advise("see: opd item list"));
        }
        let (mut rows, mut after) = (Vec::new(), 0);
        loop {
            let page = view.stock_movements(sku, after, ROWS).await?;
            after = page.rows.last().map_or(after, |movement| movement.number);
            rows.extend(page.rows.into_iter().map(movement_view));
            if !page.more {
                return Ok(rows);
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

    /// The items of which few are available, by SKU.
    pub(super) async fn low_items(&self) -> Result<Vec<DeskItem>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(_) => {
                let is_low = |item: &DeskItem| {
                    item.low_stock
                        .is_some_and(|few| item.available <= few.into())
                };
                return Ok(self.items().await?.into_iter().filter(is_low).collect());
            }
        };
        let mut view = shop.look().await?;
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = view.low_items(after.as_ref(), ROWS).await?;
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
