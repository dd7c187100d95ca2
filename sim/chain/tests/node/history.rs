//! Blocks, logs, the archive, going back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use alloy_consensus::proofs::calculate_transaction_root;
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, U256, address, keccak256};
use mintage_chain::{BlockId, ChainReader, LogQuery, LogQueryError, Mining, ReadError, TxEnvelope};

use crate::common::{COUNTER, node, signed, transfer};

#[test]
fn test_header_is_an_arbitrum_header_and_hashes_to_the_blocks_name() {
    let (mut chain, reader) = node();
    let [_, bob] = chain.accounts();
    chain.set_mining(Mining::Manual);
    let raws = [
        signed(0, transfer(0, bob, 1).into()),
        signed(1, transfer(0, bob, 2).into()),
    ];
    for raw in &raws {
        chain.submit_raw(raw).unwrap();
    }
    chain.mine_pending();
    let block = reader.head();
    let header = &block.header;
    assert_eq!(block.hash, keccak256(alloy_rlp::encode(header)));
    assert_eq!(header.parent_hash, reader.block(0).unwrap().hash);
    assert_eq!(chain.head().hash(), block.hash);
    let envelopes = raws.map(|raw| TxEnvelope::decode_2718(&mut &raw[..]).unwrap());
    assert_eq!(header.transactions_root, calculate_transaction_root(&envelopes));
    assert_eq!((header.difficulty, header.gas_limit), (U256::from(1), 1 << 50));
    assert_eq!(header.mix_hash[8..16], 25_000_000u64.to_be_bytes());
    assert_eq!(header.mix_hash[23], 61);
    assert_eq!(header.extra_data.as_ref(), block.send_root.as_slice());
    assert_eq!(reader.block_by_hash(block.hash).unwrap().number(), 1);
    let encoded = alloy_consensus::Block {
        header: header.clone(),
        body: alloy_consensus::BlockBody {
            transactions: block
                .transactions
                .iter()
                .map(|mined| TxEnvelope::decode_2718(&mut mined.transaction.raw().as_ref()).unwrap())
                .collect(),
            ommers: Vec::<alloy_consensus::Header>::new(),
            withdrawals: None,
        },
    };
    assert_eq!(block.size(), alloy_rlp::encode(encoded).len());
}

#[test]
fn test_blocks_begin_with_the_networks_transaction_where_it_is_wanted() {
    let (mut chain, reader) = node();
    let [_, bob] = chain.accounts();
    chain.show_internal_transactions(true);
    let sent = signed(0, transfer(0, bob, 7).into());
    let hash = chain.submit_raw(&sent).unwrap();
    chain.show_internal_transactions(false);
    chain.mine(1);

    let block = reader.block(1).unwrap();
    let [start, user] = block.transactions.as_slice() else {
        panic!("two transactions: {:?}", block.transactions);
    };
    let arbos = address!("0x00000000000000000000000000000000000a4b05");
    assert_eq!(
        (
            start.transaction.ty(),
            start.transaction.from(),
            start.transaction.to()
        ),
        (0x6a, arbos, Some(arbos))
    );
    // startBlock(l1BaseFee, l1BlockNumber, l2BlockNumber, timePassed)
    let words =
        [0, block.l1_block_number, 1, block.secs_since_parent].map(|word| B256::from(U256::from(word)));
    assert_eq!(start.transaction.input()[..4], [0x6b, 0xf6, 0xa4, 0x2d]);
    assert_eq!(start.transaction.input()[4..], words.concat());
    assert_eq!((start.receipt.status, start.receipt.gas_used), (true, 0));
    assert_eq!(user.transaction.hash(), hash);
    assert_eq!(user.receipt.cumulative_gas_used, user.receipt.gas_used);
    assert_eq!(block.numbers().tx_count, 2);
    let located = reader.transaction(start.transaction.hash()).unwrap();
    assert_eq!((located.block.number(), located.index), (1, 0));

    let again = reader.replay(hash).unwrap().run().unwrap();
    assert_eq!(again.gas_used, user.receipt.gas_used);
    let mut replay = reader.replay(start.transaction.hash()).unwrap();
    let again = replay.run().unwrap();
    let history = address!("0x0000F90827F1C53a10cb7A02335B175320002935");
    assert_eq!((again.gas_used, again.trace.unwrap().roots[0].from), (0, arbos));
    assert_eq!(
        replay.touched[0].address, history,
        "the parent's hash is kept there"
    );
    assert!(reader.block(2).unwrap().transactions.is_empty());
}

