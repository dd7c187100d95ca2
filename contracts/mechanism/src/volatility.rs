//! Volatility from prices: a window, an exponential mean, GARCH, ranges; and what a forecast may say.
//!
//! * **Equation.** Returns `r = ln(p/p')`; window deviation `√(n·Σr² - (Σr)²)/n`; EWMA `v' = λ·v + (1-λ)·r²`; GARCH `v' = ω + α·r² + β·v`, in `h` steps
//!   `v̄ + (α+β)^(h-1)·(v₁ - v̄)` with `v̄ = ω/(1-α-β)`; Parkinson `ln(H/L)²/(4·ln 2)`; annual `σ·√(year/Δt)`.
//! * **Symbols.** Returns and variances wad (the window: 10^-8, as the reference); `λ, α, β` wad; seconds.
//! * **Source.** Ribbon `rvol` (window 14, twice a day), RiskMetrics, GARCH(1,1), Parkinson (rules re-stated, systems.md 2.45).
//! * **Domain.** `λ ≤ 1`; `α + β < 1`; returns clipped to `r_max`; at most [`WINDOW`] returns in a window.
//! * **Rounding.** Deviations down; variances down.
//! * **In the wild.** The reference takes a stored return of zero for an empty slot, and its own test asserts the wrong 6,607,827 where the deviation is 6,593,945
//!   (finding 11). Here a window counts its returns. Sampling at chosen moments and wash trades move a measure: fixed times, clipped returns.

use crate::error::errors;
use mintage_math::{U256, WAD, add, ln_wad, mul, mul_div_down, rpow_wad, sqrt_down, sub, wad_mul_down};

/// The returns of a window.
pub const WINDOW: usize = 14;
/// `4·ln 2`, wad.
const FOUR_LN2: U256 = U256::from_limbs([2_772_588_722_239_781_237, 0, 0, 0]);
/// Seconds of a year.
pub const YEAR_SECS: u64 = 31_536_000;

errors! {
    /// Why there is no volatility.
    VolatilityError {
        /// A price of zero.
        NoPrice => "a price is zero",
        /// A weight above one, or alpha and beta together one or more.
        Weights => "the weights must be at most one, alpha and beta together below one",
        /// The low is above the high.
        Range => "the low of a range is above its high",
        /// A sample outside of its window of time.
        NotNow => "the sample is not due: outside of the commit window, or already taken",
        /// No time between samples.
        NoTime => "the time between samples is zero",
    }
}

/// `ln(price/last)`, wad, clipped to `±most`; within a unit of 10^-18, from two logarithms to the nearest.
///
/// Error: [`VolatilityError::NoPrice`].
///
/// ```
/// use mintage_mechanism::volatility::log_return_wad;
/// use mintage_math::U256;
/// let n = |v: u64| U256::from(v);
/// assert_eq!(log_return_wad(n(2_100), n(2_000), i128::MAX), Ok(48_790_164_169_432_003));
/// ```
pub fn log_return_wad(price: U256, last: U256, most: i128) -> Result<i128, VolatilityError> {
    if price.is_zero() || last.is_zero() {
        return Err(VolatilityError::NoPrice);
    }
    let most = most.max(0);
    // two logarithms, so that neither quotient loses digits
    Ok(ln_wad(price)?
        .wrapping_sub(ln_wad(last)?)
        .clamp(most.wrapping_neg(), most))
}

/// The last fourteen returns in units of 10^-8, with their exact sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    returns: [i64; WINDOW],
    next: u8,
    count: u8,
}

impl Window {
    /// With one more return, in units of 10^-8 (clipped to 10^6 times one); the oldest goes when the window is full.
    pub fn push(&self, value: i64) -> Self {
        const MOST: i64 = 100_000_000_000_000;
        let mut window = *self;
        if let Some(slot) = window.returns.get_mut(usize::from(self.next)) {
            *slot = value.clamp(MOST.wrapping_neg(), MOST);
        }
        window.next = if usize::from(self.next).saturating_add(1) >= WINDOW {
            0
        } else {
            self.next.wrapping_add(1)
        };
        window.count = self.count.saturating_add(1).min(WINDOW as u8);
        window
    }

