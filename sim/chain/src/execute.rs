//! Running one transaction or call on the EVM and taking over what it did.
//!
//! With [`crate::outcome`] the only place that knows revm's transaction and result types. Order of a transaction: it is checked against the
//! state (nothing changes if it is rejected), executed, its changes are committed, its fees distributed, its receipt
//! put into the block.

use std::sync::{Arc, LazyLock};

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address};
use mintage_vm::arbos::ArbosVersion;
use mintage_vm::arbos::poster::{self, BROTLI_LEVEL, MadeUp, StandIn};
use mintage_vm::evm::cfg_env;
use mintage_vm::runtime::RecentPrograms;
use mintage_vm::{StylusEngine, StylusEvm};
use revm::context::{BlockEnv, CfgEnv, Journal, LocalContext, TxEnv};
use revm::context_interface::JournalTr;
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::transaction::AccessList;
use revm::state::EvmState;
use revm::{Context, ExecuteEvm};

use crate::Chain;
use crate::clock::BlockNumbers;
use crate::error::Rejected;
use crate::outcome::{Outcome, outcome, rejected};
use crate::pricing::{Paid, Pricing};
use crate::receipt::Receipt;
use crate::state::{Reader, State};

/// COINBASE of every block that the sequencer makes.
const SEQUENCER: Address = address!("0xA4B000000000000000000073657175656e636572");
/// GASLIMIT of every block.
const BLOCK_GAS_LIMIT: u64 = 1 << 50;
/// Gas that one transaction may use, its L1 part aside; what a limit gives beyond is set aside and returned.
const TX_GAS_CAP: u64 = 32_000_000;
/// Gas of a read-only call that does not say how much.
const CALL_GAS: u64 = 50_000_000;
/// Init code that a transaction may carry, in bytes.
pub(crate) const INIT_CODE_LIMIT: usize = 49_152;

/// What is asked for: a transaction or a call.
#[derive(Clone, Debug)]
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
    /// Record what Stylus programs do.
    pub(crate) traced: bool,
}

/// The rules under which everything on a chain executes.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    arbos: ArbosVersion,
    cfg: CfgEnv,
    engine: StylusEngine,
    pub(crate) pricing: Pricing,
}

/// Programs are compiled once in a process and not once a chain. What is shared is a cache and has no influence on any
/// result; an engine also reserves much address space, which thousands of chains could not.
static ENGINE: LazyLock<StylusEngine> = LazyLock::new(StylusEngine::new);

impl Machine {
    pub(crate) fn new(arbos: ArbosVersion, chain_id: u64, pricing: Pricing) -> Self {
        let mut cfg = cfg_env(arbos, chain_id);
        // A contract may send transactions here: there are no signatures to protect.
        cfg.disable_eip3607 = true;
        Self {
            arbos,
            cfg,
            engine: ENGINE.clone(),
            pricing,
        }
    }

    /// Gas that a transaction may execute with, of what is left after its L1 part: the rest is set aside and returned.
    /// From ArbOS 50 the cap holds for the transaction as a whole, before for what comes after its intrinsic gas.
    fn executable_gas(&self, request: &Request, gas: u64) -> u64 {
        if gas <= TX_GAS_CAP {
            return gas;
        }
        let intrinsic = self.intrinsic_gas(request);
        let cap = if self.arbos >= ArbosVersion::V50 {
            TX_GAS_CAP.max(intrinsic)
        } else {
            TX_GAS_CAP + intrinsic
        };
        gas.min(cap)
    }

    pub(crate) fn arbos(&self) -> ArbosVersion {
        self.arbos
    }

    pub(crate) fn chain_id(&self) -> u64 {
        self.cfg.chain_id
    }

    /// Gas that the transaction costs before anything runs.
    fn intrinsic_gas(&self, request: &Request) -> u64 {
        let create = request.to.is_none();
        self.cfg
            .gas_params
            .initial_tx_gas(&request.data, create, 0, 0, 0, None)
            .initial_total_gas()
    }

    fn execute(
        &self,
        reader: Reader,
        request: &Request,
        block: BlockNumbers,
        gas_limit: u64,
        price_wei: u128,
        recent: RecentPrograms,
    ) -> Result<(Outcome, EvmState, RecentPrograms), Rejected> {
        let mut journaled_state: Journal<Reader> = Journal::new(reader);
        journaled_state.set_spec_id(self.cfg.spec);
        // Put together by hand: revm's builders make each part twice, which shows at this rate.
        let context = Context {
            block: block_env(block, price_wei),
            tx: self.tx_env(request, &journaled_state.database.state, gas_limit, price_wei)?,
            cfg: self.cfg.clone(),
            journaled_state,
            chain: (),
            local: LocalContext::default(),
            error: Ok(()),
        };
        let mut evm = StylusEvm::new(context, self.arbos, self.engine.clone());
        evm.set_recent(recent);
        evm.set_trace(request.traced);
        let result = evm.replay().map_err(|error| rejected(error, request))?;
        let mut outcome = outcome(result.result, evm.last_run());
        outcome.trace = request.traced.then(|| Box::new(evm.take_trace()));
        Ok((outcome, result.state, evm.take_recent()))
    }

