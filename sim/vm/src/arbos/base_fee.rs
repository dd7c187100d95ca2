//! How the base fee follows demand: ArbOS's single-dimension pricing, in its two forms.
//!
//! Both hold backlogs of gas: transactions add to them, time takes off a target rate. A backlog becomes an exponent in
//! bips (1/10000), and the fee is the least fee times e to that exponent, by a polynomial of four terms. Everything is
//! integer and floors. Pricing by several kinds of gas is in [`multi_gas`](super::multi_gas). Where the numbers stand in
//! ArbOS's storage does not belong here.

/// Terms of the polynomial that a base fee takes; the Stylus data fee takes twelve.
pub const FEE_TERMS: u64 = 4;

/// A rate of gas that may be used over a window before the fee rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasConstraint {
    /// Gas a second that takes the backlog off.
    pub target_gas_per_sec: u64,
    /// Seconds over which use above the target raises the fee by a factor of e.
    pub window_secs: u64,
}

impl GasConstraint {
    /// A constraint of these figures. Neither may be 0 on a chain.
    pub const fn new(target_gas_per_sec: u64, window_secs: u64) -> Self {
        Self {
            target_gas_per_sec,
            window_secs,
        }
    }

    /// Arbitrum One's six constraints.
    pub const ARBITRUM_ONE: [Self; 6] = [
        Self::new(60_000_000, 9),
        Self::new(41_000_000, 52),
        Self::new(29_000_000, 329),
        Self::new(20_000_000, 2_105),
        Self::new(14_000_000, 13_485),
        Self::new(10_000_000, 86_400),
    ];

    /// Exponent in bips, rounded down, that a backlog under this constraint adds.
    pub fn exponent_bips(&self, backlog: u64) -> u64 {
        if backlog == 0 {
            0
        } else {
            bips_down(backlog, self.window_secs.saturating_mul(self.target_gas_per_sec))
        }
    }
}

/// The pricing with one constraint, which has a tolerance: what every chain before ArbOS 50 uses, and chains without
/// constraints still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyPricing {
    /// Gas a second that takes the backlog off.
    pub speed_gas_per_sec: u64,
    /// Seconds over which use above the speed raises the fee by a factor of e.
    pub inertia_secs: u64,
    /// Seconds at full speed that are not counted.
    pub tolerance_secs: u64,
}

impl LegacyPricing {
    /// Exponent in bips, rounded down, for a backlog.
    pub fn exponent_bips(&self, backlog: u64) -> u64 {
        let tolerated = self.tolerance_secs.saturating_mul(self.speed_gas_per_sec);
        if backlog <= tolerated {
            return 0;
        }
        bips_down(
            backlog - tolerated,
            self.inertia_secs.saturating_mul(self.speed_gas_per_sec),
        )
    }
}

/// A backlog after `secs` seconds at a rate.
pub const fn worked_off(backlog: u64, secs: u64, gas_per_sec: u64) -> u64 {
    backlog.saturating_sub(secs.saturating_mul(gas_per_sec))
}

/// `10000 · value / unit`, the product saturating as the network's signed 64-bit one does. A unit of 0 is none that the
/// chain's owner can set.
pub(super) fn bips_down(value: u64, unit: u64) -> u64 {
    const MAX: u64 = i64::MAX as u64;
    let scaled = value.min(MAX).saturating_mul(10_000).min(MAX);
    scaled.checked_div(unit.min(MAX)).unwrap_or(MAX)
}

/// e to the power of `bips`/10000, in bips: `1 + x(1 + x/2 (1 + x/3 (…)))` with `terms` terms (at least 1) from the
/// inside, rounded down at each step, saturating at 64 bits.
pub fn exp_bips_down(bips: u64, terms: u64) -> u64 {
    let innermost = 10_000u64.saturating_add(bips / terms);
    (1..terms).rev().fold(innermost, |inner, term| {
        10_000u64.saturating_add(inner.saturating_mul(bips) / (term * 10_000))
    })
}

