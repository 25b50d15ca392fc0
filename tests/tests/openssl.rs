//! The guide page "Order with openssl and curl", run as it stands; and the other direction, what
//! `po` makes read by OpenSSL.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;

use countersign_tests::buyer::sha256;
use countersign_tests::guide::{Guide, shell};
use countersign_tests::openssl::openssl;
use countersign_tests::po::Po;
use countersign_tests::programs::Ran;
use countersign_tests::shop::Shop;
use serde_json::{Value, json};

/// Someone who follows the page.
struct Reader {
    shop: Shop,
    page: Guide,
    address: String,
}

impl Reader {
    /// A reader who has made a key as the page says, and had it enrolled.
    fn with_key(tag: &str) -> Self {
        Self::of(Shop::open(), tag)
    }

    /// The same in another shop.
    fn of(shop: Shop, tag: &str) -> Self {
        shop.buyer("acme");
        let address = format!("https://127.0.0.1:{}", shop.port());
        let reader = Self {
            shop,
            page: Guide::page("order-with-openssl-and-curl.md"),
            address,
        };
        reader
            .runs(
                &format!(
                    "{}\n{}",
                    reader.page.block("seller"),
                    reader.page.block(tag)
                ),
                "",
            )
            .ok();
        let certificate = reader.shop.folder().join("cert.pem");
        reader
            .shop
            .opd(&["key", "add", "acme", certificate.to_str().expect("a path")])
            .ok();
        reader
    }

    fn runs(&self, script: &str, number: &str) -> Ran {
        let variables = [
            ("SHOP", self.address.as_str()),
            ("ID", "acme"),
            ("PASSWORD", "password of acme"),
            ("NUMBER", number),
        ];
        shell(self.shop.folder(), &variables, script)
    }

    /// Follows the page from the sign-in on; `change` may alter the commands that sign and seal.
    fn orders(&self, number: &str, sign: &str, change: impl Fn(String) -> String) -> Ran {
        let block = |tag| self.page.block(tag).to_owned();
        let script = [
            block("seller"),
            block("sign-in"),
            block("items"),
            block("document"),
            change(block(sign)),
            change(block("seal")),
            block("send"),
        ];
        self.runs(&script.join("\n"), number)
    }

    /// The options were not lost on the way: what was signed and sealed has the form they ask for.
    #[track_caller]
    fn made_what_was_asked_for(&self, sign: &str, options: &str) {
        let read = |name: &str| fs::read(self.shop.folder().join(name)).expect("it was made");
        let is_streamed = |bytes: &[u8]| bytes.starts_with(&[0x30, 0x80]);
        let (signed, sealed) = (read("order.signed"), read("order.p7m"));
        let asked = options.contains("-stream");
        assert_eq!(is_streamed(&sealed), asked, "{sign} {options}");
        let signing_streams = asked && sign != "sign-pss";
        assert_eq!(is_streamed(&signed), signing_streams, "{sign} {options}");
        let names_certificate = signed
            .windows(SIGNING_CERTIFICATE_V2.len())
            .any(|window| window == SIGNING_CERTIFICATE_V2);
        assert_eq!(
            names_certificate,
            options.contains("-cades"),
            "{sign} {options}"
        );
    }

    /// The refusal of an order that was sent after leaving something out.
    #[track_caller]
    fn is_refused(&self, sign: &str, left_out: &str, instead: &str) -> Value {
        let change = |block: String| block.replace(left_out, instead);
        let ran = self.orders("PO-REFUSED", sign, change);
        assert_eq!(ran.code, Some(22), "curl tells an error: {ran:?}");
        let answer = fs::read(self.shop.folder().join("answer.json")).expect("an answer");
        serde_json::from_slice(&answer).expect("a problem")
    }
}

/// The identifier of the attribute that `-cades` adds: signingCertificateV2 (RFC 5035).
const SIGNING_CERTIFICATE_V2: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f,
];

/// The commands with further options, which OpenSSL takes right after the verb.
fn with(options: &str) -> impl Fn(String) -> String {
    let without = |left_out: &str| -> String {
        let kept: Vec<&str> = options
            .split(' ')
            .filter(|option| *option != left_out)
            .collect();
        kept.join(" ")
    };
    let all = options.to_owned();
    // OpenSSL 3.0 cannot stream a PSS signature, and `-cades` is about signatures only.
    let (pss, sealing) = (without("-stream"), without("-cades"));
    move |block| {
        let signing = if block.contains("rsa_padding_mode:pss") {
            &pss
        } else {
            &all
        };
        block
            .replace("cms -sign ", &format!("cms -sign {signing} "))
            .replace("cms -encrypt ", &format!("cms -encrypt {sealing} "))
    }
}

