//! `[mail]` and `[mail.smtp]`: how letters leave the house.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How letters leave the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// "folder" writes `.eml` files; "smtp" hands letters to a mail server.
    pub transport: MailTransport,
    /// The sender's address; by default `orders@` and the seller's origin.
    #[schemars(example = &"orders@shop.example")]
    pub from: Option<String>,
    /// Where the operator is told what needs a person, such as a webhook that was disabled; nobody is
    /// told without it.
    #[schemars(example = &"operator@shop.example")]
    pub operator: Option<String>,
    /// The folder for `.eml` files, by default `mail/` in the data directory.
    #[schemars(example = &"/srv/countersign/mail")]
    pub folder: Option<PathBuf>,
    /// Seconds between two looks at the outbox; a server is also woken by its own orders.
    pub poll_seconds: u32,
    /// Seconds before the first retry of a letter that could not be sent.
    pub retry_first_seconds: u32,
    /// The longest wait between two retries, in seconds.
    pub retry_longest_seconds: u32,
    /// Hours after which a letter is given up and shown to clerks as dead.
    pub give_up_hours: u32,
    /// The mail server, for the transport "smtp".
    pub smtp: SmtpSettings,
}

/// The mail server, for the transport "smtp".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpSettings {
    /// The mail server's host name.
    pub host: String,
    /// The mail server's port: 587 for STARTTLS, 465 for implicit TLS, 25 without.
    pub port: u16,
    /// "starttls", "implicit" or "none".
    pub encryption: Encryption,
    /// The name to sign in with, if the mail server wants one.
    #[schemars(example = &"orders")]
    pub username: Option<String>,
    /// A file with the password to sign in with.
    #[schemars(example = &"/etc/countersign/smtp-password")]
    pub password_file: Option<PathBuf>,
    /// A file with the certificates (PEM) the mail server is trusted by, instead of the system's.
    #[schemars(example = &"/etc/countersign/mail-ca.pem")]
    pub ca_file: Option<PathBuf>,
    /// The name to greet the mail server with, by default this machine's.
    #[schemars(example = &"shop.example")]
    pub hello_name: Option<String>,
    /// Seconds each stage of a delivery may take.
    pub timeout_seconds: u32,
}

/// Where letters go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    /// A folder of `.eml` files.
    #[default]
    Folder,
    /// A mail server.
    Smtp,
}

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// The connection must be upgraded to TLS before anything is said.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Implicit,
    /// None: for a mail server on the same machine.
    None,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            transport: MailTransport::Folder,
            from: None,
            operator: None,
            folder: None,
            poll_seconds: 1,
            retry_first_seconds: 5 * 60,
            retry_longest_seconds: 4 * 60 * 60,
            give_up_hours: 5 * 24,
            smtp: SmtpSettings::default(),
        }
    }
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 587,
            encryption: Encryption::Starttls,
            username: None,
            password_file: None,
            ca_file: None,
            hello_name: None,
            timeout_seconds: 30,
        }
    }
}
