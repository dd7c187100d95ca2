//! What the chain's owner sets, and what follows: tips, upgrades.

use alloy_consensus::{TxEip1559, TxLegacy};
use alloy_primitives::{Address, Bytes, TxKind, U256, hex};
use mintage_chain::{
    BlockId, CallRequest, Chain, ChainReader, Mining, Overrides, Rejected, RetryableMessage, Status,
    Transaction,
};
use mintage_vm::arbos::poster;

use crate::common::{COUNTER, GWEI, signed, transfer};

const ARB_OWNER: Address = Address::with_last_byte(0x70);
/// 0.02 gwei, the base fee of these chains.
const BASE_FEE: u128 = 20_000_000;
/// Wei for a unit of L1 data.
const L1_PRICE: u64 = 1_000_000;
/// GASPRICE and BASEFEE, returned.
const PRICES: [u8; 13] = hex!("3a5f524860205260405ff3fefe");

fn call(selector: [u8; 4], words: &[u64]) -> Bytes {
    let words = words
        .iter()
        .flat_map(|word| U256::from(*word).to_be_bytes::<32>());
    selector.into_iter().chain(words).collect()
}

/// The first development account owns the chain.
fn as_owner(chain: &mut Chain, data: Bytes) {
    let [owner] = chain.accounts();
    let receipt = chain.tx(owner, ARB_OWNER).data(data).send().unwrap();
    assert!(receipt.is_success());
}

fn chain(l1_price_wei: u64, arbos: u64) -> (Chain, ChainReader) {
    let chain = Chain::builder()
        .archive(true)
        .arbos_version(arbos)
        .l1_price_per_unit_wei(l1_price_wei)
        .build()
        .unwrap();
    let reader = chain.reader().unwrap();
    (chain, reader)
}

/// setCollectTips(bool)
const COLLECT: [u8; 4] = hex!("a858dbe2");

#[test]
fn test_collected_tips_are_paid_to_the_network() {
    let (mut chain, reader) = chain(L1_PRICE, 61);
    let [_, alice, bob] = chain.accounts();
    chain.set_code(bob, PRICES);
    let network = mintage_chain::account_of_name("network fees");
    let fund = mintage_vm::arbos::fees::L1_PRICER_FUNDS;
    let bodies = |nonce: u64| {
        let tipped = TxEip1559 {
            max_fee_per_gas: GWEI,
            max_priority_fee_per_gas: 5_000_000,
            ..transfer(nonce, bob, 0)
        };
        let legacy = TxLegacy {
            chain_id: Some(412_346),
            nonce: nonce + 1,
            gas_price: 3 * BASE_FEE,
            gas_limit: 100_000,
            to: TxKind::Call(bob),
            ..TxLegacy::default()
        };
        [
            (signed(1, tipped.into()), 5_000_000),
            (signed(1, legacy.into()), 2 * BASE_FEE),
        ]
    };
    for collected in [false, true] {
        if collected {
            as_owner(&mut chain, call(COLLECT, &[1]));
        }
        for (raw, tip) in bodies(chain.nonce(alice)) {
            let price = BASE_FEE + if collected { tip } else { 0 };
            let before = [alice, network, fund].map(|account| chain.balance_of(account));
            chain.submit_raw(&raw).unwrap();
            let after = [alice, network, fund].map(|account| chain.balance_of(account));
            let block = reader.head();
            let receipt = &block.transactions[0].receipt;
            assert_eq!(receipt.effective_gas_price_wei, price);
            let shown = [U256::from(price), U256::from(BASE_FEE)].map(|word| word.to_be_bytes::<32>());
            assert_eq!(receipt.output.as_ref(), shown.concat(), "GASPRICE and BASEFEE");
            assert_eq!(block.header.mix_hash[25], u8::from(collected));
            assert_eq!(chain.balance_of(block.header.beneficiary), U256::ZERO);
            let wei = |gas: u64| U256::from(gas) * U256::from(price);
            let compute = receipt.gas_used - receipt.gas_used_for_l1;
            assert_eq!(before[0] - after[0], wei(receipt.gas_used));
            assert_eq!(after[1] - before[1], wei(compute));
            assert_eq!(after[2] - before[2], wei(receipt.gas_used_for_l1));
            // The same wei for L1 are less gas at a higher price.
            let units = poster::units(&raw, poster::BROTLI_LEVEL);
            let for_l1 = poster::gas_down(units, U256::from(L1_PRICE), price as u64);
            assert_eq!(receipt.gas_used_for_l1, for_l1);
        }
    }
}

