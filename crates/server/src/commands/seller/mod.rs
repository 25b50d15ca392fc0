//! `opd seller`: who sells here, and with which keys.

mod offline;
mod rotate;
mod show;

use std::path::Path;

use countersign_envelope::{Certificate, Signer};
use countersign_order::{CertificateUse, Origin};
use countersign_store::ServingLock;

use crate::cli::Seller;
use crate::context::{Context, Shop};
use crate::failure::{Exit, Failure};
use crate::seller::{SellerError, file_of, root_signer};

pub(super) use offline::sign;

pub(super) async fn run(context: &Context, seller: &Seller) -> Result<(), Failure> {
    match seller {
        Seller::Show => show::run(context),
        Seller::Rotate(rotate) => rotate::run(context, rotate).await,
        Seller::Sign(asked) => sign(context, asked),
        Seller::Import(asked) => offline::import(context, asked).await,
    }
}

/// The word for a use, as it is typed.
fn word(purpose: CertificateUse) -> &'static str {
    file_of(purpose).name()
}

/// The key of this root, from the folder it is kept in.
fn root_key(
    context: &Context,
    (origin, root): (&Origin, &Certificate),
    folder: &Path,
    passphrase_file: Option<&Path>,
) -> Result<Signer, Failure> {
    let prompt = "Passphrase of the root's key: ";
    let passphrase = context.input.secret(passphrase_file, prompt)?;
    root_signer(root, folder, &passphrase).map_err(|error| {
        let SellerError::Pair { path, .. } = &error else {
            return Failure::caused_by(&error).advise(
                "--root DIR names the folder of the root's key, --passphrase-file FILE opens it; \
                 nothing was changed",
            );
        };
        let message = format!("{} is not the root's key of {origin}", path.display());
        Failure::new(Exit::Failure, message).advise(format!(
            "it must be that of the root certificate {}; nothing was changed",
            root.fingerprint()
        ))
    })
}

/// Keeps servers closed where one that runs would go on with what counts no more: it signs statements,
/// or uses what is revoked. Several servers on PostgreSQL nobody but the operator can stop.
fn closed(
    shop: &Shop,
    purpose: CertificateUse,
    revokes: bool,
) -> Result<Option<ServingLock>, Failure> {
    if revokes || purpose == CertificateUse::Receipt {
        shop.database.lock_for_serving()
    } else {
        Ok(None)
    }
}
