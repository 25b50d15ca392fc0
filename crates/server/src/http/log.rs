//! `GET /log/…`: the log for whoever watches it, as C2SP tlog-tiles describes it. A shop that lost the
//! end of its log goes on in another; each has its number, and `/log/<number>` is its prefix.
//!
//! A tile never changes, whatever its width, so it may be kept for ever. Entries are digests, blinded
//! by what only the parties to a statement hold.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_api::{Code, media};
use countersign_store::{LogHead, View};
use countersign_transparency::{BundleId, EntryBundle, TileId};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::App;
use super::path::{Named, NamedTwice};
use super::problem::Refused;
use crate::desk::{DeskError, log};

const TEXT_UTF_8: &str = "text/plain; charset=utf-8";

/// The log that the paths without a number show the tiles of.
const FIRST_LOG: u32 = 1;

/// Gives the newest checkpoint of the log that grows.
pub(super) async fn checkpoint(State(app): State<Arc<App>>) -> Result<Response, Refused> {
    let mut view = app.desk.store().read().await?;
    let head = log::head(view.as_mut()).await?;
    newest(&app, view.as_mut(), &head).await
}

/// Gives the newest checkpoint of a log.
pub(super) async fn numbered_checkpoint(
    State(app): State<Arc<App>>,
    Named(number): Named,
) -> Result<Response, Refused> {
    let mut view = app.desk.store().read().await?;
    let head = numbered(view.as_mut(), read(&number)?).await?;
    newest(&app, view.as_mut(), &head).await
}

/// Gives a tile of the first log.
pub(super) async fn tile(
    State(app): State<Arc<App>>,
    Named(path): Named,
) -> Result<Response, Refused> {
    tile_of(&app, FIRST_LOG, &path).await
}

/// Gives a tile of a log.
pub(super) async fn numbered_tile(
    State(app): State<Arc<App>>,
    NamedTwice(number, path): NamedTwice,
) -> Result<Response, Refused> {
    tile_of(&app, read(&number)?, &path).await
}

/// A log's number in the one form that it has.
fn read(number: &str) -> Result<u32, Refused> {
    let read: Option<u32> = number.parse().ok();
    read.filter(|read| read.to_string() == number)
        .ok_or_else(|| Code::NotFound.into())
}

async fn numbered(view: &mut dyn View, number: u32) -> Result<LogHead, Refused> {
    let logs = view.logs().await?;
    logs.into_iter()
        .find(|log| log.origin.generation() == number)
        .ok_or_else(|| Code::NotFound.into())
}

/// It may be old a moment later, so nobody keeps it.
async fn newest(app: &App, view: &mut dyn View, log: &LogHead) -> Result<Response, Refused> {
    let checkpoint = log::newest(&app.desk, view, log).await?;
    let headers = [(CONTENT_TYPE, TEXT_UTF_8), (CACHE_CONTROL, "no-cache")];
    Ok((headers, checkpoint.to_string()).into_response())
}

async fn tile_of(app: &App, log: u32, path: &str) -> Result<Response, Refused> {
    let path = format!("tile/{path}");
    let mut view = app.desk.store().read().await?;
    let head = numbered(view.as_mut(), log).await?;
    // It may be kept for ever, so it must stay true.
    app.desk.store().settle(head.next_statement()).await?;
    let octets = match path.parse::<BundleId>() {
        Ok(bundle) => entries(view.as_mut(), &head, bundle).await?,
        Err(_other) => hashes(view.as_mut(), &head, &path).await?,
    };
    let keep = if app.desk.settings().log.public {
        "public, max-age=31536000, immutable"
    } else {
        "private, max-age=31536000, immutable"
    };
    let headers = [(CONTENT_TYPE, media::OCTETS), (CACHE_CONTROL, keep)];
    Ok((headers, octets).into_response())
}

async fn hashes(view: &mut dyn View, head: &LogHead, path: &str) -> Result<Vec<u8>, Refused> {
    let tile: TileId = path.parse().map_err(|_other| Code::NotFound)?;
    if !tile.exists_in(head.tree.size()) {
        return Err(Code::NotFound.into());
    }
    Ok(log::bytes(&log::tile(view, head, tile).await?))
}

async fn entries(
    view: &mut dyn View,
    head: &LogHead,
    bundle: BundleId,
) -> Result<Vec<u8>, Refused> {
    if !bundle.exists_in(head.tree.size()) {
        return Err(Code::NotFound.into());
    }
    let first = bundle.first_leaf();
    let entries = log::entries(view, head, first..first + u64::from(bundle.width())).await?;
    let bundle =
        EntryBundle::new(bundle, entries).map_err(|_other_width| DeskError::Inconsistent("log"))?;
    Ok(bundle.to_bytes())
}
