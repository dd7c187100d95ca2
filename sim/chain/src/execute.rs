//! One execution on the EVM: what it is asked to run, under which rules.
//!
//! With [`crate::outcome`] the only place that knows revm's transaction and result types. What a chain does around an
//! execution is in [`crate::include`] for transactions and in [`crate::call`] for calls.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address};
pub(crate) use mintage_vm::arbos::ArbosContext as Surroundings;
use mintage_vm::arbos::ArbosVersion;
use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, schema};
use mintage_vm::evm::cfg_env;
use mintage_vm::runtime::RecentPrograms;
use mintage_vm::symbols::SymbolTable;
use mintage_vm::{StylusEngine, StylusEvm};
use revm::context::{BlockEnv, CfgEnv, Journal, LocalContext, TxEnv};
use revm::context_interface::JournalTr;
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::cfg::gas::InitialAndFloorGas;
use revm::context_interface::either::Either;
use revm::context_interface::transaction::{AccessList, SignedAuthorization};
use revm::state::EvmState;
use revm::{Context, ExecuteEvm};

use crate::clock::BlockNumbers;
use crate::engine::engine;
use crate::error::Rejected;
use crate::outcome::{Outcome, outcome, rejected, touched};
use crate::pricing::Pricing;
use crate::state::{Reader, State};
use crate::transaction::Transaction;

/// COINBASE of every block that the sequencer makes.
pub(crate) const SEQUENCER: Address = address!("0xA4B000000000000000000073657175656e636572");
/// GASLIMIT of every block.
pub(crate) const BLOCK_GAS_LIMIT: u64 = 1 << 50;
/// Gas limit of a transaction that does not say how much.
pub(crate) const TX_GAS_CAP: u64 = 32_000_000;
/// Gas of a read-only call that does not say how much.
pub(crate) const CALL_GAS: u64 = 50_000_000;
/// Init code that a transaction may carry, in bytes.
pub(crate) const INIT_CODE_LIMIT: usize = 49_152;

/// What is asked for: a transaction or a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) from: Address,
    pub(crate) to: Option<Address>,
    /// `None` if what was given is no amount.
    pub(crate) value_wei: Option<U256>,
    pub(crate) data: Bytes,
    pub(crate) gas: Option<u64>,
    /// The most to pay for a unit of gas; the base fee if not given.
    pub(crate) max_fee_wei: Option<u128>,
    pub(crate) nonce: Option<u64>,
    /// Pay nothing for gas.
    pub(crate) free_gas: bool,
    /// Record what it does.
    pub(crate) traced: bool,
    /// The most to tip for a unit of gas. Without collected tips it only must not be above the whole price.
    pub(crate) tip_wei: u128,
    pub(crate) access_list: AccessList,
    pub(crate) authorization_list: Vec<SignedAuthorization>,
    /// The transaction, if there is one outside of this chain: signed, or from an impersonated account.
    pub(crate) transaction: Option<Arc<Transaction>>,
    /// Of a call: no gas for L1 data.
    pub(crate) skips_l1: bool,
    /// Record what the functions of programs use.
    pub(crate) profiled: bool,
}

impl Request {
    /// What a user's transaction asks for.
    pub(crate) fn of(transaction: Arc<Transaction>) -> Self {
        Self {
            from: transaction.from(),
            to: transaction.to(),
            value_wei: Some(transaction.value()),
            data: transaction.input(),
            gas: Some(transaction.gas_limit()),
            max_fee_wei: Some(transaction.max_fee_per_gas()),
            nonce: Some(transaction.nonce()),
            // One gas price is all that is offered, and all of it is paid where tips are collected.
            tip_wei: transaction
                .max_priority_fee_per_gas()
                .unwrap_or(transaction.max_fee_per_gas()),
            access_list: transaction.access_list().cloned().unwrap_or_default(),
            authorization_list: transaction.authorization_list().unwrap_or_default().to_vec(),
            transaction: Some(transaction),
            ..Self::default()
        }
    }
}

/// What an execution offers for a unit of gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The most that it pays, in wei; 0 pays nothing.
    pub(crate) max_fee_wei: u128,
    /// The most that it pays above the base fee; 0 where tips are dropped.
    pub(crate) tip_wei: u128,
}

impl Offer {
    /// What is paid above a base fee that is not above the offer.
    pub(crate) fn tip_over(&self, base_fee_wei: u64) -> u128 {
        self.tip_wei
            .min(self.max_fee_wei.saturating_sub(base_fee_wei.into()))
    }
}

/// What is recorded of executions, beside what each asks for itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Recording {
    pub(crate) traced: bool,
    pub(crate) profiled: bool,
    /// Bytes that the trace of one execution may take.
    pub(crate) trace_bytes: Option<usize>,
}

/// The rules under which everything on a chain executes.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    arbos: ArbosVersion,
    cfg: CfgEnv,
    engine: StylusEngine,
    pub(crate) symbols: Arc<SymbolTable>,
    /// What is recorded of every transaction and call.
    pub(crate) recording: Recording,
    pub(crate) pricing: Pricing,
}

impl Machine {
    pub(crate) fn new(arbos: ArbosVersion, chain_id: u64, pricing: Pricing) -> Self {
        let mut cfg = cfg_env(arbos, chain_id);
        // A contract may send transactions here: there are no signatures to protect.
        cfg.disable_eip3607 = true;
        Self {
            arbos,
            cfg,
            engine: engine(),
            symbols: Arc::default(),
            recording: Recording::default(),
            pricing,
        }
    }

    /// The same rules at another ArbOS version.
    pub(crate) fn at(&self, arbos: ArbosVersion) -> Self {
        Self {
            engine: self.engine.clone(),
            symbols: Arc::clone(&self.symbols),
            recording: self.recording,
            ..Self::new(arbos, self.chain_id(), Pricing::new(self.pricing.moves(), arbos))
        }
    }

