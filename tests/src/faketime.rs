//! A clock that is wrong: Debian's `faketime` stands between a program and the operating system.

use std::fs;
use std::path::{Path, PathBuf};

/// The library that `faketime` loads before a program.
fn library() -> PathBuf {
    let of_platforms = fs::read_dir(Path::new("/usr/lib")).unwrap();
    of_platforms
        .map(|entry| entry.unwrap().path().join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.exists())
        .expect("faketime is installed")
}

/// What the environment says to a program whose clock shows something else. Waiting takes as long as ever.
pub fn clock(shows: &str) -> [(&'static str, String); 3] {
    [
        ("LD_PRELOAD", library().to_str().unwrap().to_owned()),
        ("FAKETIME", shows.to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}
