//! Just enough of HTTP over TLS 1.3 to answer one request a connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, Stream};

/// What a client asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

/// What it is told; a status of 0 hangs up instead.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) const HANG_UP: Self = Self {
        status: 0,
        media_type: "",
        body: Vec::new(),
    };
}

/// Reads one request and answers it. A client that breaks off is none of a shop's concern.
pub(crate) fn serve(
    mut socket: TcpStream,
    tls: Arc<ServerConfig>,
    answer: impl FnOnce(Request) -> Answer,
) -> Option<()> {
    let mut connection = ServerConnection::new(tls).ok()?;
    let mut stream = Stream::new(&mut connection, &mut socket);
    let answer = answer(read(&mut stream)?);
    if answer.status == 0 {
        return None;
    }
    let head = format!(
        "HTTP/1.1 {} -\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.status,
        answer.media_type,
        answer.body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&answer.body).ok()?;
    stream.conn.send_close_notify();
    stream.flush().ok()
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, &mut bytes)?;
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Some(0), |(_, value)| value.trim().parse::<usize>().ok())?;
    while bytes.len() < end + length {
        more(stream, &mut bytes)?;
    }
    let body = bytes[end..].to_vec();
    Some(Request { method, path, body })
}

fn more(stream: &mut impl Read, bytes: &mut Vec<u8>) -> Option<()> {
    let mut chunk = [0; 4096];
    let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
    bytes.extend_from_slice(&chunk[..read]);
    Some(())
}
