//! An elastic supply: balances that stretch, and the policy that says by how much.
//!
//! * **Equation.** `balance = ⌊gons/g⌋`, `g = ⌊TOTAL/supply⌋`; policy: nothing inside `|rate - target| < ⌊target·τ/10^18⌋`, else
//!   `pct = 2U/(1 + 2^(-k(r - 1))) - U` with `r = rate/target`, `U` 5 % above and 7.7 % below, `delta = supply·pct`.
//! * **Symbols.** `gons` the hidden unit; `rate`, `target`, `U`, `pct`, `k` (45) wad; `2^x` by five fractional bits, truncating, `|x| ≤ 100`.
//! * **Source.** Ampleforth `UFragments`, `UFragmentsPolicy` (rules re-stated, systems.md 2.22, 3.3): this is the sigmoid of today, not the 5 % and lag of
//!   2019 (finding 7).
//! * **Domain.** Supply up to 2^128-1; rates capped at 10^24 (a million).
//! * **Rounding.** Towards zero at each step, as the reference; balances down.
//! * **In the wild.** Pools and lenders that held balances without a `sync` in the same transaction; a policy has no floor, so pair it with a reserve.

use crate::error::errors;
use mintage_math::{U256, WAD, add, div_down, mul, mul_div_down, mul_wide, sub};

/// `2^256-1` less what is over a multiple of the initial supply of 50 M with nine decimals (`34,007,913,129,639,935`).
pub const TOTAL_GONS: U256 =
    U256::from_limbs([u64::MAX - 34_007_913_129_639_935, u64::MAX, u64::MAX, u64::MAX]);
/// The largest supply.
pub const MAX_SUPPLY: U256 = U256::from_limbs([u64::MAX, u64::MAX, 0, 0]);
/// Rates above this count as this.
pub const MAX_RATE_WAD: U256 = U256::from_limbs([0x1bce_cced_a100_0000, 0xd3c2, 0, 0]);
/// A rebase may be made from 02:00 UTC …
pub const WINDOW_START_SECS: u64 = 7_200;
/// … for twenty minutes.
pub const WINDOW_SECS: u64 = 1_200;
const DAY_SECS: u64 = 86_400;
/// `2^(1/2), 2^(1/4), … 2^(1/32)`, wad, to the nearest.
const ROOTS: [u64; 5] = [
    1_414_213_562_373_095_049,
    1_189_207_115_002_721_067,
    1_090_507_732_665_257_659,
    1_044_273_782_427_413_840,
    1_021_897_148_654_116_678,
];

errors! {
    /// Why there is no rebase.
    RebaseError {
        /// The target is zero.
        NoTarget => "the target rate is zero",
        /// The exponent of the power of two is above 100.
        Exponent => "the exponent of the power of two is above 100",
        /// The limit of the policy is 100 % or more.
        Limit => "the limit of a rebase must be below 100 %",
        /// Not in the window, or already done today.
        Window => "rebases are made once a day from 02:00 to 02:20 UTC",
        /// No supply.
        NoSupply => "the supply is zero or above 2^128-1",
    }
}

/// Units of gons for one unit of balance at a supply.
///
/// Error: [`RebaseError::NoSupply`].
pub fn gons_per_unit(supply: U256) -> Result<U256, RebaseError> {
    if supply.is_zero() || supply > MAX_SUPPLY {
        return Err(RebaseError::NoSupply);
    }
    Ok(div_down(TOTAL_GONS, supply)?)
}

/// The balance of gons, rounded down.
///
/// Error: no gons per unit.
pub fn balance_down(gons: U256, per_unit: U256) -> Result<U256, RebaseError> {
    Ok(div_down(gons, per_unit)?)
}

/// The gons of a transfer of `value`.
///
/// Error: a value above the supply.
pub fn gons_of(value: U256, per_unit: U256) -> Result<U256, RebaseError> {
    Ok(mul(value, per_unit)?)
}

