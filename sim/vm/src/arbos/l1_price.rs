//! How the price of L1 data follows what the batch poster spends.
//!
//! Transactions pay into a fund by the unit of data. A batch report tells what the poster spent; the fund pays rewards
//! and the poster, and the price moves so that the fund's surplus goes to zero. All divisions are Euclidean (they floor,
//! for every divisor here is positive). Paying out and storing are the caller's.

use revm::primitives::{I256, U256};

/// Gas of keeping an L1 transaction that posts a batch, without its data.
const BATCH_FIXED_GAS: u64 = 40_000;

/// What a batch posting report says about a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchReport {
    /// Bytes of the batch.
    pub length: u64,
    /// Those of them that are not zero.
    pub non_zeros: u64,
    /// Gas that the report adds.
    pub extra_gas: u64,
    /// Wei for a unit of gas on L1 in the batch's block.
    pub l1_base_fee_wei: U256,
}

impl BatchReport {
    /// L1 gas that the batch is taken to have cost. `per_batch_gas` is a parameter of the chain and may be negative;
    /// `floor_per_token` is 0 before ArbOS 50. Saturates.
    pub fn gas_spent(&self, per_batch_gas: i64, floor_per_token: u64) -> u64 {
        let zeros = self.length.saturating_sub(self.non_zeros);
        let words = self.length.div_ceil(32);
        let gas = 4u64
            .saturating_mul(zeros)
            .saturating_add(16u64.saturating_mul(self.non_zeros))
            .saturating_add(30)
            .saturating_add(6u64.saturating_mul(words))
            .saturating_add(BATCH_FIXED_GAS)
            .saturating_add(self.extra_gas)
            .saturating_add_signed(per_batch_gas);
        if floor_per_token == 0 {
            return gas;
        }
        let tokens = self
            .length
            .saturating_add(3u64.saturating_mul(self.non_zeros))
            .saturating_add(172);
        gas.max(floor_per_token.saturating_mul(tokens).saturating_add(21_000))
    }

    /// [`BatchReport::gas_spent`] in wei.
    pub fn wei_spent(&self, per_batch_gas: i64, floor_per_token: u64) -> U256 {
        self.l1_base_fee_wei
            .saturating_mul(U256::from(self.gas_spent(per_batch_gas, floor_per_token)))
    }
}

/// Units of data that belong to an update: those since the last one, by the share of the time up to `update_ts`.
/// Rounded down; all of them when no time has passed (`now_ts == last_ts`). `None` when `update_ts` is outside of
/// `last_ts..=now_ts`.
pub fn allocated_units_down(units: u64, last_ts: u64, update_ts: u64, now_ts: u64) -> Option<u64> {
    if update_ts < last_ts || update_ts > now_ts {
        return None;
    }
    let (part, whole) = match now_ts - last_ts {
        0 => (1, 1),
        whole => (update_ts - last_ts, whole),
    };
    let allocated = u128::from(units) * u128::from(part) / u128::from(whole);
    u64::try_from(allocated).ok()
}

/// What an update may cost at most under a cap in bips of what the units were worth on L1; 0 bips is no cap.
pub fn capped_wei_down(wei_spent: U256, l1_base_fee_wei: U256, units: u64, cap_bips: u64) -> U256 {
    if cap_bips == 0 {
        return wei_spent;
    }
    let worth = l1_base_fee_wei.saturating_mul(U256::from(units));
    wei_spent.min(worth.saturating_mul(U256::from(cap_bips)) / U256::from(10_000))
}

/// The price after an update that allocated `units` (not 0) and left `surplus_wei`, when the last one left
/// `last_surplus_wei`. Never negative.
pub fn next_price_wei(
    price_wei: U256,
    surplus_wei: I256,
    last_surplus_wei: I256,
    units: u64,
    equilibration_units: U256,
    inertia: u64,
) -> U256 {
    let positive = |value: U256| I256::try_from(value).unwrap_or(I256::MAX);
    let (units, equilibration) = (
        positive(U256::from(units)),
        positive(equilibration_units.max(U256::ONE)),
    );
    let wanted = surplus_wei.saturating_neg().div_euclid(equilibration);
    let actual = surplus_wei.saturating_sub(last_surplus_wei).div_euclid(units);
    let slowness = equilibration.div_euclid(positive(U256::from(inertia.max(1))));
    let change = wanted
        .saturating_sub(actual)
        .saturating_mul(units)
        .div_euclid(slowness.saturating_add(units));
    let price = positive(price_wei).saturating_add(change);
    if price.is_negative() {
        U256::ZERO
    } else {
        price.into_raw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> I256 {
        I256::try_from(value).unwrap()
    }

    #[test]
    fn test_gas_of_a_batch_by_hand() {
        let batch = BatchReport {
            length: 100,
            non_zeros: 60,
            extra_gas: 5,
            l1_base_fee_wei: U256::from(3),
        };
        // 40 zeros, 60 others, 4 words.
        let gas = 4 * 40 + 16 * 60 + 30 + 6 * 4 + 40_000 + 5;
        assert_eq!(batch.gas_spent(210_000, 0), gas + 210_000);
        assert_eq!(batch.gas_spent(-1, 0), gas - 1);
        assert_eq!(batch.gas_spent(i64::MIN, 0), 0);
        let floor = 1000 * (100 + 3 * 60 + 172) + 21_000;
        assert_eq!(batch.gas_spent(0, 1000), floor);
        assert_eq!(batch.wei_spent(0, 1000), U256::from(3 * floor));
    }

    #[test]
    fn test_units_are_shared_out_by_time() {
        assert_eq!(allocated_units_down(100, 10, 13, 20), Some(30));
        assert_eq!(allocated_units_down(7, 10, 11, 13), Some(2));
        assert_eq!(allocated_units_down(7, 10, 10, 10), Some(7));
        assert_eq!(allocated_units_down(7, 10, 9, 20), None);
        assert_eq!(allocated_units_down(7, 10, 21, 20), None);
        assert_eq!(
            allocated_units_down(u64::MAX, 0, u64::MAX, u64::MAX),
            Some(u64::MAX)
        );
    }

    #[test]
    fn test_cap_holds_the_refund_to_what_the_units_were_worth() {
        let wei = |n: u64| U256::from(n);
        assert_eq!(capped_wei_down(wei(1_000), wei(2), 100, 0), wei(1_000));
        assert_eq!(capped_wei_down(wei(1_000), wei(2), 100, 15_000), wei(300));
        assert_eq!(capped_wei_down(wei(100), wei(2), 100, 15_000), wei(100));
    }

    /// wanted = −S/E, actual = (S − S_old)/u, change = (wanted − actual)·u/(E/inertia + u): worked out by hand.
    #[test]
    fn test_price_follows_the_surplus() {
        let next = |price: u64, surplus: i64, last: i64| {
            next_price_wei(
                U256::from(price),
                int(surplus),
                int(last),
                100,
                U256::from(1_000),
                10,
            )
        };
        assert_eq!(next(50, 0, 0), U256::from(50));
        // A deficit of 10,000 that came with these units: wanted 10, actual −100, change 110·100/200.
        assert_eq!(next(50, -10_000, 0), U256::from(105));
        // A surplus of 999: wanted ⌊−0.999⌋ = −1, actual 9, change ⌊−1000/200⌋ = −5.
        assert_eq!(next(50, 999, 0), U256::from(45));
        // An old deficit that stays: wanted 10, actual 0, change 5.
        assert_eq!(next(50, -10_000, -10_000), U256::from(55));
        assert_eq!(next(1, 1_000_000, 0), U256::ZERO);
    }
}
