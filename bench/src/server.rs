//! The program under measurement: `opd serve` as it is built for release, in a process of its own.

use std::fs::DirBuilder;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::client::Address;
use crate::cpu;
use crate::ground::Ground;

/// How often is looked whether the server rests, and what it may take of the CPU meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(300);
const IDLE_CPU: Duration = Duration::from_millis(10);
/// A hang guard.
const REST_MAX: Duration = Duration::from_mins(5);

/// A running server; it is stopped with this.
pub(crate) struct Server {
    process: Child,
    address: Address,
}

impl Server {
    /// Starts a server of this shop with settings as in the environment; nobody works at its desk, and its
    /// letters go into a folder.
    pub(crate) fn start(ground: &Ground, settings: &[(&str, &str)]) -> Result<Self> {
        Self::start_with(&ground.data, ground, settings)
    }

    /// Starts one more, with a copy of the keys, as on another machine.
    pub(crate) fn start_another(ground: &Ground, data: &Path) -> Result<Self> {
        DirBuilder::new().mode(0o700).create(data)?;
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(ground.data.join("keys")).arg(data);
        anyhow::ensure!(copy.status()?.success(), "cannot copy the keys");
        Self::start_with(data, ground, &[])
    }

    fn start_with(data: &Path, ground: &Ground, settings: &[(&str, &str)]) -> Result<Self> {
        let log = data.with_extension("log");
        let mut process = Command::new(program()?)
            .args(["serve", "127.0.0.1", "0"])
            .env("OPD_DATA", data)
            .env("OPD_DESK_MODE", "manual")
            .envs(ground.place.settings())
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .spawn()
            .context("cannot start opd")?;
        let stdout = process.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let socket = line.trim().rsplit_once("https://");
        let Some((_, socket)) = socket else {
            bail!("opd did not start: {}", std::fs::read_to_string(&log)?);
        };
        let address = Address::new(socket.parse()?, ground.root()?.der())?;
        Ok(Self { process, address })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// What it has taken of the CPU until now.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        cpu::taken_by(self.pid())
    }

    /// What its thread for letters has taken.
    pub(crate) fn letters_cpu(&self) -> Result<Duration> {
        cpu::taken_by_thread(self.pid(), "letters")
    }

    /// Waits until it has nothing more to do: the letters of all orders are written.
    pub(crate) async fn rest(&self) -> Result<()> {
        let start = Instant::now();
        let mut before = self.cpu()?;
        while start.elapsed() < REST_MAX {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = self.cpu()?;
            if now.saturating_sub(before) <= IDLE_CPU {
                return Ok(());
            }
            before = now;
        }
        bail!("the server does not come to rest")
    }

    /// The most mebibytes of memory it has had.
    pub(crate) fn memory(&self) -> Result<f64> {
        cpu::memory_of(self.pid())
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if kill_process(self.pid(), Signal::TERM).is_err() || self.process.wait().is_err() {
            crate::complain("opd could not be stopped");
        }
    }
}

/// `opd` beside this program.
fn program() -> Result<PathBuf> {
    let opd = std::env::current_exe()?.with_file_name("opd");
    anyhow::ensure!(opd.is_file(), "{} is not built", opd.display());
    Ok(opd)
}
