//! Calls: executions of which nothing remains.

use alloy_primitives::{Address, U256};
use mintage_vm::arbos::poster::{self, MadeUp};
use mintage_vm::runtime::RecentPrograms;
use revm::state::EvmState;

use crate::Chain;
use crate::clock::BlockNumbers;
use crate::error::Rejected;
use crate::execute::{BLOCK_GAS_LIMIT, CALL_GAS, Request, SEQUENCER, Surroundings};
use crate::outcome::Outcome;

/// An execution of which nothing remains.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) outcome: Outcome,
    /// What was read and written.
    pub(crate) touched: EvmState,
    pub(crate) poster_gas: u64,
}

/// Gas for the L1 data of a transaction that is yet to be sent, rounded down, and what it comes from. In both kinds of gas is a tenth more
/// than the data takes now, for prices move until it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1Estimate {
    /// As part of an estimate of gas: at seven eighths of the base fee, but not below the least one.
    pub gas: u64,
    /// At the base fee.
    pub gas_at_base_fee: u64,
    /// Wei for a unit of gas.
    pub base_fee_wei: u64,
    /// Wei for a unit of L1 data; 16 units are one compressed byte.
    pub price_per_unit_wei: U256,
}

impl Chain {
    /// The numbers of the block that a call runs in.
    pub(crate) fn call_block(&self) -> BlockNumbers {
        let mut block = self.pending();
        if let Some(overrides) = &self.block_overrides {
            block.number = overrides.number.unwrap_or(block.number);
            block.timestamp = overrides.time.unwrap_or(block.timestamp);
            block.coinbase = overrides.coinbase.unwrap_or(block.coinbase);
            block.base_fee_wei = overrides.base_fee_wei.unwrap_or(block.base_fee_wei);
        }
        block
    }

    /// Runs a call on the next block's numbers. Nothing remains of it.
    pub(crate) fn run_call(&self, request: &Request) -> Result<Outcome, Rejected> {
        Ok(self.run_call_whole(request)?.outcome)
    }

    /// As [`Chain::run_call`], with everything else that came of it.
    pub(crate) fn run_call_whole(&self, request: &Request) -> Result<Called, Rejected> {
        let block = self.call_block();
        let price_wei = self.call_price(request, block)?;
        let poster_gas = self.call_poster(request, block)?;
        let most = CALL_GAS.saturating_add(poster_gas);
        let limit = request.gas.unwrap_or(most).min(BLOCK_GAS_LIMIT);
        self.run_limited(request, block, price_wei, limit, poster_gas)
    }

    /// What a call pays for a unit of gas: nothing unless it says so.
    pub(crate) fn call_price(&self, request: &Request, block: BlockNumbers) -> Result<u128, Rejected> {
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
        Ok(price_wei)
    }

    /// Runs a call with a gas limit, of which a part goes to L1.
    pub(crate) fn run_limited(
        &self,
        request: &Request,
        block: BlockNumbers,
        price_wei: u128,
        limit: u64,
        poster_gas: u64,
    ) -> Result<Called, Rejected> {
        let executable = self.after_poster(request, limit, poster_gas)?;
        let surroundings = Surroundings {
            tx_type: 2,
            poster_fee_wei: U256::from(poster_gas) * U256::from(block.base_fee_wei),
            off_chain: true,
            moved_precompiles: self.moved_precompiles.clone(),
            ..self.surroundings(block)
        };
        let env = self.block_env(block, price_wei);
        let (mut outcome, touched, _) = self.machine.execute(
            self.state_reader(block),
            request,
            env,
            executable,
            self.offer(request, price_wei),
            (RecentPrograms::default(), surroundings),
        )?;
        outcome.gas_used += poster_gas;
        Ok(Called {
            outcome,
            touched,
            poster_gas,
        })
    }

    /// As [`Chain::poster`], for a read-only call, as the network estimates it.
    pub(crate) fn call_poster(&self, request: &Request, block: BlockNumbers) -> Result<u64, Rejected> {
        let price_wei = self.machine.pricing.l1_price_wei(&self.state);
        if price_wei.is_zero() || request.free_gas || request.skips_l1 || block.coinbase != SEQUENCER {
            return Ok(0);
        }
        let units = made_up(request)?.padded_units(self.brotli_level());
        Ok(poster::gas_down(units, price_wei, block.base_fee_wei))
    }

    /// As [`Chain::call_poster`], as an estimate of gas tells it: a tenth more, at seven eighths of the base fee but not
    /// below the least one.
    pub(crate) fn estimated_poster(&self, request: &Request, block: BlockNumbers) -> Result<u64, Rejected> {
        Ok(self.l1_estimate(request, block)?.gas)
    }

    /// What L1 data takes, as estimates tell it.
    pub(crate) fn l1_estimate(&self, request: &Request, block: BlockNumbers) -> Result<L1Estimate, Rejected> {
        let (price_wei, base_fee_wei) = (self.machine.pricing.l1_price_wei(&self.state), block.base_fee_wei);
        let units = if price_wei.is_zero() || request.skips_l1 || block.coinbase != SEQUENCER {
            0
        } else {
            let made_up = MadeUp {
                gas_limit: None,
                ..made_up(request)?
            };
            made_up.padded_units(self.brotli_level())
        };
        let least = self.machine.pricing.min_base_fee_wei(&self.state);
        Ok(L1Estimate {
            gas: poster::estimated_gas_down(units, price_wei, base_fee_wei, least),
            // The least fee is the base fee: nothing is taken off it.
            gas_at_base_fee: poster::estimated_gas_down(units, price_wei, base_fee_wei, base_fee_wei),
            base_fee_wei,
            price_per_unit_wei: price_wei,
        })
    }

    /// Whether a precompile stands at an address.
    pub(crate) fn is_precompile(&self, address: Address) -> bool {
        let mut number = [0; 2];
        number.copy_from_slice(&address[18..]);
        let small = address[..18].iter().all(|byte| *byte == 0);
        let is_ethereums = matches!(u16::from_be_bytes(number), 0x01..=0x11 | 0x100);
        small && (is_ethereums || self.code_at(address).as_ref() == [0xfe])
    }
}

/// The transaction that the network makes up for a call.
fn made_up(request: &Request) -> Result<MadeUp<'_>, Rejected> {
    Ok(MadeUp {
        nonce: request.nonce,
        tip_wei: Some(request.tip_wei),
        max_fee_wei: request.max_fee_wei,
        gas_limit: request.gas,
        to: request.to,
        value_wei: request.value_wei.ok_or(Rejected::Value)?,
        data: &request.data,
        access_list: Some(&request.access_list),
        authorization_list: &request.authorization_list,
    })
}
