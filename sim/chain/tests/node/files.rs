//! Chains in files, and forks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use alloy_primitives::{Address, B256, U256, hex};
use mintage_chain::{
    BlockId, CallError, CallRequest, Chain, ChainReader, DumpError, ForkPoint, LogQuery, Mining, Overrides,
    ReadError, Rejected, RemoteAccount, RemoteState, StateView, Status, Transaction,
};

use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, schema};
use mintage_vm::precompile::ARB_SYS;

use crate::common::{COUNTER, node, signed, transfer};

fn busy() -> (Chain, ChainReader, Address) {
    let (mut chain, reader) = node();
    let [alice, counter] = chain.accounts();
    chain.set_code(counter, COUNTER);
    for n in 0..5 {
        chain.warp(13);
        chain.tx(alice, counter).value(n).send().unwrap();
    }
    chain
        .submit_raw(&signed(0, transfer(5, alice, 3).into()))
        .unwrap();
    chain.set_mining(Mining::Manual);
    chain
        .submit_raw(&signed(0, transfer(6, alice, 4).into()))
        .unwrap();
    (chain, reader, counter)
}

#[test]
fn test_loaded_chain_goes_on_as_the_saved_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let (mut chain, reader, counter) = busy();
    chain.dump(&path).unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|f| f.unwrap().file_name())
        .collect();
    assert_eq!(files, ["state"], "nothing else is left");

    let mut loaded = Chain::load(&path, None).unwrap();
    let other = loaded.reader().unwrap();
    assert_eq!(other.head().hash, reader.head().hash);
    assert_eq!(loaded.now(), chain.now());
    assert_eq!(other.pool().unwrap().len(), 1);
    for number in 0..=chain.block_number() {
        let (was, is) = (reader.block(number).unwrap(), other.block(number).unwrap());
        assert_eq!((was.hash, &was.header), (is.hash, &is.header));
        let of = |reader: &ChainReader| {
            let state = reader.state(BlockId::Number(number)).unwrap();
            (
                state.storage(counter, U256::ZERO).unwrap(),
                state.balance(counter).unwrap(),
                state.code(counter).unwrap(),
            )
        };
        assert_eq!(of(&reader), of(&other));
        for (was, is) in was.transactions.iter().zip(&is.transactions) {
            assert_eq!(was.transaction, is.transaction);
            assert_eq!(was.receipt.logs, is.receipt.logs);
            assert!(other.replay(is.transaction.hash()).unwrap().run().is_ok());
        }
    }
    let all = LogQuery {
        to: 100,
        ..LogQuery::default()
    };
    assert_eq!(other.logs(&all).unwrap().len(), 5);
    for chain in [&mut chain, &mut loaded] {
        chain.warp(12);
        chain.mine_pending();
    }
    assert_eq!(
        other.head().hash,
        reader.head().hash,
        "both go on in the same way"
    );
    assert_eq!(loaded.mining(), Mining::Manual);
}

#[test]
fn test_foreign_and_damaged_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let load = |path: &PathBuf| Chain::load(path, None).map(|_| ());
    assert!(matches!(load(&path), Err(DumpError::Io { .. })));
    std::fs::write(&path, b"{\"block\": 1}").unwrap();
    assert!(matches!(load(&path), Err(DumpError::Foreign { .. })));
    busy().0.dump(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in [16, 48, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert!(load(&path).is_err(), "{cut}");
    }
    for place in (16..whole.len()).step_by(whole.len() / 50) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(load(&path), Err(DumpError::Damaged { .. })), "{place}");
    }
    let mut newer = whole.clone();
    newer[15] = 9;
    std::fs::write(&path, &newer).unwrap();
    assert!(matches!(load(&path), Err(DumpError::Format { found: 9, .. })));
    std::fs::write(&path, &whole).unwrap();
    assert!(load(&path).is_ok());
    assert!(matches!(Chain::new().dump(&path), Err(DumpError::NoArchive)));
    let nowhere = folder.path().join("missing").join("state");
    assert!(matches!(busy().0.dump(&nowhere), Err(DumpError::Io { .. })));
    assert!(load(&path).is_ok(), "the old file stands");
}

