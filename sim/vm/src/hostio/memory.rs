//! Paying for memory pages.

use crate::{arbos::ArbosVersion, imports::HostFunction, pricing::HOSTIO_INK};

use super::{Escape, Io};

impl Io<'_> {
    /// Called before each `memory.grow` with the number of pages asked for, whether they can be had or not.
    pub(super) fn pay_for_memory_grow(&mut self, pages: u32) -> Result<(), Escape> {
        self.begin(HostFunction::PayForMemoryGrow)?;
        if pages > u32::from(u16::MAX) && self.run.arbos >= ArbosVersion::V59 {
            self.buy_gas(u64::MAX)?;
        }
        // Before ArbOS 59 the number was cut to 16 bits, for paying only.
        let pages = pages as u16;
        if pages == 0 {
            self.buy_ink(HOSTIO_INK)?;
        } else {
            let gas = self.host().add_pages(pages);
            self.buy_gas(gas)?;
        }
        self.trace(&[&pages.to_be_bytes()], &[]);
        Ok(())
    }
}
