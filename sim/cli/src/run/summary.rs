//! The short summary that `mintage run` ends with.

use std::fmt::Write as _;

use mintage_lab::record::{Number, Status};
use mintage_lab::run::Finished;
use mintage_lab::text::{full, grouped};

/// Methods that the gas table has.
const METHODS: usize = 12;

/// The summary as text.
pub(crate) fn text(finished: &Finished, report: &str, replay: Option<&str>) -> String {
    let mut text = head(finished);
    text += &numbers(finished);
    text += &gas(finished);
    for v in &finished.summary.violations {
        let _ = writeln!(text, "\nviolated at step {}: {}: {}", v.step, v.name, v.message);
    }
    if let Some(command) = replay {
        let _ = writeln!(text, "replay with: {command}");
    }
    let _ = write!(text, "\nreport: {report}");
    text
}

fn head(finished: &Finished) -> String {
    let (summary, manifest) = (&finished.summary, &finished.manifest);
    let ended = match summary.status {
        Status::Complete => "complete",
        Status::Interrupted => "stopped before its end",
        Status::Violated => "INVARIANT VIOLATED",
    };
    let speed = manifest.wall_clock.as_ref().map_or_else(String::new, |w| {
        format!(
            " in {:.1} s ({} a second)",
            w.took_secs,
            grouped(w.transactions_per_second as u64)
        )
    });
    format!(
        "{}: {ended}, {} of {} steps, {} transactions{speed}\n\n",
        summary.scenario,
        grouped(summary.steps),
        grouped(manifest.steps_planned),
        grouped(summary.transactions)
    )
}

fn numbers(finished: &Finished) -> String {
    let summary = &finished.summary;
    let number = |name: &str| summary.metrics.get(name);
    let show = |name: &str| number(name).map_or_else(String::new, shown);
    let identity = if summary.supply_identity_holds {
        "exact to the base unit"
    } else {
        "WRONG"
    };
    let mut rows = vec![
        (
            "supply",
            format!(
                "{} = minted {} - burned {}, {identity}",
                show("supply"),
                show("minted"),
                show("burned")
            ),
        ),
        (
            "burned",
            format!("{}, of it {} by buybacks", show("burned"), show("buyback_burned")),
        ),
    ];
    if let Some(floor) = &summary.treasury_floor {
        let held = if floor.held {
            "floor held"
        } else {
            "FLOOR NOT HELD"
        };
        let units = format!(
            "lowest {} against {} base units",
            floor.lowest_base_units, floor.floor_base_units
        );
        rows.push(("treasury", format!("{}, {held} ({units})", show("treasury"))));
    }
    let spent = number("buyback_spent").map_or(0.0, |n| n.value);
    let count = number("buybacks").map_or(0.0, |n| n.value);
    if count > 0.0 {
        let efficiency = number("buyback_efficiency").map_or(0.0, |n| n.value);
        let text = format!(
            "{} for {}, efficiency {efficiency:.4}",
            full(count),
            show("buyback_spent")
        );
        rows.push(("buybacks", text));
        let profit = number("attacker_profit").map_or(0.0, |n| n.value);
        let text = format!(
            "{}, {:.2} % of what buybacks spent",
            show("attacker_profit"),
            100.0 * profit / spent
        );
        rows.push(("attacker's profit", text));
    }
    rows.push((
        "price",
        format!(
            "{} in the pool, {} outside",
            show("pool_price"),
            show("outside_price")
        ),
    ));
    rows.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "  {name:<18} {value}");
        text
    })
}

fn shown(number: &Number) -> String {
    if number.unit.is_empty() {
        full(number.value)
    } else {
        format!("{} {}", full(number.value), number.unit)
    }
}

fn gas(finished: &Finished) -> String {
    let mut text = format!(
        "\n  {:<34} {:>9} {:>9} {:>9} {:>9}\n",
        "gas by method", "calls", "least", "mean", "most"
    );
    let methods = &finished.summary.gas;
    for g in methods.iter().take(METHODS) {
        let name = format!("{}.{}", g.contract, g.method);
        let _ = writeln!(
            text,
            "  {name:<34} {:>9} {:>9} {:>9} {:>9}",
            grouped(g.count),
            grouped(g.min_gas),
            grouped(g.mean_gas),
            grouped(g.max_gas)
        );
    }
    if methods.len() > METHODS {
        let _ = writeln!(text, "  and {} more in summary.json", methods.len() - METHODS);
    }
    text
}
