//! `mintage build`: what it writes, when it builds again, and what it refuses.

use crate::{
    command::{mintage, run, run_in},
    project::{create, good_source, large_source, refused_source, write},
};
use mintage_chain::Artifact;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

/// A project that stays between test runs, so that its standard library is compiled once.
fn warm_project(name: &str, programs: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(folder.join("target"));
    create(&folder, programs)
}

/// Names of the files in a folder, sorted.
fn files_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON on stdout")
}

#[test]
fn test_build_writes_artifacts_once_and_again_when_something_changed() {
    let project = warm_project("build-artifacts", &[("hello", &good_source())]);
    let first = run_in(
        &project.join("contracts/hello/src"),
        &["build", "--json", "--quiet"],
    );
    assert_eq!((first.code, first.stderr.as_str()), (0, ""), "{first:?}");
    let artifacts = project.join("target/stylus");
    assert_eq!(
        files_in(&artifacts),
        ["hello.debug.wasm", "hello.json", "hello.wasm"]
    );
    let artifact = Artifact::load(artifacts.join("hello.json")).unwrap();
    assert_eq!(
        fs::read(artifacts.join("hello.wasm")).unwrap(),
        artifact.wasm_bytes().unwrap()
    );
    // The same module with the names of its functions.
    let named = fs::read(artifacts.join("hello.debug.wasm")).unwrap();
    assert!(named.starts_with(&artifact.wasm_bytes().unwrap()));
    assert!(String::from_utf8_lossy(&named).contains("mark_used"));
    assert_eq!(
        (artifact.name.as_str(), artifact.contract.as_str()),
        ("hello", "Hello")
    );
    let summary = &json(&first.stdout)[0];
    assert_eq!(summary["rebuilt"], true);
    assert_eq!(summary["compressed_size"], artifact.compressed_size);
    assert_eq!(summary["data_fee_wei"], artifact.data_fee_wei.to_string());

    let rebuilt = |arguments: &[&str]| {
        let outcome = run(mintage(&project)
            .args(["build", "--json", "--quiet"])
            .args(arguments));
        assert_eq!(outcome.code, 0, "{outcome:?}");
        json(&outcome.stdout)[0]["rebuilt"] == true
    };
    assert!(!rebuilt(&[]), "nothing changed");
    assert!(rebuilt(&["--force"]));
    assert!(
        rebuilt(&["--no-wasm-opt", "--out-dir", "target/other"]),
        "another folder has its own artifacts"
    );

    let source = project.join("contracts/hello/src/lib.rs");
    fs::write(&source, good_source() + "// a comment\n").unwrap();
    assert!(rebuilt(&[]), "the source changed");
    assert!(!rebuilt(&[]));
    let again = Artifact::load(artifacts.join("hello.json")).unwrap();
    assert_ne!(again.source_hash, artifact.source_hash);
    assert_eq!(
        again.wasm_hash, artifact.wasm_hash,
        "a comment is not in the bytes"
    );

    let interface = project.join("contracts/interfaces/IHello.sol");
    let with_event = fs::read_to_string(&interface)
        .unwrap()
        .replace("IHello {}", "IHello { event Called(); }");
    fs::write(&interface, with_event).unwrap();
    assert!(rebuilt(&[]), "the interface changed");
    assert!(
        Artifact::load(artifacts.join("hello.json"))
            .unwrap()
            .abi
            .event("Called")
            .is_some()
    );

    fs::write(artifacts.join("hello.wasm"), b"tampered").unwrap();
    assert!(rebuilt(&[]), "the WASM is not the artifact's");
    fs::write(artifacts.join("hello.json"), b"{").unwrap();
    assert!(rebuilt(&[]), "the artifact is unreadable");
    assert_eq!(
        files_in(&artifacts),
        ["hello.debug.wasm", "hello.json", "hello.wasm"],
        "nothing half written stays"
    );
}

#[test]
fn test_build_refuses_what_the_network_refuses_and_writes_the_others() {
    let (good, refused, large) = (good_source(), refused_source(), large_source());
    let programs = [
        ("hello", good.as_str()),
        ("headless", &refused),
        ("large", &large),
        ("broken", "fn f() -> { }"),
    ];
    let project = warm_project("build-refusals", &programs);
    let outcome = run_in(&project, &["build", "--no-wasm-opt"]);
    assert_eq!(outcome.code, 2);
    outcome.assert_says(&[
        "the network would refuse `headless`",
        "user_entrypoint",
        "`large` is 3",
        "more than the 24576",
        "`broken` does not compile",
        "src/lib.rs:1",
    ]);
    assert!(
        outcome.stdout.contains("hello"),
        "what could be built is shown: {}",
        outcome.stdout
    );
    assert!(!outcome.stdout.contains("large"));
    assert_eq!(
        files_in(&project.join("target/stylus")),
        ["hello.debug.wasm", "hello.json", "hello.wasm"]
    );

    let one = run_in(&project, &["build", "headless", "--no-wasm-opt"]);
    one.assert_refused(&["the network would refuse `headless`", "nothing was written"]);
    assert_eq!(
        files_in(&project.join("target/stylus")),
        ["hello.debug.wasm", "hello.json", "hello.wasm"]
    );
}

