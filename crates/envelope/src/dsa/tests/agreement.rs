//! With tables or without, and in two other implementations: the same signatures are good.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crypto_bigint::{BoxedUint, Resize as _};
use der::asn1::UintRef;
use der::{Decode, Encode};
use dsa::pkcs8::DecodePublicKey;
use dsa::signature::hazmat::PrehashVerifier;
use dsa::{Signature, VerifyingKey};
use rand_core::Rng;

use super::super::tables::Tables;
use crate::hash::Hash;
use crate::key::{Material, SignatureNumbers};
use crate::policy::Scheme;
use crate::testing::*;
use crate::{DsaParameters, DsaSize, PublicKey, SigningKey};

/// Says how many signatures are made up.
const SIGNATURES_VARIABLE: &str = "COUNTERSIGN_DSA_SIGNATURES";
/// How many are, unless it does.
const SIGNATURES: usize = 600;
/// The crate `dsa` works thirty times as long as the others: it is asked about the first ones.
const ASKED_IN_RUST: usize = 200;

/// Whether a signature is good, found without tables and with them.
pub(crate) fn verifies_each_way(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    static TABLES: LazyLock<Tables> = LazyLock::new(Tables::default);
    let Material::Dsa(key) = key.material() else {
        return key.verifies(Scheme::DsaSha256, message, signature);
    };
    let without = key.verifies_with(&Tables::default(), message, signature);
    for _ in 0..4 {
        assert_eq!(key.verifies_with(&TABLES, message, signature), without);
    }
    without
}

struct Case {
    key: usize,
    message: [u8; 32],
    r: BoxedUint,
    s: BoxedUint,
}

impl Case {
    fn signature(&self) -> Vec<u8> {
        let [r, s] = [&self.r, &self.s].map(BoxedUint::to_be_bytes);
        let [r, s] = [&r, &s].map(|number| UintRef::new(number).unwrap());
        SignatureNumbers { r, s }.to_der().unwrap()
    }

    /// Changes it in one of the ways that a forger would try, or not at all.
    fn spoil(&mut self, q: &BoxedUint, rng: &mut Repeatable) {
        let bit = rng.next_u32() % q.bits_precision();
        let flipped = |number: &BoxedUint| {
            let mask = BoxedUint::one_with_precision(number.bits_precision()).shl(bit);
            number ^ mask
        };
        match rng.next_u32() % 12 {
            0 => self.r = flipped(&self.r),
            1 => self.s = flipped(&self.s),
            2 => self.message[0] ^= 1,
            3 => std::mem::swap(&mut self.r, &mut self.s),
            // What is as good as the original with other schemes.
            4 => self.s = q.wrapping_sub(&self.s),
            5 => self.r = q.wrapping_sub(&self.r),
            6 => self.s = BoxedUint::zero_with_precision(q.bits_precision()),
            7 => self.r = q.clone(),
            _ => {}
        }
    }
}

/// Two keys for each size, and cases for them.
fn made_up(count: usize) -> (Vec<PublicKey>, Vec<Case>) {
    let rng = &mut Repeatable::new(71);
    let (mut keys, mut signed, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    for size in [DsaSize::P2048Q256, DsaSize::P3072Q256] {
        let parameters = DsaParameters::built_in(size).unwrap();
        for _ in 0..2 {
            let key = SigningKey::generate_dsa(&parameters, rng).unwrap();
            for _ in 0..(count / 40).clamp(1, 500) {
                let mut message = [0; 32];
                rng.fill_bytes(&mut message);
                let signature = key.sign(Scheme::DsaSha256, &message).unwrap();
                let numbers = SignatureNumbers::from_der(&signature).unwrap();
                let number = |it: UintRef<'_>| {
                    BoxedUint::from_be_slice(it.as_bytes(), parameters.q_bits()).unwrap()
                };
                let (r, s) = (number(numbers.r), number(numbers.s));
                signed.push((keys.len(), message, r, s));
            }
            keys.push(key.public_key().clone());
            orders.push((**parameters.q()).clone());
        }
    }
    let cases = (0..count).map(|number| {
        let (key, message, r, s) = signed[number % signed.len()].clone();
        let mut case = Case { key, message, r, s };
        case.spoil(&orders[key], rng);
        case
    });
    (keys, cases.collect())
}

