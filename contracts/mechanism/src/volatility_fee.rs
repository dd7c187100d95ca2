//! Swap fees that follow volatility: the two sigmoids of Algebra, the accumulator of Joe's bins.
//!
//! * **Equation.** Sigmoids `fee = base + Σ ⌊α·E/(1 + E)⌋` with `E = e^((x - β)/γ)` and `x = ⌊volatility/15⌋`; from `6γ` below `β` on a term is 0, from
//!   `6γ` above on it is `α`. Bins `fee = f·s·10^10 + ⌈(a·s)²·c/100⌉`; `a = min(a_ref + 10⁴·|bin - bin_ref|, a_max)`; at the first swap after `t` seconds `a_ref` and
//!   `bin_ref` stay while `t < filter`, later `bin_ref` is the bin of now and `a_ref` is `⌊a·r/10⁴⌋`, or 0 from `decay` on.
//! * **Symbols.** `fee`, `base`, `α` in 10^-6 (sigmoids) or 10^-18 (bins); `β`, `γ`, `x` units of volatility; `f` the base factor, `s` the bin step (bps), `a` the
//!   accumulator (10⁴: one bin), `c` the variable factor, `r` bps, times seconds.
//! * **Source.** Algebra `AdaptiveFee`, Trader Joe v2.1 `PairParameterHelper` (rules re-stated, systems.md 2.34).
//! * **Domain.** `γ ≥ 1`; `base + Σα` below 2^16; accumulators below 2^24, steps below 2^16.
//! * **Rounding.** Each sigmoid down, the variable part up: both as the references.
//! * **In the wild.** Algebra takes half a width as `⌊γ/2⌋` when it builds `E`: with a width of 59 the fee at `x = 400` is 2,029 where the logistic itself is 2,023. Contracts
//!   that are compared with it need its number, so it is the rule here, and the test shows the difference. Wash trades that push a volatility pay the
//!   fee that they raise.

use crate::error::errors;
use mintage_math::{U256, WAD, add, exp_wad_down, mul, mul_div_down, mul_div_up};

/// The units of volatility that count as one step of the sigmoids: seconds between blocks of the reference.
pub const VOLATILITY_PER_STEP: u64 = 15;
/// No fee of bins is above this, wad: 10 %.
pub const MAX_BIN_FEE_WAD: U256 = U256::from_limbs([100_000_000_000_000_000, 0, 0, 0]);
const BPS: u64 = 10_000;

errors! {
    /// Why there is no fee.
    VolatilityFeeError {
        /// A sigmoid without width.
        Width => "the width of a sigmoid is zero",
        /// The fees together do not fit the reference's sixteen bits.
        FeeTooHigh => "the base fee and both rises together must be below 65,536 millionths",
        /// The times of the bins are not in order.
        Times => "the filter period must be shorter than the decay period",
        /// More than all of the accumulator is kept.
        Reduction => "the reduction factor is above 10,000 bps",
    }
}

/// One rise of the fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sigmoid {
    /// How much it rises in all, 10^-6.
    pub rise: u16,
    /// Where half of it is reached, steps.
    pub middle: u64,
    /// How wide it is, steps, at least 1.
    pub width: u16,
}

impl Sigmoid {
    /// The rise at `x` steps, 10^-6, rounded down.
    ///
    /// Error: [`VolatilityFeeError::Width`].
    pub fn at_down(&self, x: u64) -> Result<u32, VolatilityFeeError> {
        let (above, gap) = (x > self.middle, x.abs_diff(self.middle));
        let width = u64::from(self.width);
        let (whole, rest) = (
            gap.checked_div(width).ok_or(VolatilityFeeError::Width)?,
            gap.checked_rem(width).ok_or(VolatilityFeeError::Width)?,
        );
        if whole >= 6 {
            return Ok(if above { u32::from(self.rise) } else { 0 });
        }
        // whole widths, half a width as the reference has it, and what is left of one
        let half = width >> 1;
        let (halves, rest) = if rest >= half {
            (1, rest.wrapping_sub(half))
        } else {
            (0, rest)
        };
        let part = mul_div_down(U256::from(rest), WAD, U256::from(width))?;
        let wholes = U256::from(whole.wrapping_mul(2).wrapping_add(halves)).wrapping_mul(WAD.wrapping_shr(1));
        let exponent = i128::try_from(wholes.wrapping_add(part)).unwrap_or(i128::MAX);
        let power = exp_wad_down(exponent)?;
        let share = if above { power } else { WAD };
        let rise = mul_div_down(U256::from(self.rise), share, add(WAD, power)?)?;
        Ok(u32::try_from(rise).unwrap_or(u32::from(self.rise)))
    }
}

