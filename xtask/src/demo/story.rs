//! The story the demonstration tells, from an empty folder to a verified receipt.

use std::fs;

use anyhow::{Result, ensure};

use super::scene::Scene;

/// Tells it.
pub(super) fn tell(scene: &mut Scene) -> Result<()> {
    open_the_shop(scene)?;
    join_as_a_buyer(scene)?;
    order_with_rsa_and_dsa(scene)?;
    order_too_much(scene)?;
    tamper(scene)?;
    repeat(scene)?;
    ship(scene)?;
    prove(scene)?;
    verify_without_us(scene)
}

fn open_the_shop(scene: &mut Scene) -> Result<()> {
    scene.tell(
        "A shop",
        "The seller makes keys and certificates, fills the shelves and opens. A witness, run by \
         somebody else, will say how far it saw the shop's log grow.",
    );
    scene.write("root-passphrase", "a passphrase for the root key\n")?;
    let items = "sku,name,unit,unit_price,currency,quantity\n\
                 WATER,\"Water, 1 l\",EA,15.00,USD,100\n\
                 BREAD,\"Rye bread, 750 g\",EA,4.20,USD,20\n";
    scene.write("items.csv", items)?;
    scene
        .run("opd init --origin shop.example --host 127.0.0.1 --passphrase-file root-passphrase")?;
    scene.run("cat items.csv && opd item import items.csv --set-stock")?;
    scene.run("opd witness init --name witness.example | tee witness.key")?;
    scene.run("opd witness add-log \"$(opd seller show | grep -o 'shop.example+.*')\"")?;
    scene.serve("opd witness serve 127.0.0.1 $WITNESS_PORT")?;
    scene.run(
        "cat >> shop/opd.toml <<END\n\
         [log]\n\
         witnesses = [{ key = \"$(cat witness.key)\", url = \"http://127.0.0.1:$WITNESS_PORT\" }]\n\
         END",
    )?;
    scene.serve("opd serve 127.0.0.1 $PORT")
}

fn join_as_a_buyer(scene: &Scene) -> Result<()> {
    scene.tell(
        "A buyer",
        "An invite pins the seller's root certificate and admits the buyer's first key. The \
         buyer adds a second key, of the other kind, with the first one's signature.",
    );
    scene.write("password", "a password only acme knows\n")?;
    scene.write("passphrase", "a passphrase for acme's keys\n")?;
    scene
        .run("opd buyer invite acme --name 'Acme Ltd' --email orders@acme.example | tee invite")?;
    scene.run("po keygen --algorithm rsa --out rsa.pem")?;
    scene.run("po join \"$(grep -o 'countersign://[^ ]*' invite)\" --key rsa.pem")?;
    scene.run("po keygen --algorithm dsa --out dsa.pem")?;
    scene.run("po key add dsa.pem --by rsa.pem")?;
    scene.run("po key list")?;
    Ok(())
}

fn order_with_rsa_and_dsa(scene: &Scene) -> Result<()> {
    scene.tell(
        "Two orders",
        "One signed with RSA, one with DSA, both sealed to the seller. Each answer is a receipt \
         the seller signed; po has verified it before it prints a word.",
    );
    scene.run("po order WATER=3 --number PO-RSA --key rsa.pem --yes")?;
    scene.run("po order WATER=2 BREAD=6 --number PO-DSA --key dsa.pem --yes")
}

fn order_too_much(scene: &Scene) -> Result<()> {
    scene.tell(
        "Out of stock",
        "Too much is declined whole. That, too, is a signed answer.",
    );
    scene.run_expecting("po order BREAD=500 --number PO-MUCH --key rsa.pem --yes", 6)?;
    Ok(())
}

/// Alters an order after it was signed, with nothing but OpenSSL, sed and curl.
fn tamper(scene: &Scene) -> Result<()> {
    scene.tell(
        "Tampered",
        "An order is signed with OpenSSL, then 3 becomes 9, then it is sealed and sent. The \
         altered order is refused; the one that was signed is accepted.",
    );
    scene.run(SIGN_WITH_OPENSSL)?;
    scene.run("sed 's/\"quantity\":3/\"quantity\":9/' order.signed > altered.signed")?;
    scene.write("seal-and-send", SEAL_AND_SEND)?;
    scene.run("cat seal-and-send")?;
    scene.run_expecting("sh seal-and-send altered.signed", 22)?;
    let problem = fs::read_to_string(scene.file("answer.json"))?;
    ensure!(
        problem.contains("\"signature-not-accepted\""),
        "refused otherwise: {problem}"
    );
    scene.run("sh seal-and-send order.signed")?;
    scene.run("cp answer.json first.json")
}

