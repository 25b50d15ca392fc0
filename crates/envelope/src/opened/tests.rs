use crate::testing::*;
use crate::*;

const ORDER: &[u8] = b"{\"document\":\"countersign/order/1\"}\n";

fn verify(message: Vec<u8>, party: &Party) -> Result<Verified<Vec<u8>>, VerifyError> {
    Opened::from_signed_data(message)
        .unwrap()
        .verify(&[party.certificate.clone()])
}

#[test]
fn what_every_kind_of_key_signs_is_verified() {
    for party in [&*RSA, &*DSA, &*RECEIPT] {
        let message = party.signer().sign(ORDER, time()).unwrap();
        let verified = verify(message.clone(), party).unwrap();
        assert_eq!(verified.content(), ORDER);
        let facts = verified.signature();
        assert_eq!(facts.signed_data(), message);
        assert_eq!(facts.signed_data_sha256(), Digest::of(&message));
        assert_eq!(facts.content_sha256(), Digest::of(ORDER));
        assert_eq!(facts.certificate_sha256(), party.certificate.fingerprint());
        assert_eq!(facts.signing_time(), time());
    }
}
