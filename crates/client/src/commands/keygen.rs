//! `po keygen`: makes a key.

use serde_json::json;

use crate::cli::Keygen;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::key_file::{certificate_path, make};
use crate::seller::digest;

pub(crate) fn run(context: &Context, keygen: &Keygen) -> Result<Exit, Failure> {
    let path = &keygen.out;
    let name = match (
        &keygen.name,
        path.file_stem().and_then(|stem| stem.to_str()),
    ) {
        (Some(name), _) => name.clone(),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => {
            let message = format!("{} has no name for the certificate", path.display());
            return Err(Failure::new(Exit::Failure, message).advise("give one with --name"));
        }
    };
    let signer = make(context, &keygen.kind, keygen.fresh_parameters, &name, path)?;
    let certificate = signer.certificate();
    let beside = certificate_path(path);
    let key = digest(certificate.public_key().fingerprint());
    let fingerprint = digest(certificate.fingerprint());
    context.output.data(
        &json!({
            "key": path,
            "certificate": beside,
            "algorithm": certificate.public_key().algorithm().to_string(),
            "key_fingerprint": key,
            "certificate_fingerprint": fingerprint,
        }),
        || {
            format!(
                "key          {}\ncertificate  {}\nalgorithm    {}\nfingerprint  {key}",
                path.display(),
                beside.display(),
                certificate.public_key().algorithm(),
            )
        },
    )?;
    context
        .output
        .message("keep the key to yourself; the certificate is what the seller enrols");
    Ok(Exit::Ok)
}
