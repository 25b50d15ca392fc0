//! Handing mail to a mail server (RFC 5321), one connection for each mail, a time limit for each stage.
//!
//! Only a refusal of the mail itself is final. A server that cannot be reached, trusted or signed
//! in to is the operator's to mend, and the mail waits.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use lettre::address::{Address, Envelope};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;

use super::PostmanError;
use super::message::Mail;
use super::transport::DeliveryError;
use crate::config::{Encryption, SmtpSettings};
use crate::files::read_bounded;
use crate::seller::Passphrase;

/// No bundle of certificate authorities is longer.
const CA_FILE_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A mail server, and how to speak to it.
#[derive(Clone, Debug)]
pub(super) struct Smtp {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
    stage_limit: Duration,
}

#[derive(Clone)]
enum Security {
    Starttls(TlsParameters),
    Implicit(TlsParameters),
    None,
}

impl fmt::Debug for Security {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Starttls(_) => "Starttls",
            Self::Implicit(_) => "Implicit",
            Self::None => "None",
        })
    }
}

impl Smtp {
    /// Reads the settings and the files they name.
    pub(super) fn new(settings: &SmtpSettings) -> Result<Self, PostmanError> {
        let credentials = match (&settings.username, &settings.password_file) {
            (None, None) => None,
            (Some(_), _) if settings.encryption == Encryption::None => {
                return Err(PostmanError::Settings(
                    "mail.smtp.encryption is \"none\": a password would travel in the open",
                ));
            }
            (Some(username), Some(file)) => {
                let password = Passphrase::from_file(file)?.into_text();
                Some(Credentials::new(
                    username.clone(),
                    password.as_str().to_owned(),
                ))
            }
            (Some(_), None) | (None, Some(_)) => {
                return Err(PostmanError::Settings(
                    "mail.smtp.username and mail.smtp.password_file come together or not at all",
                ));
            }
        };
        let security = match settings.encryption {
            Encryption::Starttls => Security::Starttls(tls(settings)?),
            Encryption::Implicit => Security::Implicit(tls(settings)?),
            Encryption::None => Security::None,
        };
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            security,
            credentials,
            hello: hello(settings),
            stage_limit: Duration::from_secs(settings.timeout_seconds.into()),
        })
    }

    /// Delivers one mail. An error after the server took it may lead to a second delivery, which
    /// carries the same Message-ID.
    pub(super) async fn deliver(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let address = |text: &str| {
            text.parse::<Address>()
                .map_err(|_not_one| DeliveryError::permanent("the address is not one for mail"))
        };
        let envelope = Envelope::new(
            Some(address(mail.from.as_str())?),
            vec![address(mail.to.as_str())?],
        )
        .map_err(|error| DeliveryError::permanent(error.to_string()))?;
        let mut connection = self.connect().await?;
        let sent = self
            .within("the mail", connection.send(&envelope, &mail.message))
            .await?;
        let outcome = match sent {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => {
                Err(DeliveryError::permanent(format!("mail server: {error}")))
            }
            Err(error) => Err(DeliveryError::temporary(format!("mail server: {error}"))),
        };
        // The mail is settled by now; an unfriendly goodbye changes nothing.
        drop(timeout(self.stage_limit, connection.abort()).await);
        outcome
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, DeliveryError> {
        let implicit = match &self.security {
            Security::Implicit(tls) => Some(tls.clone()),
            Security::Starttls(_) | Security::None => None,
        };
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            Some(self.stage_limit),
            &self.hello,
            implicit,
            None,
        );
        let mut connection = self.stage("connecting", connecting).await?;
        if let Security::Starttls(tls) = &self.security {
            let upgrading = connection.starttls(tls.clone(), &self.hello);
            self.stage("STARTTLS", upgrading).await?;
        }
        if let Some(credentials) = &self.credentials {
            let signing_in = connection.auth(DEFAULT_MECHANISMS, credentials);
            self.stage("signing in", signing_in).await?;
        }
        Ok(connection)
    }

    /// A stage before the mail itself: whatever fails here says nothing about the mail.
    async fn stage<T>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, DeliveryError> {
        let failed = |error| {
            let Self { host, port, .. } = self;
            DeliveryError::temporary(format!("mail server {host}:{port}, {name}: {error}"))
        };
        self.within(name, work).await?.map_err(failed)
    }

    async fn within<T>(
        &self,
        name: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, DeliveryError> {
        timeout(self.stage_limit, work).await.map_err(|_elapsed| {
            let Self { host, port, .. } = self;
            let seconds = self.stage_limit.as_secs();
            DeliveryError::temporary(format!(
                "mail server {host}:{port}, {name}: no answer within {seconds} s"
            ))
        })
    }
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, PostmanError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let pem = read_bounded(path, CA_FILE_MAX_BYTES).map_err(|source| PostmanError::Read {
            path: path.clone(),
            source,
        })?;
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(&pem)?);
    }
    Ok(builder.build_rustls()?)
}

fn hello(settings: &SmtpSettings) -> ClientId {
    match &settings.hello_name {
        None => ClientId::default(),
        Some(name) => match name.parse() {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_not_an_address) => ClientId::Domain(name.clone()),
        },
    }
}
