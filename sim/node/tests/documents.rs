//! What the README says of the methods, and what solc makes of the contracts, against what is there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use mintage_node::method_names;

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn test_readme_lists_every_method() {
    let readme = std::fs::read_to_string(here("README.md")).unwrap();
    let table = readme.split("## Methods").nth(1).expect("a part `Methods`");
    let table = table.split("\n## ").next().unwrap();
    // The first column of each row holds names in backticks.
    let listed: BTreeSet<&str> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    let known: BTreeSet<&str> = method_names().into_iter().collect();
    assert_eq!(
        known.difference(&listed).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "not in the README"
    );
    assert_eq!(
        listed.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "not in the node"
    );
}

#[test]
fn test_built_contracts_are_what_solc_makes() {
    let output = Command::new("node")
        .arg(here("contracts/compile.js"))
        .output()
        .expect("node is installed (`make setup`)");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let built = std::fs::read_to_string(here("contracts/built.json")).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), built);
}