/// Wei for a unit of gas at an exponent, rounded down; a fee beyond 64 bits is held there.
pub fn fee_wei(min_base_fee_wei: u64, exponent_bips: u64) -> u64 {
    if exponent_bips == 0 {
        return min_base_fee_wei;
    }
    let fee = u128::from(min_base_fee_wei) * u128::from(exp_bips_down(exponent_bips, FEE_TERMS)) / 10_000;
    u64::try_from(fee).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn rows(kind: &str) -> Vec<Value> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/vectors/arbos/vectors_base_fee.jsonl"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let all = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        all.filter(|row| row["kind"] == kind).collect()
    }

    fn number(value: &Value) -> u64 {
        value.as_u64().unwrap_or_else(|| panic!("{value} is no u64"))
    }

    #[test]
    fn test_exponential_equals_the_vectors() {
        let rows = rows("approx_exp_bips");
        assert_eq!(rows.len(), 18);
        for row in rows {
            let exp = exp_bips_down(number(&row["x"]), number(&row["terms"]));
            assert_eq!(exp, number(&row["out"]), "{row}");
        }
    }

    fn legacy(row: &Value) -> LegacyPricing {
        LegacyPricing {
            speed_gas_per_sec: number(&row["speed"]),
            inertia_secs: number(&row["inertia"]),
            tolerance_secs: number(&row["tolerance"]),
        }
    }

    #[test]
    fn test_legacy_equals_the_vectors() {
        let rows = rows("legacy");
        assert_eq!(rows.len(), 9);
        for row in rows {
            let pricing = legacy(&row);
            let backlog = worked_off(
                number(&row["backlog_in"]),
                number(&row["dt"]),
                pricing.speed_gas_per_sec,
            );
            let exponent = pricing.exponent_bips(backlog);
            assert_eq!(backlog, number(&row["backlog_out"]), "{row}");
            assert_eq!(exponent, number(&row["exp_bips"]), "{row}");
            assert_eq!(
                fee_wei(number(&row["min_fee"]), exponent),
                number(&row["base_fee"]),
                "{row}"
            );
        }
    }

    /// Backlogs after the time, and the exponent of all together.
    fn single(row: &Value) -> (Vec<u64>, u64) {
        let mut exponent = 0u64;
        let mut backlogs = Vec::new();
        for constraint in row["constraints"].as_array().unwrap() {
            let rule = GasConstraint::new(number(&constraint[0]), number(&constraint[1]));
            let backlog = worked_off(
                number(&constraint[2]),
                number(&row["dt"]),
                rule.target_gas_per_sec,
            );
            exponent = exponent.saturating_add(rule.exponent_bips(backlog));
            backlogs.push(backlog);
        }
        (backlogs, exponent)
    }

    #[test]
    fn test_constraints_equal_the_vectors() {
        let rows = rows("single_gas_constraints");
        assert_eq!(rows.len(), 15);
        for row in rows {
            let (backlogs, exponent) = single(&row);
            let expected: Vec<u64> = row["backlog_out"]
                .as_array()
                .unwrap()
                .iter()
                .map(number)
                .collect();
            assert_eq!(backlogs, expected, "{row}");
            assert_eq!(exponent, number(&row["exp_bips"]), "{row}");
            assert_eq!(
                fee_wei(number(&row["min_fee"]), exponent),
                number(&row["base_fee"]),
                "{row}"
            );
        }
    }

    #[test]
    fn test_recorded_blocks_have_these_fees() {
        let rows = rows("chain");
        assert_eq!(rows.len(), 13);
        for row in rows {
            let exponent = if row["model"] == "legacy" {
                let pricing = legacy(&row);
                let backlog = worked_off(
                    number(&row["backlog_in"]),
                    number(&row["dt"]),
                    pricing.speed_gas_per_sec,
                );
                pricing.exponent_bips(backlog)
            } else {
                single(&row).1
            };
            assert_eq!(exponent, number(&row["exp_bips"]), "{row}");
            assert_eq!(
                fee_wei(number(&row["min_fee"]), exponent),
                number(&row["state_fee_after"]),
                "{row}"
            );
        }
    }
}
