//! Prices of gas as ArbOS keeps them in its storage: who receives fees, the base fee and its backlogs, the price of L1
//! data. Reads and moves these numbers; the rules by which they move are in [`mintage_vm::arbos`].

use alloy_primitives::{Address, U256};
use mintage_vm::arbos::base_fee::{GasConstraint, LegacyPricing, fee_wei, worked_off};
use mintage_vm::arbos::fees::{FeeSplit, L1_PRICER_FUNDS};
use mintage_vm::state::{ARBOS_STATE_ADDRESS, Space, network_account_slot};

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

/// Where the numbers of one constraint stand.
#[derive(Clone, Copy, Debug)]
struct ConstraintSlots {
    target: U256,
    window: U256,
    backlog: U256,
}

/// Where the prices stand. Computed once, for each place costs a hash.
#[derive(Clone, Debug)]
pub(crate) struct Pricing {
    moves: bool,
    network_account: U256,
    infra_account: U256,
    base_fee: U256,
    min_base_fee: U256,
    speed: U256,
    inertia: U256,
    tolerance: U256,
    backlog: U256,
    constraint_count: U256,
    constraints: Vec<ConstraintSlots>,
    l1_units: U256,
    l1_price: U256,
    l1_fees: U256,
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
    /// Wei for a unit of gas.
    pub(crate) price_wei: u64,
}

impl Pricing {
    pub(crate) fn new(rule: &BaseFeeRule) -> Self {
        let (l1, l2) = (Space::root().sub(&[0]), Space::root().sub(&[1]));
        let list = l2.sub(&[0]);
        let count = match rule {
            BaseFeeRule::Constraints(constraints) => constraints.len() as u64,
            BaseFeeRule::Flat | BaseFeeRule::Legacy => 0,
        };
        Self {
            moves: *rule != BaseFeeRule::Flat,
            network_account: network_account_slot(),
            infra_account: Space::root().field(6),
            base_fee: l2.field(2),
            min_base_fee: l2.field(3),
            speed: l2.field(0),
            inertia: l2.field(5),
            tolerance: l2.field(6),
            backlog: l2.field(4),
            constraint_count: list.field(0),
            constraints: constraint_slots(count),
            l1_units: l1.field(6),
            l1_price: l1.field(7),
            l1_fees: l1.field(11),
        }
    }

    /// As the state says: with the constraints that stand there, if the fee moves at all.
    pub(crate) fn of_state(state: &State, moves: bool) -> Self {
        let mut pricing = Self::new(&BaseFeeRule::Flat);
        pricing.moves = moves;
        let count = get(state, pricing.constraint_count);
        pricing.constraints = constraint_slots(count);
        pricing
    }

    /// Whether the base fee moves by itself.
    pub(crate) fn moves(&self) -> bool {
        self.moves
    }

    /// Writes the constraints of a new chain.
    pub(crate) fn write_constraints(&self, state: &mut State, constraints: &[GasConstraint]) {
        set(state, self.constraint_count, U256::from(constraints.len()));
        for (slots, constraint) in self.constraints.iter().zip(constraints) {
            set(state, slots.target, U256::from(constraint.target_gas_per_sec));
            set(state, slots.window, U256::from(constraint.window_secs));
        }
    }

    /// Base fee of the next block.
    pub(crate) fn base_fee_wei(&self, state: &State) -> u64 {
        get(state, self.base_fee)
    }

    /// The least that the base fee can be.
    pub(crate) fn min_base_fee_wei(&self, state: &State) -> u64 {
        get(state, self.min_base_fee)
    }

    pub(crate) fn set_base_fee_wei(&self, state: &mut State, wei: u64) {
        set(state, self.base_fee, U256::from(wei));
    }

    /// Wei for a unit of L1 data.
    pub(crate) fn l1_price_wei(&self, state: &State) -> U256 {
        state.slot(ARBOS_STATE_ADDRESS, self.l1_price)
    }

    pub(crate) fn set_l1_price_wei(&self, state: &mut State, wei: U256) {
        set(state, self.l1_price, wei);
    }

    /// What the start of a block does, `secs` after its parent: the fee for the block *after* it, from what was used
    /// before it.
    pub(crate) fn start_block(&self, state: &mut State, secs: u64) {
        if !self.moves {
            return;
        }
        let exponent_bips = if self.constraints.is_empty() {
            self.ease_legacy(state, secs)
        } else {
            self.ease(state, secs)
        };
        let fee = fee_wei(get(state, self.min_base_fee), exponent_bips);
        self.set_base_fee_wei(state, fee);
    }

    fn ease_legacy(&self, state: &mut State, secs: u64) -> u64 {
        let rule = LegacyPricing {
            speed_gas_per_sec: get(state, self.speed),
            inertia_secs: get(state, self.inertia),
            tolerance_secs: get(state, self.tolerance),
        };
        let backlog = worked_off(get(state, self.backlog), secs, rule.speed_gas_per_sec);
        set(state, self.backlog, U256::from(backlog));
        rule.exponent_bips(backlog)
    }

