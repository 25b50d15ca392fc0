//! What a peer still sends when its answer is known: read and thrown away, within limits. A peer
//! that is cut off while it sends would never see the answer.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use http::Request;
use http::header::EXPECT;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, timeout_at};

/// How much is thrown away at most; whoever sends more is cut off.
const DISCARDED_MAX_BYTES: usize = 8 * 1024 * 1024;

/// What is left of a request's body when whoever was to read it is done.
#[derive(Debug)]
pub(super) struct Leftover(Arc<Mutex<Option<Body>>>);

/// A body that goes back when it is dropped before its end.
struct Lent {
    body: Body,
    /// Whether the peer sends nothing before somebody reads (RFC 9110 section 10.1.1).
    is_awaited: bool,
    back: Arc<Mutex<Option<Body>>>,
}

/// The request, and what will be left of its body.
pub(super) fn lend(request: Request<Body>) -> (Request<Body>, Leftover) {
    let back = Arc::default();
    let leftover = Leftover(Arc::clone(&back));
    let is_awaited = request.headers().contains_key(EXPECT);
    let lent = request.map(|body| {
        Body::new(Lent {
            body,
            is_awaited,
            back,
        })
    });
    (lent, leftover)
}

impl Leftover {
    /// Reads what is left and throws it away, until the deadline.
    pub(super) async fn discard(self, deadline: Instant) {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(body) = left {
            // Whoever is too slow is cut off, as whoever sends too much.
            let _in_time = timeout_at(deadline, discard(body)).await;
        }
    }
}

async fn discard(mut body: Body) {
    let mut discarded_bytes = 0;
    while discarded_bytes <= DISCARDED_MAX_BYTES
        && let Some(Ok(frame)) = body.frame().await
    {
        discarded_bytes += frame.data_ref().map_or(0, Bytes::len);
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.is_awaited = false;
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.is_awaited && !self.body.is_end_stream() {
            let body = std::mem::take(&mut self.body);
            *self.back.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// So many frames of a mebibyte, counted as they are read.
    struct Frames {
        left: usize,
        read: Arc<AtomicUsize>,
    }

    impl HttpBody for Frames {
        type Data = Bytes;
        type Error = Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
            if self.left == 0 {
                return Poll::Ready(None);
            }
            self.left -= 1;
            self.read.fetch_add(1, Ordering::Relaxed);
            Poll::Ready(Some(Ok(Frame::data(vec![0; 1 << 20].into()))))
        }
    }

    /// How many frames of a request are read if its handler reads so many of them.
    async fn read_of(frames: usize, by_handler: usize, expects: bool) -> usize {
        let read = Arc::new(AtomicUsize::new(0));
        let body = Frames {
            left: frames,
            read: Arc::clone(&read),
        };
        let mut request = Request::new(Body::new(body));
        if expects {
            let value = "100-continue".parse().unwrap();
            request.headers_mut().insert(EXPECT, value);
        }
        let (mut request, leftover) = lend(request);
        for _ in 0..by_handler {
            assert!(request.body_mut().frame().await.is_some());
        }
        drop(request);
        let patience = Duration::from_secs(10);
        leftover.discard(Instant::now() + patience).await;
        read.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn what_a_handler_leaves_is_read_to_its_end_but_not_for_ever() {
        for by_handler in [0, 2, 5] {
            assert_eq!(read_of(5, by_handler, false).await, 5);
        }
        assert_eq!(read_of(1_000, 0, false).await, 9);
    }

    #[tokio::test]
    async fn a_body_that_waits_to_be_asked_for_is_not_asked_for() {
        assert_eq!(read_of(5, 0, true).await, 0);
        assert_eq!(read_of(5, 2, true).await, 5);
    }
}
