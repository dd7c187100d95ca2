//! Vesting: linear with a cliff, with unlocks, in segments with an exponent, in tranches.
//!
//! * **Equation.** Linear `⌊A·(t - start)/D⌋`, zero before the cliff; with unlocks `U₀` at the start and `U_c` at the cliff, then
//!   `U₀ + U_c + ⌊(A - U₀ - U_c)·(t - cliff)/(end - cliff)⌋`; segments `Σ before + ⌊a·(elapsed/length)^x⌋`; tranches `Σ of those reached`.
//! * **Symbols.** `A`, `a`, `U` base units; times seconds; `x` wad.
//! * **Source.** OpenZeppelin `VestingWallet`, `VestingWalletCliff`; Sablier lockups linear, dynamic, tranched; Uniswap's `TreasuryVester` and
//!   `UNIVesting` (rules re-stated, systems.md 2.16).
//! * **Domain.** `start ≤ cliff ≤ end`, unlocks within the total; segments and tranches sum to it.
//! * **Rounding.** Down, exact at the end. A segment is at most `a·P·(10^-15 + x·10^-18·length/elapsed) + 2` units short, `P` its power: the bound of
//!   [`mintage_math::pow_wad_down`], and the elapsed part's own unit of 10^-18, which counts `x` times over it.
//! * **In the wild.** Vesting computed from the last claim loses a fraction of a unit at every claim (`TreasuryVester`); from the start it cannot.
//!   What is releasable is `vested(t) - released`, so a deposit that comes later vests as if it had been there.

use crate::error::errors;
use mintage_math::{U256, WAD, add, mul_div_down, pow_wad_down, sub, wad_mul_down};

errors! {
    /// Why there is no schedule.
    VestingError {
        /// The times are not in order.
        Times => "the times are not in order: start, cliff, end",
        /// The unlocks are above the total.
        Unlocks => "the unlocks at start and cliff are above the total",
        /// A segment or tranche takes no time.
        NoTime => "a segment takes no time",
        /// The exponent of a segment is above 100.
        Exponent => "the exponent of a segment is above 100",
        /// More was released than is vested.
        Released => "more was released than is vested",
    }
}

/// Linear vesting with a cliff and unlocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    /// Seconds of the start.
    pub start_ts: u64,
    /// Seconds of the cliff; the start, if there is none.
    pub cliff_ts: u64,
    /// Seconds of the end.
    pub end_ts: u64,
    /// Unlocked at the start, base units.
    pub start_unlock: U256,
    /// Unlocked at the cliff in addition, base units.
    pub cliff_unlock: U256,
}

impl Linear {
    /// Vested of `total` at a time, rounded down: Sablier's form, where the line starts at the cliff.
    ///
    /// Errors: [`VestingError::Times`], [`VestingError::Unlocks`].
    ///
    /// ```
    /// use mintage_mechanism::vesting::Linear;
    /// use mintage_math::U256;
    /// let n = |v: u64| U256::from(v);
    /// let lockup = Linear { start_ts: 0, cliff_ts: 2_500, end_ts: 10_000, start_unlock: n(0), cliff_unlock: n(2_500) };
    /// assert_eq!(lockup.vested_down(n(10_000), 2_499), Ok(n(0)));
    /// assert_eq!(lockup.vested_down(n(10_000), 2_600), Ok(n(2_600)));
    /// ```
    pub fn vested_down(&self, total: U256, now_ts: u64) -> Result<U256, VestingError> {
        if self.start_ts > self.cliff_ts || self.cliff_ts > self.end_ts {
            return Err(VestingError::Times);
        }
        let unlocks = add(self.start_unlock, self.cliff_unlock)?;
        let streamed = total.checked_sub(unlocks).ok_or(VestingError::Unlocks)?;
        if now_ts < self.start_ts {
            return Ok(U256::ZERO);
        }
        if now_ts >= self.end_ts {
            return Ok(total);
        }
        if now_ts < self.cliff_ts {
            return Ok(self.start_unlock);
        }
        // end > now ≥ cliff, so the length is not zero
        let length = self.end_ts.wrapping_sub(self.cliff_ts);
        let part = mul_div_down(
            streamed,
            U256::from(now_ts.wrapping_sub(self.cliff_ts)),
            U256::from(length),
        )?;
        Ok(add(unlocks, part)?)
    }
}

