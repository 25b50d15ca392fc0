//! Where a shop's state rests: in an SQLite file, or in a PostgreSQL database that several servers share.

use std::path::PathBuf;
use std::sync::Arc;

use countersign_store::copy::Location;
use countersign_store::{
    Durability, OpenMode, PostgresSettings, PostgresStore, ServingLock, SqliteStore, Store,
};

use crate::config::{self, StorageSettings};
use crate::failure::{Exit, Failure};
use crate::seller::{DataDir, Passphrase};

/// How an address of PostgreSQL begins.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// How a file is named beside such an address.
const FILE_SCHEME: &str = "sqlite:";

/// Which database the settings name.
#[derive(Clone, Debug)]
pub(crate) enum Choice {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresSettings),
}

/// An open database.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// An SQLite file, which one server serves.
    Sqlite(SqliteStore),
    /// A PostgreSQL database, which any number of servers serve.
    Postgres(PostgresStore),
}

impl Choice {
    /// The database of these settings; `opd.db` in the data directory unless they name another.
    pub(crate) fn of(settings: &StorageSettings, data: &DataDir) -> Result<Self, Failure> {
        let Some(named) = &settings.database else {
            return Ok(Self::Sqlite(data.database()));
        };
        if SCHEMES.iter().any(|scheme| named.starts_with(scheme)) {
            return Ok(Self::Postgres(server(named, settings)?));
        }
        // It may hold a password, and is not repeated.
        if named.is_empty() || looks_like_an_address(named) {
            let message = "the database is named by no path, and no address that is known here";
            return Err(Failure::new(Exit::Failure, message)
                .advise("give the path of a file, or postgres://USER@HOST/NAME"));
        }
        Ok(Self::Sqlite(PathBuf::from(named)))
    }

    /// The database that was named beside the settings, as a file or an address.
    pub(crate) fn named(named: &str, settings: &StorageSettings) -> Result<Self, Failure> {
        if let Some(path) = named
            .strip_prefix(FILE_SCHEME)
            .filter(|path| !path.is_empty())
        {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if SCHEMES.iter().any(|scheme| named.starts_with(scheme)) {
            return Ok(Self::Postgres(server(named, settings)?));
        }
        // It may hold a password, and is not repeated.
        let message = "the address is of no database that is known here";
        Err(Failure::new(Exit::Usage, message)
            .advise("write sqlite:PATH for a file, or postgres://USER@HOST/NAME"))
    }

    /// Where that is, for a copy.
    pub(crate) fn location(&self) -> Location {
        match self {
            Self::Sqlite(path) => Location::Sqlite(path.clone()),
            Self::Postgres(settings) => Location::Postgres(settings.clone()),
        }
    }

    /// The file, for what is done with files only.
    pub(crate) fn file(self) -> Result<PathBuf, Failure> {
        match self {
            Self::Sqlite(path) => Ok(path),
            Self::Postgres(_) => Err(Failure::new(
                Exit::Failure,
                "the shop is in PostgreSQL, which has backups of its own",
            )
            .advise("pg_basebackup copies all of it, pg_dump --format=custom this database")),
        }
    }

    /// Opens it. What is in it already is left as it is, except that its schema is brought up to date.
    pub(crate) async fn open(&self, mode: OpenMode) -> Result<Database, Failure> {
        Ok(match self {
            Self::Sqlite(path) => Database::Sqlite(SqliteStore::open(path, mode)?),
            Self::Postgres(settings) => Database::Postgres(PostgresStore::open(settings).await?),
        })
    }
}

impl Database {
    /// Where state rests.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => Arc::new(store.clone()),
            Self::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// Keeps other servers from a file until it is dropped; a PostgreSQL database is shared, and what a
    /// server has claimed in it is free again when its lease ends.
    pub(crate) fn lock_for_serving(&self) -> Result<Option<ServingLock>, Failure> {
        match self {
            Self::Sqlite(store) => Ok(Some(store.lock_for_serving()?)),
            Self::Postgres(_) => Ok(None),
        }
    }
}

fn server(address: &str, settings: &StorageSettings) -> Result<PostgresSettings, Failure> {
    if holds_a_password(address) {
        return Err(Failure::new(
            Exit::Failure,
            "the address of the database holds a password, which others can see",
        )
        .advise("put it into a file of its own, and name that as storage.password_file"));
    }
    let password = settings.password_file.as_deref();
    let password = password.map(Passphrase::from_file).transpose()?;
    Ok(PostgresSettings {
        address: address.to_owned(),
        password: password.map(|password| password.into_text().as_str().to_owned()),
        authorities: settings.authorities.clone(),
        durability: match settings.durability {
            config::Durability::Replicated => Durability::Replicated,
            config::Durability::Single => Durability::Single,
        },
    })
}

/// Whether somebody seems to have meant a server.
fn looks_like_an_address(named: &str) -> bool {
    let begins_like = |scheme: &&str| {
        let word = scheme.trim_end_matches('/');
        let begin = named.get(..word.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    };
    named.contains("://") || SCHEMES.iter().any(begins_like)
}

/// Whether there is one after the user, or among the parameters.
fn holds_a_password(address: &str) -> bool {
    let (_, rest) = address.split_once("://").unwrap_or_default();
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let user = place.rsplit_once('@').map(|(user, _)| user);
    let has_parameter = parameters.split('&').any(|it| it.starts_with("password="));
    user.is_some_and(|user| user.contains(':')) || has_parameter
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn chosen(database: Option<&str>) -> Result<Choice, Failure> {
        let settings = StorageSettings {
            database: database.map(str::to_owned),
            ..StorageSettings::default()
        };
        Choice::of(&settings, &DataDir::at("/srv/shop"))
    }

    #[test]
    fn a_file_or_a_server_is_named_and_no_password() {
        let path = |database| match chosen(database).unwrap() {
            Choice::Sqlite(path) => path,
            Choice::Postgres(_) => panic!("not a file"),
        };
        assert_eq!(path(None), Path::new("/srv/shop/opd.db"));
        assert_eq!(path(Some("/mnt/shop.db")), Path::new("/mnt/shop.db"));
        for server in ["postgres://opd@db/shop", "postgresql:///shop?host=/run/pg"] {
            let Choice::Postgres(settings) = chosen(Some(server)).unwrap() else {
                panic!("not a server");
            };
            assert_eq!(settings.durability, Durability::Replicated);
        }
        for wrong in [
            "",
            "mysql://db/shop",
            "postgres:opd:secret@db/shop",
            "Postgres://opd@db/shop",
            "postgres://opd:secret@db/shop",
            "postgres://opd@db/shop?sslmode=require&password=secret",
        ] {
            chosen(Some(wrong)).unwrap_err();
        }
    }
}
