//! A reward a block that halves every so many blocks: Bitcoin's schedule.
//!
//! * **Equation.** `subsidy(h) = (s₀ >> ⌊h/H⌋)·scale`, zero from the 64th halving on; `issued(n) = Σ_{h<n} subsidy(h)`, in closed
//!   form by halvings: `scale·Σ_k (s₀ >> k)·(blocks of n in halving k)`.
//! * **Symbols.** `s₀` the first reward in *shifting units* (Bitcoin: satoshi); `scale` base units of the token for one shifting
//!   unit; `h` block height; `H` blocks a halving; `n` blocks so far = `⌊t / block time⌋`.
//! * **Source.** Bitcoin Core `GetBlockSubsidy` (rule re-stated, systems.md 2.1, 3.1).
//! * **Domain.** `H ≥ 1`, block time of at least a second, `s₀·H·scale·2 < 2^256`.
//! * **Rounding.** The right shift rounds each reward down: 21 million are never reached, 20,999,999.9769 are.
//! * **In the wild.** A token with 18 decimals that shifts `50e18` instead of `50e8` issues 20,999,999.99999999999391 coins,
//!   which is not Bitcoin. Shift in satoshi, then scale by 10^10 (systems.md, finding 8). Ports that skipped an
//!   epoch paid a later epoch's reward at the earlier rate; a sum cannot.

use mintage_math::{MathError, U256, add, mul};

/// From this halving on the subsidy is zero, as in Bitcoin, where a shift by 64 would be undefined.
const LAST_HALVING: u64 = 64;

/// A subsidy that halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halving {
    /// The first reward of a block, in the units that are shifted.
    pub subsidy: u64,
    /// Base units of the token for one of those units, at least 1.
    pub scale: U256,
    /// How many blocks have the same reward, at least 1.
    pub blocks_per_halving: u64,
    /// How long a block takes, seconds, at least 1.
    pub block_secs: u64,
}

/// Bitcoin with its own eight decimals, at a block every ten minutes.
pub const BITCOIN: Halving = Halving {
    subsidy: 5_000_000_000,
    scale: U256::ONE,
    blocks_per_halving: 210_000,
    block_secs: 600,
};

impl Halving {
    /// The reward of the block at `height`, base units.
    ///
    /// Errors: division by a zero number of blocks; a scale that does not fit.
    pub fn subsidy_at(&self, height: u64) -> Result<U256, MathError> {
        let halvings = height
            .checked_div(self.blocks_per_halving)
            .ok_or(MathError::DivisionByZero)?;
        if halvings >= LAST_HALVING {
            return Ok(U256::ZERO);
        }
        mul(U256::from(self.subsidy >> halvings), self.scale)
    }

    /// The rewards of the first `blocks` blocks together, base units. At most 64 steps.
    ///
    /// Errors: division by a zero number of blocks; an amount that does not fit.
    ///
    /// ```
    /// use mintage_mechanism::emission::{BITCOIN, Halving};
    /// use mintage_math::U256;
    /// assert_eq!(BITCOIN.issued_by_blocks(u64::MAX), Ok(U256::from(2_099_999_997_690_000_u64)));
    /// // the same money with 18 decimals
    /// let token = Halving { scale: U256::from(10_000_000_000_u64), ..BITCOIN };
    /// assert_eq!(token.issued_by_blocks(1), Ok(U256::from(50_000_000_000_000_000_000_u128)));
    /// ```
    pub fn issued_by_blocks(&self, blocks: u64) -> Result<U256, MathError> {
        if self.blocks_per_halving == 0 {
            return Err(MathError::DivisionByZero);
        }
        let (mut subsidy, mut left, mut sum) = (self.subsidy, blocks, 0u128);
        for _ in 0..LAST_HALVING {
            if subsidy == 0 || left == 0 {
                break;
            }
            let here = left.min(self.blocks_per_halving);
            // The subsidies of all halvings are below 2^65, the blocks of each below 2^64: the checked sum cannot lose anything.
            let part = u128::from(subsidy)
                .checked_mul(u128::from(here))
                .ok_or(MathError::ResultTooLarge)?;
            sum = sum.checked_add(part).ok_or(MathError::ResultTooLarge)?;
            left = left.saturating_sub(here);
            subsidy >>= 1;
        }
        mul(U256::from(sum), self.scale)
    }

    /// Issued `elapsed_secs` after the start: the rewards of all blocks that are complete by then.
    ///
    /// Errors: as [`Self::issued_by_blocks`]; a block time of zero.
    pub fn issued(&self, elapsed_secs: u64) -> Result<U256, MathError> {
        let blocks = elapsed_secs
            .checked_div(self.block_secs)
            .ok_or(MathError::DivisionByZero)?;
        self.issued_by_blocks(blocks)
    }

