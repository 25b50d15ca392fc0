//! Carries one message to one address, and tells what came of it.

use std::io::Read as _;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use http::Uri;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use rustls::crypto::aws_lc_rs;
use tokio::sync::oneshot;
use ureq::config::Config;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use super::address::{Allowed, may_ask};
use crate::config::WebhookSettings;

/// The longest address of a webhook, in bytes.
const URL_MAX_BYTES: usize = 2048;
/// How much is read of what a receiver says about a failure, in bytes.
const BODY_MAX_BYTES: u64 = 1024;
/// How much of it is shown, in characters.
const BODY_SHOWN_CHARACTERS: usize = 200;
/// How long is waited for that, in seconds: the status has been heard by then.
const BODY_PATIENCE_SECONDS: u64 = 2;

/// Carries messages to webhooks.
#[derive(Clone, Debug)]
pub struct Courier {
    agent: Agent,
    allowed: Arc<[Allowed]>,
}

/// A signed message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where it goes.
    pub url: String,
    /// The event's, the same on every attempt.
    pub id: String,
    /// When this attempt is made, in seconds since 1970.
    pub timestamp: i64,
    /// The signatures.
    pub signatures: String,
    /// The payload.
    pub body: String,
}

/// What came of an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// How long the receiver asks to be left alone.
    pub retry_after: Option<SignedDuration>,
    /// What went wrong, unless the message was taken.
    pub error: Option<String>,
}

/// An address that no webhook may have.
#[derive(Debug, thiserror::Error)]
pub enum UnfitUrl {
    /// It is not an address of the web at all.
    #[error("a webhook's address is https://HOST[:PORT]/PATH, at most {URL_MAX_BYTES} bytes long")]
    Form,
    /// It would be asked without TLS.
    #[error(
        "a webhook's address begins with https://; http:// is for hosts that webhooks.allow names"
    )]
    Plain,
}

impl Courier {
    /// A courier by the operator's settings, who believes the addresses that the system's authorities
    /// vouch for. No proxy is asked, since it would choose the address in our stead.
    pub fn new(settings: &WebhookSettings) -> Self {
        let authorities = rustls_native_certs::load_native_certs().certs;
        let authorities: Vec<Certificate<'static>> = authorities
            .iter()
            .map(|authority| Certificate::from_der(authority).to_owned())
            .collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&authorities))
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .build();
        let patience = Duration::from_secs(settings.timeout_seconds.max(1).into());
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .max_idle_connections(0)
            .timeout_global(Some(patience))
            .timeout_recv_body(Some(Duration::from_secs(BODY_PATIENCE_SECONDS)))
            .tls_config(tls)
            .user_agent(concat!("opd/", env!("CARGO_PKG_VERSION")))
            .build();
        let allowed: Arc<[Allowed]> = settings.allow.clone().into();
        let guard = Guard {
            resolver: DefaultResolver::default(),
            allowed: Arc::clone(&allowed),
        };
        Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), guard),
            allowed,
        }
    }

    /// Carries a message. It takes no longer than the settings say, and nothing waits for the thread
    /// when the program ends.
    pub async fn carry(&self, message: Message, now: Timestamp) -> Answer {
        if let Err(unfit) = check_url(&self.allowed, &message.url) {
            return failed(unfit.to_string());
        }
        let agent = self.agent.clone();
        let (tell, told) = oneshot::channel();
        let carrying = thread::Builder::new()
            .name("webhook".to_owned())
            .spawn(move || drop(tell.send(post(&agent, &message, now))));
        match carrying {
            Ok(_thread) => told
                .await
                .unwrap_or_else(|_panic| failed("the attempt was cut off".to_owned())),
            Err(error) => failed(format!("no thread could be started: {error}")),
        }
    }
}

/// Whether an address could be a webhook's. What its host's address is shows when it is asked.
pub fn check_url(allowed: &[Allowed], url: &str) -> Result<(), UnfitUrl> {
    let uri: Uri = url.parse().map_err(|_not_one| UnfitUrl::Form)?;
    let host = uri.host().ok_or(UnfitUrl::Form)?;
    let has_user = uri
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'));
    if url.len() > URL_MAX_BYTES || host.is_empty() || has_user || url.contains('#') {
        return Err(UnfitUrl::Form);
    }
    let host = without_brackets(host);
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if allowed.iter().any(|allowed| allowed.names(host)) => Ok(()),
        Some("http") => Err(UnfitUrl::Plain),
        Some(_) | None => Err(UnfitUrl::Form),
    }
}

