//! What a report of an oracle may change at once: limits on growth, loss, burning and withdrawals.
//!
//! * **Equation.** Assets after a report at most `⌊P·(1 + R)⌋`; shares to burn at most `⌊S·(1 + R - X)/(1 + R)⌋` with `X = ⌊P'/P⌋`; a loss at most `d` of the
//!   assets; growth in a year at most `g`.
//! * **Symbols.** `R` 10^-9 (750,000: 0.075 %); `d` (500) and `g` (1,000) bps; `P`, `P'` assets before and after, `S` shares, base units.
//! * **Source.** Lido `OracleReportSanityChecker`, `PositiveTokenRebaseLimiter` (rules re-stated, systems.md 2.7).
//! * **Domain.** `P > 0`; a report after some time.
//! * **Rounding.** Limits down.
//! * **In the wild.** A committee's wrong number would have been paid out before anyone could object; what is above the limit is not lost, it waits
//!   for the next report.

use crate::error::errors;
use mintage_math::{U256, add, mul, mul_div_down, mul_wide, sub};

const PARTS: u64 = 1_000_000_000;
const BPS: u64 = 10_000;
const YEAR_SECS: u64 = 31_536_000;
/// The least withdrawal request: 100 units.
pub const MIN_WITHDRAWAL: U256 = U256::from_limbs([100, 0, 0, 0]);
/// The greatest: 1,000 whole tokens of 18 decimals.
pub const MAX_WITHDRAWAL: U256 = U256::from_limbs([0x35c9_adc5_dea0_0000, 0x36, 0, 0]);

errors! {
    /// Why a report is refused.
    ReportError {
        /// The loss is above the limit.
        Loss => "the assets fell by more than the limit of one report",
        /// The growth, taken as a year's, is above the limit.
        Growth => "the growth, taken as a year's, is above the limit",
        /// No time has passed.
        NoTime => "no time has passed since the last report",
        /// A withdrawal is too small or too large.
        Withdrawal => "a withdrawal must be of 100 units to 1,000 tokens",
    }
}

/// The most assets after a report.
///
/// Error: an amount that does not fit.
///
/// ```
/// use mintage_mechanism::report_limiter::max_assets_down;
/// use mintage_math::{U256, WAD};
/// let ten_million = WAD * U256::from(10_000_000);
/// assert_eq!(max_assets_down(ten_million, 750_000), Ok(WAD * U256::from(10_007_500)));
/// ```
pub fn max_assets_down(before: U256, limit_parts: u32) -> Result<U256, ReportError> {
    let factor = PARTS.saturating_add(u64::from(limit_parts));
    Ok(mul_div_down(before, U256::from(factor), U256::from(PARTS))?)
}

/// The most shares that may be burned in a report whose assets went from `before` to `after`: what keeps the rate's growth within the limit.
///
/// Errors: no assets before; amounts that do not fit.
pub fn max_burn_down(shares: U256, before: U256, after: U256, limit_parts: u32) -> Result<U256, ReportError> {
    let most = U256::from(PARTS.saturating_add(u64::from(limit_parts)));
    let rate = mul_div_down(after, U256::from(PARTS), before)?;
    Ok(mul_div_down(shares, most.saturating_sub(rate), most)?)
}

/// Judges the change of the assets of a report `secs` after the last.
///
/// Errors: [`ReportError::Loss`], [`ReportError::Growth`], [`ReportError::NoTime`]; amounts that do not fit.
pub fn check_report(
    before: U256,
    after: U256,
    secs: u64,
    max_loss_bps: u16,
    max_growth_bps: u16,
) -> Result<(), ReportError> {
    if secs == 0 {
        return Err(ReportError::NoTime);
    }
    if let Some(loss) = before.checked_sub(after) {
        return if mul_wide(loss, U256::from(BPS)) > mul_wide(before, U256::from(max_loss_bps)) {
            Err(ReportError::Loss)
        } else {
            Ok(())
        };
    }
    // (after - before)·year·10⁴ ≤ before·secs·limit
    let growth = mul_wide(sub(after, before)?, U256::from(YEAR_SECS.wrapping_mul(BPS)));
    let allowed = mul_wide(before, mul(U256::from(secs), U256::from(max_growth_bps))?);
    if growth > allowed {
        Err(ReportError::Growth)
    } else {
        Ok(())
    }
}

