//! COST.md.

use super::{Row, arguments::Table};
use crate::text::grouped;
use std::fmt::Write as _;

/// Ink of a gas with the network's default price of ink.
const INK_PER_GAS: i64 = 10_000;

/// What was promised: function, gas, bytes.
const GOALS: [(&str, i64, Option<i64>); 5] = [
    ("mul_div_down", 40, None),
    ("exp_wad_down", 200, None),
    ("ln_wad", 200, None),
    ("normal_cdf_wad", 400, None),
    ("black_scholes::Terms::call_and_delta", 2_000, Some(6_144)),
];

/// The whole file.
pub(crate) fn render(rows: &[Row], references: &Table, tools: &str) -> String {
    let mut text = format!(
        "\
# What the functions cost

Written by `make cost` (`make bench` runs it); do not edit. {tools}, the profile and flags of `mintage build`.

Each public function of mintage-math and mintage-mechanism stands alone in a program, with the arguments shown; a second program makes the same
arguments and does not call. The differences between the two are the columns:

* **bytes**: of the program as it stands on chain, brotli-compressed. What two functions share (the 512-bit division, say) is counted
  in both; a contract that uses both carries it once. The unit of payment: each byte is paid again in every call that is not cached.
* **ink** and **gas**: of the call, measured in the simulator's VM by the network's price of each instruction; 1 gas = 10,000 ink.
  The function's share alone: entering a program costs more than most functions (see `make snapshots`).
* **reference**: gas of a Solidity implementation of the same, as its own documentation states it; where that is only a unit of code,
  not an equal domain or accuracy, it says so.

All probes are compiled as one crate, in which link-time optimisation sees them together, and linked one by one; a program of your own may come
out some bytes apart. Arguments: `n(5)` is 5, `e18(5)` five tokens of 18 decimals, `m18(5)` five thousandths of that, `e27` and `m27` the same of 27 decimals,
`q96(5)` is 5·2^96. They are in `cost-arguments.txt`; functions without a line there get values by parameter type and name.

## Goals

| function | gas | goal | bytes | goal |
|---|--:|--:|--:|--:|
"
    );
    for (key, gas_goal, byte_goal) in GOALS {
        if let Some(row) = rows.iter().find(|row| row.key == key) {
            let _ = writeln!(
                text,
                "| `{key}` | {} | {} | {} | {} |",
                gas(row.cost.ink),
                grouped(gas_goal as u64),
                signed(row.cost.bytes),
                byte_goal.map_or("–".into(), |b| grouped(b as u64)),
            );
        }
    }
    let mut section = None;
    for row in rows {
        let module = row.key.rsplit_once("::").map_or("", |(module, _)| module);
        let module = module
            .split("::")
            .find(|part| part.starts_with(char::is_uppercase))
            .map_or(module, |_| {
                module.rsplit_once("::").map_or("", |(module, _)| module)
            });
        if section != Some((row.krate, module)) {
            section = Some((row.krate, module));
            let name = if module.is_empty() { row.krate } else { module };
            let _ = write!(
                text,
                "\n## {name}\n\n| call | bytes | ink | gas | reference |\n|---|--:|--:|--:|---|\n"
            );
        }
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            row.call.replace('|', "\\|"),
            signed(row.cost.bytes),
            signed(row.cost.ink),
            gas(row.cost.ink),
            references.get(&row.key).unwrap_or_default(),
        );
    }
    text
}

/// Lines that would change.
pub(crate) fn difference(there: &str, now: &str) -> String {
    if there == now {
        return "COST.md is up to date".to_owned();
    }
    let changed = now.lines().filter(|line| !there.lines().any(|old| old == *line));
    format!(
        "COST.md is out of date: run `make cost`\n{}",
        changed.collect::<Vec<_>>().join("\n")
    )
}

fn gas(ink: i64) -> String {
    let tenths = (ink + INK_PER_GAS / 20).div_euclid(INK_PER_GAS / 10);
    if tenths.abs() >= 1_000 {
        signed((ink + INK_PER_GAS / 2).div_euclid(INK_PER_GAS))
    } else {
        format!("{}.{}", tenths / 10, (tenths % 10).abs())
    }
}

fn signed(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(number.unsigned_abs()))
}
