//! What it takes of the CPU to verify what was signed with DSA: an order by a key that signs often, an order by one
//! that was not seen before; and, by OpenSSL's library, a certificate by itself.

use std::fmt::Write as _;
use std::iter;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use countersign_envelope::{Certificate, Opened, Sealed, Signer, seal};
use countersign_server::clock::Clock;
use countersign_server::random::Random;
use countersign_server::seller::Seller;

use crate::cpu::{self, micros};
use crate::ground::{KeyKind, signers};
use crate::report::{Figures, Measure};

/// Calls OpenSSL's library.
const SCRIPT: &str = include_str!("openssl_verification.py");
/// Verifications by OpenSSL.
const OPENSSL_TIMES: &str = "2000";
/// Orders by the key that signs often, before any is measured.
const OFTEN: usize = 10;
/// Orders that are measured, of each kind.
const ORDERS: usize = 51;
/// Octets of an order of three lines.
const ORDER_BYTES: usize = 1_000;

pub(crate) fn measure(seller: &Seller) -> Result<Figures> {
    let signers = signers(KeyKind::Dsa2048, ORDERS + 1)?;
    let (often, unseen) = signers.split_first().context("no signers")?;
    verify(iter::repeat_n(often, OFTEN), seller)?;
    let warm = verify(iter::repeat_n(often, ORDERS), seller)?;
    Ok(Figures::from([
        (Measure::VerifyWarmUs, warm),
        (Measure::VerifyColdUs, verify(unseen.iter(), seller)?),
        (Measure::OpensslVerifyUs, openssl(often.certificate())?),
    ]))
}

/// Microseconds of CPU to verify one of the orders by these signers.
fn verify<'a>(signers: impl Iterator<Item = &'a Signer>, seller: &Seller) -> Result<f64> {
    let orders = signers.map(|signer| Ok((order(signer, seller)?, [signer.certificate().clone()])));
    let orders: Vec<_> = orders.collect::<Result<_>>()?;
    let mut refused = 0;
    let took = cpu::of_each(orders, |(order, keys)| {
        refused += usize::from(order.verify(&keys).is_err());
    });
    ensure!(refused == 0, "an order was refused");
    Ok(micros(took))
}

/// An order that was opened.
fn order(signer: &Signer, seller: &Seller) -> Result<Opened> {
    let now = Clock::system().now();
    let recipients = seller.recipients(now);
    let recipient = recipients.first().context("no recipient")?.certificate();
    let message = signer.sign(&[b'a'; ORDER_BYTES], now)?;
    let sealed = seal(&message, &[recipient], &mut Random::system().rng())?;
    Ok(Sealed::parse(sealed)?.open(recipients)?)
}

/// Microseconds of CPU for one verification of a certificate by OpenSSL.
fn openssl(certificate: &Certificate) -> Result<f64> {
    let mut octets = String::new();
    for octet in certificate.der() {
        write!(octets, "{octet:02x}")?;
    }
    let mut python = Command::new("python3");
    let output = python.args(["-c", SCRIPT, &octets, OPENSSL_TIMES]).output();
    let output = output.context("python3 cannot be run")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "OpenSSL's library: {complaint}");
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}
