//! The one thread that owns the chain and changes it.
//!
//! Jobs come through a queue and run one after the other; after each, what it did goes to the [`crate::feed`], before
//! the client gets its answer. With interval mining the thread makes blocks between jobs.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256};
use mintage_chain::{BlockId, Chain, Mining, Rejected, Snapshot, Transaction};
use tokio::sync::{oneshot, watch};

use crate::feed::Event;
use crate::methods::failure;
use crate::node::Node;
use crate::rpc::RpcError;

type Job = Box<dyn FnOnce(&mut Writer) + Send>;

/// Programs call each other on the native stack of the thread that runs them.
const STACK_BYTES: usize = 64 << 20;
/// The longest time between blocks that are made by interval: a year.
pub(crate) const LONGEST_INTERVAL: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The way to the writer.
#[derive(Clone, Debug)]
pub(crate) struct WriterHandle {
    jobs: Sender<Job>,
}

impl WriterHandle {
    /// Runs a job on the writer's thread and gives what it returned.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Result<T, RpcError> {
        let gone = || RpcError::internal("the writer of the chain has ended");
        let (done, answer) = oneshot::channel();
        let asked = Instant::now();
        let job: Job = Box::new(move |writer| {
            writer.asked = asked;
            let result = job(writer);
            writer.publish();
            // The client may have gone meanwhile.
            let _ = done.send(result);
        });
        self.jobs.send(job).map_err(|_| gone())?;
        // A job that panicked drops its end.
        answer
            .await
            .map_err(|_| RpcError::internal("the request failed inside the node"))
    }
}

/// What the thread owns.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) chain: Chain,
    pub(crate) node: Arc<Node>,
    pub(crate) mining: MiningMode,
    /// Seconds from one block to the next, whatever the clock says.
    pub(crate) timestamp_step_secs: Option<u64>,
    /// The same at each snapshot that is alive.
    steps_at: BTreeMap<Snapshot, Option<u64>>,
    /// The chain as it started, for a reset.
    genesis: Snapshot,
    /// How blocks were made when it started.
    first_mining: MiningMode,
    /// When the request came that runs now.
    asked: Instant,
    /// Becomes true when the node stops.
    stopping: watch::Receiver<bool>,
    /// The newest block that the feed has.
    published: u64,
}

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MiningMode {
    /// With each transaction.
    Automatic,
    /// Every so often.
    Interval(Duration),
    /// When told to.
    Manual,
}

/// The queue of a writer that has not started.
pub(crate) struct Queue(Receiver<Job>);

pub(crate) fn queue() -> (WriterHandle, Queue) {
    let (jobs, queue) = channel();
    (WriterHandle { jobs }, Queue(queue))
}

/// Starts the thread. It ends when `stopped` is set and the job it runs is done, with what `at_end` returns. From when `stopping` is
/// true, a job of many blocks ends with the block that it makes.
pub(crate) fn start<T: Send + 'static>(
    queue: Queue,
    mut chain: Chain,
    node: Arc<Node>,
    mining: MiningMode,
    at_end: impl FnOnce(&mut Chain) -> T + Send + 'static,
    (stopping, stopped): (watch::Receiver<bool>, Arc<OnceLock<()>>),
) -> std::io::Result<std::thread::JoinHandle<T>> {
    std::thread::Builder::new()
        .name("chain".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let genesis = chain.snapshot();
            let published = chain.block_number();
            let mut writer = Writer {
                chain,
                node,
                mining,
                timestamp_step_secs: None,
                steps_at: BTreeMap::new(),
                genesis,
                first_mining: mining,
                asked: Instant::now(),
                stopping,
                published,
            };
            writer.set_mining(mining);
            writer.serve(&queue.0, &stopped);
            at_end(&mut writer.chain)
        })
}

