//! Messages from L1, redeems, and what ArbOS's precompiles say of blocks.

use alloy_primitives::{Address, U256, address, hex};
use mintage_chain::{
    BlockId, CallRequest, Overrides, RetryableMessage, Status, SubmitRetryable, TransactionKind,
};
use mintage_vm::arbos::alias::to_l2;

use crate::common::{COUNTER, node};

const ARB_SYS: Address = address!("0x0000000000000000000000000000000000000064");
const ETHER: u64 = 1_000_000_000_000_000_000;

#[test]
fn test_deposit_arrives_in_a_block_of_its_own() {
    let (mut chain, reader) = node();
    let (sender, receiver) = (Address::repeat_byte(0x11), Address::repeat_byte(0x22));
    let hash = chain.deposit(sender, receiver, U256::from(7)).unwrap();
    assert_eq!(chain.balance_of(receiver), U256::from(7));
    let found = reader.transaction(hash).unwrap();
    let mined = &found.block.transactions[0];
    assert_eq!(
        (
            mined.transaction.ty(),
            mined.receipt.gas_used,
            mined.receipt.status
        ),
        (0x64, 0, true)
    );
    assert_eq!(mined.transaction.from(), to_l2(sender));
    assert_eq!(found.block.header.beneficiary, to_l2(sender));
    assert_eq!(found.block.header.nonce.as_slice(), 1u64.to_be_bytes());
    assert_eq!(hash, alloy_primitives::keccak256(mined.transaction.raw()));
}

fn ticket(to: Address, gas: u64) -> RetryableMessage {
    RetryableMessage {
        from: Address::repeat_byte(0x11),
        deposit_wei: U256::from(ETHER),
        to: Some(to),
        value_wei: U256::from(1_000),
        data: hex!("01020304").into(),
        gas,
        max_fee_wei: U256::from(1_000_000_000u64),
        max_submission_fee_wei: U256::from(ETHER / 10),
        l1_base_fee_wei: U256::from(1_000_000_000u64),
        fee_refund_address: Address::repeat_byte(0x33),
        beneficiary: Address::repeat_byte(0x44),
    }
}

/// Every wei of the deposit is somewhere afterwards: nothing is made and nothing is lost.
#[test]
fn test_paid_ticket_is_redeemed_in_the_same_block() {
    let (mut chain, reader) = node();
    let [_, counter] = chain.accounts();
    chain.set_code(counter, COUNTER);
    let network = mintage_chain::account_of_name("network fees");
    let message = ticket(counter, 200_000);
    let sender = to_l2(message.from);
    let holders = [counter, network, sender, message.fee_refund_address];
    let sum = |chain: &mintage_chain::Chain| holders.iter().map(|h| chain.balance_of(*h)).sum::<U256>();
    let before = sum(&chain);
    let hash = chain.submit_retryable(&message).unwrap();
    let block = reader.head();
    let types: Vec<u8> = block
        .transactions
        .iter()
        .map(|mined| mined.transaction.ty())
        .collect();
    assert_eq!(types, [0x69, 0x68]);
    assert_eq!(block.transactions[0].transaction.hash(), hash);
    assert_eq!(block.transactions[0].receipt.gas_used, 200_000);
    let redeem = &block.transactions[1];
    assert!(redeem.receipt.status);
    assert_eq!(redeem.receipt.logs.len(), 1, "the counter's");
    assert_eq!(
        redeem.receipt.cumulative_gas_used,
        200_000 + redeem.receipt.gas_used
    );
    let TransactionKind::Redeem(shown) = redeem.transaction.kind() else {
        panic!("it is a redeem")
    };
    assert_eq!((shown.ticket_id, shown.nonce, shown.from), (hash, 0, sender));
    assert_eq!(chain.storage_at(counter, U256::ZERO), U256::from(1));
    assert_eq!(
        sum(&chain) - before,
        U256::from(ETHER),
        "value, fees and refunds make up the deposit"
    );
    let TransactionKind::SubmitRetryable(submit) = block.transactions[0].transaction.kind() else {
        panic!("it is a submission")
    };
    let SubmitRetryable { retry_value, .. } = **submit;
    assert_eq!(retry_value, U256::from(1_000));
    assert_eq!(block.transactions[0].transaction.input()[..4], hex!("c9f95d32"));
}

