//! The sample `opd.toml`, written from the settings' own documentation and defaults.

use std::fmt::Write as _;

use serde_json::Value;

use super::Settings;

/// One setting: where it stands, what it is for, what it is by default.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) path: Vec<String>,
    pub(super) description: String,
    pub(super) default: Value,
    pub(super) example: Option<Value>,
}

/// `opd.toml` with every setting at its default and commented out, table headers too.
pub fn sample() -> String {
    let schema = Value::from(schemars::schema_for!(Settings));
    let mut text = String::from(
        "# Settings of opd. Every line shows a default; remove the leading \"# \" to change it.\n\
         # Flags and environment variables (OPD_<SECTION>_<SETTING>) go before this file.\n",
    );
    write_section(&mut text, &schema, &schema, &[]);
    text
}

/// Every setting, in the order of the file.
pub(super) fn fields() -> Vec<Field> {
    let schema = Value::from(schemars::schema_for!(Settings));
    let mut found = Vec::new();
    collect(&schema, &schema, &[], &mut found);
    found
}

fn collect(root: &Value, section: &Value, path: &[String], found: &mut Vec<Field>) {
    for (name, schema) in properties(section) {
        let mut here = path.to_vec();
        here.push(name.clone());
        let target = resolve(root, schema);
        if target.get("properties").is_some() {
            collect(root, target, &here, found);
        } else {
            found.push(Field {
                path: here,
                description: description(schema),
                default: schema.get("default").cloned().unwrap_or(Value::Null),
                example: schema.pointer("/examples/0").cloned(),
            });
        }
    }
}

fn write_section(text: &mut String, root: &Value, section: &Value, path: &[String]) {
    let mut settings = Vec::new();
    collect_here(root, section, path, &mut settings);
    for field in &settings {
        write_field(text, field);
    }
    for (name, schema) in properties(section) {
        let target = resolve(root, schema);
        if target.get("properties").is_none() {
            continue;
        }
        let mut here = path.to_vec();
        here.push(name.clone());
        text.push('\n');
        comment(text, &description(schema));
        comment(text, &format!("[{}]", here.join(".")));
        write_section(text, root, target, &here);
    }
}

fn collect_here(root: &Value, section: &Value, path: &[String], settings: &mut Vec<Field>) {
    let depth = path.len() + 1;
    collect(root, section, path, settings);
    settings.retain(|field| field.path.len() == depth);
}

fn write_field(text: &mut String, field: &Field) {
    comment(text, &field.description);
    let shown = match (&field.default, &field.example) {
        (Value::Null, Some(example)) => example,
        (default, _) => default,
    };
    if let Some(name) = field.path.last() {
        comment(text, &format!("{name} = {shown}"));
    }
}

fn comment(text: &mut String, lines: &str) {
    for line in lines.lines() {
        // Writing to a string cannot fail.
        let _written = writeln!(text, "# {line}");
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn description(schema: &Value) -> String {
    schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Follows a `$ref` into `$defs`.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix('#'))
        .and_then(|pointer| root.pointer(pointer))
        .unwrap_or(schema)
}
