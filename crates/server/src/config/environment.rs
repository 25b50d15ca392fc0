//! Settings from the environment: `OPD_<SECTION>_<FIELD>`, so `OPD_MAIL_SMTP_HOST` is `mail.smtp.host`.

use serde_json::Value;
use toml::Table;

use super::{ConfigError, sample};

/// Puts every setting that the environment names into the table, over what the file said.
pub(super) fn overlay(
    table: &mut Table,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(), ConfigError> {
    for field in sample::fields() {
        let variable = format!("OPD_{}", field.path.join("_").to_uppercase());
        let Some(text) = environment(&variable) else {
            continue;
        };
        let value = parse(&text, &field.default, &variable)?;
        insert(table, &field.path, value, &variable)?;
    }
    Ok(())
}

/// The default tells the kind; a setting without one is a text.
fn parse(text: &str, default: &Value, variable: &str) -> Result<toml::Value, ConfigError> {
    let invalid = |expected| ConfigError::Environment {
        variable: variable.to_owned(),
        expected,
    };
    match default {
        Value::Number(_) => text
            .parse()
            .map(toml::Value::Integer)
            .map_err(|_| invalid("whole number")),
        Value::Bool(_) => text
            .parse()
            .map(toml::Value::Boolean)
            .map_err(|_| invalid("true or false")),
        // Written as in the file.
        Value::Array(_) => as_in_the_file(text)
            .filter(toml::Value::is_array)
            .ok_or_else(|| invalid("list in square brackets")),
        Value::Object(_) => as_in_the_file(text)
            .filter(toml::Value::is_table)
            .ok_or_else(|| invalid("table in curly brackets")),
        Value::Null | Value::String(_) => Ok(toml::Value::String(text.to_owned())),
    }
}

/// A value in the notation of the file.
fn as_in_the_file(text: &str) -> Option<toml::Value> {
    let read = format!("value = {text}").parse::<Table>();
    let mut read = read.ok().filter(|read| read.len() == 1)?;
    read.remove("value")
}

fn insert(
    table: &mut Table,
    path: &[String],
    value: toml::Value,
    variable: &str,
) -> Result<(), ConfigError> {
    let Some((name, sections)) = path.split_last() else {
        return Ok(());
    };
    let mut section = table;
    for step in sections {
        section = section
            .entry(step.clone())
            .or_insert_with(|| toml::Value::Table(Table::new()))
            .as_table_mut()
            .ok_or_else(|| ConfigError::Environment {
                variable: variable.to_owned(),
                expected: "section of the file",
            })?;
    }
    section.insert(name.clone(), value);
    Ok(())
}
