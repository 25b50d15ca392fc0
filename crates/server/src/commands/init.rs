//! `opd init`: makes a shop where there is none.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use countersign_envelope::{self as envelope, Host};
use countersign_order::{Digest, Origin};
use countersign_store::{OpenMode, ShopRecord, StatementKind, StatementRecord, Store};
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::Init;
use crate::config;
use crate::context::Context;
use crate::database::Choice;
use crate::failure::{Exit, Failure};
use crate::files::{Readers, create_private_folder, write_new};
use crate::seller::make::{Founded, Founding, found};
use crate::seller::{Address, DENIED_KEYS_TEXT, DataDir, Passphrase};

/// A passphrase is typed once in years; it need not be short.
const PASSPHRASE_MIN_CHARACTERS: usize = 8;

/// What was made, for programs.
#[derive(Debug, Serialize)]
struct Made<'a> {
    origin: &'a Origin,
    data: String,
    root_fingerprint: Digest,
    root_key: String,
    /// Only where it was made here: it is nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_passphrase: Option<&'a str>,
    address: String,
}

pub(super) async fn run(context: &Context, init: &Init) -> Result<(), Failure> {
    let data = &context.data;
    if data.is_taken() {
        let message = format!(
            "{} already holds a shop, or a part of one",
            data.path().display()
        );
        return Err(Failure::new(Exit::Conflict, message)
            .advise("name another directory with --data DIR; nothing was changed"));
    }
    let service_passphrase = service_passphrase()?;
    let (root_passphrase, is_generated) = root_passphrase(context, init)?;
    let hosts = hosts(&init.hosts, &init.origin);
    let address = Address::of_host(hosts.first());
    let founding = Founding {
        mail_from: format!("orders@{}", init.origin)
            .parse()
            .map_err(|error| Failure::new(Exit::Failure, format!("the mail address {error}")))?,
        origin: init.origin.clone(),
        hosts,
        root_passphrase: root_passphrase.clone(),
        service_passphrase,
    };
    let founded = match make(context, &founding, &address).await {
        Ok(founded) => founded,
        Err(failure) => {
            clear(data);
            return Err(failure);
        }
    };
    let made = Made {
        origin: &init.origin,
        data: data.path().display().to_string(),
        root_fingerprint: founded.root_fingerprint,
        root_key: founded.root_key.display().to_string(),
        root_passphrase: is_generated.then(|| root_passphrase.as_str()),
        address: address.to_string(),
    };
    context.output.data(&made, || report(&made, data))
}

/// Keys first, then what refers to them; `opd.toml` and the database make it a shop.
async fn make(
    context: &Context,
    founding: &Founding,
    address: &Address,
) -> Result<Founded, Failure> {
    let data = &context.data;
    let now = context.clock.now();
    let founded = found(founding, data, context.random, now)?;
    let write = |path: std::path::PathBuf, text: &str| {
        write_new(&path, text.as_bytes(), Readers::Owner).map_err(|error| {
            Failure::new(
                Exit::Failure,
                format!("cannot write {}: {error}", path.display()),
            )
        })
    };
    write(data.config_file(), &config::sample())?;
    write(data.denied_keys(), DENIED_KEYS_TEXT)?;
    address
        .write(data)
        .map_err(|error| Failure::caused_by(&error))?;
    let database = context.database(&context.settings()?)?;
    if let Choice::Sqlite(path) = &database
        && let Some(folder) = path.parent()
    {
        create_private_folder(folder).map_err(|error| Failure::caused_by(&error))?;
    }
    let database = database.open(OpenMode::Create).await?;
    open_books(database.store().as_ref(), &founding.origin, &founded, now).await?;
    Ok(founded)
}

/// Statement 0 is the seller's own.
async fn open_books(
    store: &dyn Store,
    origin: &Origin,
    founded: &Founded,
    now: Timestamp,
) -> Result<(), Failure> {
    let shop = ShopRecord {
        origin: origin.clone(),
        root: founded.root_fingerprint,
        created_at: now,
    };
    let statement = StatementRecord {
        number: 0,
        kind: StatementKind::Seller,
        order: None,
        account: None,
        issued_at: now,
        sha256: Digest::from_bytes(*envelope::Digest::of(&founded.statement_der).as_bytes()),
        der: founded.statement_der.clone(),
    };
    let mut transaction = store.begin().await?;
    if !transaction.insert_shop(&shop).await? {
        return Err(Failure::new(
            Exit::Conflict,
            "the database already has a shop",
        ));
    }
    transaction.append(&[statement]).await?;
    transaction.commit().await?;
    Ok(())
}

