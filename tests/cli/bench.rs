//! `mintage bench`: what it measures, and what it refuses.

use crate::command::{mintage, recorded, run, run_in};
use mintage_tests::{artifacts, root};
use serde_json::Value;

#[test]
fn test_bench_measures_every_part_and_the_parts_add_up() {
    let echo = recorded("own-echo.wasm");
    let outcome = run_in(
        &root(),
        &[
            "bench",
            "--wasm",
            &echo,
            "--calldata",
            "0x010203",
            "-n",
            "20",
            "--cold",
            "--json",
        ],
    );
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let micros = |value: &Value| value.as_f64().expect("a number");
    for what in ["committed", "read_only", "floor", "evm_transfer"] {
        assert!(micros(&value[what]["micros"]) > 0.0, "{what}: {value}");
        assert!(micros(&value[what]["per_second"]) > 0.0, "{what}: {value}");
    }
    let split = value["split_micros"].as_object().unwrap();
    assert_eq!(split.len(), 4);
    let parts: f64 = split.values().map(micros).sum();
    let whole = micros(&value["committed"]["micros"]);
    // Each part is rounded to a nanosecond. Parts larger than the whole are those of a round that was disturbed.
    assert!(parts >= whole - 0.005, "{value}");
    assert!(value["gas_used"].as_u64().unwrap() > 21_000);
    for what in [
        "compiled",
        "compiled_by_cranelift",
        "from_disk",
        "from_disk_by_cranelift",
    ] {
        assert!(micros(&value["first_call_micros"][what]) > 0.0, "{what}: {value}");
    }
}

#[test]
fn test_bench_prints_a_table() {
    let echo = recorded("own-echo.wasm");
    let outcome = run_in(
        &root(),
        &["bench", "--wasm", &echo, "--calldata", "0x", "-n", "5"],
    );
    assert_eq!(outcome.code, 0, "{outcome:?}");
    for part in [
        "committed",
        "engine",
        "hostio",
        "journal",
        "overhead",
        "floor",
        "EVM",
        "gas a call",
    ] {
        assert!(
            outcome.stdout.contains(part),
            "{part} is not in:\n{}",
            outcome.stdout
        );
    }
}

#[test]
fn test_bench_gives_the_program_its_storage() {
    let token = recorded("token-z-opt.wasm");
    // transfer(0x22..22, 1) from an account without a balance.
    let transfer = format!("0xa9059cbb{:0>64}{:0>64}", "22".repeat(20), "1");
    let arguments = ["bench", "--wasm", &token, "--calldata", &transfer, "-n", "5"];
    run_in(&root(), &arguments).assert_refused(&["the call does not succeed", "reverts", "--help"]);
}

#[test]
fn test_bench_refuses_what_cannot_be_measured() {
    let echo = recorded("own-echo.wasm");
    let with = |arguments: &[&str]| run_in(&root(), &[&["bench"], arguments].concat());
    with(&[]).assert_refused(&["--wasm <FILE>", "--calldata <HEX>"]);
    with(&["--wasm", "nowhere.wasm", "--calldata", "0x"]).assert_refused(&["cannot read nowhere.wasm"]);
    with(&["--wasm", &echo, "--calldata", "0xzz"]).assert_refused(&["calldata is hexadecimal"]);
    with(&["--wasm", &echo, "--calldata", "0x", "-n", "0"]).assert_refused(&["-n <N>"]);
    let slot = |slot: &str| with(&["--wasm", &echo, "--calldata", "0x", "--storage", slot]);
    slot("5").assert_refused(&["KEY=VALUE"]);
    slot("5=x").assert_refused(&["`x`", "256-bit"]);
    let bad = recorded("bad-op-f64add.wasm");
    with(&["--wasm", &bad, "--calldata", "0x"]).assert_refused(&["would refuse", "mintage check"]);
    let text = root().join("README.md").display().to_string();
    with(&["--wasm", &text, "--calldata", "0x"]).assert_refused(&["would refuse"]);
}

#[test]
#[cfg(target_os = "linux")]
fn test_compiled_programs_are_kept_in_the_users_cache_folder_unless_told_otherwise() {
    let scenario = root().join("sim/lab/scenarios/halving-buyback.toml");
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join("cache/mintage/code");
    let runs = |flags: &[&str], variable: Option<&str>| {
        let mut command = mintage(&root());
        command
            .args(["run", "--until-step", "2", "--force", "--out"])
            .arg(home.path().join("run"))
            .arg(&scenario)
            .arg("--programs")
            .arg(artifacts())
            .args(flags)
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .env_remove("MINTAGE_CODE_CACHE");
        if let Some(variable) = variable {
            command.env("MINTAGE_CODE_CACHE", variable);
        }
        let outcome = run(&mut command);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome
    };
    runs(&["--no-code-cache"], None);
    runs(&[], Some("off"));
    assert!(!cache.exists());
    runs(&[], None);
    let kept = std::fs::read_dir(&cache).unwrap().count();
    assert!(kept > 0);
    runs(&[], None);
    assert_eq!(
        std::fs::read_dir(&cache).unwrap().count(),
        kept,
        "nothing was compiled again"
    );
    // A folder that cannot be used is named, and the run is none the worse.
    let file = home.path().join("file");
    std::fs::write(&file, "text").unwrap();
    let outcome = runs(&[], Some(&file.display().to_string()));
    outcome.assert_says(&["note:", "file", "MINTAGE_CODE_CACHE"]);
}
