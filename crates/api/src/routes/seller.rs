//! What anyone may ask of the seller: the log, and the service itself.

use super::problems::LOG_PROBLEMS;
use super::{Access, Body, Method, Route, Tag, route};
use crate::{Code, media};

pub(super) static ROUTES: &[Route] = &[
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
