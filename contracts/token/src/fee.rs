//! Transfers, with the fee where one is set.

use mintage_kit::parts::erc20::ERC20InvalidReceiver;
use mintage_kit::prelude::*;
use mintage_kit::word::{is_zero, same, widen};
use mintage_mechanism::transfer_fee::{BPS, FeeError, MAX_FEE_BPS, TransferFee};

use crate::{Token, TokenNotFeeManager, name, out_of_range};

/// `struct Fee { uint16 feeBps; uint16 burnBps; address receiver; }`: one slot, the only one that a transfer without a fee
/// reads besides the two balances.
#[record]
pub(crate) struct Fee {
    /// The fee, basis points of the value.
    pub fee_bps: u16,
    /// The burned part, basis points of the fee.
    pub burn_bps: u16,
    /// Who receives the rest.
    pub receiver: Address,
}

impl Fee {
    /// A fee within its bounds.
    pub(crate) fn checked(fee_bps: u16, burn_bps: u16, receiver: &Address) -> Result<Self> {
        if let Err(error) = TransferFee::new(fee_bps, burn_bps) {
            let (name, value, max) = match error {
                FeeError::BurnShareTooHigh => (const { name(b"burnBps") }, burn_bps, BPS),
                _ => (const { name(b"feeBps") }, fee_bps, MAX_FEE_BPS),
            };
            return Err(out_of_range(name, &widen(u128::from(value)), 0, u128::from(max)));
        }
        let collects = fee_bps > 0 && burn_bps < BPS;
        ensure!(
            !collects || !(is_zero(receiver) || same(receiver, &this())),
            ERC20InvalidReceiver { receiver: *receiver }
        );
        Ok(Self {
            fee_bps,
            burn_bps,
            receiver: *receiver,
        })
    }
}

impl Token {
    /// Moves `value` out of `from`: to `to`, less the fee.
    pub(crate) fn send(&mut self, from: &Address, to: &Address, value: &U256) -> Result<bool> {
        let fee = self.fee.get();
        if fee.fee_bps == 0 {
            self.erc20.transfer(from, to, value)?;
        } else {
            self.send_with_fee(&fee, from, to, value)?;
        }
        Ok(true)
    }

    #[inline(never)]
    fn send_with_fee(&mut self, fee: &Fee, from: &Address, to: &Address, value: &U256) -> Result<()> {
        let exempt = self.fee_exempt.get(*from) || self.fee_exempt.get(*to);
        // The setting was checked when it was made.
        let rule = TransferFee::new(fee.fee_bps, fee.burn_bps).unwrap_or_default();
        let Ok(split) = rule.split(*value, exempt) else {
            return Err(Overflow.into());
        };
        self.erc20.debit(from, value)?;
        self.erc20.credit(from, to, &split.net)?;
        if !split.burned.is_zero() {
            self.count_burned(from, &split.burned);
        }
        if !split.collected.is_zero() {
            self.erc20.credit(from, &fee.receiver, &split.collected)?;
        }
        Ok(())
    }

    pub(crate) fn only_fee_manager(&self) -> Result<()> {
        let account = msg::sender();
        ensure!(
            same(&account, &self.fee_manager.get()),
            TokenNotFeeManager { account }
        );
        Ok(())
    }
}