/// Then the tip is all that is paid, and none of it goes to L1.
#[test]
fn test_tip_over_no_base_fee_is_paid_to_the_network() {
    let (mut chain, reader) = chain(L1_PRICE, 61);
    let [_, alice, bob] = chain.accounts();
    let network = mintage_chain::account_of_name("network fees");
    as_owner(&mut chain, call(COLLECT, &[1]));
    chain.set_base_fee_wei(0);
    let tipped = TxEip1559 {
        max_fee_per_gas: GWEI,
        max_priority_fee_per_gas: 7,
        ..transfer(0, bob, 0)
    };
    let before = [alice, network].map(|account| chain.balance_of(account));
    chain.submit_raw(&signed(1, tipped.into())).unwrap();
    let receipt = &reader.head().transactions[0].receipt;
    assert_eq!((receipt.gas_used, receipt.gas_used_for_l1), (21_000, 0));
    assert_eq!(receipt.effective_gas_price_wei, 7);
    let paid = U256::from(7 * 21_000);
    assert_eq!(before[0] - chain.balance_of(alice), paid);
    assert_eq!(chain.balance_of(network) - before[1], paid);
}

#[test]
fn test_tips_are_dropped_before_arbos_60() {
    let (mut chain, reader) = chain(0, 51);
    let [bob] = chain.accounts();
    let slot = mintage_vm::arbos::schema::schema().root.collect_tips;
    chain.set_storage(
        mintage_vm::arbos::schema::ARBOS_STATE_ADDRESS,
        slot,
        U256::from(1),
    );
    let tipped = TxEip1559 {
        max_priority_fee_per_gas: 5_000_000,
        ..transfer(0, bob, 0)
    };
    chain.submit_raw(&signed(1, tipped.into())).unwrap();
    let block = reader.head();
    assert_eq!(block.transactions[0].receipt.effective_gas_price_wei, BASE_FEE);
    assert_eq!(block.header.mix_hash[25], 0);
}

/// scheduleArbOSUpgrade(uint64,uint64)
const SCHEDULE: [u8; 4] = hex!("e388b381");
/// Whether CLZ is an opcode, which it is from ArbOS 50 on: counts the leading zeros of 1.
const LEADING_ZEROS: [u8; 9] = hex!("60011e5f5260205ff3");

#[test]
fn test_scheduled_upgrade_holds_from_its_time_on_and_ends_with_a_revert() {
    let (mut chain, reader) = chain(0, 41);
    let [alice, contract] = chain.accounts();
    chain.set_code(contract, LEADING_ZEROS);
    let due = chain.now() + 100;
    as_owner(&mut chain, call(SCHEDULE, &[60, due]));
    let snapshot = chain.snapshot();
    let mut runs = |after: u64| {
        chain.revert_to(snapshot).unwrap();
        assert_eq!((chain.arbos_version(), reader.arbos_version()), (41, 41));
        chain.warp(after);
        let receipt = chain.tx(alice, contract).include().unwrap();
        let block = reader.head();
        assert_eq!(block.header.mix_hash[23], chain.arbos_version() as u8);
        assert_eq!(block.arbos_version, reader.arbos_version());
        // What is asked of the past holds to the rules of the past.
        let call = mintage_chain::CallRequest {
            to: Some(contract),
            ..mintage_chain::CallRequest::default()
        };
        let at = |number| {
            let overrides = mintage_chain::Overrides::default();
            let outcome = reader.call(BlockId::Number(number), &call, &overrides).unwrap();
            outcome.status == Status::Success
        };
        assert!(!at(block.number() - 1));
        assert_eq!(at(block.number()), receipt.is_success());
        let replayed = reader
            .replay(block.transactions[0].transaction.hash())
            .unwrap()
            .run();
        assert_eq!(replayed.unwrap().gas_used, receipt.gas_used);
        (chain.arbos_version(), receipt.is_success())
    };
    assert_eq!(runs(99), (41, false));
    assert_eq!(
        runs(100),
        (60, true),
        "the block at its time runs under the new rules"
    );
    assert_eq!(runs(0), (41, false));
}

