//! `opd seller` as it is typed.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use countersign_envelope::Host;
use countersign_order::CertificateUse;

#[derive(Debug, Subcommand)]
pub(crate) enum Seller {
    /// Show the seller's name, root fingerprint and certificates.
    Show,
    /// Replace a key by a new one, which the root vouches for in the next seller statement.
    ///
    /// With --root the root's key is at hand. If it is on another machine, --request writes a file for
    /// opd seller sign there, and opd seller import here takes what that has written.
    Rotate(RotateKey),
    /// Sign what rotate --request has written, on the machine with the root's key; needs no shop.
    Sign(SignRequest),
    /// Put the seller statement in force that opd seller sign has written.
    Import(ImportStatement),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("signer").required(true).args(["root", "request"]))]
pub(crate) struct RotateKey {
    /// What the key is for.
    #[arg(value_name = "USE")]
    pub(crate) purpose: KeyUse,
    /// The folder with the root's key.
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Write a request for a root that is elsewhere to this new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// A file with the passphrase of the root's key; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "request")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// The key before is lost, and in no copy of the keys' folder: go on without it. Only with --root.
    #[arg(long, conflicts_with = "request")]
    pub(crate) lost: bool,
    /// Revoke the keys before at once: for one that was stolen. No server may run.
    #[arg(long)]
    pub(crate) revoke: bool,
    /// For tls: a name or IP address that clients connect to; repeat it for all of them. Those of the
    /// certificate before unless said.
    #[arg(long = "host", value_name = "NAME|IP")]
    pub(crate) hosts: Vec<Host>,
}

/// What a key of the seller's is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum KeyUse {
    /// The server's end of connections.
    Tls,
    /// Opening what buyers seal.
    Recipient,
    /// Signing statements.
    Receipt,
    /// Signing letters.
    Mail,
}

impl From<KeyUse> for CertificateUse {
    fn from(purpose: KeyUse) -> Self {
        match purpose {
            KeyUse::Tls => Self::Tls,
            KeyUse::Recipient => Self::Recipient,
            KeyUse::Receipt => Self::Receipt,
            KeyUse::Mail => Self::Mail,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SignRequest {
    /// The file that opd seller rotate --request has written.
    pub(crate) request: PathBuf,
    /// The folder with the root's key.
    #[arg(long, value_name = "DIR")]
    pub(crate) root: PathBuf,
    /// Where the signed statement goes: a new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// A file with the passphrase of the root's key; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportStatement {
    /// The file that opd seller sign has written.
    pub(crate) file: PathBuf,
    /// The keys before are to be revoked by it, as was asked.
    #[arg(long)]
    pub(crate) revoke: bool,
}
