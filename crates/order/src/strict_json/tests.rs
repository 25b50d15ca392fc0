use super::*;

const KIND: &str = "test/1";

/// Reads a document of our kind with one member, `text`, and gives back why not.
fn refusal(octets: &[u8]) -> Option<NotUnderstood> {
    let read_all = || {
        let mut members = read(octets, KIND)?;
        let _: String = members.required("text")?;
        members.finish()
    };
    read_all().err()
}

fn with_text(json: &str) -> Vec<u8> {
    format!(r#"{{"document":"test/1","text":{json}}}"#).into_bytes()
}

#[test]
fn whitespace_is_free_around_and_inside() {
    for right in [
        r#"{"document":"test/1","text":"a"}"#,
        "{\"document\":\"test/1\",\"text\":\"a\"}\n",
        " \r\n\t{ \"document\" : \"test/1\" ,\n \"text\" : \"a\" } \r\n",
        r#"{"text":"a","document":"test/1"}"#,
    ] {
        assert_eq!(refusal(right.as_bytes()), None, "{right:?}");
    }
}

#[test]
fn only_one_json_text_is_read() {
    for wrong in [
        "",
        " ",
        "null",
        "[]",
        "\"text\"",
        "{}",
        "{",
        r#"{"document":"test/1","text":"a"} x"#,
        r#"{"document":"test/1","text":"a"}{}"#,
        r#"{"document":"test/1","text":"a",}"#,
        r#"{"document":"test/1" "text":"a"}"#,
        r"{'document':'test/1','text':'a'}",
        r#"{"document":"test/1","text":"a"/* */}"#,
        "{\"document\":\"test/1\",\"text\":\"a\"}\0",
    ] {
        assert!(refusal(wrong.as_bytes()).is_some(), "{wrong:?} was taken");
    }
}

#[test]
fn a_byte_order_mark_is_refused() {
    let marked = [b"\xef\xbb\xbf".as_slice(), &with_text(r#""a""#)].concat();
    assert_eq!(refusal(&marked).unwrap().pointer, "");
}

#[test]
fn another_encoding_is_refused() {
    let utf_16: Vec<u8> = String::from_utf8(with_text(r#""a""#))
        .unwrap()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(refusal(&utf_16).is_some());
    for wrong in [
        b"\"\xc0\xaf\"".as_slice(),
        b"\"\xed\xa0\x80\"",
        b"\"\xff\"",
        b"\"\xe2\x82\"",
    ] {
        let document = [br#"{"document":"test/1","text":"#.as_slice(), wrong, b"}"].concat();
        assert_eq!(refusal(&document).unwrap().pointer, "/text", "{wrong:?}");
    }
}

#[test]
fn a_lone_surrogate_is_refused() {
    assert_eq!(refusal(&with_text(r#""\ud83d\ude00""#)), None);
    for wrong in [
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83dx""#,
        r#""\ude00\ud83d""#,
    ] {
        assert_eq!(
            refusal(&with_text(wrong)).unwrap().pointer,
            "/text",
            "{wrong}"
        );
    }
}

#[test]
fn a_raw_control_character_is_refused() {
    for wrong in ["\"a\nb\"", "\"a\tb\"", "\"a\0b\""] {
        assert_eq!(
            refusal(&with_text(wrong)).unwrap().pointer,
            "/text",
            "{wrong:?}"
        );
    }
}

#[test]
fn nesting_has_a_limit_and_costs_no_stack() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = open.repeat(100_000) + "1" + &close.repeat(100_000);
        assert!(refusal(&with_text(&deep)).is_some());
    }
    let refusal = refusal(&with_text(r#"{"a":[[1]]}"#)).unwrap();
    assert_eq!(refusal.pointer, "/text/a/0");
}

#[test]
fn an_object_has_a_limited_number_of_members() {
    let members: Vec<String> = (0..33).map(|n| format!(r#""m{n}":1"#)).collect();
    let refusal = refusal(&with_text(&format!("{{{}}}", members.join(",")))).unwrap();
    assert_eq!(refusal.pointer, "/text");
    assert!(refusal.detail.contains("more than 32"), "{refusal}");
}

#[test]
fn a_document_has_a_limited_size() {
    let longest = MAX_DOCUMENT_BYTES - with_text(r#""""#).len();
    assert_eq!(
        refusal(&with_text(&format!("\"{}\"", "a".repeat(longest)))),
        None
    );
    let refusal = refusal(&with_text(&format!("\"{}\"", "a".repeat(longest + 1)))).unwrap();
    assert_eq!(refusal.pointer, "");
}

#[test]
fn a_document_of_another_kind_is_refused() {
    assert_eq!(
        refusal(br#"{"document":"test/2","text":"a"}"#)
            .unwrap()
            .pointer,
        "/document"
    );
    assert_eq!(refusal(br#"{"text":"a"}"#).unwrap().pointer, "/document");
}

#[test]
fn a_pointer_is_escaped_and_of_readable_length() {
    let long = "x".repeat(1_000);
    let document = format!(r#"{{"document":"test/1","text":"a","a~/{long}":1}}"#);
    let refusal = refusal(document.as_bytes()).unwrap();
    assert!(
        refusal.pointer.starts_with("/a~0~1xxx"),
        "{}",
        refusal.pointer
    );
    assert!(refusal.pointer.len() < 100);
}

#[test]
fn a_refusal_reads_as_a_sentence() {
    let refusal = refusal(&with_text("1")).unwrap();
    assert_eq!(refusal.to_string(), "/text is a number where text belongs");
}
