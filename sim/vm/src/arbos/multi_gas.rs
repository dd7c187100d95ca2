//! Pricing by kinds of gas (from ArbOS 60, off on Arbitrum One): a backlog for each constraint, a fee for each kind.
//!
//! A constraint weighs the kinds; its backlog grows by the weighted gas and raises the fee of a kind in proportion to
//! the kind's weight. A block's base fee is the highest of the fees.

use super::base_fee::{bips_down, fee_wei};

/// Number of kinds of gas.
pub const KINDS: usize = 9;

/// The largest exponent, in bips, with which a chain's owner may set constraints.
pub const MAX_EXPONENT_BIPS: u64 = 85_000;

/// A kind of gas. Poster gas is [`Kind::SingleDim`]; the bytes of a transaction's data are [`Kind::L2Calldata`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Not told apart.
    Unknown = 0,
    /// Work of the processor.
    Computation = 1,
    /// Growth of the chain's history.
    HistoryGrowth = 2,
    /// Reads of state.
    StorageAccessRead = 3,
    /// Writes of state.
    StorageAccessWrite = 4,
    /// Growth of state.
    StorageGrowth = 5,
    /// Gas that is priced by the block's base fee alone.
    SingleDim = 6,
    /// Bytes of a transaction's data.
    L2Calldata = 7,
    /// Work of WASM programs.
    WasmComputation = 8,
}

impl Kind {
    /// All kinds in the order of their numbers.
    pub const ALL: [Self; KINDS] = [
        Self::Unknown,
        Self::Computation,
        Self::HistoryGrowth,
        Self::StorageAccessRead,
        Self::StorageAccessWrite,
        Self::StorageGrowth,
        Self::SingleDim,
        Self::L2Calldata,
        Self::WasmComputation,
    ];
}

/// A value for each kind, by the kind's number.
pub type PerKind = [u64; KINDS];

/// A rate of weighted gas that may be used over a window before the fees of its kinds rise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultiGasConstraint {
    /// Weighted gas a second that takes the backlog off.
    pub target_gas_per_sec: u64,
    /// Seconds over which use above the target raises the fee by a factor of e.
    pub window_secs: u64,
    /// How much a unit of each kind counts; 0 for kinds that do not.
    pub weights: PerKind,
}

impl MultiGasConstraint {
    /// The greatest weight.
    pub fn max_weight(&self) -> u64 {
        self.weights.into_iter().max().unwrap_or(0)
    }

    /// What a transaction adds to the backlog. Its poster gas must have been taken out. Saturates.
    pub fn growth(&self, gas: &PerKind) -> u64 {
        self.weights.iter().zip(gas).fold(0u64, |sum, (weight, gas)| {
            sum.saturating_add(weight.saturating_mul(*gas))
        })
    }

    /// Exponents in bips, each rounded down, that a backlog adds to the kinds. [`Kind::SingleDim`] never has one.
    pub fn exponents_bips(&self, backlog: u64) -> PerKind {
        let unit = self
            .window_secs
            .saturating_mul(self.target_gas_per_sec)
            .saturating_mul(self.max_weight());
        let mut exponents = [0; KINDS];
        for kind in Kind::ALL {
            let weight = self.weights[kind as usize];
            if kind != Kind::SingleDim && weight > 0 && backlog > 0 {
                exponents[kind as usize] = bips_down(backlog.saturating_mul(weight), unit);
            }
        }
        exponents
    }
}

/// Exponents of all constraints with their backlogs together, in bips.
pub fn exponents_bips(constraints: &[(MultiGasConstraint, u64)]) -> PerKind {
    let mut sums = [0u64; KINDS];
    for (constraint, backlog) in constraints {
        for (sum, bips) in sums.iter_mut().zip(constraint.exponents_bips(*backlog)) {
            *sum = sum.saturating_add(bips);
        }
    }
    sums
}

/// Wei for a unit of each kind, and the base fee: the highest of them.
pub fn fees_wei(min_base_fee_wei: u64, exponents_bips: &PerKind) -> (PerKind, u64) {
    let fees = exponents_bips.map(|bips| fee_wei(min_base_fee_wei, bips));
    let base_fee = fees.into_iter().fold(min_base_fee_wei, u64::max);
    (fees, base_fee)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{super::base_fee::worked_off, *};

    fn per_kind(value: &Value) -> PerKind {
        let mut out = [0; KINDS];
        for (kind, number) in value.as_object().unwrap() {
            out[kind.parse::<usize>().unwrap()] = number.as_u64().unwrap();
        }
        out
    }

    #[test]
    fn test_multi_gas_equals_the_vector() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/vectors/arbos/vectors_base_fee.jsonl"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|row: &Value| row["kind"] == "multi_gas_constraints")
            .collect();
        assert_eq!(rows.len(), 1);
        for row in rows {
            let number = |value: &Value| value.as_u64().unwrap();
            let gas = per_kind(&row["grow"]);
            let constraints: Vec<_> = row["constraints"]
                .as_array()
                .unwrap()
                .iter()
                .map(|constraint| {
                    let rule = MultiGasConstraint {
                        target_gas_per_sec: number(&constraint["target"]),
                        window_secs: number(&constraint["window"]),
                        weights: per_kind(&constraint["weights"]),
                    };
                    let grown = rule.growth(&gas);
                    (
                        rule,
                        worked_off(grown, number(&row["dt"]), rule.target_gas_per_sec),
                    )
                })
                .collect();
            let backlogs: Vec<_> = constraints.iter().map(|(_, backlog)| *backlog).collect();
            let expected: Vec<_> = row["backlog_out"]
                .as_array()
                .unwrap()
                .iter()
                .map(number)
                .collect();
            assert_eq!(backlogs, expected);
            let exponents = exponents_bips(&constraints);
            assert_eq!(exponents, per_kind(&row["exp_per_kind"]));
            let (fees, base_fee) = fees_wei(number(&row["min_fee"]), &exponents);
            assert_eq!(fees, per_kind(&row["fee_per_kind"]));
            assert_eq!(base_fee, number(&row["base_fee"]));
        }
    }

    #[test]
    fn test_single_dim_gas_never_raises_a_fee_and_sums_saturate() {
        let constraint = MultiGasConstraint {
            target_gas_per_sec: 1,
            window_secs: 1,
            weights: [u64::MAX; KINDS],
        };
        assert_eq!(constraint.growth(&[2; KINDS]), u64::MAX);
        let exponents = constraint.exponents_bips(u64::MAX);
        assert_eq!(exponents[Kind::SingleDim as usize], 0);
        assert!(exponents[Kind::Computation as usize] > 0);
    }
}
