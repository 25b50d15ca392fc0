//! The witnesses that the settings name.

use countersign_transparency::WitnessKey;
use ureq::http::Uri;

use crate::config::LogSettings;

/// The most witnesses that are asked: as many cosignatures fit under a checkpoint.
const WITNESSES_MAX: usize = 16;

/// A witness that is asked for cosignatures.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    key: WitnessKey,
    /// Where it takes checkpoints.
    add_checkpoint: String,
}

/// What is wrong with `log.witnesses`.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// A key cannot be read.
    #[error("log.witnesses: {0:?} is not a witness's key, such as opd witness init prints")]
    Key(String),
    /// An address cannot be used.
    #[error("log.witnesses: {0:?} is not an address that begins with https:// or http://")]
    Url(String),
    /// Two witnesses have one key.
    #[error("log.witnesses: the key of {0} is there twice")]
    Twice(String),
    /// There are too many of them.
    #[error("log.witnesses: at most {WITNESSES_MAX} are asked, and there are {0}")]
    TooMany(usize),
}

impl Witness {
    /// All that the settings name.
    pub(crate) fn all(settings: &LogSettings) -> Result<Vec<Self>, WitnessError> {
        if settings.witnesses.len() > WITNESSES_MAX {
            return Err(WitnessError::TooMany(settings.witnesses.len()));
        }
        let mut all: Vec<Self> = Vec::with_capacity(settings.witnesses.len());
        for named in &settings.witnesses {
            let witness = Self::new(&named.key, &named.url)?;
            let key = witness.key.public_key();
            if all.iter().any(|other| other.key.public_key() == key) {
                return Err(WitnessError::Twice(witness.name().to_owned()));
            }
            all.push(witness);
        }
        Ok(all)
    }

    fn new(key: &str, url: &str) -> Result<Self, WitnessError> {
        let key: WitnessKey = key
            .trim()
            .parse()
            .map_err(|_unreadable| WitnessError::Key(key.to_owned()))?;
        let base = url.trim_end_matches('/');
        let is_usable = base.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("https" | "http"))
                && uri.host().is_some()
                && uri.query().is_none()
        });
        if !is_usable {
            return Err(WitnessError::Url(url.to_owned()));
        }
        Ok(Self {
            key,
            add_checkpoint: format!("{base}/add-checkpoint"),
        })
    }

    /// What it calls itself.
    pub(crate) fn name(&self) -> &str {
        self.key.name().as_str()
    }

    /// What it signs with.
    pub(crate) fn key(&self) -> &WitnessKey {
        &self.key
    }

    /// Where it takes checkpoints.
    pub(crate) fn add_checkpoint(&self) -> &str {
        &self.add_checkpoint
    }
}

#[cfg(test)]
mod tests {
    use countersign_transparency::SigningKey;

    use super::*;
    use crate::config::WitnessSettings;

    fn named(key: &str, url: &str) -> WitnessSettings {
        WitnessSettings {
            key: key.to_owned(),
            url: url.to_owned(),
        }
    }

    fn key(name: &str, seed: u8) -> String {
        let key = SigningKey::from_seed(&[seed; 32]).unwrap().public_key();
        WitnessKey::new(name.parse().unwrap(), key).to_string()
    }

    fn all(witnesses: Vec<WitnessSettings>) -> Result<Vec<Witness>, WitnessError> {
        Witness::all(&LogSettings {
            witnesses,
            ..LogSettings::default()
        })
    }

    #[test]
    fn a_witness_is_asked_below_its_address() {
        let found = all(vec![
            named(&key("w.example", 1), "https://w.example/v/"),
            named(&key("v.example", 2), "http://127.0.0.1:8080"),
        ])
        .unwrap();
        assert_eq!(found[0].name(), "w.example");
        assert_eq!(
            found[0].add_checkpoint(),
            "https://w.example/v/add-checkpoint"
        );
        assert_eq!(
            found[1].add_checkpoint(),
            "http://127.0.0.1:8080/add-checkpoint"
        );
    }

    #[test]
    fn what_names_no_witness_is_refused() {
        let good = key("w.example", 1);
        for url in [
            "",
            "w.example",
            "ftp://w.example",
            "https://",
            "https://w.example/?a",
        ] {
            let error = all(vec![named(&good, url)]).unwrap_err();
            assert!(matches!(error, WitnessError::Url(_)), "{url:?}: {error}");
        }
        let error = all(vec![named("w.example", "https://w.example")]).unwrap_err();
        assert!(matches!(error, WitnessError::Key(_)), "{error}");
        let twice = vec![
            named(&good, "https://w.example"),
            named(&key("v.example", 1), "https://v.example"),
        ];
        assert!(matches!(all(twice), Err(WitnessError::Twice(_))));
        let many = (0..17).map(|seed| named(&key("w.example", seed), "https://w.example"));
        assert!(matches!(
            all(many.collect()),
            Err(WitnessError::TooMany(17))
        ));
    }
}
