//! A recorder under `opd`: a library in C that writes down what it does to the files of its database, and lets
//! calls fail; built once, beside our programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::{made_once, run};
use crate::shop::Shop;

/// A recorder under the server of a shop, from its next start on.
#[derive(Debug)]
pub struct Recorder {
    record: PathBuf,
    trouble: PathBuf,
}

impl Recorder {
    /// Puts it under a shop that is not open. Only `serve` should run meanwhile.
    pub fn under(shop: &mut Shop) -> Self {
        let record = shop.folder().join("record");
        let trouble = shop.folder().join("trouble");
        let data = shop.data().to_string_lossy().into_owned();
        shop.set("LD_PRELOAD", &library().to_string_lossy());
        shop.set("RECORDER_UNDER", &data);
        shop.set("RECORDER_TO", &record.to_string_lossy());
        shop.set("RECORDER_TROUBLE", &trouble.to_string_lossy());
        Self { record, trouble }
    }

    /// Lets commands run without it.
    pub fn remove_from(shop: &mut Shop) {
        shop.unset("LD_PRELOAD");
    }

    /// What it wrote down.
    pub fn record(&self) -> &Path {
        &self.record
    }

    /// How much it has written down.
    pub fn length(&self) -> u64 {
        fs::metadata(&self.record).unwrap().len()
    }

    /// From now on calls fail: `sync 5` (EIO), `write 28` (ENOSPC), `write 30` (EROFS); with `once` behind it,
    /// one call does.
    pub fn fails(&self, how: &str) {
        let beside = self.trouble.with_extension("new");
        fs::write(&beside, how).unwrap();
        fs::rename(beside, &self.trouble).unwrap();
    }

    /// From now on calls succeed.
    pub fn stop_failing(&self) {
        drop(fs::remove_file(&self.trouble));
    }
}

/// The library, made anew when its source is newer.
#[track_caller]
fn library() -> PathBuf {
    made_once("shim", make)
}

fn make(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("shim/recorder.c");
    let library = folder.join("recorder.so");
    let made = fs::metadata(&library).and_then(|made| made.modified());
    let written = fs::metadata(&source).unwrap().modified().unwrap();
    if made.is_ok_and(|made| made > written) {
        return library;
    }
    let beside = folder.join("recorder.new");
    let options = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"];
    run(Command::new("cc")
        .args(options)
        .arg(&beside)
        .arg(source)
        .arg("-ldl"))
    .ok();
    fs::rename(beside, &library).unwrap();
    library
}
