//! `opd witness`: makes a witness, tells it whom to watch, and lets it answer. Knows no shop.

use std::path::Path;

use countersign_transparency::{KeyName, WitnessKey};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::Serialize;
use tokio_rustls::TlsAcceptor;

use super::serve::{address, ready};
use crate::cli::{Global, Witness, WitnessAddLog, WitnessCommand, WitnessInit, WitnessServe};
use crate::clock::Clock;
use crate::config::Settings;
use crate::context::{default_directory, environment};
use crate::failure::{Exit, Failure};
use crate::http::tls_with;
use crate::output::Output;
use crate::random::Random;
use crate::shutdown::EndSignals;
use crate::telemetry;
use crate::witness::{self, Added, OriginHash, WitnessFolder, WitnessServer};

/// A witness that was made, for programs.
#[derive(Debug, Serialize)]
struct Made {
    name: String,
    verifier_key: String,
    folder: String,
}

/// A log that is trusted, for programs.
#[derive(Debug, Serialize)]
struct Trusted {
    origin: String,
    verifier_key: String,
    origin_hash: String,
    is_new: bool,
}

pub(super) async fn run(global: &Global, output: Output, typed: &Witness) -> Result<(), Failure> {
    let folder = WitnessFolder::at(match &typed.dir {
        Some(path) => path.clone(),
        None => default_directory(
            "countersign-witness",
            "name it with --dir DIR or OPD_WITNESS",
        )?,
    });
    match &typed.command {
        WitnessCommand::Init(init) => make(&folder, output, init),
        WitnessCommand::AddLog(add_log) => trust(&folder, output, add_log),
        WitnessCommand::Serve(serve) => answer(global, folder, output, serve).await,
    }
}

/// The key line alone goes to standard output, so that it can be passed on as it is.
fn make(folder: &WitnessFolder, output: Output, init: &WitnessInit) -> Result<(), Failure> {
    let key = folder.found(init.name.clone(), Random::system())?;
    let made = Made {
        name: init.name.to_string(),
        verifier_key: key.to_string(),
        folder: folder.path().display().to_string(),
    };
    output.message(&about(folder, key.name()));
    output.data(&made, || WitnessKey::to_string(&key))
}

fn about(folder: &WitnessFolder, name: &KeyName) -> String {
    format!(
        "Made the witness {name} in {}. Its key line, for whoever is to trust it:\n",
        folder.path().display()
    )
}

fn trust(folder: &WitnessFolder, output: Output, add_log: &WitnessAddLog) -> Result<(), Failure> {
    let log = &add_log.log;
    let added = folder.add_log(log)?;
    let trusted = Trusted {
        origin: log.name().to_string(),
        verifier_key: log.to_string(),
        origin_hash: OriginHash::of(log.name()).to_string(),
        is_new: added == Added::New,
    };
    output.data(&trusted, || match added {
        Added::New => format!("{} is trusted from now on", log.name()),
        Added::Before => format!("{} was trusted before, with this key", log.name()),
    })
}

async fn answer(
    global: &Global,
    folder: WitnessFolder,
    output: Output,
    serve: &WitnessServe,
) -> Result<(), Failure> {
    let settings = Settings::load(global.config.as_deref(), &environment)?;
    let (host, port) = address(&serve.address, ("127.0.0.1", 0))?;
    let tls = match (&serve.tls_certificate, &serve.tls_key) {
        (Some(certificate), Some(key)) => Some(tls(certificate, key)?),
        (None, _) | (_, None) => None,
    };
    telemetry::start(&settings.traces, output.is_coloured())
        .map_err(|error| Failure::caused_by(&error))?;
    let witness = witness::Witness::open(folder, Clock::system())?;
    tracing::info!(verifier_key = %witness.verifier_key(), "the witness is at work");
    // Before anyone can know that it is ready, and ask it to end.
    let signals = EndSignals::listen().map_err(|error| Failure::caused_by(&error))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut listen = settings.listen;
    (listen.host, listen.port) = (host.clone(), port);
    let server = WitnessServer::start(witness, tls, listen).await?;
    ready(scheme, &host, server.address().port())?;
    signals.received().await;
    server.stop().await;
    Ok(())
}

fn tls(certificate: &Path, key: &Path) -> Result<TlsAcceptor, Failure> {
    let unusable = |path: &Path, error: &dyn std::error::Error| {
        let message = format!("cannot use {}: {error}", path.display());
        Failure::new(Exit::Failure, message).advise("give certificates and key in PEM")
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(certificate, &error))?;
    let der = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &error))?;
    tls_with(chain, der).map_err(|error| Failure::caused_by(&error))
}