/// OpenZeppelin's form: the line starts at the start, and the cliff only holds it back. `total` is what is there plus what was released.
///
/// Error: [`VestingError::Times`].
pub fn wallet_vested_down(
    total: U256,
    start_ts: u64,
    cliff_ts: u64,
    duration_secs: u64,
    now_ts: u64,
) -> Result<U256, VestingError> {
    let end_ts = start_ts.checked_add(duration_secs).ok_or(VestingError::Times)?;
    if cliff_ts > end_ts {
        return Err(VestingError::Times);
    }
    if now_ts < cliff_ts || now_ts < start_ts {
        return Ok(U256::ZERO);
    }
    if now_ts >= end_ts {
        return Ok(total);
    }
    Ok(mul_div_down(
        total,
        U256::from(now_ts.wrapping_sub(start_ts)),
        U256::from(duration_secs),
    )?)
}

/// A segment: its amount unlocks along a power of the elapsed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What it unlocks, base units.
    pub amount: U256,
    /// The exponent, wad: one is a line, more starts slowly, less quickly, zero unlocks at once.
    pub exponent_wad: U256,
    /// Its length, seconds, at least 1.
    pub secs: u64,
}

/// Vested by segments one after another, `elapsed_secs` after the start, rounded down.
///
/// Errors: [`VestingError::NoTime`], [`VestingError::Exponent`]; a sum that does not fit.
pub fn segments_vested_down(
    segments: impl IntoIterator<Item = Segment>,
    elapsed_secs: u64,
) -> Result<U256, VestingError> {
    let (mut left, mut sum) = (elapsed_secs, U256::ZERO);
    for segment in segments {
        if segment.secs == 0 {
            return Err(VestingError::NoTime);
        }
        if left >= segment.secs {
            sum = add(sum, segment.amount)?;
            left = left.wrapping_sub(segment.secs);
            continue;
        }
        let part = mul_div_down(U256::from(left), WAD, U256::from(segment.secs))?;
        let exponent = i128::try_from(segment.exponent_wad).unwrap_or(i128::MAX);
        if exponent > 100_000_000_000_000_000_000 {
            return Err(VestingError::Exponent);
        }
        let unlocked = if left == 0 {
            U256::ZERO
        } else {
            pow_wad_down(part, exponent)?
        };
        return Ok(add(sum, wad_mul_down(segment.amount, unlocked)?)?);
    }
    Ok(sum)
}

/// Vested by tranches `(time, amount)`: the sum of those whose time has come. Any order.
///
/// Error: a sum that does not fit.
pub fn tranches_vested(
    tranches: impl IntoIterator<Item = (u64, U256)>,
    now_ts: u64,
) -> Result<U256, VestingError> {
    let mut sum = U256::ZERO;
    for (ts, amount) in tranches {
        if now_ts >= ts {
            sum = add(sum, amount)?;
        }
    }
    Ok(sum)
}

/// What may be released now: `vested - released`.
///
/// Error: [`VestingError::Released`].
pub fn releasable(vested: U256, released: U256) -> Result<U256, VestingError> {
    vested.checked_sub(released).ok_or(VestingError::Released)
}