/// A fee of two sigmoids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigmoidFee {
    /// Without volatility, 10^-6.
    pub base: u16,
    /// The first rise.
    pub first: Sigmoid,
    /// The second one.
    pub second: Sigmoid,
}

/// Algebra's defaults: 0.01 %, to 0.3 % around 360, to 1.5 % around 60,000.
pub const ALGEBRA: SigmoidFee = SigmoidFee {
    base: 100,
    first: Sigmoid {
        rise: 2_900,
        middle: 360,
        width: 59,
    },
    second: Sigmoid {
        rise: 12_000,
        middle: 60_000,
        width: 8_500,
    },
};

impl SigmoidFee {
    /// The fee at a volatility, 10^-6.
    ///
    /// Errors: [`VolatilityFeeError::FeeTooHigh`], [`VolatilityFeeError::Width`].
    ///
    /// ```
    /// use mintage_mechanism::volatility_fee::ALGEBRA;
    /// assert_eq!(ALGEBRA.at_down(0), Ok(100));
    /// assert_eq!(ALGEBRA.at_down(15 * 360), Ok(1_550));
    /// assert_eq!(ALGEBRA.at_down(u64::MAX), Ok(15_000));
    /// ```
    pub fn at_down(&self, volatility: u64) -> Result<u32, VolatilityFeeError> {
        let x = volatility.checked_div(VOLATILITY_PER_STEP).unwrap_or(0);
        // three numbers of sixteen bits
        let most = u32::from(self.base)
            .wrapping_add(u32::from(self.first.rise))
            .wrapping_add(u32::from(self.second.rise));
        if most > u32::from(u16::MAX) {
            return Err(VolatilityFeeError::FeeTooHigh);
        }
        let rises = self.first.at_down(x)?.wrapping_add(self.second.at_down(x)?);
        Ok(u32::from(self.base).wrapping_add(rises))
    }
}

/// The settings of a pool of bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BinFee {
    /// The base factor; with the bin step it makes the base fee.
    pub base_factor: u16,
    /// How far two bins are apart, bps.
    pub bin_step: u16,
    /// How strongly the fee follows the accumulator.
    pub variable_factor: u32,
    /// Swaps closer than this share their reference, seconds.
    pub filter_secs: u64,
    /// After this nothing is left of the accumulator, seconds.
    pub decay_secs: u64,
    /// What is kept of it in between, bps.
    pub reduction_bps: u16,
    /// The greatest accumulator, below 2^24.
    pub max_accumulator: u32,
}

/// What a pool of bins remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinState {
    /// The accumulator, 10⁴ for each bin crossed.
    pub accumulator: u32,
    /// What was left of it at the last reference.
    pub reference: u32,
    /// The bin of the last reference.
    pub reference_bin: u32,
    /// When the last swap was, seconds.
    pub swapped_ts: u64,
}

impl BinFee {
    /// The state as a swap at `now_ts` in `bin` finds it.
    ///
    /// Errors: [`VolatilityFeeError::Times`], [`VolatilityFeeError::Reduction`].
    pub fn begin(&self, state: &BinState, bin: u32, now_ts: u64) -> Result<BinState, VolatilityFeeError> {
        if self.filter_secs >= self.decay_secs {
            return Err(VolatilityFeeError::Times);
        }
        if u64::from(self.reduction_bps) > BPS {
            return Err(VolatilityFeeError::Reduction);
        }
        let age = now_ts.saturating_sub(state.swapped_ts);
        let mut next = BinState {
            swapped_ts: now_ts,
            ..*state
        };
        if age >= self.filter_secs {
            next.reference_bin = bin;
            let kept = u64::from(state.accumulator).wrapping_mul(u64::from(self.reduction_bps));
            next.reference = if age < self.decay_secs {
                kept.checked_div(BPS).unwrap_or(0) as u32
            } else {
                0
            };
        }
        Ok(self.reach(&next, bin))
    }

