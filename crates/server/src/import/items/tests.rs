//! Files of items: what is taken, and what is refused by its line.

use super::*;

const HEAD: &str = "sku,name,unit,unit_price,currency,quantity\n";

#[expect(clippy::unwrap_in_result, reason = "a helper of tests")]
fn read_as(name: &str, text: impl AsRef<[u8]>) -> Result<Vec<ImportedItem>, ItemsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    read(&path, None)
}

fn csv(rows: &str) -> Result<Vec<ImportedItem>, ItemsError> {
    read_as("items.csv", format!("{HEAD}{rows}"))
}

fn wrong_rows(read: Result<Vec<ImportedItem>, ItemsError>) -> Vec<String> {
    match read {
        Err(ItemsError::Rows(rows)) => rows
            .iter()
            .map(|row| format!("{}: {}", row.place, row.text))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_becomes_an_offer() {
    let items = csv("WATER,\"Water, 1 l\",EA,15.00,USD,100\nSALT,Salt,KGM,0.995,USD,\n").unwrap();
    let [water, salt] = items.as_slice() else {
        panic!("{items:?}")
    };
    assert_eq!(water.offer.name.as_str(), "Water, 1 l");
    assert_eq!(
        water.offer.unit_price.in_currency(water.offer.currency),
        "15.00"
    );
    assert_eq!(water.on_hand, Some(100));
    assert_eq!(salt.on_hand, None);
}

#[test]
fn every_wrong_row_is_named_by_its_line() {
    let rows = "WATER,Water,EA,15.00,USD,1\n\
                \"a\nb\",Name,EA,1.00,USD,1\n\
                A,A,EA,1.00,USD,-1\n\
                B,B,EA,1.00,USD,1.5\n\
                C,C,EA,1.00,XXQ,1\n\
                D,D,EA,1.0000001,USD,1\n\
                WATER,Water,EA,15.00,USD,1\n\
                ,E,EA,1.00,USD,1\n";
    let wrong = wrong_rows(csv(rows));
    let lines: Vec<&str> = wrong
        .iter()
        .map(|text| text.split(':').next().unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            "line 3", "line 5", "line 6", "line 7", "line 8", "line 9", "line 10"
        ]
    );
    assert!(
        wrong[5].ends_with("WATER stands in line 2, too"),
        "{wrong:?}"
    );
}

#[test]
fn the_currency_of_the_command_is_for_rows_that_name_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("items.csv");
    std::fs::write(&path, "sku,name,unit,unit_price\nA,A,EA,1\n").unwrap();
    assert!(matches!(read(&path, None), Err(ItemsError::Rows(_))));
    let items = read(&path, Some("EUR".parse().unwrap())).unwrap();
    assert_eq!(items[0].offer.currency.code(), "EUR");
}

#[test]
fn json_takes_numbers_for_quantities_only() {
    let items = read_as(
        "items.json",
        r#"[{"sku":"A","name":"A","unit":"EA","unit_price":"1.50","currency":"USD","quantity":7,"per":100}]"#,
    )
    .unwrap();
    assert_eq!(items[0].on_hand, Some(7));
    assert_eq!(items[0].offer.per.units(), 100);
    let wrong = wrong_rows(read_as(
        "items.json",
        r#"[{"sku":"A","name":"A","unit":"EA","unit_price":1.5,"currency":"USD"}]"#,
    ));
    assert_eq!(wrong, ["item 1: unit_price must be a string, \"1.5\""]);
}

#[test]
fn a_file_that_is_none_is_refused_whole() {
    for (name, text) in [
        ("items.csv", &b""[..]),
        ("items.csv", HEAD.as_bytes()),
        ("items.csv", b"name,unit\nA,EA\n"),
        (
            "items.csv",
            b"sku,name,unit,unit_price,colour\nA,A,EA,1,red\n",
        ),
        ("items.json", b""),
        ("items.json", b"[]"),
        ("items.json", b"{\"sku\":\"A\"}"),
        ("items.json", b"[{\"sku\":\"A\""),
        ("items.xml", b"<items/>"),
    ] {
        let read = read_as(name, text);
        assert!(matches!(read, Err(ItemsError::File(_))), "{name}: {read:?}");
    }
    let ragged = csv("A,A,EA,1.00,USD\n");
    assert!(matches!(ragged, Err(ItemsError::Rows(_))), "{ragged:?}");
    let latin = read_as(
        "items.csv",
        [HEAD.as_bytes(), b"A,Caf\xe9,EA,1.00,USD,1\n"].concat(),
    );
    assert!(matches!(latin, Err(ItemsError::Rows(_))), "{latin:?}");
}

#[test]
fn excel_s_byte_order_mark_is_no_part_of_the_first_column() {
    let text = format!("\u{feff}{HEAD}A,A,EA,1.00,USD,1\r\n");
    assert_eq!(read_as("items.csv", text).unwrap().len(), 1);
}
