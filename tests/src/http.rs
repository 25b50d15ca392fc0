//! A simple HTTP/1.1 client, over TLS or in the clear, that can also stop half-way, which a good client never does.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// No answer may take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Header of a sealed message.
pub const CMS: &str = "application/pkcs7-mime";

/// Header of a JSON body.
pub const JSON: &str = "application/json";

/// How to reach one server: its address, and the root its certificate must come from, if it has one.
#[derive(Debug, Clone)]
pub struct Server {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    patience: Duration,
}

impl Server {
    /// A server on this machine whose certificate was issued by that root.
    pub fn new(port: u16, root_der: &[u8]) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from(root_der.to_vec()))
            .expect("a root certificate");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            tls: Some(Arc::new(tls)),
            patience: PATIENCE,
        }
    }

    /// A server on this machine that speaks without TLS.
    pub fn in_the_clear(port: u16) -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            tls: None,
            patience: PATIENCE,
        }
    }

    /// The same server, of which every answer must come sooner.
    #[must_use]
    pub fn within(&self, patience: Duration) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens a connection.
    pub fn connect(&self) -> io::Result<Connection> {
        self.connect_over(TcpStream::connect_timeout(&self.address, self.patience)?)
    }

    /// Opens a connection over a socket that is connected to it.
    pub fn connect_over(&self, socket: TcpStream) -> io::Result<Connection> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(self.patience))?;
        let Some(tls) = &self.tls else {
            return Ok(Connection {
                stream: Stream::Clear(socket),
            });
        };
        let name = ServerName::IpAddress(self.address.ip().into());
        let client = ClientConnection::new(Arc::clone(tls), name).map_err(io::Error::other)?;
        Ok(Connection {
            stream: Stream::Tls(Box::new(StreamOwned::new(client, socket))),
        })
    }

    /// Says hello over a socket that is connected to it, and nothing more: the server does its part of the
    /// handshake and waits.
    pub fn begin_handshake(&self, mut socket: TcpStream) -> io::Result<TcpStream> {
        let tls = self.tls.as_ref().expect("a server with TLS");
        let name = ServerName::IpAddress(self.address.ip().into());
        let client = ClientConnection::new(Arc::clone(tls), name);
        client.map_err(io::Error::other)?.write_tls(&mut socket)?;
        Ok(socket)
    }

    /// One request on a connection of its own.
    #[track_caller]
    pub fn ask(&self, request: &Request) -> Answer {
        let answer = self
            .connect()
            .and_then(|mut connection| connection.ask(request));
        answer.unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.path))
    }
}

/// A request, with the headers that matter here.
#[derive(Debug, Clone)]
pub struct Request {
    method: &'static str,
    path: String,
    token: Option<String>,
    content_type: Option<&'static str>,
    content_encoding: Option<&'static str>,
    if_match: Option<String>,
    body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    pub fn new(method: &'static str, path: &str) -> Self {
        let path = path.to_owned();
        Self {
            method,
            path,
            token: None,
            content_type: None,
            content_encoding: None,
            if_match: None,
            body: Vec::new(),
        }
    }

    /// Reads something.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// Sends a JSON body.
    pub fn post_json(path: &str, body: &Value) -> Self {
        Self::new("POST", path).body(JSON, body.to_string().into_bytes())
    }

    /// Sends a sealed message.
    pub fn post_sealed(path: &str, body: Vec<u8>) -> Self {
        Self::new("POST", path).body(CMS, body)
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.content_type = Some(content_type);
        self.body = body;
        self
    }

    /// Says that the body is packed.
    #[must_use]
    pub const fn packed(mut self, content_encoding: &'static str) -> Self {
        self.content_encoding = Some(content_encoding);
        self
    }

    /// In this session.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Only if what it is about has this entity tag.
    #[must_use]
    pub fn if_match(mut self, tag: &str) -> Self {
        self.if_match = Some(tag.to_owned());
        self
    }

