//! Block, message and transaction; gas and ink left.

use revm::primitives::U256;

use crate::imports::HostFunction;

use super::{Escape, Io, hash};

impl Io<'_> {
    fn put_word(&mut self, dest: u32, word: U256) -> Result<(), Escape> {
        self.write_word(dest, word)?;
        self.trace(&[], &[&hash(word).0]);
        Ok(())
    }

    fn put_address(&mut self, dest: u32, address: revm::primitives::Address) -> Result<(), Escape> {
        self.write(dest, &address.0.0)?;
        self.trace(&[], &[&address.0.0]);
        Ok(())
    }

    fn give_u64(&mut self, value: u64) -> Result<u64, Escape> {
        self.trace(&[], &[&value.to_be_bytes()]);
        Ok(value)
    }

    fn give_u32(&mut self, value: u32) -> Result<u32, Escape> {
        self.trace(&[], &[&value.to_be_bytes()]);
        Ok(value)
    }

    pub(super) fn block_basefee(&mut self, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::BlockBasefee)?;
        let fee = self.host().block_basefee();
        self.put_word(dest, U256::from(fee))
    }

    pub(super) fn block_coinbase(&mut self, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::BlockCoinbase)?;
        let coinbase = self.host().block_coinbase();
        self.put_address(dest, coinbase)
    }

    pub(super) fn block_gas_limit(&mut self) -> Result<u64, Escape> {
        self.begin(HostFunction::BlockGasLimit)?;
        let limit = self.host().block_gas_limit();
        self.give_u64(limit)
    }

    pub(super) fn block_number(&mut self) -> Result<u64, Escape> {
        self.begin(HostFunction::BlockNumber)?;
        let number = self.host().block_number();
        self.give_u64(number)
    }

    pub(super) fn block_timestamp(&mut self) -> Result<u64, Escape> {
        self.begin(HostFunction::BlockTimestamp)?;
        let timestamp = self.host().block_timestamp();
        self.give_u64(timestamp)
    }

    pub(super) fn chainid(&mut self) -> Result<u64, Escape> {
        self.begin(HostFunction::Chainid)?;
        let id = self.host().chain_id();
        self.give_u64(id)
    }

    pub(super) fn contract_address(&mut self, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::ContractAddress)?;
        self.put_address(dest, self.run.address)
    }

    pub(super) fn evm_gas_left(&mut self) -> Result<u64, Escape> {
        self.begin(HostFunction::EvmGasLeft)?;
        let gas = self.gas_left();
        self.give_u64(gas)
    }

    pub(super) fn evm_ink_left(&mut self) -> Result<u64, Escape> {
        self.begin(HostFunction::EvmInkLeft)?;
        self.give_u64(self.ink)
    }

    pub(super) fn msg_reentrant(&mut self) -> Result<u32, Escape> {
        self.begin(HostFunction::MsgReentrant)?;
        self.give_u32(self.run.reentrant.into())
    }

    pub(super) fn msg_sender(&mut self, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::MsgSender)?;
        self.put_address(dest, self.run.sender)
    }

    pub(super) fn msg_value(&mut self, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::MsgValue)?;
        self.put_word(dest, self.run.value)
    }

    pub(super) fn tx_gas_price(&mut self, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::TxGasPrice)?;
        let price = self.host().tx_gas_price();
        self.put_word(dest, U256::from(price))
    }

    pub(super) fn tx_ink_price(&mut self) -> Result<u32, Escape> {
        self.begin(HostFunction::TxInkPrice)?;
        self.give_u32(self.run.ink_price)
    }

    pub(super) fn tx_origin(&mut self, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::TxOrigin)?;
        let origin = self.host().tx_origin();
        self.put_address(dest, origin)
    }
}
