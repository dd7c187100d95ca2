//! Accounts changed without a transaction, and accounts that act without a key.

use alloy_primitives::U256;

use crate::rpc::{Answer, Params, ok};
use crate::writer::Writer;

const NULL: &str = "null";

pub(super) fn set_balance(writer: &mut Writer, params: &Params) -> Answer {
    let (address, wei) = (params.address(0)?, params.word(1)?);
    writer.read_account(address)?;
    writer.chain.set_balance(address, wei);
    Ok(NULL.to_owned())
}

/// What would be above 2^256-1 wei stays there.
pub(super) fn add_balance(writer: &mut Writer, params: &Params) -> Answer {
    let (address, wei): (_, U256) = (params.address(0)?, params.word(1)?);
    writer.read_account(address)?;
    let sum = writer.chain.balance_of(address).saturating_add(wei);
    writer.chain.set_balance(address, sum);
    Ok(NULL.to_owned())
}

pub(super) fn set_code(writer: &mut Writer, params: &Params) -> Answer {
    let (address, code) = (params.address(0)?, params.bytes(1)?);
    writer.read_account(address)?;
    writer.chain.set_code(address, code);
    Ok(NULL.to_owned())
}

pub(super) fn set_nonce(writer: &mut Writer, params: &Params) -> Answer {
    let (address, nonce) = (params.address(0)?, params.number(1)?);
    writer.read_account(address)?;
    writer.chain.set_nonce(address, nonce);
    Ok(NULL.to_owned())
}

pub(super) fn set_storage(writer: &mut Writer, params: &Params) -> Answer {
    let (address, slot, value) = (params.address(0)?, params.slot(1)?, params.word(2)?);
    writer.read_account(address)?;
    writer.chain.set_storage(address, slot, value);
    ok(&true)
}

pub(super) fn impersonate(writer: &mut Writer, params: &Params) -> Answer {
    writer.node.wallet.impersonate(params.address(0)?, true);
    Ok(NULL.to_owned())
}

pub(super) fn stop_impersonating(writer: &mut Writer, params: &Params) -> Answer {
    writer.node.wallet.impersonate(params.address(0)?, false);
    Ok(NULL.to_owned())
}

pub(super) fn impersonate_everybody(writer: &mut Writer, params: &Params) -> Answer {
    writer.node.wallet.impersonate_everybody(params.flag(0)?);
    Ok(NULL.to_owned())
}
