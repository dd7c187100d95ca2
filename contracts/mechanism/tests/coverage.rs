//! COVERAGE.md says which number of which rule is tested where. It is made from the names of the tests: `s2_19_…` and `prop_s2_19_…` are tests of
//! section 2.19 of the rule sheet; and from the first lines of the vectors, which say whose second model it is.
//!
//! To write it anew: `MINTAGE_BLESS=1 cargo test -p mintage-mechanism --test coverage`.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, missing_docs)]

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

/// Section, what it is, and what of it is not here, with the reason.
const SECTIONS: &[(&str, &str, &str)] = &[
    ("2.1", "Bitcoin issuance and difficulty", ""),
    ("2.2", "Stake-weighted issuance", ""),
    ("2.3", "EIP-1559 controller", ""),
    (
        "2.4",
        "BNB auto-burn, BEP-95",
        "the average prices behind the published burns: only #18's is known; each burn is checked against the price that it implies",
    ),
    ("2.5", "Delegated stake", ""),
    (
        "2.6",
        "Slashing",
        "who is in jail and which evidence was used: state of a program",
    ),
    (
        "2.7",
        "Liquid staking",
        "the withdrawal queue: state of a program",
    ),
    (
        "2.8",
        "Restaking magnitudes",
        "the delays of withdrawal and allocation: parameters in blocks",
    ),
    ("2.9", "Vote escrow and boost", ""),
    (
        "2.10",
        "Staking rewards",
        "MasterChef's per-share form: the same sum with another scale",
    ),
    ("2.11", "Crowdsale", ""),
    (
        "2.12",
        "Commitment sale",
        "attestations (signatures): a program's",
    ),
    ("2.13", "LBP, batch, continuous clearing, Dutch, VRGDA", ""),
    ("2.14", "Fair launch curve", ""),
    ("2.15", "Merkle airdrop", ""),
    ("2.16", "Vesting", ""),
    ("2.17", "Allocation health", ""),
    ("2.18", "Hard cap", ""),
    ("2.19", "Emission schedules", ""),
    (
        "2.20",
        "Governance mint window",
        "who holds the right to mint: a program's; the timelock is under 2.47",
    ),
    (
        "2.21",
        "Elasticity",
        "Cosmos' 6,311,520 blocks a year: time here is seconds",
    ),
    ("2.22", "Elastic rebase", ""),
    ("2.23", "Over-collateralised debt", ""),
    ("2.24", "RWA minting", ""),
    ("2.25", "Liquidation and margin", ""),
    ("2.26", "Buyback, push; waterfall", ""),
    (
        "2.27",
        "Buyback, pull",
        "what a caller earns: an equilibrium of a market, which the simulator shows",
    ),
    (
        "2.28",
        "Range walls",
        "the cushion's bond market: a market of its own",
    ),
    (
        "2.29",
        "Counter-cyclical lot",
        "variance of a price under the controller: an effect that the simulator reports",
    ),
    (
        "2.30",
        "Random triggers",
        "request and reveal: state of a program",
    ),
    ("2.31", "Reserve and rate bucket", ""),
    ("2.32", "Loyalty burn", ""),
    ("2.33", "Swap and add", ""),
    (
        "2.34",
        "Exit penalty",
        "queues and delays of a week: state of a program",
    ),
    ("2.35", "Net asset value", ""),
    ("2.36", "Transfer fee", ""),
    ("2.37", "Leveraged tokens", ""),
    (
        "2.38",
        "Option vaults",
        "a vault's cap and least supply: parameters of a program",
    ),
    ("2.39", "Black-Scholes", ""),
    (
        "2.40",
        "Hedging",
        "Squeeth's funding and collateral: another protocol's state",
    ),
    ("2.43", "AMM", ""),
    ("2.44", "Oracles", ""),
    ("2.45", "Volatility", ""),
    ("2.47", "Governance", ""),
    ("2.48", "Bridge buckets", ""),
    ("2.49", "ERC-4626", "asynchronous vaults (7540): a program's"),
    ("3.1", "Bitcoin supply", ""),
    ("3.2", "EIP-1559 ladders", ""),
    ("3.3", "Ampleforth tables", ""),
    ("3.4", "Maker rpow", "in mintage-math"),
    ("3.5", "Merkle tree", ""),
    (
        "3.6",
        "Black-Scholes, normal distribution",
        "the distribution's in mintage-math",
    ),
    ("3.7", "AMM numbers", ""),
];

/// `s2_19_crv_rate` or `prop_s2_19_…`: "2.19".
fn section(name: &str) -> Option<String> {
    let rest = name.strip_prefix("prop_").unwrap_or(name).strip_prefix('s')?;
    let mut parts = rest.split('_');
    let (chapter, number) = (parts.next()?, parts.next()?);
    (chapter.parse::<u8>().is_ok() && number.parse::<u8>().is_ok()).then(|| format!("{chapter}.{number}"))
}

