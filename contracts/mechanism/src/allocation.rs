//! The health of an allocation table: who gets how much, and when it is free.
//!
//! * **Equation.** Insider share `Σ` of team and investors; Herfindahl index `Σ share²/10⁴` (10,000 is one holder); unlocked after a time
//!   `Σ share·unlocked_i(t)`.
//! * **Symbols.** Shares in bps of the supply, which sum to 10,000; times seconds after the genesis.
//! * **Source.** This project's rule from the seed (systems.md 2.17); no reference on chain.
//! * **Domain.** At most [`MAX_BUCKETS`] buckets.
//! * **Rounding.** Unlocked parts down.
//! * **In the wild.** Half of a supply with insiders who could sell in the first month. Flags say so before the genesis does.

use crate::error::errors;
use mintage_math::U256;

/// The most buckets of a table.
pub const MAX_BUCKETS: usize = 64;
const BPS: u64 = 10_000;
/// Thirty days, the month of the unlock report.
pub const MONTH_SECS: u64 = 2_592_000;

errors! {
    /// Why a table is refused.
    AllocationError {
        /// The shares do not sum to the supply.
        Sum => "the shares do not add up to 10,000 bps",
        /// More buckets than the limit.
        TooMany => "more than 64 buckets",
        /// A bucket is locked behind a cliff after its end.
        Times => "a bucket's cliff is after its end",
        /// The insiders get more than the limit.
        Insiders => "team and investors together get more than the limit",
        /// An insider's cliff is shorter than the limit.
        Cliff => "an insider's cliff is shorter than the limit",
    }
}

/// Who a bucket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The team and advisers.
    Team,
    /// Investors before the launch.
    Investors,
    /// Everybody else: public sale, airdrop, liquidity, treasury, incentives.
    Community,
}

/// A bucket with its schedule: nothing before the cliff, then a line from the genesis to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// For whom.
    pub holder: Holder,
    /// How much, bps of the supply.
    pub share_bps: u16,
    /// Free at once, bps of the bucket.
    pub at_genesis_bps: u16,
    /// Nothing more before this, seconds.
    pub cliff_secs: u64,
    /// All of it from here on, seconds.
    pub end_secs: u64,
}

/// What a table looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Team and investors, bps.
    pub insider_bps: u16,
    /// The largest bucket, bps.
    pub largest_bps: u16,
    /// The Herfindahl index, 0 to 10,000.
    pub herfindahl: u16,
    /// Free after 1, 6 and 12 months, bps of the supply.
    pub unlocked_bps: [u16; 3],
}

/// Judges a table.
///
/// Errors: [`AllocationError::Sum`], [`AllocationError::TooMany`], [`AllocationError::Times`].
///
/// ```
/// use mintage_mechanism::allocation::{health, Bucket, Holder};
/// let team = Bucket { holder: Holder::Team, share_bps: 2_000, at_genesis_bps: 0, cliff_secs: 31_536_000, end_secs: 126_144_000 };
/// let public = Bucket { holder: Holder::Community, share_bps: 8_000, at_genesis_bps: 10_000, cliff_secs: 0, end_secs: 0 };
/// let report = health(&[team, public]).unwrap();
/// assert_eq!((report.insider_bps, report.herfindahl, report.unlocked_bps), (2_000, 6_800, [8_000, 8_000, 8_000]));
/// ```
pub fn health(table: &[Bucket]) -> Result<Health, AllocationError> {
    if table.len() > MAX_BUCKETS {
        return Err(AllocationError::TooMany);
    }
    let (mut sum, mut insiders, mut largest, mut squares) = (0u64, 0u64, 0u16, 0u64);
    let mut unlocked = [0u64; 3];
    for bucket in table {
        let share = u64::from(bucket.share_bps);
        sum = sum.saturating_add(share);
        if bucket.holder != Holder::Community {
            insiders = insiders.saturating_add(share);
        }
        largest = largest.max(bucket.share_bps);
        squares = squares.saturating_add(share.saturating_mul(share));
        for (total, months) in unlocked.iter_mut().zip([1u64, 6, 12]) {
            // shares in 1/10⁴ of a bps, so that small buckets do not vanish
            let part = unlocked_bps_of(bucket, months.saturating_mul(MONTH_SECS))?;
            *total = total.saturating_add(share.saturating_mul(part));
        }
    }
    if sum != BPS {
        return Err(AllocationError::Sum);
    }
    let whole = |parts: u64| parts.checked_div(BPS).unwrap_or(0) as u16;
    Ok(Health {
        insider_bps: insiders as u16,
        largest_bps: largest,
        herfindahl: whole(squares),
        unlocked_bps: unlocked.map(whole),
    })
}

