//! `GET /log/…`: the log for whoever watches it, as C2SP tlog-tiles describes it.
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

use super::House;
use super::path::Named;
use super::problem::Refused;
use crate::desk::{DeskError, log};

const TEXT_UTF_8: &str = "text/plain; charset=utf-8";

/// Gives the newest checkpoint. It may be old a moment later, so nobody keeps it.
pub(super) async fn checkpoint(State(house): State<Arc<House>>) -> Result<Response, Refused> {
    let mut view = house.desk.store().read().await?;
    let head = log::head(view.as_mut()).await?;
    let checkpoint = log::newest(house.desk.seller(), view.as_mut(), &head).await?;
    let headers = [(CONTENT_TYPE, TEXT_UTF_8), (CACHE_CONTROL, "no-cache")];
    Ok((headers, checkpoint.to_string()).into_response())
}

/// Gives a tile of hashes or of entries.
pub(super) async fn tile(
    State(house): State<Arc<House>>,
    Named(path): Named,
) -> Result<Response, Refused> {
    let path = format!("tile/{path}");
    let mut view = house.desk.store().read().await?;
    let head = log::head(view.as_mut()).await?;
    let octets = match path.parse::<BundleId>() {
        Ok(bundle) => entries(view.as_mut(), &head, bundle).await?,
        Err(_other) => hashes(view.as_mut(), &head, &path).await?,
    };
    let keep = if house.desk.settings().log.public {
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
