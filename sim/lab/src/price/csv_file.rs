//! Prices from a CSV file: a step function of time.

use super::PriceProcess;
use crate::rng::Stream;

/// Rows of (seconds since the start, price), ascending in time, the first at 0.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvPrices {
    rows: Vec<(u64, f64)>,
    at: usize,
}

/// What is wrong with a price file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// The header lacks a column.
    #[error("there is no column `{wanted}`; the header has: {found}")]
    NoColumn {
        /// The column asked for.
        wanted: String,
        /// The header's columns.
        found: String,
    },
    /// A row cannot be read.
    #[error("line {line}: {what}")]
    Row {
        /// Line in the file, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// There is no row.
    #[error("the file has no rows")]
    Empty,
}

impl CsvPrices {
    /// Reads a file's text.
    pub fn parse(text: &str, time_column: &str, price_column: &str) -> Result<Self, CsvError> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let row_error = |e: &csv::Error| CsvError::Row {
            line: e.position().map_or(1, csv::Position::line),
            what: e.to_string(),
        };
        let header = reader.headers().map_err(|e| row_error(&e))?.clone();
        let column = |wanted: &str| {
            header
                .iter()
                .position(|h| h == wanted)
                .ok_or_else(|| CsvError::NoColumn {
                    wanted: wanted.to_string(),
                    found: header.iter().collect::<Vec<_>>().join(", "),
                })
        };
        let (time, price) = (column(time_column)?, column(price_column)?);
        let mut rows: Vec<(u64, f64)> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| row_error(&e))?;
            let line = record.position().map_or(0, csv::Position::line);
            let row = read_row(&record[time], &record[price], rows.last().map(|r| r.0));
            rows.push(row.map_err(|what| CsvError::Row { line, what })?);
        }
        if rows.is_empty() {
            return Err(CsvError::Empty);
        }
        Ok(Self { rows, at: 0 })
    }

    /// The price at the start.
    pub fn first(&self) -> f64 {
        self.rows[0].1
    }
}

fn read_row(time: &str, price: &str, previous: Option<u64>) -> Result<(u64, f64), String> {
    let secs: u64 = time
        .parse()
        .map_err(|_| format!("`{time}` is not a whole number of seconds"))?;
    match previous {
        None if secs != 0 => return Err(format!("the first row must be at 0 seconds, not {secs}")),
        Some(last) if secs <= last => return Err(format!("{secs} seconds does not come after {last}")),
        _ => {}
    }
    match price.parse::<f64>() {
        Ok(p) if (1e-12..=1e12).contains(&p) => Ok((secs, p)),
        _ => Err(format!("`{price}` is not a price between 1e-12 and 1e12")),
    }
}

impl PriceProcess for CsvPrices {
    fn advance(&mut self, at_secs: u64, _: &mut Stream) -> f64 {
        while self.rows.get(self.at + 1).is_some_and(|next| next.0 <= at_secs) {
            self.at += 1;
        }
        self.rows[self.at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_csv_holds_until_next_row() {
        let mut p = CsvPrices::parse("price,time_secs\n1.5,0\n2,100\n3,101\n", "time_secs", "price").unwrap();
        let mut rng = Stream::new(0, 0, "price");
        let got: Vec<f64> = [0, 99, 100, 101, 9_999].map(|t| p.advance(t, &mut rng)).to_vec();
        assert_eq!(got, [1.5, 1.5, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn test_csv_errors_name_line_and_cause() {
        let error = |text| {
            CsvPrices::parse(text, "time_secs", "price")
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            error("t,price\n0,1\n"),
            "there is no column `time_secs`; the header has: t, price"
        );
        assert_eq!(
            error("time_secs,price\n5,1\n"),
            "line 2: the first row must be at 0 seconds, not 5"
        );
        assert_eq!(
            error("time_secs,price\n0,1\n0,2\n"),
            "line 3: 0 seconds does not come after 0"
        );
        assert_eq!(
            error("time_secs,price\n0,-1\n"),
            "line 2: `-1` is not a price between 1e-12 and 1e12"
        );
        assert_eq!(error("time_secs,price\n"), "the file has no rows");
        assert!(error("time_secs,price\n0,1,7\n").starts_with("line 2: "));
    }
}