fn scan(folder: &Path, found: &mut BTreeMap<String, Vec<(String, String)>>) {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for path in files {
        if path.is_dir() {
            scan(&path, found);
            continue;
        }
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Some(rest) = line.trim_start().strip_prefix("fn ") else {
                continue;
            };
            let name = rest.split('(').next().unwrap();
            if let Some(section) = section(name) {
                found
                    .entry(section)
                    .or_default()
                    .push((file.clone(), name.to_owned()));
            }
        }
    }
}

/// The table of the second models: from the first line of each vector file, `of swap liquidity; 10000 cases; 200 errors`.
fn models(root: &Path) -> String {
    let mut rows = BTreeMap::<String, Vec<String>>::new();
    for entry in fs::read_dir(root.join("models/vectors")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let content = fs::read(&path).unwrap();
        let line = content.split(|b| *b == b'\n').next().unwrap();
        let line = String::from_utf8(line.to_vec()).unwrap();
        let [of, cases, errors] = line.split("; ").collect::<Vec<_>>().try_into().unwrap();
        let number = |text: &str| text.split(' ').next().unwrap().parse::<u64>().unwrap();
        let (cases, errors) = (number(cases), number(errors));
        let share = errors * 100 / cases;
        let row = format!(
            "`{name}` {cases}{}",
            if errors == 0 {
                String::new()
            } else {
                format!(" ({share} %)")
            }
        );
        for module in of.strip_prefix("of ").unwrap().split(' ') {
            rows.entry(module.to_owned()).or_default().push(row.clone());
        }
    }
    let mut text = String::from(
        "\n# Which second model checks what\n\nEvery mechanism once more in plain Python, written from the rule (`models/`); the seeded cases of each, in brackets how many of them \
         end in the error that they should. Those named `real_` are points in sixty digits, held against the stated error of the function; in brackets those \
         left out, since they have no value or an error too wide to say anything.\n\n\
         | module | models and cases |\n|---|---|\n",
    );
    for (module, mut list) in rows {
        list.sort();
        writeln!(text, "| {module} | {} |", list.join(", ")).unwrap();
    }
    text
}

/// Every mechanism opens with its equation, symbols, source, domain, rounding and what went wrong in the wild, and shows itself at work.
#[test]
fn every_mechanism_explains_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let library = fs::read_to_string(root.join("lib.rs")).unwrap();
    let mut files: Vec<_> = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(|name| root.join(format!("{name}.rs")))
        .filter(|path| path.exists())
        .collect();
    files.extend(
        fs::read_dir(root.join("emission"))
            .unwrap()
            .map(|e| e.unwrap().path()),
    );
    assert!(files.len() > 60);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let head: String = text.lines().take_while(|l| l.starts_with("//!")).collect();
        for item in [
            "Equation",
            "Symbols",
            "Source",
            "Domain",
            "Rounding",
            "In the wild",
        ] {
            assert!(
                head.contains(&format!("//! * **{item}.** ")),
                "{}: {item} is missing",
                path.display()
            );
        }
        assert!(
            text.contains("/// ```\n") || text.contains("//! ```\n"),
            "{}: no example",
            path.display()
        );
    }
}

#[test]
fn coverage_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    scan(&root.join("src"), &mut found);
    scan(&root.join("../math/src"), &mut found);
    let mut text = String::from(
        "# Which rule is tested where\n\nMade from the names of the tests by `tests/coverage.rs`; every section of the rule sheet that states a rule is here.\n\n\
         | section | what | tests | in | not here, and why |\n|---|---|---|---|---|\n",
    );
    for (section, title, left_out) in SECTIONS {
        let tests = found
            .get(*section)
            .unwrap_or_else(|| panic!("no test is named after section {section} ({title})"));
        let mut files: Vec<&str> = tests.iter().map(|(file, _)| file.as_str()).collect();
        files.dedup();
        writeln!(
            text,
            "| {section} | {title} | {} | {} | {left_out} |",
            tests.len(),
            files.join(", ")
        )
        .unwrap();
    }
    for section in found.keys() {
        assert!(
            SECTIONS.iter().any(|(known, _, _)| known == section),
            "a test is named after an unknown section {section}"
        );
    }
    text += &models(root);
    let path = root.join("COVERAGE.md");
    if std::env::var_os("MINTAGE_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert!(
        fs::read_to_string(&path).is_ok_and(|old| old == text),
        "COVERAGE.md is not current: MINTAGE_BLESS=1 cargo test -p mintage-mechanism --test coverage"
    );
}
