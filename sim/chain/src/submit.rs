//! Transactions from outside: taken at once or put into the pool, and blocks made of the pool.

use std::sync::Arc;

use alloy_primitives::{Address, B256};
use mintage_vm::arbos::ArbosVersion;
use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, schema};

use crate::Chain;
use crate::block::Block;
use crate::clock::LEAST_BUDGET;
use crate::error::Rejected;
use crate::execute::Request;
use crate::publish::Mining;
use crate::transaction::Transaction;

/// Bytes that the network's sequencer takes for one transaction.
const SIZE_LIMIT: usize = 95_000;

impl Chain {
    /// Takes a signed transaction as the bytes of `eth_sendRawTransaction`.
    ///
    /// # Errors
    /// As [`Transaction::decode`] and [`Chain::submit`].
    pub fn submit_raw(&mut self, raw: &[u8]) -> Result<B256, Rejected> {
        let transaction = Transaction::decode(raw, self.chain_id())?;
        self.submit(transaction)
    }

    /// Takes a transaction: one whose nonce is the sender's next is in a block of its own when this returns, with
    /// [`Mining::PerTransaction`]; and so are those that waited for it. Others wait in the pool.
    ///
    /// # Errors
    /// [`Rejected`]; nothing has changed then. A transaction that fails in its execution is included.
    pub fn submit(&mut self, transaction: Transaction) -> Result<B256, Rejected> {
        check_raw_size(&transaction)?;
        let transaction = Arc::new(transaction);
        let hash = transaction.hash();
        // What could not be read before this is of no matter.
        self.state.failure();
        let next = self.nonce(transaction.from());
        self.readable()?;
        if self.is_known(hash) {
            return Err(Rejected::AlreadyKnown);
        }
        let Some(mining) = self.node.as_ref().map(|node| node.mining) else {
            self.run_transaction(&Request::of(transaction))?;
            return Ok(hash);
        };
        if transaction.nonce() == next && mining == Mining::PerTransaction {
            self.include_now(&transaction)?;
            self.include_followers(&transaction);
        } else {
            self.check_waiting(&transaction)?;
            if let Some(node) = &self.node {
                node.ledger.pool_mut().insert(transaction)?;
            }
            self.publish();
        }
        Ok(hash)
    }

    fn is_known(&self, hash: B256) -> bool {
        let Some(node) = &self.node else { return false };
        node.ledger.pool().get(hash).is_some() || node.ledger.blocks().transaction(hash).is_some()
    }

    fn include_now(&mut self, transaction: &Arc<Transaction>) -> Result<(), Rejected> {
        self.seal_if_open();
        self.run_transaction(&Request::of(Arc::clone(transaction)))?;
        self.seal_if_open();
        Ok(())
    }

    /// Those of the sender that waited for the nonce before theirs. One that turns out invalid is dropped.
    fn include_followers(&mut self, transaction: &Transaction) {
        let sender = transaction.from();
        while let Some(next) = self.waiting_at(sender, self.nonce(sender)) {
            match self.include_now(&next) {
                Ok(()) => {}
                Err(Rejected::Unreadable(_)) => return,
                Err(_) => {
                    self.drop_transaction(next.hash());
                    return;
                }
            }
        }
    }

    fn waiting_at(&self, sender: Address, nonce: u64) -> Option<Arc<Transaction>> {
        self.node.as_ref()?.ledger.pool().waiting(sender, nonce)
    }

    /// What can be said of a transaction whose turn has not come: all but its nonce, which must not be used.
    fn check_waiting(&self, transaction: &Arc<Transaction>) -> Result<(), Rejected> {
        let (from, given, next) = (
            transaction.from(),
            transaction.nonce(),
            self.nonce(transaction.from()),
        );
        if given < next {
            return Err(Rejected::Nonce { from, given, next });
        }
        // No nonce comes after it (EIP-2681).
        if given == u64::MAX {
            return Err(Rejected::NonceExhausted { from });
        }
        let request = Request {
            nonce: None,
            ..Request::of(Arc::clone(transaction))
        };
        let checked = self.check(&request, self.pending(), transaction.max_fee_per_gas());
        self.readable()?;
        checked.map(|_| ())
    }

    /// Puts a transaction of a saved chain back into the pool.
    pub(crate) fn wait_again(&mut self, transaction: Arc<Transaction>) -> Result<(), Rejected> {
        self.node
            .as_ref()
            .map_or(Ok(()), |node| node.ledger.pool_mut().insert(transaction))
    }

