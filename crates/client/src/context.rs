//! What every command works with: where things are kept, how to ask, how to print.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::cli::Global;
use crate::failure::{Exit, Failure};
use crate::home::{Home, Pinned};
use crate::http::{Api, ask_pinned};
use crate::output::Output;
use crate::seller::Seller;
use crate::terminal::Terminal;

/// What names the file with the account's password.
const PASSWORD_FILE: &str = "--password-file or PO_PASSWORD_FILE";
/// What names the file with the passphrase of a key.
pub(crate) const PASSPHRASE_FILE: &str = "--passphrase-file or PO_PASSPHRASE_FILE";

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) home: Home,
    pub(crate) output: Output,
    pub(crate) terminal: Terminal,
    seller: Option<countersign_order::Origin>,
    password_file: Option<PathBuf>,
    passphrase_file: Option<PathBuf>,
}

impl Context {
    pub(crate) fn new(global: &Global, output: Output) -> Result<Self, Failure> {
        Ok(Self {
            home: Home::open(global.home.as_deref())?,
            output,
            terminal: Terminal::new(global.no_input),
            seller: global.seller.clone(),
            password_file: global.password_file.clone(),
            passphrase_file: global.passphrase_file.clone(),
        })
    }

    /// The pinned seller that is meant: the one named, or the only one.
    pub(crate) fn pinned(&self) -> Result<Pinned, Failure> {
        let mut sellers = self.home.sellers()?;
        if let Some(origin) = &self.seller {
            return sellers
                .into_iter()
                .find(|pinned| pinned.origin == *origin)
                .ok_or_else(|| {
                    Failure::new(Exit::NotFound, format!("no seller {origin} is pinned"))
                        .advise("see: po sellers")
                });
        }
        match (sellers.pop(), sellers.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(_), false) => Err(Failure::new(Exit::Failure, "several sellers are pinned")
                .advise("name one with --seller ORIGIN; see: po sellers")),
            (None, _) => Err(Failure::new(Exit::NotFound, "no seller is pinned")
                .advise("pin one with: po trust HOST PORT, or: po join LINK")),
        }
    }

    /// A connection to the pinned seller with the session that is kept.
    pub(crate) fn signed_in(&self, pinned: &Pinned) -> Result<(Api, Seller), Failure> {
        let session = self.home.session(&pinned.origin)?.ok_or_else(|| {
            Failure::new(
                Exit::SignIn,
                format!("you are not signed in to {}", pinned.origin),
            )
            .advise(format!("sign in with: {}", pinned.sign_in_command("ID")))
        })?;
        let (mut api, seller) = self.connect(pinned)?;
        api.use_session(session);
        Ok((api, seller))
    }

    /// A connection to the pinned seller with a certificate that its statement lists, which must not
    /// be older than one seen before.
    pub(crate) fn connect(&self, pinned: &Pinned) -> Result<(Api, Seller), Failure> {
        let (address, root) = (pinned.address(), pinned.root()?);
        let seller = Seller::shown(&ask_pinned(&address, &root)?, &root)?;
        if seller.origin != pinned.origin {
            let message = format!(
                "this server says it is {}, not {}",
                seller.origin, pinned.origin
            );
            return Err(Failure::new(Exit::Invalid, message));
        }
        self.home.keep_statement(&seller)?;
        Ok((Api::to(pinned, &seller)?, seller))
    }

    /// The account's password.
    pub(crate) fn password(&self, prompt: &str) -> Result<Zeroizing<String>, Failure> {
        let file = self.password_file.as_deref();
        self.terminal.secret_or_file(file, prompt, PASSWORD_FILE)
    }

    /// A password to be set.
    pub(crate) fn new_password(&self) -> Result<Zeroizing<String>, Failure> {
        let file = self.password_file.as_deref();
        self.terminal.new_secret_or_file(
            file,
            "New password (8 to 128 characters): ",
            PASSWORD_FILE,
        )
    }

    /// A password to be set, where the password file holds the one before.
    pub(crate) fn next_password(&self, file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
        self.terminal.new_secret_or_file(
            file,
            "New password (8 to 128 characters): ",
            "--new-password-file",
        )
    }

    /// Whether a person types the passphrases.
    pub(crate) const fn asks_for_passphrases(&self) -> bool {
        self.passphrase_file.is_none()
    }

    /// The passphrase of a key.
    pub(crate) fn passphrase(&self, prompt: &str) -> Result<Zeroizing<String>, Failure> {
        let file = self.passphrase_file.as_deref();
        self.terminal.secret_or_file(file, prompt, PASSPHRASE_FILE)
    }

    /// The passphrase of a key to be made.
    pub(crate) fn new_passphrase(&self) -> Result<Zeroizing<String>, Failure> {
        let file = self.passphrase_file.as_deref();
        let passphrase = self.terminal.new_secret_or_file(
            file,
            "Passphrase for the new key: ",
            PASSPHRASE_FILE,
        )?;
        if passphrase.is_empty() {
            return Err(Failure::new(Exit::Failure, "a key needs a passphrase"));
        }
        Ok(passphrase)
    }
}