    /// The state when a swap has reached `bin`.
    pub fn reach(&self, state: &BinState, bin: u32) -> BinState {
        let crossed = u64::from(bin.abs_diff(state.reference_bin)).wrapping_mul(BPS);
        let sum = u64::from(state.reference).wrapping_add(crossed);
        BinState {
            accumulator: sum.min(u64::from(self.max_accumulator)) as u32,
            ..*state
        }
    }

    /// The base fee, wad: `factor·step·10^10`.
    pub fn base_wad(&self) -> U256 {
        let product = u64::from(self.base_factor).wrapping_mul(u64::from(self.bin_step));
        U256::from(product).wrapping_mul(U256::from(10_000_000_000_u64))
    }

    /// The variable fee at an accumulator, wad, rounded up: `⌈(a·step)²·c/100⌉`.
    ///
    /// Error: never for an accumulator below 2^32.
    ///
    /// ```
    /// use mintage_mechanism::volatility_fee::BinFee;
    /// use mintage_math::{U256, WAD};
    /// let pool = BinFee { base_factor: 8_000, bin_step: 20, variable_factor: 40_000, filter_secs: 30, decay_secs: 600,
    ///     reduction_bps: 5_000, max_accumulator: 350_000 };
    /// let percent = WAD / U256::from(100);
    /// assert_eq!(pool.base_wad(), percent * U256::from(16) / U256::from(100));
    /// assert_eq!(pool.variable_wad_up(350_000), Ok(percent * U256::from(196) / U256::from(100)));
    /// ```
    pub fn variable_wad_up(&self, accumulator: u32) -> Result<U256, VolatilityFeeError> {
        let product = U256::from(u64::from(accumulator).wrapping_mul(u64::from(self.bin_step)));
        Ok(mul_div_up(
            mul(product, product)?,
            U256::from(self.variable_factor),
            U256::from(100),
        )?)
    }

