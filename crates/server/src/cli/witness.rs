//! `opd witness` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_transparency::{KeyName, VerifyingKey};

#[derive(Debug, Args)]
pub(crate) struct Witness {
    /// The witness's folder; countersign-witness in the XDG data folder unless said.
    #[arg(long, global = true, env = "OPD_WITNESS", value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: WitnessCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessCommand {
    /// Make a witness: a folder and a key. Prints the key line that others verify with.
    Init(WitnessInit),
    /// Trust a log from now on; a running witness takes it up by itself.
    AddLog(WitnessAddLog),
    /// Answer the logs that ask for cosignatures.
    Serve(WitnessServe),
}

#[derive(Debug, Args)]
pub(crate) struct WitnessInit {
    /// The witness's name in its cosignatures, such as witness.example; it never changes.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: KeyName,
}

#[derive(Debug, Args)]
pub(crate) struct WitnessAddLog {
    /// The log's key line, NAME+ID+KEY, as its seller publishes it.
    #[arg(value_name = "VKEY")]
    pub(crate) log: VerifyingKey,
}

#[derive(Debug, Args)]
#[command(override_usage = "opd witness serve [OPTIONS] [HOST] PORT")]
pub(crate) struct WitnessServe {
    /// Where to listen: on 127.0.0.1 unless a host is said. Port 0 takes a free one.
    #[arg(value_name = "[HOST] PORT", num_args = 1..=2, required = true)]
    pub(crate) address: Vec<String>,
    /// The certificate chain in PEM; without it HTTP is in the clear, for the loopback or a proxy.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The certificate's key in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
}