/// Lets only addresses through that may be asked. The connection goes to what it lets through, so no
/// second look at the name can bring another address in.
#[derive(Debug)]
struct Guard {
    resolver: DefaultResolver,
    allowed: Arc<[Allowed]>,
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        let host = without_brackets(uri.host().unwrap_or_default());
        let mut kept = self.empty();
        for address in &found {
            if may_ask(&self.allowed, host, address.ip()) {
                kept.push(*address);
            }
        }
        if kept.is_empty() {
            return Err(Error::Other(Box::new(NotPublic)));
        }
        Ok(kept)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the host has no public address, and webhooks.allow does not name it")]
struct NotPublic;

fn post(agent: &Agent, message: &Message, now: Timestamp) -> Answer {
    let answered = agent
        .post(&message.url)
        .header("content-type", "application/json")
        .header("webhook-id", &message.id)
        .header("webhook-timestamp", message.timestamp.to_string())
        .header("webhook-signature", &message.signatures)
        .send(message.body.as_str());
    let mut response = match answered {
        Ok(response) => response,
        Err(Error::Other(cause)) => return failed(cause.to_string()),
        Err(error) => return failed(error.to_string()),
    };
    let status = response.status();
    // What a receiver says when it takes a message is not waited for.
    if status.is_success() {
        return Answer {
            status: Some(status.as_u16()),
            ..Answer::default()
        };
    }
    let asked = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok());
    let retry_after = asked.and_then(|text| retry_after(text, now));
    let mut said = Vec::new();
    // An answer that breaks off or does not end has said enough.
    let body = response.body_mut().as_reader();
    drop(body.take(BODY_MAX_BYTES).read_to_end(&mut said));
    Answer {
        status: Some(status.as_u16()),
        retry_after,
        error: Some(complaint(status.as_u16(), &said)),
    }
}

fn failed(error: String) -> Answer {
    Answer {
        error: Some(error),
        ..Answer::default()
    }
}

fn complaint(status: u16, said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let shown: String = said
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(BODY_SHOWN_CHARACTERS)
        .collect();
    let what = match status {
        300..=399 => format!("it answered {status}; redirects are not followed"),
        _ => format!("it answered {status}"),
    };
    if shown.is_empty() {
        what
    } else {
        format!("{what}: {shown}")
    }
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
fn retry_after(text: &str, now: Timestamp) -> Option<SignedDuration> {
    if let Ok(seconds) = text.trim().parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let date = rfc2822::parse(text.trim()).ok()?;
    Some(date.timestamp().duration_since(now))
}

fn without_brackets(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn courier(allow: &[&str]) -> Courier {
        let allow = allow.iter().map(|text| text.parse().unwrap()).collect();
        Courier::new(&WebhookSettings {
            allow,
            timeout_seconds: 2,
            ..WebhookSettings::default()
        })
    }

    #[test]
    fn addresses_are_of_the_web_and_plain_http_is_for_named_hosts() {
        let allowed = ["erp.internal", "10.0.0.0/8", "::1"].map(|text| text.parse().unwrap());
        let check = |url: &str| check_url(&allowed, url);
        for fit in [
            "https://receiver.example/hook?shop=1",
            "https://receiver.example:8443/",
            "http://erp.internal:8080/hook",
            "http://10.1.2.3/hook",
            "http://[::1]:80/",
        ] {
            assert!(check(fit).is_ok(), "{fit}");
        }
        let long = format!("https://receiver.example/{}", "x".repeat(URL_MAX_BYTES));
        for unfit in [
            "",
            "receiver.example",
            "/hook",
            "ftp://receiver.example/",
            "https://user:password@receiver.example/",
            "https://receiver.example/#part",
            &long,
        ] {
            assert!(matches!(check(unfit), Err(UnfitUrl::Form)), "{unfit}");
        }
        for plain in ["http://receiver.example/", "http://127.0.0.1/"] {
            assert!(matches!(check(plain), Err(UnfitUrl::Plain)), "{plain}");
        }
    }

    #[tokio::test]
    async fn a_host_without_a_public_address_is_never_connected_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1"] {
            let message = Message {
                url: format!("https://{host}:{port}/"),
                id: "msg_1".to_owned(),
                timestamp: 1,
                signatures: "v1,".to_owned(),
                body: "{}".to_owned(),
            };
            let answer = courier(&[]).carry(message, Timestamp::UNIX_EPOCH).await;
            assert_eq!(answer, failed(NotPublic.to_string()), "{host}");
            assert!(listener.accept().is_err(), "{host} was connected to");
        }
    }

    #[test]
    fn the_time_a_receiver_asks_for_is_read_in_both_forms() {
        let now: Timestamp = "2015-10-21T07:27:30Z".parse().unwrap();
        let read = |text| retry_after(text, now).map(|asked| asked.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT"), Some(30));
        assert_eq!((read("soon"), read("-5"), read("")), (None, None, None));
    }

    #[test]
    fn a_complaint_is_one_short_line() {
        let said = format!("no\r\n{}", "x".repeat(1000));
        let complaint = complaint(500, said.as_bytes());
        assert!(
            complaint.starts_with("it answered 500: no  xxx"),
            "{complaint}"
        );
        assert!(complaint.chars().count() < 230);
        assert!(!complaint.contains(char::is_control));
    }
}