    /// The fee of a swap in this state, wad: both parts, at most [`MAX_BIN_FEE_WAD`].
    ///
    /// Error: as [`Self::variable_wad_up`].
    pub fn fee_wad_up(&self, state: &BinState) -> Result<U256, VolatilityFeeError> {
        let sum = add(self.base_wad(), self.variable_wad_up(state.accumulator)?)?;
        Ok(sum.min(MAX_BIN_FEE_WAD))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;
    use proptest::prelude::*;

    const JOE: BinFee = BinFee {
        base_factor: 8_000,
        bin_step: 20,
        variable_factor: 40_000,
        filter_secs: 30,
        decay_secs: 600,
        reduction_bps: 5_000,
        max_accumulator: 350_000,
    };

    #[test]
    fn s2_34_algebra_fees() {
        for (steps, fee) in [
            (0, 100),
            (360, 1_550),
            (400, 2_029),
            (714, 3_000),
            (60_000, 9_000),
            (111_000, 15_000),
            (u64::MAX / 15, 15_000),
        ] {
            assert_eq!(ALGEBRA.at_down(15 * steps), Ok(fee), "{steps}");
        }
        // up to fourteen more are the same step
        assert_eq!(ALGEBRA.at_down(15 * 400 + 14), Ok(2_029));
    }

    /// The reference's half width of 29 instead of 29.5 moves the fee at 400 from 2,023 to 2,029.
    #[test]
    fn s2_34_algebra_is_not_quite_a_logistic() {
        let power = exp_wad_down(40_000_000_000_000_000_000 / 59).unwrap();
        let exact = mul_div_down(U256::from(2_900), power, WAD + power).unwrap();
        assert_eq!(exact + U256::from(100), U256::from(2_023));
        assert_ne!(ALGEBRA.at_down(15 * 400), Ok(2_023));
    }

    #[test]
    fn s2_34_joe_fees() {
        assert_eq!(JOE.base_wad(), wad("0.0016"));
        for (accumulator, percent) in [(10_000, "0.000016"), (50_000, "0.0004"), (350_000, "0.0196")] {
            assert_eq!(JOE.variable_wad_up(accumulator), Ok(wad(percent)));
        }
        let state = |accumulator| BinState {
            accumulator,
            ..BinState::default()
        };
        assert_eq!(JOE.fee_wad_up(&state(350_000)), Ok(wad("0.0212")));
        assert_eq!(JOE.fee_wad_up(&state(u32::MAX)), Ok(MAX_BIN_FEE_WAD));
        assert_eq!(MAX_BIN_FEE_WAD, wad("0.1"));
    }

    #[test]
    fn s2_34_joe_filter_decay_and_reduction() {
        // five bins up at once: 50,000
        let up = JOE.reach(&BinState::default(), 5);
        assert_eq!(up.accumulator, 50_000);
        // within 30 s the reference stays, so going back down undoes it
        let soon = JOE.begin(&up, 5, 29).unwrap();
        assert_eq!(
            (soon.accumulator, soon.reference, soon.reference_bin),
            (50_000, 0, 0)
        );
        assert_eq!(JOE.reach(&soon, 0).accumulator, 0);
        // after it half of the accumulator stays, from the bin of now
        let later = JOE.begin(&up, 5, 30).unwrap();
        assert_eq!((later.accumulator, later.reference_bin), (25_000, 5));
        assert_eq!(JOE.reach(&later, 6).accumulator, 35_000);
        // after ten minutes nothing
        assert_eq!(JOE.begin(&up, 5, 600).unwrap().accumulator, 0);
        assert_eq!(JOE.reach(&later, u32::MAX).accumulator, 350_000);
    }

    #[test]
    fn s2_34_fee_refusals() {
        let thin = Sigmoid {
            width: 0,
            ..ALGEBRA.first
        };
        assert_eq!(thin.at_down(1), Err(VolatilityFeeError::Width));
        let high = SigmoidFee {
            base: u16::MAX,
            ..ALGEBRA
        };
        assert_eq!(high.at_down(0), Err(VolatilityFeeError::FeeTooHigh));
        let times = BinFee {
            filter_secs: 600,
            ..JOE
        };
        assert_eq!(
            times.begin(&BinState::default(), 0, 0),
            Err(VolatilityFeeError::Times)
        );
        let keeps = BinFee {
            reduction_bps: 10_001,
            ..JOE
        };
        assert_eq!(
            keeps.begin(&BinState::default(), 0, 0),
            Err(VolatilityFeeError::Reduction)
        );
    }

    #[test]
    fn s2_34_settings_up_to_their_limits() {
        let fee = |base| SigmoidFee { base, ..ALGEBRA }.at_down(u64::MAX);
        assert_eq!(fee(u16::MAX - 14_900), Ok(65_535));
        assert_eq!(fee(u16::MAX - 14_899), Err(VolatilityFeeError::FeeTooHigh));
        // all of the accumulator may be kept
        let keeps = BinFee {
            reduction_bps: 10_000,
            ..JOE
        };
        let state = BinState {
            accumulator: 50_000,
            ..BinState::default()
        };
        assert_eq!(keeps.begin(&state, 5, 30).unwrap().accumulator, 50_000);
    }

    #[test]
    fn s2_34_joe_counts_from_the_last_swap() {
        // swaps every 20 s keep their first reference, however long it takes
        let mut state = JOE.reach(&BinState::default(), 0);
        for step in 1..=5u32 {
            let now_ts = u64::from(step) * 20;
            state = JOE.begin(&state, step, now_ts).unwrap();
            assert_eq!((state.swapped_ts, state.reference_bin), (now_ts, 0));
            assert_eq!(state.accumulator, step * 10_000);
        }
    }

    proptest! {
        #[test]
        fn prop_s2_34_fees_rise_with_volatility(a in 0u64..2_000_000, b in 0u64..2_000_000) {
            let (low, high) = (ALGEBRA.at_down(a.min(b)).unwrap(), ALGEBRA.at_down(a.max(b)).unwrap());
            prop_assert!((100..=15_000).contains(&low) && low <= high && high <= 15_000);
        }

        #[test]
        fn prop_any_sigmoid_stays_within_its_rise(rise: u16, middle: u64, width in 1u16.., x: u64) {
            let sigmoid = Sigmoid { rise, middle, width };
            prop_assert!(sigmoid.at_down(x).unwrap() <= u32::from(rise));
        }

        /// The further from the reference, the dearer, and never above the limit.
        #[test]
        fn prop_s2_34_bins_rise_with_distance(a in 0u32..1_000, b in 0u32..1_000, at in 0u32..1_000, reference in 0u32..400_000) {
            let state = BinState { reference, reference_bin: at, ..BinState::default() };
            let fee = |bin: u32| JOE.fee_wad_up(&JOE.reach(&state, bin)).unwrap();
            let (near, far) = if a.abs_diff(at) <= b.abs_diff(at) { (a, b) } else { (b, a) };
            prop_assert!(fee(near) <= fee(far) && fee(far) <= MAX_BIN_FEE_WAD);
        }
    }
}
