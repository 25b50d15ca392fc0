//! The wire between a client and a server: it records, dribbles, or loses what passes.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A relay on a port of its own.
#[derive(Debug)]
pub struct Wire {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    one_byte_at_a_time: bool,
    /// Answers to uploads of this size or more are lost; 0 loses none.
    loses_answers_from_bytes: AtomicUsize,
    recorded: Mutex<Vec<u8>>,
}

impl Wire {
    /// A wire to a port of this machine that passes everything on and records it.
    pub fn to(port: u16) -> Self {
        Self::start(port, State::default())
    }

    /// A wire that passes on a byte at a time, each in a segment of its own.
    pub fn dribbling_to(port: u16) -> Self {
        Self::start(
            port,
            State {
                one_byte_at_a_time: true,
                ..State::default()
            },
        )
    }

    fn start(target: u16, state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(state);
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A server that is down looks like a server that is down.
                if let Ok(server) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], target))) {
                    join(client, server, &shared).unwrap();
                }
            }
        });
        Self { port, state }
    }

    /// The port clients connect to.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on whatever is sent in one go of this size or more arrives, but its answer is lost.
    ///
    /// The wire sees no more than sizes: an envelope is larger than anything else a client sends.
    pub fn lose_answers_to_uploads_of(&self, bytes: usize) {
        self.state
            .loses_answers_from_bytes
            .store(bytes, Ordering::SeqCst);
    }

    /// No answer is lost any more.
    pub fn heal(&self) {
        self.lose_answers_to_uploads_of(0);
    }

    /// Every byte that passed so far, both ways.
    pub fn recorded(&self) -> Vec<u8> {
        self.state.recorded.lock().unwrap().clone()
    }
}

fn join(client: TcpStream, server: TcpStream, state: &Arc<State>) -> io::Result<()> {
    for socket in [&client, &server] {
        socket.set_nodelay(true)?;
    }
    let (to_server, to_client) = (server.try_clone()?, client.try_clone()?);
    let (there, back) = (Arc::clone(state), Arc::clone(state));
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    thread::spawn(move || pass_on(client, to_server, &there, &counted, false));
    thread::spawn(move || pass_on(server, to_client, &back, &sent, true));
    Ok(())
}

/// Passes bytes on until one side ends. `sent` counts what the client sent since the last answer.
fn pass_on(
    mut from: TcpStream,
    mut to: TcpStream,
    state: &State,
    sent: &AtomicUsize,
    is_answer: bool,
) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..count];
        state.recorded.lock().unwrap().extend_from_slice(bytes);
        if is_answer {
            let limit = state.loses_answers_from_bytes.load(Ordering::SeqCst);
            if limit > 0 && sent.load(Ordering::SeqCst) >= limit {
                continue;
            }
            sent.store(0, Ordering::SeqCst);
        } else {
            sent.fetch_add(count, Ordering::SeqCst);
        }
        let size = if state.one_byte_at_a_time { 1 } else { count };
        if bytes
            .chunks(size)
            .try_for_each(|part| to.write_all(part))
            .is_err()
        {
            break;
        }
    }
    // Either side may be gone already.
    drop(to.shutdown(Shutdown::Both));
    drop(from.shutdown(Shutdown::Both));
}