    /// How many returns there are.
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// `n·Σr² - (Σr)²`, which is `n²` times the variance.
    fn spread(&self) -> u128 {
        let (mut sum, mut squares) = (0i128, 0i128);
        for value in self.returns.iter().take(self.len()) {
            let value = i128::from(*value);
            // 14·10^28: no overflow
            sum = sum.wrapping_add(value);
            squares = squares.wrapping_add(value.wrapping_mul(value));
        }
        squares
            .wrapping_mul(self.len() as i128)
            .wrapping_sub(sum.wrapping_mul(sum))
            .unsigned_abs()
    }

    /// The standard deviation of a sample (of the population, as the reference), 10^-8, rounded down; zero without returns.
    pub fn deviation_down(&self) -> u64 {
        self.scaled(1)
    }

    /// The deviation of a year of `samples` samples, 10^-8, rounded down.
    pub fn annual_down(&self, samples: u32) -> u64 {
        self.scaled(samples)
    }

    fn scaled(&self, factor: u32) -> u64 {
        let product = U256::from(self.spread()).wrapping_mul(U256::from(factor));
        let root = sqrt_down(product).as_limbs().first().copied().unwrap_or(0);
        root.checked_div(u64::from(self.count)).unwrap_or(0)
    }

    /// The mean return, 10^-8, towards zero.
    pub fn mean(&self) -> i64 {
        let sum = self
            .returns
            .iter()
            .take(self.len())
            .fold(0i64, |a, b| a.wrapping_add(*b));
        sum.checked_div(i64::from(self.count)).unwrap_or(0)
    }
}

/// Whether a sample may be taken: within `commit_secs` around a whole number of periods, and not twice for the same one. Returns the period's time.
///
/// Errors: [`VolatilityError::NoTime`], [`VolatilityError::NotNow`].
pub fn sample_ts(
    now_ts: u64,
    last_ts: u64,
    period_secs: u64,
    commit_secs: u64,
) -> Result<u64, VolatilityError> {
    let into = now_ts.checked_rem(period_secs).ok_or(VolatilityError::NoTime)?;
    let before = now_ts.wrapping_sub(into);
    let early = period_secs.wrapping_sub(into) <= commit_secs;
    let at = match (into <= commit_secs, early) {
        (true, _) => before,
        (false, true) => before.saturating_add(period_secs),
        (false, false) => return Err(VolatilityError::NotNow),
    };
    if at <= last_ts {
        Err(VolatilityError::NotNow)
    } else {
        Ok(at)
    }
}

/// `r²`, wad, rounded down.
fn square(return_wad: i128) -> Result<U256, VolatilityError> {
    let size = U256::from(return_wad.unsigned_abs());
    Ok(wad_mul_down(size, size)?)
}

/// The exponential mean of the variance: `λ·v + (1-λ)·r²`, wad, each product rounded down.
///
/// Errors: [`VolatilityError::Weights`]; variances that do not fit.
pub fn ewma_wad_down(
    variance_wad: U256,
    return_wad: i128,
    lambda_wad: U256,
) -> Result<U256, VolatilityError> {
    let rest = WAD.checked_sub(lambda_wad).ok_or(VolatilityError::Weights)?;
    let old = wad_mul_down(variance_wad, lambda_wad)?;
    Ok(add(old, wad_mul_down(square(return_wad)?, rest)?)?)
}

/// GARCH(1,1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garch {
    omega_wad: U256,
    alpha_wad: U256,
    beta_wad: U256,
}

impl Garch {
    /// Error: [`VolatilityError::Weights`] unless `α + β < 1`.
    pub fn new(omega_wad: U256, alpha_wad: U256, beta_wad: U256) -> Result<Self, VolatilityError> {
        if alpha_wad >= WAD || beta_wad >= WAD || add(alpha_wad, beta_wad)? >= WAD {
            return Err(VolatilityError::Weights);
        }
        Ok(Self {
            omega_wad,
            alpha_wad,
            beta_wad,
        })
    }

    /// The variance after a return, wad, rounded down.
    ///
    /// Error: variances that do not fit.
    pub fn next_down(&self, variance_wad: U256, return_wad: i128) -> Result<U256, VolatilityError> {
        let news = wad_mul_down(self.alpha_wad, square(return_wad)?)?;
        Ok(add(
            add(self.omega_wad, news)?,
            wad_mul_down(self.beta_wad, variance_wad)?,
        )?)
    }

    /// The variance in the long run, wad, rounded down.
    ///
    /// Error: a variance that does not fit.
    pub fn long_run_down(&self) -> Result<U256, VolatilityError> {
        let rest = sub(sub(WAD, self.alpha_wad)?, self.beta_wad)?;
        Ok(mul_div_down(self.omega_wad, WAD, rest)?)
    }

