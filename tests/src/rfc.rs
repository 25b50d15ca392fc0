//! Texts of the IETF as Debian packages them, for the examples that they print: fetched once, beside our
//! programs, by Debian's package tool and from an archive of Debian's that a machine need not have among its
//! sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::programs::{made_once, run};

/// RFC 4134 is informational, and Debian's lawyers count its licence among those that are not free.
const PACKAGE: &str = "doc-rfc-informational";
const SOURCE: &str = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \
                      http://deb.debian.org/debian bookworm non-free\n";
const TEXT: &str = "usr/share/doc/RFC/informational/rfc4134.txt.gz";

/// The files of "Examples of S/MIME Messages" by their names there ([RFC 4134], appendix B).
///
/// [RFC 4134]: https://www.rfc-editor.org/rfc/rfc4134#appendix-B
///
/// # Panics
/// If the text cannot be fetched.
pub fn examples_of_rfc_4134() -> BTreeMap<String, Vec<u8>> {
    files(&made_once("rfc", text))
}

/// The text.
fn text(folder: &Path) -> String {
    let text = folder.join("rfc4134.txt");
    if !text.exists() {
        fetch(folder);
        let packed = folder.join(TEXT);
        let unpacked = run(Command::new("gzip")
            .args(["--decompress", "--stdout"])
            .arg(packed));
        fs::write(folder.join("unpacked"), unpacked.ok().stdout).unwrap();
        fs::rename(folder.join("unpacked"), &text).unwrap();
        fs::remove_dir_all(folder.join("usr")).unwrap();
    }
    fs::read_to_string(text).unwrap()
}

/// Downloads and unpacks the package without installing it, and without a change to the machine's sources.
fn fetch(folder: &Path) {
    fs::create_dir_all(folder.join("lists/partial")).unwrap();
    fs::write(folder.join("sources.list"), SOURCE).unwrap();
    let setting = |name: &str, value: &Path| format!("--option={name}={}", value.display());
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .arg(setting(
                "Dir::Etc::SourceList",
                &folder.join("sources.list"),
            ))
            .arg(setting("Dir::Etc::SourceParts", Path::new("/dev/null")))
            .arg(setting("Dir::State::Lists", &folder.join("lists")))
            .arg(setting("Dir::Cache", folder))
            .arg("--option=APT::Sandbox::User=root");
        run(command.args(arguments).current_dir(folder)).ok();
    };
    apt_get(&["update", "--quiet"]);
    apt_get(&["download", "--quiet", PACKAGE]);
    let packages = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    for package in packages.filter(|path| path.extension().is_some_and(|end| end == "deb")) {
        run(Command::new("dpkg-deb")
            .arg("--extract")
            .args([&package, folder]))
        .ok();
        fs::remove_file(package).unwrap();
    }
}

/// Lines that begin with a bar are files: `|>` begins one, `|<` ends it, `|*` is a comment, and what
/// stands between is Base64 (RFC 4134, appendix A).
fn files(text: &str) -> BTreeMap<String, Vec<u8>> {
    let (mut files, mut encoded) = (BTreeMap::new(), String::new());
    for line in text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix('|'))
    {
        if line.starts_with(['>', '*']) {
            encoded.clear();
        } else if let Some(name) = line.strip_prefix('<') {
            files.insert(name.to_owned(), STANDARD.decode(&encoded).unwrap());
        } else {
            encoded.push_str(line);
        }
    }
    files
}