const SIGN_WITH_OPENSSL: &str = r#"ROOT=$(openssl x509 -in shop/keys/root.cert.pem -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)
cat > order.json <<END
{"document":"countersign/order/1","seller":"shop.example","seller_root":"sha256:$ROOT",
 "buyer":"acme","purchase_order_number":"PO-OPENSSL","issued_at":"$(date -u +%Y-%m-%dT%H:%M:%SZ)",
 "currency":"USD","total":"45.00","lines":[{"line":1,"sku":"WATER",
 "description":"Water, 1 l","quantity":3,"unit":"EA","unit_price":"15.00"}]}
END
openssl cms -sign -binary -nodetach -md sha256 -signer rsa.cert.pem -inkey rsa.pem \
    -passin file:passphrase -in order.json -outform DER -out order.signed"#;

const SEAL_AND_SEND: &str = r#"openssl cms -encrypt -binary -aes-256-gcm -recip shop/keys/recipient.cert.pem \
    -keyopt ecdh_kdf_md:sha256 -in "$1" -outform DER -out order.p7m
TOKEN=$(printf '{"id":"acme","password":"%s"}' "$(cat password)" |
    curl --silent --cacert shop/keys/root.cert.pem "https://127.0.0.1:$PORT/v1/sessions" \
        --header 'content-type: application/json' --data @- | sed 's/.*"token":"\([^"]*\)".*/\1/')
curl --silent --fail-with-body --cacert shop/keys/root.cert.pem "https://127.0.0.1:$PORT/v1/orders" \
    --header "authorization: Bearer $TOKEN" --header 'content-type: application/pkcs7-mime' \
    --data-binary @order.p7m --output answer.json --write-out 'status %{http_code}\n'
CODE=$?
grep -oE '"(code|decision)":"[^"]*"' answer.json
exit $CODE
"#;

fn repeat(scene: &Scene) -> Result<()> {
    scene.tell(
        "Repeated",
        "The same signed order once more, as a thief or a client that lost its answer would send \
         it: status 200 instead of 201, the same receipt, and nothing moves.",
    );
    scene.run("sh seal-and-send order.signed")?;
    scene.run(
        "receipt() { grep -o '\"receipt\":\"[^\"]*\"' $1; }\n\
         cmp <(receipt first.json) <(receipt answer.json) && echo 'the same receipt'",
    )?;
    scene.run("opd order list")
}

fn ship(scene: &Scene) -> Result<()> {
    scene.tell(
        "Shipped",
        "The desk prepares and ships by itself, and mails the buyer.",
    );
    scene.wait_for("po status PO-RSA | grep -q shipped")?;
    scene.wait_for("grep -l PO-RSA shop/mail/*.eml | xargs grep -q shipment.p7m")?;
    scene.run("po status PO-RSA")?;
    scene.run(
        "LETTER=$(grep -l shipment.p7m $(grep -l PO-RSA shop/mail/*.eml))\n\
         grep -E '^(From|To|Subject):' \"$LETTER\"\n\
         openssl cms -verify -in \"$LETTER\" -CAfile shop/keys/root.cert.pem -out letter\n\
         sed '1,/^\\s*$/d; /^\\s*--/,/^\\s*$/d; /^The attached/,$d' letter",
    )
}

fn prove(scene: &Scene) -> Result<()> {
    scene.tell(
        "Proved",
        "One file holds the signed order, every statement about it, and their places in the \
         seller's log. Whoever knows the seller's root can judge it, without a network and years \
         later, and whoever trusts the witness knows that nobody made it up afterwards. One letter \
         of it changed, and it proves nothing.",
    );
    scene.wait_for("opd log witnesses --json | grep -q '\"behind\": 0$'")?;
    scene.run("po evidence PO-DSA -o deal.json")?;
    scene.run("po verify deal.json --root shop/keys/root.cert.pem --witness witness.key")?;
    scene.run(r#"sed 's/\("signed_data": *"[^V]*\)V/\1W/' deal.json > altered.json"#)?;
    scene.run_expecting("po verify altered.json --root shop/keys/root.cert.pem", 3)
}

fn verify_without_us(scene: &Scene) -> Result<()> {
    scene.tell(
        "Verified",
        "By po, which compares the receipt with the order it kept; then by OpenSSL alone, with \
         the buyer's certificate for the order and the seller's root for the receipt.",
    );
    scene.run("po receipt PO-DSA | tee kept")?;
    scene.run(
        "KEPT=$(sed -n 's/^kept in *//p' kept)\n\
         openssl cms -verify -binary -cades -purpose any -inform DER -in \"$KEPT/order.p7s\" \\\n    \
         -CAfile \"$KEPT/certificate.pem\" -out ordered.json\n\
         openssl cms -verify -binary -cades -purpose any -inform DER -in \"$KEPT/receipt.p7s\" \\\n    \
         -CAfile shop/keys/root.cert.pem -out receipt.json",
    )?;
    scene.run("cat ordered.json; echo; openssl dgst -sha256 ordered.json")?;
    scene.run("grep -oE '\"(decision|received_at|content_sha256)\":\"[^\"]*\"' receipt.json")
}
