//! A crowd at the door: connections that say nothing, connections that say little, and sign-ins that come
//! all at once; and what honest orders take meanwhile, against what they took before.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::StatusCode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;

use crate::client::{Address, Connection, sign_in};
use crate::cpu::micros;
use crate::ground::{Basket, PASSWORD, buyer_id};
use crate::load::count;
use crate::plan::Plan;
use crate::report::{Figures, Kind, Measure, Report};
use crate::server::Server;
use crate::stand::{Load, Prepared, Stand};

/// Addresses of this machine that the crowd comes from, so that none holds more connections than it may.
const SOURCES: usize = 100;
/// Connections that are opened at a time.
const AT_A_TIME: usize = 32;
/// How often a slow peer says a little more.
const DRIP_EVERY: Duration = Duration::from_millis(500);
/// Honest orders, by the clock.
const HONEST: Load = Load {
    clients: 8,
    orders: 600,
    rate: Some(200.0),
    basket: Basket::Three,
};
/// What a slow peer says at first, and what it goes on with: a header, a body, or nothing at all.
const SLOW: [(&[u8], &[u8]); 3] = [
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"),
    (
        b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
          Content-Length: 4000\r\n\r\n",
        b" ",
    ),
    (b"", b""),
];

type Stream = TlsStream<TcpStream>;

/// Runs all of them, each with a server of its own.
pub(crate) async fn run(stand: &mut Stand, plan: &Plan, report: &mut Report) -> Result<()> {
    may_open_many()?;
    idle(stand, plan.idle, report).await?;
    slow(stand, plan.slow, report).await?;
    sign_ins(stand, plan.sign_ins, report).await
}

async fn idle(stand: &mut Stand, many: usize, report: &mut Report) -> Result<()> {
    let patience = ("OPD_LISTEN_IDLE_TIMEOUT_SECONDS", "600".to_owned());
    let (server, mut figures) = alone(stand, &[room(many), patience]).await?;
    let orders = prepare(stand, &server).await?;
    let crowd = connect(server.address(), many).await?;
    figures.extend(beside(orders, &server).await?);
    report.add(stand.scene(Kind::Idle, crowd.len()), figures);
    Ok(())
}

async fn slow(stand: &mut Stand, many: usize, report: &mut Report) -> Result<()> {
    let (server, mut figures) = alone(stand, &[room(many)]).await?;
    let orders = prepare(stand, &server).await?;
    let crowd = connect(server.address(), many).await?;
    let size = crowd.len();
    let crowd = tokio::spawn(drip(crowd));
    figures.extend(beside(orders, &server).await?);
    crowd.abort();
    report.add(stand.scene(Kind::Slow, size), figures);
    Ok(())
}

async fn sign_ins(stand: &mut Stand, many: usize, report: &mut Report) -> Result<()> {
    let (server, mut figures) = alone(stand, &[]).await?;
    let orders = prepare(stand, &server).await?;
    let crowd = at_the_door(server.address(), many, stand.ground.buyers()).await?;
    figures.extend(beside(orders, &server).await?);
    let mut let_in = 0;
    for one in crowd {
        let_in += usize::from(one.await??);
    }
    figures.insert(Measure::LetIn, count(let_in));
    report.add(stand.scene(Kind::SignInsAtOnce, many), figures);
    Ok(())
}

/// A setting that lets so many connections stay.
fn room(connections: usize) -> (&'static str, String) {
    (
        "OPD_LISTEN_MAX_CONNECTIONS",
        (connections + 100).to_string(),
    )
}

/// A warm server, and what honest orders take while nobody else is there.
async fn alone(stand: &mut Stand, settings: &[(&str, String)]) -> Result<(Server, Figures)> {
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let server = Server::start(&stand.ground, &settings)?;
    let warm_up = Load::of(8, 200);
    let address = [server.address().clone()];
    stand.prepare(&address, warm_up).await?.send().await?;
    let sent = prepare(stand, &server).await?.send().await?;
    let figures = Figures::from([
        (Measure::QuietP50Us, micros(sent.percentile(500))),
        (Measure::QuietP99Us, micros(sent.percentile(990))),
    ]);
    Ok((server, figures))
}

/// Honest orders that are ready to be sent.
async fn prepare(stand: &mut Stand, server: &Server) -> Result<Prepared> {
    stand.prepare(&[server.address().clone()], HONEST).await
}

/// What they take beside the crowd.
async fn beside(orders: Prepared, server: &Server) -> Result<Figures> {
    let mut figures = orders.send().await?.figures();
    figures.insert(Measure::MemoryMib, server.memory()?);
    Ok(figures)
}

/// Lets this process open as many files as it ever may.
fn may_open_many() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    )?;
    Ok(())
}

/// An address of this machine by a number: 127.0.0.2 and on.
fn source(number: usize) -> Ipv4Addr {
    let offset = u32::try_from(number % SOURCES).unwrap_or_default();
    Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + 1 + offset)
}

/// So many connections, each with its handshake done.
async fn connect(address: &Address, many: usize) -> Result<Vec<Stream>> {
    let tasks: Vec<JoinHandle<Result<Vec<Stream>>>> = (0..AT_A_TIME)
        .map(|first| {
            let address = address.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for number in (first..many).step_by(AT_A_TIME) {
                    mine.push(address.greet(source(number)).await?);
                }
                Ok(mine)
            })
        })
        .collect();
    let mut all = Vec::with_capacity(many);
    for task in tasks {
        all.extend(task.await?.context("one of the crowd was not let in")?);
    }
    Ok(all)
}

/// Says a little over each connection, again and again, until it is stopped.
async fn drip(mut crowd: Vec<Stream>) {
    for (stream, (first, _)) in crowd.iter_mut().zip(SLOW.iter().cycle()) {
        // One that was cut off may refuse to be written to.
        drop(stream.write_all(first).await);
        drop(stream.flush().await);
    }
    loop {
        tokio::time::sleep(DRIP_EVERY).await;
        for (stream, (_, more)) in crowd.iter_mut().zip(SLOW.iter().cycle()) {
            drop(stream.write_all(more).await);
            drop(stream.flush().await);
        }
    }
}

/// So many sign-ins at once; each tells whether it was let in, or was told to come later.
async fn at_the_door(
    address: &Address,
    many: usize,
    buyers: usize,
) -> Result<Vec<JoinHandle<Result<bool>>>> {
    let start = Arc::new(Barrier::new(many));
    let streams = connect(address, many).await?;
    let asks = streams.into_iter().zip((0..buyers).cycle());
    Ok(asks
        .map(|(stream, buyer)| {
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                let mut connection = Connection::over(stream).await?;
                start.wait().await;
                let answer = connection.ask(sign_in(&buyer_id(buyer), PASSWORD)?).await?;
                let known = [StatusCode::CREATED, StatusCode::TOO_MANY_REQUESTS];
                ensure!(known.contains(&answer.status), "{answer:?}");
                Ok(answer.status == StatusCode::CREATED)
            })
        })
        .collect())
}