#[test]
fn test_same_history_has_the_same_hashes_and_another_has_others() {
    let run = |wei| {
        let (mut chain, reader) = node();
        let [_, bob] = chain.accounts();
        chain
            .submit_raw(&signed(0, transfer(0, bob, wei).into()))
            .unwrap();
        (
            reader.block(0).unwrap().hash,
            reader.head().hash,
            reader.head().state_root(),
        )
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    assert_ne!(run(1).2, run(2).2);
}

#[test]
fn test_logs_by_range_address_and_topic() {
    let (mut chain, reader) = node();
    let [alice, one, two] = chain.accounts();
    chain.set_code(one, COUNTER);
    chain.set_code(two, COUNTER);
    let snapshot = chain.snapshot();
    for n in 0..40 {
        chain
            .tx(alice, if n % 4 == 0 { two } else { one })
            .send()
            .unwrap();
    }
    let topic: B256 = U256::from(0x77).into();
    let all = LogQuery {
        from: 0,
        to: 100,
        ..LogQuery::default()
    };
    let count = |query: &LogQuery| reader.logs(query).unwrap().len();
    assert_eq!(count(&all), 40);
    assert_eq!(
        count(&LogQuery {
            addresses: vec![two],
            ..all.clone()
        }),
        10
    );
    assert_eq!(
        count(&LogQuery {
            addresses: vec![one, two],
            from: 11,
            to: 20,
            ..all.clone()
        }),
        10
    );
    let by_topic = |topic| LogQuery {
        topics: [vec![topic], vec![], vec![], vec![]],
        ..all.clone()
    };
    assert_eq!(count(&by_topic(topic)), 40);
    assert_eq!(count(&by_topic(B256::ZERO)), 0);
    let second = LogQuery {
        topics: [vec![], vec![topic], vec![], vec![]],
        ..all.clone()
    };
    assert_eq!(count(&second), 0, "there is no second topic");
    let found = reader
        .logs(&LogQuery {
            addresses: vec![two],
            ..all.clone()
        })
        .unwrap();
    let numbers: Vec<u64> = found.iter().map(|entry| entry.block.number()).collect();
    assert_eq!(numbers, (0..10).map(|n| 4 * n + 1).collect::<Vec<_>>());
    assert_eq!((found[0].log().address, found[0].log_index), (two, 0));
    assert_eq!(
        found[0].transaction_hash(),
        found[0].block.transactions[0].transaction.hash()
    );
    let few = LogQuery {
        max_results: Some(39),
        ..all.clone()
    };
    assert_eq!(
        reader.logs(&few).unwrap_err(),
        LogQueryError::TooMany { limit: 39 }
    );
    let wrong = LogQuery {
        from: 5,
        to: 4,
        ..all.clone()
    };
    assert!(matches!(reader.logs(&wrong), Err(LogQueryError::Range { .. })));
    assert_eq!(reader.logs_of_block(found[0].block.hash, &all).unwrap().len(), 1);
    chain.revert_to(snapshot).unwrap();
    assert_eq!(count(&all), 0);
}

type Seen = BTreeMap<(usize, u64), (U256, u64, U256)>;

/// What a plain copy of everything says.
fn copy(chain: &mintage_chain::Chain, accounts: &[Address]) -> Seen {
    let mut seen = Seen::new();
    for (n, account) in accounts.iter().enumerate() {
        for slot in 0..3u64 {
            let value = chain.storage_at(*account, U256::from(slot));
            seen.insert(
                (n, slot),
                (chain.balance_of(*account), chain.nonce(*account), value),
            );
        }
    }
    seen
}

fn read(reader: &ChainReader, number: u64, accounts: &[Address]) -> Seen {
    let state = reader.state(BlockId::Number(number)).unwrap();
    let mut seen = Seen::new();
    for (n, account) in accounts.iter().enumerate() {
        for slot in 0..3u64 {
            let value = state.storage(*account, U256::from(slot)).unwrap();
            seen.insert(
                (n, slot),
                (
                    state.balance(*account).unwrap(),
                    state.nonce(*account).unwrap(),
                    value,
                ),
            );
        }
    }
    seen
}

/// Random transactions, changes without transactions, snapshots and reverts: every block's state is what it was.
#[test]
fn test_archive_equals_full_copies() {
    let (mut chain, reader) = node();
    let accounts: Vec<Address> = (0..6).map(|n| chain.dev_account(n)).collect();
    chain.set_code(accounts[5], COUNTER);
    let mut copies: Vec<Seen> = vec![copy(&chain, &accounts)];
    let mut snapshots = Vec::new();
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    for _ in 0..600 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let (from, to) = (
            accounts[(seed >> 8) as usize % 5],
            accounts[(seed >> 16) as usize % 6],
        );
        match seed % 10 {
            0 => chain.set_storage(to, U256::from(seed >> 60 & 1), U256::from(seed >> 20 & 3)),
            1 => chain.set_balance(to, chain.balance_of(to) + U256::from(seed >> 50)),
            2 => snapshots.push((chain.snapshot(), copies.len())),
            3 => {
                if let Some((snapshot, blocks)) = snapshots.pop() {
                    chain.revert_to(snapshot).unwrap();
                    chain.release(snapshot).unwrap();
                    copies.truncate(blocks);
                }
            }
            _ => {
                chain.tx(from, to).value(seed % 1_000).send().unwrap();
                copies.push(Seen::new());
            }
        }
        let head = chain.block_number() as usize;
        assert_eq!(copies.len(), head + 1);
        copies[head] = copy(&chain, &accounts);
    }
    assert!(copies.len() > 20, "{}", copies.len());
    for (number, expected) in (0u64..).zip(&copies) {
        assert_eq!(&read(&reader, number, &accounts), expected, "block {number}");
    }
}

