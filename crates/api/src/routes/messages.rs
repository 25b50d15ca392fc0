//! What the seller tells others: the outbox, and webhooks.

use super::problems::{CHANGE_PROBLEMS, READ_PROBLEMS};
use super::{Access, Body, Method, Route, Tag, json, route};
use crate::{
    Code, DeliveryView, MailQuery, MailView, Page, PageQuery, ReplayRequest, Replayed, WebhookView,
};

pub(super) static ROUTES: &[Route] = &[
    route(
        Method::Get,
        "/v1/desk/outbox",
        "outbox",
        "Lists mail, the newest first.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<MailQuery>()
    .gives(200, json::<Page<MailView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/outbox/{number}/retry",
        "retry_mail",
        "Sends a mail again now that waits or was given up.",
        Tag::Desk,
        Access::Desk,
    )
    .gives(204, Body::Empty)
    .or(&[
        Code::SignInRequired,
        Code::RoleNotEnough,
        Code::NotFound,
        Code::Busy,
        Code::StorageUnavailable,
        Code::OutcomeUnknown,
    ]),
    route(
        Method::Get,
        "/v1/desk/webhooks",
        "webhooks",
        "Lists the webhooks.",
        Tag::Desk,
        Access::DeskReader,
    )
    .gives(200, json::<Page<WebhookView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/webhooks/{number}",
        "webhook",
        "Shows one webhook.",
        Tag::Desk,
        Access::DeskReader,
    )
    .gives(200, json::<WebhookView>())
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/webhooks/{number}/deliveries",
        "deliveries",
        "Lists what a webhook was told, the newest first.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<PageQuery>()
    .gives(200, json::<Page<DeliveryView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/webhooks/{number}/replay",
        "replay_webhook",
        "Sends events again: those that are named, or what was given up or missed since a time.",
        Tag::Desk,
        Access::Desk,
    )
    .takes(json::<ReplayRequest>())
    .gives(200, json::<Replayed>())
    .or(CHANGE_PROBLEMS),
];
