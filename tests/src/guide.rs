//! A guide page as a program: its tagged code blocks, run by the shell in the order a test wants.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::programs::{Ran, run};
use crate::tidy::read;

/// The shell blocks of a page by their tag: the word after `sh` in the fence.
#[derive(Debug)]
pub struct Guide(BTreeMap<String, String>);

impl Guide {
    /// Reads a page of `docs/guide`.
    pub fn page(name: &str) -> Self {
        let page = read(&format!("docs/guide/{name}")).unwrap();
        let mut blocks = BTreeMap::new();
        let mut lines = page.lines();
        while let Some(line) = lines.next() {
            if let Some(tag) = line.strip_prefix("```sh ") {
                let block: Vec<&str> = lines
                    .by_ref()
                    .take_while(|line| !line.starts_with("```"))
                    .collect();
                blocks.insert(tag.to_owned(), block.join("\n"));
            }
        }
        Self(blocks)
    }

    /// One block.
    #[track_caller]
    pub fn block(&self, tag: &str) -> &str {
        self.0
            .get(tag)
            .unwrap_or_else(|| panic!("the page has no block `{tag}`"))
    }

    /// Every tag of the page.
    pub fn tags(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

/// Runs a script in a folder with variables; the first command that fails ends it.
pub fn shell(folder: &Path, variables: &[(&str, &str)], script: &str) -> Ran {
    let mut command = Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder);
    command.envs(variables.iter().copied());
    run(&mut command)
}
