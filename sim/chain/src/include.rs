//! A transaction in a block: it is checked ([`crate::check`]), executed, its changes are
//! committed, its fees distributed, its receipt put into the open block.

use std::sync::Arc;

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, TxKind, U256};
use mintage_vm::arbos::ArbosVersion;
use mintage_vm::arbos::poster::{self, StandIn};
use mintage_vm::arbos::retry;
use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, schema};
use revm::context::BlockEnv;
use revm::context_interface::transaction::AccessList;

use crate::Chain;
use crate::clock::{BlockNumbers, LEAST_BUDGET};
use crate::error::Rejected;
use crate::execute::{Offer, Request, SEQUENCER, Surroundings, TX_GAS_CAP, block_env};
use crate::ledger::{MinedTransaction, TransactionReceipt};
use crate::outcome::{Outcome, Touched};
use crate::pricing::Paid;
use crate::receipt::Receipt;
use crate::state::Reader;
use crate::transaction::Transaction;

/// What was executed, on its way into the block.
#[derive(Debug)]
pub(crate) struct Included {
    /// The transaction as readers see it, on a chain that has readers.
    pub(crate) shown: Option<Arc<Transaction>>,
    pub(crate) from: Address,
    pub(crate) to: Option<Address>,
    pub(crate) nonce: u64,
    pub(crate) outcome: Outcome,
    pub(crate) poster_gas: u64,
    pub(crate) price_wei: u128,
}

impl Chain {
    /// Includes a transaction in the open block, or in a new one.
    pub(crate) fn run_transaction(&mut self, request: &Request) -> Result<Receipt, Rejected> {
        Ok(self.run_transaction_whole(request)?.0)
    }

    /// As [`Chain::run_transaction`], with what it looked at, if it is traced.
    pub(crate) fn run_transaction_whole(
        &mut self,
        request: &Request,
    ) -> Result<(Receipt, Vec<Touched>), Rejected> {
        let ran = self.whole(|chain| chain.include(request))?;
        if self.clock.auto_mine {
            self.seal_if_open();
        }
        Ok(ran)
    }

    /// Puts a transaction into the open block, or into a new one, which stays open. It may leave something behind if it fails:
    /// it belongs into [`Chain::whole`].
    pub(crate) fn include(&mut self, request: &Request) -> Result<(Receipt, Vec<Touched>), Rejected> {
        let block = self.pending();
        let price_wei = match (request.free_gas, request.max_fee_wei) {
            (true, _) => 0,
            (false, Some(most)) => most,
            (false, None) => u128::from(block.base_fee_wei),
        };
        let shown = self.shown(request, price_wei);
        let request = shown.as_ref().unwrap_or(request);
        let nonce = self.check(request, block, price_wei)?;
        let limit = request.gas.unwrap_or(TX_GAS_CAP);
        let offer = self.offer(request, price_wei);
        let tip_wei = offer.tip_over(block.base_fee_wei);
        let paid_wei = u128::from(block.base_fee_wei) + tip_wei;
        let (poster_units, poster_gas) = self.poster(request, block, nonce, (price_wei, paid_wei), limit)?;
        let executable = self.after_poster(request, limit, poster_gas)?;
        let executable = self
            .machine
            .executable_gas(request, executable, self.tx_gas_cap());
        self.open_block();
        // The L1 part is paid before anything runs, so that the execution sees the balance without it.
        let poster_wei = U256::from(poster_gas) * U256::from(paid_wei);
        self.debit(request.from, poster_wei);
        let recent = self.open_block().recent.clone();
        let surroundings = Surroundings {
            tx_type: request
                .transaction
                .as_ref()
                .map_or(2, |transaction| transaction.ty()),
            poster_fee_wei: poster_wei,
            ..self.surroundings(block)
        };
        let executed = self.machine.execute(
            self.state_reader(block),
            request,
            self.block_env(block, price_wei),
            executable,
            offer,
            (recent, surroundings),
        );
        let (mut outcome, changes, recent) = executed?;
        self.open_block().recent = recent;
        let paid = Paid {
            compute_gas: outcome.gas_used,
            poster_gas,
            poster_units,
            price_wei: if request.free_gas { 0 } else { block.base_fee_wei },
            tip_wei,
        };
        self.state_mut().commit(changes);
        // The EVM gives tips to who made the block; ArbOS gives them to the network.
        self.debit(block.coinbase, U256::from(tip_wei) * U256::from(outcome.gas_used));
        self.machine
            .pricing
            .distribute(Arc::make_mut(&mut self.state), paid);
        outcome.gas_used += poster_gas;
        let touched = std::mem::take(&mut outcome.touched);
        let receipt = self.record(Included {
            shown: self.node.as_ref().and(request.transaction.clone()),
            from: request.from,
            to: request.to,
            nonce,
            outcome,
            poster_gas,
            price_wei: if request.free_gas { 0 } else { paid_wei },
        });
        self.run_scheduled(&receipt.logs)?;
        Ok((receipt, touched))
    }

