//! Keys in files: encrypted PKCS #8 in `KEY.pem`, the certificate in `KEY.cert.pem`.

use std::path::{Path, PathBuf};

use countersign_envelope::{
    Certificate, CertificateUse, DsaParameters, DsaSize, KeyError, RsaBits, Signer, SigningKey,
    self_signed,
};
use countersign_order::AccountId;
use jiff::{SignedDuration, Timestamp};

use crate::cli::{Algorithm, KeyKind};
use crate::clock;
use crate::context::{Context, PASSPHRASE_FILE};
use crate::failure::{Exit, Failure};
use crate::files;
use crate::home::Pinned;
use crate::random;
use crate::seller::digest;

/// What a key's certificate is called, beside the key.
const CERTIFICATE_EXTENSION: &str = "cert.pem";

/// How long a certificate says it is good; enrolment and revocation are what counts.
const VALIDITY: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

/// How often a passphrase may be mistyped.
const PASSPHRASES_MAX: u32 = 3;

/// Makes a key and its certificate, writes both, and gives them to sign with.
pub(crate) fn make(
    context: &Context,
    kind: &KeyKind,
    fresh_parameters: bool,
    name: &str,
    path: &Path,
) -> Result<Signer, Failure> {
    let beside = certificate_path(path);
    files::must_be_new(path)?;
    files::must_be_new(&beside)?;
    let key = generate(context, kind, fresh_parameters)?;
    let passphrase = context.new_passphrase()?;
    let certificate = certify(&key, name, clock::now())?;
    let pem = key
        .to_encrypted_pem(&passphrase, &mut random::rng())
        .map_err(Failure::because)?;
    files::write_private(path, pem.as_bytes())?;
    files::write_public(&beside, certificate.to_pem().as_bytes())?;
    Signer::new(key, certificate).map_err(Failure::because)
}

/// Opens a key of the account, which is made if it is not there. One that an interrupted command
/// has made is used, not made again.
pub(crate) fn open_or_make(
    context: &Context,
    kind: &KeyKind,
    account: &AccountId,
    path: &Path,
) -> Result<Signer, Failure> {
    if path.exists() {
        return open(context, path);
    }
    context.output.message("making a key …");
    make(context, kind, false, account.as_str(), path)
}

fn generate(
    context: &Context,
    kind: &KeyKind,
    fresh_parameters: bool,
) -> Result<SigningKey, Failure> {
    let refused = |sizes: &str| {
        let message = format!("--bits {} is not possible: {sizes}", kind.bits);
        Failure::new(Exit::Usage, message)
    };
    let made = match kind.algorithm {
        Algorithm::Rsa => {
            if fresh_parameters {
                let message = "--fresh-parameters is about DSA: RSA keys have no parameters";
                return Err(Failure::new(Exit::Usage, message));
            }
            let bits = RsaBits::from_bits(kind.bits)
                .ok_or_else(|| refused("RSA keys have 2048, 3072 or 4096"))?;
            SigningKey::generate_rsa(bits)
        }
        Algorithm::Dsa => {
            let size = DsaSize::from_bits(kind.bits)
                .ok_or_else(|| refused("DSA keys have 2048 or 3072"))?;
            let mut rng = random::rng();
            let parameters = if fresh_parameters {
                context
                    .output
                    .message("Searching new domain parameters; this takes minutes …");
                DsaParameters::fresh(size, &mut rng, &mut |tried| {
                    if tried % 100 == 0 {
                        context.output.message(&format!("  {tried} candidates"));
                    }
                })
            } else {
                DsaParameters::built_in(size)
            };
            parameters.and_then(|parameters| SigningKey::generate_dsa(&parameters, &mut rng))
        }
    };
    made.map_err(Failure::because)
}

fn certify(key: &SigningKey, name: &str, now: Timestamp) -> Result<Certificate, Failure> {
    let end = now.checked_add(VALIDITY).map_err(Failure::because)?;
    self_signed(
        key,
        name,
        &CertificateUse::Buyer,
        now,
        end,
        &mut random::rng(),
    )
    .map_err(Failure::because)
}

/// Opens a key file for signing; its passphrase is asked for only if it has one.
pub(crate) fn open(context: &Context, path: &Path) -> Result<Signer, Failure> {
    let certificate = certificate(path)?;
    let bytes = zeroize::Zeroizing::new(files::read_private(path)?);
    let pem = std::str::from_utf8(&bytes).map_err(|_| unreadable(path, &KeyError::Unreadable))?;
    let key = match SigningKey::from_pem(pem, None) {
        Err(KeyError::PassphraseRequired) => decrypt(context, pem, path)?,
        other => other.map_err(|error| unreadable(path, &error))?,
    };
    Signer::new(key, certificate).map_err(|error| {
        let message = format!(
            "{} and {}: {error}",
            path.display(),
            certificate_path(path).display()
        );
        Failure::new(Exit::Failure, message)
    })
}

