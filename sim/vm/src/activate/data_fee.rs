//! The data fee: what an activation pays for the compiled code that every node will keep.

use revm::primitives::U256;

use crate::arbos::base_fee::exp_bips_down;

/// Terms of the network's polynomial for e^x here; base fees take fewer.
const TERMS: u64 = 12;

/// State of the data pricer: a price that rises with demand and falls with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataPricer {
    /// Bytes asked for and not yet worked off.
    pub demand: u32,
    /// Bytes that are worked off in a second.
    pub bytes_per_second: u32,
    /// Unix time in seconds of the last activation.
    pub last_update_ts: u64,
    /// Wei per byte without demand.
    pub min_price: u32,
    /// Bytes of demand that raise the price by a factor of e.
    pub inertia: u32,
}

impl Default for DataPricer {
    /// The state in which a chain starts.
    fn default() -> Self {
        Self {
            demand: 0,
            // 1 TiB a year: floor(floor(2^40 / 8760) / 3600).
            bytes_per_second: 34_865,
            last_update_ts: super::START_TIMESTAMP,
            min_price: 82_928_201,
            inertia: 21_360_419,
        }
    }
}

impl DataPricer {
    /// The fee in wei for `asm_estimate` bytes at `now_ts`, rounded down, and the state after it.
    ///
    /// Fee = bytes * floor(min_price * e^(demand / inertia)), where the demand includes these bytes and e^x is the
    /// network's polynomial.
    #[must_use]
    pub fn charge(self, asm_estimate: u32, now_ts: u64) -> (U256, Self) {
        let passed = now_ts.saturating_sub(self.last_update_ts);
        let worked_off = u64::from(self.bytes_per_second).saturating_mul(passed);
        let worked_off = u32::try_from(worked_off).unwrap_or(u32::MAX);
        let demand = self
            .demand
            .saturating_sub(worked_off)
            .saturating_add(asm_estimate);
        // ambiguous: the chain's owner cannot be kept from an inertia of 0, for which there is no
        // price. Here it is the highest.
        let exponent_bips = (u64::from(demand).saturating_mul(10_000))
            .checked_div(self.inertia.into())
            .unwrap_or(u64::MAX);
        let price =
            U256::from(self.min_price) * U256::from(exp_bips_down(exponent_bips, TERMS)) / U256::from(10_000);
        (
            price * U256::from(asm_estimate),
            Self {
                demand,
                last_update_ts: now_ts,
                ..self
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_exp_bips_stays_below_e_and_near_it() {
        assert_eq!(exp_bips_down(0, TERMS), 10_000);
        for bips in [1, 100, 5000, 10_000, 20_000] {
            let exact = (bips as f64 / 10_000.0).exp() * 10_000.0;
            let approximate = exp_bips_down(bips, TERMS) as f64;
            assert!(approximate <= exact, "{bips}");
            // Eleven divisions, each less than one off, the last one undamped.
            assert!(exact - approximate < 4.0, "{bips}: {approximate} of {exact}");
        }
    }

    #[test]
    fn test_charge_extremes_do_not_overflow() {
        let pricer = DataPricer {
            demand: u32::MAX,
            inertia: 1,
            ..DataPricer::default()
        };
        let (fee, after) = pricer.charge(u32::MAX, 0);
        assert_eq!(after.demand, u32::MAX);
        assert!(fee > U256::from(u128::MAX >> 40));
        let (_, after) = DataPricer { inertia: 0, ..pricer }.charge(1, u64::MAX);
        assert_eq!(after.demand, 1);
    }

    #[test]
    fn test_charge_time_works_demand_off() {
        let (_, after) = DataPricer::default().charge(600_000, super::super::START_TIMESTAMP);
        assert_eq!(after.demand, 600_000);
        let (_, later) = after.charge(0, after.last_update_ts + 10);
        assert_eq!(later.demand, 600_000 - 348_650);
    }
}