/// A change of the supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delta {
    /// Nothing.
    Zero,
    /// More by this, base units.
    Grow(U256),
    /// Less by this, base units.
    Shrink(U256),
}

/// `2^x` in wad with `x` in 32nds, truncated: the reference's `twoPower`. `one` is the unit of `x`.
///
/// Error: [`RebaseError::Exponent`] above 100.
///
/// ```
/// use mintage_mechanism::rebase::two_power;
/// use mintage_math::U256;
/// // ten decimals: 2^2.5
/// let one = U256::from(10_000_000_000_u64);
/// assert_eq!(two_power(one * U256::from(5) / U256::from(2), false, one), Ok(U256::from(56_568_542_494_u64)));
/// ```
pub fn two_power(exponent: U256, negative: bool, one: U256) -> Result<U256, RebaseError> {
    let (whole, mut rest) = mintage_math::div_rem(exponent, one)?;
    if whole > U256::from(100) {
        return Err(RebaseError::Exponent);
    }
    let shift = whole.as_limbs().first().copied().unwrap_or(0) as usize;
    let mut result = mul(U256::ONE.wrapping_shl(shift), one)?;
    let mut part = one.wrapping_shr(1);
    for root in ROOTS {
        if rest >= part {
            rest = rest.wrapping_sub(part);
            result = mul_div_down(result, U256::from(root), WAD)?;
        }
        part = part.wrapping_shr(1);
    }
    if negative {
        Ok(div_down(mul(one, one)?, result)?)
    } else {
        Ok(result)
    }
}

/// The policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Inside this part of the target nothing happens, wad.
    pub band_wad: U256,
    /// The most growth, wad, below one.
    pub up_wad: U256,
    /// The most shrinking, wad, below one.
    pub down_wad: U256,
    /// How steep the sigmoid is, wad.
    pub growth_wad: U256,
}

/// Ampleforth's: 2.5 %, +5 %, -7.7 %, 45.
pub const AMPLEFORTH: Policy = Policy {
    band_wad: U256::from_limbs([25_000_000_000_000_000, 0, 0, 0]),
    up_wad: U256::from_limbs([50_000_000_000_000_000, 0, 0, 0]),
    down_wad: U256::from_limbs([77_000_000_000_000_000, 0, 0, 0]),
    growth_wad: U256::from_limbs([8_106_511_852_580_896_768, 2, 0, 0]),
};

impl Policy {
    /// The percentage of a rebase at a normalised rate, wad: `(magnitude, negative)`.
    ///
    /// Errors: [`RebaseError::Limit`]; numbers that do not fit.
    pub fn percentage(&self, normalised_wad: U256) -> Result<(U256, bool), RebaseError> {
        let below = normalised_wad < WAD;
        let limit = if below { self.down_wad } else { self.up_wad };
        if limit >= WAD {
            return Err(RebaseError::Limit);
        }
        let gap = if below {
            sub(WAD, normalised_wad)?
        } else {
            sub(normalised_wad, WAD)?
        };
        let hundred = mul(WAD, U256::from(100))?;
        let exponent = mul_div_down(self.growth_wad, gap, WAD)
            .unwrap_or(hundred)
            .min(hundred);
        let power = two_power(exponent, below, WAD)?;
        if power.is_zero() {
            return Ok((limit, true));
        }
        let denominator = add(WAD, div_down(mul(WAD, WAD)?, power)?)?;
        let sum = mul_div_down(mul(limit, U256::from(2))?, WAD, denominator)?;
        Ok(match sum.checked_sub(limit) {
            Some(positive) => (positive, false),
            None => (sub(limit, sum)?, true),
        })
    }