    /// An upper bound of all that is ever issued: twice the first halving's rewards. For the check at construction.
    pub(crate) fn bound(&self) -> Result<U256, MathError> {
        let first = mul(U256::from(self.subsidy), U256::from(self.blocks_per_halving))?;
        mul(add(first, first)?, self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{int, wad};
    use proptest::prelude::*;

    fn supply(blocks: u64) -> U256 {
        BITCOIN.issued_by_blocks(blocks).unwrap()
    }

    #[test]
    fn s3_1_bitcoin_cumulative_supply() {
        for (blocks, sat) in [
            (0, "0"),
            (1, "5000000000"),
            (210_000, "1050000000000000"),
            (420_000, "1575000000000000"),
            (630_000, "1837500000000000"),
            (840_000, "1968750000000000"),
            (1_050_000, "2034375000000000"),
            (6_929_999, "2099999997689999"),
            (6_930_000, "2099999997690000"),
            (6_930_001, "2099999997690000"),
            (14_000_000, "2099999997690000"),
            (u64::MAX, "2099999997690000"),
        ] {
            assert_eq!(supply(blocks), int(sat), "after {blocks} blocks");
        }
    }

    #[test]
    fn s2_1_subsidy_edges() {
        let at = |height| BITCOIN.subsidy_at(height).unwrap();
        assert_eq!(at(0), int("5000000000"));
        assert_eq!(at(209_999), int("5000000000"));
        assert_eq!(at(210_000), int("2500000000"));
        assert_eq!(at(6_929_999), U256::ONE);
        assert_eq!(at(6_930_000), U256::ZERO);
        assert_eq!(at(64 * 210_000), U256::ZERO);
        assert_eq!(at(u64::MAX), U256::ZERO);
    }

    /// Finding 8: shifting 18-decimal amounts is another currency.
    #[test]
    fn s2_1_the_eighteen_decimals_trap() {
        let right = Halving {
            scale: int("10000000000"),
            ..BITCOIN
        };
        assert_eq!(
            right.issued_by_blocks(u64::MAX).unwrap(),
            int("20999999976900000000000000")
        );
        // the wrong way, spelled out: shift 50e18, at most 64 times
        let mut wrong = U256::ZERO;
        for halving in 0..64usize {
            wrong += (int("50000000000000000000") >> halving) * U256::from(210_000);
        }
        assert_eq!(wrong, wad("20999999.99999999999391"));
    }

    #[test]
    fn s2_1_litecoin_reaches_84_million() {
        let litecoin = Halving {
            blocks_per_halving: 840_000,
            block_secs: 150,
            ..BITCOIN
        };
        assert_eq!(
            litecoin.issued_by_blocks(u64::MAX).unwrap(),
            supply(u64::MAX) * U256::from(4)
        );
    }

    #[test]
    fn closed_form_is_the_loop() {
        let small = Halving {
            subsidy: 100,
            scale: U256::from(3),
            blocks_per_halving: 7,
            block_secs: 13,
        };
        let mut sum = U256::ZERO;
        for block in 0..200u64 {
            assert_eq!(small.issued_by_blocks(block), Ok(sum));
            assert_eq!(small.issued(block * 13 + 12), Ok(sum));
            sum += small.subsidy_at(block).unwrap();
        }
    }

    #[test]
    fn errors_and_extremes() {
        let zero = Halving {
            blocks_per_halving: 0,
            ..BITCOIN
        };
        assert_eq!(zero.issued_by_blocks(1), Err(MathError::DivisionByZero));
        assert_eq!(zero.subsidy_at(1), Err(MathError::DivisionByZero));
        assert_eq!(
            Halving {
                block_secs: 0,
                ..BITCOIN
            }
            .issued(1),
            Err(MathError::DivisionByZero)
        );
        let huge = Halving {
            subsidy: u64::MAX,
            scale: U256::MAX,
            blocks_per_halving: u64::MAX,
            block_secs: 1,
        };
        assert_eq!(huge.issued(u64::MAX), Err(MathError::ResultTooLarge));
    }

    proptest! {
        #[test]
        fn prop_s2_1_never_above_21e14_and_monotone(a in 0u64..20_000_000, b in 0u64..20_000_000) {
            let (low, high) = (supply(a.min(b)), supply(a.max(b)));
            prop_assert!(low <= high && high <= U256::from(2_100_000_000_000_000_u64));
            prop_assert_eq!(supply(a + 1) - supply(a), BITCOIN.subsidy_at(a).unwrap());
        }

        #[test]
        fn prop_bound_holds(subsidy in any::<u64>(), blocks in 1u64..1 << 40, n in any::<u64>()) {
            let h = Halving { subsidy, scale: U256::from(7), blocks_per_halving: blocks, block_secs: 1 };
            prop_assert!(h.issued_by_blocks(n).unwrap() <= h.bound().unwrap());
        }
    }
}
