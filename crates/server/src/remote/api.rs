//! Requests to a desk elsewhere, in a clerk's session.

use std::time::Duration;

use countersign_api::{Code, Page, Problem, SellerView, limits, media};
use countersign_connection::{
    Answering, Patience, agent, objection, percent_encode, tls_certificates,
};
use countersign_envelope::Certificate;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use ureq::http::request::Builder;
use ureq::http::{Method, Request, Response};

use super::login::{Login, Logins, Session};
use super::orders::path_of;
use super::trust::meet;
use crate::clock::Clock;
use crate::failure::{Exit, Failure};

/// How long to wait for a whole answer, in seconds.
const ANSWER_SECONDS: u64 = 60;
/// How long a stream of events may be silent, in seconds: three heartbeats.
const SILENCE_SECONDS: u64 = 3 * limits::EVENT_HEARTBEAT_SECONDS;
/// The largest answer that is read, in bytes.
pub(super) const ANSWER_MAX_BYTES: u64 = 16 * 1024 * 1024;
/// The largest table that is read, in bytes.
const TABLE_MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// Rows asked for at once.
const PAGE_ROWS: usize = 200;
/// What a clerk's `opd` calls itself.
const USER_AGENT: &str = concat!("opd/", env!("CARGO_PKG_VERSION"));

/// A desk elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    agent: Agent,
    /// Asks for what has no end.
    pub(super) streams: Agent,
    base: String,
    token: Option<String>,
    /// How to sign in there.
    command: String,
}

/// Asks a server who it is: one that is not known yet, or one under a pinned root. Its certificate
/// may be a stolen one, so nothing else is sent to it before the answer says which are good.
pub(super) fn ask_who(address: &str, root: Option<&Certificate>) -> Result<SellerView, Failure> {
    let answering = root.map_or(Answering::Anyone, Answering::Under);
    let stranger = Remote::with(address, &answering, String::new())?;
    stranger.get("/v1/seller")
}

impl Remote {
    fn with(address: &str, answering: &Answering<'_>, command: String) -> Result<Self, Failure> {
        let ready = |patience| {
            agent(answering.clone(), USER_AGENT, patience)
                .map_err(|error| Failure::caused_by(&error))
        };
        Ok(Self {
            agent: ready(Patience::Answer(Duration::from_secs(ANSWER_SECONDS)))?,
            streams: ready(Patience::Silence(Duration::from_secs(SILENCE_SECONDS)))?,
            base: format!("https://{address}"),
            token: None,
            command,
        })
    }

    /// The pinned desk, without a session.
    pub(crate) fn of(login: &mut Login, logins: &Logins, clock: &Clock) -> Result<Self, Failure> {
        let statement = meet(login, logins)?;
        let root = login.root()?;
        let answering = Answering::Listed {
            root: &root,
            certificates: tls_certificates(&statement, clock.now()),
        };
        Self::with(&login.address(), &answering, login.command())
    }

    /// The desk that was signed in to last.
    pub(crate) fn signed_in(logins: &Logins, clock: &Clock) -> Result<Self, Failure> {
        let mut login = logins.read()?.ok_or_else(|| {
            Failure::new(Exit::SignIn, "you are signed in nowhere")
                .advise("sign in with: opd login HOST PORT ID")
        })?;
        let Some(session) = login.session.clone() else {
            let message = format!("you are not signed in to {}", login.origin);
            let advice = format!("sign in with: {}", login.command());
            return Err(Failure::new(Exit::SignIn, message).advise(advice));
        };
        let mut remote = Self::of(&mut login, logins, clock)?;
        remote.goes_on(&session);
        Ok(remote)
    }

    /// Goes on in this session.
    pub(crate) fn goes_on(&mut self, session: &Session) {
        self.token = Some(session.token.clone());
    }

