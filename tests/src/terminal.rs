//! A person at a terminal: a program behind a pseudo-terminal, its questions and the typed answers.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

/// How long a person waits for the next words.
const PATIENCE_MS: u64 = 30_000;

/// A program at a terminal.
pub struct Terminal(PtySession);

impl std::fmt::Debug for Terminal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Terminal")
    }
}

impl Terminal {
    /// Starts a program.
    pub fn start(command: &Command) -> Self {
        // Standard streams that were set beforehand would not be the terminal's.
        let mut fresh = Command::new(command.get_program());
        fresh.args(command.get_args()).env_clear();
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                fresh.env(name, value);
            }
        }
        if let Some(folder) = command.get_current_dir() {
            fresh.current_dir(folder);
        }
        fresh.env("TERM", "xterm");
        Self(spawn_command(fresh, Some(PATIENCE_MS)).expect("a pseudo-terminal"))
    }

    /// Waits for words and returns what stood before them.
    #[track_caller]
    pub fn sees(&mut self, words: &str) -> String {
        self.0
            .exp_string(words)
            .unwrap_or_else(|error| panic!("no {words:?}: {error}"))
    }

    /// Waits for words, then types an answer.
    #[track_caller]
    pub fn answers(&mut self, question: &str, answer: &str) -> String {
        let before = self.sees(question);
        self.0
            .send_line(answer)
            .expect("the program reads its terminal");
        before
    }

    /// Waits for words, then presses Ctrl-C.
    #[track_caller]
    pub fn interrupts(&mut self, question: &str) {
        self.sees(question);
        self.0
            .send_control('c')
            .expect("the program reads its terminal");
    }

    /// Waits for the end and returns the last words.
    #[track_caller]
    pub fn ends(&mut self) -> String {
        self.0
            .exp_eof()
            .unwrap_or_else(|error| panic!("it goes on: {error}"))
    }

    /// The exit code.
    #[track_caller]
    pub fn exit_code(&mut self) -> i32 {
        use rexpect::process::WaitStatus;
        let status = self.0.process_mut().wait().expect("it was started");
        let WaitStatus::Exited(_, code) = status else {
            panic!("ended by {status:?}");
        };
        code
    }
}