    /// The forecast of the variance `steps` after the one that is given: `v̄ + (α+β)^steps·(v - v̄)`, wad, the product towards the long run.
    ///
    /// Error: variances that do not fit.
    pub fn forecast(&self, variance_wad: U256, steps: u32) -> Result<U256, VolatilityError> {
        let long = self.long_run_down()?;
        let decay = rpow_wad(add(self.alpha_wad, self.beta_wad)?, u64::from(steps))?;
        Ok(match variance_wad.checked_sub(long) {
            Some(above) => add(long, wad_mul_down(above, decay)?)?,
            None => sub(long, wad_mul_down(sub(long, variance_wad)?, decay)?)?,
        })
    }
}

/// Parkinson's variance of a range, wad, rounded down: within `2·(1 + ln(high/low))` units of 10^-18, since the logarithm's unit counts
/// `2·ln(high/low)/(4·ln 2)` times.
///
/// Errors: [`VolatilityError::NoPrice`], [`VolatilityError::Range`].
pub fn parkinson_wad_down(high: U256, low: U256) -> Result<U256, VolatilityError> {
    if low > high {
        return Err(VolatilityError::Range);
    }
    let range = square(log_return_wad(high, low, i128::MAX)?)?;
    Ok(mul_div_down(range, WAD, FOUR_LN2)?)
}

/// The yearly volatility of a variance of `secs`: `√(v·year/secs)`, wad, rounded down.
///
/// Errors: [`VolatilityError::NoTime`]; a variance that does not fit.
pub fn annual_wad_down(variance_wad: U256, secs: u64) -> Result<U256, VolatilityError> {
    if secs == 0 {
        return Err(VolatilityError::NoTime);
    }
    let a_year = mul_div_down(variance_wad, U256::from(YEAR_SECS), U256::from(secs))?;
    Ok(sqrt_down(mul(a_year, WAD)?))
}

