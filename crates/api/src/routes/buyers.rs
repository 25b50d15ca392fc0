//! What buyers do: sessions, the catalogue, orders and keys.

use super::problems::{
    CANCELLATION_PROBLEMS, EVENT_PROBLEMS, KEY_PROBLEMS, ORDER_PROBLEMS, PASSWORD_PROBLEMS,
    READ_PROBLEMS,
};
use super::{Access, Body, Method, Route, Tag, json, route};
use crate::{
    CancellationAnswer, Code, EmailChange, Evidence, InviteRedemption, ItemQuery, ItemView,
    KeyChallenge, KeyEnrolmentRequest, KeyLabel, KeyView, OrderAnswer, OrderQuery, OrderView, Page,
    PageQuery, PasswordChange, RefusalView, RevocationRequest, SellerView, Session, SessionRequest,
    StatementView, media,
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
];
