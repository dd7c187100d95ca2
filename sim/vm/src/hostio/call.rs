//! Calls, deployments and logs.

use revm::primitives::{B256, Bytes};

use crate::{
    host::{CallKind, CallRequest, CreateRequest},
    imports::HostFunction,
    pricing::read_price,
};

use super::{Escape, Io, OUT_OF_BOUNDS, hash};

/// Gas of a log and of each topic.
const LOG_GAS: u64 = 375;

/// Gas of each byte of a log's data.
const LOG_BYTE_GAS: u64 = 8;

/// Most topics that a log may have.
const MAX_TOPICS: u32 = 4;

/// Pointers of a call's arguments in the program's memory.
struct CallArgs {
    kind: CallKind,
    to: u32,
    data: u32,
    data_len: u32,
    /// Only with `CallKind::Call`.
    value: Option<u32>,
    gas: u64,
    ret_len: u32,
}

impl Io<'_> {
    pub(super) fn call_contract(
        &mut self,
        to: u32,
        data: u32,
        data_len: u32,
        value: u32,
        gas: u64,
        ret_len: u32,
    ) -> Result<u32, Escape> {
        self.begin(HostFunction::CallContract)?;
        self.call(CallArgs {
            kind: CallKind::Call,
            to,
            data,
            data_len,
            value: Some(value),
            gas,
            ret_len,
        })
    }

    pub(super) fn delegate_call_contract(
        &mut self,
        to: u32,
        data: u32,
        data_len: u32,
        gas: u64,
        ret_len: u32,
    ) -> Result<u32, Escape> {
        self.begin(HostFunction::DelegateCallContract)?;
        self.call(CallArgs {
            kind: CallKind::Delegate,
            to,
            data,
            data_len,
            value: None,
            gas,
            ret_len,
        })
    }

    pub(super) fn static_call_contract(
        &mut self,
        to: u32,
        data: u32,
        data_len: u32,
        gas: u64,
        ret_len: u32,
    ) -> Result<u32, Escape> {
        self.begin(HostFunction::StaticCallContract)?;
        self.call(CallArgs {
            kind: CallKind::Static,
            to,
            data,
            data_len,
            value: None,
            gas,
            ret_len,
        })
    }

    fn call(&mut self, args: CallArgs) -> Result<u32, Escape> {
        // The network charges the length twice.
        self.buy_ink(read_price(args.data_len))?;
        self.buy_ink(read_price(args.data_len))?;
        let gas_left = self.gas_left();
        let gas_req = args.gas.min(gas_left);
        let to = self.read_address(args.to)?;
        let at = args.data as usize;
        let data = self
            .memory
            .get(at..at + args.data_len as usize)
            .ok_or(OUT_OF_BOUNDS)?;
        let value = args.value.map(|value| self.read_word(value)).transpose()?;
        let request = CallRequest {
            kind: args.kind,
            to,
            value: value.unwrap_or_default(),
            data,
            gas_left,
            gas_req,
        };
        let watched = self.run.tracing.then(|| data.to_vec());
        let reply = self.host.get().call(request)?;
        self.run.opened += usize::from(reply.opened);
        self.buy_gas(reply.cost)?;
        let len = reply.output.len() as u32;
        self.run.return_data = reply.output;
        self.write_u32(args.ret_len, len)?;
        if let Some(data) = watched {
            let value = value.map(|value| hash(value).0);
            let value = value.as_ref().map_or(&[][..], |value| &value[..]);
            self.trace(
                &[&to.0.0, &args.gas.to_be_bytes(), value, &data],
                &[&len.to_be_bytes(), &[reply.status]],
            );
        }
        Ok(reply.status.into())
    }

    pub(super) fn create1(
        &mut self,
        code: u32,
        code_len: u32,
        endowment: u32,
        contract: u32,
        ret_len: u32,
    ) -> Result<(), Escape> {
        self.begin(HostFunction::Create1)?;
        self.create(code, code_len, endowment, None, contract, ret_len)
    }

    pub(super) fn create2(
        &mut self,
        code: u32,
        code_len: u32,
        endowment: u32,
        salt: u32,
        contract: u32,
        ret_len: u32,
    ) -> Result<(), Escape> {
        self.begin(HostFunction::Create2)?;
        self.create(code, code_len, endowment, Some(salt), contract, ret_len)
    }

    fn create(
        &mut self,
        code: u32,
        code_len: u32,
        endowment: u32,
        salt: Option<u32>,
        contract: u32,
        ret_len: u32,
    ) -> Result<(), Escape> {
        self.buy_ink(read_price(code_len))?;
        self.buy_ink(read_price(code_len))?;
        let at = code as usize;
        let init_code = self.memory.get(at..at + code_len as usize).ok_or(OUT_OF_BOUNDS)?;
        let endowment = self.read_word(endowment)?;
        let salt = salt.map(|salt| self.read_word(salt)).transpose()?;
        let request = CreateRequest {
            init_code,
            endowment,
            salt,
            gas_left: self.gas_left(),
        };
        let watched = self.run.tracing.then(|| init_code.to_vec());
        let Some(reply) = self.host.get().create(request)? else {
            return Err(Escape::Failure(if self.run.is_static {
                "contracts cannot be deployed in a static call"
            } else {
                "the gas left does not cover the base price of a deployment"
            }));
        };
        self.run.opened += 1;
        self.buy_gas(reply.cost)?;
        let len = reply.output.len() as u32;
        self.run.return_data = reply.output;
        self.write_u32(ret_len, len)?;
        self.write(contract, &reply.address.0.0)?;
        if let Some(init_code) = watched {
            let salt = salt.map(|salt| hash(salt).0);
            let salt = salt.as_ref().map_or(&[][..], |salt| &salt[..]);
            self.trace(
                &[&hash(endowment).0, salt, &init_code],
                &[&reply.address.0.0, &len.to_be_bytes()],
            );
        }
        Ok(())
    }

    pub(super) fn emit_log(&mut self, data: u32, len: u32, topics: u32) -> Result<(), Escape> {
        self.begin(HostFunction::EmitLog)?;
        if topics > MAX_TOPICS || len < topics * 32 {
            return Err(Escape::Failure(
                "a log has at most four topics, and its data begins with all of them",
            ));
        }
        self.buy_ink(read_price(len))?;
        let data_len = u64::from(len - topics * 32);
        self.buy_gas(LOG_GAS * (1 + u64::from(topics)) + LOG_BYTE_GAS * data_len)?;
        let bytes = self.read(data, len)?;
        let (head, tail) = bytes.split_at(topics as usize * 32);
        let words: Vec<B256> = head.chunks_exact(32).map(B256::from_slice).collect();
        let payload = Bytes::copy_from_slice(tail);
        if self.run.is_static {
            return Err(Escape::Failure("logs cannot be emitted in a static call"));
        }
        if self.run.tracing {
            let bytes = bytes.to_vec();
            self.trace(&[&topics.to_be_bytes(), &bytes], &[]);
        }
        self.host().log(words, payload);
        Ok(())
    }
}
