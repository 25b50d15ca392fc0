//! Streams of events. One that ends is asked for again, from the last ID on.

use std::thread::sleep;
use std::time::Duration;

use countersign_api::{OrderEvent, media};
use countersign_connection::Messages;
use ureq::http::Request;

use super::Api;
use crate::failure::{Exit, Failure};

/// How long to wait before a stream is asked for again.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a stream is asked for in a row without an answer, once there was one.
const TRIES: u32 = 300;

/// What a stream says.
#[derive(Debug)]
pub(crate) enum Told {
    /// The stream is open, and goes on from here.
    Open,
    /// Something happened.
    Event(Box<OrderEvent>),
}

/// Whether to go on listening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listening {
    /// There may be more.
    On,
    /// That was all that matters.
    Done,
}

/// Why one stream ended.
enum Ended {
    /// Whoever listened has heard enough.
    Done,
    /// The server or the connection ended it.
    CutOff,
}

impl Api {
    /// Listens to a stream until whoever listens has heard enough, and asks for it again when it is cut
    /// off: nothing is missed and nothing told twice.
    pub(crate) fn listen(
        &self,
        path: &str,
        mut told: impl FnMut(Told) -> Result<Listening, Failure>,
    ) -> Result<(), Failure> {
        let mut seen: Option<u64> = None;
        let mut tries_left = 0;
        loop {
            match self.listen_once(path, &mut seen, &mut told) {
                Ok(Ended::Done) => return Ok(()),
                Ok(Ended::CutOff) => tries_left = TRIES,
                Err(failure) if failure.exit == Exit::Retry && tries_left > 0 => tries_left -= 1,
                Err(failure) => return Err(failure),
            }
            sleep(PAUSE);
        }
    }

    fn listen_once(
        &self,
        path: &str,
        seen: &mut Option<u64>,
        told: &mut impl FnMut(Told) -> Result<Listening, Failure>,
    ) -> Result<Ended, Failure> {
        let mut request = Request::builder()
            .uri(format!("{}{path}", self.base))
            .header("accept", media::EVENTS)
            .header("authorization", format!("Bearer {}", self.session()?.token));
        if let Some(seen) = seen {
            request = request.header(media::LAST_EVENT_ID_HEADER, seen.to_string());
        }
        let request = request.body(()).map_err(Failure::because)?;
        let response = self
            .streams
            .run(request)
            .map_err(|error| self.no_answer(&error))?;
        if !response.status().is_success() {
            // A problem, which is short.
            return self.receive(response).map(|_| Ended::CutOff);
        }
        let mut is_open = false;
        for message in Messages::new(response.into_body().into_reader()) {
            let message = message.map_err(Failure::because)?;
            if !is_open {
                is_open = true;
                if told(Told::Open)? == Listening::Done {
                    return Ok(Ended::Done);
                }
            }
            *seen = message.id.or(*seen);
            if let Some(data) = message.data
                && told(Told::Event(Box::new(event(&data)?)))? == Listening::Done
            {
                return Ok(Ended::Done);
            }
        }
        Ok(Ended::CutOff)
    }
}

fn event(data: &str) -> Result<OrderEvent, Failure> {
    serde_json::from_str(data)
        .map_err(|error| Failure::because(format!("the server's event is not understood: {error}")))
}
