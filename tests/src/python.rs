//! A Python that has what our outside judges are written with: made once, beside our programs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::{made_once, run};

/// What is installed from the Python Package Index.
const LIBRARIES: [&str; 4] = [
    "standardwebhooks==1.1.0",
    "cryptography==50.0.2",
    "cryptography-vectors==50.0.2",
    "cyclonedx-python-lib[json-validation]==11.12.0",
];

/// The interpreter.
#[track_caller]
pub fn python() -> PathBuf {
    made_once("python", make)
}

/// Does in a folder what a machine with poor randomness does, and tells what that printed.
#[track_caller]
pub fn careless(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/careless.py");
    let mut command = Command::new(python());
    command.arg(program).args(arguments).current_dir(folder);
    run(&mut command).ok().stdout
}

fn make(folder: &Path) -> PathBuf {
    let (python, ready) = (
        folder.join("bin/python3"),
        folder.join(LIBRARIES.join(" and ")),
    );
    if !ready.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder)).ok();
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        run(Command::new(&python).args(install).args(LIBRARIES)).ok();
        File::create(ready).unwrap();
    }
    python
}

/// Where the files of `cryptography-vectors` lie: what NIST and others publish to try programs with.
#[track_caller]
pub fn vectors() -> PathBuf {
    let program = "import cryptography_vectors; print(cryptography_vectors.__path__[0])";
    let said = run(Command::new(python()).args(["-c", program])).ok();
    PathBuf::from(said.text().trim_end())
}
