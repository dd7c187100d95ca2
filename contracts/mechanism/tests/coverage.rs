//! COVERAGE.md says which number of which rule is tested where. It is made from the names of the tests: `s2_19_…` and `prop_s2_19_…` are tests of
//! section 2.19 of the rule sheet.
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
        "the published burns #17 to #33 but #18: they state no average price to check against",
    ),
    ("2.5", "Delegated stake", ""),
    (
        "2.6",
        "Slashing",
        "jail and evidence bookkeeping: state of a program",
    ),
    (
        "2.7",
        "Liquid staking",
        "the withdrawal queue: state of a program",
    ),
    ("2.8", "Restaking magnitudes", ""),
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
        "Bravo's thresholds and periods: parameters of a program; its timelock is under 2.47",
    ),
    ("2.21", "Elasticity", ""),
    ("2.22", "Elastic rebase", ""),
    ("2.23", "Over-collateralised debt", ""),
    ("2.24", "RWA minting", ""),
    ("2.25", "Liquidation and margin", ""),
    ("2.26", "Buyback, push; waterfall", ""),
    (
        "2.27",
        "Buyback, pull",
        "the fee shares of Uniswap v2 and v3 pools: parameters of other systems",
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
        "the volatility fees of Algebra and Joe: fees of swaps, not of exits, and Algebra's is an approximation of its own",
    ),
    ("2.35", "Net asset value", ""),
    ("2.36", "Transfer fee", ""),
    ("2.37", "Leveraged tokens", ""),
    ("2.38", "Option vaults", ""),
    ("2.39", "Black-Scholes", ""),
    ("2.40", "Hedging", ""),
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

#[test]
fn coverage_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    scan(&root.join("src"), &mut found);
    scan(&root.join("../math/src"), &mut found);
    let mut text = String::from(
        "# Which rule is tested where\n\nMade from the names of the tests by `tests/coverage.rs`; every section of the rule sheet that states a rule is here.\n\
         Besides these, `models/` holds a second, plain model of every mechanism; 1,000 to 100,000 seeded cases each must be equal.\n\n\
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
    let path = root.join("COVERAGE.md");
    if std::env::var_os("MINTAGE_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert!(
        fs::read_to_string(&path).is_ok_and(|old| old == text),
        "COVERAGE.md is not current: MINTAGE_BLESS=1 cargo test -p mintage-mechanism --test coverage"
    );
}
