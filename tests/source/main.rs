//! What holds of the source text itself, in both workspaces.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files below a folder, those that builds leave there not counted.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
    {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "target" && name != "node_modules" {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// How often the keyword stands in code: not in comments, not in text.
fn unsafe_keywords(tokens: TokenStream) -> usize {
    let count = |token| match token {
        TokenTree::Ident(ident) => usize::from(ident == "unsafe"),
        TokenTree::Group(group) => unsafe_keywords(group.stream()),
        _ => 0,
    };
    tokens.into_iter().map(count).sum()
}

/// The table of ARCHITECTURE.md: file and count.
fn documented() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(top().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let (_, table) = text
        .split_once("\n| File | `unsafe` |")
        .expect("the table of unsafe code");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let file = cells.next().expect("a file").trim_matches('`').to_owned();
        (file, cells.next().expect("a count").parse().expect("a number"))
    };
    rows.map(row).collect()
}

#[test]
fn test_unsafe_code_stands_where_the_architecture_says() {
    let mut files = Vec::new();
    for folder in ["abi", "contracts", "fuzz", "sim", "tests"] {
        sources(&top().join(folder), &mut files);
    }
    assert!(files.len() > 200, "{} files", files.len());
    let counts = files.iter().filter_map(|file| {
        let text = fs::read_to_string(file).expect("a file");
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let count = unsafe_keywords(tokens);
        let name = file
            .strip_prefix(top())
            .expect("below the top")
            .to_string_lossy()
            .into_owned();
        (count > 0).then_some((name, count))
    });
    assert_eq!(
        counts.collect::<BTreeMap<_, _>>(),
        documented(),
        "found, documented"
    );
}