    /// The request as it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\n",
            self.method, self.path
        );
        let mut header = |name: &str, value: &str| {
            head.extend([name, ": ", value, "\r\n"]);
        };
        if let Some(token) = &self.token {
            header("authorization", &format!("Bearer {token}"));
        }
        if let Some(content_type) = self.content_type {
            header("content-type", content_type);
        }
        if let Some(content_encoding) = self.content_encoding {
            header("content-encoding", content_encoding);
        }
        if let Some(tag) = &self.if_match {
            header("if-match", tag);
        }
        header("content-length", &self.body.len().to_string());
        head.push_str("\r\n");
        [head.into_bytes(), self.body.clone()].concat()
    }
}

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
}

#[derive(Debug)]
enum Stream {
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    Clear(TcpStream),
}

impl Stream {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
            Self::Clear(stream) => stream.write_all(bytes),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tls(stream) => stream.read(buffer),
            Self::Clear(stream) => stream.read(buffer),
        }
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Tls(stream) => &stream.sock,
            Self::Clear(stream) => stream,
        }
    }
}

impl Connection {
    /// Sends a request and reads its answer; the connection stays open.
    pub fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        // A server may answer, and close, before it has read a body it does not want.
        let sent = self.send(&request.bytes());
        self.receive().or_else(|unread| sent.and(Err(unread)))
    }

    /// Sends bytes and no more.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Ends the connection's process-side without a word, as a killed program would.
    pub fn cut(self) {
        drop(self.stream.socket().shutdown(std::net::Shutdown::Both));
    }

    /// Reads until the server closes the connection, or for as long as nothing comes; says how it ended.
    pub fn rest(&mut self, patience: Duration) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        drop(self.stream.socket().set_read_timeout(Some(patience)));
        loop {
            match self.read_some(&mut bytes) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return (bytes, false),
                Err(_closed) => return (bytes, true),
            }
        }
    }

    /// Reads one answer.
    pub fn receive(&mut self) -> io::Result<Answer> {
        let mut bytes = Vec::new();
        let head_end = loop {
            if let Some(at) = find(&bytes, b"\r\n\r\n") {
                break at + 4;
            }
            self.read_some(&mut bytes)?;
        };
        let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
        let mut answer = Answer::from_head(&head)?;
        let length = match answer.header("content-length") {
            Some(length) => length.parse().map_err(io::Error::other)?,
            None if answer.header("transfer-encoding").is_some() => {
                return Err(io::Error::other("an answer in chunks"));
            }
            None => 0,
        };
        while bytes.len() < head_end + length {
            self.read_some(&mut bytes)?;
        }
        answer.body = bytes.split_off(head_end);
        Ok(answer)
    }

    fn read_some(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                bytes.extend_from_slice(&buffer[..count]);
                Ok(())
            }
        }
    }
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    fn from_head(head: &str) -> io::Result<Self> {
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .ok_or_else(|| io::Error::other("no status line"))?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Self {
            status,
            headers,
            body: Vec::new(),
        })
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.status, self.text()))
    }

    /// Insists on a status.
    #[track_caller]
    pub fn with_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Insists on a problem document of this status and code (RFC 9457), and returns it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let found = (self.status, self.header("content-type").unwrap_or_default());
        assert_eq!(
            found,
            (status, "application/problem+json"),
            "{}",
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["type"], format!("urn:countersign:problem:{code}"));
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string(), "{problem}");
        problem
    }

    /// Insists on a decision about an order (201), and returns the body.
    #[track_caller]
    pub fn decision(&self, decision: &str) -> Value {
        let body = self.clone().with_status(201).json();
        assert_eq!(body["decision"], decision, "{body}");
        body
    }

    /// Insists that this repeats an earlier answer (200), and returns the body.
    #[track_caller]
    pub fn repeat(&self) -> Value {
        assert_eq!(
            self.header("countersign-repeat"),
            Some("true"),
            "{}",
            self.text()
        );
        self.clone().with_status(200).json()
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
