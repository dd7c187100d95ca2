//! The generator against solc's own output, and its behaviour on bad interfaces and on drift.

use alloy_json_abi::JsonAbi;
use mintage_abi_gen::{Drift, Interface, Kind, OutputError, check, list, read_interfaces, render, write};
use std::path::{Path, PathBuf};

const EVERYTHING: &str = include_str!("fixtures/IEverything.sol");
/// What solc 0.8.37 says of the same file: the ABI of `Everything`, and, as solc prints no constructor of an abstract contract,
/// the constructor of a concrete contract with the same parameters.
const EVERYTHING_BY_SOLC: &str = include_str!("fixtures/Everything.solc.json");

fn minimal(name: &str, body: &str) -> String {
    format!("interface I{name} {{ {body} }} abstract contract {name} is I{name} {{ constructor() {{}} }}")
}

fn problem(file: &str, source: &str) -> String {
    Interface::parse(file, source)
        .expect_err("must be refused")
        .to_string()
}

#[test]
fn test_parse_every_kind_of_item_equals_solc() {
    let mine = Interface::parse("IEverything.sol", EVERYTHING).unwrap();
    let mut solc: JsonAbi = serde_json::from_str(EVERYTHING_BY_SOLC).unwrap();
    // solc keeps the order of the source among overloads, as we do, but lists errors at file level only where they are used.
    let at_file_level = mine.abi.errors["AtFileLevel"].clone();
    assert!(solc.errors.insert("AtFileLevel".into(), at_file_level).is_none());
    assert_eq!(mine.abi, solc);
    assert_eq!(
        (mine.contract.as_str(), mine.program.as_str()),
        ("Everything", "everything")
    );
}

#[test]
fn test_parse_names_program_in_kebab_case() {
    let parsed = Interface::parse("x/IPriceOracle.sol", &minimal("PriceOracle", "")).unwrap();
    assert_eq!(parsed.program, "price-oracle");
    assert_eq!(parsed.contract, "PriceOracle");
}

#[test]
fn test_parse_bad_interfaces_say_where_and_what() {
    assert_eq!(
        problem("Token.sol", ""),
        "Token.sol: the file is not named I<Name>.sol, like IToken.sol"
    );
    assert!(problem("IA.sol", "").starts_with("IA.sol:1: this is not Solidity: unexpected end of input"));
    assert_eq!(
        problem("IA.sol", "interface IB {}"),
        "IA.sol:1: unexpected item; the file holds `interface IA` and `abstract contract A is IA`, without imports"
    );
    assert_eq!(
        problem("IA.sol", "pragma solidity ^0.8.20;"),
        "IA.sol: there is no `interface IA` in it"
    );
    assert!(
        problem("IA.sol", "interface IA {}").contains("abstract contract A is IA { constructor(..) {} }")
    );
    assert!(problem("IA.sol", "\n\nimport \"x.sol\";").starts_with("IA.sol:3: unexpected item"));
    assert!(
        problem("IA.sol", "interface IA {\n function 1f() external;\n}")
            .starts_with("IA.sol:2: this is not Solidity")
    );
    assert!(problem("IA.sol", "interface IA {").contains("this is not Solidity"));
    let unknown = minimal("A", "\nfunction f(IERC20 t) external;");
    assert_eq!(
        problem("IA.sol", &unknown),
        "IA.sol:2: the type `IERC20` is not declared in this file (contracts are written as `address`)"
    );
    let recursive = minimal("A", "struct S { S[] s; } function f(S calldata s) external;");
    assert!(problem("IA.sol", &recursive).contains("contains itself"));
    let mapping = minimal(
        "A",
        "struct S { mapping(uint => uint) m; } function f(S calldata s) external;",
    );
    assert!(problem("IA.sol", &mapping).contains("cannot stand in an interface"));
    let more = "interface IA {} abstract contract A is IA { constructor() {} function f() external {} }";
    assert!(problem("IA.sol", more).contains("expected only `constructor(..) {}` in `abstract contract A`"));
    let short = "interface IA { enum E { X } } abstract contract A is IA { constructor(E[] memory e) {} }";
    assert!(problem("IA.sol", short).contains("write `IA.E` in the constructor"));
    let four = minimal(
        "A",
        "event E(uint indexed a, uint indexed b, uint indexed c, uint indexed d);",
    );
    assert!(problem("IA.sol", &four).contains("more than 3 indexed"));
}

#[test]
fn test_list_known_selectors_and_shared_signatures() {
    let erc20 = "function transfer(address to, uint256 value) external returns (bool); \
        event Transfer(address indexed from, address indexed to, uint256 value); \
        error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);";
    let a = Interface::parse("IA.sol", &minimal("A", erc20)).unwrap();
    let b = Interface::parse("IB.sol", &minimal("B", erc20)).unwrap();
    let listed = list(&[b, a]).unwrap();
    let lines: Vec<_> = listed
        .iter()
        .map(|s| (s.kind, s.selector.as_str(), s.contracts.join(" ")))
        .collect();
    // Published values: ERC-20, ERC-6093.
    let expected = [
        (Kind::Function, "0xa9059cbb", "A B".to_owned()),
        (Kind::Error, "0xe450d38c", "A B".to_owned()),
        (
            Kind::Event,
            "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
            "A B".to_owned(),
        ),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn test_list_collision_is_refused() {
    // The well-known pair that shares 0x42966c68 with ERC-20's burn(uint256).
    let a = Interface::parse("IA.sol", &minimal("A", "function burn(uint256 v) external;")).unwrap();
    let b = Interface::parse(
        "IB.sol",
        &minimal("B", "function collate_propagate_storage(bytes16 x) external;"),
    )
    .unwrap();
    let error = list(&[a, b]).unwrap_err();
    assert_eq!(error.selector, "0x42966c68");
    assert!(
        error
            .to_string()
            .contains("`burn(uint256)` and `collate_propagate_storage(bytes16)`"),
        "{error}"
    );
}

#[test]
fn test_write_then_check_then_drift() {
    let folder = tempfile::tempdir().unwrap();
    let (sources, out) = (folder.path().join("interfaces"), folder.path().join("abi"));
    std::fs::create_dir_all(&sources).unwrap();
    assert!(matches!(read_interfaces(&sources), Err(OutputError::Nothing(_))));
    std::fs::write(sources.join("IA.sol"), minimal("A", "function f() external;")).unwrap();
    std::fs::write(sources.join("notes.md"), "not an interface").unwrap();

    let files = render(&read_interfaces(&sources).unwrap()).unwrap();
    assert_eq!(check(&out, &files).unwrap().len(), 4, "all missing");
    assert_eq!(write(&out, &files).unwrap().len(), 4);
    assert_eq!(check(&out, &files).unwrap(), []);
    assert_eq!(
        write(&out, &files).unwrap(),
        [] as [PathBuf; 0],
        "a second run changes nothing"
    );

    std::fs::write(out.join("json/Old.json"), "[]").unwrap();
    std::fs::write(out.join("json/A.json"), "[]").unwrap();
    let stale = Drift::Stale(Path::new("json").join("Old.json"));
    assert_eq!(
        check(&out, &files).unwrap(),
        [Drift::Differs("json/A.json".into()), stale]
    );
    assert_eq!(write(&out, &files).unwrap().len(), 2);
    assert!(!out.join("json/Old.json").exists());
}
