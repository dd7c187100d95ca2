//! What ArbOS writes into the state of a chain before its first transaction.

use revm::primitives::{Address, B256, U256, address};

use super::{
    base_fee::GasConstraint,
    bytes, gas_price,
    schema::{ARBOS_STATE_ADDRESS, FILTERED_TRANSACTIONS_ADDRESS, schema},
    storage::{Free, Ledger, LedgerError, Result, Store},
    upgrade,
    version::ArbosVersion,
};
use crate::{
    activate::DataPricer,
    precompile::{ARBOS_PRECOMPILES, PRECOMPILE_CODE},
    state::data_pricer_words,
};

/// The account of Arbitrum's own sequencer, the first batch poster of every chain.
pub const SEQUENCER: Address = address!("a4b000000000000000000073657175656e636572");

/// What a chain is born with. The default is a development chain at the network's own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArbosGenesis {
    /// Version of ArbOS.
    pub arbos: ArbosVersion,
    /// The chain's id.
    pub chain_id: u64,
    /// The chain's configuration as ArbOS keeps it: a JSON text; nothing in this crate reads it.
    pub chain_config: String,
    /// L2 number of the first block.
    pub genesis_block: u64,
    /// L1 number of the first block.
    pub l1_block_number: u64,
    /// The chain's owners, in order.
    pub owners: Vec<Address>,
    /// Who receives fees.
    pub network_fee_account: Address,
    /// Who receives the least base fee's part of fees; zero for nobody.
    pub infra_fee_account: Address,
    /// Base fee of the first block in wei.
    pub base_fee_wei: u64,
    /// Least base fee in wei.
    pub min_base_fee_wei: u64,
    /// Constraints of the base fee (from ArbOS 50); none for the legacy pricing.
    pub constraints: Vec<GasConstraint>,
    /// Wei for a unit of L1 data.
    pub l1_price_per_unit_wei: U256,
    /// Who receives the L1 pricing's rewards.
    pub l1_reward_recipient: Address,
}

impl Default for ArbosGenesis {
    fn default() -> Self {
        Self {
            arbos: ArbosVersion::default(),
            chain_id: 412_346,
            chain_config: String::new(),
            genesis_block: 0,
            l1_block_number: 0,
            // The network's development chain has the zero address, too.
            owners: vec![Address::ZERO],
            network_fee_account: Address::ZERO,
            infra_fee_account: Address::ZERO,
            base_fee_wei: 100_000_000,
            min_base_fee_wei: 100_000_000,
            constraints: Vec::new(),
            l1_price_per_unit_wei: U256::from(50_000_000_000u64),
            l1_reward_recipient: SEQUENCER,
        }
    }
}

impl ArbosGenesis {
    /// Writes ArbOS's account, the marker code of its precompiles and what each version up to this one brought. The
    /// state must have been empty.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn write(&self, ledger: &mut dyn Ledger) -> Result<(), LedgerError> {
        match self.write_to(&mut Free(ledger)) {
            Ok(()) => Ok(()),
            Err(super::storage::Failure::Ledger(error)) => Err(error),
            Err(other) => Err(LedgerError(format!("{other:?}"))),
        }
    }

    fn write_to(&self, store: &mut dyn Store) -> Result<()> {
        let ledger = store.ledger();
        ledger.set_nonce(ARBOS_STATE_ADDRESS, 1)?;
        ledger.set_nonce(FILTERED_TRANSACTIONS_ADDRESS, 1)?;
        for (precompile, since) in ARBOS_PRECOMPILES {
            if since < ArbosVersion::V30.number() {
                ledger.set_code(precompile, PRECOMPILE_CODE)?;
            }
        }
        self.write_root(store)?;
        self.write_l1(store)?;
        self.write_l2(store)?;
        for owner in &self.owners {
            schema().chain_owners.add(store, *owner)?;
        }
        let pricer = data_pricer_words(&DataPricer::default());
        for (slot, value) in schema().programs.data_pricer.into_iter().zip(pricer) {
            store.poke(slot, value)?;
        }
        for step in ArbosVersion::ALL {
            if step <= self.arbos {
                upgrade::step(store, step)?;
            }
        }
        let constraints: Vec<_> = self.constraints.iter().map(|rule| (*rule, 0)).collect();
        if !constraints.is_empty() {
            gas_price::set_constraints(store, &constraints)?;
        }
        Ok(())
    }

    fn write_root(&self, store: &mut dyn Store) -> Result<()> {
        let slots = &schema().root;
        let fields = [
            (slots.version, U256::from(self.arbos.number())),
            (slots.network_fee_account, word(self.network_fee_account)),
            (slots.chain_id, U256::from(self.chain_id)),
            (slots.genesis_block, U256::from(self.genesis_block)),
            (slots.infra_fee_account, word(self.infra_fee_account)),
            (slots.brotli_level, U256::ONE),
            (schema().l1_blocks.field(0), U256::from(self.l1_block_number)),
        ];
        for (slot, value) in fields {
            store.poke(slot, value)?;
        }
        bytes::set(store, &schema().chain_config, self.chain_config.as_bytes())
    }

    fn write_l1(&self, store: &mut dyn Store) -> Result<()> {
        let slots = &schema().l1;
        let fields = [
            (slots.pay_rewards_to, word(self.l1_reward_recipient)),
            (slots.equilibration_units, U256::from(160_000_000u64)),
            (slots.inertia, U256::from(10)),
            (slots.per_unit_reward, U256::from(10)),
            (slots.price_per_unit, self.l1_price_per_unit_wei),
            (slots.per_batch_gas, U256::from(210_000)),
        ];
        for (slot, value) in fields {
            store.poke(slot, value)?;
        }
        add_poster(store, SEQUENCER, SEQUENCER)
    }

    fn write_l2(&self, store: &mut dyn Store) -> Result<()> {
        let slots = &schema().l2;
        let fields = [
            (slots.speed, 7_000_000),
            (slots.block_limit, 32_000_000),
            (slots.base_fee, self.base_fee_wei),
            (slots.min_base_fee, self.min_base_fee_wei),
            (slots.inertia, 102),
            (slots.tolerance, 10),
        ];
        for (slot, value) in fields {
            store.poke(slot, U256::from(value))?;
        }
        Ok(())
    }
}