/// The passphrase of the root's key, and whether it was made here.
fn root_passphrase(context: &Context, init: &Init) -> Result<(Passphrase, bool), Failure> {
    let file = init.passphrase_file.as_deref();
    let given = context
        .input
        .new_secret(file, "Passphrase for the root's key (empty: make one): ")?;
    match given {
        None => Ok((Passphrase::generate(context.random), true)),
        Some(text) if is_short(&text) => {
            let message =
                format!("the passphrase is shorter than {PASSPHRASE_MIN_CHARACTERS} characters");
            let advice = match file {
                Some(_) => {
                    "write a longer one, or leave --passphrase-file out and a strong one is made"
                }
                None => "type a longer one, or none, and a strong one is made",
            };
            Err(Failure::new(Exit::Failure, message).advise(advice))
        }
        Some(text) => Ok((Passphrase::new(text), false)),
    }
}

/// The passphrase of the service keys, if they are to have one.
fn service_passphrase() -> Result<Option<Passphrase>, Failure> {
    let passphrase = Context::service_passphrase()?;
    if passphrase
        .as_ref()
        .is_some_and(|passphrase| is_short(passphrase.as_str()))
    {
        let message = format!(
            "the passphrase of the service keys is shorter than {PASSPHRASE_MIN_CHARACTERS} characters"
        );
        return Err(Failure::new(Exit::Failure, message).advise(
            "write a longer one into the file that OPD_PASSPHRASE_FILE names, or into the credential opd-passphrase",
        ));
    }
    Ok(passphrase)
}

fn is_short(passphrase: &str) -> bool {
    passphrase.chars().count() < PASSPHRASE_MIN_CHARACTERS
}

/// What was named, then this machine's own names, then the origin, each once.
fn hosts(named: &[Host], origin: &Origin) -> Vec<Host> {
    let own = [
        Host::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Host::Dns("localhost".to_owned()),
        Host::Ip(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        Host::Dns(origin.to_string()),
    ];
    let mut hosts: Vec<Host> = Vec::new();
    for host in named.iter().chain(&own) {
        if !hosts.contains(host) {
            hosts.push(host.clone());
        }
    }
    hosts
}

/// Nothing of this was there before: `is_taken` said so.
fn clear(data: &DataDir) {
    for folder in [data.keys(), data.root(), data.mail()] {
        drop(fs::remove_dir_all(folder));
    }
    for file in [
        data.config_file(),
        data.denied_keys(),
        data.address(),
        data.database(),
    ] {
        drop(fs::remove_file(file));
    }
    // Only if it is empty: it may have been there before.
    drop(fs::remove_dir(data.path()));
}

fn report(made: &Made<'_>, data: &DataDir) -> String {
    let Made {
        origin,
        root_fingerprint,
        address,
        ..
    } = made;
    let directory = data.path().display();
    let passphrase = made.root_passphrase.map_or_else(String::new, |passphrase| {
        format!(
            "\nThe passphrase of the root's key. It is shown this once and kept nowhere:\n\n    \
             {passphrase}\n"
        )
    });
    format!(
        "Made the shop {origin} in {directory}.\n\n\
         Buyers know it by the fingerprint of its root certificate:\n\n    {root_fingerprint}\n\
         {passphrase}\n\
         Now:\n\
         \x20 1. Move {root}/ to a place that is not on this machine, and remember its passphrase.\n\
         \x20    The root's key is needed only to replace the others; who has it is {origin}.\n\
         \x20 2. Back up {directory}: keys/ now, opd.db and its opd.db-wal from today on.\n\
         \x20 3. Look at {config}: every setting, at its default.\n\n\
         Next:\n\
         \x20 opd item import items.csv --set-stock\n\
         \x20 opd buyer invite ID --name NAME --email ADDRESS      the link in it leads to {address}\n\
         \x20 opd serve\n",
        root = data.root().display(),
        config = data.config_file().display(),
    )
}
