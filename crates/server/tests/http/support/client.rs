//! One HTTP connection over TLS that trusts the seller's root and nothing else.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use countersign_api::media::REPEAT_HEADER;
use countersign_api::{Code, Method as RouteMethod, Route, routes};
use countersign_server::seller::Seller;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A connection, and the session it uses.
pub(crate) struct Client {
    connection: SendRequest<Full<Bytes>>,
    pub(crate) token: Option<String>,
    accept: Option<&'static str>,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

/// Agrees on TLS, and says nothing more.
pub(crate) async fn greet(stream: TcpStream, seller: &Seller) -> io::Result<TlsStream<TcpStream>> {
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost").unwrap();
    connector(seller).connect(name, stream).await
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr, seller: &Seller) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::over(stream, seller).await.unwrap()
    }

    /// A client on a connection that may be closed before TLS is agreed on.
    pub(crate) async fn over(stream: TcpStream, seller: &Seller) -> io::Result<Self> {
        let stream = greet(stream, seller).await?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(driver);
        Ok(Self {
            connection,
            token: None,
            accept: None,
        })
    }

    /// Sends a body of this media type, or none.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Answer {
        self.send_if(None, method, path, body).await
    }

    /// The same, on condition that what it is about has this entity tag.
    pub(crate) async fn send_if(
        &mut self,
        if_match: Option<&str>,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(media) = self.accept {
            request = request.header("accept", media);
        }
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        let (media, bytes) = body.map_or((None, Vec::new()), |(media, bytes)| (Some(media), bytes));
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        let request = request.body(Full::new(Bytes::from(bytes))).unwrap();
        let method = request.method().clone();
        self.connection.ready().await.unwrap();
        let response = self.connection.send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        let answer = Answer {
            status: head.status,
            headers: head.headers,
            bytes,
        };
        answer.keeps_the_contract(&method, path);
        answer
    }

    /// Listens to a stream of events, from an ID on if one is given.
    pub(crate) async fn listens(&mut self, path: &str, last: Option<&str>) -> Listening {
        let token = self.token.as_deref().unwrap_or_default();
        let mut request = Request::builder()
            .uri(path)
            .header("host", "localhost")
            .header("authorization", format!("Bearer {token}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let request = request.body(Full::default()).unwrap();
        self.connection.ready().await.unwrap();
        let response = self.connection.send_request(request).await.unwrap();
        let status = response.status().as_u16();
        Listening {
            status,
            body: response.into_body(),
            text: String::new(),
        }
    }

    /// Asks for the whole list as CSV.
    pub(crate) async fn table(&mut self, path: &str) -> Answer {
        self.accept = Some("text/csv");
        let answer = self.send(Method::GET, path, None).await;
        self.accept = None;
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        let bytes = serde_json::to_vec(&body).unwrap();
        self.send(Method::POST, path, Some(("application/json", bytes)))
            .await
    }

    pub(crate) async fn signs_in(&mut self, id: &str, password: &str) -> Answer {
        let body = serde_json::json!({ "id": id, "password": password });
        let answer = self.post("/v1/sessions", body).await;
        if answer.status == StatusCode::CREATED {
            self.token = Some(answer.json()["token"].as_str().unwrap().to_owned());
        }
        answer
    }
}

/// A stream of events that is open.
pub(crate) struct Listening {
    pub(crate) status: u16,
    body: Incoming,
    text: String,
}

impl Listening {
    /// The next block of the stream; none at its end.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                let rest = rest.to_owned();
                self.text = rest;
                return Some(block);
            }
            let frame = self.body.frame().await?.unwrap();
            let bytes = frame.into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next event: its ID and its data; none at the stream's end.
    pub(crate) async fn event(&mut self) -> Option<(u64, Value)> {
        loop {
            let block = self.block().await?;
            let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            if let (Some(id), Some(data)) = (line("id: "), line("data: ")) {
                return Some((id.parse().unwrap(), serde_json::from_str(data).unwrap()));
            }
        }
    }
}

impl Answer {
    /// Insists that the contract lists this answer for that route.
    fn keeps_the_contract(&self, method: &Method, path: &str) {
        let Some(route) = route_of(method, path) else {
            assert!(self.status.is_client_error(), "{method} {path}");
            return;
        };
        let body: Value = serde_json::from_slice(&self.bytes).unwrap_or_default();
        let is_listed = if self.status.is_success() {
            let is_repeat = route.is_repeatable && self.header(REPEAT_HEADER).is_some();
            self.status == route.answer.0 || is_repeat
        } else {
            let mut listed = route.problems.iter().chain(&[Code::InternalError]);
            listed.any(|code| body["code"] == code.as_str())
        };
        assert!(is_listed, "{method} {path}: {} {body}", self.status);
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// Status and problem code, or decision, in one line.
    pub(crate) fn verdict(&self) -> String {
        let body: Value = serde_json::from_slice(&self.bytes).unwrap_or_default();
        let word = body["code"]
            .as_str()
            .or_else(|| body["decision"].as_str())
            .unwrap_or_default();
        format!("{} {word}", self.status.as_u16())
    }

    /// The bytes of a member that holds base64.
    pub(crate) fn der(&self, member: &str) -> Vec<u8> {
        use base64::Engine as _;
        let text = self.json()[member].as_str().unwrap().to_owned();
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .unwrap()
    }

    /// The ID of the order that the answer is about.
    pub(crate) fn order_id(&self) -> String {
        self.json()["order"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A route's method.
pub(crate) fn verb(route: &Route) -> Method {
    match route.method {
        RouteMethod::Get => Method::GET,
        RouteMethod::Post => Method::POST,
        RouteMethod::Patch => Method::PATCH,
        RouteMethod::Delete => Method::DELETE,
    }
}

fn route_of(method: &Method, path: &str) -> Option<&'static Route> {
    let path = path.split('?').next().unwrap_or_default();
    let given: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let wanted: Vec<&str> = template.split('/').collect();
        let mut pairs = wanted.iter().zip(&given);
        let is_whole = wanted.len() == given.len() || template.contains("{*");
        is_whole && pairs.all(|(part, name)| part == name || part.starts_with('{'))
    };
    routes().find(|route| verb(route) == *method && fits(route.path))
}

fn connector(seller: &Seller) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(seller.root().der().to_vec()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}