    /// When transactions are put into blocks; at once unless set. [`Mining::PerTransaction`] does not touch what waits
    /// already: [`Chain::mine_pending`] does.
    pub fn set_mining(&mut self, mining: Mining) {
        if let Some(node) = &mut self.node {
            node.mining = mining;
        }
    }

    /// Whether each block from now on begins with the transaction of type 0x6a by which ArbOS starts it on the network. Off unless
    /// set, because many clients cannot read that type. For chains with an archive; it is not part of a dump.
    pub fn show_internal_transactions(&mut self, show: bool) {
        if let Some(node) = &mut self.node {
            node.internal_transactions = show;
        }
    }

    /// When transactions are put into blocks.
    pub fn mining(&self) -> Mining {
        self.node
            .as_ref()
            .map_or(Mining::PerTransaction, |node| node.mining)
    }

    /// Makes one block of what waits and can run, oldest arrival first, each sender's in the order of their nonces, until
    /// the budget of a block is used up that the chain's owner has set (32,000,000 gas unless changed; each transaction counts,
    /// ArbOS's own too, with at least 21,000 and without its L1 gas and what it gave to redeems). A transaction that cannot be included any more is dropped; one that
    /// only offers too little for this block's base fee goes on waiting, and so does one for which the chain that this one is a
    /// fork of does not answer. The block may be empty. There is none if what it needs cannot be read ([`Chain::take_unread`]).
    pub fn mine_pending(&mut self) -> Block {
        self.seal_if_open();
        let Some(ledger) = self.node.as_ref().map(|node| Arc::clone(&node.ledger)) else {
            return self.seal_block();
        };
        // What could not be read before this is of no matter.
        self.state.failure();
        let budget = self.block_budget();
        if let Err(error) = self.readable() {
            self.unread = Some(error);
            return self.clock.head;
        }
        let mut ready = ledger.pool().ready(|sender| self.nonce(sender));
        let mut is_first = true;
        loop {
            let used = self
                .clock
                .open
                .as_ref()
                .map_or(LEAST_BUDGET, |open| open.budget_used);
            let left = budget.saturating_sub(used);
            if left < LEAST_BUDGET {
                break;
            }
            let Some(transaction) = ready.next(&ledger.pool()) else {
                break;
            };
            let request = Request::of(Arc::clone(&transaction));
            if !is_first && !self.fits(&request, left) {
                continue;
            }
            match self.whole(|chain| chain.include(&request)) {
                Ok(_) => {
                    is_first = false;
                    // It leaves the pool with the block: until then readers find it there.
                    ready.follow(&ledger.pool(), &transaction);
                }
                Err(Rejected::GasPriceTooLow { .. } | Rejected::Unreadable(_)) => {}
                Err(_) => {
                    ledger.pool_mut().remove(transaction.hash());
                }
            }
        }
        self.seal_block()
    }

    /// Gas of a block's transactions, as the chain's owner has set it, after which it takes no more.
    fn block_budget(&self) -> u64 {
        let slot = schema().l2.block_limit;
        self.state.slot(ARBOS_STATE_ADDRESS, slot).saturating_to()
    }

    /// Whether a block that has a transaction takes another when so much of its budget is left: from ArbOS 50 on in any case,
    /// before only if the gas that it may use is not more.
    fn fits(&self, request: &Request, left: u64) -> bool {
        self.arbos() >= ArbosVersion::V50 || self.compute_limit(request).is_ok_and(|limit| limit <= left)
    }

    /// Takes a transaction out of the pool; whether it was there.
    pub fn drop_transaction(&mut self, hash: B256) -> bool {
        self.node
            .as_ref()
            .is_some_and(|node| node.ledger.pool_mut().remove(hash))
    }

    /// Empties the pool.
    pub fn drop_all(&mut self) {
        if let Some(node) = &self.node {
            node.ledger.pool_mut().clear();
        }
    }

    /// Takes all transactions of a sender out of the pool.
    pub fn remove_sender(&mut self, sender: Address) {
        if let Some(node) = &self.node {
            node.ledger.pool_mut().remove_sender(sender);
        }
    }
}

fn check_raw_size(transaction: &Transaction) -> Result<(), Rejected> {
    let size = transaction.raw().len();
    if size > SIZE_LIMIT {
        return Err(Rejected::TooLarge {
            size,
            limit: SIZE_LIMIT,
        });
    }
    Ok(())
}