    /// What an execution offers: its tip counts only where tips are collected.
    pub(crate) fn offer(&self, request: &Request, max_fee_wei: u128) -> Offer {
        let collects = max_fee_wei > 0 && self.machine.pricing.collects_tips(&self.state);
        Offer {
            max_fee_wei,
            tip_wei: if collects { request.tip_wei } else { 0 },
        }
    }

    /// L1 units and gas of a transaction that offers one price and pays another; none where L1 data costs nothing.
    fn poster(
        &self,
        request: &Request,
        block: BlockNumbers,
        nonce: u64,
        (max_fee_wei, paid_wei): (u128, u128),
        gas_limit: u64,
    ) -> Result<(u64, u64), Rejected> {
        let price_wei = self.machine.pricing.l1_price_wei(&self.state);
        if price_wei.is_zero() || request.free_gas || block.coinbase != SEQUENCER {
            return Ok((0, 0));
        }
        let raw = match &request.transaction {
            Some(transaction) => transaction.raw(),
            None => StandIn {
                chain_id: self.chain_id(),
                nonce,
                tip_wei: 0,
                max_fee_wei,
                gas_limit,
                to: request.to,
                value_wei: request.value_wei.ok_or(Rejected::Value)?,
                data: &request.data,
                access_list: None,
                authorization_list: &request.authorization_list,
                v: 1,
            }
            .raw()
            .into(),
        };
        let units = poster::units(&raw, self.brotli_level());
        // Without a base fee the data costs nothing, whatever the tip.
        if block.base_fee_wei == 0 {
            return Ok((units, 0));
        }
        let paid_wei = u64::try_from(paid_wei).unwrap_or(u64::MAX);
        Ok((units, poster::gas_down(units, price_wei, paid_wei)))
    }

    /// Gas that a user's transaction may use for other things than its L1 data, without regard to the cap.
    pub(crate) fn compute_limit(&self, request: &Request) -> Result<u64, Rejected> {
        let (block, limit) = (self.pending(), request.gas.unwrap_or(TX_GAS_CAP));
        let prices_wei = (request.max_fee_wei.unwrap_or(0), block.base_fee_wei.into());
        let nonce = request.nonce.unwrap_or(0);
        let (_, poster_gas) = self.poster(request, block, nonce, prices_wei, limit)?;
        Ok(limit.saturating_sub(poster_gas))
    }

    /// Takes wei that the account is known to have.
    fn debit(&mut self, from: Address, wei: U256) {
        if !wei.is_zero() {
            let balance = self.balance_of(from).saturating_sub(wei);
            self.state_mut().set_balance(from, balance);
        }
    }

    pub(crate) fn state_reader(&self, block: BlockNumbers) -> Reader {
        Reader {
            state: Arc::clone(&self.state),
            l1_number: block.l1_number,
            parent: block.parent,
        }
    }

