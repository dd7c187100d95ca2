//! Retryable tickets as NodeInterface and NodeInterfaceDebug show them: what one that exists holds, and what the first redeem of one
//! that does not yet exist will take.

use alloy_primitives::{Address, B256, Bytes, U256};
use mintage_chain::{AccountOverride, CallRequest, Overrides, StateView};
use mintage_vm::arbos::storage::{Failure, Free, Ledger, LedgerError};
use mintage_vm::arbos::{ArbosVersion, alias, retryable};

use super::super::failure;
use super::{NodeInterface, RetryableInfo, revert};
use crate::node::Node;
use crate::rpc::{BlockId, RpcError};

/// A state that ArbOS's rules may read.
struct ReadOnly(StateView);

impl ReadOnly {
    fn refused<T>() -> Result<T, LedgerError> {
        Err(LedgerError("it is only shown".to_owned()))
    }
}

impl Ledger for ReadOnly {
    fn storage(&mut self, account: Address, slot: U256) -> Result<U256, LedgerError> {
        let word = self.0.storage(account, slot);
        word.map_err(|error| LedgerError(error.to_string()))
    }

    fn balance(&mut self, account: Address) -> Result<U256, LedgerError> {
        let wei = self.0.balance(account);
        wei.map_err(|error| LedgerError(error.to_string()))
    }

    fn set_storage(&mut self, _: Address, _: U256, _: U256) -> Result<(), LedgerError> {
        Self::refused()
    }

    fn set_balance(&mut self, _: Address, _: U256) -> Result<(), LedgerError> {
        Self::refused()
    }

    fn set_code(&mut self, _: Address, _: Bytes) -> Result<(), LedgerError> {
        Self::refused()
    }

    fn set_nonce(&mut self, _: Address, _: u64) -> Result<(), LedgerError> {
        Self::refused()
    }
}

/// A ticket that waits to be redeemed.
pub(super) fn info(node: &Node, id: BlockId, ticket: B256) -> Result<RetryableInfo, RpcError> {
    let state = node.reader.state(id.into()).map_err(failure::unread)?;
    let arbos =
        ArbosVersion::try_from(node.reader.arbos_version()).map_err(|e| RpcError::internal(e.to_string()))?;
    let now_ts = node.reader.pending_header().timestamp;
    let mut ledger = ReadOnly(state);
    let store = &mut Free(&mut ledger);
    let unread = |failed: Failure| match failed {
        Failure::Ledger(error) => RpcError::server(error.to_string()),
        other => RpcError::internal(format!("the ticket cannot be read: {other:?}")),
    };
    let open = retryable::open(store, arbos, ticket, now_ts).map_err(unread)?;
    let open = open.ok_or_else(|| revert("no retryable ticket with this id"))?;
    let timeout = open.timeout(store).map_err(unread)?;
    let held = open.read(store).map_err(unread)?;
    Ok(RetryableInfo {
        timeout,
        from: held.from,
        to: held.to.unwrap_or_default(),
        value: held.value_wei,
        beneficiary: held.beneficiary,
        tries: held.tries,
        data: held.data,
    })
}

/// The first redeem of a ticket as a call: from the alias of who sends it on L1, who has what comes with it, and without L1 data of its
/// own.
pub(super) fn redeem(
    node: &Node,
    id: BlockId,
    asked: &NodeInterface::estimateRetryableTicketCall,
    call: &CallRequest,
) -> Result<(CallRequest, Overrides), RpcError> {
    let sender = alias::to_l2(asked.sender);
    let state = node.reader.state(id.into()).map_err(failure::unread)?;
    let balance = state.balance(sender).map_err(failure::unread)?;
    let funded = AccountOverride {
        balance: Some(balance.saturating_add(asked.deposit)),
        ..AccountOverride::default()
    };
    let request = CallRequest {
        from: Some(sender),
        to: (!asked.to.is_zero()).then_some(asked.to),
        value: asked.l2CallValue,
        input: asked.data.clone(),
        gas: call.gas,
        gas_cap: call.gas_cap,
        skip_l1_charging: true,
        ..CallRequest::default()
    };
    let overrides = Overrides {
        state: vec![(sender, funded)],
        ..Overrides::default()
    };
    Ok((request, overrides))
}