    /// Gets a document.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = self.request(Method::GET, path, media::JSON);
        read(&self.run(request, Vec::new(), ANSWER_MAX_BYTES)?)
    }

    /// Gets a table.
    pub(crate) fn table(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let request = self.request(Method::GET, path, media::CSV);
        self.run(request, Vec::new(), TABLE_MAX_BYTES)
    }

    /// Gets rows of a list, page by page, and no more than so many.
    pub(crate) fn rows<T: DeserializeOwned>(
        &self,
        path: &str,
        most: usize,
    ) -> Result<Vec<T>, Failure> {
        let mut rows = Vec::new();
        let mut after = String::new();
        let mark = if path.contains('?') { '&' } else { '?' };
        loop {
            let limit = PAGE_ROWS.min(most.saturating_sub(rows.len())).max(1);
            let page: Page<T> = self.get(&format!("{path}{mark}limit={limit}{after}"))?;
            let is_empty = page.data.is_empty();
            rows.extend(page.data);
            match page.next {
                Some(next) if rows.len() < most && !is_empty => {
                    after = format!("&after={}", percent_encode(&next));
                }
                Some(_) | None => break,
            }
        }
        rows.truncate(most);
        Ok(rows)
    }

    /// Gets rows of a list with what is asked for in its query.
    pub(crate) fn asked_rows<T: DeserializeOwned>(
        &self,
        path: &str,
        asked: &impl Serialize,
        most: usize,
    ) -> Result<Vec<T>, Failure> {
        self.rows(&path_of(path, asked)?, most)
    }

    /// Sends JSON and reads JSON.
    pub(crate) fn send_json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        self.send_json_if(None, method, path, body)
    }

    /// The same, on condition that what it is about has this revision.
    pub(crate) fn send_json_if<T: DeserializeOwned>(
        &self,
        revision: Option<u32>,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| Failure::caused_by(&error))?;
        let request = self
            .request(method, path, media::JSON)
            .header(CONTENT_TYPE, media::JSON);
        let request = on_condition(request, revision);
        read(&self.run(request, body, ANSWER_MAX_BYTES)?)
    }

    /// Asks for something to be done that needs no words and has no answer but success.
    pub(crate) fn post(&self, path: &str) -> Result<(), Failure> {
        let request = self.request(Method::POST, path, media::JSON);
        self.run(request, Vec::new(), ANSWER_MAX_BYTES).map(drop)
    }

    /// Ends the session.
    pub(crate) fn sign_out(&self) -> Result<(), Failure> {
        let request = self.request(Method::DELETE, "/v1/sessions/current", media::JSON);
        self.run(request, Vec::new(), ANSWER_MAX_BYTES).map(drop)
    }

    /// A request in the session, if there is one.
    pub(super) fn request(&self, method: Method, path: &str, accept: &str) -> Builder {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(ACCEPT, accept);
        match &self.token {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        }
    }

    fn run(&self, request: Builder, body: Vec<u8>, limit_bytes: u64) -> Result<Vec<u8>, Failure> {
        let request = request
            .body(body)
            .map_err(|error| Failure::caused_by(&error))?;
        let response = self
            .agent
            .run(request)
            .map_err(|error| self.no_answer(&error))?;
        self.receive(response, limit_bytes)
    }

    /// The body of a success, or why it is none.
    pub(super) fn receive(
        &self,
        response: Response<ureq::Body>,
        limit_bytes: u64,
    ) -> Result<Vec<u8>, Failure> {
        let status = response.status();
        let reading = response.into_body().into_with_config().limit(limit_bytes);
        let body = reading.read_to_vec();
        let body = body.map_err(|error| self.no_answer(&error))?;
        if status.is_success() {
            return Ok(body);
        }
        Err(match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => self.refusal(problem),
            Err(_) => Failure::new(Exit::Failure, format!("the server answered {status}"))
                .advise("is this a Countersign server? Check host and port"),
        })
    }

    fn refusal(&self, problem: Problem) -> Failure {
        let has_ended = problem.code == Code::SignInRequired && self.token.is_some();
        let failure = Failure::from(problem);
        if has_ended {
            let command = &self.command;
            failure.advise(format!(
                "the session has ended; sign in again with: {command}"
            ))
        } else {
            failure
        }
    }

    pub(super) fn no_answer(&self, error: &ureq::Error) -> Failure {
        let base = &self.base;
        match objection(error) {
            Some(objection) => Failure::new(
                Exit::Invalid,
                format!("{base} does not show a certificate of the pinned seller: {objection}"),
            )
            .advise("nothing of yours was sent to it: ask the operator"),
            None => Failure::new(Exit::Retry, format!("no answer from {base}: {error}"))
                .advise("are host and port right, and does the server run? Then try again"),
        }
    }
}

/// A request that counts only if what it is about has this revision still.
fn on_condition(request: Builder, revision: Option<u32>) -> Builder {
    match revision {
        Some(revision) => request.header(IF_MATCH, format!("\"{revision}\"")),
        None => request,
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        Failure::new(
            Exit::Failure,
            format!("the server's answer is not understood: {error}"),
        )
        .advise("is this a Countersign server of this version? Check host and port")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_on_condition_names_the_revision_as_its_entity_tag() {
        let tag = |revision| {
            let request = on_condition(Request::builder(), revision).body(()).unwrap();
            request.headers().get(IF_MATCH).cloned()
        };
        assert_eq!(tag(Some(3)).unwrap(), "\"3\"");
        assert_eq!(tag(None), None);
    }
}
