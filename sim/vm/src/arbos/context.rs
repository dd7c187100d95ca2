//! What ArbOS's precompiles must know about the block and the transaction that neither the state nor the EVM's own
//! context tells. The chain fills it in.

use std::{fmt::Debug, sync::Arc};

use revm::primitives::{Address, B256, U256};

use super::storage::LedgerError;

/// Hashes of the chain's L2 blocks.
pub trait L2BlockHashes: Debug + Send + Sync {
    /// The hash of a block. Asked only for the 256 numbers below the current one. `None` when it is not known (any more).
    ///
    /// # Errors
    /// [`LedgerError`] if it has to come from elsewhere and does not.
    fn hash_of(&self, number: u64) -> Result<Option<B256>, LedgerError>;
}

/// The redeem of a retryable ticket that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrentRedeem {
    /// Name of the ticket.
    pub ticket_id: B256,
    /// Who receives refunds: what `getCurrentRedeemer` tells.
    pub refund_to: Address,
}

/// The block and the transaction, as far as ArbOS's precompiles ask.
///
/// The L1 number, the time, the sender and the chain's id come from revm's own context.
#[derive(Clone, Debug, Default)]
pub struct ArbosContext {
    /// L2 number of the block.
    pub l2_block_number: u64,
    /// Hashes of the blocks before it. Without them `arbBlockHash` reverts.
    pub l2_block_hashes: Option<Arc<dyn L2BlockHashes>>,
    /// The block's base fee in wei; BASEFEE's when `None`. They differ in calls without a gas price.
    pub base_fee_wei: Option<u64>,
    /// Type byte of the transaction.
    pub tx_type: u8,
    /// What the transaction pays for L1 data, in wei.
    pub poster_fee_wei: U256,
    /// The redeem that the transaction is, if it is one.
    pub redeem: Option<CurrentRedeem>,
    /// Whether ArbDebug answers: on development chains.
    pub debug_precompiles: bool,
    /// Whether this is a call or an estimate: setters of Stylus parameters then act on nothing.
    pub off_chain: bool,
    /// Precompiles that do not stand where they belong in this call, and where they stand instead, if anywhere. What an
    /// override put in the old place runs there.
    pub moved_precompiles: Vec<(Address, Option<Address>)>,
}

impl ArbosContext {
    /// The address of the precompile that stands at `place`: `place` itself unless precompiles were moved; `None` if the
    /// one that belongs there was moved away.
    pub(crate) fn precompile_in(&self, place: Address) -> Option<Address> {
        for (from, to) in &self.moved_precompiles {
            if *to == Some(place) {
                return Some(*from);
            }
        }
        let away = self.moved_precompiles.iter().any(|(from, _)| *from == place);
        (!away).then_some(place)
    }
}
