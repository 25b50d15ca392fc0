//! A folder, a shell, and a person watching: every command is shown before it runs, as it runs.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::work::{root, say};

/// The longest a thing that happens by itself may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The folder in which the demonstration happens.
pub(super) struct Scene {
    folder: PathBuf,
    /// What was started and has not been ended.
    servers: Vec<Child>,
    is_kept: bool,
}

impl Scene {
    /// Makes the folder, and in it the environment of all that follows.
    pub(super) fn set(is_kept: bool) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("countersign-demo-")
            .tempdir()?
            .keep();
        let scene = Self {
            folder,
            servers: Vec::new(),
            is_kept,
        };
        let here = scene.folder.display();
        say(&format!("Everything happens in {here}."));
        let (port, witness_port) = (free_port()?, free_port()?);
        let programs = root().join("target/debug");
        let environment = format!(
            "export PATH='{}':$PATH PORT={port} WITNESS_PORT={witness_port} NO_COLOR=1\n\
             export OPD_DATA='{here}/shop' OPD_WITNESS='{here}/witness' PO_HOME='{here}/acme'\n\
             export PO_PASSWORD_FILE='{here}/password' PO_PASSPHRASE_FILE='{here}/passphrase'\n",
            programs.display()
        );
        scene.write("environment", &environment)?;
        Ok(scene)
    }

    /// Begins a new part of the story.
    #[expect(
        clippy::unused_self,
        reason = "the story reads as things that happen on the scene"
    )]
    pub(super) fn tell(&self, title: &str, text: &str) {
        say(&format!("\n── {title}\n{}", folded(text)));
    }

    /// A file in the folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file that the commands use, readable for its owner only.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.file(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(fs::set_permissions(
            &path,
            fs::Permissions::from_mode(0o600),
        )?)
    }

    /// Shows a command line, runs it in the shell and shows what it says. It must succeed.
    pub(super) fn run(&self, line: &str) -> Result<()> {
        self.run_expecting(line, 0)
    }

    /// The same for a command that must end with another exit code.
    pub(super) fn run_expecting(&self, line: &str, code: i32) -> Result<()> {
        show_command(line);
        let output = self
            .shell(&format!("exec 2>&1\n{line}"))
            .output()
            .with_context(|| format!("cannot run {line}"))?;
        show_output(&String::from_utf8_lossy(&output.stdout));
        let found = output.status.code();
        if code != 0 && found == Some(code) {
            say(&format!("   (exit code {code})"));
        }
        ensure!(
            found == Some(code),
            "`{line}` ended with {found:?}, expected {code}"
        );
        Ok(())
    }

    /// Runs a command without showing it until it succeeds: for what happens by itself.
    pub(super) fn wait_for(&self, line: &str) -> Result<()> {
        let start = Instant::now();
        while !self.shell(line).output()?.status.success() {
            ensure!(start.elapsed() < PATIENCE, "waited too long for `{line}`");
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Starts a server and waits for its ready line.
    pub(super) fn serve(&mut self, line: &str) -> Result<()> {
        show_command(&format!("{line} &"));
        let log = self.file(&format!("server-{}.log", self.servers.len() + 1));
        let traces = fs::File::create(&log)?;
        // `exec`, so that the process we end is the server and not its shell.
        let mut child = self
            .shell(&format!("exec {line}"))
            .stdout(Stdio::piped())
            .stderr(traces)
            .spawn()?;
        let stdout = child.stdout.take().context("the server has no output")?;
        self.servers.push(child);
        let mut ready = String::new();
        BufReader::new(stdout).read_line(&mut ready)?;
        show_output(&ready);
        if !ready.starts_with("listening ") {
            bail!("the server did not start: {}", fs::read_to_string(&log)?);
        }
        Ok(())
    }

    fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("bash");
        command
            .arg("-c")
            .arg(format!(". ./environment\n{line}"))
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    /// Says how to go on by hand, or tidies up.
    pub(super) fn end(mut self) {
        if !self.is_kept {
            return;
        }
        let here = self.folder.display();
        say("\nThe shop stays open. To go on in this terminal:\n");
        say(&format!("   cd {here} && . ./environment"));
        let servers: Vec<String> = self
            .servers
            .drain(..)
            .map(|server| server.id().to_string())
            .collect();
        say(&format!(
            "\nTo end it: kill {} && rm -r {here}",
            servers.join(" ")
        ));
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for mut server in self.servers.drain(..) {
            let ended = server.kill().and_then(|()| server.wait().map(drop));
            if let Err(error) = ended {
                say(&format!("cannot end the server: {error}"));
            }
        }
        if !self.is_kept {
            remove(&self.folder);
        }
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        say(&format!("cannot remove {}: {error}", folder.display()));
    }
}

/// The text in lines that fit a terminal, each indented.
fn folded(text: &str) -> String {
    const WIDTH: usize = 90;
    let mut lines = String::new();
    let mut line = String::from("  ");
    for word in text.split_whitespace() {
        if line.len() + word.len() >= WIDTH {
            lines += &line;
            lines.push('\n');
            line = String::from("  ");
        }
        line.push(' ');
        line += word;
    }
    lines + &line + "\n"
}

fn show_command(line: &str) {
    say(&format!("   $ {}", line.replace('\n', "\n     ")));
}

fn show_output(text: &str) {
    for line in text.lines() {
        say(&format!("   {line}"));
    }
}
