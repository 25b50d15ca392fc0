//! A witness in this process, who keeps to the protocol or breaks it as it is told to.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use countersign_server::config::WitnessSettings;
use countersign_transparency::{
    AddCheckpoint, Answer, Checkpoint, Hash, NoteSignature, SigningKey, Tree, WitnessKey, cosign,
};
use tokio::net::TcpListener;

use super::base64;

/// When it says that it saw a log, in seconds since 1970.
pub(crate) const SEEN_AT: u64 = 1_764_000_000;

/// How a witness behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As the protocol asks.
    Honest,
    /// It never answers.
    Silent,
    /// It answers with this status and nothing else.
    Status(u16),
    /// It says that it remembers this size.
    Remembers(u64),
    /// It signs with another key under its own name and ID.
    OtherKey,
    /// It signs another root than the one it was shown.
    OtherRoot,
    /// It sends a cosignature without end.
    Endless,
}

/// A witness that listens on a port of its own.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    url: String,
    mind: Arc<Mutex<Mind>>,
}

#[derive(Debug)]
struct Mind {
    key: SigningKey,
    key_line: WitnessKey,
    manner: Manner,
    asked: usize,
    last: Option<Checkpoint>,
}

impl Witness {
    /// Opens one.
    pub(crate) async fn open(name: &str, manner: Manner) -> Self {
        let seed = *countersign_envelope::Digest::of(name.as_bytes()).as_bytes();
        let key = SigningKey::from_seed(&seed).unwrap();
        let mind = Mind {
            key_line: WitnessKey::new(name.parse().unwrap(), key.public_key()),
            key,
            manner,
            asked: 0,
            last: None,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let witness = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            mind: Arc::new(Mutex::new(mind)),
        };
        let router = Router::new()
            .route("/add-checkpoint", post(add_checkpoint))
            .with_state(witness.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        witness
    }

    /// How a shop names it.
    pub(crate) fn settings(&self) -> WitnessSettings {
        WitnessSettings {
            key: self.key().to_string(),
            url: self.url.clone(),
        }
    }

    /// What it signs with.
    pub(crate) fn key(&self) -> WitnessKey {
        self.look(|mind| mind.key_line.clone())
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.look(|mind| mind.asked)
    }

    /// The size of the log that it remembers.
    pub(crate) fn remembers(&self) -> u64 {
        self.look(|mind| mind.last.as_ref().map_or(0, Checkpoint::size))
    }

    /// Forgets what it saw, or all of it but this.
    pub(crate) fn goes_back_to(&self, checkpoint: Checkpoint) {
        self.look(|mind| mind.last = Some(checkpoint));
    }

    fn look<T>(&self, look: impl FnOnce(&mut Mind) -> T) -> T {
        look(&mut self.mind.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Mind {
    /// Answers as the protocol asks, but believes whoever asks to be the log.
    fn judges(&mut self, request: &AddCheckpoint) -> Answer {
        let shown = shown(request);
        let empty = Checkpoint::new(shown.origin().clone(), 0, Tree::empty().root()).unwrap();
        let last = self.last.as_ref().unwrap_or(&empty);
        if request.old_size != last.size() {
            return Answer::OldSize(last.size());
        }
        let (old, new) = ((last.size(), last.root()), (shown.size(), shown.root()));
        let follows = request.proof.verify(old.0, old.1, new.0, new.1);
        if old.0 > 0 && follows.is_err() {
            return Answer::ProofNotAccepted;
        }
        let line = self.signs(&shown);
        self.last = Some(shown);
        Answer::Cosigned(vec![line])
    }

    fn signs(&self, checkpoint: &Checkpoint) -> NoteSignature {
        cosign(checkpoint, self.key_line.name(), &self.key, SEEN_AT).unwrap()
    }

    /// A line that claims to be by its key and is by another.
    fn forges(&self, checkpoint: &Checkpoint) -> NoteSignature {
        let other = SigningKey::from_seed(&[7; 32]).unwrap();
        let forged = cosign(checkpoint, self.key_line.name(), &other, SEEN_AT).unwrap();
        let claimed = [self.key_line.id().as_bytes(), forged.signature()].concat();
        let line = format!("\u{2014} {} {}", self.key_line.name(), base64(&claimed));
        line.parse().unwrap()
    }
}

/// What the log says of itself.
fn shown(request: &AddCheckpoint) -> Checkpoint {
    let note = request.checkpoint.to_string();
    let (text, _signatures) = note.split_once("\n\n").unwrap();
    format!("{text}\n").parse().unwrap()
}

async fn add_checkpoint(State(witness): State<Witness>, body: String) -> Response {
    let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
    let manner = witness.look(|mind| {
        mind.asked += 1;
        mind.manner
    });
    let shown = shown(&request);
    match manner {
        Manner::Silent => std::future::pending().await,
        Manner::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Manner::Remembers(size) => said(&Answer::OldSize(size)),
        Manner::Endless => "\u{2014} w.example ".repeat(100_000).into_response(),
        Manner::Honest => said(&witness.look(|mind| mind.judges(&request))),
        Manner::OtherKey => {
            let line = witness.look(|mind| mind.forges(&shown));
            said(&Answer::Cosigned(vec![line]))
        }
        Manner::OtherRoot => {
            let root = Hash::from_bytes([9; Hash::BYTES]);
            let other = Checkpoint::new(shown.origin().clone(), shown.size(), root).unwrap();
            let line = witness.look(|mind| mind.signs(&other));
            said(&Answer::Cosigned(vec![line]))
        }
    }
}

fn said(answer: &Answer) -> Response {
    let status = StatusCode::from_u16(answer.status()).unwrap();
    (status, answer.body()).into_response()
}