    /// The block as the EVM sees it.
    pub(crate) fn block_env(&self, block: BlockNumbers, price_wei: u128) -> BlockEnv {
        let mut env = block_env(block, price_wei);
        if let Some(overrides) = &self.block_overrides {
            overrides.gas_limit.inspect(|limit| env.gas_limit = *limit);
            if let Some(difficulty) = overrides.difficulty {
                env.difficulty = difficulty;
                env.prevrandao = Some(difficulty.into());
            }
        }
        env
    }

    /// Puts what was executed into the open block.
    pub(crate) fn record(&mut self, included: Included) -> Receipt {
        let keep = self.history_limit > 0;
        let outcome = included.outcome;
        let open = self.open_block();
        let receipt = Receipt {
            status: outcome.status,
            output: outcome.output,
            gas_used: outcome.gas_used,
            gas_used_for_l1: included.poster_gas,
            gas_refunded: outcome.gas_refunded,
            effective_gas_price_wei: included.price_wei,
            logs: outcome.logs,
            contract_address: outcome.created,
            from: included.from,
            to: included.to,
            nonce: included.nonce,
            block: open.number,
            timestamp: open.timestamp,
            tx_index: open.tx_count,
            trace: outcome.trace,
        };
        open.gas_used = open.gas_used.saturating_add(receipt.gas_used);
        let compute_gas = receipt.gas_used - receipt.gas_used_for_l1;
        // What redeems were given they use themselves.
        let own_gas = compute_gas.saturating_sub(retry::donated_gas(&receipt.logs));
        open.budget_used = open.budget_used.saturating_add(own_gas.max(LEAST_BUDGET));
        open.tx_count += 1;
        if let Some(transaction) = included.shown {
            let last = open.mined.last().map(|last| &last.receipt);
            let logs = last.map_or(0, |last| last.first_log_index + last.logs.len() as u64);
            let receipt = TransactionReceipt::new(&receipt, transaction.ty(), open.gas_used, logs);
            open.mined.push(MinedTransaction { transaction, receipt });
        }
        if keep {
            open.receipts.push(receipt.clone());
        }
        receipt
    }

    /// Gas that a transaction may execute with, as the chain's owner has set it.
    fn tx_gas_cap(&self) -> u64 {
        let slots = &schema().l2;
        let slot = if self.arbos() >= ArbosVersion::V50 {
            slots.tx_limit
        } else {
            slots.block_limit
        };
        self.state.slot(ARBOS_STATE_ADDRESS, slot).saturating_to()
    }

    /// How hard the network compresses transactions to price them.
    pub(crate) fn brotli_level(&self) -> u32 {
        self.state
            .slot(ARBOS_STATE_ADDRESS, schema().root.brotli_level)
            .saturating_to()
    }

    /// What ArbOS's precompiles are told in a block.
    pub(crate) fn surroundings(&self, block: BlockNumbers) -> Surroundings {
        Surroundings {
            l2_block_number: block.number,
            l2_block_hashes: self.l2_hashes(),
            base_fee_wei: Some(block.base_fee_wei),
            debug_precompiles: true,
            ..Surroundings::default()
        }
    }

    /// The request with the transaction that readers see, on a chain that has readers. One that was made in the process has
    /// no other form than its request.
    fn shown(&self, request: &Request, price_wei: u128) -> Option<Request> {
        if self.node.is_none() || request.transaction.is_some() {
            return None;
        }
        let body = TxEip1559 {
            chain_id: self.chain_id(),
            nonce: request.nonce.unwrap_or_else(|| self.nonce(request.from)),
            gas_limit: request.gas.unwrap_or(TX_GAS_CAP),
            max_fee_per_gas: price_wei,
            max_priority_fee_per_gas: 0,
            to: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value_wei.unwrap_or_default(),
            access_list: AccessList::default(),
            input: request.data.clone(),
        };
        Some(Request {
            transaction: Some(Arc::new(Transaction::unsigned(body.into(), request.from))),
            ..request.clone()
        })
    }
}
