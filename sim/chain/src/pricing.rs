//! Prices of gas as ArbOS keeps them in its storage: who receives fees, the base fee and its backlogs, the price of L1
//! data. Reads and moves these numbers; the rules by which they move are in [`mintage_vm::arbos`].

use alloy_primitives::U256;
use mintage_vm::arbos::base_fee::GasConstraint;
use mintage_vm::arbos::multi_gas::KINDS;
use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, schema};
use mintage_vm::arbos::storage::Free;
use mintage_vm::arbos::{ArbosVersion, block, gas_price};

use crate::state::State;

/// How the base fee moves from block to block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaseFeeRule {
    /// It stays as it is set. Tests that count wei stay simple.
    #[default]
    Flat,
    /// ArbOS's rule before constraints: a speed of 7,000,000 gas a second, 10 seconds of it tolerated, 102 seconds to
    /// raise the fee by a factor of e.
    Legacy,
    /// ArbOS's rule since version 50: the fee follows all of these at once, such as
    /// [`GasConstraint::ARBITRUM_ONE`].
    Constraints(Vec<GasConstraint>),
}

impl BaseFeeRule {
    /// Whether the base fee moves by itself.
    pub(crate) fn moves(&self) -> bool {
        *self != Self::Flat
    }
}

/// How a chain's prices move. The numbers stand in the state, where the chain's owner may change them at any time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pricing {
    moves: bool,
    arbos: ArbosVersion,
}

/// What a transaction pays, for distribution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paid {
    /// Gas without the L1 part.
    pub(crate) compute_gas: u64,
    /// Gas of the L1 part.
    pub(crate) poster_gas: u64,
    /// L1 units of that part.
    pub(crate) poster_units: u64,
    /// The base fee in wei for a unit of gas; 0 if gas was free.
    pub(crate) price_wei: u64,
    /// Wei for a unit of gas on top, where tips are collected.
    pub(crate) tip_wei: u128,
}

impl Pricing {
    /// `moves`: whether the base fee moves by itself, by the rule that the state calls for.
    pub(crate) fn new(moves: bool, arbos: ArbosVersion) -> Self {
        Self { moves, arbos }
    }

    /// Whether the base fee moves by itself.
    pub(crate) fn moves(&self) -> bool {
        self.moves
    }

    /// Base fee of the next block.
    pub(crate) fn base_fee_wei(&self, state: &State) -> u64 {
        number(state, schema().l2.base_fee)
    }

    /// The least that the base fee can be.
    pub(crate) fn min_base_fee_wei(&self, state: &State) -> u64 {
        number(state, schema().l2.min_base_fee)
    }

    /// Whether the chain's owner has tips paid instead of dropped, which there is from ArbOS 60 on.
    pub(crate) fn collects_tips(&self, state: &State) -> bool {
        self.arbos >= ArbosVersion::V60
            && !state
                .slot(ARBOS_STATE_ADDRESS, schema().root.collect_tips)
                .is_zero()
    }

    pub(crate) fn set_base_fee_wei(&self, state: &mut State, wei: u64) {
        state.set_storage(ARBOS_STATE_ADDRESS, schema().l2.base_fee, U256::from(wei));
    }

    /// Wei for a unit of L1 data.
    pub(crate) fn l1_price_wei(&self, state: &State) -> U256 {
        state.slot(ARBOS_STATE_ADDRESS, schema().l1.price_per_unit)
    }

    pub(crate) fn set_l1_price_wei(&self, state: &mut State, wei: U256) {
        state.set_storage(ARBOS_STATE_ADDRESS, schema().l1.price_per_unit, wei);
    }

    /// What the start of a block does, `secs` after its parent: the fee for the block *after* it, from what was used
    /// before it.
    pub(crate) fn start_block(&self, state: &mut State, secs: u64) {
        if self.moves {
            gas_price::update(&mut Free(state), self.arbos, secs).expect("this ledger never fails");
        }
    }

    /// Gives what a transaction paid to who receives it, and lets the backlogs grow if the fee moves.
    pub(crate) fn distribute(&self, state: &mut State, paid: Paid) {
        let paid = block::Paid {
            compute_gas: paid.compute_gas,
            poster_gas: paid.poster_gas,
            poster_units: paid.poster_units,
            price_wei: paid.price_wei,
            tip_wei: paid.tip_wei,
            kinds: [0; KINDS],
        };
        let done = if self.moves {
            block::pay_fees(state, self.arbos, &paid)
        } else {
            block::distribute(state, &paid)
        };
        done.expect("this ledger never fails");
    }
}

fn number(state: &State, slot: U256) -> u64 {
    state.slot(ARBOS_STATE_ADDRESS, slot).saturating_to()
}

#[cfg(test)]
mod tests {
    use mintage_vm::arbos::ArbosGenesis;

    use super::*;

    fn chain(state: &mut State, constraints: &[GasConstraint]) {
        let genesis = ArbosGenesis {
            base_fee_wei: 20_000_000,
            min_base_fee_wei: 20_000_000,
            constraints: constraints.to_vec(),
            ..ArbosGenesis::default()
        };
        genesis.write(state).unwrap();
    }

    /// The recorded sequence itself is held by the rules' own tests; here that each rule of the builder uses them.
    #[test]
    fn test_fee_moves_by_the_constraints_in_the_state_or_not_at_all() {
        let constraints = GasConstraint::ARBITRUM_ONE.to_vec();
        let paid = Paid {
            compute_gas: 64_000_000,
            poster_gas: 0,
            poster_units: 0,
            price_wei: 20_000_000,
            tip_wei: 0,
        };
        // Two blocks of the recorded sequence; the same gas under the legacy rule is within its tolerance.
        for (rule, expected) in [
            (BaseFeeRule::Flat, 20_000_000),
            (BaseFeeRule::Legacy, 20_000_000),
            (BaseFeeRule::Constraints(constraints.clone()), 21_628_000),
        ] {
            let mut state = State::default();
            let stored = match &rule {
                BaseFeeRule::Constraints(constraints) => &constraints[..],
                BaseFeeRule::Flat | BaseFeeRule::Legacy => &[],
            };
            chain(&mut state, stored);
            let pricing = Pricing::new(rule.moves(), ArbosVersion::V61);
            pricing.distribute(
                &mut state,
                Paid {
                    compute_gas: 32_000_000,
                    ..paid
                },
            );
            pricing.start_block(&mut state, 0);
            assert_eq!(pricing.base_fee_wei(&state), expected, "{rule:?}");
            let backlog = number(&state, schema().l2.backlog);
            assert_eq!(backlog > 0, rule == BaseFeeRule::Legacy);
        }
    }
}
