//! Ink, gas and size of every program against committed snapshots, and against the budgets that were promised.
//!
//! A program's bytes depend on the compiler, so there is one snapshot a compiler version (`snapshots/`); a compiler
//! without one is held to the budgets alone. `make snapshots` writes them anew; a change belongs in the commit that
//! explains it.

mod methods;

use std::{fmt::Write as _, path::PathBuf};

use mintage_tests::artifact;

/// What a program may weigh compressed, prefix included. The network takes 24,576; each byte is paid again at every call.
const SIZE_BUDGETS: [(&str, u64); 6] = [
    ("buyback", 11_000),
    ("emission", 16_000),
    ("pair", 14_000),
    ("price-oracle", 9_000),
    ("token", 9_000),
    ("treasury", 12_000),
];

/// What a call may cost beyond the transaction's own gas: method, uncached, cached. Measured from cold storage slots.
const GAS_BUDGETS: [(&str, u64, u64); 2] = [
    ("token.transfer", 27_000, 15_200),
    ("token.balanceOf", 15_000, 3_150),
];

#[test]
fn sizes_stay_within_their_budgets() {
    let listed: Vec<_> = SIZE_BUDGETS.iter().map(|(name, _)| *name).collect();
    let programs: Vec<_> = mintage_abi::programs().map(|(name, _)| name).collect();
    assert_eq!(listed, programs, "every program has a budget");
    for (name, budget) in SIZE_BUDGETS {
        let size = artifact(name).compressed_size;
        assert!(
            size <= budget,
            "{name}: {size} bytes compressed, the budget is {budget}"
        );
    }
}

#[test]
fn methods_stay_within_their_budgets() {
    let measured = methods::measure();
    for (method, uncached, cached) in GAS_BUDGETS {
        let found = measured
            .iter()
            .find(|found| found.method == method)
            .expect("measured");
        assert!(
            found.uncached <= uncached && found.cached <= cached,
            "{method}: {} uncached and {} cached, the budget is {uncached} and {cached}",
            found.uncached,
            found.cached
        );
    }
}

#[test]
fn costs_equal_the_snapshot_of_this_compiler() {
    let now = table();
    let path = snapshot_path();
    if std::env::var_os("MINTAGE_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &now).expect("the snapshot folder can be written");
        return;
    }
    let Ok(before) = std::fs::read_to_string(&path) else {
        eprintln!(
            "no snapshot for this compiler ({}): only the budgets were checked",
            path.display()
        );
        return;
    };
    let changed: Vec<_> = now
        .lines()
        .filter(|line| !before.lines().any(|old| old == *line))
        .collect();
    assert!(
        before == now,
        "costs have changed; if that is meant, run `make snapshots` and commit it with the reason.\n{}",
        changed.join("\n")
    );
}

/// Sizes, entry gas and method gas as they are committed.
fn table() -> String {
    let mut text = format!(
        "# {}, {}\n\n",
        compiler(),
        artifact("token").toolchain.wasm_opt.unwrap_or_default()
    );
    let _ = writeln!(
        text,
        "{:<28}{:>10}{:>12}{:>12}{:>12}",
        "program", "raw", "compressed", "init gas", "cached gas"
    );
    for (name, _) in mintage_abi::programs() {
        let a = artifact(name);
        let _ = writeln!(
            text,
            "{name:<28}{:>10}{:>12}{:>12}{:>12}",
            a.raw_size, a.compressed_size, a.init_gas, a.cached_gas
        );
    }
    let _ = writeln!(
        text,
        "\n{:<28}{:>10}{:>12}{:>12}",
        "method", "uncached", "cached", "program ink"
    );
    for row in methods::measure() {
        let _ = writeln!(
            text,
            "{:<28}{:>10}{:>12}{:>12}",
            row.method, row.uncached, row.cached, row.ink
        );
    }
    text
}

/// `rustc 1.95.0`, without the commit: it is the same compiler whoever packed it.
fn compiler() -> String {
    let toolchain = artifact("token").toolchain.rustc;
    toolchain.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

fn snapshot_path() -> PathBuf {
    let file = format!("{}.txt", compiler().replace(' ', "-"));
    mintage_tests::root().join("tests/cost/snapshots").join(file)
}