/// Another chain of ours, which can be cut off.
#[derive(Debug)]
struct Elsewhere {
    state: StateView,
    hashes: ChainReader,
    cut: AtomicBool,
    /// Answering panics.
    breaks: AtomicBool,
    /// It has no blocks yet.
    lags: AtomicBool,
    asked: AtomicU64,
}

impl Elsewhere {
    fn answer<T>(&self, read: Result<T, ReadError>) -> Result<T, String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        assert!(!self.breaks.load(Ordering::Relaxed), "on purpose");
        if self.cut.load(Ordering::Relaxed) {
            return Err("connection refused".into());
        }
        read.map_err(|error| error.to_string())
    }
}

impl RemoteState for Elsewhere {
    fn account(&self, address: Address) -> Result<RemoteAccount, String> {
        self.answer((|| {
            Ok(RemoteAccount {
                balance: self.state.balance(address)?,
                nonce: self.state.nonce(address)?,
                code: self.state.code(address)?,
            })
        })())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, String> {
        self.answer(self.state.storage(address, slot))
    }

    fn block_hash(&self, number: u64) -> Result<Option<B256>, String> {
        let block = self.hashes.block(number);
        let known = block.filter(|_| !self.lags.load(Ordering::Relaxed));
        self.answer(Ok(known.map(|block| block.hash)))
    }
}

fn fork_of(reader: &ChainReader) -> (Arc<Elsewhere>, ForkPoint) {
    let head = reader.head();
    let elsewhere = Elsewhere {
        state: reader.state(BlockId::Latest).unwrap(),
        hashes: reader.clone(),
        cut: AtomicBool::new(false),
        breaks: AtomicBool::new(false),
        lags: AtomicBool::new(false),
        asked: AtomicU64::new(0),
    };
    let point = ForkPoint {
        number: head.number(),
        hash: head.hash,
        timestamp: head.timestamp(),
        l1_block_number: head.l1_block_number,
        base_fee_wei: head.base_fee_wei(),
    };
    (Arc::new(elsewhere), point)
}

#[test]
fn test_fork_reads_what_it_lacks_and_keeps_what_it_does() {
    let (mut origin, origin_reader, counter) = busy();
    let (elsewhere, point) = fork_of(&origin_reader);
    let mut fork = Chain::builder()
        .archive(true)
        .fork(elsewhere.clone(), point)
        .build()
        .unwrap();
    let reader = fork.reader().unwrap();
    let [alice] = fork.accounts();
    assert_eq!(
        (fork.block_number(), reader.head().hash),
        (point.number, point.hash)
    );
    assert_eq!(fork.storage_at(counter, U256::ZERO), U256::from(5));
    assert_eq!(fork.nonce(alice), 6);
    let snapshot = fork.snapshot();
    fork.tx(alice, counter).send().unwrap();
    assert_eq!(reader.head().header.parent_hash, point.hash);
    assert_eq!(fork.storage_at(counter, U256::ZERO), U256::from(6));
    let at = |block| reader.state(block).unwrap().storage(counter, U256::ZERO).unwrap();
    assert_eq!(
        (at(BlockId::Latest), at(BlockId::Number(point.number))),
        (U256::from(6), U256::from(5))
    );
    fork.set_storage(counter, U256::ZERO, U256::ZERO);
    assert_eq!(
        at(BlockId::Latest),
        U256::ZERO,
        "a zero that was written hides what lies below"
    );
    fork.revert_to(snapshot).unwrap();
    assert_eq!(
        (fork.storage_at(counter, U256::ZERO), at(BlockId::Latest)),
        (U256::from(5), U256::from(5))
    );
    // The other chain going on changes nothing here.
    origin.tx(alice, counter).include().unwrap();
    assert_eq!(fork.storage_at(counter, U256::ZERO), U256::from(5));
}

#[test]
fn test_fork_that_cannot_read_says_so_and_changes_nothing() {
    let (_origin, origin_reader, counter) = busy();
    let (elsewhere, point) = fork_of(&origin_reader);
    let mut fork = Chain::builder()
        .archive(true)
        .fork(elsewhere.clone(), point)
        .build()
        .unwrap();
    let reader = fork.reader().unwrap();
    let [_, _, carol] = fork.accounts();
    elsewhere.cut.store(true, Ordering::Relaxed);
    let unread = Address::repeat_byte(0x55);
    let refused = ReadError::Remote("connection refused".into());
    assert_eq!(
        reader
            .state(BlockId::Latest)
            .unwrap()
            .balance(unread)
            .unwrap_err(),
        refused
    );
    let call = CallRequest {
        to: Some(counter),
        ..CallRequest::default()
    };
    assert!(
        reader
            .call(BlockId::Latest, &call, &Overrides::default())
            .is_err()
    );
    let balance = fork.balance_of(carol);
    let error = fork.tx(carol, unread).value(1).send().unwrap_err();
    let words = error.to_string();
    assert!(words.contains("connection refused"), "{words}");
    elsewhere.cut.store(false, Ordering::Relaxed);
    assert_eq!(
        (fork.block_number(), fork.balance_of(carol)),
        (point.number, balance)
    );
    fork.tx(carol, unread).value(1).send().unwrap();
    assert_eq!(fork.block_number(), point.number + 1);
    // What was read once is not asked for again.
    let asked = elsewhere.asked.load(Ordering::Relaxed);
    fork.tx(carol, unread).value(1).send().unwrap();
    assert_eq!(elsewhere.asked.load(Ordering::Relaxed), asked);
    let _: Rejected = Rejected::Unreadable(refused);
}

#[test]
fn test_saved_fork_needs_the_other_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fork");
    let (_origin, origin_reader, counter) = busy();
    let (elsewhere, point) = fork_of(&origin_reader);
    let mut fork = Chain::builder()
        .archive(true)
        .fork(elsewhere.clone(), point)
        .build()
        .unwrap();
    let [alice] = fork.accounts();
    fork.tx(alice, counter).send().unwrap();
    fork.dump(&path).unwrap();
    let error = Chain::load(&path, None).unwrap_err();
    assert!(matches!(error, DumpError::NeedsRemote { block } if block == point.number));
    let loaded = Chain::load(&path, Some(elsewhere)).unwrap();
    assert_eq!(loaded.storage_at(counter, U256::ZERO), U256::from(6));
    assert_ne!(loaded.head().hash(), B256::ZERO);
}

