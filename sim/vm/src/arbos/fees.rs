//! Who receives what a transaction pays.

use revm::primitives::{Address, U256, address};

/// The account that collects what transactions pay for L1 data.
pub const L1_PRICER_FUNDS: Address = address!("A4B00000000000000000000000000000000000f6");

/// What a transaction pays, in the parts that go to different accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeSplit {
    /// To the infrastructure account, if there is one: the least base fee's part of the compute gas.
    pub infra_wei: U256,
    /// To the network account: the rest of the compute gas, and its tip.
    pub network_wei: U256,
    /// To [`L1_PRICER_FUNDS`]: the poster gas.
    pub poster_wei: U256,
}

impl FeeSplit {
    /// The parts of `compute_gas` and `poster_gas` at a base fee and a tip for each unit. Exact: nothing is rounded.
    ///
    /// Without an infrastructure account its part goes to the network account.
    pub fn new(
        compute_gas: u64,
        poster_gas: u64,
        base_fee_wei: u64,
        tip_wei: u128,
        min_base_fee_wei: u64,
        has_infra_account: bool,
    ) -> Self {
        let infra_fee_wei = if has_infra_account {
            base_fee_wei.min(min_base_fee_wei)
        } else {
            0
        };
        let wei = |gas: u64, price_wei: u64| U256::from(u128::from(gas) * u128::from(price_wei));
        let tip = |gas: u64| U256::from(gas) * U256::from(tip_wei);
        Self {
            infra_wei: wei(compute_gas, infra_fee_wei),
            network_wei: wei(compute_gas, base_fee_wei - infra_fee_wei) + tip(compute_gas),
            poster_wei: wei(poster_gas, base_fee_wei) + tip(poster_gas),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_parts_sum_to_what_is_paid() {
        let cases = [
            (100, 7, 30, 0, 20, true),
            (100, 7, 30, 5, 20, true),
            (100, 7, 10, 0, 20, true),
            (u64::MAX, u64::MAX, u64::MAX, u128::MAX, 1, true),
            (100, 0, 30, 1, 20, false),
        ];
        for (compute, poster, fee, tip, least, infra) in cases {
            let split = FeeSplit::new(compute, poster, fee, tip, least, infra);
            let paid = (U256::from(compute) + U256::from(poster)) * (U256::from(fee) + U256::from(tip));
            assert_eq!(split.infra_wei + split.network_wei + split.poster_wei, paid);
            let floor = U256::from(compute) * U256::from(fee.min(least));
            assert_eq!(split.infra_wei, if infra { floor } else { U256::ZERO });
        }
    }
}
