//! What ArbOS does at the start of a block and at the end of a transaction.

use revm::primitives::{B256, U256};

use super::{
    fees::{FeeSplit, L1_PRICER_FUNDS},
    gas_price, l1_blocks,
    multi_gas::PerKind,
    retryable,
    schema::schema,
    storage::{Failure, Free, Ledger, LedgerError, Result, Store},
    upgrade::{self, HISTORY_ADDRESS, HISTORY_WINDOW, UnknownUpgrade},
    version::ArbosVersion,
};

/// A block that starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartBlock {
    /// L2 number.
    pub l2_number: u64,
    /// L1 number that the block knows of.
    pub l1_number: u64,
    /// Unix time.
    pub timestamp: u64,
    /// Unix time of the parent.
    pub parent_timestamp: u64,
    /// Hash of the parent.
    pub parent_hash: B256,
}

/// Why a block cannot start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The state failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An upgrade is due to a version that does not exist here.
    #[error(transparent)]
    Upgrade(#[from] UnknownUpgrade),
}

/// The start of a block, in the network's order: the parent's hash is kept for contracts (from ArbOS 40), the L1 number
/// moves, two retryable tickets may end, the base fee of the *next* block is computed, a due upgrade is performed.
///
/// Returns the version under which the block's transactions run. The header's base fee is to be read before.
///
/// # Errors
/// See [`StartError`].
pub fn start_block(
    ledger: &mut dyn Ledger,
    arbos: ArbosVersion,
    block: &StartBlock,
) -> Result<ArbosVersion, StartError> {
    let store = &mut Free(ledger);
    let mut start = || {
        if arbos >= ArbosVersion::V40 {
            keep_parent_hash(store, block)?;
        }
        l1_blocks::record(store, block.l1_number, block.parent_hash)?;
        for _ in 0..2 {
            retryable::reap_one(store, block.timestamp)?;
        }
        let secs = block.timestamp.saturating_sub(block.parent_timestamp);
        gas_price::update(store, arbos, secs)?;
        upgrade::perform_due(store, arbos, block.timestamp)
    };
    match start() {
        Ok(version) => Ok(version?),
        Err(failure) => Err(as_ledger_error(failure).into()),
    }
}

fn keep_parent_hash(store: &mut dyn Store, block: &StartBlock) -> Result<()> {
    let Some(parent) = block.l2_number.checked_sub(1) else {
        return Ok(());
    };
    let slot = U256::from(parent % HISTORY_WINDOW);
    let hash = block.parent_hash.into();
    Ok(store.ledger().set_storage(HISTORY_ADDRESS, slot, hash)?)
}

/// Nothing is metered here, so that only the state below can fail.
fn as_ledger_error(failure: Failure) -> LedgerError {
    match failure {
        Failure::Ledger(error) => error,
        other => LedgerError(format!("ArbOS's state is inconsistent: {other:?}")),
    }
}

/// What a transaction pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Gas without its L1 part.
    pub compute_gas: u64,
    /// Gas of its L1 part.
    pub poster_gas: u64,
    /// L1 units of that part.
    pub poster_units: u64,
    /// The base fee in wei for a unit of gas. When it and the tip are 0, gas was free, and nothing is given or counted.
    pub price_wei: u64,
    /// Wei for a unit of gas on top, where tips are collected.
    pub tip_wei: u128,
    /// Compute gas by kinds; counts on chains that price by kinds only.
    pub kinds: PerKind,
}

impl Paid {
    fn is_free(&self) -> bool {
        self.price_wei == 0 && self.tip_wei == 0
    }
}

/// Gives what a transaction paid to who receives it ([`distribute`]), and lets the backlogs grow.
///
/// # Errors
/// When the ledger fails.
pub fn pay_fees(ledger: &mut dyn Ledger, arbos: ArbosVersion, paid: &Paid) -> Result<(), LedgerError> {
    distribute(ledger, paid)?;
    if paid.is_free() {
        return Ok(());
    }
    gas_price::grow(&mut Free(ledger), arbos, paid.compute_gas, &paid.kinds).map_err(as_ledger_error)
}

/// Gives what a transaction paid to who receives it. The wei must have been taken from the sender before.
///
/// # Errors
/// When the ledger fails.
pub fn distribute(ledger: &mut dyn Ledger, paid: &Paid) -> Result<(), LedgerError> {
    if paid.is_free() {
        return Ok(());
    }
    pay(&mut Free(ledger), paid).map_err(as_ledger_error)
}

