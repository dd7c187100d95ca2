//! Geometric Brownian motion with lognormal jumps (Merton 1976).

use super::PriceProcess;
use crate::rng::Stream;
use crate::scenario;

const SECS_PER_YEAR: f64 = 365.0 * 86_400.0;

/// The process; state is the logarithm of the price.
#[derive(Clone, Debug)]
pub struct Gbm {
    parameters: scenario::Gbm,
    log_price: f64,
    at_secs: u64,
}

impl Gbm {
    /// Starts at the parameters' start price.
    pub fn new(parameters: scenario::Gbm) -> Self {
        let log_price = libm::log(parameters.start.0);
        Self {
            parameters,
            log_price,
            at_secs: 0,
        }
    }
}

impl PriceProcess for Gbm {
    fn advance(&mut self, at_secs: u64, rng: &mut Stream) -> f64 {
        let years = at_secs.saturating_sub(self.at_secs) as f64 / SECS_PER_YEAR;
        self.at_secs = self.at_secs.max(at_secs);
        if years > 0.0 {
            // d ln p = (mu - sigma^2/2) dt + sigma sqrt(dt) N(0,1) + sum over the jumps of N(mean, deviation)
            let p = &self.parameters;
            let drift = (p.drift - p.volatility.0 * p.volatility.0 / 2.0) * years;
            self.log_price += drift + p.volatility.0 * libm::sqrt(years) * rng.normal();
            for _ in rng.poisson_moments(p.jumps_per_year.0 * years, 1) {
                self.log_price += p.jump_mean + p.jump_deviation.0 * rng.normal();
            }
        }
        libm::exp(self.log_price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Located, Rate};

    fn parameters(volatility: f64, jumps: f64) -> scenario::Gbm {
        scenario::Gbm {
            start: Located::nowhere(Rate(2.0)),
            drift: 0.1,
            volatility: Rate(volatility),
            jumps_per_year: Rate(jumps),
            jump_mean: -0.2,
            jump_deviation: Rate(0.1),
        }
    }

    #[test]
    fn test_gbm_without_noise_grows_by_drift() {
        let mut gbm = Gbm::new(parameters(0.0, 0.0));
        let mut rng = Stream::new(0, 0, "price");
        let year = 365 * 86_400;
        assert_eq!(gbm.advance(0, &mut rng), libm::exp(libm::log(2.0)));
        let end = (1..=365)
            .map(|d| gbm.advance(d * year / 365, &mut rng))
            .last()
            .unwrap();
        assert!((end - 2.0 * libm::exp(0.1)).abs() < 1e-9, "{end}");
    }

    #[test]
    fn test_gbm_log_return_moments() {
        // Over n years: mean (drift - s^2/2 + jumps*jump_mean), variance (s^2 + jumps*(m^2 + d^2)) a year.
        let (n, steps) = (2_000u64, 50u64);
        let mut gbm = Gbm::new(parameters(0.5, 3.0));
        let mut rng = Stream::new(3, 0, "price");
        let year = 365 * 86_400;
        let mut logs = vec![gbm.log_price];
        for y in 0..n {
            for s in 1..=steps {
                gbm.advance(y * year + s * (year / steps), &mut rng);
            }
            logs.push(gbm.log_price);
        }
        let returns: Vec<f64> = logs.windows(2).map(|w| w[1] - w[0]).collect();
        let mean = returns.iter().sum::<f64>() / n as f64;
        let variance = returns.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / n as f64;
        let (want_mean, want_variance) = (0.1 - 0.125 - 0.6, 0.25 + 3.0 * 0.05);
        // Five standard errors (kurtosis of the jumps bounded by 6).
        assert!(
            (mean - want_mean).abs() < 5.0 * (want_variance / n as f64).sqrt(),
            "{mean}"
        );
        assert!(
            (variance - want_variance).abs() < 5.0 * want_variance * (5.0 / n as f64).sqrt(),
            "{variance}"
        );
    }

    #[test]
    fn test_gbm_path_is_pinned() {
        let mut gbm = Gbm::new(parameters(0.8, 12.0));
        let mut rng = Stream::new(42, 0, "price");
        let path: Vec<u64> = (1..=4)
            .map(|h| gbm.advance(h * 3_600, &mut rng).to_bits())
            .collect();
        assert_eq!(path, PINNED, "{path:?}");
    }
    const PINNED: [u64; 4] = [
        4611638033701113012,
        4611687034053649181,
        4611725839617347911,
        4611715097367369283,
    ];
}
