//! The outside price: what the token is worth away from the pool, in quote per token. Agents read it; no contract does.

mod csv_file;
mod gbm;

use crate::rng::Stream;
use crate::scenario;
pub use csv_file::{CsvError, CsvPrices};
pub use gbm::Gbm;

/// A price in time. `advance` is called once a step with a time that never falls.
pub trait PriceProcess: Send {
    /// The price `at_secs` after the start of the run; positive and finite.
    fn advance(&mut self, at_secs: u64, rng: &mut Stream) -> f64;
}

/// A source with the scripted shocks on top.
pub struct OutsidePrice {
    source: Box<dyn PriceProcess>,
    shocks: Vec<scenario::Shock>,
    rng: Stream,
}

/// Prices are kept within these bounds, so that all later arithmetic stays finite.
const PRICE_RANGE: (f64, f64) = (1e-12, 1e12);

impl OutsidePrice {
    /// A source and its shocks, drawing from its own stream.
    pub fn new(source: Box<dyn PriceProcess>, shocks: Vec<scenario::Shock>, rng: Stream) -> Self {
        Self { source, shocks, rng }
    }

    /// The price `at_secs` after the start. Call with ascending times.
    pub fn advance(&mut self, at_secs: u64) -> f64 {
        let base = self.source.advance(at_secs, &mut self.rng);
        let exponent: f64 = self.shocks.iter().map(|s| shock_exponent(s, at_secs)).sum();
        (base * libm::exp(exponent)).clamp(PRICE_RANGE.0, PRICE_RANGE.1)
    }
}

/// Logarithm of a shock's factor at a time: 0 before it, ln(1 + change) after it, even in between.
fn shock_exponent(shock: &scenario::Shock, at_secs: u64) -> f64 {
    let elapsed = at_secs.saturating_sub(shock.at.0);
    let progress = match shock.over.0 {
        0 if at_secs >= shock.at.0 => 1.0,
        0 => 0.0,
        over => (elapsed as f64 / over as f64).min(1.0),
    };
    libm::log(1.0 + shock.change) * progress
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Secs;

    struct Flat;
    impl PriceProcess for Flat {
        fn advance(&mut self, _: u64, _: &mut Stream) -> f64 {
            10.0
        }
    }

    #[test]
    fn test_shock_falls_by_its_change_and_stays() {
        let shock = scenario::Shock {
            at: Secs(100),
            over: Secs(50),
            change: -0.7,
        };
        let mut price = OutsidePrice::new(Box::new(Flat), vec![shock], Stream::new(0, 0, "price"));
        assert_eq!(price.advance(100), 10.0);
        let middle = price.advance(125);
        assert!((middle - 10.0 * libm::sqrt(0.3)).abs() < 1e-9, "{middle}");
        assert!((price.advance(150) - 3.0).abs() < 1e-9);
        assert!((price.advance(9_999) - 3.0).abs() < 1e-9);
    }
}
