//! Orders, and messages that never became any.

use countersign_api::{NoteRequest, NoteView, OrderQuery, OrderView, PackingSlip, RefusalView};
use countersign_order::{BuyerId, Note, OrderId};

use super::super::ROWS;
use super::{Place, ROLE};
use crate::context::Context;
use crate::desk::operations::{AddNote, EndHold, HoldAnswer, MoveOrder, Step};
use crate::desk::slip::packing_slip;
use crate::failure::{Exit, Failure};
use crate::http::{note_view, order_filter, order_table, order_view, refusal_view};

impl Place {
    /// The orders that are asked for, no more than so many.
    pub(in super::super) async fn orders(
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
    pub(in super::super) async fn order_table(
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
    pub(in super::super) async fn order(&self, id: &OrderId) -> Result<OrderView, Failure> {
        match self {
            Self::Here(shop) => {
                let order = shop.look().await?.order(id).await?;
                let order = order.ok_or_else(|| Failure::not_found(format_args!("order {id}")))?;
                Ok(order_view(order, ROLE))
            }
            Self::There(remote) => remote.order(id),
        }
    }

    /// Moves an order on from how it was seen, unless somebody moved it meanwhile.
    pub(in super::super) async fn move_order(
        &self,
        seen: &OrderView,
        step: Step,
    ) -> Result<OrderView, Failure> {
        match self {
            Self::Here(shop) => {
                let operation = MoveOrder {
                    order: seen.id,
                    step,
                    revision: Some(seen.revision),
                };
                Ok(order_view(shop.run(operation).await?, ROLE))
            }
            Self::There(remote) => remote.move_order(seen, step),
        }
    }

    /// Answers a held order as it was seen, unless somebody answered meanwhile.
    pub(in super::super) async fn end_hold(
        &self,
        seen: &OrderView,
        answer: HoldAnswer,
    ) -> Result<OrderView, Failure> {
        match self {
            Self::Here(shop) => {
                let operation = EndHold {
                    order: seen.id,
                    revision: Some(seen.revision),
                    answer,
                };
                Ok(order_view(shop.run(operation).await?, ROLE))
            }
            Self::There(remote) => remote.end_hold(seen, answer),
        }
    }

    /// What lies in a parcel of an order.
    pub(in super::super) async fn slip(
        &self,
        id: &OrderId,
        shipment: Option<u32>,
    ) -> Result<PackingSlip, Failure> {
        match self {
            Self::Here(shop) => {
                let mut view = shop.look().await?;
                let seller = shop.desk.seller();
                Ok(packing_slip(seller, view.as_mut(), id, shipment).await?)
            }
            Self::There(remote) => remote.slip(id, shipment),
        }
    }

    /// What the desk wrote on an order, oldest first.
    pub(in super::super) async fn notes(&self, id: &OrderId) -> Result<Vec<NoteView>, Failure> {
        match self {
            Self::Here(shop) => {
                let notes = shop.look().await?.order_notes(id).await?;
                Ok(notes.into_iter().map(note_view).collect())
            }
            Self::There(remote) => remote.notes(id),
        }
    }

    /// Writes on an order, for the desk alone.
    pub(in super::super) async fn note(
        &self,
        order: OrderId,
        note: Note,
    ) -> Result<NoteView, Failure> {
        match self {
            Self::Here(shop) => Ok(note_view(shop.run(AddNote { order, note }).await?)),
            Self::There(remote) => remote.note(&order, &NoteRequest { note }),
        }
    }

    /// Every refusal, or a buyer's, and how many of a buyer's are not kept, where that is known.
    pub(in super::super) async fn refusals(
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
