//! One kept connection over TLS 1.3 that trusts the shop's root and nothing else.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Where the shop answers, and whom to believe.
#[derive(Clone)]
pub(crate) struct Address {
    socket: SocketAddr,
    connector: TlsConnector,
}

/// A kept connection.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Address {
    pub(crate) fn new(socket: SocketAddr, root_der: &[u8]) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(root_der.to_vec()))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Every handshake is a whole one.
        tls.resumption = rustls::client::Resumption::disabled();
        Ok(Self {
            socket,
            connector: TlsConnector::from(Arc::new(tls)),
        })
    }

    pub(crate) async fn connect(&self) -> Result<Connection> {
        Connection::over(self.greet(Ipv4Addr::LOCALHOST).await?).await
    }

    /// A connection from this address of this machine, with its handshake done and nothing said.
    pub(crate) async fn greet(&self, from: Ipv4Addr) -> Result<TlsStream<TcpStream>> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(self.socket).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        Ok(self.connector.connect(name, stream).await?)
    }
}

impl Connection {
    pub(crate) async fn over(stream: TlsStream<TcpStream>) -> Result<Self> {
        let (sender, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        Ok(Self { sender })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn ask(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }
}

/// A request without its body.
pub(crate) fn request(method: Method, path: &str, token: Option<&str>) -> http::request::Builder {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost");
    match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    }
}

/// A sealed order on its way.
pub(crate) fn order(token: &str, envelope: Bytes) -> Result<Request<Full<Bytes>>> {
    Ok(request(Method::POST, "/v1/orders", Some(token))
        .header("content-type", "application/pkcs7-mime")
        .body(Full::new(envelope))?)
}

/// A buyer asks to be let in.
pub(crate) fn sign_in(id: &str, password: &str) -> Result<Request<Full<Bytes>>> {
    let body = json!({ "id": id, "password": password }).to_string();
    Ok(request(Method::POST, "/v1/sessions", None)
        .header("content-type", "application/json")
        .body(Full::from(body))?)
}

/// A request that costs the server nothing but itself.
pub(crate) fn nothing() -> Result<Request<Full<Bytes>>> {
    Ok(request(Method::GET, "/healthz", None).body(Full::default())?)
}