/// setMaxBlockGasLimit(uint64) and, which before ArbOS 50 sets the same, setMaxTxGasLimit(uint64)
const BLOCK_LIMIT: [u8; 4] = hex!("ae105c80");
const TX_LIMIT: [u8; 4] = hex!("39673611");

/// Puts a transaction without signature into the pool.
fn wait(chain: &mut Chain, from: Address, body: TxEip1559) {
    chain.submit(Transaction::unsigned(body.into(), from)).unwrap();
}

#[test]
fn test_blocks_are_as_large_as_the_owner_says() {
    let (mut chain, reader) = chain(0, 61);
    let [_, alice, bob] = chain.accounts();
    chain.set_mining(Mining::Manual);
    let blocks = |chain: &mut Chain| -> Vec<u32> {
        let next = chain.nonce(alice);
        for nonce in next..next + 7 {
            wait(chain, alice, transfer(nonce, bob, 1));
        }
        std::iter::from_fn(|| Some(chain.mine_pending().tx_count))
            .take_while(|count| *count > 0)
            .collect()
    };
    assert_eq!(blocks(&mut chain), [7]);
    // ArbOS's own transaction takes 21,000 as well; what is left is less than another needs.
    as_owner(&mut chain, call(BLOCK_LIMIT, &[4 * 21_000 + 20_999]));
    assert_eq!(blocks(&mut chain), [3, 3, 1]);
    // A limit is one for what has run, not for what may.
    as_owner(&mut chain, call(BLOCK_LIMIT, &[2 * 21_000]));
    assert_eq!(blocks(&mut chain), [1; 7]);
    assert!(reader.pool().unwrap().is_empty());
}

#[test]
fn test_before_arbos_50_what_may_run_must_fit_a_block() {
    let (mut chain, reader) = chain(0, 41);
    let [_, alice, bob] = chain.accounts();
    as_owner(&mut chain, call(TX_LIMIT, &[200_000]));
    chain.set_mining(Mining::Manual);
    let with_gas = |nonce, gas_limit| TxEip1559 {
        gas_limit,
        ..transfer(nonce, bob, 1)
    };
    // 158,000 are left after the first.
    wait(&mut chain, alice, with_gas(0, 100_000));
    wait(&mut chain, alice, with_gas(1, 158_001));
    wait(&mut chain, bob, transfer(0, alice, 1));
    assert_eq!(chain.mine_pending().tx_count, 2);
    assert_eq!(reader.pool().unwrap().len(), 1);
    wait(&mut chain, alice, with_gas(2, 158_000));
    assert_eq!(chain.mine_pending().tx_count, 2);
    // The first may have more than there is.
    wait(&mut chain, alice, with_gas(3, 1_000_000));
    assert_eq!(chain.mine_pending().tx_count, 1);
}