    /// By how much the supply changes; `None` for the rate (an invalid oracle) changes nothing.
    ///
    /// Errors: [`RebaseError::NoTarget`], [`RebaseError::NoSupply`]; as [`Self::percentage`].
    pub fn delta(
        &self,
        rate_wad: Option<U256>,
        target_wad: U256,
        supply: U256,
    ) -> Result<Delta, RebaseError> {
        if target_wad.is_zero() {
            return Err(RebaseError::NoTarget);
        }
        if supply.is_zero() || supply > MAX_SUPPLY {
            return Err(RebaseError::NoSupply);
        }
        let Some(rate) = rate_wad else {
            return Ok(Delta::Zero);
        };
        let rate = rate.min(MAX_RATE_WAD);
        let gap = rate.max(target_wad).wrapping_sub(rate.min(target_wad));
        if gap < mul_div_down(target_wad, self.band_wad, WAD)? {
            return Ok(Delta::Zero);
        }
        let (part, negative) = self.percentage(mul_div_down(rate, WAD, target_wad)?)?;
        let change = mul_div_down(supply, part, WAD)?;
        Ok(match (change.is_zero(), negative) {
            (true, _) => Delta::Zero,
            (false, true) => Delta::Shrink(change),
            (false, false) => Delta::Grow(change.min(sub(MAX_SUPPLY, supply)?)),
        })
    }
}

/// The time that a rebase at `now_ts` is booked at (the window's start), if it is allowed.
///
/// Error: [`RebaseError::Window`].
pub fn check_window(now_ts: u64, last_ts: u64) -> Result<u64, RebaseError> {
    let day_start = now_ts.checked_div(DAY_SECS).unwrap_or(0).wrapping_mul(DAY_SECS);
    let in_day = now_ts.wrapping_sub(day_start);
    let open = in_day >= WINDOW_START_SECS && in_day < WINDOW_START_SECS.wrapping_add(WINDOW_SECS);
    if !open || (last_ts != 0 && last_ts.saturating_add(DAY_SECS) > now_ts) {
        return Err(RebaseError::Window);
    }
    Ok(day_start.saturating_add(WINDOW_START_SECS))
}

