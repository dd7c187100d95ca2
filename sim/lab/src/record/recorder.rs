//! The Parquet records of a run: events.parquet, transactions.parquet and metrics.parquet.

use std::path::Path;

use super::table::{Cell, Column, Table};
use super::{EventRow, Sink, TransactionRow};
use crate::error::LabError;
use crate::metrics::{Metric, Unit, Value};
use crate::observe::Observation;

/// Writes the three files into a folder.
pub struct Recorder {
    events: Option<(Table, Table)>,
    metrics: Table,
}

impl Recorder {
    /// Creates the files; without `events` only metrics.parquet.
    ///
    /// # Errors
    /// A file cannot be created.
    pub fn create(folder: &Path, metrics: &[Metric], events: bool) -> Result<Self, LabError> {
        let head = || [Column::int("tx"), Column::int("step"), Column::int("time_ts")];
        let event_columns = [
            Column::int("log"),
            Column::text("contract"),
            Column::text("event"),
            Column::text("args_json"),
        ];
        let transaction_columns = [
            Column::text("sender"),
            Column::text("contract"),
            Column::text("method"),
            Column::int("used_gas"),
            Column::int("succeeded"),
            Column::text("error"),
        ];
        let events = match events {
            true => Some((
                Table::create(
                    folder,
                    "events.parquet",
                    head().into_iter().chain(event_columns).collect(),
                )?,
                Table::create(
                    folder,
                    "transactions.parquet",
                    head().into_iter().chain(transaction_columns).collect(),
                )?,
            )),
            false => None,
        };
        let metrics = Table::create(folder, "metrics.parquet", metric_columns(metrics))?;
        Ok(Self { events, metrics })
    }
}

/// Step and time, and for each metric its column; amounts also have one with the exact base units as a decimal string.
fn metric_columns(metrics: &[Metric]) -> Vec<Column> {
    let mut columns = vec![Column::int("step"), Column::int("time_ts")];
    for metric in metrics {
        let name = metric.column();
        match metric.unit() {
            Unit::Token | Unit::Quote => {
                columns.push(Column::text(format!("{name}_base_units")));
                columns.push(Column::float(name));
            }
            Unit::Count => columns.push(Column::int(name)),
            Unit::SignedQuote | Unit::Price | Unit::Ratio => columns.push(Column::float(name)),
        }
    }
    columns
}

impl Sink for Recorder {
    fn wants_events(&self) -> bool {
        self.events.is_some()
    }

    fn transaction(&mut self, row: &TransactionRow<'_>) -> Result<(), LabError> {
        let Some((_, table)) = &mut self.events else {
            return Ok(());
        };
        table.push([
            Cell::Int(row.tx),
            Cell::Int(row.step),
            Cell::Int(row.ts),
            Cell::Text(row.from),
            Cell::Text(row.contract),
            Cell::Text(row.method),
            Cell::Int(row.gas_used),
            Cell::Int(u64::from(row.error.is_none())),
            Cell::Text(row.error.unwrap_or("")),
        ])
    }

    fn event(&mut self, row: &EventRow<'_>) -> Result<(), LabError> {
        let Some((table, _)) = &mut self.events else {
            return Ok(());
        };
        table.push([
            Cell::Int(row.tx),
            Cell::Int(row.step),
            Cell::Int(row.ts),
            Cell::Int(row.log),
            Cell::Text(row.contract),
            Cell::Text(row.event),
            Cell::Text(row.args_json),
        ])
    }

    fn metrics(&mut self, observation: &Observation, metrics: &[Metric]) -> Result<(), LabError> {
        let exact: Vec<(Value, String)> = metrics
            .iter()
            .map(|m| {
                let value = observation.value(*m);
                let text = if let Value::Amount { base_units, .. } = value {
                    base_units.to_string()
                } else {
                    String::new()
                };
                (value, text)
            })
            .collect();
        let mut row = vec![Cell::Int(observation.step), Cell::Int(observation.ts)];
        for (value, text) in &exact {
            match *value {
                Value::Amount { whole, .. } => row.extend([Cell::Text(text), Cell::Float(whole)]),
                Value::Count(n) => row.push(Cell::Int(n)),
                Value::Number(x) => row.push(Cell::Float(x)),
            }
        }
        self.metrics.push(row)
    }

    fn finish(&mut self) -> Result<(), LabError> {
        if let Some((events, transactions)) = &mut self.events {
            events.finish()?;
            transactions.finish()?;
        }
        self.metrics.finish()
    }
}
