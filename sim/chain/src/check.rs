//! What keeps a transaction out of a block: nothing has changed when it is refused.

use alloy_primitives::U256;

use crate::Chain;
use crate::clock::BlockNumbers;
use crate::error::Rejected;
use crate::execute::{INIT_CODE_LIMIT, Request, TX_GAS_CAP};

/// Type of transactions that delegate accounts to code (EIP-7702).
const DELEGATING_TYPE: u8 = 4;

impl Chain {
    /// Everything that keeps a transaction out of a block, in the network's order, apart from what its L1 part adds to its
    /// intrinsic gas.
    pub(crate) fn check(
        &self,
        request: &Request,
        block: BlockNumbers,
        price_wei: u128,
    ) -> Result<u64, Rejected> {
        let from = request.from;
        let next = self.state.nonce(from);
        if let Some(given) = request.nonce.filter(|given| *given != next) {
            return Err(Rejected::Nonce { from, given, next });
        }
        if next == u64::MAX {
            return Err(Rejected::NonceExhausted { from });
        }
        self.check_sender(request)?;
        if request.tip_wei > price_wei {
            return Err(Rejected::TipAboveMaxFee {
                from,
                tip_wei: request.tip_wei,
                max_fee_wei: price_wei,
            });
        }
        if !request.free_gas && price_wei < u128::from(block.base_fee_wei) {
            return Err(Rejected::GasPriceTooLow {
                offered_wei: price_wei,
                base_fee_wei: block.base_fee_wei,
            });
        }
        let delegates = request
            .transaction
            .as_ref()
            .is_some_and(|transaction| transaction.ty() == DELEGATING_TYPE);
        if delegates && request.authorization_list.is_empty() {
            return Err(Rejected::NoAuthorization { from });
        }
        let gas_wei = U256::from(price_wei) * U256::from(request.gas.unwrap_or(TX_GAS_CAP));
        let value_wei = request.value_wei.ok_or(Rejected::Value)?;
        let needed_wei = gas_wei
            .checked_add(value_wei)
            .ok_or(Rejected::CostOverflow { from })?;
        let balance_wei = self.state.balance(from);
        if balance_wei < needed_wei {
            return Err(Rejected::Funds {
                from,
                balance_wei,
                needed_wei,
            });
        }
        self.check_size(request)?;
        Ok(next)
    }

    /// A key cannot sign for a contract, unless the code only delegates (EIP-3607, EIP-7702). In-process senders and
    /// impersonated ones sign nothing.
    fn check_sender(&self, request: &Request) -> Result<(), Rejected> {
        let signed = request
            .transaction
            .as_ref()
            .is_some_and(|transaction| !transaction.is_impersonated());
        if signed {
            let code = self.state.code(request.from);
            if !code.is_empty() && !code.is_eip7702() {
                return Err(Rejected::SenderHasCode {
                    from: request.from,
                    code_hash: self.state.code_hash(request.from),
                });
            }
        }
        Ok(())
    }

    fn check_size(&self, request: &Request) -> Result<(), Rejected> {
        if let (Some(limit), needed) = (request.gas, self.machine.least_gas(request, &self.state))
            && limit < needed
        {
            return Err(Rejected::GasLimitTooLow { limit, needed });
        }
        if request.to.is_none() && request.data.len() > INIT_CODE_LIMIT {
            return Err(Rejected::InitCodeTooLarge {
                size: request.data.len(),
                limit: INIT_CODE_LIMIT,
            });
        }
        Ok(())
    }

    /// What a gas limit leaves after the L1 part.
    pub(crate) fn after_poster(
        &self,
        request: &Request,
        limit: u64,
        poster_gas: u64,
    ) -> Result<u64, Rejected> {
        if poster_gas == 0 {
            return Ok(limit);
        }
        let least = self.machine.least_gas(request, &self.state);
        let needed = least.saturating_add(poster_gas);
        if limit < needed {
            return Err(Rejected::GasLimitTooLow { limit, needed });
        }
        Ok(limit - poster_gas)
    }
}
