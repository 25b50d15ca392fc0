//! A body that is written while it is sent: whoever writes it waits for the peer, a few pieces ahead
//! of it, and learns when the peer has gone.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::Frame;
use tokio::sync::mpsc;

/// Pieces that are written before the peer has read them.
const PIECES_AHEAD: usize = 4;

/// Where the body is written.
#[derive(Debug)]
pub(super) struct Writing(mpsc::Sender<Result<Bytes, Error>>);

/// The peer has gone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gone;

struct Streamed(mpsc::Receiver<Result<Bytes, Error>>);

/// A body, and where it is written. It ends when the writing end is dropped.
pub(super) fn body() -> (Writing, Body) {
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    (Writing(sender), Body::new(Streamed(receiver)))
}

impl Writing {
    /// Writes a piece, as soon as the peer has read enough of what came before.
    pub(super) async fn write(&self, piece: impl Into<Bytes>) -> Result<(), Gone> {
        self.0.send(Ok(piece.into())).await.map_err(|_gone| Gone)
    }

    /// Breaks the body off, so that the peer knows that it is not whole.
    pub(super) async fn break_off(self, why: &'static str) {
        // A peer that has gone need not know.
        let _gone = self.0.send(Err(Error::new(why))).await;
    }

    /// Returns when the peer has gone.
    pub(super) async fn gone(&self) {
        self.0.closed().await;
    }
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let piece = self.0.poll_recv(context);
        piece.map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_body_that_is_broken_off_is_not_whole() {
        let (writing, body) = body();
        writing.write("some").await.unwrap();
        writing.break_off("the store failed").await;
        assert!(body.collect().await.is_err());
    }

    #[tokio::test]
    async fn whoever_writes_learns_that_the_peer_has_gone() {
        let (writing, body) = body();
        drop(body);
        writing.gone().await;
        assert!(writing.write("more").await.is_err());
    }
}
