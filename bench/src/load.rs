//! Load: prepared orders over kept connections, each answer recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bytes::Bytes;
use http::StatusCode;
use tokio::time::sleep_until;

use crate::client::{self, Address, Connection};
use crate::cpu::micros;
use crate::report::{Figures, Measure};

/// What the answer to an order says that was accepted; a declined one is answered 201, too.
const ACCEPTED: &str = "\"decision\":\"accepted\"";

/// An order that is ready to be sent: whose it is, and the envelope.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) buyer: usize,
    pub(crate) envelope: Bytes,
}

/// Clients with open connections; each has its own.
pub(crate) struct Clients {
    connections: Vec<Connection>,
    tokens: Arc<Vec<String>>,
}

/// What came of sending orders.
#[derive(Debug)]
pub(crate) struct Sent {
    took: Duration,
    /// From when an order was due to when its answer was there, in order of length.
    latencies: Vec<Duration>,
}

impl Clients {
    /// Opens the connections, to each server its share; each handshake is done before anything is measured.
    pub(crate) async fn connect(
        servers: &[Address],
        count: usize,
        tokens: &Arc<Vec<String>>,
    ) -> Result<Self> {
        let mut connections = Vec::with_capacity(count);
        for server in servers.iter().cycle().take(count) {
            connections.push(server.connect().await?);
        }
        Ok(Self {
            connections,
            tokens: Arc::clone(tokens),
        })
    }

    /// Sends the orders. At a rate, each is due at its time, and whoever is free takes it; else each
    /// client sends its next order when it has the answer to the one before.
    pub(crate) async fn send(&mut self, orders: Vec<Ready>, rate: Option<f64>) -> Result<Sent> {
        let next = Arc::new(AtomicUsize::new(0));
        let orders = Arc::new(orders);
        let start = Instant::now();
        let mut tasks = Vec::with_capacity(self.connections.len());
        for mut connection in self.connections.drain(..) {
            let (next, orders, tokens) = (
                Arc::clone(&next),
                Arc::clone(&orders),
                Arc::clone(&self.tokens),
            );
            tasks.push(tokio::spawn(async move {
                let mut latencies = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(order) = orders.get(number) else {
                        return Ok::<_, anyhow::Error>((connection, latencies));
                    };
                    let due = turn(start, number, rate).await;
                    send_one(&mut connection, order, &tokens).await?;
                    latencies.push(due.elapsed());
                }
            }));
        }
        let mut latencies = Vec::with_capacity(orders.len());
        for task in tasks {
            let (connection, of_client) = task.await??;
            self.connections.push(connection);
            latencies.extend(of_client);
        }
        let took = start.elapsed();
        ensure!(latencies.len() == orders.len(), "some orders were not sent");
        Ok(Sent::new(took, latencies))
    }
}

impl Sent {
    pub(crate) fn new(took: Duration, mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self { took, latencies }
    }

    /// What came of it, in figures.
    pub(crate) fn figures(&self) -> Figures {
        Figures::from([
            (Measure::PerSecond, self.per_second()),
            (Measure::P50Us, micros(self.percentile(500))),
            (Measure::P95Us, micros(self.percentile(950))),
            (Measure::P99Us, micros(self.percentile(990))),
        ])
    }

    /// The latency that so many of a thousand orders did not exceed.
    pub(crate) fn percentile(&self, per_mille: usize) -> Duration {
        let place =
            (self.latencies.len() * per_mille / 1000).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(place).copied().unwrap_or_default()
    }

    /// Orders answered in a second.
    fn per_second(&self) -> f64 {
        count(self.latencies.len()) / self.took.as_secs_f64()
    }
}

/// A count as a number to divide by; exact below 2^32.
pub(crate) fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Octets as mebibytes.
pub(crate) fn mebibytes(octets: u64) -> f64 {
    count(usize::try_from(octets / 1024).unwrap_or(usize::MAX)) / 1024.0
}

/// When an order is due; waits for it.
async fn turn(start: Instant, number: usize, rate: Option<f64>) -> Instant {
    let Some(rate) = rate else {
        return Instant::now();
    };
    let due = start + Duration::from_secs_f64(count(number) / rate);
    sleep_until(due.into()).await;
    due
}

async fn send_one(connection: &mut Connection, order: &Ready, tokens: &[String]) -> Result<()> {
    let token = tokens.get(order.buyer).map_or("", String::as_str);
    let answer = connection
        .ask(client::order(token, order.envelope.clone())?)
        .await?;
    ensure!(
        answer.status == StatusCode::CREATED,
        "an order was answered {}: {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    let body = str::from_utf8(&answer.body)?;
    ensure!(body.contains(ACCEPTED), "an order was not accepted: {body}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_order_by_the_clock_is_late_from_when_it_was_due() {
        let start = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        let due = turn(start, 20, Some(4.0)).await;
        assert_eq!(due.duration_since(start), Duration::from_secs(5));
        let begun = Instant::now();
        assert!(turn(start, 20, None).await >= begun, "without a clock: now");
    }

    #[test]
    fn percentiles_are_of_all_that_was_sent() {
        let latencies = (1..=1000).rev().map(Duration::from_millis).collect();
        let sent = Sent::new(Duration::from_secs(2), latencies);
        assert_eq!(sent.percentile(500), Duration::from_millis(501));
        assert_eq!(sent.percentile(990), Duration::from_millis(991));
        assert!((sent.per_second() - 500.0).abs() < f64::EPSILON);
    }
}
