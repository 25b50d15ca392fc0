//! `opd serve`: opens the shop until it is told to end.

use std::sync::Arc;

use countersign_store::crash::{CrashPoint, reach};

use crate::cli::Serve;
use crate::config::Settings;
use crate::context::{Context, Shop};
use crate::cosigning::{Reply, Witnesses};
use crate::desk::outbox::ReleaseMail;
use crate::desk::webhooks::ReleaseDeliveries;
use crate::desk::{Actor, Desk, log};
use crate::failure::{Exit, Failure};
use crate::mail::Postman;
use crate::output::Output;
use crate::seller::{Address, Seller, keys_in_clear};
use crate::serve::Server;
use crate::shutdown::EndSignals;
use crate::telemetry;

pub(super) async fn run(context: &Context, serve: &Serve) -> Result<(), Failure> {
    let Shop {
        desk,
        database,
        checkpoint,
        ..
    } = context.shop().await?;
    let settings: &Settings = desk.settings();
    let (host, port) = address(
        &serve.address,
        (&settings.listen.host, settings.listen.port),
    )?;
    let postman = Postman::new(settings, &context.data, Arc::clone(desk.seller()))?;
    let witnesses = Witnesses::of(&settings.log).map_err(|error| Failure::caused_by(&error))?;
    if serve.check {
        let mut used = settings.clone();
        (used.listen.host, used.listen.port) = (host, port);
        return context
            .output
            .data(&used, || toml::to_string_pretty(&used).unwrap_or_default());
    }
    telemetry::start(&settings.traces, context.output.is_coloured())
        .map_err(|error| Failure::caused_by(&error))?;
    // Held until the server has stopped: a second one on the same file is refused.
    let lock = database.lock_for_serving()?;
    warn_of_keys_in_clear(context, desk.seller());
    lacks_nothing(&desk, &witnesses).await?;
    if lock.is_some() {
        // Nobody else serves, so what was claimed was claimed by a server that died.
        desk.run(&Actor::automatic(), ReleaseMail).await?;
        desk.run(&Actor::automatic(), ReleaseDeliveries).await?;
    }
    reach(CrashPoint::ClaimsReleased);
    // Before anyone can know that it is ready, and ask it to end.
    let signals = EndSignals::listen().map_err(|error| Failure::caused_by(&error))?;
    let server = Server::start(
        desk.clone(),
        Arc::new(postman),
        checkpoint,
        &witnesses,
        &host,
        port,
    )
    .await?;
    let listening = server.address();
    remember(context, listening.port());
    ready("https", &host, listening.port())?;
    signals.received().await;
    server.stop().await;
    drop(lock);
    Ok(())
}

/// Says once that a copy of the keys' folder is all that a thief needs.
fn warn_of_keys_in_clear(context: &Context, seller: &Seller) {
    let clear = keys_in_clear(&context.data, seller);
    let names = clear.iter().filter_map(|path| path.file_name());
    let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
    if !names.is_empty() {
        tracing::warn!(
            folder = %context.data.keys().display(),
            keys = names.join(" "),
            "private keys rest unencrypted, the passphrase given to opd init being the root's: whoever \
             copies the folder has them; those made with OPD_PASSPHRASE_FILE set are encrypted"
        );
    }
}

/// Refuses to open a shop whose log a witness has seen further or otherwise. One that says nothing
/// holds nobody up.
async fn lacks_nothing(desk: &Desk, witnesses: &Witnesses) -> Result<(), Failure> {
    let mut view = desk.store().read().await?;
    let head = log::head(view.as_mut()).await?;
    drop(view);
    let here = head.tree.size();
    for (witness, reply) in witnesses.offer_to_all(desk, &head).await? {
        let name = witness.name();
        let message = match reply {
            Reply::Cosigned => continue,
            Reply::Unhelpful(why) => {
                tracing::warn!(witness = name, why, "a witness did not cosign the log");
                continue;
            }
            Reply::SawMore(seen) => format!(
                "the database is older than its log: it holds {here} statements, and the witness \
                 {name} has seen {seen}"
            ),
            Reply::SawOthers(seen) => format!(
                "the database is not the one whose log the witness {name} knows: its first {seen} \
                 statements differ"
            ),
        };
        return Err(Failure::new(Exit::Failure, message).advise(
            "put the newest database back; if it is lost, get the checkpoint from the witness and \
             let opd log recover --checkpoint FILE open a log that follows this one. A witness that \
             cannot show one is wrong: take it out of log.witnesses",
        ));
    }
    Ok(())
}

/// Says where requests are answered from now on.
pub(super) fn ready(scheme: &str, host: &str, port: u16) -> Result<(), Failure> {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    Output::ready(&format!("listening {scheme}://{host}:{port}"))
}

/// What was typed: nothing, a port, or a host and a port.
pub(super) fn address(typed: &[String], default: (&str, u16)) -> Result<(String, u16), Failure> {
    let (default_host, default_port) = default;
    let (host, port) = match typed {
        [] => return Ok((default_host.to_owned(), default_port)),
        [port] => (default_host, port),
        [host, port, ..] => (host.as_str(), port),
    };
    let port = port.parse().map_err(|_not_one| {
        Failure::new(Exit::Usage, format!("{port:?} is not a port"))
            .advise("it is [HOST] PORT, with a port from 0 to 65535")
    })?;
    Ok((host.to_owned(), port))
}

/// Invites lead to the port that was served last. Without this they lead to the one before, which
/// is no reason not to serve.
fn remember(context: &Context, port: u16) {
    if let Err(error) = Address::read(&context.data)
        .with_port(port)
        .write(&context.data)
    {
        tracing::warn!(%error, "the address for invites could not be kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_stand_before_the_port() {
        let read = |typed: &[&str]| {
            let typed: Vec<String> = typed.iter().map(|&word| word.to_owned()).collect();
            address(&typed, ("127.0.0.1", 8443)).ok()
        };
        assert_eq!(read(&[]), Some(("127.0.0.1".to_owned(), 8443)));
        assert_eq!(read(&["9000"]), Some(("127.0.0.1".to_owned(), 9000)));
        assert_eq!(read(&["::1", "0"]), Some(("::1".to_owned(), 0)));
        for wrong in [&["localhost"][..], &["localhost", "x"], &["70000"], &["-1"]] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
