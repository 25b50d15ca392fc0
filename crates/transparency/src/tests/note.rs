//! Notes made by others, and everything that is almost a note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use crate::testing::key;
use crate::{
    KeyName, MAX_SIGNATURES, NOTE_MAX_BYTES, NOTE_TEXT_MAX_BYTES, Note, NoteError, NoteSignError,
    NoteSignature, NoteVerifyError, SigningKey, VerifyingKey,
};

const NEUMANN_NOTE: &str = include_str!("../../tests/vectors/neumann.note");
const QUASIMODO_NOTE: &str = include_str!("../../tests/vectors/quasimodo.note");

/// The keys of the documentation of Go's package `note`.
const NEUMANN: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NEUMANN_SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";

const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";

fn name(text: &str) -> KeyName {
    text.parse().unwrap()
}

fn verifier(name_text: &str, seed: u8) -> VerifyingKey {
    VerifyingKey::new(name(name_text), key(seed).public_key())
}

fn neumann_note() -> Note {
    Note::parse(NEUMANN_NOTE.as_bytes()).unwrap()
}

fn names(signatures: &[&NoteSignature]) -> Vec<String> {
    signatures
        .iter()
        .map(|line| line.name().to_string())
        .collect()
}

#[test]
fn the_published_note_is_verified_with_either_key_and_with_both() {
    let (neumann, enoch) = (NEUMANN.parse().unwrap(), ENOCH.parse().unwrap());
    let note = neumann_note();
    for (known, verified, unverified) in [
        (vec![&neumann], vec!["PeterNeumann"], vec!["EnochRoot"]),
        (vec![&enoch], vec!["EnochRoot"], vec!["PeterNeumann"]),
        (
            vec![&enoch, &neumann],
            vec!["PeterNeumann", "EnochRoot"],
            vec![],
        ),
    ] {
        let known: Vec<VerifyingKey> = known.into_iter().cloned().collect();
        let opened = note.verify(&known).unwrap();
        assert_eq!(opened.text(), TEXT);
        assert_eq!(names(opened.verified()), verified);
        assert_eq!(names(opened.unverified()), unverified);
    }
}

#[test]
fn the_published_key_signs_the_published_note() {
    let secret = STANDARD.decode(NEUMANN_SECRET).unwrap();
    let key = SigningKey::from_seed(secret[1..].try_into().unwrap()).unwrap();
    let note = Note::sign(TEXT, &name("PeterNeumann"), &key).unwrap();
    let only_neumann: String = NEUMANN_NOTE.split_inclusive('\n').take(4).collect();
    assert_eq!(note.to_string(), only_neumann);
}

#[test]
fn a_text_may_have_empty_lines() {
    let note = Note::parse(QUASIMODO_NOTE.as_bytes()).unwrap();
    assert!(
        note.unverified_text()
            .ends_with("sole:\n\ned è subito sera.\n")
    );
    assert_eq!(note.to_string(), QUASIMODO_NOTE);
}

#[test]
fn a_note_by_strangers_is_not_believed() {
    let note = neumann_note();
    assert_eq!(note.verify(&[]), Err(NoteVerifyError::NoKnownKey));
    let stranger = verifier("PeterNeumann", 1);
    assert_eq!(note.verify(&[stranger]), Err(NoteVerifyError::NoKnownKey));
    let neumann: VerifyingKey = NEUMANN.parse().unwrap();
    let renamed = VerifyingKey::new(name("Peter"), *neumann.public_key());
    assert_eq!(note.verify(&[renamed]), Err(NoteVerifyError::NoKnownKey));
}

#[test]
fn one_wrong_signature_of_a_known_key_spoils_the_note() {
    let known = [NEUMANN.parse().unwrap(), ENOCH.parse().unwrap()];
    let invalid = |name_text| Err(NoteVerifyError::SignatureInvalid(name(name_text)));
    let changed = NEUMANN_NOTE.replacen("then", "than", 1);
    let note = Note::parse(changed.as_bytes()).unwrap();
    assert_eq!(note.verify(&known), invalid("PeterNeumann"));

    let changed = NEUMANN_NOTE.replacen("eBzmZa0S", "eBzmZa0T", 1);
    let note = Note::parse(changed.as_bytes()).unwrap();
    assert_eq!(note.verify(&known), invalid("EnochRoot"));
    assert!(
        note.verify(&known[..1]).is_ok(),
        "unknown keys may say anything"
    );
}