    fn ease(&self, state: &mut State, secs: u64) -> u64 {
        let mut exponent_bips = 0u64;
        for slots in &self.constraints {
            let rule = GasConstraint {
                target_gas_per_sec: get(state, slots.target),
                window_secs: get(state, slots.window),
            };
            let backlog = worked_off(get(state, slots.backlog), secs, rule.target_gas_per_sec);
            set(state, slots.backlog, U256::from(backlog));
            exponent_bips = exponent_bips.saturating_add(rule.exponent_bips(backlog));
        }
        exponent_bips
    }

    /// Reads everything that [`Pricing::distribute`] will write, so that a source below has been asked before it matters.
    pub(crate) fn touch(&self, state: &State) {
        let account = |slot| Address::from_word(state.slot(ARBOS_STATE_ADDRESS, slot).into());
        for account in [
            account(self.network_account),
            account(self.infra_account),
            L1_PRICER_FUNDS,
            ARBOS_STATE_ADDRESS,
        ] {
            state.balance(account);
        }
        let fields = [
            self.min_base_fee,
            self.l1_fees,
            self.l1_units,
            self.backlog,
            self.base_fee,
        ];
        let backlogs = self
            .constraints
            .iter()
            .flat_map(|slots| [slots.target, slots.window, slots.backlog]);
        for slot in fields.into_iter().chain(backlogs) {
            state.slot(ARBOS_STATE_ADDRESS, slot);
        }
    }

    /// Gives what a transaction paid to who receives it, and lets the backlogs grow. The base fee up to its minimum goes
    /// to the infrastructure account, if there is one, the rest to the network's; the L1 part to its own fund.
    pub(crate) fn distribute(&self, state: &mut State, paid: Paid) {
        if paid.price_wei == 0 {
            return;
        }
        let account = |slot| Address::from_word(state.slot(ARBOS_STATE_ADDRESS, slot).into());
        let (network, infra) = (account(self.network_account), account(self.infra_account));
        let split = FeeSplit::new(
            paid.compute_gas,
            paid.poster_gas,
            paid.price_wei,
            get(state, self.min_base_fee),
            !infra.is_zero(),
        );
        state.credit(infra, split.infra_wei);
        state.credit(network, split.network_wei);
        if paid.poster_gas > 0 {
            state.credit(L1_PRICER_FUNDS, split.poster_wei);
            let fees = state
                .slot(ARBOS_STATE_ADDRESS, self.l1_fees)
                .saturating_add(split.poster_wei);
            set(state, self.l1_fees, fees);
            let units = get(state, self.l1_units).saturating_add(paid.poster_units);
            set(state, self.l1_units, U256::from(units));
        }
        if self.moves {
            self.grow(state, paid.compute_gas);
        }
    }

    fn grow(&self, state: &mut State, gas: u64) {
        let mut grow = |slot: U256| {
            let backlog = get(state, slot).saturating_add(gas);
            set(state, slot, U256::from(backlog));
        };
        if self.constraints.is_empty() {
            grow(self.backlog);
        }
        self.constraints.iter().for_each(|slots| grow(slots.backlog));
    }
}

fn constraint_slots(count: u64) -> Vec<ConstraintSlots> {
    let list = Space::root().sub(&[1]).sub(&[0]);
    let slots = (0..count).map(|n| {
        let one = list.sub(&n.to_be_bytes());
        ConstraintSlots {
            target: one.field(0),
            window: one.field(1),
            backlog: one.field(2),
        }
    });
    slots.collect()
}

fn get(state: &State, slot: U256) -> u64 {
    state.slot(ARBOS_STATE_ADDRESS, slot).saturating_to()
}

fn set(state: &mut State, slot: U256, value: U256) {
    state.set_storage(ARBOS_STATE_ADDRESS, slot, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The recorded sequence of blocks under Arbitrum One's constraints, through the storage.
    #[test]
    fn test_sequence_of_blocks_equals_the_vector() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/vectors/arbos/vectors_base_fee.jsonl"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let all = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let row = all
            .into_iter()
            .find(|row| row["kind"] == "sequence_single_gas_constraints")
            .unwrap();
        let number = |value: &Value| value.as_u64().unwrap();
        let constraints: Vec<GasConstraint> = row["constraints"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| GasConstraint {
                target_gas_per_sec: number(&c[0]),
                window_secs: number(&c[1]),
            })
            .collect();
        assert_eq!(constraints, GasConstraint::ARBITRUM_ONE);

        let pricing = Pricing::new(&BaseFeeRule::Constraints(constraints.clone()));
        let mut state = State::default();
        pricing.write_constraints(&mut state, &constraints);
        set(
            &mut state,
            pricing.min_base_fee,
            row["min_fee"].to_string().parse().unwrap(),
        );
        pricing.set_base_fee_wei(&mut state, number(&row["min_fee"]));
        let blocks = row["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), 11);
        for block in blocks {
            assert_eq!(
                pricing.base_fee_wei(&state),
                number(&block["header_base_fee"]),
                "{block}"
            );
            pricing.start_block(&mut state, number(&block["dt"]));
            assert_eq!(
                pricing.base_fee_wei(&state),
                number(&block["state_fee_after"]),
                "{block}"
            );
            pricing.grow(&mut state, number(&block["compute_gas"]));
            for (slots, expected) in pricing
                .constraints
                .iter()
                .zip(block["backlogs_after"].as_array().unwrap())
            {
                assert_eq!(get(&state, slots.backlog), number(expected), "{block}");
            }
        }
    }
}
