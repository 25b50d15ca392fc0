//! A private PostgreSQL with its own defaults, so with fsync, behind a Unix socket in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, geteuid};
use tempfile::TempDir;

use crate::cpu;

/// Where Debian's programs are, and those of others.
const PROGRAMS: [&str; 3] = [
    "/usr/lib/postgresql/15/bin",
    "/usr/lib/postgresql/17/bin",
    "/usr/bin",
];

/// A running cluster with an empty database, ended and gone with this value.
#[derive(Debug)]
pub(crate) struct Postgres {
    folder: TempDir,
    programs: PathBuf,
}

impl Postgres {
    pub(crate) fn start() -> Result<Self> {
        let mut programs = PROGRAMS.iter().map(PathBuf::from);
        let programs = programs.find(|folder| folder.join("initdb").is_file());
        let cluster = Self {
            // A short path: a socket's name may have 107 bytes.
            folder: tempfile::Builder::new().prefix("pg-").tempdir()?,
            programs: programs.context("no PostgreSQL: Debian calls it postgresql-15")?,
        };
        let folder = cluster.folder.path();
        if geteuid().is_root() {
            runs(Command::new("chown").arg("postgres").arg(folder))?;
        }
        let mut initdb = cluster.program("initdb");
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        initdb.args(["--locale=C.UTF-8", "--no-instructions", "--pgdata"]);
        runs(initdb.arg(cluster.data()))?;
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories={}",
            folder.display()
        );
        let mut start = cluster.program("pg_ctl");
        start.args(["start", "--wait", "--silent", "--options", &options]);
        start.arg("--pgdata").arg(cluster.data());
        runs(start.arg("--log").arg(folder.join("log")))?;
        let mut createdb = cluster.program("createdb");
        createdb
            .args(["--username=postgres", "--host"])
            .arg(folder)
            .arg("shop");
        runs(&mut createdb)?;
        Ok(cluster)
    }

    /// Where a server finds its database.
    pub(crate) fn address(&self) -> String {
        let folder = self.folder.path().display();
        format!("postgres:///shop?host={folder}&user=postgres")
    }

    /// What all its processes have taken of the CPU until now.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let file = self.data().join("postmaster.pid");
        let lines = fs::read_to_string(file)?;
        let main = lines.lines().next().context("no process")?.trim().parse()?;
        let main = Pid::from_raw(main).context("no process")?;
        cpu::taken_by_family(main)
    }

    /// The octets of its files, without those of the write-ahead log.
    pub(crate) fn size(&self) -> Result<u64> {
        size_of(&self.data().join("base"))
    }

    /// What it calls itself.
    pub(crate) fn version() -> Result<String> {
        let mut programs = PROGRAMS
            .iter()
            .map(|folder| Path::new(folder).join("postgres"));
        let program = programs
            .find(|program| program.is_file())
            .context("no PostgreSQL")?;
        let said = Command::new(program).arg("--version").output()?;
        Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of PostgreSQL's, which will not run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if geteuid().is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
            command.arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(Path::new("/"));
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode=fast", "--silent", "--pgdata"]);
        if let Err(error) = runs(stop.arg(self.data())) {
            crate::complain(&format!("PostgreSQL could not be stopped: {error:#}"));
        }
    }
}

fn size_of(folder: &Path) -> Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        size += if entry.file_type()?.is_dir() {
            size_of(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(size)
}

fn runs(command: &mut Command) -> Result<()> {
    let name = format!("{command:?}");
    let output = command.output().with_context(|| name.clone())?;
    ensure!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