#[test]
fn a_signature_of_another_length_is_not_valid() {
    let known = [verifier("a", 1)];
    let note = Note::sign("text\n", &name("a"), &key(1)).unwrap();
    let signature = note.signatures()[0].signature();
    for bytes in [&signature[..63], &[signature, &[0]].concat(), &[0]] {
        let mut changed = note.clone();
        let line = NoteSignature::new(name("a"), known[0].id(), bytes.to_vec());
        changed.add(line).unwrap();
        assert_eq!(changed.signatures().len(), 1, "replaced");
        let answer = changed.verify(&known);
        assert_eq!(answer, Err(NoteVerifyError::SignatureInvalid(name("a"))));
    }
}

#[test]
fn a_key_that_signed_twice_is_listed_once_and_right_both_times() {
    let line = NEUMANN_NOTE.lines().nth(3).unwrap();
    let known = [NEUMANN.parse().unwrap()];
    let twice = format!("{NEUMANN_NOTE}{line}\n");
    let note = Note::parse(twice.as_bytes()).unwrap();
    assert_eq!(
        names(note.verify(&known).unwrap().verified()),
        ["PeterNeumann"]
    );

    let wrong = format!("{NEUMANN_NOTE}{}\n", line.replace("ZJku", "ZJkv"));
    let note = Note::parse(wrong.as_bytes()).unwrap();
    let answer = note.verify(&known);
    assert_eq!(
        answer,
        Err(NoteVerifyError::SignatureInvalid(name("PeterNeumann")))
    );
}

#[test]
fn what_is_not_a_note_is_refused() {
    let line = NEUMANN_NOTE.lines().nth(3).unwrap();
    let good = format!("text\n\n{line}\n");
    assert!(Note::parse(good.as_bytes()).is_ok());
    for (bytes, error) in [
        (String::new(), NoteError::Unsigned),
        ("text\n".to_owned(), NoteError::Unsigned),
        ("text\n\n".to_owned(), NoteError::Unsigned),
        (format!("text\n{line}\n"), NoteError::Unsigned),
        (format!("text\n\n{line}"), NoteError::Unsigned),
        (format!("text\n\n{line}\n\n"), NoteError::Unsigned),
        (format!("{line}\n"), NoteError::Unsigned),
        (
            format!("text\n\n\u{2014}{line}\n"),
            NoteError::SignatureLine,
        ),
        (format!("text\n\n{line}\nmore\n"), NoteError::SignatureLine),
        (format!("text\n\n {line}\n"), NoteError::SignatureLine),
        (format!("text\n\n{line} \n"), NoteError::SignatureLine),
        (good.replace('\u{2014}', "--"), NoteError::SignatureLine),
        (
            good.replace('\u{2014}', "\u{2013}"),
            NoteError::SignatureLine,
        ),
        (good.replace("PeterNeumann", ""), NoteError::SignatureLine),
        (
            good.replace("PeterNeumann", "Peter+Neumann"),
            NoteError::SignatureLine,
        ),
        (
            good.replace("PeterNeumann", "Peter Neumann"),
            NoteError::SignatureLine,
        ),
        (
            good.replace("PeterNeumann", "Peter\u{2003}Neumann"),
            NoteError::SignatureLine,
        ),
        (good.replace("AM=", "AN="), NoteError::SignatureLine),
        (good.replace("AM=", "AM"), NoteError::SignatureLine),
        (good.replace("AM=", "AM=="), NoteError::SignatureLine),
        (good.replace('/', "_"), NoteError::SignatureLine),
        (
            "text\n\n\u{2014} name \n".to_owned(),
            NoteError::SignatureLine,
        ),
        (
            "text\n\n\u{2014} name AAAA\n".to_owned(),
            NoteError::SignatureLine,
        ),
        (
            "text\n\n\u{2014} name AAAAAA==\n".to_owned(),
            NoteError::SignatureLine,
        ),
        (good.replace("text", "te\txt"), NoteError::Text),
        (good.replace("text", "te\0xt"), NoteError::Text),
        (good.replace('\n', "\r\n"), NoteError::Unsigned),
        (good.replace("text", "text\r"), NoteError::Text),
    ] {
        assert_eq!(Note::parse(bytes.as_bytes()), Err(error), "{bytes:?}");
    }
    let mut bytes = good.into_bytes();
    bytes[0] = 0xff;
    assert_eq!(Note::parse(&bytes), Err(NoteError::Text));
}

