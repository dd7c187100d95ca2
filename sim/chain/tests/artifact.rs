//! Artifact files: what is written is read back, and what does not fit together is refused with the field's name.

mod common;

use std::path::PathBuf;

use common::artifact;
use mintage_chain::{Artifact, ArtifactError, B256, JsonAbi};

/// A file in a directory of its own, removed at the end.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("artifact-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir.join("program.json"))
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

#[test]
fn test_saved_artifact_loads_equal_and_leaves_no_temporary_file() {
    let file = TempFile::new("round");
    let mut original = artifact("lean-z-opt.wasm");
    original.abi = JsonAbi::parse(["constructor(uint256 cap)", "error E(uint256 a)"]).unwrap();
    original.toolchain.wasm_opt = Some("wasm-opt version 123".into());
    original.save(&file.0).unwrap();
    original.save(&file.0).unwrap();
    assert_eq!(Artifact::load(&file.0).unwrap(), original);
    let names: Vec<_> = std::fs::read_dir(file.0.parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn test_costs_equal_the_recorded_activation() {
    let rows = common::vectors("contracts.jsonl");
    let mut seen = 0;
    for row in rows.iter().filter(|row| row["kind"] == "activate") {
        let built = artifact(row["wasm"].as_str().unwrap());
        let number = |field: &str| row[field].as_u64().unwrap();
        assert_eq!(u64::from(built.init_cost), number("init_cost"));
        assert_eq!(u64::from(built.cached_init_cost), number("cached_init_cost"));
        assert_eq!(u64::from(built.footprint_pages), number("footprint"));
        assert_eq!(u64::from(built.asm_estimate), number("asm_estimate"));
        assert_eq!(built.activation_gas, number("activation_gas"));
        assert_eq!(built.cached_gas, number("program_cached_gas"));
        assert_eq!(
            built.init_gas,
            number("program_init_gas") + number("program_cached_gas")
        );
        seen += 1;
    }
    assert_eq!(seen, 3);
}

fn tampered(name: &str, change: impl FnOnce(&mut serde_json::Value)) -> ArtifactError {
    let file = TempFile::new(name);
    artifact("own-echo.wasm").save(&file.0).unwrap();
    let mut json = serde_json::from_slice(&std::fs::read(&file.0).unwrap()).unwrap();
    change(&mut json);
    std::fs::write(&file.0, json.to_string()).unwrap();
    Artifact::load(&file.0).unwrap_err()
}

#[test]
fn test_contradictions_name_the_field() {
    type Change = fn(&mut serde_json::Value);
    let cases: [(&str, Change); 4] = [
        ("wasm_hash", |json| {
            json["wasm_hash"] = B256::ZERO.to_string().into()
        }),
        ("raw_size", |json| json["raw_size"] = 1.into()),
        ("compressed_size", |json| json["compressed_size"] = 1.into()),
        ("code", |json| {
            json["code"] = "0xeff00000".into();
            json["compressed_size"] = 4.into();
        }),
    ];
    for (expected, change) in cases {
        let error = tampered(expected, change);
        let ArtifactError::Inconsistent { name, field, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!((name.as_str(), *field), ("own-echo", expected));
        assert!(error.to_string().contains("mintage build"), "{error}");
    }
}

#[test]
fn test_other_schema_versions_and_shapes_are_refused() {
    let error = tampered("version", |json| json["schema_version"] = 2.into());
    assert!(
        matches!(error, ArtifactError::SchemaVersion { found: 2, .. }),
        "{error}"
    );
    let error = tampered("unknown", |json| json["colour"] = "red".into());
    assert!(error.to_string().contains("colour"), "{error}");
    let error = tampered("missing", |json| {
        json.as_object_mut().unwrap().remove("init_gas");
    });
    assert!(error.to_string().contains("init_gas"), "{error}");
    let error = tampered("fee", |json| json["data_fee_wei"] = "0x10".into());
    assert!(error.to_string().contains("decimal"), "{error}");
}

#[test]
fn test_missing_and_broken_files_name_the_path() {
    let file = TempFile::new("io");
    let error = Artifact::load(&file.0).unwrap_err();
    assert!(
        matches!(error, ArtifactError::Io { doing: "read", .. }),
        "{error}"
    );
    assert!(error.to_string().contains("program.json"), "{error}");
    std::fs::write(&file.0, b"{ not json").unwrap();
    let error = Artifact::load(&file.0).unwrap_err();
    assert!(
        matches!(error, ArtifactError::Parse { .. }) && error.to_string().contains("program.json"),
        "{error}"
    );
    let nowhere = file.0.parent().unwrap().join("missing/dir/a.json");
    let error = artifact("own-echo.wasm").save(nowhere).unwrap_err();
    assert!(
        matches!(error, ArtifactError::Io { doing: "write", .. }),
        "{error}"
    );
}

#[test]
fn test_saving_a_contradiction_leaves_the_old_file() {
    let file = TempFile::new("old");
    let good = artifact("own-echo.wasm");
    good.save(&file.0).unwrap();
    let bad = Artifact {
        raw_size: 7,
        ..good.clone()
    };
    assert!(matches!(
        bad.save(&file.0),
        Err(ArtifactError::Inconsistent {
            field: "raw_size",
            ..
        })
    ));
    assert_eq!(Artifact::load(&file.0).unwrap(), good);
}

#[test]
fn test_wasm_that_the_network_refuses_makes_no_artifact() {
    let error = Artifact::from_wasm("nothing", b"\0asm\x01\0\0\0").unwrap_err();
    let ArtifactError::Rejected { name, reason } = &error else {
        panic!("{error}")
    };
    assert_eq!(name, "nothing");
    assert!(!reason.is_empty());
}