#[test]
fn test_ticket_without_gas_waits_and_is_redeemed_by_anybody() {
    let (mut chain, reader) = node();
    let [alice, counter] = chain.accounts();
    chain.set_code(counter, COUNTER);
    let id = chain.submit_retryable(&ticket(counter, 0)).unwrap();
    assert_eq!(reader.head().transactions.len(), 1);
    assert_eq!(chain.storage_at(counter, U256::ZERO), U256::ZERO);
    // ArbRetryableTx.redeem(bytes32)
    let call = [&hex!("eda1122c")[..], id.as_slice()].concat();
    let precompile = address!("0x000000000000000000000000000000000000006e");
    let receipt = chain.tx(alice, precompile).data(call).include().unwrap();
    assert_eq!(receipt.status, Status::Success);
    let types: Vec<u8> = reader
        .head()
        .transactions
        .iter()
        .map(|mined| mined.transaction.ty())
        .collect();
    assert_eq!(types, [2, 0x68]);
    assert_eq!(chain.storage_at(counter, U256::ZERO), U256::from(1));
    // Tracing the first of them runs it as it ran.
    let first = reader.head().transactions[0].transaction.hash();
    let again = reader.replay(first).unwrap().run().unwrap();
    assert_eq!(again.gas_used, receipt.gas_used);
}

/// Each runs again as it ran, from the state right before it, and shows its frame.
#[test]
fn test_what_the_network_makes_is_replayed() {
    let (mut chain, reader) = node();
    let [_, counter] = chain.accounts();
    chain.set_code(counter, COUNTER);
    chain
        .deposit(counter, Address::repeat_byte(0x22), U256::from(7))
        .unwrap();
    let deposit = reader.head();
    chain.submit_retryable(&ticket(counter, 200_000)).unwrap();
    let submission = reader.head();
    // The state after each, by its place: the ticket is there before the redeem and gone after it.
    for (block, place) in [(&deposit, 0), (&submission, 0), (&submission, 1)] {
        let mined = &block.transactions[place];
        let transaction = &mined.transaction;
        let mut replay = reader.replay(transaction.hash()).unwrap();
        let counted = U256::from(0);
        assert_eq!(replay.chain.storage_at(counter, U256::ZERO), counted);
        let before = replay.chain.clone();
        let receipt = replay.run().unwrap();
        assert_eq!(
            (receipt.gas_used, receipt.is_success(), &receipt.logs),
            (mined.receipt.gas_used, mined.receipt.status, &mined.receipt.logs)
        );
        let trace = receipt.trace.unwrap();
        let root = trace.root().unwrap();
        assert_eq!(
            (root.from, root.to, root.value, &root.input),
            (
                transaction.from(),
                transaction.to(),
                transaction.value(),
                &transaction.input()
            )
        );
        let changed: Vec<Address> = replay
            .touched
            .iter()
            .map(|one| one.address)
            .filter(|address| before.balance_of(*address) != replay.chain.balance_of(*address))
            .collect();
        assert!(
            changed.contains(&transaction.to().unwrap()) || place == 0,
            "{changed:?}"
        );
        assert!(!changed.is_empty(), "{changed:?}");
        let runs = U256::from(place);
        assert_eq!(replay.chain.storage_at(counter, U256::ZERO), runs);
        if block.transactions.len() == place + 1 {
            let now = reader.state(BlockId::Hash(block.hash)).unwrap();
            for address in changed {
                assert_eq!(replay.chain.balance_of(address), now.balance(address).unwrap());
            }
        }
    }
}

#[test]
fn test_precompiles_know_l2_blocks_and_their_hashes() {
    let (mut chain, reader) = node();
    chain.mine(5);
    let call = |block, input: Vec<u8>| {
        let call = CallRequest {
            to: Some(ARB_SYS),
            input: input.into(),
            ..CallRequest::default()
        };
        reader.call(block, &call, &Overrides::default()).unwrap()
    };
    let number = |block| U256::from_be_slice(&call(block, hex!("a3b1b31d").to_vec()).output);
    assert_eq!(number(BlockId::Number(3)), U256::from(3));
    assert_eq!(number(BlockId::Latest), U256::from(5));
    assert_eq!(number(BlockId::Pending), U256::from(6));
    let hash = |number: u64| [&hex!("2b407a82")[..], &U256::from(number).to_be_bytes::<32>()].concat();
    let outcome = call(BlockId::Latest, hash(4));
    assert_eq!(outcome.output.as_ref(), reader.block(4).unwrap().hash.as_slice());
    assert_eq!(call(BlockId::Latest, hash(5)).status, Status::Reverted);
}

#[test]
fn test_message_to_l1_moves_the_send_root() {
    let (mut chain, reader) = node();
    let [alice] = chain.accounts();
    assert_eq!(
        (reader.head().send_count, reader.head().send_root),
        (0, mintage_chain::B256::ZERO)
    );
    // withdrawEth(address)
    let call = [&hex!("25e16063")[..], alice.into_word().as_slice()].concat();
    chain.tx(alice, ARB_SYS).data(call).value(5).send().unwrap();
    let head = reader.head();
    assert_eq!(head.send_count, 1);
    assert_ne!(head.send_root, mintage_chain::B256::ZERO);
    assert_eq!(head.header.extra_data.as_ref(), head.send_root.as_slice());
    assert_eq!(head.header.mix_hash[..8], 1u64.to_be_bytes());
}
