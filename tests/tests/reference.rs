//! The pages that repeat what the programs say about themselves.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Result;
use countersign_tests::shop::Shop;
use countersign_tests::tidy::documents::keep_part_current;
use countersign_tests::tidy::reference::command_line;
use countersign_tests::tidy::{expect_none, read};

#[test]
fn the_command_line_reference_is_current() -> Result<()> {
    let help = command_line("opd")? + &command_line("po")?;
    expect_none(
        "command line",
        &keep_part_current("docs/reference/command-line.md", &help)?,
    );
    Ok(())
}

#[test]
fn the_configuration_reference_is_current() -> Result<()> {
    let shop = Shop::founded(&[]);
    let sample = fs::read_to_string(shop.data().join("opd.toml"))?;
    let part = format!("```toml\n{}\n```", sample.trim_end());
    expect_none(
        "configuration",
        &keep_part_current("docs/reference/configuration.md", &part)?,
    );
    Ok(())
}

#[test]
fn the_guide_names_everything_in_the_data_directory() -> Result<()> {
    let shop = Shop::open();
    let guide = read("docs/guide/install.md")?;
    let mut unnamed = Vec::new();
    for entry in fs::read_dir(shop.data())? {
        let entry = entry?;
        let folder = if entry.file_type()?.is_dir() { "/" } else { "" };
        let name = format!("`{}{folder}`", entry.file_name().display());
        // A file that is being replaced is there under such a name for a moment.
        if name.ends_with(".new`") {
            continue;
        }
        if !guide.contains(&name) {
            unnamed.push(name);
        }
    }
    expect_none("data directory", &unnamed);
    Ok(())
}

#[test]
fn the_guide_names_what_a_server_counts_and_nothing_else() -> Result<()> {
    let shop = Shop::open();
    let metrics = shop.metrics();
    let counted: BTreeSet<&str> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let guide = read("docs/guide/growing.md")?;
    let named: BTreeSet<&str> = guide
        .lines()
        .filter(|line| line.trim_start().starts_with("| `countersign_"))
        .flat_map(|line| line.split('`'))
        .filter(|word| word.starts_with("countersign_"))
        .filter_map(|word| word.split('{').next())
        .collect();
    let differing = counted.symmetric_difference(&named);
    let differing: Vec<String> = differing.map(|name| (*name).to_owned()).collect();
    expect_none("metrics", &differing);
    Ok(())
}
