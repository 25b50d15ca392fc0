use crate::testing::*;
use crate::*;

fn until() -> jiff::Timestamp {
    "2031-01-01T00:00:00Z".parse().unwrap()
}

fn issued(root: &Party, usage: &CertificateUse) -> Result<Certificate, IssueError> {
    let key = SigningKey::generate_p256(&mut Repeatable::new(81)).unwrap();
    let rng = &mut Repeatable::new(82);
    issue(
        &root.signer(),
        key.public_key(),
        "Service",
        usage,
        time(),
        until(),
        rng,
    )
}

#[test]
fn a_certificate_is_issued_by_its_root_and_by_no_other() {
    let root = p256(83, &CertificateUse::Root);
    let other = p256(84, &CertificateUse::Root);
    let certificate = issued(&root, &CertificateUse::Receipt).unwrap();
    assert!(certificate.is_issued_by(&root.certificate));
    assert!(!certificate.is_issued_by(&other.certificate));
    assert!(!root.certificate.is_issued_by(&certificate));
    assert!(root.certificate.is_issued_by(&root.certificate));
}

#[test]
fn a_certificate_that_is_no_authority_issues_nothing() {
    let certificate = issued(&RECEIPT, &CertificateUse::Receipt).unwrap();
    assert!(!certificate.is_issued_by(&RECEIPT.certificate));
}

#[test]
fn no_flipped_bit_of_a_certificate_keeps_its_issuer() {
    let root = p256(85, &CertificateUse::Root);
    let certificate = issued(&root, &CertificateUse::Receipt).unwrap();
    for bit in 0..certificate.der().len() * 8 {
        let mut flipped = certificate.der().to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let issued = Certificate::from_der(&flipped)
            .is_ok_and(|flipped| flipped.is_issued_by(&root.certificate));
        assert!(!issued, "bit {bit}");
    }
}

#[test]
fn a_certificate_says_what_it_was_made_for() {
    let certificate = issued(&p256(86, &CertificateUse::Root), &CertificateUse::Receipt).unwrap();
    assert_eq!(certificate.subject(), "Service");
    assert_eq!(
        (certificate.not_before(), certificate.not_after()),
        (time(), until())
    );
    assert_eq!(
        certificate.subject_key_identifier().map(<[u8]>::len),
        Some(20)
    );
    assert_eq!(
        Certificate::from_pem(&certificate.to_pem()).unwrap(),
        certificate
    );
}

#[test]
fn subjects_and_validities_that_make_no_sense_are_refused() {
    let made = |subject: &str, from: &str, until: &str| {
        let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
        let rng = &mut Repeatable::new(87);
        self_signed(
            &RSA.key(),
            subject,
            &CertificateUse::Buyer,
            from,
            until,
            rng,
        )
    };
    let (from, until) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    assert!(made("Acme Ltd", from, until).is_ok());
    assert!(made("Bäckerei Grün", from, "2060-01-01T00:00:00Z").is_ok());
    for subject in ["", "two\nlines", &"long".repeat(17)] {
        assert_eq!(made(subject, from, until), Err(IssueError::Subject));
    }
    assert_eq!(made("Acme", until, from), Err(IssueError::Validity));
    assert_eq!(
        made("Acme", "1960-01-01T00:00:00Z", until),
        Err(IssueError::Validity)
    );
}

#[test]
fn a_subject_cannot_reverse_or_clear_the_line_it_is_shown_on() {
    let made = |subject: &str| {
        let rng = &mut Repeatable::new(91);
        self_signed(
            &RSA.key(),
            subject,
            &CertificateUse::Buyer,
            time(),
            until(),
            rng,
        )
        .unwrap()
    };
    assert_eq!(made("Acme\u{202e}dtL").subject(), "Acme\u{fffd}dtL");
    let escape = made("Acme Ltd, 1 Main St.");
    let der = escape.der().to_vec();
    let place = der
        .windows(4)
        .rposition(|window| window == b"Acme")
        .unwrap();
    let mut with_control = der;
    with_control[place] = 0x1b;
    let certificate = Certificate::from_der(&with_control).unwrap();
    assert_eq!(certificate.subject(), "\u{fffd}cme Ltd, 1 Main St.");
}

#[test]
fn a_key_is_certified_only_for_what_it_can_do() {
    let root = p256(88, &CertificateUse::Root);
    let rng = &mut Repeatable::new(89);
    let ed25519 = SigningKey::generate_ed25519(rng).unwrap();
    for (key, usage) in [
        (&ed25519, CertificateUse::Receipt),
        (&DSA.key(), CertificateUse::Recipient),
        (&RECEIPT.key(), CertificateUse::Buyer),
    ] {
        let made = issue(
            &root.signer(),
            key.public_key(),
            "X",
            &usage,
            time(),
            until(),
            rng,
        );
        assert_eq!(made, Err(IssueError::Algorithm(key.algorithm())));
    }
}

#[test]
fn hosts_are_names_or_addresses() {
    let host = |text: &str| text.parse::<Host>().ok();
    assert_eq!(
        host("Shop.Example"),
        Some(Host::Dns("shop.example".to_owned()))
    );
    assert_eq!(host("::1"), Some(Host::Ip("::1".parse().unwrap())));
    for wrong in [
        "",
        "a b",
        "a..b",
        "shop/example",
        "bäckerei.example",
        &"a".repeat(64),
    ] {
        assert_eq!(host(wrong), None, "{wrong}");
    }
    let root = p256(90, &CertificateUse::Root);
    let mail = |address: &str| {
        issued(
            &root,
            &CertificateUse::Mail {
                address: address.to_owned(),
            },
        )
    };
    assert!(mail("orders@shop.example").is_ok());
    assert!(matches!(mail("orders @shop"), Err(IssueError::Name(_))));
}

#[test]
fn the_hosts_of_a_certificate_are_read_back() {
    let root = p256(93, &CertificateUse::Root);
    let hosts: Vec<Host> = ["shop.example", "127.0.0.1", "::1"]
        .iter()
        .map(|host| host.parse().unwrap())
        .collect();
    let usage = CertificateUse::Tls {
        hosts: hosts.clone(),
    };
    assert_eq!(issued(&root, &usage).unwrap().hosts(), hosts);
    let other = issued(&root, &CertificateUse::Receipt).unwrap();
    assert_eq!(other.hosts(), []);
}
