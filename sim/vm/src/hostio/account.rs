//! Other accounts: balance, code, code hash.

use revm::primitives::Bytes;

use crate::{arbos::ArbosVersion, imports::HostFunction, pricing::write_price};

use super::{Escape, Io, hash};

/// Gas that must be left before an account is touched.
const COLD_ACCOUNT_GAS: u64 = 2600;

impl Io<'_> {
    pub(super) fn account_balance(&mut self, address: u32, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::AccountBalance)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.read_address(address)?;
        let (balance, gas) = self.host().balance(address)?;
        self.buy_gas(gas)?;
        self.write_word(dest, balance)?;
        self.trace(&[&address.0.0], &[&hash(balance).0]);
        Ok(())
    }

    pub(super) fn account_codehash(&mut self, address: u32, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::AccountCodehash)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.read_address(address)?;
        let (code_hash, gas) = self.host().code_hash(address)?;
        self.buy_gas(gas)?;
        self.write(dest, &code_hash.0)?;
        self.trace(&[&address.0.0], &[&code_hash.0]);
        Ok(())
    }

    pub(super) fn account_code(
        &mut self,
        address: u32,
        offset: u32,
        size: u32,
        dest: u32,
    ) -> Result<u32, Escape> {
        self.begin(HostFunction::AccountCode)?;
        let (pointer, code) = (address, self.load_code(address)?);
        self.buy_ink(write_price(code.len() as u32))?;
        let start = code.len().min(offset as usize);
        let part = &code[start..code.len().min(start + size as usize)];
        self.write(dest, part)?;
        if self.run.tracing {
            let address = self.read_address(pointer)?;
            self.trace(
                &[&address.0.0, &offset.to_be_bytes(), &size.to_be_bytes()],
                &[part],
            );
        }
        Ok(part.len() as u32)
    }

    pub(super) fn account_code_size(&mut self, address: u32) -> Result<u32, Escape> {
        self.begin(HostFunction::AccountCodeSize)?;
        let (pointer, len) = (address, self.load_code(address)?.len() as u32);
        if self.run.tracing {
            let address = self.read_address(pointer)?;
            self.trace(&[&address.0.0], &[&len.to_be_bytes()]);
        }
        Ok(len)
    }

    /// The code of the account at `address`, paid for unless it is the one that this instance read last.
    fn load_code(&mut self, address: u32) -> Result<Bytes, Escape> {
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.read_address(address)?;
        if let Some((last, code)) = &self.run.last_code
            && *last == address
        {
            return Ok(code.clone());
        }
        let gas_left = self.gas_left();
        let (code, gas) = self.host().code(address, gas_left)?;
        // From ArbOS 40 empty code is asked for again: it may have been created meanwhile.
        if !code.is_empty() || self.run.arbos < ArbosVersion::V40 {
            self.run.last_code = Some((address, code.clone()));
        }
        self.buy_gas(gas)?;
        Ok(code)
    }
}
