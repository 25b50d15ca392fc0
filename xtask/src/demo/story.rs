//! The story the demonstration tells, from an empty folder to a verified receipt.

use std::fs;

use anyhow::{Context as _, Result, ensure};

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
    verify_without_us(scene)
}

fn open_the_shop(scene: &mut Scene) -> Result<()> {
    scene.tell(
        "A shop",
        "The seller makes keys and certificates, fills the shelves and opens.",
    );
    scene.write("root-passphrase", "a passphrase for the root key\n")?;
    let items = "sku,name,unit,unit_price,currency,quantity\n\
                 WATER,\"Water, 1 l\",EA,15.00,USD,100\n\
                 BREAD,\"Rye bread, 750 g\",EA,4.20,USD,20\n";
    scene.write("items.csv", items)?;
    scene
        .run("opd init --origin shop.example --host 127.0.0.1 --passphrase-file root-passphrase")?;
    scene.run("cat items.csv && opd item import items.csv --set-stock")?;
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
    scene.run("po join \"$(grep -o 'countersign://[^ ]*' invite)\" --algorithm rsa --no-input")?;
    scene.run("po keygen --algorithm dsa --out dsa.pem --no-input")?;
    scene.run("po key add dsa.pem --no-input")?;
    scene.run("po key list")?;
    Ok(())
}

fn order_with_rsa_and_dsa(scene: &Scene) -> Result<()> {
    scene.tell(
        "Two orders",
        "One signed with RSA, one with DSA, both sealed to the seller. Each answer is a receipt \
         the seller signed; po has verified it before it prints a word.",
    );
    scene.run("po order WATER=3 --number PO-RSA --yes --no-input")?;
    scene.run("po order WATER=2 BREAD=6 --number PO-DSA --key dsa.pem --yes --no-input")?;
    Ok(())
}

fn order_too_much(scene: &Scene) -> Result<()> {
    scene.tell(
        "Out of stock",
        "Too much is declined whole. That, too, is a signed answer.",
    );
    scene.run_expecting("po order BREAD=500 --number PO-MUCH --yes --no-input", 6)?;
    Ok(())
}

/// Alters an order after it was signed, with nothing but OpenSSL, sed and curl.
fn tamper(scene: &Scene) -> Result<()> {
    scene.tell(
        "Tampered",
        "An order is signed with OpenSSL, then 3 becomes 9, then it is sealed and sent. Signed \
         is signed: the altered order is refused, the original one is accepted.",
    );
    scene.run(SIGN_WITH_OPENSSL)?;
    scene.run("sed 's/\"quantity\":3/\"quantity\":9/' order.signed > altered.signed")?;
    seal_and_post(scene, "altered", 22)?;
    let problem = fs::read_to_string(scene.file("altered-answer.json"))?;
    ensure!(
        problem.contains("\"signature-not-accepted\""),
        "refused otherwise: {problem}"
    );
    seal_and_post(scene, "order", 0)
}

/// The certificate that `po join` had enrolled is kept beside its key.
const SIGN_WITH_OPENSSL: &str = r#"KEY=$(find acme -name 'acme-rsa.pem')
CERTIFICATE=$(find acme -name 'acme-rsa.cert.pem')
cat > order.json <<END
{"document":"countersign/order/1","seller":"shop.example","buyer":"acme",
 "seller_root":"sha256:$(openssl x509 -in shop/keys/root.cert.pem -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)",
 "purchase_order_number":"PO-OPENSSL","issued_at":"$(date -u +%Y-%m-%dT%H:%M:%SZ)",
 "currency":"USD","total":"45.00",
 "lines":[{"line":1,"sku":"WATER","description":"Water, 1 l","quantity":3,"unit":"EA","unit_price":"15.00"}]}
END
openssl cms -sign -binary -nodetach -md sha256 -signer "$CERTIFICATE" -inkey "$KEY" \
    -passin file:passphrase -in order.json -outform DER -out order.signed"#;

