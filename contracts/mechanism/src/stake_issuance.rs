//! Issuance that grows with the square root of the stake: Ethereum's proof of stake.
//!
//! * **Equation.** `r = ⌊10⁹·64 / ⌊√S⌋⌋` gwei for each staked ether and epoch; a validator's part by weight and participation
//!   `⌊b·w·P / (A·64)⌋`.
//! * **Symbols.** `S` the active stake, gwei; `b` the validator's base reward (its ether times `r`), gwei; `w` the duty's weight of 64;
//!   `P`, `A` participating and active stake in whole ether; an epoch is 384 seconds.
//! * **Source.** Consensus-specs altair `get_base_reward_per_increment`, `get_flag_index_deltas` (rules re-stated, systems.md 2.2).
//! * **Domain.** `S ≥ 1`.
//! * **Rounding.** Down at each step.
//! * **In the wild.** A yield that halves only when the stake quadruples attracts stake for long: the maximum is a policy, not a law.

use mintage_math::{MathError, U256, div_down, mul, mul_div_down, sqrt_down};

/// Gwei of one ether.
pub const GWEI_PER_ETHER: u64 = 1_000_000_000;
/// The sum of the weights of all duties.
pub const WEIGHT_SUM: u64 = 64;
/// Weights of source, target, head, sync committee, proposer.
pub const WEIGHTS: [u64; 5] = [14, 26, 14, 2, 8];
/// Seconds of an epoch.
pub const EPOCH_SECS: u64 = 384;

/// `r`: the base reward of one staked ether in an epoch, gwei, rounded down.
///
/// Error: no stake.
///
/// ```
/// use mintage_mechanism::stake_issuance::reward_per_ether_down;
/// use mintage_math::U256;
/// let gwei = |ether: u64| U256::from(ether) * U256::from(1_000_000_000);
/// assert_eq!(reward_per_ether_down(gwei(34_000_000)), Ok(U256::from(347)));
/// ```
pub fn reward_per_ether_down(active_gwei: U256) -> Result<U256, MathError> {
    div_down(
        U256::from(GWEI_PER_ETHER.wrapping_mul(WEIGHT_SUM)),
        sqrt_down(active_gwei),
    )
}

/// The most that an epoch issues, gwei: every duty of every validator done.
///
/// Errors: no stake; an amount that does not fit.
pub fn epoch_issuance_down(active_gwei: U256) -> Result<U256, MathError> {
    let ether = div_down(active_gwei, U256::from(GWEI_PER_ETHER))?;
    mul(reward_per_ether_down(active_gwei)?, ether)
}

/// What a validator earns for a duty of weight `weight`, scaled by how much of the stake did it, gwei.
///
/// Errors: no active stake; an amount that does not fit.
pub fn duty_reward_down(
    base_reward: U256,
    weight: u64,
    participating: U256,
    active: U256,
) -> Result<U256, MathError> {
    mul_div_down(
        mul(base_reward, U256::from(weight))?,
        participating,
        mul(active, U256::from(WEIGHT_SUM))?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gwei(ether: u64) -> U256 {
        U256::from(ether) * U256::from(GWEI_PER_ETHER)
    }

    #[test]
    fn s2_2_reward_issuance_and_yield() {
        // 82,181.25 epochs a year; printed: whole ether and hundredths of a percent
        for (stake, r, ether_a_year, apr_bps) in [
            (524_288, 2_795, 120_427, 2_297),
            (10_000_000, 640, 525_960, 526),
            (30_000_000, 369, 909_746, 303),
            (34_000_000, 347, 969_574, 285),
        ] {
            assert_eq!(reward_per_ether_down(gwei(stake)), Ok(U256::from(r)));
            let year = epoch_issuance_down(gwei(stake)).unwrap() * U256::from(8_218_125) / U256::from(100);
            let half = U256::from(GWEI_PER_ETHER / 2);
            assert_eq!(
                (year + half) / U256::from(GWEI_PER_ETHER),
                U256::from(ether_a_year),
                "{stake}"
            );
            let apr = (year * U256::from(100_000) / gwei(stake) + U256::from(5)) / U256::from(10);
            assert_eq!(apr, U256::from(apr_bps), "{stake}");
        }
    }

    #[test]
    fn s2_2_weights_sum_and_zero_stake() {
        assert_eq!(WEIGHTS.iter().sum::<u64>(), WEIGHT_SUM);
        assert_eq!(reward_per_ether_down(U256::ZERO), Err(MathError::DivisionByZero));
        assert_eq!(
            duty_reward_down(U256::ONE, 14, U256::ZERO, U256::ZERO),
            Err(MathError::DivisionByZero)
        );
        assert_eq!(reward_per_ether_down(U256::MAX), Ok(U256::ZERO));
    }

    proptest! {
        #[test]
        fn prop_s2_2_quadrupling_the_stake_doubles_issuance(ether in 100_000u64..100_000_000) {
            let (one, four) = (epoch_issuance_down(gwei(ether)).unwrap(), epoch_issuance_down(gwei(ether * 4)).unwrap());
            let gap = (one * U256::from(2)).max(four) - (one * U256::from(2)).min(four);
            // r is a whole number of gwei: two of them an ether and epoch at most
            prop_assert!(gap <= U256::from(ether * 4 * 2));
        }

        #[test]
        fn prop_paid_is_within_the_budget(ether in 32u64..1_000_000, done in 0u64..1_000_000) {
            let r = reward_per_ether_down(gwei(ether)).unwrap();
            let base = r * U256::from(ether);
            let paid = WEIGHTS.iter().map(|w| duty_reward_down(base, *w, U256::from(done.min(ether)), U256::from(ether)).unwrap());
            prop_assert!(paid.fold(U256::ZERO, |a, b| a + b) <= epoch_issuance_down(gwei(ether)).unwrap());
        }
    }
}