#[test]
fn test_reader_of_a_reverted_block_is_told_so() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    let snapshot = chain.snapshot();
    chain.tx(alice, bob).value(1).send().unwrap();
    let gone = reader.state(BlockId::Latest).unwrap();
    let genesis = reader.state(BlockId::Earliest).unwrap();
    let hash = reader.head().hash;
    chain.revert_to(snapshot).unwrap();
    chain.tx(alice, bob).value(2).send().unwrap();
    assert_eq!(gone.balance(bob).unwrap_err(), ReadError::Reverted);
    assert!(genesis.balance(bob).is_ok());
    assert!(reader.block_by_hash(hash).is_none());
    assert_ne!(reader.head().hash, hash);
}

/// Readers at work while blocks are made and taken back: each sees one whole state. Every block moves one wei from one
/// account to the other, so their sum tells a torn one.
#[test]
fn test_readers_see_whole_states_while_the_writer_writes() {
    let (mut chain, reader) = node();
    let [alice, _] = chain.accounts();
    let (left, right) = (Address::repeat_byte(1), Address::repeat_byte(2));
    chain.set_balance(left, U256::from(10).pow(U256::from(18)));
    chain.set_balance(right, U256::ZERO);
    let total = U256::from(10).pow(U256::from(18));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watchers: Vec<_> = (0..3)
            .map(|_| {
                let (reader, done) = (reader.clone(), &done);
                scope.spawn(move || {
                    let (mut whole, mut told) = (0u64, 0u64);
                    while !done.load(Ordering::Relaxed) {
                        let head = reader.head();
                        let Ok(state) = reader.state(BlockId::Hash(head.hash)) else {
                            continue;
                        };
                        let sum = state.balance(left).and_then(|l| Ok(l + state.balance(right)?));
                        match sum {
                            Ok(sum) => {
                                assert_eq!(sum, total);
                                whole += 1;
                            }
                            Err(error) => {
                                assert_eq!(error, ReadError::Reverted);
                                told += 1;
                            }
                        }
                    }
                    (whole, told)
                })
            })
            .collect();
        for round in 0..150u64 {
            let snapshot = chain.snapshot();
            for _ in 0..3 {
                chain.tx(left, right).value(1 + round).free_gas().send().unwrap();
                chain.tx(alice, alice).send().unwrap();
            }
            if round % 3 == 0 {
                chain.revert_to(snapshot).unwrap();
            }
            chain.release(snapshot).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        for watcher in watchers {
            let (whole, _) = watcher.join().unwrap();
            assert!(whole > 0);
        }
    });
}

#[test]
fn test_writer_can_be_sent_and_readers_shared() {
    fn send<T: Send>() {}
    fn share<T: Clone + Send + Sync>() {}
    send::<mintage_chain::Chain>();
    share::<ChainReader>();
    share::<mintage_chain::StateView>();
}

#[test]
fn test_clone_has_a_history_of_its_own() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    chain.tx(alice, bob).value(1).send().unwrap();
    let mut other = chain.clone();
    other.tx(alice, bob).value(1).send().unwrap();
    assert_eq!(
        (reader.block_number(), other.reader().unwrap().block_number()),
        (1, 2)
    );
}

#[test]
fn test_time_follows_the_clock_outside_and_what_was_set() {
    let (mut chain, reader) = node();
    let start = chain.now();
    reader.set_wall_clock(start + 100);
    assert_eq!(chain.seal_block().timestamp, start + 100);
    reader.set_wall_clock(start + 160);
    assert_eq!(reader.pending_header().timestamp, start + 160);
    chain.warp(1_000);
    reader.set_wall_clock(start + 161);
    assert_eq!(chain.seal_block().timestamp, start + 1_161);
    chain.set_next_timestamp(start + 5_000).unwrap();
    reader.set_wall_clock(start + 170);
    assert_eq!(chain.seal_block().timestamp, start + 5_000);
    reader.set_wall_clock(start + 175);
    assert_eq!(chain.seal_block().timestamp, start + 5_005);
    assert!(chain.set_next_timestamp(start).is_err());
}

#[test]
fn test_fee_history_has_one_base_fee_more_than_blocks() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    for _ in 0..4 {
        chain.warp(1);
        chain.tx(alice, bob).send().unwrap();
    }
    let fees = reader.fee_history(3, BlockId::Latest).unwrap();
    assert_eq!(
        (fees.oldest, fees.base_fees_wei.len(), fees.gas_used_ratios.len()),
        (2, 4, 3)
    );
    assert_eq!(fees.gas_used_ratios, [21_000.0 / 14_000_000.0; 3]);
    let fees = reader.fee_history(100, BlockId::Number(2)).unwrap();
    assert_eq!(
        (fees.oldest, fees.base_fees_wei.len(), fees.gas_used_ratios.len()),
        (0, 4, 3)
    );
}