/// What the crate `dsa` says.
fn verifies_in_rust(key: &VerifyingKey, case: &Case) -> bool {
    let digest = Hash::Sha256.digest(&case.message);
    Signature::from_components(case.r.clone(), case.s.clone())
        .is_some_and(|signature| key.verify_prehash(digest.as_ref(), &signature).is_ok())
}

/// What OpenSSL says, by a script that calls its library: a line for each case, or a speed.
fn openssl_says(keys: &[PublicKey], cases: &[Case], options: &[&str]) -> Vec<String> {
    let keys = keys.iter().map(|key| hex::encode(key.spki_der()));
    let cases = cases.iter().map(|case| {
        let signature = hex::encode(case.signature());
        format!("{} {} {signature}", case.key, hex::encode(case.message))
    });
    says("openssl_dsa.py", keys.collect(), cases.collect(), options)
}

/// What comes of the standard's own formula, in Python's integers: a line for each case.
fn textbook_says(keys: &[VerifyingKey], cases: &[Case]) -> Vec<String> {
    let keys = keys.iter().map(|key| {
        let numbers = key.components();
        format!(
            "{:x} {:x} {:x} {:x}",
            **numbers.p(),
            **numbers.q(),
            **numbers.g(),
            **key.y()
        )
    });
    let cases = cases.iter().map(|case| {
        let Case { key, message, r, s } = case;
        format!("{key} {} {r:x} {s:x}", hex::encode(message))
    });
    says("textbook_dsa.py", keys.collect(), cases.collect(), &[])
}

/// What a script says of cases.
fn says(script: &str, keys: Vec<String>, cases: Vec<String>, options: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, lines: Vec<String>| {
        let path = folder.path().join(name);
        fs::write(&path, lines.join("\n")).unwrap();
        path
    };
    let (keys, cases) = (write("keys", keys), write("cases", cases));
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(script);
    let output = Command::new("python3")
        .args([script, keys, cases])
        .args(options)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(str::to_owned).collect()
}

/// A report of a million, which takes an hour:
/// `COUNTERSIGN_DSA_SIGNATURES=1000000 cargo test --release -p countersign-envelope --lib all_agree`
#[test]
fn all_agree_on_signatures_that_were_made_up() {
    let count = env::var(SIGNATURES_VARIABLE).map_or(SIGNATURES, |count| count.parse().unwrap());
    let (keys, cases) = made_up(count);
    let in_rust: Vec<VerifyingKey> = keys
        .iter()
        .map(|key| VerifyingKey::from_public_key_der(key.spki_der()).unwrap())
        .collect();
    let (in_openssl, by_the_book) = thread::scope(|scope| {
        let by_the_book = scope.spawn(|| textbook_says(&in_rust, &cases));
        (
            openssl_says(&keys, &cases, &[]),
            by_the_book.join().unwrap(),
        )
    });
    assert_eq!((in_openssl.len(), by_the_book.len()), (count, count));
    let (mut good, mut bad) = (0, 0);
    for (number, case) in cases.iter().enumerate() {
        let (key, signature) = (&keys[case.key], case.signature());
        let ours = if number < ASKED_IN_RUST {
            let ours = verifies_each_way(key, &case.message, &signature);
            assert_eq!(ours, verifies_in_rust(&in_rust[case.key], case), "{number}");
            ours
        } else {
            key.verifies(Scheme::DsaSha256, &case.message, &signature)
        };
        assert_eq!(ours, in_openssl[number] == "1", "{number}");
        assert_eq!(ours, by_the_book[number] == "1", "{number}");
        *(if ours { &mut good } else { &mut bad }) += 1;
    }
    println!("{good} good, {bad} bad, and all agree");
    assert!(
        good > count / 4 && bad > count / 4,
        "{good} good, {bad} bad"
    );
}

