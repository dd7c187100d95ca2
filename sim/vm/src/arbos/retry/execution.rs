//! What stands around a redeem's execution: before it the value and the prepaid gas, after it the refunds and the ticket's end.

use revm::primitives::{Address, B256, U256};

use super::{
    super::{
        gas_price,
        multi_gas::KINDS,
        retryable::{self, escrow},
        schema::schema,
        storage::{Failure, Result, Store},
        version::ArbosVersion,
    },
    RetryTx,
};

/// Prepares a redeem: its value leaves escrow, and the gas that was paid for appears at the sender, who pays it as any
/// sender does. `false` when the ticket is gone by now: the transaction then fails without effect and without gas.
pub fn begin(store: &mut dyn Store, retry: &RetryTx, arbos: ArbosVersion, now_ts: u64) -> Result<bool> {
    if retryable::open(store, arbos, retry.ticket_id, now_ts)?.is_none() {
        return Ok(false);
    }
    match store.transfer(escrow(retry.ticket_id), retry.from, retry.value_wei) {
        Err(Failure::Plain) => return Ok(false),
        other => other?,
    }
    let prepaid_wei = retry.gas_fee_cap_wei.saturating_mul(U256::from(retry.gas));
    store.mint(retry.from, prepaid_wei)?;
    Ok(true)
}

/// Ends a redeem that [`begin`] prepared and the EVM ran as a transaction of `retry.from` at a price of the base fee:
/// the sender holds the wei of the gas that was left, and no one has received the fee yet (it was received when the
/// redeem was scheduled).
///
/// Gas that was left is refunded, a ticket that succeeded is removed, the value of one that failed goes back to escrow,
/// and the backlogs grow by all of the gas that was used.
pub fn settle(
    store: &mut dyn Store,
    retry: &RetryTx,
    arbos: ArbosVersion,
    succeeded: bool,
    gas_used: u64,
    base_fee_wei: u64,
) -> Result<()> {
    let slots = schema();
    let gas_left = retry.gas.saturating_sub(gas_used);
    let fee = U256::from(base_fee_wei);
    let network = store.read_address(slots.root.network_fee_account)?;
    let infra = store.read_address(slots.root.infra_fee_account)?;
    // The wei came back to the sender; they are given out below, from who received them.
    store.burn_wei(
        retry.from,
        retry.gas_fee_cap_wei.saturating_mul(U256::from(gas_left)),
    )?;
    let mut budget = Budget(retry.max_refund_wei);
    if succeeded {
        budget.refund(store, network, retry, retry.submission_fee_refund_wei)?;
    } else {
        budget.take(retry.submission_fee_refund_wei);
    }
    budget.take(fee.saturating_mul(U256::from(gas_used)));
    let least = store.read_u64(slots.l2.min_base_fee)?;
    let infra_fee = if infra.is_zero() {
        0
    } else {
        base_fee_wei.min(least)
    };
    let left = U256::from(gas_left);
    budget.refund(store, infra, retry, left.saturating_mul(U256::from(infra_fee)))?;
    let network_wei = left.saturating_mul(U256::from(base_fee_wei - infra_fee));
    budget.refund(store, network, retry, network_wei)?;
    if succeeded {
        remove(store, retry.ticket_id)?;
    } else {
        store.transfer(retry.from, escrow(retry.ticket_id), retry.value_wei)?;
    }
    gas_price::grow(store, arbos, gas_used, &[0; KINDS])
}

/// Removes a ticket whatever its age: a redeem may succeed in the second after its end.
fn remove(store: &mut dyn Store, id: B256) -> Result<()> {
    match retryable::open(store, ArbosVersion::V61, id, 0)? {
        Some(ticket) => ticket.delete(store),
        None => Ok(()),
    }
}

/// What may still go to the receiver of refunds; what is beyond goes to the sender.
pub(super) struct Budget(pub(super) U256);

impl Budget {
    pub(super) fn take(&mut self, wei: U256) -> U256 {
        let taken = wei.min(self.0);
        self.0 -= taken;
        taken
    }

    /// Refunds from an account; one that is short gives nothing at all.
    fn refund(&mut self, store: &mut dyn Store, from: Address, retry: &RetryTx, wei: U256) -> Result<()> {
        if store.ledger().balance(from)? < wei {
            return Ok(());
        }
        let to_receiver = self.take(wei);
        store.transfer(from, retry.refund_to, to_receiver)?;
        store.transfer(from, retry.from, wei - to_receiver)
    }
}
