use crate::testing::*;
use crate::*;

const ORDER: &[u8] = b"{\"document\":\"countersign/order/1\"}\n";

#[test]
fn what_was_sealed_is_opened_by_its_recipient() {
    let signed = RSA.signer().sign(ORDER, time()).unwrap();
    let opened = open(sealed(&signed)).unwrap();
    let verified = opened.verify(&[RSA.certificate.clone()]).unwrap();
    assert_eq!(verified.content(), ORDER);
}
