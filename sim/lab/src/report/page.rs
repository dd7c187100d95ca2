//! The page around the plots: text, tables and the embedded files.

use std::fmt::Write as _;

use super::{Report, charts};
use crate::invariant::Check;
use crate::metrics::{Metric, Value};
use crate::record::{Number, Status};
use crate::scenario::{MarketKind, Side};
use crate::text::{compact, full, grouped};

const TEMPLATE: &str = include_str!("../../assets/report.html");
const CSS: &str = include_str!("../../assets/report.css");
const JS: &str = include_str!("../../assets/report.js");
const UPLOT_JS: &str = include_str!("../../assets/uplot/uPlot.iife.min.js");
const UPLOT_LICENSE: &str = include_str!("../../assets/uplot/LICENSE");
const UPLOT_CSS: &str = include_str!("../../assets/uplot/uPlot.min.css");

/// The page.
pub fn render(report: &Report<'_>) -> String {
    let plots = charts::plots(report.scenario, &report.outcome.history, &report.outcome.summary);
    let data = serde_json::to_string(&plots).expect("plots are plain data");
    let parts = [
        ("title", escape(report.scenario.name.as_str())),
        ("badge", badge(report)),
        ("description", escape(&report.scenario.description)),
        ("facts", facts(report)),
        ("violations", violations(report)),
        ("tiles", tiles(report)),
        ("invariants", invariants(report)),
        ("reproduce", escape(&reproduce(report))),
        ("versions", versions(report)),
        ("programs", programs(report)),
        ("numbers", numbers(report)),
        ("scenario", escape(report.resolved)),
        (
            "footer",
            escape(&format!(
                "Written by mintage {}.",
                report.manifest.mintage_version
            )),
        ),
        ("uplot_css", UPLOT_CSS.to_string()),
        ("css", CSS.to_string()),
        // In a script element only `</` could end it early.
        ("data", data.replace("</", "<\\/")),
        ("uplot_license", UPLOT_LICENSE.to_string()),
        ("uplot_js", UPLOT_JS.to_string()),
        ("js", JS.to_string()),
    ];
    fill(TEMPLATE, &parts)
}

/// Replaces `{{name}}` in one pass, so that nothing inside a value is taken for a place.
fn fill(template: &str, parts: &[(&str, String)]) -> String {
    let mut page = String::with_capacity(template.len() + parts.iter().map(|(_, v)| v.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            break;
        };
        page.push_str(parts.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v));
        rest = behind;
    }
    page.push_str(rest);
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn badge(report: &Report<'_>) -> String {
    let (class, text) = match report.outcome.summary.status {
        Status::Complete => ("good", "complete"),
        Status::Interrupted => ("warn", "stopped before its end"),
        Status::Violated => ("bad", "invariant violated"),
    };
    format!("<span class=\"badge {class}\">{text}</span>")
}

fn facts(report: &Report<'_>) -> String {
    let (scenario, summary) = (report.scenario, &report.outcome.summary);
    let agents: u64 = scenario.agent_counts().iter().map(|(_, n)| n).sum();
    let market = match *scenario.market.kind {
        MarketKind::Pair => "pair program",
        MarketKind::UniswapV2 => "Uniswap v2 bytecode",
    };
    escape(&format!(
        "{} of {} steps of {} · {agents} agents · {} transactions · market: {market} · seed {}",
        grouped(summary.steps),
        grouped(report.manifest.steps_planned),
        *scenario.run.step,
        grouped(summary.transactions),
        summary.seed
    ))
}

fn violations(report: &Report<'_>) -> String {
    let mut html = String::new();
    for v in &report.outcome.summary.violations {
        let text = escape(&format!("{} at step {}: {}", v.name, v.step, v.message));
        let _ = write!(html, "<p class=\"violation\">{text}</p>");
    }
    html
}

fn tiles(report: &Report<'_>) -> String {
    let (scenario, summary) = (report.scenario, &report.outcome.summary);
    let last = &report.outcome.last;
    let symbol = |side| scenario.token(side).symbol.to_string();
    let (token, quote) = (symbol(Side::Token), symbol(Side::Quote));
    let value = |metric| last.value(metric).as_f64();
    let mut tiles = vec![
        tile(
            "Supply",
            &compact(value(Metric::Supply)),
            &token,
            match summary.supply_identity_holds {
                true => ("good", "minted − burned, exact to the unit".into()),
                false => ("bad", "is not minted − burned".into()),
            },
        ),
        tile(
            "Burned",
            &compact(value(Metric::Burned)),
            &token,
            ("", format!("of {} minted", compact(value(Metric::Minted)))),
        ),
        tile(
            "Pool price",
            &compact(value(Metric::PoolPrice)),
            &quote,
            ("", format!("outside {}", compact(value(Metric::OutsidePrice)))),
        ),
    ];
    if let Some(floor) = &summary.treasury_floor {
        let note = if floor.held {
            ("good", "floor held".to_string())
        } else {
            ("bad", "was below its floor".to_string())
        };
        tiles.push(tile("Treasury", &compact(value(Metric::Treasury)), &quote, note));
    }
    if scenario.programs.buyback.is_some() {
        let spent = format!("{} {quote} spent", compact(value(Metric::BuybackSpent)));
        tiles.push(tile("Buybacks", &grouped(last.buybacks), "", ("", spent)));
        tiles.push(tile(
            "Buyback efficiency",
            &format!("{:.4}", value(Metric::BuybackEfficiency)),
            "",
            ("", "value burned for each unit spent".into()),
        ));
    }
    if !scenario.agents.sandwich.is_empty() {
        let profit = value(Metric::AttackerProfit);
        let spent = value(Metric::BuybackSpent);
        let share = if spent > 0.0 {
            format!("{:.2} % of what buybacks spent", 100.0 * profit / spent)
        } else {
            String::new()
        };
        tiles.push(tile("Attacker's profit", &compact(profit), &quote, ("", share)));
    }
    let failed = format!("{} failed", grouped(summary.failed_transactions));
    tiles.push(tile(
        "Transactions",
        &grouped(summary.transactions),
        "",
        ("", failed),
    ));
    tiles.concat()
}

