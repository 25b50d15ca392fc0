//! The pages of `docs/reference` that repeat what the programs say about themselves.

use std::fs;

use anyhow::Result;
use countersign_tests::shop::Shop;
use countersign_tests::tidy::documents::keep_part_current;
use countersign_tests::tidy::expect_none;
use countersign_tests::tidy::reference::command_line;

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