/// Opens an encrypted key; a person may mistype its passphrase, a file has one try.
fn decrypt(context: &Context, pem: &str, path: &Path) -> Result<SigningKey, Failure> {
    let prompt = format!("Passphrase of {}: ", path.display());
    let mut tries = 1;
    loop {
        let passphrase = context.passphrase(&prompt)?;
        match SigningKey::from_pem(pem, Some(&passphrase)) {
            Err(error @ KeyError::PassphraseWrong) if !context.asks_for_passphrases() => {
                return Err(unreadable(path, &error)
                    .advise(format!("it was read from what {PASSPHRASE_FILE} names")));
            }
            Err(error @ KeyError::PassphraseWrong) if tries < PASSPHRASES_MAX => {
                context.output.message(&error.to_string());
                tries += 1;
            }
            other => return other.map_err(|error| unreadable(path, &error)),
        }
    }
}

/// The certificate that belongs to a key file.
pub(crate) fn certificate(path: &Path) -> Result<Certificate, Failure> {
    let beside = certificate_path(path);
    must_be_there(path, "make one with: po keygen --out KEY.pem")?;
    if path
        .to_string_lossy()
        .ends_with(&format!(".{CERTIFICATE_EXTENSION}"))
    {
        let message = format!("{} is a certificate", path.display());
        return Err(Failure::new(Exit::Usage, message)
            .advise("name the key beside it; its certificate is found by its name"));
    }
    must_be_there(
        &beside,
        "the key's certificate belongs there, beside the key",
    )?;
    let pem = files::read(&beside)?;
    Certificate::from_pem(&String::from_utf8_lossy(&pem))
        .map_err(|error| Failure::new(Exit::Failure, format!("{}: {error}", beside.display())))
}

fn must_be_there(path: &Path, advice: &str) -> Result<(), Failure> {
    if path.exists() {
        return Ok(());
    }
    let message = format!("there is no file {}", path.display());
    Err(Failure::new(Exit::NotFound, message).advise(advice))
}

fn unreadable(path: &Path, error: &KeyError) -> Failure {
    Failure::new(Exit::Failure, format!("{}: {error}", path.display()))
}

/// Where the certificate of a key file stands: `KEY.cert.pem` for `KEY.pem`.
pub(crate) fn certificate_path(path: &Path) -> PathBuf {
    path.with_extension(CERTIFICATE_EXTENSION)
}

/// Where a key made for this account is kept.
pub(crate) fn own_path(
    context: &Context,
    pinned: &Pinned,
    account: &AccountId,
    algorithm: Algorithm,
) -> Result<PathBuf, Failure> {
    let algorithm = algorithm.name().to_lowercase();
    let account = account.as_str().replace('/', "_");
    let folder = context.home.keys(&pinned.origin)?;
    Ok(folder.join(format!("{account}-{algorithm}.pem")))
}

/// The key file to sign with: the one that the option names, or the first that the account signed
/// with here.
pub(crate) fn choose(
    pinned: &Pinned,
    account: &AccountId,
    named: Option<&Path>,
    option: &str,
) -> Result<PathBuf, Failure> {
    named
        .map(Path::to_path_buf)
        .or_else(|| pinned.keys_of(account).next().map(|key| key.file.clone()))
        .ok_or_else(|| {
            let message = format!("no key of {account} is known here");
            Failure::new(Exit::NotFound, message).advise(format!(
                "name the file of one that is enrolled with {option} KEY.pem; see: po key list"
            ))
        })
}

/// What a person calls a key: its kind and the start of its fingerprint.
pub(crate) fn label(certificate: &Certificate) -> String {
    let fingerprint = digest(certificate.public_key().fingerprint()).to_string();
    format!(
        "{} {}",
        certificate.public_key().algorithm(),
        shortened(&fingerprint)
    )
}

/// The start of a fingerprint, for people.
pub(crate) fn shortened(fingerprint: &str) -> String {
    fingerprint.chars().take(23).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_stands_beside_its_key() {
        assert_eq!(
            certificate_path(Path::new("a/jo.pem")),
            Path::new("a/jo.cert.pem")
        );
    }
}