/// Adds a batch poster that is not one yet.
pub(crate) fn add_poster(store: &mut dyn Store, poster: Address, pay_to: Address) -> Result<()> {
    let posters = &schema().l1.posters;
    let (due, paid) = posters.info(poster);
    store.write(due, U256::ZERO)?;
    store.write(paid, word(pay_to))?;
    posters.members.add(store, poster)
}

fn word(address: Address) -> U256 {
    B256::from(address.into_word()).into()
}

#[cfg(test)]
mod tests {
    use super::{super::storage::MemoryLedger, *};
    use crate::state::genesis_storage;

    fn defaults() -> Vec<(String, String, String)> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/vectors/arbos/params_default.csv"
        );
        let text = std::fs::read_to_string(path).unwrap();
        text.lines()
            .skip(1)
            .map(|line| {
                let mut fields = line.splitn(4, ',');
                let mut next = || fields.next().unwrap_or_default().to_owned();
                (next(), next(), next())
            })
            .collect()
    }

    fn expected(scope: &str, name: &str) -> u64 {
        let rows = defaults();
        let row = rows
            .iter()
            .find(|row| row.0 == scope && row.1.starts_with(name))
            .unwrap_or_else(|| panic!("no row {scope} {name}"));
        row.2.parse().unwrap()
    }

    #[test]
    fn test_genesis_equals_the_recorded_defaults() {
        let mut ledger = MemoryLedger::default();
        ArbosGenesis::default().write(&mut ledger).unwrap();
        let s = schema();
        let rows = [
            ("l1 initial pricePerUnit", s.l1.price_per_unit),
            ("l1 inertia", s.l1.inertia),
            ("l1 equilibrationUnits", s.l1.equilibration_units),
            ("l1 perUnitReward", s.l1.per_unit_reward),
            ("perBatchGasCost", s.l1.per_batch_gas),
            ("amortizedCostCapBips", s.l1.cap_bips),
            ("gasFloorPerToken", s.l1.gas_floor_per_token),
            ("minBaseFee", s.l2.base_fee),
            ("minBaseFee", s.l2.min_base_fee),
            ("speedLimit", s.l2.speed),
            ("perBlockGasLimit", s.l2.block_limit),
            ("perTxGasLimit", s.l2.tx_limit),
            ("pricingInertia", s.l2.inertia),
            ("backlogTolerance", s.l2.tolerance),
        ];
        for (name, slot) in rows {
            let stored = Free(&mut ledger).peek(slot).unwrap();
            assert_eq!(stored, U256::from(expected("genesis", name)), "{name}");
        }
        let chain_id = Free(&mut ledger).peek(s.root.chain_id).unwrap();
        assert_eq!(chain_id, U256::from(expected("dev", "chainId")));
        let params = Free(&mut ledger).peek(s.programs.params).unwrap();
        assert_eq!(
            format!("{:064x}", params),
            "0003002710000055f0000203e80080450b3232016d001f002000040000040000"
        );
        let pricer = ["demand/bytesPerSecond/lastUpdate/minPrice/inertia"].map(|name| {
            let rows = defaults();
            rows.iter().find(|row| row.1 == name).unwrap().2.clone()
        });
        let values: Vec<String> = s
            .programs
            .data_pricer
            .iter()
            .map(|slot| Free(&mut ledger).peek(*slot).unwrap().to_string())
            .collect();
        assert_eq!(values.join("/"), pricer[0]);
    }

    /// What tests and tools that need Stylus alone put into a state is part of it.
    #[test]
    fn test_genesis_holds_what_stylus_needs_at_every_version() {
        for arbos in ArbosVersion::ALL {
            let mut ledger = MemoryLedger::default();
            let genesis = ArbosGenesis {
                arbos,
                ..ArbosGenesis::default()
            };
            genesis.write(&mut ledger).unwrap();
            for (slot, value) in genesis_storage(arbos) {
                assert_eq!(
                    ledger.storage[&(ARBOS_STATE_ADDRESS, slot)],
                    value,
                    "ArbOS {arbos}"
                );
            }
            for (precompile, since) in ARBOS_PRECOMPILES {
                assert_eq!(ledger.code.contains_key(&precompile), since <= arbos.number());
            }
        }
    }
}