#[test]
fn tables_are_made_for_what_is_used_often_and_never_too_many() {
    let parameters = DsaParameters::built_in(DsaSize::P2048Q256).unwrap();
    let tables = Tables::default();
    let base = |number: u32| BoxedUint::from(number).resize(parameters.p().bits_precision());
    let uses = |number: u32| {
        let base = base(number);
        let name = super::super::tables::name(&parameters, &base);
        tables.of(&name, &parameters, &base).is_some()
    };
    // Many bases in turn never get one, and are forgotten.
    for number in 0..3_000_u32 {
        assert!(!uses(10_000 + number));
    }
    assert_eq!(tables.len(), (1_024, 0));
    let is_kept = |number: u32| {
        let name = super::super::tables::name(&parameters, &base(number));
        tables.has(&name)
    };
    assert_eq!([2; 4].map(is_kept), [false; 4], "to look is not to use");
    assert_eq!([2, 2, 2, 2, 2].map(uses), [false, false, false, true, true]);
    assert!(is_kept(2));
    for number in 3..270 {
        assert_eq!([number; 4].map(uses), [false, false, false, true]);
        assert!(uses(2), "what is in use stays");
    }
    assert_eq!(tables.len(), (1_024, 256));
    assert!(!uses(3), "what was used longest ago went");
}

/// Says for how many seconds each way is measured in each of the five rounds.
const SECONDS_VARIABLE: &str = "COUNTERSIGN_DSA_SECONDS";

/// How many signatures a second are checked in this way.
fn per_second(verifies: &dyn Fn() -> bool, time: Duration) -> f64 {
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < time {
        assert!(verifies());
        count += 1;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// Its figures, beside OpenSSL's, are for reports:
/// `COUNTERSIGN_DSA_SECONDS=1 cargo test --release -p countersign-envelope --lib tables_make -- --nocapture`
#[test]
fn tables_make_checking_faster() {
    let seconds = env::var(SECONDS_VARIABLE).map_or(0.02, |seconds| seconds.parse().unwrap());
    let time = Duration::from_secs_f64(seconds);
    let (keys, mut cases) = made_up(200);
    for (bits, number) in [(2_048, 0), (3_072, 2)] {
        let Material::Dsa(key) = keys[number].material() else {
            panic!("not a DSA key");
        };
        let is_good =
            |case: &Case| case.key == number && key.verifies(&case.message, &case.signature());
        let at = cases.iter().position(is_good).unwrap();
        let mut case = cases.swap_remove(at);
        case.key = 0;
        let (message, signature) = (case.message, case.signature());
        let one = [case];
        let warm = || key.verifies(&message, &signature);
        let cold = || key.verifies_with(&Tables::default(), &message, &signature);
        let mut rounds = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..5 {
            let options = ["--time", &seconds.to_string()];
            let openssl = openssl_says(&keys[number..=number], &one, &options);
            rounds[0].push(openssl[0].parse::<f64>().unwrap());
            rounds[1].push(per_second(&warm, time));
            rounds[2].push(per_second(&cold, time));
        }
        let [openssl, warm, cold] = rounds.map(|mut round| {
            round.sort_by(f64::total_cmp);
            round[2]
        });
        let (warmer, colder) = (warm / openssl, cold / openssl);
        println!(
            "{bits} bits, signatures a second: OpenSSL {openssl:.0}, with tables {warm:.0} \
             (x {warmer:.2}), without {cold:.0} (x {colder:.2})"
        );
        assert!(warm > 1.5 * cold, "{warm} with tables, {cold} without");
    }
}