fn tile(name: &str, value: &str, unit: &str, (class, note): (&str, String)) -> String {
    let (value, unit, note) = (escape(value), escape(unit), escape(&note));
    format!(
        "<div class=\"tile\"><span>{name}</span><b>{value} <small>{unit}</small></b><em class=\"{class}\">{note}</em></div>"
    )
}

fn invariants(report: &Report<'_>) -> String {
    let violated = |name: &str| report.outcome.summary.violations.iter().find(|v| v.name == name);
    let mut html = String::new();
    let mut item = |name: &str, text: &str| {
        let (class, detail) = match violated(name) {
            Some(v) => (
                "bad",
                format!("{text} Violated at step {}: {}", v.step, v.message),
            ),
            None => ("", text.to_string()),
        };
        let _ = write!(
            html,
            "<li class=\"{class}\">{}<small>{}</small></li>",
            escape(name),
            escape(&detail)
        );
    };
    for check in &report.scenario.invariants {
        item(check.name(), meaning(*check));
    }
    for bound in &report.scenario.bound {
        let limits = [
            bound.min.map(|m| format!("at least {m}")),
            bound.max.map(|m| format!("at most {m}")),
        ];
        let text: Vec<String> = limits.into_iter().flatten().collect();
        item(
            &format!("bound on {}", bound.metric.name()),
            &format!("{}.", text.join(", ")),
        );
    }
    html
}

fn meaning(check: Check) -> &'static str {
    match check {
        Check::SupplyIdentity => "Supply is what was ever minted less what was ever burned, for both tokens.",
        Check::SumOfBalances => {
            "All balances add up to the supply, and each is what the events say, for both tokens."
        }
        Check::Cap => "The cap is kept, for both tokens.",
        Check::TreasuryFloor => "No payment takes the treasury below its floor.",
        Check::TreasuryBooks => "The treasury's books agree with its events and its balance.",
        Check::EmissionSchedule => "The emission has minted what the schedule, computed natively, says.",
        Check::BuybackRules => {
            "Buybacks are a hop apart, spend at most a lot and bring at least the oracle's floor."
        }
        Check::PoolProduct => "The product of the reserves never falls for each pool share.",
    }
}

fn reproduce(report: &Report<'_>) -> String {
    format!(
        "# where `mintage build` was run, with mintage {} and the programs below;\n# RUN is this folder\n\
         mintage run $RUN/scenario.resolved.toml --out again\n\n\
         # nothing differs but the wall clock in manifest.json\ndiff -r $RUN again",
        report.manifest.mintage_version
    )
}

fn versions(report: &Report<'_>) -> String {
    let m = report.manifest;
    let pairs = [
        ("Scenario", m.scenario.clone()),
        ("Seed", m.seed.to_string()),
        ("mintage", m.mintage_version.clone()),
        ("ArbOS", m.arbos_version.to_string()),
        ("Scenario hash", m.scenario_hash.clone()),
    ];
    pairs.iter().fold(String::new(), |mut html, (name, value)| {
        let class = if value.starts_with("0x") {
            " class=\"mono\""
        } else {
            ""
        };
        let _ = write!(html, "<dt>{name}</dt><dd{class}>{}</dd>", escape(value));
        html
    })
}

fn programs(report: &Report<'_>) -> String {
    report.manifest.programs.iter().fold(String::new(), |mut html, (name, p)| {
        let (address, hash, size) = (escape(&p.address), escape(&p.code_hash), grouped(p.code_bytes));
        let _ = write!(
            html,
            "<tr><td>{}</td><td class=\"mono\">{address}</td><td class=\"n\">{size}</td><td class=\"mono\">{hash}</td></tr>",
            escape(name)
        );
        html
    })
}

fn numbers(report: &Report<'_>) -> String {
    let last = &report.outcome.last;
    let programs = &report.scenario.programs;
    let symbols = (programs.token.symbol.as_str(), programs.quote.symbol.as_str());
    Metric::ALL.iter().fold(String::new(), |mut html, metric| {
        let value = last.value(*metric);
        let number = Number::of(value, *metric, symbols);
        let shown = if let Value::Count(n) = value {
            grouped(n)
        } else {
            full(number.value)
        };
        let exact = number.base_units.unwrap_or_default();
        let _ = write!(
            html,
            "<tr><td>{}</td><td class=\"n\">{shown}</td><td>{}</td><td class=\"n mono\">{exact}</td></tr>",
            metric.name(),
            escape(&number.unit)
        );
        html
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_fill_is_one_pass() {
        let parts = [("a", "{{b}}".to_string()), ("b", "x".to_string())];
        assert_eq!(fill("<{{a}}|{{b}}|{{c}}>", &parts), "<{{b}}|x|>");
    }

    #[test]
    fn test_page_has_every_part() {
        for name in TEMPLATE
            .split("{{")
            .skip(1)
            .filter_map(|p| p.split_once("}}"))
            .map(|(n, _)| n)
        {
            assert!(!name.contains(char::is_whitespace), "{name}");
        }
        assert!(!CSS.contains("{{") && !JS.contains("</script") && !UPLOT_JS.contains("</script"));
        assert!(UPLOT_LICENSE.contains("MIT") && !UPLOT_LICENSE.contains("--"));
    }
}