    /// Gas that a transaction may execute with, of what is left after its L1 part: the rest is set aside and returned.
    /// From ArbOS 50 the cap holds for the transaction as a whole, before for what comes after its intrinsic gas.
    pub(crate) fn executable_gas(&self, request: &Request, gas: u64, tx_cap: u64) -> u64 {
        if gas <= tx_cap {
            return gas;
        }
        let intrinsic = self.initial_gas(request).initial_total_gas();
        let cap = if self.arbos >= ArbosVersion::V50 {
            tx_cap.max(intrinsic)
        } else {
            tx_cap.saturating_add(intrinsic)
        };
        gas.min(cap)
    }

    pub(crate) fn arbos(&self) -> ArbosVersion {
        self.arbos
    }

    pub(crate) fn chain_id(&self) -> u64 {
        self.cfg.chain_id
    }

    /// Whether the chain's owner has turned on the floor of EIP-7623 for what a transaction's data cost.
    fn has_calldata_floor(&self, request: &Request, state: &State) -> bool {
        // Without data there is nothing to look up.
        self.arbos >= ArbosVersion::V40
            && !request.data.is_empty()
            && state.slot(ARBOS_STATE_ADDRESS, schema().features).bit(0)
    }

    /// Gas without which the transaction cannot be: what it costs before anything runs, or the floor for its data.
    pub(crate) fn least_gas(&self, request: &Request, state: &State) -> u64 {
        let gas = self.initial_gas(request);
        if self.has_calldata_floor(request, state) {
            gas.initial_total_gas().max(gas.floor_gas())
        } else {
            gas.initial_total_gas()
        }
    }

    fn initial_gas(&self, request: &Request) -> InitialAndFloorGas {
        let create = request.to.is_none();
        let slots = request
            .access_list
            .iter()
            .map(|item| item.storage_keys.len() as u64)
            .sum();
        self.cfg.gas_params.initial_tx_gas(
            &request.data,
            create,
            request.access_list.len() as u64,
            slots,
            request.authorization_list.len() as u64,
            None,
        )
    }

    pub(crate) fn execute(
        &self,
        reader: Reader,
        request: &Request,
        block: BlockEnv,
        gas_limit: u64,
        offer: Offer,
        (recent, surroundings): (RecentPrograms, Surroundings),
    ) -> Result<(Outcome, EvmState, RecentPrograms), Rejected> {
        let mut journaled_state: Journal<Reader> = Journal::new(reader);
        journaled_state.set_spec_id(self.cfg.spec);
        let mut cfg = self.cfg.clone();
        // A call has a bound of its own; what it is told of the block's is not it.
        cfg.disable_block_gas_limit = surroundings.off_chain;
        cfg.disable_eip7623 = !self.has_calldata_floor(request, &journaled_state.database.state);
        // Put together by hand: revm's builders make each part twice, which shows at this rate.
        let context = Context {
            block,
            tx: self.tx_env(request, &journaled_state.database.state, gas_limit, offer)?,
            cfg,
            journaled_state,
            chain: (),
            local: LocalContext::default(),
            error: Ok(()),
        };
        let mut evm = StylusEvm::new(context, self.arbos, self.engine.clone());
        evm.set_recent(recent);
        evm.set_arbos_context(surroundings);
        let traced = request.traced || self.recording.traced;
        evm.set_trace(traced);
        if let Some(bytes) = self.recording.trace_bytes {
            evm.bound_trace(bytes);
        }
        evm.set_profile(request.profiled || self.recording.profiled);
        evm.set_symbols(self.symbols.clone());
        let result = evm.replay().map_err(|error| rejected(error, request))?;
        let mut outcome = outcome(result.result, evm.last_run());
        if traced {
            outcome.trace = Some(Box::new(evm.take_trace()));
            outcome.touched = touched(&result.state);
        }
        Ok((outcome, result.state, evm.take_recent()))
    }

    fn tx_env(
        &self,
        request: &Request,
        state: &State,
        gas_limit: u64,
        offer: Offer,
    ) -> Result<TxEnv, Rejected> {
        let authorization_list: Vec<_> = request
            .authorization_list
            .iter()
            .cloned()
            .map(Either::Left)
            .collect();
        Ok(TxEnv {
            tx_type: if authorization_list.is_empty() { 2 } else { 4 },
            caller: request.from,
            gas_limit,
            gas_price: offer.max_fee_wei,
            kind: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value_wei.ok_or(Rejected::Value)?,
            data: request.data.clone(),
            nonce: state.nonce(request.from),
            chain_id: Some(self.cfg.chain_id),
            access_list: request.access_list.clone(),
            gas_priority_fee: Some(offer.tip_wei),
            blob_hashes: Vec::new(),
            max_fee_per_blob_gas: 0,
            authorization_list,
        })
    }
}

pub(crate) fn block_env(block: BlockNumbers, price_wei: u128) -> BlockEnv {
    BlockEnv {
        number: U256::from(block.l1_number),
        beneficiary: block.coinbase,
        timestamp: U256::from(block.timestamp),
        gas_limit: BLOCK_GAS_LIMIT,
        // Without a price, BASEFEE is 0 as in the network's calls.
        basefee: if price_wei == 0 { 0 } else { block.base_fee_wei },
        difficulty: U256::from(1),
        prevrandao: Some(B256::with_last_byte(1)),
        // There are no blobs; the EVM wants the field from Cancun on.
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
            excess_blob_gas: 0,
            blob_gasprice: 1,
        }),
        slot_num: 0,
    }
}
