//! Puts a checkpoint before a witness, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use countersign_transparency::{Answer, AnswerError, NOTE_MAX_BYTES};
use rustls::crypto::aws_lc_rs;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::Witness;

/// How long a witness may take for its answer, in seconds, connection and all.
const PATIENCE_SECONDS: u64 = 5;
/// The most bytes of an answer that are read: it is a few lines of a signed note.
const ANSWER_MAX_BYTES: usize = NOTE_MAX_BYTES;

/// Puts checkpoints before witnesses.
#[derive(Clone, Debug)]
pub(super) struct Poster(Agent);

/// Why a witness gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    /// It could not be reached in time, or the connection broke.
    #[error("it does not answer")]
    Silent(#[source] Box<ureq::Error>),
    /// It answered something that no witness says.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The work was cut off.
    #[error("the request panicked")]
    Panicked,
}

impl Poster {
    /// Believes the addresses that the system's authorities vouch for. A witness is believed by its
    /// signature anyway; TLS keeps others from hearing and from holding it up.
    pub(super) fn new() -> Self {
        let authorities = rustls_native_certs::load_native_certs().certs;
        let authorities: Vec<Certificate<'static>> = authorities
            .iter()
            .map(|authority| Certificate::from_der(authority).to_owned())
            .collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&authorities))
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(PATIENCE_SECONDS)))
            .tls_config(tls)
            .user_agent(concat!("opd/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(config.into())
    }

    /// Gives a witness the body of a request, and reads what it says.
    pub(super) async fn post(&self, witness: &Witness, body: String) -> Result<Answer, PostError> {
        let agent = self.0.clone();
        let url = witness.add_checkpoint().to_owned();
        tokio::task::spawn_blocking(move || post(&agent, &url, &body))
            .await
            .map_err(|_panic| PostError::Panicked)?
    }
}

fn post(agent: &Agent, url: &str, body: &str) -> Result<Answer, PostError> {
    let silent = |error| PostError::Silent(Box::new(error));
    let mut response = agent.post(url).send(body).map_err(silent)?;
    let status = response.status().as_u16();
    let limit = u64::try_from(ANSWER_MAX_BYTES).unwrap_or(u64::MAX);
    let body = response
        .body_mut()
        .with_config()
        .limit(limit)
        .read_to_vec()
        .map_err(silent)?;
    Ok(Answer::parse(status, &body)?)
}