#[test]
fn test_fork_proves_nothing_and_its_root_names_what_it_wrote() {
    let (_, origin_reader, counter) = busy();
    let (elsewhere, point) = fork_of(&origin_reader);
    let mut fork = Chain::builder()
        .archive(true)
        .fork(elsewhere, point)
        .build()
        .unwrap();
    let reader = fork.reader().unwrap();
    let [alice] = fork.accounts();
    let snapshot = fork.snapshot();
    let mut roots = Vec::new();
    for value in [1u64, 1, 2] {
        fork.tx(alice, counter).value(value).send().unwrap();
        roots.push((value, reader.head().state_root()));
        fork.revert_to(snapshot).unwrap();
    }
    assert_eq!(roots[0], roots[1], "the same changes have the same root");
    assert_ne!(roots[0].1, roots[2].1);
    assert_eq!(
        reader.proof(BlockId::Latest, alice, &[]),
        Err(ReadError::NotWhole)
    );
}

#[test]
fn test_what_a_fork_could_not_read_is_not_taken_for_empty_later() {
    let (mut origin, _, counter) = busy();
    let rich = Address::repeat_byte(0x77);
    origin.set_balance(rich, U256::from(1_000));
    origin.set_nonce(rich, 9);
    origin.seal_block();
    let (elsewhere, point) = fork_of(&origin.reader().unwrap());
    let builder = Chain::builder().archive(true).fork(elsewhere.clone(), point);
    let mut fork = builder.build().unwrap();
    let [alice] = fork.accounts();
    elsewhere.cut.store(true, Ordering::Relaxed);
    fork.tx(alice, rich).value(1).send().unwrap_err();
    // A block's start reads as well.
    assert_eq!(fork.seal_block().number, point.number);
    let words = fork.take_unread().unwrap().to_string();
    assert!(words.contains("connection refused"), "{words}");
    assert_eq!(fork.take_unread(), None);
    let from_rich = || Transaction::unsigned(transfer(9, alice, 0).into(), rich);
    let refused = fork.submit(from_rich()).unwrap_err();
    assert!(matches!(refused, Rejected::Unreadable(_)), "{refused}");
    elsewhere.cut.store(false, Ordering::Relaxed);
    fork.tx(alice, rich).value(1).send().unwrap();
    assert_eq!((fork.balance_of(rich), fork.nonce(rich)), (U256::from(1_001), 9));
    let refused = fork.submit(from_rich()).unwrap_err();
    assert!(matches!(refused, Rejected::Funds { .. }), "{refused}");
    fork.seal_block();
    assert_eq!(fork.block_number(), point.number + 2);
    assert_eq!(fork.take_unread(), None);
    assert_eq!(fork.storage_at(counter, U256::ZERO), U256::from(5));
}

