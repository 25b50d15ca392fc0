//! The table itself.

use super::problems::{
    CANCELLATION_PROBLEMS, EVENT_PROBLEMS, KEY_PROBLEMS, LOG_PROBLEMS, MOVE_PROBLEMS,
    ORDER_PROBLEMS, PASSWORD_PROBLEMS, READ_PROBLEMS, STOCK_PROBLEMS,
};
use super::{Access, Body, Method, Route, Tag, json, route};
use crate::{
    CancelRequest, CancellationAnswer, Code, DeclineRequest, DeskBuyer, DeskItem, EmailChange,
    Evidence, InviteRedemption, ItemChange, ItemQuery, ItemView, KeyChallenge, KeyEnrolmentRequest,
    KeyLabel, KeyView, MovementView, NoteRequest, NoteView, OrderAnswer, OrderQuery, OrderView,
    PackRequest, Page, PageQuery, PasswordChange, RefusalQuery, RefusalView, RevocationRequest,
    SellerView, Session, SessionRequest, ShipRequest, StatementView, StockReceipt, StockView,
    media,
};

pub(super) static ROUTES: &[Route] = &[
    route(
        Method::Post,
        "/v1/sessions",
        "sign_in",
        "Signs an account in.",
        Tag::Sessions,
        Access::Anyone,
    )
    .takes(json::<SessionRequest>())
    .gives(201, json::<Session>())
    .or(&[
        Code::SignInNotAccepted,
        Code::SlowDown,
        Code::Busy,
        Code::StorageUnavailable,
        Code::OutcomeUnknown,
    ]),
    route(
        Method::Delete,
        "/v1/sessions/current",
        "sign_out",
        "Ends the session.",
        Tag::Sessions,
        Access::SignedIn,
    )
    .gives(204, Body::Empty)
    .or(&[
        Code::SignInRequired,
        Code::TokenNotSufficient,
        Code::Busy,
        Code::StorageUnavailable,
        Code::OutcomeUnknown,
    ]),
    route(
        Method::Post,
        "/v1/invites/redeem",
        "redeem_invite",
        "Sets the password of an invited account and signs it in.",
        Tag::Sessions,
        Access::Anyone,
    )
    .takes(json::<InviteRedemption>())
    .gives(201, json::<Session>())
    .or(&[
        Code::SignInNotAccepted,
        Code::PasswordNotAccepted,
        Code::BadRequest,
        Code::TooLarge,
        Code::MediaType,
        Code::SlowDown,
        Code::Busy,
        Code::StorageUnavailable,
        Code::OutcomeUnknown,
    ]),
    route(
        Method::Post,
        "/v1/account/password",
        "change_password",
        "Changes the account's password, ends its sessions and signs it in again.",
        Tag::Sessions,
        Access::SignedIn,
    )
    .takes(json::<PasswordChange>())
    .gives(201, json::<Session>())
    .or(PASSWORD_PROBLEMS),
    route(
        Method::Post,
        "/v1/account/email",
        "change_email",
        "Changes where the account's mail goes; the old address is told.",
        Tag::Sessions,
        Access::SignedIn,
    )
    .takes(json::<EmailChange>())
    .gives(204, Body::Empty)
    .or(PASSWORD_PROBLEMS),
    route(
        Method::Get,
        "/v1/seller",
        "seller",
        "Tells who the seller is, and its certificates.",
        Tag::Catalogue,
        Access::Anyone,
    )
    .gives(200, json::<SellerView>()),
    route(
        Method::Get,
        "/v1/items",
        "items",
        "Lists what the buyer can order, by SKU.",
        Tag::Catalogue,
        Access::SignedIn,
    )
    .query::<ItemQuery>()
    .gives(200, json::<Page<ItemView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Post,
        "/v1/orders",
        "submit_order",
        "Takes in a signed and sealed order and answers with a signed receipt; 200 for a repeat.",
        Tag::Orders,
        Access::Buyer,
    )
    .takes(Body::Media(media::PKCS7))
    .gives(201, json::<OrderAnswer>())
    .repeatable()
    .or(ORDER_PROBLEMS),
    route(
        Method::Get,
        "/v1/orders",
        "orders",
        "Lists the buyer's orders, the one received last first; as text/csv all of them, each a row.",
        Tag::Orders,
        Access::Buyer,
    )
    .query::<OrderQuery>()
    .gives(200, json::<Page<OrderView>>())
    .or_if_accepted(media::CSV)
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/orders/{id}",
        "order",
        "Shows one order.",
        Tag::Orders,
        Access::SignedIn,
    )
    .gives(200, json::<OrderView>())
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/orders/{id}/receipt",
        "receipt",
        "Gives the receipt as it was signed.",
        Tag::Orders,
        Access::SignedIn,
    )
    .gives(200, Body::Media(media::PKCS7))
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/orders/{id}/statements",
        "statements",
        "Lists all that the seller signed about an order, oldest first.",
        Tag::Orders,
        Access::SignedIn,
    )
    .gives(200, json::<Page<StatementView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Post,
        "/v1/orders/{id}/cancellation",
        "request_cancellation",
        "Cancels what is not shipped of an order, on a signed and sealed request; 200 for a repeat.",
        Tag::Orders,
        Access::Buyer,
    )
    .takes(Body::Media(media::PKCS7))
    .gives(201, json::<CancellationAnswer>())
    .repeatable()
    .or(CANCELLATION_PROBLEMS),
    route(
        Method::Get,
        "/v1/orders/{id}/evidence",
        "evidence",
        "Gives one file that proves what became of an order, offline and to anyone.",
        Tag::Orders,
        Access::SignedIn,
    )
    .gives(200, json::<Evidence>())
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/orders/{id}/events",
        "order_events",
        "Tells what happens to one order as it happens, from its decision or after Last-Event-ID.",
        Tag::Orders,
        Access::SignedIn,
    )
    .gives(200, Body::Media(media::EVENTS))
    .or(EVENT_PROBLEMS),
    route(
        Method::Get,
        "/v1/events",
        "events",
        "Tells what happens to the buyer's orders as it happens, from now or after Last-Event-ID.",
        Tag::Orders,
        Access::Buyer,
    )
    .gives(200, Body::Media(media::EVENTS))
    .or(EVENT_PROBLEMS),
    route(
        Method::Get,
        "/v1/refusals",
        "refusals",
        "Lists the buyer's messages that were refused, the newest first.",
        Tag::Orders,
        Access::Buyer,
    )
    .query::<PageQuery>()
    .gives(200, json::<Page<RefusalView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/keys",
        "keys",
        "Lists the account's keys.",
        Tag::Keys,
        Access::Buyer,
    )
    .gives(200, json::<Page<KeyView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Post,
        "/v1/keys/challenges",
        "key_challenge",
        "Makes a challenge for a new key to sign.",
        Tag::Keys,
        Access::Buyer,
    )
    .gives(201, json::<KeyChallenge>())
    .or(&[
        Code::SignInRequired,
        Code::TokenNotSufficient,
        Code::NotFound,
        Code::Busy,
        Code::StorageUnavailable,
        Code::OutcomeUnknown,
    ]),
    route(
        Method::Post,
        "/v1/keys",
        "enrol_key",
        "Enrols a key that an active key or an invite authorises.",
        Tag::Keys,
        Access::Buyer,
    )
    .takes(json::<KeyEnrolmentRequest>())
    .gives(201, json::<KeyView>())
    .or(KEY_PROBLEMS),
    route(
        Method::Patch,
        "/v1/keys/{id}",
        "label_key",
        "Changes what a key of the account is called.",
        Tag::Keys,
        Access::Buyer,
    )
    .takes(json::<KeyLabel>())
    .gives(200, json::<KeyView>())
    .or(KEY_PROBLEMS),
    route(
        Method::Post,
        "/v1/keys/{id}/revocation",
        "revoke_key",
        "Revokes a key of the account.",
        Tag::Keys,
        Access::Buyer,
    )
    .takes(json::<RevocationRequest>())
    .gives(200, json::<KeyView>())
    .or(&[
        Code::SignInRequired,
        Code::SignInNotAccepted,
        Code::TokenNotSufficient,
        Code::BadRequest,
        Code::TooLarge,
        Code::MediaType,
        Code::NotFound,
        Code::SlowDown,
        Code::Busy,
        Code::ClockNotTrusted,
        Code::StorageUnavailable,
        Code::OutcomeUnknown,
    ]),
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
        "Accepts a held order.",
        Tag::Desk,
        Access::Supervisor,
    )
    .gives(200, json::<OrderView>())
    .or(MOVE_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/orders/{id}/decline",
        "decline_order",
        "Declines a held order.",
        Tag::Desk,
        Access::Supervisor,
    )
    .takes(json::<DeclineRequest>())
    .gives(200, json::<OrderView>())
    .or(MOVE_PROBLEMS),
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
    .or(&[
        Code::SignInRequired,
        Code::BadRequest,
        Code::TooLarge,
        Code::MediaType,
        Code::NotFound,
        Code::Busy,
        Code::StorageUnavailable,
        Code::OutcomeUnknown,
    ]),
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
        "/v1/desk/buyers",
        "desk_buyers",
        "Lists the buyers, by ID.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<PageQuery>()
    .gives(200, json::<Page<DeskBuyer>>())
    .or(READ_PROBLEMS),
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
    route(
        Method::Get,
        "/log/checkpoint",
        "log_checkpoint",
        "Gives the newest checkpoint of the log that grows, with what witnesses said of it (C2SP \
         tlog-checkpoint).",
        Tag::Log,
        Access::LogReader,
    )
    .gives(200, Body::Media(media::TEXT))
    .or(LOG_PROBLEMS),
    route(
        Method::Get,
        "/log/tile/{*tile}",
        "log_tile",
        "Gives a tile of hashes, or of entries, of the first log (C2SP tlog-tiles).",
        Tag::Log,
        Access::LogReader,
    )
    .gives(200, Body::Media(media::OCTETS))
    .or(LOG_PROBLEMS),
    route(
        Method::Get,
        "/log/{log}/checkpoint",
        "numbered_log_checkpoint",
        "Gives the newest checkpoint of a log by its number: 1 is the first, and each that was opened \
         after a loss counts one more.",
        Tag::Log,
        Access::LogReader,
    )
    .gives(200, Body::Media(media::TEXT))
    .or(LOG_PROBLEMS),
    route(
        Method::Get,
        "/log/{log}/tile/{*tile}",
        "numbered_log_tile",
        "Gives a tile of hashes, or of entries, of a log by its number.",
        Tag::Log,
        Access::LogReader,
    )
    .gives(200, Body::Media(media::OCTETS))
    .or(LOG_PROBLEMS),
    route(
        Method::Get,
        "/healthz",
        "health",
        "Says that the program runs.",
        Tag::Service,
        Access::Anyone,
    )
    .gives(200, Body::Media(media::TEXT)),
    route(
        Method::Get,
        "/readyz",
        "readiness",
        "Says whether orders are taken in now.",
        Tag::Service,
        Access::Anyone,
    )
    .gives(200, Body::Media(media::TEXT))
    .or(&[Code::Busy]),
    route(
        Method::Get,
        "/metrics",
        "metrics",
        "Counts what the server did, for Prometheus; only for its own machine unless set otherwise.",
        Tag::Service,
        Access::Anyone,
    )
    .gives(200, Body::Media(media::TEXT))
    .or(&[Code::NotFound]),
    route(
        Method::Get,
        "/openapi.json",
        "openapi",
        "Describes this contract.",
        Tag::Service,
        Access::Anyone,
    )
    .gives(200, Body::Media(media::JSON)),
];
