//! What `opd login` keeps, in one file for its owner only: the seller that is pinned, and the session.

use std::path::{Path, PathBuf};

use countersign_envelope::Certificate;
use countersign_order::{AccountId, Origin, Role};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};
use crate::files::{self, Readers};

/// The largest file that is read, in bytes.
const LOGIN_MAX_BYTES: u64 = 64 * 1024;

/// Where logins are kept.
#[derive(Clone, Debug)]
pub(crate) struct Logins(PathBuf);

/// A seller whose root was compared, and the session there, if there is one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Login {
    /// The seller's name.
    pub(crate) origin: Origin,
    /// Where it answers.
    pub(crate) host: String,
    /// At which port.
    pub(crate) port: u16,
    /// Its root certificate, PEM.
    pub(crate) root: String,
    /// The number of the newest seller statement seen: an older one is not believed.
    pub(crate) statement: u64,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<Session>,
}

/// A session of a clerk.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// What proves it.
    pub(crate) token: String,
    /// Whose it is.
    pub(crate) account: AccountId,
    /// What the account could do when it signed in.
    pub(crate) role: Role,
    /// When it ends at the latest.
    #[serde(with = "countersign_order::time::rfc3339")]
    pub(crate) expires_at: Timestamp,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Session")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl Login {
    /// Host and port, as an address is written.
    pub(crate) fn address(&self) -> String {
        address(&self.host, self.port)
    }

    /// The pinned root.
    pub(crate) fn root(&self) -> Result<Certificate, Failure> {
        Certificate::from_pem(&self.root).map_err(|error| Failure::caused_by(&error))
    }

    /// How to sign in there.
    pub(crate) fn command(&self) -> String {
        let account = self.session.as_ref().map(|session| &session.account);
        let account = account.map_or("ID", AccountId::as_str);
        format!("opd login {} {} {account}", self.host, self.port)
    }
}

/// Host and port, as an address is written.
pub(super) fn address(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

impl Logins {
    /// The file in `$XDG_STATE_HOME`, by the XDG base directory specification.
    pub(crate) fn of_this_user() -> Result<Self, Failure> {
        let absolute = |name| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        absolute("XDG_STATE_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
            .map(|state| Self(state.join("countersign/login.json")))
            .ok_or_else(|| {
                Failure::new(Exit::Usage, "it is not known where logins are kept")
                    .advise("set XDG_STATE_HOME or HOME")
            })
    }

    /// What is kept.
    pub(crate) fn read(&self) -> Result<Option<Login>, Failure> {
        let path = &self.0;
        match path.try_exists() {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return Err(Failure::unread(path, &error)),
        }
        if files::is_open_to_others(path).map_err(|error| Failure::unread(path, &error))? {
            return Err(spoiled(path, "others can read it")
                .advise(format!("close it: chmod 600 {}", path.display())));
        }
        let bytes = files::read_bounded(path, LOGIN_MAX_BYTES)
            .map_err(|error| Failure::unread(path, &error))?;
        let login = serde_json::from_slice(&bytes).map_err(|error| {
            spoiled(path, &error.to_string()).advise("remove it, and sign in again with: opd login")
        })?;
        Ok(Some(login))
    }

    /// Keeps a login in place of the one before.
    pub(crate) fn keep(&self, login: &Login) -> Result<(), Failure> {
        let written = || -> std::io::Result<()> {
            if let Some(folder) = self.0.parent() {
                files::create_private_folder(folder)?;
            }
            let bytes = serde_json::to_vec_pretty(login)?;
            files::replace(&self.0, &bytes, Readers::Owner)
        };
        written().map_err(|error| Failure::caused_by(&error))
    }
}

fn spoiled(path: &Path, why: &str) -> Failure {
    let path = path.display();
    Failure::new(Exit::Failure, format!("the login in {path}: {why}"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_login_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/countersign/login.json");
        let logins = Logins(path.clone());
        assert!(logins.read().unwrap().is_none());
        let login = Login {
            origin: "shop.example".parse().unwrap(),
            host: "::1".to_owned(),
            port: 8443,
            root: String::new(),
            statement: 0,
            session: None,
        };
        logins.keep(&login).unwrap();
        assert_eq!(logins.read().unwrap().unwrap().address(), "[::1]:8443");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(
            logins
                .read()
                .unwrap_err()
                .message
                .contains("others can read it")
        );
    }
}