fn pay(store: &mut dyn Store, paid: &Paid) -> Result<()> {
    let slots = schema();
    let network = store.read_address(slots.root.network_fee_account)?;
    let infra = store.read_address(slots.root.infra_fee_account)?;
    let least = store.read_u64(slots.l2.min_base_fee)?;
    let split = FeeSplit::new(
        paid.compute_gas,
        paid.poster_gas,
        paid.price_wei,
        paid.tip_wei,
        least,
        !infra.is_zero(),
    );
    store.mint(infra, split.infra_wei)?;
    store.mint(network, split.network_wei)?;
    if paid.poster_gas > 0 {
        store.mint(L1_PRICER_FUNDS, split.poster_wei)?;
        let funds = store.read(slots.l1.fees_available)?;
        store.write(slots.l1.fees_available, funds.saturating_add(split.poster_wei))?;
    }
    if paid.poster_units > 0 {
        let units = store.read_u64(slots.l1.units_since_update)?;
        let units = units.saturating_add(paid.poster_units);
        store.write(slots.l1.units_since_update, U256::from(units))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use revm::primitives::{Address, keccak256};
    use serde_json::Value;

    use super::{
        super::{base_fee::GasConstraint, genesis::ArbosGenesis, storage::MemoryLedger},
        *,
    };

    const V: ArbosVersion = ArbosVersion::V61;

    fn block(number: u64, secs: u64) -> StartBlock {
        StartBlock {
            l2_number: number,
            l1_number: 100 + number,
            timestamp: 1_000 + secs,
            parent_timestamp: 1_000,
            parent_hash: keccak256(number.to_be_bytes()),
        }
    }

    /// The recorded sequence of blocks under Arbitrum One's constraints, through the storage.
    #[test]
    fn test_sequence_of_blocks_equals_the_vector() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/vectors/arbos/vectors_base_fee.jsonl"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let row: Value = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .find(|row| row["kind"] == "sequence_single_gas_constraints")
            .unwrap();
        let number = |value: &Value| value.as_u64().unwrap();
        let mut ledger = MemoryLedger::default();
        let genesis = ArbosGenesis {
            base_fee_wei: number(&row["min_fee"]),
            min_base_fee_wei: number(&row["min_fee"]),
            constraints: GasConstraint::ARBITRUM_ONE.to_vec(),
            ..ArbosGenesis::default()
        };
        genesis.write(&mut ledger).unwrap();
        let blocks = row["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), 11);
        for (index, recorded) in (1..).zip(blocks) {
            let fee = |ledger: &mut MemoryLedger| Free(ledger).read_u64(schema().l2.base_fee).unwrap();
            assert_eq!(
                fee(&mut ledger),
                number(&recorded["header_base_fee"]),
                "{recorded}"
            );
            start_block(&mut ledger, V, &block(index, number(&recorded["dt"]))).unwrap();
            assert_eq!(
                fee(&mut ledger),
                number(&recorded["state_fee_after"]),
                "{recorded}"
            );
            let paid = Paid {
                compute_gas: number(&recorded["compute_gas"]),
                poster_gas: 0,
                poster_units: 0,
                price_wei: number(&recorded["header_base_fee"]),
                tip_wei: 0,
                kinds: [0; 9],
            };
            pay_fees(&mut ledger, V, &paid).unwrap();
            let expected = recorded["backlogs_after"].as_array().unwrap();
            for (constraint, backlog) in (0..).zip(expected) {
                let (_, stored) = gas_price::constraint(&mut Free(&mut ledger), constraint).unwrap();
                assert_eq!(stored, number(backlog), "{recorded}");
            }
        }
    }

    #[test]
    fn test_start_keeps_the_parents_hash_from_arbos_40() {
        for arbos in ArbosVersion::ALL {
            let mut ledger = MemoryLedger::default();
            let genesis = ArbosGenesis {
                arbos,
                ..ArbosGenesis::default()
            };
            genesis.write(&mut ledger).unwrap();
            start_block(&mut ledger, arbos, &block(393_170, 5)).unwrap();
            let kept = ledger.storage(HISTORY_ADDRESS, U256::from(1)).unwrap();
            let expected = if arbos >= ArbosVersion::V40 {
                keccak256(393_170u64.to_be_bytes()).into()
            } else {
                U256::ZERO
            };
            assert_eq!(kept, expected, "ArbOS {arbos}");
            let l1 = l1_blocks::number(&mut Free(&mut ledger)).unwrap();
            assert_eq!(l1, 393_270);
        }
    }

    #[test]
    fn test_fees_go_to_three_accounts_and_free_gas_counts_nothing() {
        let (network, infra) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let mut ledger = MemoryLedger::default();
        let genesis = ArbosGenesis {
            network_fee_account: network,
            infra_fee_account: infra,
            min_base_fee_wei: 20,
            ..ArbosGenesis::default()
        };
        genesis.write(&mut ledger).unwrap();
        let mut paid = Paid {
            compute_gas: 100,
            poster_gas: 7,
            poster_units: 1904,
            price_wei: 0,
            tip_wei: 0,
            kinds: [0; 9],
        };
        let before = ledger.clone();
        pay_fees(&mut ledger, V, &paid).unwrap();
        assert_eq!(ledger, before);
        // A base fee of 0 is not free gas where tips are collected.
        let mut tipped = ledger.clone();
        let only_tip = Paid {
            poster_gas: 0,
            tip_wei: 4,
            ..paid
        };
        pay_fees(&mut tipped, V, &only_tip).unwrap();
        assert_eq!(tipped.balances[&network], U256::from(400));
        let mut backlog = Free(&mut tipped);
        assert_eq!(backlog.read_u64(schema().l2.backlog).unwrap(), 100);
        paid.price_wei = 30;
        pay_fees(&mut ledger, V, &paid).unwrap();
        let wei = |account| ledger.balances[&account];
        assert_eq!(
            [wei(infra), wei(network), wei(L1_PRICER_FUNDS)],
            [2000, 1000, 210].map(U256::from)
        );
        let mut slot = |slot| Free(&mut ledger).read_u64(slot).unwrap();
        assert_eq!(slot(schema().l1.fees_available), 210);
        assert_eq!(slot(schema().l1.units_since_update), 1904);
        assert_eq!(slot(schema().l2.backlog), 100);
        paid.tip_wei = 4;
        pay_fees(&mut ledger, V, &paid).unwrap();
        let wei = |account| ledger.balances[&account];
        assert_eq!(
            [wei(infra), wei(network), wei(L1_PRICER_FUNDS)],
            [4000, 2000 + 400, 420 + 28].map(U256::from)
        );
    }
}
