//! A fee on transfers, part of it burned.
//!
//! * **Equation.** `fee = ⌈v·f/10⁴⌉`, `burn = ⌊fee·b/10⁴⌋`, `rest = fee - burn`, `net = v - fee`; all zero for exempt parties.
//! * **Symbols.** `v` the value sent, base units; `f` the fee, bps of the value; `b` the burned part, bps of the fee.
//! * **Source.** USDT's `basisPointsRate` and PAXG are the sane forms, with a hard maximum; the rounding is this project's
//!   (systems.md 2.36, 2.99).
//! * **Domain.** `f ≤ 100 bps`, `b ≤ 10⁴ bps`; every value.
//! * **Rounding.** The fee up (against the sender), the burned part down (dust to the receiver of the fee, never to the caller).
//! * **In the wild.** Balancer's pool credited STA's nominal amount instead of what arrived (2020); SafeMoon let anyone burn the
//!   pair's balance (2023). Credit what arrived, and burn from the sender only.

use core::num::NonZeroU32;

use crate::error::errors;
use mintage_math::{U256, divide, give, multiply};

/// Ten thousand: all of it, in basis points.
pub const BPS: u16 = 10_000;
/// The highest fee that any setting can reach: 1 %.
pub const MAX_FEE_BPS: u16 = 100;

errors! {
    /// Why a fee cannot be set.
    FeeError {
        /// The fee is above the hard maximum.
        FeeTooHigh => "the fee is above 100 bps, the hard maximum",
        /// The burned part is above all of the fee.
        BurnShareTooHigh => "the burned part is above 10,000 bps of the fee",
    }
}

/// A checked fee setting: it cannot hold a fee above the maximum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransferFee {
    fee_bps: u16,
    burn_bps: u16,
}

/// Where the parts of a transfer go. They add up to the value sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeSplit {
    /// To the recipient.
    pub net: U256,
    /// Burned.
    pub burned: U256,
    /// To the fee's receiver.
    pub collected: U256,
}

impl TransferFee {
    /// A fee of `fee_bps` of the value, `burn_bps` of the fee burned.
    ///
    /// Errors: [`FeeError::FeeTooHigh`], [`FeeError::BurnShareTooHigh`].
    pub fn new(fee_bps: u16, burn_bps: u16) -> Result<Self, FeeError> {
        if fee_bps > MAX_FEE_BPS {
            return Err(FeeError::FeeTooHigh);
        }
        if burn_bps > BPS {
            return Err(FeeError::BurnShareTooHigh);
        }
        Ok(Self { fee_bps, burn_bps })
    }

    /// The fee, bps of the value.
    pub fn fee_bps(&self) -> u16 {
        self.fee_bps
    }

    /// The burned part, bps of the fee.
    pub fn burn_bps(&self) -> u16 {
        self.burn_bps
    }

    /// Splits a transfer. `exempt` is whether sender or recipient pays no fee (both sides alike).
    ///
    /// ```
    /// use mintage_mechanism::transfer_fee::TransferFee;
    /// use mintage_math::U256;
    /// let fee = TransferFee::new(30, 5_000).unwrap(); // 0.3 %, half of it burned
    /// let split = fee.split(U256::from(10_001), false).unwrap();
    /// assert_eq!(split.net, U256::from(9_970));     // the fee is 31: 30.003 rounded up
    /// assert_eq!(split.burned, U256::from(15));     // 15.5 rounded down
    /// assert_eq!(split.collected, U256::from(16));
    /// ```
    pub fn split(&self, value: U256, exempt: bool) -> Result<FeeSplit, FeeError> {
        if exempt || self.fee_bps == 0 {
            return Ok(FeeSplit {
                net: value,
                burned: U256::ZERO,
                collected: U256::ZERO,
            });
        }
        let fee = portion(&value, self.fee_bps, u32::from(BPS).wrapping_sub(1));
        let burned = portion(&fee, self.burn_bps, 0);
        // fee ≤ value, since f < 10⁴; burned ≤ fee, since b ≤ 10⁴
        Ok(FeeSplit {
            net: value.wrapping_sub(fee),
            burned,
            collected: fee.wrapping_sub(burned),
        })
    }
}

/// `⌊(value·bps + extra)/10⁴⌋` without a product wider than the value: with `value = q·10⁴ + r` it is
/// `q·bps + ⌊(r·bps + extra)/10⁴⌋`. With `extra` 9,999 it is the quotient rounded up. `bps ≤ 10⁴`, so nothing overflows: the
/// result is at most the value.
#[inline(never)]
fn portion(value: &U256, bps: u16, extra: u32) -> U256 {
    const ALL: NonZeroU32 = NonZeroU32::new(BPS as u32).unwrap();
    let mut portion = *value;
    let rest = divide(&mut portion, ALL);
    // r < 10⁴ and bps ≤ 10⁴: below 2^27
    let part = rest.wrapping_mul(u32::from(bps)).wrapping_add(extra) / ALL;
    let _fits = multiply(&mut portion, u64::from(bps)) && give(&mut portion, &U256::from(part));
    portion
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_u256;
    use proptest::prelude::*;

    #[test]
    fn shares_can_be_read_back() {
        let fee = TransferFee::new(30, 5_000).unwrap();
        assert_eq!((fee.fee_bps(), fee.burn_bps()), (30, 5_000));
    }

    #[test]
    fn s2_36_setter_is_bounded() {
        assert_eq!(TransferFee::new(101, 0), Err(FeeError::FeeTooHigh));
        assert_eq!(TransferFee::new(100, 10_001), Err(FeeError::BurnShareTooHigh));
        assert!(TransferFee::new(100, 10_000).is_ok());
    }

    #[test]
    fn s2_36_smallest_values_pay_up_and_never_more_than_all() {
        let fee = TransferFee::new(1, 10_000).unwrap();
        let one = fee.split(U256::ONE, false).unwrap();
        assert_eq!(
            (one.net, one.burned, one.collected),
            (U256::ZERO, U256::ONE, U256::ZERO)
        );
        let zero = fee.split(U256::ZERO, false).unwrap();
        assert_eq!(
            (zero.net, zero.burned, zero.collected),
            (U256::ZERO, U256::ZERO, U256::ZERO)
        );
    }

    proptest! {
        #[test]
        fn prop_s2_36_parts_sum_to_the_value(v in any_u256(), f in 0u16..=100, b in 0u16..=10_000, exempt in any::<bool>()) {
            let s = TransferFee::new(f, b).unwrap().split(v, exempt).unwrap();
            prop_assert_eq!(s.net.checked_add(s.burned).unwrap().checked_add(s.collected).unwrap(), v);
            if exempt { prop_assert_eq!(s.net, v); }
        }

        #[test]
        fn prop_splitting_a_transfer_never_saves(a in 0u64..u64::MAX, b in 0u64..u64::MAX, f in 0u16..=100) {
            let fee = TransferFee::new(f, 0).unwrap();
            let of = |v: U256| fee.split(v, false).unwrap().collected;
            prop_assert!(of(U256::from(a)) + of(U256::from(b)) >= of(U256::from(a) + U256::from(b)));
        }

        #[test]
        fn prop_monotone(v in any_u256(), more in any_u256(), f in 0u16..=100, b in 0u16..=10_000) {
            let fee = TransferFee::new(f, b).unwrap();
            let (low, high) = (fee.split(v, false).unwrap(), fee.split(v.saturating_add(more), false).unwrap());
            prop_assert!(low.net <= high.net && low.burned <= high.burned);
        }
    }
}