/// Judges the size of a withdrawal request.
///
/// Error: [`ReportError::Withdrawal`].
pub fn check_withdrawal(amount: U256) -> Result<(), ReportError> {
    if amount < MIN_WITHDRAWAL || amount > MAX_WITHDRAWAL {
        Err(ReportError::Withdrawal)
    } else {
        Ok(())
    }
}

/// What of a reported gain is booked now and what waits: `(assets after, rest)`.
///
/// Errors: amounts that do not fit.
pub fn smooth(before: U256, gain: U256, limit_parts: u32) -> Result<(U256, U256), ReportError> {
    let wanted = add(before, gain)?;
    let booked = wanted.min(max_assets_down(before, limit_parts)?);
    Ok((booked, sub(wanted, booked)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    #[test]
    fn s2_7_limits_of_a_report() {
        let (p, day) = (wad("10000000"), 86_400);
        assert_eq!(max_assets_down(p, 750_000), Ok(wad("10007500")));
        assert_eq!(check_report(p, wad("9500000"), day, 500, 1_000), Ok(()));
        assert_eq!(
            check_report(p, wad("9500000") - U256::ONE, day, 500, 1_000),
            Err(ReportError::Loss)
        );
        // 10 % a year: 2,739.726… a day
        assert_eq!(check_report(p, p + wad("2739.7"), day, 500, 1_000), Ok(()));
        assert_eq!(
            check_report(p, p + wad("2739.8"), day, 500, 1_000),
            Err(ReportError::Growth)
        );
        assert_eq!(check_report(p, p, 0, 500, 1_000), Err(ReportError::NoTime));
        assert_eq!(MAX_WITHDRAWAL, wad("1000"));
        assert_eq!(check_withdrawal(wad("1000")), Ok(()));
        assert_eq!(
            check_withdrawal(wad("1000") + U256::ONE),
            Err(ReportError::Withdrawal)
        );
        assert_eq!(check_withdrawal(U256::from(99)), Err(ReportError::Withdrawal));
        assert_eq!(
            smooth(p, wad("10000"), 750_000),
            Ok((wad("10007500"), wad("2500")))
        );
    }

    #[test]
    fn s2_7_a_years_growth_and_the_least_withdrawal_are_allowed() {
        let n = |v: u64| U256::from(v);
        let year = |after| check_report(n(100), n(after), YEAR_SECS, 500, 1_000);
        assert_eq!(year(100), Ok(()));
        assert_eq!(year(110), Ok(()));
        assert_eq!(year(111), Err(ReportError::Growth));
        assert_eq!(check_withdrawal(MIN_WITHDRAWAL), Ok(()));
    }

    #[test]
    fn s2_7_burning_is_what_the_growth_leaves_of_the_limit() {
        let n = |v: u64| U256::from(v);
        // no growth: of 1,000,750 shares 750 may go, and 1,000,000 left raise the rate by 0.075 %
        assert_eq!(max_burn_down(n(1_000_750), n(5), n(5), 750_000), Ok(n(750)));
        // the growth is the limit, or more
        assert_eq!(
            max_burn_down(n(1_000_750), n(1_000_000), n(1_000_750), 750_000),
            Ok(n(0))
        );
        assert_eq!(
            max_burn_down(n(1_000_750), n(1_000_000), n(2_000_000), 750_000),
            Ok(n(0))
        );
    }

    proptest! {
        /// Burning the most that is allowed keeps the share's rate within the limit.
        #[test]
        fn prop_s2_7_rebase_stays_within_the_limit(p in 1u128..1 << 100, s in 1u128..1 << 100, gain in any_u256(), limit in 0u32..50_000_000) {
            let (p, s) = (U256::from(p), U256::from(s));
            let (after, _) = smooth(p, gain >> 150usize, limit).unwrap();
            let burn = max_burn_down(s, p, after, limit).unwrap();
            prop_assert!(burn <= s);
            // (after/(s-burn)) / (p/s) ≤ (1 + limit)·(1 + 1/X), as X rounds down: below two parts in 10^9
            let left = s - burn;
            let factor = U256::from(PARTS + u64::from(limit) + 2);
            prop_assert!(mul_wide(after * U256::from(PARTS), s) <= mul_wide(p * factor, left + U256::ONE));
        }
    }
}
