//! How much gas a transaction must be given.
//!
//! Not what it uses: gas that is refunded, or held back from inner calls, has to be there first. So the least limit with
//! which it succeeds is searched for, by halving, and the search ends when the rest is 1.5 percent. The result contains
//! gas for L1 data, a tenth more than now at seven eighths of the base fee, for prices move until it is sent.

use super::{BlockId, CallError, CallRequest, ChainReader};
use crate::Chain;
use crate::call::{Called, L1Estimate};
use crate::clock::BlockNumbers;
use crate::error::Rejected;
use crate::execute::Request;
use crate::overrides::Overrides;
use crate::receipt::Status;
use alloy_primitives::U256;

/// Parts of a thousand of the upper bound at which the search ends.
const TOLERANCE_PER_MILLE: u64 = 15;
/// Gas that a call with value gives its receiver on top.
const CALL_STIPEND: u64 = 2_300;

impl ChainReader {
    /// Gas to give a transaction, by the network's rule.
    ///
    /// # Errors
    /// [`CallError::Reverted`] with its data if it fails with all the gas there is; [`CallError::GasAllowance`] if there is
    /// too little, for the limit of the request, the cap of a node or the sender's balance at the price given;
    /// [`CallError::Rejected`] if it cannot begin.
    pub fn estimate_gas(
        &self,
        id: BlockId,
        call: &CallRequest,
        overrides: &Overrides,
    ) -> Result<u64, CallError> {
        let chain = self.scratch(id, overrides)?;
        let gas = Search::new(&chain, call).and_then(|search| search.run(call));
        // An error may be one only because something could not be read.
        chain.readable()?;
        gas
    }

    /// What the L1 data of a transaction will take, by the network's rule, at the prices of a block.
    ///
    /// # Errors
    /// [`CallError::Rejected`] if it is no transaction, [`CallError::Read`] if the state is not there.
    pub fn l1_estimate(&self, id: BlockId, call: &CallRequest) -> Result<L1Estimate, CallError> {
        let chain = self.scratch(id, &Overrides::default())?;
        let estimate = chain.l1_estimate(&call.request(), chain.call_block());
        chain.readable()?;
        Ok(estimate?)
    }
}

/// The executions of one search.
struct Search<'a> {
    chain: &'a Chain,
    request: Request,
    block: BlockNumbers,
    price_wei: u128,
    poster_gas: u64,
}

impl<'a> Search<'a> {
    fn new(chain: &'a Chain, call: &CallRequest) -> Result<Self, CallError> {
        let request = Request {
            // What is compressed has a made-up limit, so that the L1 part is the same in each try.
            gas: None,
            ..call.request()
        };
        let block = chain.call_block();
        Ok(Self {
            chain,
            price_wei: chain.call_price(&request, block)?,
            poster_gas: chain.estimated_poster(&request, block)?,
            request,
            block,
        })
    }

    /// The execution with this limit; `None` if that does not even cover what comes before it.
    fn with(&self, limit: u64) -> Result<Option<Called>, CallError> {
        let called =
            self.chain
                .run_limited(&self.request, self.block, self.price_wei, limit, self.poster_gas);
        match called {
            Ok(called) => Ok(Some(called)),
            Err(Rejected::GasLimitTooLow { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn succeeds(&self, limit: u64) -> Result<bool, CallError> {
        Ok(self
            .with(limit)?
            .is_some_and(|called| called.outcome.status == Status::Success))
    }

    /// The most that the transaction may have.
    fn allowance(&self, call: &CallRequest) -> Result<u64, CallError> {
        let cap = call.cap().saturating_add(self.poster_gas);
        let most = call
            .gas
            .filter(|gas| *gas >= 21_000)
            .map_or(cap, |gas| gas.min(cap));
        if self.price_wei == 0 {
            return Ok(most);
        }
        let balance_wei = self.chain.balance_of(self.request.from);
        let Some(for_gas) = balance_wei.checked_sub(call.value) else {
            return Err(CallError::Rejected(Rejected::Funds {
                from: self.request.from,
                balance_wei,
                needed_wei: call.value,
            }));
        };
        Ok(most.min((for_gas / U256::from(self.price_wei)).saturating_to()))
    }

    fn run(&self, call: &CallRequest) -> Result<u64, CallError> {
        let mut high = self.allowance(call)?;
        let plain = self.request.data.is_empty()
            && self.request.authorization_list.is_empty()
            && self.request.to.is_some_and(|to| !self.chain.has_code(to));
        if plain && high >= 21_000 && self.succeeds(21_000)? {
            return Ok(21_000);
        }
        let Some(at_most) = self.with(high)? else {
            return Err(CallError::GasAllowance { allowance: high });
        };
        let outcome = &at_most.outcome;
        match &outcome.status {
            Status::Success => {}
            Status::Reverted => {
                let output = outcome.output.clone();
                return Err(CallError::Reverted { output });
            }
            Status::Halted(halt) if halt.is_for_want_of_gas() => {
                return Err(CallError::GasAllowance { allowance: high });
            }
            Status::Halted(halt) => return Err(CallError::Halted(halt.clone())),
        }
        let mut low = outcome.gas_used.saturating_sub(1);
        // Mostly right at once: what was used, what was refunded, a stipend, and what one call holds back.
        let spent = outcome
            .gas_used
            .saturating_add(outcome.gas_refunded)
            .saturating_add(CALL_STIPEND);
        let guess = spent.saturating_mul(64) / 63;
        if guess < high {
            if self.succeeds(guess)? {
                high = guess;
            } else {
                low = guess;
            }
        }
        while low + 1 < high && (high - low).saturating_mul(1_000) >= high.saturating_mul(TOLERANCE_PER_MILLE)
        {
            // The answer is mostly near the lower bound.
            let middle = (low + (high - low) / 2).min(low.saturating_mul(2));
            if self.succeeds(middle)? {
                high = middle;
            } else {
                low = middle;
            }
        }
        Ok(high)
    }
}
