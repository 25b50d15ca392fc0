//! Deliveries: into a folder, and to mail servers that take, refuse, hang and cheat.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::sample::{now, seller, shipped};
use super::*;
use crate::config::{Encryption, MailTransport, Settings};
use crate::files::{Readers, replace};
use crate::seller::DataDir;

/// What a server does with a mail.
#[derive(Clone, Copy)]
enum Manner {
    Takes,
    RefusesForGood,
    RefusesForNow,
    HangsAtOnce,
    HangsAfterData,
    KnowsNoStarttls,
}

/// A mail server for one connection; gives back every line it was told.
async fn server(manner: Manner) -> (u16, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = stream.into_split();
        let mut told = Vec::new();
        if matches!(manner, Manner::HangsAtOnce) {
            std::future::pending::<()>().await;
        }
        writer.write_all(b"220 sink\r\n").await.unwrap();
        let mut lines = BufReader::new(reader).lines();
        let mut in_data = false;
        while let Ok(Some(line)) = lines.next_line().await {
            let command = line.get(..4).unwrap_or_default().to_uppercase();
            told.push(line.clone());
            let answer = match (command.as_str(), manner) {
                _ if in_data && line != "." => continue,
                (_, Manner::HangsAfterData) if in_data => std::future::pending().await,
                ("EHLO", _) => "250-sink\r\n250 8BITMIME",
                ("RCPT", Manner::RefusesForGood) => "550 no such person",
                ("RCPT", Manner::RefusesForNow) => "451 greylisted",
                ("DATA", _) => {
                    in_data = true;
                    "354 go on"
                }
                ("QUIT", _) => break,
                _ => {
                    in_data = false;
                    "250 fine"
                }
            };
            let answered = writer.write_all(format!("{answer}\r\n").as_bytes()).await;
            if answered.is_err() {
                break;
            }
        }
        told
    });
    (port, served)
}

fn settings(port: u16, encryption: Encryption) -> Settings {
    let mut settings = Settings::default();
    settings.mail.transport = MailTransport::Smtp;
    settings.mail.smtp.host = "127.0.0.1".to_owned();
    settings.mail.smtp.port = port;
    settings.mail.smtp.encryption = encryption;
    settings.mail.smtp.timeout_seconds = 1;
    settings
}

async fn deliver(settings: &Settings) -> Result<(), DeliveryError> {
    let data = DataDir::at("/nonexistent");
    let postman = Arc::new(Postman::new(settings, &data, seller()).unwrap());
    deliver_by(&postman).await
}

async fn deliver_by(postman: &Arc<Postman>) -> Result<(), DeliveryError> {
    let parcel = Parcel {
        event: shipped(),
        to: "orders@acme.example".parse().unwrap(),
        statement: None,
    };
    postman.deliver(parcel, now()).await
}

#[tokio::test]
async fn a_server_that_takes_it_has_the_whole_mail() {
    let (port, served) = server(Manner::Takes).await;
    deliver(&settings(port, Encryption::None)).await.unwrap();
    let told = served.await.unwrap();
    assert!(
        told.contains(&"MAIL FROM:<orders@shop.example>".to_owned()),
        "{told:?}"
    );
    assert!(
        told.contains(&"RCPT TO:<orders@acme.example>".to_owned()),
        "{told:?}"
    );
    let signature = told.iter().position(|line| line.contains("smime.p7s"));
    assert!(signature.is_some());
}

#[tokio::test]
async fn a_refusal_for_good_is_final_and_one_for_now_is_not() {
    for (manner, permanent) in [
        (Manner::RefusesForGood, true),
        (Manner::RefusesForNow, false),
    ] {
        let (port, _served) = server(manner).await;
        let refused = deliver(&settings(port, Encryption::None))
            .await
            .unwrap_err();
        assert_eq!(refused.permanent, permanent, "{refused}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_the_time_limit() {
    for manner in [Manner::HangsAtOnce, Manner::HangsAfterData] {
        let (port, _served) = server(manner).await;
        let start = Instant::now();
        let refused = deliver(&settings(port, Encryption::None))
            .await
            .unwrap_err();
        assert!(!refused.permanent, "{refused}");
        assert!(start.elapsed() < Duration::from_secs(5), "{refused}");
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_hides_starttls() {
    let (port, served) = server(Manner::KnowsNoStarttls).await;
    let refused = deliver(&settings(port, Encryption::Starttls))
        .await
        .unwrap_err();
    assert!(!refused.permanent, "the operator can mend it: {refused}");
    let told = served.await.unwrap();
    assert!(
        !told.iter().any(|line| line.starts_with("MAIL")),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = deliver(&settings(port, Encryption::None))
        .await
        .unwrap_err();
    assert!(!refused.permanent, "{refused}");
}

#[test]
fn a_password_never_travels_in_the_open() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    replace(&password, b"secret\n", Readers::Owner).unwrap();
    let mut settings = settings(25, Encryption::None);
    settings.mail.smtp.username = Some("orders".to_owned());
    settings.mail.smtp.password_file = Some(password);
    let data = DataDir::at(folder.path());
    let refused = Postman::new(&settings, &data, seller()).unwrap_err();
    assert!(matches!(refused, PostmanError::Settings(_)), "{refused}");
    settings.mail.smtp.encryption = Encryption::Implicit;
    let postman = Postman::new(&settings, &data, seller()).unwrap();
    assert!(!format!("{postman:?}").contains("secret"));
}

#[tokio::test]
async fn a_folder_holds_each_event_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::at(folder.path());
    let postman = Arc::new(Postman::new(&Settings::default(), &data, seller()).unwrap());
    for _ in 0..2 {
        deliver_by(&postman).await.unwrap();
    }
    let files: Vec<_> = fs::read_dir(data.mail())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [file] = files.as_slice() else {
        panic!("{files:?}")
    };
    assert!(file.to_str().unwrap().ends_with(".1.eml"), "{file:?}");
    let mode = fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
