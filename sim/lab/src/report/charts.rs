//! The data behind the plots: which series a report shows, thinned to what a screen can tell apart.

use serde::Serialize;

use crate::metrics::Metric;
use crate::observe::Point;
use crate::record::{MethodGas, Summary};
use crate::scenario::{Scenario, Side};

/// Buckets of steps on the time axis; each keeps its last step and the two with the lowest and highest pool price.
const BUCKETS: usize = 700;

/// Everything the page's script draws.
#[derive(Debug, Serialize)]
pub(crate) struct Plots<'a> {
    start_ts: u64,
    step_secs: u64,
    /// The steps that are shown, ascending.
    steps: Vec<u64>,
    charts: Vec<Chart>,
    gas: &'a [MethodGas],
    gas_of_set_up: &'a [MethodGas],
}

#[derive(Debug, Serialize)]
struct Chart {
    title: &'static str,
    note: String,
    /// Whether the left axis begins at 0.
    zero: bool,
    /// Whether the right axis begins at 0.
    zero_right: bool,
    series: Vec<Series>,
}

#[derive(Debug, Default, Serialize)]
struct Series {
    label: String,
    unit: String,
    /// Number of the palette's colour.
    color: u8,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    dash: bool,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    fill: bool,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    thin: bool,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    right: bool,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    stepped: bool,
    /// Not drawn until its name is clicked.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    hidden: bool,
    values: Vec<f64>,
}

/// The plots of a run.
pub(crate) fn plots<'a>(scenario: &Scenario, history: &[Point], summary: &'a Summary) -> Plots<'a> {
    let shown = thin(history);
    let view = View {
        scenario,
        shown: shown.iter().filter_map(|i| history.get(*i)).collect(),
    };
    let mut charts = vec![view.price(), view.supply(), view.flows()];
    if scenario.programs.treasury.is_some() {
        charts.push(view.treasury());
    }
    if scenario.programs.buyback.is_some() {
        charts.push(view.buybacks());
    }
    charts.push(view.pool());
    if !scenario.agents.sandwich.is_empty() {
        charts.push(view.attacker());
    }
    charts.extend([view.concentration(), view.velocity(), view.activity()]);
    Plots {
        start_ts: scenario.run.start_ts,
        step_secs: scenario.run.step.0,
        steps: view.shown.iter().map(|o| o.step).collect(),
        charts,
        gas: &summary.gas,
        gas_of_set_up: &summary.gas_of_set_up,
    }
}

/// Indices of the observations that are shown.
fn thin(history: &[Point]) -> Vec<usize> {
    let size = history.len().div_ceil(BUCKETS).max(1);
    let mut shown = vec![0; usize::from(!history.is_empty())];
    for (bucket, chunk) in history.chunks(size).enumerate() {
        let price = |o: &&Point| o.value(Metric::PoolPrice);
        let place = |found: Option<(usize, &Point)>| found.map(|(i, _)| bucket * size + i);
        let by_price = |a: &(usize, &Point), b: &(usize, &Point)| price(&a.1).total_cmp(&price(&b.1));
        shown.extend(place(chunk.iter().enumerate().min_by(by_price)));
        shown.extend(place(chunk.iter().enumerate().max_by(by_price)));
        shown.push(bucket * size + chunk.len() - 1);
    }
    shown.sort_unstable();
    shown.dedup();
    shown
}

/// Six significant digits: more than a plot can show, half the bytes. What is no number stays none, and is not drawn.
fn short(x: f64) -> f64 {
    if x.is_finite() {
        format!("{x:.5e}").parse().unwrap_or(f64::NAN)
    } else {
        f64::NAN
    }
}

struct View<'a> {
    scenario: &'a Scenario,
    shown: Vec<&'a Point>,
}

