//! The connection to a seller: TLS under its pinned root, JSON and problem documents.

mod stream;

use std::time::Duration;

use countersign_api::{Code, Page, Problem, SellerView, media};
use countersign_connection::{Answering, Patience, agent, objection};
use countersign_envelope::Certificate;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::{Method, Request, Response};

use crate::clock;
use crate::failure::{Exit, Failure};
use crate::home::{KeptSession, Pinned};
use crate::seller::Seller;

pub(crate) use countersign_connection::percent_encode;
pub(crate) use stream::{Listening, Told};

/// How long to wait for a whole answer, in seconds.
const ANSWER_SECONDS: u64 = 60;
/// How long a stream of events may be silent, in seconds: three heartbeats.
const SILENCE_SECONDS: u64 = 3 * countersign_api::limits::EVENT_HEARTBEAT_SECONDS;
/// The largest answer that is read, in bytes.
const ANSWER_MAX_BYTES: u64 = 16 * 1024 * 1024;
/// What `po` calls itself.
const USER_AGENT: &str = concat!("po/", env!("CARGO_PKG_VERSION"));
/// Rows asked for at once.
const PAGE_ROWS: u32 = 200;
/// What to do about answers that no Countersign server gives.
const IS_IT_A_SELLER: &str = "is this a Countersign server? Check host and port";
/// Where a seller says who it is.
const SELLER: &str = "/v1/seller";

/// A connection to a seller whose statement was verified.
#[derive(Debug)]
pub(crate) struct Api {
    agent: Agent,
    /// Asks for what has no end.
    streams: Agent,
    base: String,
    /// The seller, once it is pinned.
    pinned: Option<Pinned>,
    session: Option<KeptSession>,
}

/// An answer of success.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) body: T,
    /// Whether it was given before, and is given again.
    pub(crate) is_repeat: bool,
}

/// Asks a server whose root is not known yet who it is. Nothing else is ever sent to it.
pub(crate) fn ask_stranger(address: &str) -> Result<SellerView, Failure> {
    Api::with(address, &Answering::Anyone)?.get(SELLER)
}

/// Asks a server under a pinned root who it is. Its certificate may be a stolen one, so nothing else
/// is sent to it before the answer says which certificates are good.
pub(crate) fn ask_pinned(address: &str, root: &Certificate) -> Result<SellerView, Failure> {
    Api::with(address, &Answering::Under(root))?.get(SELLER)
}

impl Api {
    /// A connection that is good only with a certificate that the seller uses now.
    pub(crate) fn to(pinned: &Pinned, seller: &Seller) -> Result<Self, Failure> {
        let answering = Answering::Listed {
            root: seller.root_certificate(),
            certificates: seller.tls_certificates(clock::now()),
        };
        Ok(Self {
            pinned: Some(pinned.clone()),
            ..Self::with(&pinned.address(), &answering)?
        })
    }

    fn with(address: &str, answering: &Answering<'_>) -> Result<Self, Failure> {
        let ready = |patience| {
            agent(answering.clone(), USER_AGENT, patience)
                .map_err(|error| Failure::because(format!("cannot set up TLS: {error}")))
        };
        Ok(Self {
            agent: ready(Patience::Answer(Duration::from_secs(ANSWER_SECONDS)))?,
            streams: ready(Patience::Silence(Duration::from_secs(SILENCE_SECONDS)))?,
            base: format!("https://{address}"),
            pinned: None,
            session: None,
        })
    }

    /// Goes on in this session.
    pub(crate) fn use_session(&mut self, session: KeptSession) {
        self.session = Some(session);
    }

    /// The session in which requests are made.
    pub(crate) fn session(&self) -> Result<&KeptSession, Failure> {
        self.session
            .as_ref()
            .ok_or_else(|| Failure::new(Exit::SignIn, "you are not signed in"))
    }

