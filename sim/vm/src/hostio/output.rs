//! Calldata in, result out, and what calls returned.

use crate::{
    imports::HostFunction,
    pricing::{read_price, write_price},
};

use super::{Escape, Io};

impl Io<'_> {
    pub(super) fn read_args(&mut self, dest: u32) -> Result<(), Escape> {
        self.begin(HostFunction::ReadArgs)?;
        let args = self.run.args.clone();
        self.buy_ink(write_price(args.len() as u32))?;
        self.write(dest, &args)?;
        self.trace(&[], &[&args]);
        Ok(())
    }

    pub(super) fn write_result(&mut self, data: u32, len: u32) -> Result<(), Escape> {
        self.begin(HostFunction::WriteResult)?;
        // The network charges the length twice.
        self.buy_ink(read_price(len))?;
        self.buy_ink(read_price(len))?;
        let at = data as usize;
        let result = self
            .memory
            .get(at..at + len as usize)
            .ok_or(super::OUT_OF_BOUNDS)?;
        self.run.output.clear();
        self.run.output.extend_from_slice(result);
        if self.run.tracing {
            let result = result.to_vec();
            self.trace(&[&result], &[]);
        }
        Ok(())
    }

    pub(super) fn exit_early(&mut self, status: u32) -> Result<(), Escape> {
        self.begin(HostFunction::ExitEarly)?;
        self.trace(&[&status.to_be_bytes()], &[]);
        Err(Escape::Exit(status))
    }

    pub(super) fn read_return_data(&mut self, dest: u32, offset: u32, size: u32) -> Result<u32, Escape> {
        self.begin(HostFunction::ReadReturnData)?;
        let data = self.run.return_data.clone();
        let rest = data.get(offset as usize..).unwrap_or_default();
        let part = &rest[..rest.len().min(size as usize)];
        self.buy_ink(write_price(part.len() as u32))?;
        // Where there is nothing to read, the destination is not looked at.
        if !rest.is_empty() {
            self.write(dest, part)?;
        }
        self.trace(&[&offset.to_be_bytes(), &size.to_be_bytes()], &[part]);
        Ok(part.len() as u32)
    }

    pub(super) fn return_data_size(&mut self) -> Result<u32, Escape> {
        self.begin(HostFunction::ReturnDataSize)?;
        let len = self.run.return_data.len() as u32;
        self.trace(&[], &[&len.to_be_bytes()]);
        Ok(len)
    }
}