impl View<'_> {
    fn symbol(&self, side: Side) -> String {
        self.scenario.token(side).symbol.to_string()
    }

    fn of(&self, value: impl Fn(&Point) -> f64) -> Vec<f64> {
        self.shown.iter().map(|o| short(value(o))).collect()
    }

    fn line(&self, label: &str, unit: &str, color: u8, metric: Metric) -> Series {
        Series {
            label: label.into(),
            unit: unit.into(),
            color,
            values: self.of(|o| o.value(metric)),
            ..Series::default()
        }
    }

    fn price(&self) -> Chart {
        let unit = self.symbol(Side::Quote);
        Chart {
            title: "Price",
            note: format!(
                "{unit} for one {}: in the pool, and outside of it.",
                self.symbol(Side::Token)
            ),
            zero: false,
            zero_right: false,
            series: vec![
                Series {
                    thin: true,
                    ..self.line("outside", &unit, 1, Metric::OutsidePrice)
                },
                self.line("pool", &unit, 0, Metric::PoolPrice),
            ],
        }
    }

    fn supply(&self) -> Chart {
        let unit = self.symbol(Side::Token);
        Chart {
            title: "Supply",
            note: "What was ever minted, less what was ever burned.".into(),
            zero: false,
            zero_right: true,
            series: vec![
                Series {
                    fill: true,
                    ..self.line("supply", &unit, 0, Metric::Supply)
                },
                Series {
                    dash: true,
                    ..self.line("minted", &unit, 2, Metric::Minted)
                },
            ],
        }
    }

    fn flows(&self) -> Chart {
        let unit = self.symbol(Side::Token);
        let mut series = Vec::new();
        if self.scenario.programs.emission.is_some() {
            series.push(self.line("emitted", &unit, 2, Metric::Emission));
        }
        series.push(self.line("burned", &unit, 3, Metric::Burned));
        if self.scenario.programs.buyback.is_some() {
            let burned = self.line("burned by buybacks", &unit, 4, Metric::BuybackBurned);
            series.push(Series { dash: true, ..burned });
        }
        Chart {
            title: "Emission and burn",
            note: "Cumulative since the start. Burned beyond buybacks is the burned share of transfer fees."
                .into(),
            zero: true,
            zero_right: true,
            series,
        }
    }

    fn treasury(&self) -> Chart {
        let unit = self.symbol(Side::Quote);
        let treasury = self.scenario.programs.treasury.as_ref();
        let floor = treasury
            .and_then(|t| self.scenario.base_units(&t.floor, Side::Quote).ok())
            .unwrap_or_default();
        let floor = crate::amount::whole(floor, *self.scenario.programs.quote.decimals);
        Chart {
            title: "Treasury",
            note: "What it holds, and the floor that no payment passes.".into(),
            zero: false,
            zero_right: true,
            series: vec![
                Series {
                    fill: true,
                    ..self.line("treasury", &unit, 0, Metric::Treasury)
                },
                Series {
                    label: "floor".into(),
                    unit,
                    color: 3,
                    dash: true,
                    values: self.of(|_| floor),
                    ..Series::default()
                },
            ],
        }
    }

    fn buybacks(&self) -> Chart {
        let unit = self.symbol(Side::Quote);
        let mut efficiency = self.line("efficiency (right)", "", 1, Metric::BuybackEfficiency);
        // Nothing to draw before the first buyback.
        efficiency.values = self.of(|o| {
            if o.value(Metric::Buybacks) == 0.0 {
                f64::NAN
            } else {
                o.value(Metric::BuybackEfficiency)
            }
        });
        Chart {
            title: "Buybacks",
            note: "Spent so far, and the value at the outside price of what was burned for each unit spent."
                .into(),
            zero: true,
            zero_right: false,
            series: vec![
                Series {
                    fill: true,
                    stepped: true,
                    ..self.line("spent", &unit, 4, Metric::BuybackSpent)
                },
                Series {
                    right: true,
                    ..efficiency
                },
            ],
        }
    }

    fn pool(&self) -> Chart {
        let (token, quote) = (self.symbol(Side::Token), self.symbol(Side::Quote));
        let reserve = self.line(
            &format!("{token} in the pool (right)"),
            &token,
            1,
            Metric::PoolToken,
        );
        let quotes = self.line(&format!("{quote} in the pool"), &quote, 0, Metric::PoolQuote);
        Chart {
            title: "Pool depth",
            note: format!("The {quote} that raise the price by 2 %, and the reserves."),
            zero: true,
            zero_right: true,
            series: vec![
                Series {
                    fill: true,
                    ..self.line("depth to +2 %", &quote, 2, Metric::PoolDepth)
                },
                Series {
                    hidden: true,
                    ..quotes
                },
                Series {
                    right: true,
                    thin: true,
                    ..reserve
                },
            ],
        }
    }

    fn attacker(&self) -> Chart {
        let unit = self.symbol(Side::Quote);
        Chart {
            title: "Attacker's profit",
            note: "What the sandwich attackers gained, before gas; tokens they still hold count at the outside price."
                .into(),
            zero: true,
            zero_right: true,
            series: vec![Series {
                fill: true,
                stepped: true,
                ..self.line("profit", &unit, 3, Metric::AttackerProfit)
            }],
        }
    }

    fn concentration(&self) -> Chart {
        let holders = self.line("holders (right)", "", 6, Metric::Holders);
        Chart {
            title: "Concentration",
            note: "Herfindahl–Hirschman index of holders (10,000 is a single one), without pool, programs and venue.".into(),
            zero: false,
            zero_right: true,
            series: vec![self.line("HHI", "", 4, Metric::Hhi), Series { right: true, thin: true, ..holders }],
        }
    }

    /// A day's mean, because single steps are noise.
    fn velocity(&self) -> Chart {
        let raw = self.line("velocity", "a day", 6, Metric::Velocity);
        let steps = (86_400 / self.scenario.run.step.0.max(1)).max(1);
        let mut mean = 0.0;
        let smooth = |value: &f64| {
            mean += (value - mean) / (steps as f64).min(7.0);
            short(mean)
        };
        let values: Vec<f64> = raw.values.iter().map(smooth).collect();
        Chart {
            title: "Velocity",
            note: "Tokens transferred a day for each token in supply.".into(),
            zero: true,
            zero_right: true,
            series: vec![
                Series { thin: true, ..raw },
                Series {
                    label: "smoothed".into(),
                    unit: "a day".into(),
                    color: 5,
                    values,
                    ..Series::default()
                },
            ],
        }
    }

    fn activity(&self) -> Chart {
        let transactions = self.per_day("transactions", 0, Metric::Transactions);
        let gas = self.per_day("gas (right)", 1, Metric::GasUsed);
        Chart {
            title: "Activity",
            note: "Transactions and their gas, a day.".into(),
            zero: true,
            zero_right: true,
            series: vec![
                transactions,
                Series {
                    right: true,
                    thin: true,
                    ..gas
                },
            ],
        }
    }

    /// Daily growth of a cumulative metric over a day's time, so that the thinning does not show.
    fn per_day(&self, label: &str, color: u8, metric: Metric) -> Series {
        let day = (86_400 / self.scenario.run.step.0.max(1)).max(1);
        let at = |o: &Point| (o.step, o.value(metric));
        let mut first = 0;
        let mut values: Vec<f64> = Vec::with_capacity(self.shown.len());
        for (i, o) in self.shown.iter().enumerate() {
            let (step, value) = at(o);
            while self.shown.get(first).is_some_and(|f| f.step + day < step) {
                first += 1;
            }
            // At least one step back, however far apart the shown ones are.
            let from = first.min(i.saturating_sub(1));
            let (before, earlier) = self.shown.get(from).map_or((step, value), |f| at(f));
            let days = ((step - before) * self.scenario.run.step.0) as f64 / 86_400.0;
            values.push(if days > 0.0 {
                short((value - earlier) / days)
            } else {
                0.0
            });
        }
        if let [first, second, ..] = values.as_mut_slice() {
            *first = *second;
        }
        Series {
            label: label.into(),
            unit: "a day".into(),
            color,
            values,
            ..Series::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_short_keeps_six_digits() {
        assert_eq!(short(1_234_567.0), 1_234_570.0);
        assert_eq!(short(0.000_123_456_78), 0.000_123_457);
        assert_eq!(serde_json::to_string(&short(f64::INFINITY)).unwrap(), "null");
    }

    #[test]
    fn test_thin_keeps_ends_and_extremes() {
        let point = |step: u64| {
            let quote = match step {
                3_333 => 9_000u64,
                1_111 => 1,
                _ => 1_000,
            };
            let reserves = (
                alloy_primitives::U256::from(1_000),
                alloy_primitives::U256::from(quote),
            );
            let pool = crate::observe::PoolState {
                reserves,
                ..Default::default()
            };
            Point::from(&crate::observe::Observation {
                step,
                pool,
                ..Default::default()
            })
        };
        let history: Vec<Point> = (0..5_000).map(point).collect();
        let shown = thin(&history);
        for step in [0, 1_111, 3_333, 4_999] {
            assert!(shown.contains(&step), "{step}");
        }
        assert!(shown.len() <= 3 * BUCKETS + 1 && shown.is_sorted());
        assert!(thin(&[]).is_empty());
    }
}