/// What a transaction gives to a redeem it does not use itself: it counts with the redeem, as far as that uses it.
#[test]
fn test_gas_for_redeems_counts_once() {
    let (mut chain, reader) = chain(0, 61);
    let [_, alice, bob, counter] = chain.accounts();
    chain.set_code(counter, COUNTER);
    let message = RetryableMessage {
        from: bob,
        deposit_wei: U256::from(1_000_000_000_000_000_000u64),
        to: Some(counter),
        max_submission_fee_wei: U256::from(1_000_000_000_000_000u64),
        beneficiary: bob,
        ..RetryableMessage::default()
    };
    let ticket = chain.submit_retryable(&message).unwrap();
    as_owner(&mut chain, call(BLOCK_LIMIT, &[510_000]));
    chain.set_mining(Mining::Manual);
    // ArbRetryableTx.redeem(bytes32)
    let redeem = TxEip1559 {
        gas_limit: 500_000,
        to: TxKind::Call(Address::with_last_byte(0x6e)),
        input: [&hex!("eda1122c")[..], ticket.as_slice()].concat().into(),
        ..transfer(0, bob, 0)
    };
    wait(&mut chain, alice, redeem);
    wait(&mut chain, alice, transfer(1, bob, 1));
    chain.mine_pending();
    let block = reader.head();
    let types: Vec<u8> = block
        .transactions
        .iter()
        .map(|mined| mined.transaction.ty())
        .collect();
    assert_eq!(types, [2, 0x68, 2]);
    assert!(block.transactions[0].receipt.gas_used > 490_000);
    assert_eq!(chain.storage_at(counter, U256::ZERO), U256::from(1));
}

/// setCalldataPriceIncrease(bool)
const CALLDATA_FLOOR: [u8; 4] = hex!("8eb911d9");

/// EIP-7623: 10 gas for each token of data above 21,000 at least, a zero being one token and another byte four.
#[test]
fn test_calldata_floor_is_the_owners_switch() {
    let (mut chain, reader) = chain(0, 61);
    let [_, alice, bob] = chain.accounts();
    let data: Bytes = [vec![0; 100], vec![1; 1_000]].concat().into();
    let standard = 21_000 + 4 * (100 + 4 * 1_000);
    let floor = 21_000 + 10 * (100 + 4 * 1_000);
    let question = CallRequest {
        from: Some(alice),
        to: Some(bob),
        input: data.clone(),
        ..CallRequest::default()
    };
    for (on, gas) in [(0, standard), (1, floor), (0, standard)] {
        as_owner(&mut chain, call(CALLDATA_FLOOR, &[on]));
        let receipt = chain.tx(alice, bob).data(data.clone()).gas(gas).send().unwrap();
        assert_eq!(receipt.gas_used, gas);
        let refused = chain
            .tx(alice, bob)
            .data(data.clone())
            .gas(gas - 1)
            .send()
            .unwrap_err();
        let words = Rejected::GasLimitTooLow {
            limit: gas - 1,
            needed: gas,
        }
        .to_string();
        assert!(refused.to_string().contains(&words), "{refused}");
        let overrides = Overrides::default();
        let estimated = reader
            .estimate_gas(BlockId::Latest, &question, &overrides)
            .unwrap();
        assert!(
            (gas..gas + gas / 50).contains(&estimated),
            "{estimated} for {gas}"
        );
        // What was done before is told by the rules of before.
        let hash = reader.head().transactions[0].transaction.hash();
        assert_eq!(reader.replay(hash).unwrap().run().unwrap().gas_used, gas);
    }
}

/// setSpeedLimit(uint64)
const SPEED: [u8; 4] = hex!("4d7a060d");

#[test]
fn test_fee_history_measures_by_the_owners_speed() {
    let (mut chain, reader) = chain(0, 61);
    let [_, alice, bob] = chain.accounts();
    for _ in 0..3 {
        chain.warp(1);
        chain.tx(alice, bob).send().unwrap();
    }
    let ratio = || reader.fee_history(1, BlockId::Latest).unwrap().gas_used_ratios[0];
    assert_eq!(ratio(), 21_000.0 / 14_000_000.0);
    as_owner(&mut chain, call(SPEED, &[500_000]));
    chain.warp(1);
    chain.tx(alice, bob).send().unwrap();
    chain.warp(1);
    chain.tx(alice, bob).send().unwrap();
    assert_eq!(ratio(), 21_000.0 / 1_000_000.0);
}