    /// Gets a document.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let answer = self.send(Method::GET, path, media::JSON, Vec::new())?;
        read(&answer.body)
    }

    /// Gets octets as they are.
    pub(crate) fn get_bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        Ok(self.send(Method::GET, path, media::PKCS7, Vec::new())?.body)
    }

    /// Gets all pages of a list.
    pub(crate) fn get_all<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, Failure> {
        let mut rows = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut path = format!("{path}?limit={PAGE_ROWS}");
            let cursor = after.as_deref().map(|after| ("after", after));
            for (name, value) in query.iter().copied().chain(cursor) {
                path.extend(["&", name, "=", &percent_encode(value)]);
            }
            let page: Page<T> = self.get(&path)?;
            rows.extend(page.data);
            match page.next {
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                Some(_) => {
                    return Err(Failure::new(
                        Exit::Failure,
                        "the server's list does not end",
                    ));
                }
                None => return Ok(rows),
            }
        }
    }

    /// Posts nothing and reads JSON.
    pub(crate) fn post_nothing<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let answer = self.send(Method::POST, path, media::JSON, Vec::new())?;
        read(&answer.body)
    }

    /// Posts JSON and reads JSON.
    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        read(&self.send_json(Method::POST, path, body)?)
    }

    /// Posts JSON, to which nothing is answered.
    pub(crate) fn post_for_nothing(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<(), Failure> {
        self.send_json(Method::POST, path, body).map(drop)
    }

    /// Changes something by JSON and reads JSON.
    pub(crate) fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        read(&self.send_json(Method::PATCH, path, body)?)
    }

    fn send_json(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Vec<u8>, Failure> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
        Ok(self.send(method, path, media::JSON, body)?.body)
    }

    /// Posts an envelope and reads JSON. What cannot be read proves nothing, whatever became of the
    /// envelope.
    pub(crate) fn post_envelope<T: DeserializeOwned>(
        &self,
        path: &str,
        envelope: &[u8],
    ) -> Result<Answer<T>, Failure> {
        let answer = self.send(Method::POST, path, media::PKCS7, envelope.to_vec())?;
        Ok(Answer {
            body: read(&answer.body).map_err(|failure| Failure {
                exit: Exit::Invalid,
                ..failure
            })?,
            is_repeat: answer.is_repeat,
        })
    }

    /// Deletes.
    pub(crate) fn delete(&self, path: &str) -> Result<(), Failure> {
        self.send(Method::DELETE, path, media::JSON, Vec::new())
            .map(drop)
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Answer<Vec<u8>>, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        if !body.is_empty() {
            request = request.header("content-type", content_type);
        }
        if let Some(session) = &self.session {
            request = request.header("authorization", format!("Bearer {}", session.token));
        }
        let request = request.body(body).map_err(|error| {
            Failure::because(format!("cannot ask {}{path}: {error}", self.base))
        })?;
        let response = self
            .agent
            .run(request)
            .map_err(|error| self.no_answer(&error))?;
        self.receive(response)
    }

    fn receive(&self, response: Response<ureq::Body>) -> Result<Answer<Vec<u8>>, Failure> {
        let status = response.status();
        let is_repeat = response
            .headers()
            .get(media::REPEAT_HEADER)
            .is_some_and(|value| value.as_bytes() == b"true");
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let body = response
            .into_body()
            .into_with_config()
            .limit(ANSWER_MAX_BYTES)
            .read_to_vec()
            .map_err(|error| self.no_answer(&error))?;
        if status.is_success() {
            return Ok(Answer { body, is_repeat });
        }
        let failure = match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => self.refusal(problem),
            Err(_) => unknown_problem(status.as_u16()),
        };
        Err(Failure {
            retry_after,
            ..failure
        })
    }

    /// What the server refuses; a session that has ended is best begun again.
    fn refusal(&self, problem: Problem) -> Failure {
        let has_ended = problem.code == Code::SignInRequired;
        let failure = Failure::from(problem);
        match (&self.pinned, &self.session) {
            (Some(pinned), Some(session)) if has_ended => {
                let command = pinned.sign_in_command(session.account.as_str());
                failure.advise(format!(
                    "the session has ended; sign in again with: {command}"
                ))
            }
            _ => failure,
        }
    }

    fn no_answer(&self, error: &ureq::Error) -> Failure {
        let base = &self.base;
        match objection(error) {
            Some(objection) => Failure::new(
                Exit::Invalid,
                format!("{base} does not show a certificate of the pinned seller: {objection}"),
            )
            .advise("nothing of yours was sent to it: ask the seller"),
            None => Failure::new(
                Exit::Retry,
                format!("no answer from {base}: {}", reason(error)),
            )
            .advise("are host and port right, and does the server run? Then try again"),
        }
    }
}

fn unknown_problem(status: u16) -> Failure {
    let exit = match status {
        401 => Exit::SignIn,
        404 => Exit::NotFound,
        429 | 503 => Exit::Retry,
        _ => Exit::Failure,
    };
    Failure::new(
        exit,
        format!("the server answered with status {status} and no word why"),
    )
    .advise(IS_IT_A_SELLER)
}

/// Why there was no answer, without the library's word for where that showed.
fn reason(error: &ureq::Error) -> String {
    if let ureq::Error::Io(cause) = error {
        cause.to_string()
    } else {
        error.to_string()
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        Failure::new(
            Exit::Failure,
            format!("the server's answer is not understood: {error}"),
        )
        .advise(IS_IT_A_SELLER)
    })
}

/// Whether the server's problem is that it cannot take the order just now.
pub(crate) fn is_worth_repeating(failure: &Failure) -> bool {
    matches!(failure.code(), Some(Code::Busy | Code::OutcomeUnknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_desk_is_worth_repeating_and_a_refusal_is_not() {
        assert!(is_worth_repeating(&Problem::from(Code::Busy).into()));
        assert!(is_worth_repeating(
            &Problem::from(Code::OutcomeUnknown).into()
        ));
        assert!(!is_worth_repeating(
            &Problem::from(Code::KeyNotActive).into()
        ));
    }
}