    fn tx_env(
        &self,
        request: &Request,
        state: &State,
        gas_limit: u64,
        price_wei: u128,
    ) -> Result<TxEnv, Rejected> {
        Ok(TxEnv {
            tx_type: 2,
            caller: request.from,
            gas_limit,
            gas_price: price_wei,
            kind: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value_wei.ok_or(Rejected::Value)?,
            data: request.data.clone(),
            nonce: state.nonce(request.from),
            chain_id: Some(self.cfg.chain_id),
            access_list: AccessList::default(),
            gas_priority_fee: Some(0),
            blob_hashes: Vec::new(),
            max_fee_per_blob_gas: 0,
            authorization_list: Vec::new(),
        })
    }
}

fn block_env(block: BlockNumbers, price_wei: u128) -> BlockEnv {
    BlockEnv {
        number: U256::from(block.l1_number),
        beneficiary: SEQUENCER,
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

impl Chain {
    /// Runs a call on the next block's numbers. Nothing remains of it.
    pub(crate) fn run_call(&self, request: &Request) -> Result<Outcome, Rejected> {
        let block = self.pending();
        let price_wei = if request.free_gas {
            0
        } else {
            request.max_fee_wei.unwrap_or(0)
        };
        if price_wei > 0 && price_wei < u128::from(block.base_fee_wei) {
            return Err(Rejected::GasPriceTooLow {
                offered_wei: price_wei,
                base_fee_wei: block.base_fee_wei,
            });
        }
        let poster_gas = self.call_poster(request, block)?;
        let limit = request
            .gas
            .unwrap_or(CALL_GAS.saturating_add(poster_gas))
            .min(BLOCK_GAS_LIMIT);
        let executable = self.after_poster(request, limit, poster_gas)?;
        let recent = RecentPrograms::default();
        let (mut outcome, ..) =
            self.machine
                .execute(self.reader(block), request, block, executable, price_wei, recent)?;
        outcome.gas_used += poster_gas;
        Ok(outcome)
    }

    /// Includes a transaction in the open block, or in a new one.
    pub(crate) fn run_transaction(&mut self, request: &Request) -> Result<Receipt, Rejected> {
        let block = self.pending();
        let price_wei = match (request.free_gas, request.max_fee_wei) {
            (true, _) => 0,
            (false, Some(most)) => most,
            (false, None) => u128::from(block.base_fee_wei),
        };
        let nonce = self.check(request, block, price_wei)?;
        let limit = request.gas.unwrap_or(TX_GAS_CAP);
        let (poster_units, poster_gas) = self.poster(request, block, nonce, price_wei, limit)?;
        let executable = self.after_poster(request, limit, poster_gas)?;
        let executable = self.machine.executable_gas(request, executable);
        // The L1 part is paid before anything runs, so that the execution sees the balance without it.
        let poster_wei = U256::from(poster_gas) * U256::from(block.base_fee_wei);
        self.debit(request.from, poster_wei);
        let recent = self
            .clock
            .open
            .as_ref()
            .map(|open| open.recent.clone())
            .unwrap_or_default();
        let executed =
            self.machine
                .execute(self.reader(block), request, block, executable, price_wei, recent);
        let (mut outcome, changes, recent) = match executed {
            Ok(executed) => executed,
            Err(error) => {
                self.state_mut().credit(request.from, poster_wei);
                return Err(error);
            }
        };
        self.open_block().recent = recent;
        let paid = Paid {
            compute_gas: outcome.gas_used,
            poster_gas,
            poster_units,
            price_wei: if request.free_gas { 0 } else { block.base_fee_wei },
        };
        let state = Arc::make_mut(&mut self.state);
        state.commit(changes);
        self.machine.pricing.distribute(state, paid);
        outcome.gas_used += poster_gas;
        Ok(self.record(request, outcome, nonce, paid))
    }

    /// L1 units and gas of a transaction; none where L1 data costs nothing.
    fn poster(
        &self,
        request: &Request,
        block: BlockNumbers,
        nonce: u64,
        max_fee_wei: u128,
        gas_limit: u64,
    ) -> Result<(u64, u64), Rejected> {
        let price_wei = self.machine.pricing.l1_price_wei(&self.state);
        if price_wei.is_zero() || request.free_gas {
            return Ok((0, 0));
        }
        let transaction = StandIn {
            chain_id: self.chain_id(),
            nonce,
            tip_wei: 0,
            max_fee_wei,
            gas_limit,
            to: request.to,
            value_wei: request.value_wei.ok_or(Rejected::Value)?,
            data: &request.data,
            access_list: None,
            v: 1,
        };
        let units = poster::units(&transaction.raw(), BROTLI_LEVEL);
        Ok((units, poster::gas_down(units, price_wei, block.base_fee_wei)))
    }

    /// As [`Chain::poster`], for a read-only call, as the network estimates it.
    fn call_poster(&self, request: &Request, block: BlockNumbers) -> Result<u64, Rejected> {
        let price_wei = self.machine.pricing.l1_price_wei(&self.state);
        if price_wei.is_zero() || request.free_gas {
            return Ok(0);
        }
        let value_wei = request.value_wei.ok_or(Rejected::Value)?;
        let made_up = MadeUp {
            nonce: request.nonce,
            tip_wei: None,
            max_fee_wei: request.max_fee_wei,
            gas_limit: request.gas,
            to: request.to,
            value_wei,
            data: &request.data,
            access_list: None,
        };
        let units = made_up.padded_units(BROTLI_LEVEL);
        Ok(poster::gas_down(units, price_wei, block.base_fee_wei))
    }

    /// What a gas limit leaves after the L1 part.
    fn after_poster(&self, request: &Request, limit: u64, poster_gas: u64) -> Result<u64, Rejected> {
        if poster_gas == 0 {
            return Ok(limit);
        }
        let needed = self.machine.intrinsic_gas(request).saturating_add(poster_gas);
        if limit < needed {
            return Err(Rejected::GasLimitTooLow { limit, needed });
        }
        Ok(limit - poster_gas)
    }

    /// Takes wei that the account is known to have.
    fn debit(&mut self, from: Address, wei: U256) {
        if !wei.is_zero() {
            let balance = self.balance_of(from).saturating_sub(wei);
            self.state_mut().set_balance(from, balance);
        }
    }

    fn reader(&self, block: BlockNumbers) -> Reader {
        Reader {
            state: Arc::clone(&self.state),
            l1_number: block.l1_number,
            parent: block.parent,
        }
    }

    /// Everything that keeps a transaction out of a block, apart from its intrinsic gas, which the EVM checks.
    fn check(&self, request: &Request, block: BlockNumbers, price_wei: u128) -> Result<u64, Rejected> {
        let from = request.from;
        let next = self.state.nonce(from);
        if let Some(given) = request.nonce.filter(|given| *given != next) {
            return Err(Rejected::Nonce { from, given, next });
        }
        if next == u64::MAX {
            return Err(Rejected::NonceExhausted { from });
        }
        if !request.free_gas && price_wei < u128::from(block.base_fee_wei) {
            return Err(Rejected::GasPriceTooLow {
                offered_wei: price_wei,
                base_fee_wei: block.base_fee_wei,
            });
        }
        if request.to.is_none() && request.data.len() > INIT_CODE_LIMIT {
            return Err(Rejected::InitCodeTooLarge {
                size: request.data.len(),
                limit: INIT_CODE_LIMIT,
            });
        }
        let gas_wei = U256::from(price_wei) * U256::from(request.gas.unwrap_or(TX_GAS_CAP));
        let needed_wei = gas_wei.saturating_add(request.value_wei.ok_or(Rejected::Value)?);
        let balance_wei = self.state.balance(from);
        if balance_wei < needed_wei {
            return Err(Rejected::Funds {
                from,
                balance_wei,
                needed_wei,
            });
        }
        Ok(next)
    }

    fn record(&mut self, request: &Request, outcome: Outcome, nonce: u64, paid: Paid) -> Receipt {
        let keep = self.history_limit > 0;
        let open = self.open_block();
        let receipt = Receipt {
            status: outcome.status,
            output: outcome.output,
            gas_used: outcome.gas_used,
            gas_used_for_l1: paid.poster_gas,
            gas_refunded: outcome.gas_refunded,
            effective_gas_price_wei: u128::from(paid.price_wei),
            logs: outcome.logs,
            contract_address: outcome.created,
            from: request.from,
            to: request.to,
            nonce,
            block: open.number,
            timestamp: open.timestamp,
            tx_index: open.tx_count,
            trace: outcome.trace,
        };
        open.gas_used += receipt.gas_used;
        open.tx_count += 1;
        if keep {
            open.receipts.push(receipt.clone());
        }
        if self.clock.auto_mine {
            self.seal_if_open();
        }
        receipt
    }
}
