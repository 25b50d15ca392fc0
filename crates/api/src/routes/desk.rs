//! What the seller's own people do.

use super::problems::{
    CHANGE_PROBLEMS, EVENT_PROBLEMS, MOVE_PROBLEMS, READ_PROBLEMS, SLIP_PROBLEMS, STOCK_PROBLEMS,
};
use super::{Access, Body, Method, Route, Tag, json, route};
use crate::{
    CancelRequest, DeclineRequest, DeskItem, ItemChange, ItemImport, ItemQuery, ItemsImported,
    KeepRequest, MovementView, NoteRequest, NoteView, OrderQuery, OrderView, PackRequest,
    PackingSlip, Page, PageQuery, RefusalQuery, RefusalView, ShipRequest, SlipQuery, StockReceipt,
    StockView, media,
};

pub(super) static ROUTES: &[Route] = &[
    route(
        Method::Get,
        "/v1/desk/orders",
        "desk_orders",
        "Lists all orders, the one received last first; as text/csv all of them, each a row.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<OrderQuery>()
    .gives(200, json::<Page<OrderView>>())
    .or_if_accepted(media::CSV)
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/events",
        "desk_events",
        "Tells what happens to all orders as it happens, from now or after Last-Event-ID.",
        Tag::Desk,
        Access::DeskReader,
    )
    .gives(200, Body::Media(media::EVENTS))
    .or(EVENT_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/orders/{id}/prepare",
        "prepare_order",
        "Starts picking an order, at the revision that If-Match names.",
        Tag::Desk,
        Access::Desk,
    )
    .gives(200, json::<OrderView>())
    .or(MOVE_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/orders/{id}/pack",
        "pack_order",
        "Says that an order, or some of it, is ready to go, at the revision that If-Match names.",
        Tag::Desk,
        Access::Desk,
    )
    .takes(json::<PackRequest>())
    .gives(200, json::<OrderView>())
    .or(MOVE_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/orders/{id}/ship",
        "ship_order",
        "Hands what is packed, or some of it, to a carrier, at the revision that If-Match names.",
        Tag::Desk,
        Access::Desk,
    )
    .takes(json::<ShipRequest>())
    .gives(200, json::<OrderView>())
    .or(MOVE_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/orders/{id}/cancel",
        "cancel_order",
        "Cancels what is not shipped of an order, at the revision that If-Match names.",
        Tag::Desk,
        Access::Desk,
    )
    .takes(json::<CancelRequest>())
    .gives(200, json::<OrderView>())
    .or(MOVE_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/orders/{id}/approve",
        "approve_order",
        "Accepts a held order, at the revision that If-Match names.",
        Tag::Desk,
        Access::Supervisor,
    )
    .gives(200, json::<OrderView>())
    .or(MOVE_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/orders/{id}/decline",
        "decline_order",
        "Declines a held order, at the revision that If-Match names.",
        Tag::Desk,
        Access::Supervisor,
    )
    .takes(json::<DeclineRequest>())
    .gives(200, json::<OrderView>())
    .or(MOVE_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/orders/{id}/slip",
        "packing_slip",
        "Tells what lies in a parcel of an order: what is packed, or what went.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<SlipQuery>()
    .gives(200, json::<PackingSlip>())
    .or(SLIP_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/orders/{id}/notes",
        "order_notes",
        "Lists what the desk wrote on an order, oldest first.",
        Tag::Desk,
        Access::DeskReader,
    )
    .gives(200, json::<Page<NoteView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/orders/{id}/notes",
        "note_order",
        "Writes a note on an order, which no buyer sees.",
        Tag::Desk,
        Access::Desk,
    )
    .takes(json::<NoteRequest>())
    .gives(201, json::<NoteView>())
    .or(CHANGE_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/items",
        "import_items",
        "Adds items, or changes them: all of them, or none.",
        Tag::Desk,
        Access::Supervisor,
    )
    .takes(json::<ItemImport>())
    .gives(200, json::<ItemsImported>())
    .or(STOCK_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/items/{sku}/keep",
        "keep_item",
        "Says whether an item may be back-ordered, and when it is low.",
        Tag::Desk,
        Access::Supervisor,
    )
    .takes(json::<KeepRequest>())
    .gives(200, json::<DeskItem>())
    .or(CHANGE_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/items/{sku}/movements",
        "stock_movements",
        "Lists what moved the stock of an item, oldest first.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<PageQuery>()
    .gives(200, json::<Page<MovementView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/items",
        "desk_items",
        "Lists the items and their stock, by SKU.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<ItemQuery>()
    .gives(200, json::<Page<DeskItem>>())
    .or(READ_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/items/{sku}/receive",
        "receive_stock",
        "Adds units that came in; orders that wait for them are served first.",
        Tag::Desk,
        Access::Desk,
    )
    .takes(json::<StockReceipt>())
    .gives(200, json::<StockView>())
    .or(STOCK_PROBLEMS),
    route(
        Method::Patch,
        "/v1/desk/items/{sku}",
        "change_item",
        "Receives stock of an item, or corrects its count.",
        Tag::Desk,
        Access::Supervisor,
    )
    .takes(json::<ItemChange>())
    .gives(200, json::<StockView>())
    .or(STOCK_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/refusals",
        "desk_refusals",
        "Lists messages of all buyers, or of one, that were refused, the newest first.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<RefusalQuery>()
    .gives(200, json::<Page<RefusalView>>())
    .or(READ_PROBLEMS),
];