#[track_caller]
fn every_way_is_accepted(reader: &Reader, sign: &str) {
    for (n, options) in ["", "-cades", "-stream", "-cades -stream"]
        .iter()
        .enumerate()
    {
        let number = format!("{sign}-{n}");
        let ran = reader.orders(&number, sign, with(options));
        assert_eq!(ran.code, Some(0), "{sign} {options}: {ran:?}");
        assert!(ran.text().contains("\"sku\":\"WATER\""), "{ran:?}");
        reader.made_what_was_asked_for(sign, options);
        reader.runs(reader.page.block("receipt"), &number).ok();
        let read = |name: &str| fs::read(reader.shop.folder().join(name)).expect("a file");
        let receipt: Value = serde_json::from_slice(&read("receipt.json")).expect("a receipt");
        assert_eq!(
            (&receipt["decision"], &receipt["order"]["content_sha256"]),
            (&json!("accepted"), &json!(sha256(&read("order.json"))))
        );
    }
}

#[test]
fn rsa_orders_of_either_padding_are_accepted_in_der_and_in_streamed_ber() {
    let reader = Reader::with_key("key-rsa");
    every_way_is_accepted(&reader, "sign-rsa");
    every_way_is_accepted(&reader, "sign-pss");
    assert_eq!(reader.shop.orders().len(), 8);
}

#[test]
fn dsa_orders_are_accepted_in_der_and_in_streamed_ber() {
    let reader = Reader::with_key("key-dsa");
    every_way_is_accepted(&reader, "sign-dsa");
    assert_eq!(reader.shop.orders().len(), 4);
}

#[test]
fn an_order_is_cancelled_with_rsa_and_with_dsa() {
    for (key, sign) in [("key-rsa", "sign-rsa"), ("key-dsa", "sign-dsa")] {
        let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
        let reader = Reader::of(shop, key);
        let all = [
            "seller",
            "sign-in",
            "document",
            sign,
            "seal",
            "send",
            "receipt",
            "cancel",
            "cancelled",
        ];
        let script = all.map(|tag| reader.page.block(tag)).join("\n");
        reader.runs(&script, "PO-1").ok();
        reader.shop.wait_for_state("PO-1", "cancelled");
    }
}

#[test]
fn what_the_defaults_are_refused_for_names_the_option_that_mends_it() {
    let reader = Reader::with_key("key-rsa");
    for (sign, left_out, instead, code, mends) in [
        (
            "sign-pss",
            "-keyopt rsa_pss_saltlen:digest",
            "",
            "signature-not-accepted",
            "rsa_pss_saltlen:digest",
        ),
        (
            "sign-rsa",
            "-md sha256",
            "-md sha1",
            "signature-not-accepted",
            "-md sha256",
        ),
        (
            "sign-rsa",
            "-keyopt ecdh_kdf_md:sha256",
            "",
            "envelope-not-accepted",
            "ecdh_kdf_md:sha256",
        ),
        (
            "sign-rsa",
            "-aes-256-gcm",
            "-aes-256-cbc",
            "envelope-not-accepted",
            "-aes-256-gcm",
        ),
        (
            "sign-rsa",
            "-encrypt -binary",
            "-encrypt",
            "envelope-not-accepted",
            "-binary",
        ),
    ] {
        let problem = reader.is_refused(sign, left_out, instead);
        assert_eq!(problem["code"], code, "without {left_out}: {problem}");
        let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
        let told = text("hint") + &text("detail");
        assert!(told.contains(mends), "without {left_out}: {problem}");
    }
}

#[test]
fn the_page_shows_every_block_that_is_tested_and_no_other() {
    let page = Guide::page("order-with-openssl-and-curl.md");
    let tested = [
        "cancel",
        "cancelled",
        "document",
        "items",
        "key-dsa",
        "key-rsa",
        "receipt",
        "seal",
        "seller",
        "send",
        "sign-dsa",
        "sign-in",
        "sign-pss",
        "sign-rsa",
    ];
    assert_eq!(page.tags(), tested);
}

#[test]
fn what_po_makes_is_opened_and_verified_by_openssl() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    let folder = po.folder();
    let recipient = [
        ("recipient.pem", "recipient.cert.pem"),
        ("recipient.key", "recipient.key.pem"),
    ];
    for (copy, original) in recipient {
        fs::copy(shop.data().join("keys").join(original), folder.join(copy)).expect("a copy");
    }
    for algorithm in ["rsa", "dsa"] {
        let key = format!("{algorithm}.pem");
        po.run(&[
            "keygen",
            "--algorithm",
            algorithm,
            "--out",
            &key,
            "--no-input",
        ])
        .ok();
        po.orders(&[
            "WATER=3",
            "--number",
            "PO-1",
            "--key",
            &key,
            "--envelope-only",
            "order.p7m",
        ])
        .ok();
        assert!(shop.orders().is_empty(), "only the envelope was wanted");
        openssl(
            folder,
            "cms -decrypt -binary -inform DER -in order.p7m -recip recipient.pem \
             -inkey recipient.key -out order.signed",
        )
        .ok();
        let verify = format!(
            "cms -verify -binary -cades -purpose any -inform DER -in order.signed \
             -CAfile {algorithm}.cert.pem"
        );
        let order: Value = openssl(folder, &verify).ok().json();
        assert_eq!(order["purchase_order_number"], "PO-1");
        fs::remove_file(folder.join("order.p7m")).expect("po wrote it");
    }
}