/// The free part of a bucket at a time, bps of the bucket.
fn unlocked_bps_of(bucket: &Bucket, secs: u64) -> Result<u64, AllocationError> {
    if bucket.cliff_secs > bucket.end_secs {
        return Err(AllocationError::Times);
    }
    let at_genesis = u64::from(bucket.at_genesis_bps).min(BPS);
    if secs >= bucket.end_secs {
        return Ok(BPS);
    }
    if secs < bucket.cliff_secs {
        return Ok(at_genesis);
    }
    let rest = U256::from(BPS.saturating_sub(at_genesis));
    let line = mintage_math::mul_div_down(rest, U256::from(secs), U256::from(bucket.end_secs))?;
    Ok(at_genesis.saturating_add(line.as_limbs().first().copied().unwrap_or(0)))
}

/// What a genesis may enforce: insiders within `insider_limit_bps`, each behind a cliff of at least `cliff_secs`.
///
/// Errors: as [`health`]; [`AllocationError::Insiders`], [`AllocationError::Cliff`].
pub fn check(table: &[Bucket], insider_limit_bps: u16, cliff_secs: u64) -> Result<Health, AllocationError> {
    let report = health(table)?;
    if report.insider_bps > insider_limit_bps {
        return Err(AllocationError::Insiders);
    }
    let early =
        |b: &Bucket| b.holder != Holder::Community && (b.cliff_secs < cliff_secs || b.at_genesis_bps > 0);
    if table.iter().any(early) {
        Err(AllocationError::Cliff)
    } else {
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const YEAR: u64 = 31_536_000;

    fn bucket(holder: Holder, share_bps: u16, at_genesis_bps: u16, cliff_secs: u64, end_secs: u64) -> Bucket {
        Bucket {
            holder,
            share_bps,
            at_genesis_bps,
            cliff_secs,
            end_secs,
        }
    }

    #[test]
    fn s2_17_flags() {
        let table = [
            bucket(Holder::Team, 2_000, 0, YEAR, 4 * YEAR),
            bucket(Holder::Investors, 2_500, 0, YEAR / 2, 2 * YEAR),
            bucket(Holder::Community, 5_500, 1_000, 0, YEAR),
        ];
        let report = check(&table, 4_500, YEAR / 2).unwrap();
        assert_eq!((report.insider_bps, report.largest_bps), (4_500, 5_500));
        // (20² + 25² + 55²)·10⁴/10⁴
        assert_eq!(report.herfindahl, 4_050);
        assert_eq!(check(&table, 4_499, 0), Err(AllocationError::Insiders));
        assert_eq!(check(&table, 5_000, YEAR), Err(AllocationError::Cliff));
        assert_eq!(health(&table[..2]), Err(AllocationError::Sum));
        assert_eq!(
            health(&[bucket(Holder::Team, 10_000, 0, 2, 1)]),
            Err(AllocationError::Times)
        );
        assert_eq!(health(&[table[0]; 65]), Err(AllocationError::TooMany));
        assert_eq!(health(&[]), Err(AllocationError::Sum));
    }

    #[test]
    fn a_table_may_have_64_buckets_and_a_cliff_at_the_end() {
        let mut table = [bucket(Holder::Community, 156, 0, YEAR, YEAR); MAX_BUCKETS];
        table[0].share_bps = 172;
        assert_eq!(health(&table).unwrap().unlocked_bps, [0, 0, 0]);
    }

    #[test]
    fn s2_17_the_line_counts_from_the_genesis_once_the_cliff_is_reached() {
        let with_cliff = |cliff_secs| {
            let table = [bucket(Holder::Community, 10_000, 0, cliff_secs, 4 * MONTH_SECS)];
            health(&table).unwrap().unlocked_bps
        };
        assert_eq!(with_cliff(MONTH_SECS), [2_500, 10_000, 10_000]);
        assert_eq!(with_cliff(MONTH_SECS + 1), [0, 10_000, 10_000]);
    }

    #[test]
    fn s2_17_insiders_get_nothing_at_the_genesis() {
        let check_with = |at_genesis_bps| {
            let table = [
                bucket(Holder::Team, 2_000, at_genesis_bps, YEAR, 4 * YEAR),
                bucket(Holder::Community, 8_000, 10_000, 0, 0),
            ];
            check(&table, 2_000, YEAR).map(|report| report.insider_bps)
        };
        assert_eq!(check_with(0), Ok(2_000));
        assert_eq!(check_with(1), Err(AllocationError::Cliff));
    }

    proptest! {
        #[test]
        fn prop_bounds(shares in prop::collection::vec((1u16..2_000, 0u16..=10_000, 0u64..4 * YEAR, 0u64..4 * YEAR), 1..20)) {
            let mut left = 10_000u16;
            let mut table = vec![];
            for (share, at, a, b) in shares {
                let share = share.min(left);
                left -= share;
                table.push(bucket(Holder::Community, share, at, a.min(b), a.max(b)));
            }
            table.push(bucket(Holder::Team, left, 0, 0, YEAR));
            let h = health(&table).unwrap();
            prop_assert!(h.unlocked_bps[0] <= h.unlocked_bps[1] && h.unlocked_bps[1] <= h.unlocked_bps[2]);
            prop_assert!(h.unlocked_bps[2] <= 10_000 && h.herfindahl <= h.largest_bps && h.insider_bps == left);
        }
    }
}