/// Readers see what the archive holds: nothing may get there that stands for what could not be read.
#[test]
fn test_what_a_fork_could_not_read_is_not_kept_for_its_readers() {
    let (origin, origin_reader, _) = busy();
    let (elsewhere, point) = fork_of(&origin_reader);
    let builder = Chain::builder().archive(true).fork(elsewhere.clone(), point);
    let mut fork = builder.build().unwrap();
    let reader = fork.reader().unwrap();
    let [alice, bob] = fork.accounts();
    // The next block brings a greater L1 number, which ArbOS writes.
    fork.warp(24);
    elsewhere.cut.store(true, Ordering::Relaxed);
    fork.tx(alice, bob).value(1).send().unwrap_err();
    // A change without a transaction is published, while the other chain still does not answer.
    fork.set_balance(alice, U256::from(5));
    elsewhere.cut.store(false, Ordering::Relaxed);
    let state = reader.state(BlockId::Latest).unwrap();
    assert_eq!(state.balance(alice).unwrap(), U256::from(5));
    let slot = schema().l1_blocks.field(0);
    let there = origin.storage_at(ARBOS_STATE_ADDRESS, slot);
    assert!(!there.is_zero());
    assert_eq!(state.storage(ARBOS_STATE_ADDRESS, slot).unwrap(), there);
}

/// Something goes wrong in the middle of a block: what ran before it is in that block, and nowhere else.
#[test]
fn test_block_that_breaks_off_keeps_what_it_has() {
    let (_origin, origin_reader, _) = busy();
    let (elsewhere, point) = fork_of(&origin_reader);
    let builder = Chain::builder().archive(true).fork(elsewhere.clone(), point);
    let mut fork = builder.build().unwrap();
    let reader = fork.reader().unwrap();
    let [alice, bob] = fork.accounts();
    fork.tx(alice, bob).value(1).send().unwrap();
    fork.set_mining(Mining::Manual);
    // Without what every block needs there is none.
    elsewhere.cut.store(true, Ordering::Relaxed);
    assert_eq!(fork.mine_pending().number, point.number + 1);
    assert!(fork.take_unread().is_some());
    elsewhere.cut.store(false, Ordering::Relaxed);
    assert_eq!(fork.mine_pending().number, point.number + 2);
    let used = fork.nonce(alice);
    let [first, second] = [(used, bob), (used + 1, Address::repeat_byte(0x55))].map(|(nonce, to)| {
        let transaction = Transaction::unsigned(transfer(nonce, to, 1).into(), alice);
        fork.submit(transaction).unwrap()
    });
    elsewhere.breaks.store(true, Ordering::Relaxed);
    let broken = catch_unwind(AssertUnwindSafe(|| fork.mine_pending()));
    assert!(broken.is_err());
    elsewhere.breaks.store(false, Ordering::Relaxed);
    // The block is not there yet: for readers both wait.
    assert!(reader.pending_transaction(first).is_some() && reader.transaction(first).is_none());
    assert_eq!(reader.next_nonce(alice).unwrap(), used + 2);
    assert_eq!(fork.mine_pending().tx_count, 1);
    let blocks = [first, second].map(|hash| reader.transaction(hash).unwrap().block.number());
    assert_eq!(blocks, [point.number + 3, point.number + 4]);
    assert!(reader.pool().unwrap().is_empty());
    // Blocks still come with transactions.
    fork.tx(alice, bob).send().unwrap();
    assert_eq!(fork.block_number(), point.number + 5);
}