/// Whether two rates of supply and gons keep a holder's share: `a·d = b·c` compared exactly, for tests and monitors.
pub fn same_share(a: U256, b: U256, c: U256, d: U256) -> bool {
    mul_wide(a, d) == mul_wide(b, c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{int, wad};
    use proptest::prelude::*;

    #[test]
    fn s3_3_current_policy_table() {
        let supply = int("50000000000000000");
        for (rate, percentage, delta) in [
            ("0.5", "76999974037545695", "3849998701877284"),
            ("0.7", "76986708368444834", "3849335418422241"),
            ("0.9", "70482148301981789", "3524107415099089"),
            ("0.974", "29303869966012003", "1465193498300600"),
            ("0.975", "28587786454223032", "1429389322711151"),
        ] {
            assert_eq!(
                AMPLEFORTH.percentage(wad(rate)),
                Ok((int(percentage), true)),
                "{rate}"
            );
            assert_eq!(
                AMPLEFORTH.delta(Some(wad(rate)), WAD, supply),
                Ok(Delta::Shrink(int(delta))),
                "{rate}"
            );
        }
        for rate in ["0.976", "0.99", "1", "1.024"] {
            assert_eq!(
                AMPLEFORTH.delta(Some(wad(rate)), WAD, supply),
                Ok(Delta::Zero),
                "{rate}"
            );
        }
        for (rate, percentage, delta) in [
            ("1.025", "18563497697547423", "928174884877371"),
            ("1.05", "32629324341581834", "1631466217079091"),
            ("1.1", "45767628767520641", "2288381438376032"),
            ("1.3", "49991369070418723", "2499568453520936"),
            ("2", "49999999999997157", "2499999999999857"),
        ] {
            assert_eq!(
                AMPLEFORTH.percentage(wad(rate)),
                Ok((int(percentage), false)),
                "{rate}"
            );
            assert_eq!(
                AMPLEFORTH.delta(Some(wad(rate)), WAD, supply),
                Ok(Delta::Grow(int(delta))),
                "{rate}"
            );
        }
    }

    #[test]
    fn s2_22_reference_test_vectors() {
        let target = wad("1.05");
        let n = |v: u64| U256::from(v);
        let times = |factor: &str| mul_div_down(target, wad(factor), WAD).unwrap();
        let run = |policy: Policy, rate: U256, target: U256, supply: u64| {
            policy.delta(Some(rate), target, n(supply)).unwrap()
        };
        let p = AMPLEFORTH;
        assert_eq!(run(p, times("1.6"), target, 1_010), Delta::Grow(n(50)));
        assert_eq!(run(p, times("0.7"), target, 1_000), Delta::Shrink(n(76)));
        assert_eq!(
            run(
                Policy {
                    growth_wad: wad("100"),
                    ..p
                },
                times("2"),
                target,
                1_000
            ),
            Delta::Grow(n(50))
        );
        assert_eq!(
            run(
                Policy {
                    growth_wad: wad("75"),
                    ..p
                },
                U256::ZERO,
                target,
                1_000
            ),
            Delta::Shrink(n(77))
        );
        let wide = Policy {
            growth_wad: wad("25"),
            up_wad: wad("0.1"),
            ..p
        };
        assert_eq!(run(wide, times("1.3"), target, 1_000), Delta::Grow(n(98)));
        assert_eq!(
            run(
                Policy {
                    growth_wad: wad("30"),
                    ..p
                },
                times("0.7"),
                target,
                1_000
            ),
            Delta::Shrink(n(76))
        );
        let no_band = Policy {
            band_wad: U256::ZERO,
            ..p
        };
        assert_eq!(run(no_band, target, times("1.25"), 1_000), Delta::Shrink(n(76)));
        assert_eq!(run(no_band, target, times("0.75"), 1_000), Delta::Grow(n(49)));
        let full = MAX_SUPPLY - U256::ONE;
        assert_eq!(
            p.delta(Some(times("2")), target, full),
            Ok(Delta::Grow(U256::ONE))
        );
        assert_eq!(p.delta(None, target, full), Ok(Delta::Zero));
    }

    #[test]
    fn s3_3_two_power_with_ten_decimals() {
        let one = U256::from(10_000_000_000_u64);
        let power = |x: &str, negative| two_power(crate::testing::scaled(x, 10), negative, one).unwrap();
        assert_eq!(power("2.5", false), int("56568542494"));
        assert_eq!(power("2.25", false), int("47568284600"));
        assert_eq!(power("2.25", true), int("2102241038"));
        assert_eq!(power("0.6", true), int("6626183216"));
        assert_eq!(power("2.96875", false), int("78285764964"));
        assert_eq!(power("2.99", false), int("78285764964"));
        assert_eq!(
            two_power(one * U256::from(101), false, one),
            Err(RebaseError::Exponent)
        );
        assert!(two_power(one * U256::from(100), false, one).is_ok());
    }

    #[test]
    fn s3_3_gons() {
        let total = "115792089237316195423570985008687907853269984665640564039457550000000000000000";
        assert_eq!(TOTAL_GONS, int(total));
        let per_unit = gons_per_unit(int("50000000000000000")).unwrap();
        assert_eq!(
            per_unit,
            int("2315841784746323908471419700173758157065399693312811280789151")
        );
        assert_eq!(gons_per_unit(U256::ZERO), Err(RebaseError::NoSupply));
        assert_eq!(AMPLEFORTH.growth_wad, wad("45"));
        assert_eq!(MAX_RATE_WAD, wad("1000000"));
    }

    #[test]
    fn s2_22_window() {
        let day = 20_000 * DAY_SECS;
        assert_eq!(check_window(day + 7_199, 0), Err(RebaseError::Window));
        assert_eq!(check_window(day + 8_399, 0), Ok(day + 7_200));
        assert_eq!(check_window(day + 8_400, 0), Err(RebaseError::Window));
        // not twice in a window, but early in the next one
        assert_eq!(check_window(day + 8_000, day + 7_200), Err(RebaseError::Window));
        assert_eq!(
            check_window(day + DAY_SECS + 7_200, day + 7_200),
            Ok(day + DAY_SECS + 7_200)
        );
    }

    #[test]
    fn s2_22_supplies_from_one_unit_to_the_largest() {
        assert_eq!(gons_per_unit(U256::ONE), Ok(TOTAL_GONS));
        assert_eq!(gons_per_unit(MAX_SUPPLY), Ok(TOTAL_GONS / MAX_SUPPLY));
        let largest = AMPLEFORTH.delta(Some(WAD), WAD, MAX_SUPPLY);
        assert_eq!(largest, Ok(Delta::Zero));
        for supply in [U256::ZERO, MAX_SUPPLY + U256::ONE] {
            assert_eq!(gons_per_unit(supply), Err(RebaseError::NoSupply));
            assert_eq!(
                AMPLEFORTH.delta(Some(wad("2")), WAD, supply),
                Err(RebaseError::NoSupply)
            );
        }
    }

    #[test]
    fn s2_22_a_transfer_moves_the_gons_of_its_value() {
        let per_unit = gons_per_unit(int("50000000000000000")).unwrap();
        let gons = gons_of(int("7"), per_unit).unwrap();
        assert_eq!(gons, per_unit * int("7"));
        assert_eq!(balance_down(gons, per_unit), Ok(int("7")));
        assert_eq!(balance_down(gons - U256::ONE, per_unit), Ok(int("6")));
    }

    #[test]
    fn s2_22_shares_are_compared_exactly() {
        let n = |v: u64| U256::from(v);
        assert!(same_share(n(1), n(3), n(2), n(6)));
        assert!(!same_share(n(1), n(3), n(2), n(7)));
        // beyond 256 bits
        assert!(!same_share(
            U256::MAX,
            U256::MAX,
            U256::MAX,
            U256::MAX - U256::ONE
        ));
    }

    proptest! {
        /// Shares stay when the supply moves, transfers of all leave nothing, and the balances never exceed the supply.
        #[test]
        fn prop_s2_22_shares_are_kept(supply in 1u128..1 << 100, next in 1u128..1 << 100, parts in prop::collection::vec(1u64..1_000, 1..8)) {
            let per = gons_per_unit(U256::from(supply)).unwrap();
            let sum: u64 = parts.iter().sum();
            let gons: Vec<U256> = parts.iter().map(|p| mul_div_down(TOTAL_GONS, U256::from(*p), U256::from(sum)).unwrap()).collect();
            let after = gons_per_unit(U256::from(next)).unwrap();
            let total = gons.iter().map(|g| balance_down(*g, after).unwrap()).fold(U256::ZERO, |a, b| a + b);
            prop_assert!(total <= U256::from(next) + U256::ONE);
            for (g, p) in gons.iter().zip(&parts) {
                let exact = mul_div_down(U256::from(next), U256::from(*p), U256::from(sum)).unwrap();
                let got = balance_down(*g, after).unwrap();
                prop_assert!(got.max(exact) - got.min(exact) <= U256::ONE);
                prop_assert!(gons_of(balance_down(*g, per).unwrap(), per).unwrap() <= *g);
            }
        }

        #[test]
        fn prop_s2_22_sign_and_bounds(rate in 0u128..1 << 100, supply in 1u128..) {
            let supply = U256::from(supply);
            match AMPLEFORTH.delta(Some(U256::from(rate)), WAD, supply).unwrap() {
                Delta::Grow(by) => prop_assert!(U256::from(rate) > WAD && by <= supply / U256::from(20) && supply + by <= MAX_SUPPLY),
                Delta::Shrink(by) => prop_assert!(U256::from(rate) < WAD && by <= mul_div_down(supply, wad("0.077"), WAD).unwrap()),
                Delta::Zero => {}
            }
        }
    }
}