#[test]
fn test_build_without_binaryen_says_what_it_costs_and_goes_on() {
    let project = warm_project("build-without-binaryen", &[("hello", &good_source())]);
    let _ = fs::remove_dir_all(project.join("node_modules"));
    let outcome = run_in(&project, &["build"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.assert_says(&["without wasm-opt", "Node.js", "npm ci", "gas"]);
    assert_eq!(
        Artifact::load(project.join("target/stylus/hello.json"))
            .unwrap()
            .toolchain
            .wasm_opt,
        None
    );
    let asked = run_in(&project, &["build", "--no-wasm-opt"]);
    assert_eq!(
        (asked.code, asked.stderr.as_str()),
        (0, ""),
        "who asked for it is not lectured"
    );

    write(
        &project.join("node_modules/binaryen/package.json"),
        r#"{ "version": "99.0.0" }"#,
    );
    run_in(&project, &["build"]).assert_refused(&["binaryen 99.0.0", "132.0.0", "npm ci"]);
}

#[test]
fn test_build_result_into_a_closed_pipe_is_no_failure() {
    let project = warm_project("build-pipe", &[("hello", &good_source())]);
    let mut command = mintage(&project);
    let mut child = command
        .args(["build", "-q"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).as_ref()
        ),
        (Some(0), "")
    );
}

#[test]
fn test_build_outside_a_project_and_unknown_programs() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), &["build"]).assert_refused(&["no contracts/Stylus.toml", "--project"]);
    run_in(folder.path(), &["build", "--project", "nowhere"]).assert_refused(&["nowhere", "No such file"]);
    let empty = create(&folder.path().join("empty"), &[]);
    run_in(&empty, &["build"]).assert_refused(&["no program", "[contract]"]);
    let project = create(&folder.path().join("one"), &[("hello", &good_source())]);
    run_in(&project, &["build", "helo"]).assert_refused(&["no program `helo`", "programs: hello"]);
}

#[test]
fn test_build_bad_project_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = |name: &str| create(&folder.path().join(name), &[("hello", &good_source())]);

    let project = fresh("stylus-toml");
    write(&project.join("contracts/hello/Stylus.toml"), "[contract\n");
    run_in(&project, &["build"]).assert_refused(&["contracts/hello/Stylus.toml", "line 1"]);
    write(&project.join("contracts/hello/Stylus.toml"), "");
    run_in(&project, &["build"]).assert_refused(&["contracts/hello/Stylus.toml", "no [contract] table"]);

    let project = fresh("cargo-toml");
    fs::remove_file(project.join("contracts/hello/Cargo.toml")).unwrap();
    run_in(&project, &["build"]).assert_refused(&["contracts/hello/Cargo.toml", "No such file"]);

    let project = fresh("interface");
    let interface = project.join("contracts/interfaces/IHello.sol");
    write(
        &interface,
        "\ninterface IHello { function f(uint257 x) external; }\nabstract contract Hello is IHello { constructor() {} }",
    );
    run_in(&project, &["build"]).assert_refused(&["IHello.sol", "line 2", "uint257"]);
    fs::remove_file(&interface).unwrap();
    run_in(&project, &["build"]).assert_refused(&["contracts/interfaces/IHello.sol", "No such file"]);

    let project = fresh("lock");
    write(&project.join("contracts/Cargo.lock"), "version = 4\n");
    run_in(&project, &["build"]).assert_refused(&["Cargo.lock", "--locked"]);
}

#[test]
fn test_build_without_a_toolchain_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let project = create(folder.path(), &[("hello", &good_source())]);
    let outcome = run(mintage(&project)
        .arg("build")
        .env("MINTAGE_WASM_TOOLCHAIN", "none"));
    outcome.assert_refused(&[
        "no toolchain",
        "rustup toolchain install 1.95.0",
        "apt-get install rustc-web",
    ]);
    assert!(!project.join("target").exists(), "nothing was written");
}