#[test]
fn test_fork_does_not_know_what_the_other_chain_did_since() {
    let (mut origin, origin_reader, _) = busy();
    let (elsewhere, point) = fork_of(&origin_reader);
    origin.mine(5);
    let builder = Chain::builder().archive(true).fork(elsewhere.clone(), point);
    let reader = builder.build().unwrap().reader().unwrap();
    let mut overrides = Overrides::default();
    overrides.block.number = Some(point.number + 4);
    let ask = |number: u64| {
        let input = [&hex!("2b407a82")[..], &U256::from(number).to_be_bytes::<32>()].concat();
        let call = CallRequest {
            to: Some(ARB_SYS),
            input: input.into(),
            ..CallRequest::default()
        };
        let outcome = reader.call(BlockId::Latest, &call, &overrides).unwrap();
        (outcome.status == Status::Success).then(|| B256::from_slice(&outcome.output))
    };
    // The endpoint may lag behind: what it does not have yet is asked for again.
    elsewhere.lags.store(true, Ordering::Relaxed);
    assert_eq!(ask(point.number - 1), None);
    elsewhere.lags.store(false, Ordering::Relaxed);
    let before = origin_reader.block(point.number - 1).unwrap().hash;
    assert_eq!(ask(point.number - 1), Some(before));
    assert_eq!(ask(point.number), Some(point.hash));
    assert_eq!([1, 2, 3].map(|n| ask(point.number + n)), [None; 3]);
}

#[test]
fn test_fork_knows_the_hashes_of_the_blocks_before_it() {
    let (_origin, origin_reader, _) = busy();
    let (elsewhere, point) = fork_of(&origin_reader);
    let builder = Chain::builder().archive(true).fork(elsewhere.clone(), point);
    let mut fork = builder.build().unwrap();
    fork.mine(3);
    let reader = fork.reader().unwrap();
    let ask = |number: u64| -> Result<B256, CallError> {
        let mut input = hex!("2b407a82").to_vec();
        input.extend(U256::from(number).to_be_bytes::<32>());
        let call = CallRequest {
            to: Some(ARB_SYS),
            input: input.into(),
            ..CallRequest::default()
        };
        let outcome = reader.call(BlockId::Latest, &call, &Overrides::default())?;
        Ok(B256::from_slice(&outcome.output))
    };
    for number in 0..=point.number {
        let expected = origin_reader.block(number).unwrap().hash;
        assert_eq!(ask(number).unwrap(), expected, "{number}");
    }
    assert_eq!(
        ask(point.number + 1).unwrap(),
        reader.block(point.number + 1).unwrap().hash
    );
    // What was asked for once is known; a hash that cannot be had is no answer.
    elsewhere.cut.store(true, Ordering::Relaxed);
    assert!(ask(point.number).is_ok());
    let builder = Chain::builder().archive(true).fork(elsewhere.clone(), point);
    assert!(builder.build().is_err());
}
