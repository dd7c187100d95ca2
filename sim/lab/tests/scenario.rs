//! Scenario files: the shipped ones parse and survive a round trip, the published schema is current, and mistakes are told
//! with their place and what is allowed there.

use mintage_lab::scenario::Scenario;

const DEMO: &str = include_str!("../scenarios/halving-buyback.toml");
const BANK_RUN: &str = include_str!("../scenarios/bank-run.toml");

/// Message, place and help of the error that `text` gives, as a user would read them.
fn error_of(text: &str) -> String {
    let e = Scenario::parse(text).expect_err("the scenario is wrong");
    let place = e
        .line_column(text)
        .map_or("whole file".into(), |(l, c)| format!("line {l}, column {c}"));
    let excerpt = e
        .span
        .clone()
        .map_or("", |s| text.get(s).unwrap_or(""))
        .lines()
        .next()
        .unwrap_or("")
        .to_string();
    format!(
        "{place}: {}\n  at: {excerpt}\n  help: {}",
        e.message,
        e.help.as_deref().unwrap_or("-")
    )
}

/// The demo with one piece of text replaced, which must occur exactly once.
fn demo_with(old: &str, new: &str) -> String {
    assert_eq!(DEMO.matches(old).count(), 1, "{old:?}");
    DEMO.replace(old, new)
}

#[test]
fn test_shipped_scenarios_round_trip() {
    for text in [DEMO, BANK_RUN] {
        let scenario = Scenario::parse(text).unwrap_or_else(|e| panic!("{:?}: {e}", e.line_column(text)));
        let resolved = scenario.to_toml();
        let again = Scenario::parse(&resolved).unwrap_or_else(|e| panic!("{e}\n{resolved}"));
        assert_eq!(again, scenario);
        assert_eq!(again.to_toml(), resolved);
    }
}

#[test]
fn test_published_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenario.schema.json");
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        published == Scenario::json_schema(),
        "sim/lab/scenario.schema.json is out of date: run `cargo run -p mintage-lab --example schema > sim/lab/scenario.schema.json`"
    );
}

#[test]
fn test_errors_have_place_and_help() {
    let cases = [
        ("empty file", String::new()),
        ("not toml", "schema_version = = 1".into()),
        (
            "newer version",
            demo_with("schema_version = 1", "schema_version = 2"),
        ),
        ("unknown key", demo_with("spend_capacity = ", "spend_capacty = ")),
        ("unknown table", demo_with("[venue]", "[vennue]")),
        (
            "unknown agent type",
            demo_with("[[agents.panic_seller]]", "[[agents.panik_seller]]"),
        ),
        ("missing key", demo_with("trades_per_day = 5.0", "")),
        ("wrong type", demo_with("seed = 2009", "seed = \"2009\"")),
        ("amount without unit", demo_with("\"4_000 USD\"", "\"4_000\"")),
        (
            "amount in the wrong token",
            demo_with("\"4_000 USD\"", "\"4_000 MINT\""),
        ),
        (
            "amount with too many decimals",
            demo_with("\"0.50 USD\"", "\"0.0000005 USD\""),
        ),
        ("amount negative", demo_with("\"4_000 USD\"", "\"-4_000 USD\"")),
        ("duration", demo_with("\"11_635s\"", "\"11_635\"")),
        ("basis points", demo_with("want_bps = 9_800", "want_bps = 98_000")),
        ("fee above maximum", demo_with("fee_bps = 30 ", "fee_bps = 130 ")),
        ("fraction", demo_with("sell_share = 0.3", "sell_share = 30.0")),
        (
            "rate negative",
            demo_with("volatility = 0.6", "volatility = -0.6"),
        ),
        (
            "not a number of steps",
            demo_with("step = \"1h\"", "step = \"7h\""),
        ),
        (
            "shares",
            demo_with(
                "to = \"treasury\"\nshare_bps = 2_000",
                "to = \"treasury\"\nshare_bps = 1_000",
            ),
        ),
        (
            "unknown recipient",
            demo_with("to = \"trader-0\"", "to = \"trader-20\""),
        ),
        (
            "unknown market",
            demo_with("kind = \"pair\"", "kind = \"uniswap-v3\""),
        ),
        (
            "two price sources",
            demo_with("[price.gbm]", "[price.csv]\nfile = \"p.csv\"\n[price.gbm]"),
        ),
        (
            "unknown duty",
            demo_with("mint_every = \"1h\"", "duties = [\"emision\"]"),
        ),
        (
            "name",
            demo_with("name = \"halving-buyback\"", "name = \"../etc\""),
        ),
        (
            "bound without sides",
            format!("{DEMO}\n[[bound]]\nmetric = \"supply\"\n"),
        ),
        (
            "unknown metric",
            format!("{DEMO}\n[[bound]]\nmetric = \"suply\"\nmin = 1.0\n"),
        ),
        (
            "impossible shock",
            format!("{DEMO}\n[[price.shock]]\nat = \"1d\"\nover = \"1d\"\nchange = -1.0\n"),
        ),
        (
            "duplicate key",
            demo_with("decimals = 6", "decimals = 6\ndecimals = 6"),
        ),
    ];
    let report: Vec<String> = cases
        .iter()
        .map(|(name, text)| format!("{name}\n  {}", error_of(text)))
        .collect();
    insta::assert_snapshot!(report.join("\n\n"));
}