/// A signed forecast as far as it may be believed: within half and twice the measured volatility, moving by at most `max_step_wad` of the last one; silence
/// falls back to the measure.
///
/// Error: values that do not fit.
pub fn bounded_forecast(
    forecast_wad: Option<U256>,
    last_wad: U256,
    measured_wad: U256,
    max_step_wad: U256,
) -> Result<U256, VolatilityError> {
    let Some(forecast) = forecast_wad else {
        return Ok(measured_wad);
    };
    let step = wad_mul_down(last_wad, max_step_wad)?;
    let moved = forecast.clamp(last_wad.saturating_sub(step), last_wad.saturating_add(step));
    Ok(moved.clamp(
        measured_wad.wrapping_shr(1),
        measured_wad.saturating_mul(U256::from(2)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;
    use proptest::prelude::*;

    const PRICES: [u64; 16] = [
        2_000, 2_100, 2_200, 2_150, 2_250, 2_350, 2_450, 2_550, 2_350, 2_450, 2_250, 2_250, 2_650, 2_450,
        2_450, 2_650,
    ];

    /// The windows after each price; the first return is zero, as the reference has it.
    fn windows() -> Vec<Window> {
        let (mut window, mut last) = (Window::default(), PRICES[0]);
        PRICES
            .iter()
            .map(|price| {
                let r = log_return_wad(U256::from(*price), U256::from(last), i128::MAX).unwrap();
                window = window.push((r / 10_000_000_000) as i64);
                last = *price;
                window
            })
            .collect()
    }

    #[test]
    fn s2_45_rvol_first_steps() {
        let deviations: Vec<u64> = windows().iter().map(Window::deviation_down).collect();
        assert_eq!(deviations[..4], [0, 2_439_508, 2_248_393, 3_068_199]);
        assert_eq!(deviations[11..14], [4_732_126, 6_121_243, 6_437_517]);
    }

    /// Finding 11: once the window wraps over a return of zero, the reference says 6,448,333 and 6,607,827.
    #[test]
    fn s2_45_window_over_a_zero_return() {
        let windows = windows();
        assert_eq!(windows[14].deviation_down(), 6_437_517);
        assert_eq!(windows[15].deviation_down(), 6_593_945);
        assert_ne!(windows[15].deviation_down(), 6_607_827);
        // a year of 730 samples: 178,158,599.6, printed to the nearest
        assert_eq!(windows[15].annual_down(730), 178_158_599);
        assert_eq!(windows[15].len(), WINDOW);
    }

    /// How the reference comes to its numbers: it takes a stored zero for an empty slot, and so adds the fifteenth return to fourteen instead of replacing the
    /// first. Its own test asserts 6,607,827, and 178,411,329 a year, for which it also cuts √730 to 27.
    #[test]
    fn s2_45_the_reference_errs_over_a_zero_return() {
        let (mut slots, mut mean, mut dsq, mut found) = ([0i128; WINDOW], 0i128, 0i128, vec![]);
        let mut last = PRICES[0];
        for (i, price) in PRICES.iter().enumerate() {
            let r = log_return_wad(U256::from(*price), U256::from(last), i128::MAX).unwrap() / 10_000_000_000;
            last = *price;
            let (old, count) = (slots[i % WINDOW], (i as i128 + 1).min(WINDOW as i128));
            let before = mean;
            if old == 0 {
                mean += (r - mean) / count;
                dsq += (r - before) * (r - mean);
            } else {
                mean += (r - old) / count;
                dsq += (r - old) * (r - mean + old - before);
            }
            slots[i % WINDOW] = r;
            found.push(sqrt_down(U256::from((dsq / count) as u128)));
        }
        let near = |got: U256, printed: u64| got.abs_diff(U256::from(printed)) <= U256::from(2);
        assert!(
            near(found[13], 6_437_517),
            "the first fourteen are right: {}",
            found[13]
        );
        assert!(
            near(found[14], 6_448_333) && near(found[15], 6_607_827),
            "{} {}",
            found[14],
            found[15]
        );
        assert_eq!(6_607_827 * 27, 178_411_329);
        // the truth, 0.21 % less
        let ours = windows()[15].deviation_down();
        assert_eq!((6_607_827 - ours) * 10_000 / ours, 21);
        // printed as 178,158,600, to the nearest of 178,158,599.6
        assert_eq!(windows()[15].annual_down(730) + 1, 178_158_600);
    }

    #[test]
    fn s2_45_welford_pair() {
        let window = Window::default().push(-100).push(-200);
        assert_eq!((window.mean(), window.deviation_down()), (-150, 50));
        // dsq, n times the variance: 5,000
        assert_eq!(window.spread() / 2, 5_000);
        assert!(Window::default().is_empty() && Window::default().deviation_down() == 0);
    }

    #[test]
    fn s2_45_ewma() {
        let mut v = wad("0.0004");
        for (r, expected) in [
            ("0", "0.000376"),
            ("0.05", "0.00050344"),
            ("0.1", "0.0010732336"),
            ("0", "0.001008839584"),
            ("0", "0.00094830920896"),
        ] {
            v = ewma_wad_down(v, i128::try_from(wad(r)).unwrap(), wad("0.94")).unwrap();
            assert_eq!(v, wad(expected));
        }
        assert_eq!(
            ewma_wad_down(v, 0, WAD + U256::ONE),
            Err(VolatilityError::Weights)
        );
    }

    #[test]
    fn s2_45_garch() {
        let garch = Garch::new(wad("0.000002"), wad("0.08"), wad("0.91")).unwrap();
        assert_eq!(garch.long_run_down(), Ok(wad("0.0002")));
        let mut v = wad("0.0004");
        for (r, expected) in [
            ("0", "0.000366"),
            ("0.05", "0.00053506"),
            ("0.1", "0.0012889046"),
            ("0", "0.001174903186"),
            ("0", "0.00107116189926"),
        ] {
            v = garch.next_down(v, i128::try_from(wad(r)).unwrap()).unwrap();
            assert_eq!(v, wad(expected));
        }
        let from = wad("0.0012889046");
        let near = |steps: u32, printed: &str, unit: &str| {
            let (got, p) = (garch.forecast(from, steps).unwrap(), wad(printed));
            assert!(got.max(p) - got.min(p) <= wad(unit), "{steps}: {got}");
        };
        near(1, "0.001278015554", "0.000000000000000001");
        near(5, "0.00123553743989", "0.00000000000001");
        near(20, "0.00109062262672", "0.00000000000001");
        assert_eq!(garch.forecast(wad("0.0002"), 9), Ok(wad("0.0002")));
        assert_eq!(
            Garch::new(U256::ZERO, wad("0.5"), wad("0.5")),
            Err(VolatilityError::Weights)
        );
        assert_eq!(
            Garch::new(U256::ZERO, U256::MAX, U256::MAX),
            Err(VolatilityError::Weights)
        );
    }

    #[test]
    fn s2_45_parkinson_annual_and_forecasts() {
        // ln(1.1)² / (4 ln 2) = 0.003276371…
        let v = parkinson_wad_down(U256::from(11), U256::from(10)).unwrap();
        assert_eq!(v / wad("0.000000001"), U256::from(3_276_371));
        assert_eq!(
            parkinson_wad_down(U256::ONE, U256::from(2)),
            Err(VolatilityError::Range)
        );
        // 4 % a day is 76.42 % a year
        assert_eq!(
            annual_wad_down(wad("0.0016"), 86_400).unwrap() / wad("0.0001"),
            U256::from(7_641)
        );
        assert_eq!(annual_wad_down(wad("1"), 0), Err(VolatilityError::NoTime));
        let f = |forecast, last: &str| bounded_forecast(forecast, wad(last), wad("0.8"), wad("0.5")).unwrap();
        assert_eq!(f(None, "0.1"), wad("0.8"));
        assert_eq!(f(Some(wad("9")), "1"), wad("1.5"));
        assert_eq!(f(Some(wad("9")), "5"), wad("1.6"));
        assert_eq!(f(Some(U256::ZERO), "0.5"), wad("0.4"));
    }

    #[test]
    fn s2_45_samples_at_fixed_times() {
        let (half_day, commit) = (43_200, 1_800);
        assert_eq!(sample_ts(43_200 + 1_800, 0, half_day, commit), Ok(43_200));
        assert_eq!(sample_ts(43_200 - 1_800, 0, half_day, commit), Ok(43_200));
        assert_eq!(
            sample_ts(43_200 + 1_801, 0, half_day, commit),
            Err(VolatilityError::NotNow)
        );
        assert_eq!(
            sample_ts(43_200, 43_200, half_day, commit),
            Err(VolatilityError::NotNow)
        );
        assert_eq!(sample_ts(1, 0, 0, commit), Err(VolatilityError::NoTime));
    }

    #[test]
    fn s2_45_either_price_may_be_missing() {
        let (none, some) = (U256::ZERO, U256::from(2_000));
        assert_eq!(log_return_wad(none, some, 1), Err(VolatilityError::NoPrice));
        assert_eq!(log_return_wad(some, none, 1), Err(VolatilityError::NoPrice));
    }

    #[test]
    fn s2_45_a_window_is_empty_until_the_first_return_even_of_zero() {
        let window = Window::default();
        assert!(window.is_empty());
        let window = window.push(0);
        assert!(!window.is_empty());
        assert_eq!(window.len(), 1);
    }

    #[test]
    fn s2_45_a_price_that_stood_still_has_no_range() {
        let price = U256::from(2_000);
        assert_eq!(parkinson_wad_down(price, price), Ok(U256::ZERO));
        assert_eq!(
            parkinson_wad_down(price, price + U256::ONE),
            Err(VolatilityError::Range)
        );
    }

    proptest! {
        #[test]
        fn prop_s2_45_window_is_brute_force(values in prop::collection::vec(-1_000_000_000i64..1_000_000_000, 1..60)) {
            let window = values.iter().fold(Window::default(), |w, v| w.push(*v));
            let last: Vec<i128> = values.iter().rev().take(WINDOW).map(|v| i128::from(*v)).collect();
            let n = last.len() as i128;
            let sum: i128 = last.iter().sum();
            // Σ(n·r - sum)² = n²·(n·Σr² - sum²)
            let squares: i128 = last.iter().map(|v| (v * n - sum) * (v * n - sum)).sum();
            prop_assert_eq!(window.spread(), (squares / n) as u128);
        }

        #[test]
        fn prop_s2_45_constant_price_decays_and_scale_does_not_matter(v in 0u64.., a in 1u64.., b in 1u64.., factor in 1u64..1_000_000) {
            prop_assert!(ewma_wad_down(U256::from(v), 0, wad("0.94")).unwrap() <= U256::from(v));
            let (a, b, f) = (U256::from(a), U256::from(b), U256::from(factor));
            let gap = log_return_wad(a, b, i128::MAX).unwrap() - log_return_wad(a * f, b * f, i128::MAX).unwrap();
            prop_assert!(gap.abs() <= 2);
        }
    }
}
