use std::io::Write as _;

use super::*;

fn nothing(_: &str) -> Option<String> {
    None
}

#[test]
fn the_sample_is_only_comments_and_uncommented_it_is_the_defaults() {
    let text = sample();
    assert!(
        text.lines()
            .all(|line| line.is_empty() || line.starts_with("# "))
    );

    let settings: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.starts_with('[') || line.contains(" = "))
        .collect();
    let read: Settings = toml::from_str(&settings.join("\n")).unwrap();
    assert_eq!(read.listen, ListenSettings::default());
    assert_eq!(read.desk, DeskSettings::default());
    assert_eq!(read.mail.retry_first_seconds, 300);
    assert_eq!(read.mail.smtp.host, "localhost");
}

#[test]
fn every_setting_is_explained() {
    for field in sample::fields() {
        assert!(!field.description.is_empty(), "{:?}", field.path);
    }
}

#[test]
fn an_unknown_setting_is_refused() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "[desk]\nmood = \"automatic\"").unwrap();
    let error = Settings::load(Some(file.path()), &nothing).unwrap_err();
    assert!(matches!(error, ConfigError::Meaning { .. }));
}

#[test]
fn the_environment_goes_before_the_file() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(
        file,
        "[listen]\nport = 1\n[mail.smtp]\nhost = \"mail.example\""
    )
    .unwrap();
    let environment = |name: &str| match name {
        "OPD_LISTEN_PORT" => Some("2".to_owned()),
        "OPD_DESK_MODE" => Some("manual".to_owned()),
        _ => None,
    };
    let settings = Settings::load(Some(file.path()), &environment).unwrap();
    assert_eq!(settings.listen.port, 2);
    assert_eq!(settings.desk.mode, DeskMode::Manual);
    assert_eq!(settings.mail.smtp.host, "mail.example");
}

#[test]
fn a_variable_of_the_wrong_kind_is_named() {
    let environment = |name: &str| (name == "OPD_LISTEN_PORT").then(|| "high".to_owned());
    let error = Settings::load(None, &environment).unwrap_err();
    assert_eq!(
        error.to_string(),
        "OPD_LISTEN_PORT is not a valid whole number"
    );
}

#[test]
fn a_list_in_the_environment_is_written_as_in_the_file() {
    let written = |text: &'static str| {
        move |name: &str| (name == "OPD_LOG_WITNESSES").then(|| text.to_owned())
    };
    let one = written(r#"[{ key = "w.example+00000000+AA==", url = "https://w.example" }]"#);
    let settings = Settings::load(None, &one).unwrap();
    assert_eq!(settings.log.witnesses.len(), 1);
    assert_eq!(settings.log.witnesses[0].url, "https://w.example");
    for wrong in [
        "",
        "w.example",
        "1",
        "[",
        "[] \n more = 1",
        r#"[{ key = "w" }]"#,
    ] {
        assert!(Settings::load(None, &written(wrong)).is_err(), "{wrong:?}");
    }
}