/// A cancelled grant: `(the beneficiary's rest, back to the owner)`. They and what was released add up to the total.
///
/// Errors: [`VestingError::Released`].
pub fn cancel(total: U256, vested: U256, released: U256) -> Result<(U256, U256), VestingError> {
    Ok((releasable(vested, released)?, sub(total, vested)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, scaled, wad};
    use proptest::prelude::*;

    fn n(v: u64) -> U256 {
        U256::from(v)
    }

    #[test]
    fn s2_16_lockup_linear() {
        let lockup = Linear {
            start_ts: 0,
            cliff_ts: 2_500,
            end_ts: 10_000,
            start_unlock: n(0),
            cliff_unlock: n(2_500),
        };
        for (t, vested) in [
            (0, 0),
            (2_499, 0),
            (2_500, 2_500),
            (2_600, 2_600),
            (5_000, 5_000),
            (9_999, 9_999),
            (10_000, 10_000),
        ] {
            assert_eq!(lockup.vested_down(n(10_000), t), Ok(n(vested)), "{t}");
        }
        assert_eq!(
            Linear {
                cliff_ts: 10_001,
                ..lockup
            }
            .vested_down(n(1), 0),
            Err(VestingError::Times)
        );
        assert_eq!(lockup.vested_down(n(2_499), 0), Err(VestingError::Unlocks));
        let instant = Linear {
            start_ts: 5,
            cliff_ts: 5,
            end_ts: 5,
            start_unlock: n(0),
            cliff_unlock: n(0),
        };
        assert_eq!(
            (instant.vested_down(n(7), 4), instant.vested_down(n(7), 5)),
            (Ok(n(0)), Ok(n(7)))
        );
    }

    #[test]
    fn s2_16_lockup_dynamic() {
        // 2500^3.14 to 2500, then 7500^0.5 to 10000; amounts with 18 decimals, printed to 15 digits
        let segments = [
            Segment {
                amount: wad("2500"),
                exponent_wad: wad("3.14"),
                secs: 2_500,
            },
            Segment {
                amount: wad("7500"),
                exponent_wad: wad("0.5"),
                secs: 7_500,
            },
        ];
        for (t, printed) in [
            (1_250, "283.599736036613"),
            (2_600, "3366.02540378444"),
            (5_000, "6830.12701892219"),
        ] {
            let got = segments_vested_down(segments, t).unwrap();
            let places = printed.split('.').nth(1).unwrap().len();
            let unit = U256::from(10u64).pow(U256::from(18 - places));
            assert_eq!((got + unit / n(2)) / unit, scaled(printed, places), "{t}");
        }
        assert_eq!(segments_vested_down(segments, 2_500), Ok(wad("2500")));
        assert_eq!(segments_vested_down(segments, u64::MAX), Ok(wad("10000")));
        let broken = Segment {
            secs: 0,
            ..segments[0]
        };
        assert_eq!(segments_vested_down([broken], 0), Err(VestingError::NoTime));
        let steep = Segment {
            exponent_wad: wad("101"),
            ..segments[0]
        };
        assert_eq!(segments_vested_down([steep], 1), Err(VestingError::Exponent));
    }

    #[test]
    fn s2_16_openzeppelin_wallet() {
        assert_eq!(wallet_vested_down(n(1_000), 100, 400, 1_000, 399), Ok(n(0)));
        // after the cliff the line counts from the start
        assert_eq!(wallet_vested_down(n(1_000), 100, 400, 1_000, 400), Ok(n(300)));
        assert_eq!(wallet_vested_down(n(1_000), 100, 400, 1_000, 1_100), Ok(n(1_000)));
        assert_eq!(
            wallet_vested_down(n(1_000), 100, 1_101, 1_000, 0),
            Err(VestingError::Times)
        );
        assert_eq!(
            wallet_vested_down(n(1_000), u64::MAX, 0, 1, 0),
            Err(VestingError::Times)
        );
    }

    /// UNIVesting: five million at each quarter from 2026-01-01; who comes late gets all quarters that have passed.
    #[test]
    fn s2_16_quarterly_tranches() {
        let quarters = [1_767_225_600u64, 1_775_001_600, 1_782_864_000, 1_790_812_800];
        let tranches = || quarters.into_iter().map(|ts| (ts, wad("5000000")));
        assert_eq!(tranches_vested(tranches(), quarters[0] - 1), Ok(U256::ZERO));
        assert_eq!(tranches_vested(tranches(), quarters[1]), Ok(wad("10000000")));
        assert_eq!(tranches_vested(tranches(), u64::MAX), Ok(wad("20000000")));
    }

    #[test]
    fn s2_16_cancel_splits_exactly() {
        assert_eq!(cancel(n(1_000), n(600), n(250)), Ok((n(350), n(400))));
        assert_eq!(cancel(n(1_000), n(200), n(250)), Err(VestingError::Released));
    }

    #[test]
    fn s2_16_a_wallets_cliff_may_lie_at_its_end_or_before_its_start() {
        let vested = |cliff_ts, duration_secs, now_ts| {
            wallet_vested_down(U256::from(1_000), 100, cliff_ts, duration_secs, now_ts)
        };
        assert_eq!(vested(110, 10, 109), Ok(U256::ZERO));
        assert_eq!(vested(110, 10, 110), Ok(U256::from(1_000)));
        assert_eq!(vested(111, 10, 111), Err(VestingError::Times));
        assert_eq!(vested(0, 10, 99), Ok(U256::ZERO));
        assert_eq!(vested(0, 10, 101), Ok(U256::from(100)));
        // no line at all: everything at the start
        assert_eq!(vested(0, 0, 99), Ok(U256::ZERO));
        assert_eq!(vested(0, 0, 100), Ok(U256::from(1_000)));
    }

    #[test]
    fn s2_16_exponents_of_up_to_a_hundred() {
        let hundred = WAD * U256::from(100);
        let vested = |exponent_wad, elapsed_secs| {
            let segment = Segment {
                amount: WAD,
                exponent_wad,
                secs: 1_000,
            };
            segments_vested_down([segment], elapsed_secs)
        };
        // 0.999^100 = 0.904792…
        let late = vested(hundred, 999).unwrap();
        assert_eq!(late / U256::from(1_000_000_000_000_u64), U256::from(904_792));
        assert_eq!(vested(hundred + U256::ONE, 999), Err(VestingError::Exponent));
    }

    proptest! {
        #[test]
        fn prop_s2_16_monotone_and_complete(total in any_u256(), s in 0u64..1_000, c in 0u64..1_000, d in 1u64..1_000, a in 0u64..4_000, b in 0u64..4_000) {
            let v = Linear { start_ts: s, cliff_ts: s + c, end_ts: s + c + d, start_unlock: total / n(10), cliff_unlock: total / n(5) };
            let (low, high) = (v.vested_down(total, a.min(b)).unwrap(), v.vested_down(total, a.max(b)).unwrap());
            prop_assert!(low <= high && high <= total);
            prop_assert_eq!(v.vested_down(total, s + c + d), Ok(total));
            let w = |t| wallet_vested_down(total, s, s, c + d, t).unwrap();
            prop_assert!(w(a.min(b)) <= w(a.max(b)) && w(s + c + d) == total);
        }

        /// Claims at any times: in the end everything, never more than vested.
        #[test]
        fn prop_frequent_claims_lose_nothing(total in any_u256(), times in prop::collection::vec(0u64..2_000, 0..30)) {
            let mut times = times;
            times.sort_unstable();
            times.push(2_000);
            let mut released = U256::ZERO;
            for t in times {
                released += releasable(wallet_vested_down(total, 100, 100, 1_000, t).unwrap(), released).unwrap();
            }
            prop_assert_eq!(released, total);
        }

        #[test]
        fn prop_segments_stay_within_their_amount(amount in any_u256(), x in 0u64..5_000_000_000_000_000_000, t in 0u64..1_000) {
            let segment = Segment { amount, exponent_wad: U256::from(x), secs: 1_000 };
            prop_assert!(segments_vested_down([segment], t).unwrap() <= amount);
        }
    }
}