#[test]
fn a_note_has_limits() {
    let line = NEUMANN_NOTE.lines().nth(3).unwrap().to_owned() + "\n";
    let with_lines = |count| format!("text\n\n{}", line.repeat(count));
    assert!(Note::parse(with_lines(MAX_SIGNATURES).as_bytes()).is_ok());
    let answer = Note::parse(with_lines(MAX_SIGNATURES + 1).as_bytes());
    assert_eq!(answer, Err(NoteError::TooManySignatures));

    let of_text_bytes = |count| format!("{}\n\n{line}", "t".repeat(count - 1));
    assert!(Note::parse(of_text_bytes(NOTE_TEXT_MAX_BYTES).as_bytes()).is_ok());
    let answer = Note::parse(of_text_bytes(NOTE_TEXT_MAX_BYTES + 1).as_bytes());
    assert_eq!(answer, Err(NoteError::TextTooLong));

    // Three bytes of a signature are four letters of its line; the text fills up the rest.
    let of_bytes = |count: usize| {
        let start = "\n\n\u{2014} a AAAA";
        let letters = (count - start.len() - 2) / 4 * 4;
        let text = "t".repeat(count - start.len() - 1 - letters);
        format!("{text}{start}{}\n", "A".repeat(letters))
    };
    for count in NOTE_MAX_BYTES - 4..=NOTE_MAX_BYTES + 4 {
        let note = of_bytes(count);
        assert_eq!(note.len(), count);
        let answer = Note::parse(note.as_bytes());
        if count <= NOTE_MAX_BYTES {
            assert_eq!(answer.map(|note| note.to_string()), Ok(note));
        } else {
            assert_eq!(answer, Err(NoteError::TooLong));
        }
    }
}

#[test]
fn nothing_is_signed_that_could_not_be_read_again() {
    let sign = |text: &str| Note::sign(text, &name("a"), &key(1));
    for text in ["", "text", "te\txt\n", "\0\n", "text\r\n"] {
        assert_eq!(
            sign(text),
            Err(NoteSignError::Text(NoteError::Text)),
            "{text:?}"
        );
    }
    let too_long = "t".repeat(NOTE_TEXT_MAX_BYTES) + "\n";
    assert_eq!(
        sign(&too_long),
        Err(NoteSignError::Text(NoteError::TextTooLong))
    );
    for text in [
        "\n",
        "\n\n",
        "a\n\n\nb\n",
        "\u{2014} a AAAAAAAA\n",
        "text\n\n\u{2014} a AAAAAAAA\n",
    ] {
        let note = sign(text).unwrap();
        assert_eq!(
            Note::parse(note.to_string().as_bytes()),
            Ok(note.clone()),
            "{text:?}"
        );
        let known = [verifier("a", 1)];
        assert_eq!(note.verify(&known).unwrap().text(), text);
    }
}

#[test]
fn a_signature_too_many_is_not_added() {
    let mut note = Note::sign("text\n", &name("a"), &key(1)).unwrap();
    let signature = note.signatures()[0].clone();
    for number in 1..MAX_SIGNATURES {
        let other = name(&format!("a{number}"));
        note.add(NoteSignature::new(other, signature.id(), vec![0]))
            .unwrap();
    }
    let before = note.clone();
    let one_more = NoteSignature::new(name("b"), signature.id(), vec![0]);
    assert_eq!(note.add(one_more), Err(NoteError::TooManySignatures));
    assert_eq!(note, before);
    note.add(signature).unwrap();
    assert_eq!(note.signatures().len(), MAX_SIGNATURES, "replaced");

    let mut note = Note::sign("text\n", &name("a"), &key(1)).unwrap();
    let long = NoteSignature::new(
        name("b"),
        note.signatures()[0].id(),
        vec![0; NOTE_MAX_BYTES],
    );
    assert_eq!(note.add(long), Err(NoteError::TooLong));
    assert_eq!(note.signatures().len(), 1);
}

proptest! {
    #[test]
    fn every_note_is_read_as_it_is_written(text in "[^\\x00-\\x09\\x0b-\\x1f]{0,200}", seed: u8) {
        let text = text + "\n";
        let note = Note::sign(&text, &name("shop.example"), &key(seed)).unwrap();
        let copy = Note::parse(note.to_string().as_bytes()).unwrap();
        let known = [verifier("shop.example", seed)];
        prop_assert_eq!(copy.verify(&known).unwrap().text(), text);
        prop_assert_eq!(copy, note);
    }

    #[test]
    fn what_is_read_is_written_the_same(at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = NEUMANN_NOTE.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn any_bytes_are_a_note_or_not(bytes: Vec<u8>, text in "(\n|\u{2014}| |[a-z]|=){0,60}") {
        prop_assert!(Note::parse(&bytes).is_err());
        if let Ok(note) = Note::parse(text.as_bytes()) {
            prop_assert_eq!(note.to_string(), text);
        }
    }
}
