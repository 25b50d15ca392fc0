//! A receiver of webhooks in this process, who answers as it is told to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_server::webhooks::{Secret, signatures};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How a receiver answers.
#[derive(Clone, Debug)]
pub(crate) enum Reception {
    /// With this status, and these lines of header.
    Status(u16, String),
    /// Not at all; the connection stays open.
    Silence,
    /// With this status and a body that drips on for ever.
    Endless(u16),
}

/// What a receiver was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) timestamp: i64,
    pub(crate) signatures: String,
    pub(crate) body: String,
}

/// A receiver that listens on a port of its own.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    mind: Arc<Mutex<(Reception, Vec<Told>)>>,
}

impl Told {
    /// The payload.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The payload's type.
    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Whether one of its signatures was made with this secret.
    pub(crate) fn is_signed_with(&self, secret: &Secret) -> bool {
        let expected = signatures(
            std::slice::from_ref(secret),
            &self.id,
            self.timestamp,
            &self.body,
        );
        self.signatures
            .split(' ')
            .any(|signature| signature == expected)
    }
}

impl Receiver {
    /// Opens one.
    pub(crate) async fn open(reception: Reception) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            mind: Arc::new(Mutex::new((reception, Vec::new()))),
        };
        let answering = receiver.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answering.clone().answers(connection));
            }
        });
        receiver
    }

    /// One that takes everything.
    pub(crate) async fn willing() -> Self {
        Self::open(Reception::Status(204, String::new())).await
    }

    /// Answers otherwise from now on.
    pub(crate) fn becomes(&self, reception: Reception) {
        self.look(|(own, _)| *own = reception);
    }

    /// Everything it was told, in order.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.look(|(_, told)| told.clone())
    }

    /// What it was told once that is so much.
    pub(crate) async fn told_so_often(&self, times: usize) -> Vec<Told> {
        for _ in 0..600 {
            let told = self.told();
            if told.len() >= times {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("waited in vain for {times} events: {:?}", self.told());
    }

    fn look<T>(&self, look: impl FnOnce(&mut (Reception, Vec<Told>)) -> T) -> T {
        look(&mut self.mind.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn answers(self, mut connection: TcpStream) {
        let Some(told) = read(&mut connection).await else {
            return;
        };
        let reception = self.look(|(reception, all)| {
            all.push(told);
            reception.clone()
        });
        match reception {
            Reception::Status(status, headers) => {
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n{headers}\r\n");
                drop(connection.write_all(answer.as_bytes()).await);
            }
            Reception::Silence => std::future::pending().await,
            Reception::Endless(status) => {
                let answer = format!("HTTP/1.1 {status} X\r\ntransfer-encoding: chunked\r\n\r\n");
                drop(connection.write_all(answer.as_bytes()).await);
                while connection.write_all(b"1\r\nx\r\n").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }
}

async fn read(connection: &mut TcpStream) -> Option<Told> {
    let mut bytes = Vec::new();
    loop {
        if connection.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let header = |name: &str| {
            let value = head.lines().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                found
                    .eq_ignore_ascii_case(name)
                    .then(|| value.trim().to_owned())
            });
            value.unwrap_or_default()
        };
        if body.len() < header("content-length").parse().unwrap() {
            continue;
        }
        assert!(head.starts_with("POST /hook HTTP/1.1"), "{head}");
        assert_eq!(header("content-type"), "application/json");
        return Some(Told {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp").parse().unwrap(),
            signatures: header("webhook-signature"),
            body: body.to_owned(),
        });
    }
}