fn seal_and_post(scene: &Scene, name: &str, code: i32) -> Result<()> {
    scene.run(&format!(
        "openssl cms -encrypt -binary -aes-256-gcm -recip shop/keys/recipient.cert.pem \\\n    \
         -keyopt ecdh_kdf_md:sha256 -in {name}.signed -outform DER -out {name}.p7m"
    ))?;
    post(scene, name, &format!("{name}-answer"), code)
}

/// Posts an envelope in a session of its own; the answer is shown and kept.
fn post(scene: &Scene, envelope: &str, answer: &str, code: i32) -> Result<()> {
    scene.run_expecting(
        &format!(
            "TOKEN=$(printf '{{\"id\":\"acme\",\"password\":\"%s\"}}' \"$(cat password)\" |\n    \
             curl --silent --cacert shop/keys/root.cert.pem https://127.0.0.1:$PORT/v1/sessions \\\n        \
             --header 'content-type: application/json' --data @- | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/')\n\
             curl --silent --fail-with-body --cacert shop/keys/root.cert.pem https://127.0.0.1:$PORT/v1/orders \\\n    \
             --header \"authorization: Bearer $TOKEN\" --header 'content-type: application/pkcs7-mime' \\\n    \
             --data-binary @{envelope}.p7m --write-out '%{{http_code}}\\n' --output {answer}.json"
        ),
        code,
    )?;
    scene.run(&format!("cut -c 1-400 {answer}.json"))?;
    Ok(())
}

fn repeat(scene: &Scene) -> Result<()> {
    scene.tell(
        "Repeated",
        "The same envelope again, as a thief or a client that lost its answer would send it: \
         status 200 instead of 201, the same receipt, and nothing moves.",
    );
    post(scene, "order", "repeat-answer", 0)?;
    scene.run("opd order list")?;
    let receipt = |file: &str| -> Result<String> {
        let body = fs::read_to_string(scene.file(file))?;
        let body: serde_json::Value = serde_json::from_str(&body)?;
        let receipt = body.get("receipt").and_then(serde_json::Value::as_str);
        Ok(receipt.context("the answer has no receipt")?.to_owned())
    };
    ensure!(
        receipt("order-answer.json")? == receipt("repeat-answer.json")?,
        "another receipt"
    );
    Ok(())
}

fn ship(scene: &Scene) -> Result<()> {
    scene.tell(
        "Shipped",
        "The desk prepares and ships by itself, and mails the buyer.",
    );
    scene.wait_for("po status PO-RSA --no-input | grep -q shipped")?;
    scene.wait_for("grep -l 'PO-RSA' shop/mail/*.eml | xargs grep -l shipment.p7m")?;
    scene.run("po status PO-RSA")?;
    scene.run(
        "LETTER=$(grep -l shipment.p7m $(grep -l PO-RSA shop/mail/*.eml))\n\
         openssl cms -verify -in \"$LETTER\" -CAfile shop/keys/root.cert.pem -out letter.txt\n\
         sed '/shipment.p7m/,$d' letter.txt",
    )?;
    Ok(())
}

fn verify_without_us(scene: &Scene) -> Result<()> {
    scene.tell(
        "Verified",
        "By po, which compares the receipt with the order it kept; and by OpenSSL alone, with the \
         buyer's certificate for the order and the seller's root for the receipt.",
    );
    scene.run("po receipt PO-DSA | tee kept")?;
    scene.run(
        "KEPT=$(sed -n 's/^kept in *//p' kept)\n\
         openssl cms -verify -binary -cades -purpose any -inform DER -in \"$KEPT/order.p7s\" \\\n    \
         -CAfile \"$KEPT/certificate.pem\"\n\
         openssl cms -verify -binary -cades -purpose any -inform DER -in \"$KEPT/receipt.p7s\" \\\n    \
         -CAfile shop/keys/root.cert.pem",
    )?;
    Ok(())
}
