//! The folder where the program keeps what it must not forget.
//!
//! ```text
//! sellers/ORIGIN/seller.json     where the seller is, its pinned root, the keys used with it
//! sellers/ORIGIN/seller.p7s      the newest seller statement seen
//! sellers/ORIGIN/session.json    the session's token
//! sellers/ORIGIN/keys/           keys made by `po join`
//! sellers/ORIGIN/pending/        messages sent, or about to be, that have no verified answer
//! sellers/ORIGIN/orders/ID/      the signed order, the certificate it verifies with, the receipt, what
//!                                the seller signed after that, a request to cancel, and what proves
//!                                that the log holds it
//! sellers/ORIGIN/log/            the newest checkpoint seen, and contradictions if there were any
//! ```

mod log;
mod orders;
mod pending;
mod statement;

use std::fs;
use std::path::{Path, PathBuf};

use countersign_envelope::Certificate;
use countersign_order::time::rfc3339;
use countersign_order::{AccountId, BuyerId, Origin};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::failure::{Exit, Failure};
use crate::files;
use crate::seller::Seller;

pub(crate) use orders::{KeptOrder, KeptRequest};
pub(crate) use pending::Pending;

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Home(PathBuf);

/// A seller whose root is pinned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pinned {
    pub(crate) origin: Origin,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The root certificate, in PEM.
    pub(crate) root: String,
    /// Keys used with this seller.
    pub(crate) keys: Vec<KnownKey>,
}

/// A key file that was used for an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownKey {
    pub(crate) account: AccountId,
    pub(crate) file: PathBuf,
    pub(crate) algorithm: String,
}

/// A session that is kept between commands.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptSession {
    pub(crate) token: String,
    pub(crate) account: AccountId,
    pub(crate) buyer: Option<BuyerId>,
    #[serde(with = "rfc3339")]
    pub(crate) expires_at: Timestamp,
}

impl Drop for KeptSession {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

impl std::fmt::Debug for KeptSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptSession")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl Pinned {
    /// Host and port as a URL wants them.
    pub(crate) fn address(&self) -> String {
        address(&self.host, self.port)
    }

    /// The command that signs in there.
    pub(crate) fn sign_in_command(&self, id: &str) -> String {
        format!("po login {} {} {id}", self.host, self.port)
    }

    /// The pinned root certificate.
    pub(crate) fn root(&self) -> Result<Certificate, Failure> {
        Certificate::from_pem(&self.root).map_err(|error| {
            Failure::new(
                Exit::Failure,
                format!("the pinned root of {}: {error}", self.origin),
            )
        })
    }

    /// The keys known for an account.
    pub(crate) fn keys_of<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> impl Iterator<Item = &'a KnownKey> {
        self.keys.iter().filter(move |key| key.account == *account)
    }
}

/// Host and port as a URL wants them.
pub(crate) fn address(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

impl Home {
    /// Opens the folder, which is made if it is not there.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let path = match path {
            Some(path) => path.to_path_buf(),
            None => default_path()?,
        };
        files::private_folder(&path.join("sellers"))?;
        Ok(Self(path))
    }

    fn of(&self, origin: &Origin) -> PathBuf {
        self.0.join("sellers").join(origin.as_str())
    }

    /// Where keys made for this seller are kept.
    pub(crate) fn keys(&self, origin: &Origin) -> Result<PathBuf, Failure> {
        let folder = self.of(origin).join("keys");
        files::private_folder(&folder)?;
        Ok(folder)
    }

    /// All pinned sellers.
    pub(crate) fn sellers(&self) -> Result<Vec<Pinned>, Failure> {
        let mut sellers = Vec::new();
        for folder in folders(&self.0.join("sellers"))? {
            sellers.extend(read_json(&folder.join("seller.json"))?);
        }
        sellers.sort_by(|a: &Pinned, b| a.origin.cmp(&b.origin));
        Ok(sellers)
    }

    /// The pinned seller of this name.
    pub(crate) fn seller(&self, origin: &Origin) -> Result<Option<Pinned>, Failure> {
        read_json(&self.of(origin).join("seller.json"))
    }

    /// The pinned seller at this address.
    pub(crate) fn seller_at(&self, host: &str, port: u16) -> Result<Option<Pinned>, Failure> {
        let sellers = self.sellers()?;
        Ok(sellers
            .into_iter()
            .find(|pinned| pinned.host == host && pinned.port == port))
    }

    /// Pins a seller that has shown this statement, or changes what is kept about it. Another root
    /// for the same seller is refused.
    pub(crate) fn pin(&self, pinned: &Pinned, shown: &Seller) -> Result<(), Failure> {
        let folder = self.of(&pinned.origin);
        let file = folder.join("seller.json");
        let known: Option<Pinned> = read_json(&file)?;
        if known.is_some_and(|known| known.root != pinned.root) {
            let message = format!(
                "{} is pinned already, with another root certificate",
                pinned.origin
            );
            return Err(Failure::new(Exit::Invalid, message).advise(format!(
                "if the seller confirms that its root has changed, take {} away first",
                folder.display()
            )));
        }
        files::private_folder(&folder)?;
        self.keep_statement(shown)?;
        write_json(&file, pinned)
    }

    /// Remembers which key file an account signs with.
    pub(crate) fn remember_key(&self, origin: &Origin, key: KnownKey) -> Result<(), Failure> {
        let file = self.of(origin).join("seller.json");
        if let Some(mut pinned) = read_json::<Pinned>(&file)?
            && !pinned.keys.contains(&key)
        {
            pinned.keys.push(key);
            write_json(&file, &pinned)?;
        }
        Ok(())
    }

    /// The session kept for this seller.
    pub(crate) fn session(&self, origin: &Origin) -> Result<Option<KeptSession>, Failure> {
        read_json(&self.of(origin).join("session.json"))
    }

    /// Keeps a session.
    pub(crate) fn keep_session(
        &self,
        origin: &Origin,
        session: &KeptSession,
    ) -> Result<(), Failure> {
        write_json(&self.of(origin).join("session.json"), session)
    }

    /// Forgets the session.
    pub(crate) fn forget_session(&self, origin: &Origin) -> Result<(), Failure> {
        files::remove(&self.of(origin).join("session.json"))
    }
}

fn default_path() -> Result<PathBuf, Failure> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local").join("share")))
        .map(|data| data.join("countersign-po"))
        .ok_or_else(|| {
            Failure::new(Exit::Failure, "neither XDG_DATA_HOME nor HOME is set")
                .advise("say where to keep things with --home DIR")
        })
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(|error| files::failed("list", path, &error))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Failure> {
    let Some(bytes) = files::read_private_if_there(path)? else {
        return Ok(None);
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Failure::new(
            Exit::Failure,
            format!("{} is damaged: {error}", path.display()),
        )
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
    files::write_private(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_shows_no_token_where_it_is_debugged() {
        let session = KeptSession {
            token: "hidden".to_owned(),
            account: "acme".parse().unwrap(),
            buyer: None,
            expires_at: Timestamp::UNIX_EPOCH,
        };
        assert!(!format!("{session:?}").contains("hidden"));
    }
}