impl Writer {
    fn serve(&mut self, queue: &Receiver<Job>, stopped: &OnceLock<()>) {
        let mut next_block = Instant::now();
        while stopped.get().is_none() {
            let wait = match self.mining {
                MiningMode::Interval(every) => {
                    let now = Instant::now();
                    if next_block <= now {
                        next_block = now + every;
                        self.guarded(|writer| {
                            // If the other chain of a fork does not answer, a later interval makes the block.
                            let _ = writer.mine_pending();
                            writer.publish();
                        });
                    }
                    next_block - now
                }
                // Long enough to cost nothing, short enough to notice the end.
                _ => Duration::from_millis(100),
            };
            match queue.recv_timeout(wait.min(Duration::from_millis(100))) {
                Ok(job) => {
                    self.node.tick();
                    let before = self.mining;
                    // A job that panics answers its client with an error by dropping its channel.
                    self.guarded(job);
                    if let MiningMode::Interval(every) = self.mining
                        && self.mining != before
                    {
                        next_block = Instant::now() + every;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Does something. If it panics, what comes next finds the chain as the panic left it, which is between two of the chain's own
    /// steps.
    fn guarded(&mut self, work: impl FnOnce(&mut Self)) {
        let _ = catch_unwind(AssertUnwindSafe(|| work(self)));
    }

    /// Whether the request that runs may go on after `made` of `wanted` blocks: everybody else waits for it.
    ///
    /// # Errors
    /// If its time is about to end, or the node stops.
    pub(crate) fn may_go_on(&self, made: u64, wanted: u64) -> Result<(), RpcError> {
        // Before its time is over, so that the client is told of this and not of that.
        let limit = self.node.limits.request_time * 5 / 6;
        if *self.stopping.borrow() {
            Err(RpcError::server(format!(
                "the node stops; {made} of {wanted} blocks were made"
            )))
        } else if self.asked.elapsed() > limit {
            Err(RpcError::limit(format!(
                "{made} of {wanted} blocks were made in {} s; ask for the others by more requests",
                limit.as_secs_f64()
            )))
        } else {
            Ok(())
        }
    }

    /// Tells the feed of the blocks that are new.
    pub(crate) fn publish(&mut self) {
        let head = self.chain.block_number();
        for number in self.published + 1..=head {
            if let Some(block) = self.node.reader.block(number) {
                self.node.reporter.block(&block);
                self.node.feed.push(Event::Block(block));
            }
        }
        self.published = head;
    }

    pub(crate) fn set_mining(&mut self, mode: MiningMode) {
        self.mining = mode;
        self.chain.set_mining(match mode {
            MiningMode::Automatic => Mining::PerTransaction,
            MiningMode::Interval(_) | MiningMode::Manual => Mining::Manual,
        });
    }

    /// Takes a transaction into the pool, and into a block if blocks come with transactions.
    pub(crate) fn submit(&mut self, transaction: Transaction) -> Result<B256, Rejected> {
        self.step_time();
        let hash = self.chain.submit(transaction)?;
        self.node.feed.push(Event::Transaction(hash));
        Ok(hash)
    }

    /// A block with everything that waits.
    ///
    /// # Errors
    /// On a fork whose other chain does not answer; no block is made then.
    pub(crate) fn mine_pending(&mut self) -> Result<(), RpcError> {
        self.node.tick();
        self.step_time();
        self.chain.mine_pending();
        self.chain
            .take_unread()
            .map_or(Ok(()), |error| Err(failure::unread(error)))
    }

    /// Has an account read that is about to be changed: on a fork it may be elsewhere, and what cannot be read must not be
    /// written over.
    pub(crate) fn read_account(&self, address: Address) -> Result<(), RpcError> {
        let read = || self.node.reader.state(BlockId::Latest)?.balance(address);
        read().map(|_| ()).map_err(failure::unread)
    }

    fn step_time(&mut self) {
        if let Some(step) = self.timestamp_step_secs {
            let next = self.node.reader.head().timestamp().saturating_add(step);
            // It fails only for a time before the head's.
            let _ = self.chain.set_next_timestamp(next);
        }
    }

    /// Remembers the chain as it is, and the step of its time.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        let snapshot = self.chain.snapshot();
        self.steps_at.insert(snapshot, self.timestamp_step_secs);
        snapshot
    }

    /// Back to a snapshot, which ends with it. False if it is not alive.
    pub(crate) fn revert(&mut self, snapshot: Snapshot) -> bool {
        if snapshot == self.genesis || self.chain.revert_to(snapshot).is_err() {
            return false;
        }
        // It and those after it are at an end.
        let mut ended = self.steps_at.split_off(&snapshot);
        self.timestamp_step_secs = ended.remove(&snapshot).flatten();
        let released = self.chain.release(snapshot).is_ok();
        self.went_back();
        released
    }

    fn went_back(&mut self) {
        self.published = self.chain.block_number();
        self.node.filters.went_back(self.published);
    }

    /// Back to the chain as it started, and to how the node was started.
    pub(crate) fn reset(&mut self) -> Result<(), RpcError> {
        self.chain
            .revert_to(self.genesis)
            .map_err(|e| RpcError::internal(format!("the start of the chain is gone: {e}")))?;
        self.steps_at.clear();
        self.timestamp_step_secs = None;
        self.set_mining(self.first_mining);
        self.node.wallet.impersonate_nobody();
        self.went_back();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use alloy_consensus::TxEip1559;
    use alloy_primitives::{TxKind, U256, address};
    use mintage_chain::{DEV_ACCOUNTS, ForkPoint, RemoteAccount, RemoteState, TypedTransaction};

    use super::*;
    use crate::activity::Reporter;
    use crate::config::Limits;
    use crate::wallet::{DEFAULT_MNEMONIC, Wallet};

    const CURSED: Address = address!("00000000000000000000000000000000000beef8");

    /// Another chain, whose reader breaks at one account.
    #[derive(Debug, Default)]
    struct Breaks(AtomicUsize);

    impl RemoteState for Breaks {
        fn account(&self, address: Address) -> Result<RemoteAccount, String> {
            if address == CURSED {
                self.0.fetch_add(1, Ordering::SeqCst);
                panic!("this account breaks its reader");
            }
            Ok(RemoteAccount::default())
        }

        fn storage(&self, _: Address, _: U256) -> Result<U256, String> {
            Ok(U256::ZERO)
        }

        fn block_hash(&self, _: u64) -> Result<Option<B256>, String> {
            Ok(None)
        }
    }

    #[test]
    fn test_the_writer_outlives_a_panic_between_jobs() {
        let broken = Arc::new(Breaks::default());
        let remote = Arc::clone(&broken);
        let point = ForkPoint {
            number: 7,
            hash: B256::repeat_byte(7),
            timestamp: 1_700_000_000,
            l1_block_number: 7,
            base_fee_wei: 20_000_000,
        };
        let chain = Chain::builder()
            .archive(true)
            .fork(remote, point)
            .build()
            .unwrap();
        let (jobs, queue) = queue();
        let node = Arc::new(Node::new(
            chain.reader().unwrap(),
            jobs.clone(),
            Wallet::new(DEFAULT_MNEMONIC, 1).unwrap(),
            Limits::default(),
            Reporter::new(None),
            None,
            None,
        ));
        let body = TypedTransaction::Eip1559(TxEip1559 {
            chain_id: chain.chain_id(),
            nonce: 0,
            gas_limit: 100_000,
            max_fee_per_gas: 1_000_000_000,
            max_priority_fee_per_gas: 0,
            to: TxKind::Call(CURSED),
            ..TxEip1559::default()
        });
        let (_stop, stopping) = watch::channel(false);
        let stopped = Arc::new(OnceLock::new());
        let thread = start(
            queue,
            chain,
            node,
            MiningMode::Interval(Duration::from_millis(1)),
            |_| "the end",
            (stopping, Arc::clone(&stopped)),
        )
        .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let submitted = jobs.run(move |writer| {
            writer
                .submit(Transaction::unsigned(body, DEV_ACCOUNTS[0]))
                .is_ok()
        });
        assert!(runtime.block_on(submitted).unwrap());
        while broken.0.load(Ordering::SeqCst) < 3 {
            std::thread::yield_now();
        }
        assert_eq!(runtime.block_on(jobs.run(|_| 1)).unwrap(), 1);
        stopped.set(()).unwrap();
        assert_eq!(thread.join().unwrap(), "the end");
    }
}
