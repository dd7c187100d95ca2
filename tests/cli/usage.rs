//! Help, version and bad arguments.

use crate::command::{mintage, run_in};
use std::process::Stdio;

#[test]
fn test_help_is_a_result_with_examples_and_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let short = run_in(folder.path(), &["-h"]);
    assert_eq!((short.code, short.stderr.as_str()), (0, ""));
    let long = run_in(folder.path(), &["--help"]);
    assert_eq!((long.code, long.stderr.as_str()), (0, ""));
    assert!(long.stdout.len() > short.stdout.len());
    for part in ["Examples:", "Exit codes:", "mintage build token", "mintage run"] {
        assert!(long.stdout.contains(part), "{part}");
    }
    let build = run_in(folder.path(), &["build", "--help"]);
    assert_eq!(build.code, 0);
    assert!(build.stdout.contains("Examples:") && build.stdout.contains("Columns of the table:"));
}

#[test]
fn test_version_is_a_result() {
    let outcome = run_in(&std::env::temp_dir(), &["--version"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(outcome.stdout, format!("mintage {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn test_bad_arguments_exit_with_2_and_say_what_is_known() {
    let folder = std::env::temp_dir();
    run_in(&folder, &[]).assert_refused(&["Usage: mintage", "build", "run"]);
    run_in(&folder, &["biuld"]).assert_refused(&["unrecognized subcommand 'biuld'", "'build'"]);
    run_in(&folder, &["build", "--jsn"]).assert_refused(&["unexpected argument '--jsn'", "--json"]);
    run_in(&folder, &["build", "--out-dir"]).assert_refused(&["--out-dir <DIR>"]);
    run_in(&folder, &["run"]).assert_refused(&["required arguments"]);
}

#[test]
fn test_closed_stdout_is_no_failure() {
    let mut child = mintage(&std::env::temp_dir())
        .arg("--help")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
