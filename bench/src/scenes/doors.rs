//! What it takes to come in: whole TLS handshakes, and sign-ins with their password hashed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, ensure};
use http::StatusCode;

use crate::client::{Address, Connection, sign_in};
use crate::cpu::micros;
use crate::ground::{PASSWORD, buyer_id};
use crate::load::{Sent, count};
use crate::report::{Kind, Measure, Report};
use crate::stand::Stand;

/// Clients that come at once.
const CLIENTS: usize = 8;
/// Handshakes.
const HANDSHAKES: usize = 2_000;
/// Sign-ins.
const SIGN_INS: usize = 200;

pub(crate) async fn handshakes(stand: &Stand, report: &mut Report) -> Result<()> {
    run(stand, Kind::Handshakes, HANDSHAKES, report).await
}

pub(crate) async fn sign_ins(stand: &Stand, report: &mut Report) -> Result<()> {
    run(stand, Kind::SignIns, SIGN_INS, report).await
}

async fn run(stand: &Stand, kind: Kind, times: usize, report: &mut Report) -> Result<()> {
    let server = stand.server()?;
    server.rest().await?;
    let before = server.cpu()?;
    let sent = all(server.address(), kind, times, stand.ground.buyers()).await?;
    server.rest().await?;
    let cpu = server.cpu()?.saturating_sub(before);
    let mut figures = sent.figures();
    figures.insert(Measure::CpuUs, micros(cpu) / count(times));
    report.add(stand.scene(kind, CLIENTS), figures);
    Ok(())
}

async fn all(address: &Address, kind: Kind, times: usize, buyers: usize) -> Result<Sent> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::with_capacity(CLIENTS);
    for buyer in (0..buyers).cycle().take(CLIENTS) {
        connections.push((address.connect().await?, buyer));
    }
    let start = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|(mut connection, buyer)| {
            let (next, address) = (Arc::clone(&next), address.clone());
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= times {
                        return Ok::<_, anyhow::Error>(latencies);
                    }
                    let start = Instant::now();
                    if kind == Kind::SignIns {
                        signs_in(&mut connection, buyer).await?;
                    } else {
                        connection = address.connect().await?;
                    }
                    latencies.push(start.elapsed());
                }
            })
        })
        .collect();
    let mut latencies = Vec::with_capacity(times);
    for task in tasks {
        latencies.extend(task.await??);
    }
    Ok(Sent::new(start.elapsed(), latencies))
}

async fn signs_in(connection: &mut Connection, buyer: usize) -> Result<()> {
    let answer = connection.ask(sign_in(&buyer_id(buyer), PASSWORD)?).await?;
    ensure!(
        answer.status == StatusCode::CREATED,
        "no session: {answer:?}"
    );
    Ok(())
}
