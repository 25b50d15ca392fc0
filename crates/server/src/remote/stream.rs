//! The events of a desk elsewhere. A stream that ends is asked for again, from the last ID on: nothing is
//! missed, and nothing told twice.

use std::thread::sleep;
use std::time::Duration;

use countersign_api::{OrderEvent, media};
use countersign_connection::Messages;
use tokio::sync::mpsc::Sender;
use ureq::http::Method;

use super::Remote;
use super::api::ANSWER_MAX_BYTES;
use crate::failure::{Exit, Failure};

/// Where the desk's events are.
const EVENTS: &str = "/v1/desk/events";
/// How long to wait before a stream is asked for again.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a stream is asked for in a row without an answer, once there was one.
const TRIES: u32 = 300;

/// What a stream says.
#[derive(Debug)]
pub(crate) enum Told {
    /// The stream is open: what happens from now on is told.
    Open,
    /// Something happened.
    Event(Box<OrderEvent>),
}

/// Why one stream ended.
enum Ended {
    /// Nobody listens any more.
    Unheard,
    /// The server or the connection ended it.
    CutOff,
}

/// Who listens.
type Listener = Sender<Result<Told, Failure>>;

impl Remote {
    /// Tells what happens at the desk until nobody listens any more, or it cannot be told; takes the
    /// thread that it is called on.
    pub(crate) fn listen(&self, listener: &Listener) {
        let mut seen: Option<u64> = None;
        let mut tries_left = 0;
        loop {
            match self.listen_once(&mut seen, listener) {
                Ok(Ended::Unheard) => return,
                Ok(Ended::CutOff) => tries_left = TRIES,
                Err(failure) if failure.exit == Exit::Retry && tries_left > 0 => tries_left -= 1,
                Err(failure) => {
                    // Whoever listened may have gone meanwhile.
                    drop(listener.blocking_send(Err(failure)));
                    return;
                }
            }
            sleep(PAUSE);
        }
    }

    fn listen_once(&self, seen: &mut Option<u64>, listener: &Listener) -> Result<Ended, Failure> {
        let mut request = self.request(Method::GET, EVENTS, media::EVENTS);
        let is_first = seen.is_none();
        if let Some(seen) = seen {
            request = request.header(media::LAST_EVENT_ID_HEADER, seen.to_string());
        }
        let request = request
            .body(())
            .map_err(|error| Failure::caused_by(&error))?;
        let response = self.streams.run(request);
        let response = response.map_err(|error| self.no_answer(&error))?;
        if !response.status().is_success() {
            // A problem, which is short.
            return self
                .receive(response, ANSWER_MAX_BYTES)
                .map(|_| Ended::CutOff);
        }
        let mut is_open = !is_first;
        for message in Messages::new(response.into_body().into_reader()) {
            let message = message.map_err(|error| Failure::caused_by(&error))?;
            *seen = message.id.or(*seen);
            if !is_open {
                is_open = true;
                if listener.blocking_send(Ok(Told::Open)).is_err() {
                    return Ok(Ended::Unheard);
                }
            }
            if let Some(data) = message.data {
                let told = Told::Event(Box::new(event(&data)?));
                if listener.blocking_send(Ok(told)).is_err() {
                    return Ok(Ended::Unheard);
                }
            }
        }
        Ok(Ended::CutOff)
    }
}

fn event(data: &str) -> Result<OrderEvent, Failure> {
    serde_json::from_str(data).map_err(|error| {
        let message = format!("the server's event is not understood: {error}");
        Failure::new(Exit::Failure, message)
    })
}
