//! Decoding, hashes, senders, and what keeps a transaction out.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, B256, Signature, TxKind, U256, address, b256, hex};
use mintage_chain::{BlockId, Chain, ReadError, Rejected, Transaction, TypedTransaction};
use serde_json::Value;

use crate::common::{GWEI, node, sign_hash, signed, transfer};

/// The CREATE2 factory's transaction, which is on every network: legacy, without a chain id.
const FACTORY: &[u8] = &hex!(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba022222222222222222222"
    "22222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222"
);

/// Transactions of Arbitrum chains with the hashes that the network gave them.
#[test]
fn test_recorded_transactions_have_their_hashes() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/arbos/vectors_l1_poster.jsonl"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let mut seen = 0;
    for row in text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
    {
        let (Some(raw), Some(hash)) = (row["raw"].as_str(), row["tx"].as_str()) else {
            continue;
        };
        let raw = hex::decode(raw).unwrap();
        // Arbitrum One's, and one chain's that had ArbOS 61 first.
        let chain_id = if row["source"].as_str().unwrap().starts_with("arb1") {
            42_161
        } else {
            4_663
        };
        let transaction = Transaction::decode(&raw, chain_id).unwrap();
        assert_eq!(transaction.hash(), hash.parse::<B256>().unwrap(), "{row}");
        assert_eq!(transaction.raw(), raw);
        seen += 1;
    }
    assert!(seen >= 10, "{seen} rows have bytes and hash");
}

#[test]
fn test_factory_transaction_is_taken_and_creates_the_factory() {
    let (mut chain, reader) = node();
    let deployer = address!("0x3fab184622dc19b6109349b94811493bf2a45362");
    chain.set_balance(deployer, U256::from(10).pow(U256::from(18)));
    let hash = chain.submit_raw(FACTORY).unwrap();
    assert_eq!(hash, alloy_primitives::keccak256(FACTORY));
    let found = reader.transaction(hash).unwrap();
    let mined = &found.block.transactions[found.index];
    assert_eq!(mined.transaction.from(), deployer);
    assert_eq!(mined.transaction.chain_id(), None);
    assert!(mined.receipt.status);
    let factory = address!("0x4e59b44847b379578588920ca78fbf26c0b4956c");
    assert_eq!(mined.receipt.contract_address, Some(factory));
    assert_eq!(chain.code_at(factory).len(), 69);
}

/// Two transactions of Ethereum whose hashes and senders are known.
#[test]
fn test_mainnet_transactions_have_their_senders() {
    let legacy = TxLegacy {
        chain_id: Some(1),
        nonce: 0x18,
        gas_price: 0xfa56_ea00,
        gas_limit: 119_902,
        to: TxKind::Call(address!("0x06012c8cf97bead5deae237070f9587f8e7a266d")),
        value: U256::from(0x001c_6bf5_2634_0000u64),
        input: hex!(
            "f7d8c88300000000000000000000000000000000000000000000000000000000000cee6100000000000000000000000000000000"
            "000000000000000000000000000ac3e1"
        )
        .into(),
    };
    let signature = Signature::from_scalars_and_parity(
        b256!("0x2a378831cf81d99a3f06a18ae1b6ca366817ab4d88a70053c41d7a8f0368e031"),
        b256!("0x450d831a05b6e418724436c05c155e0a1b7b921015d0fbc2f667aed709ac4fb5"),
        false,
    );
    let raw = alloy_eips::eip2718::Encodable2718::encoded_2718(&legacy.into_signed(signature));
    let transaction = Transaction::decode(&raw, 1).unwrap();
    let hash = b256!("0xbb3a336e3f823ec18197f1e13ee875700f08f03e2cab75f0d0b118dabb44cba0");
    assert_eq!(transaction.hash(), hash);
    assert_eq!(
        transaction.from(),
        address!("0x398137383b3d25c92898c656696e41950e47316b")
    );
}

#[test]
fn test_each_type_is_included_and_shown() {
    let (mut chain, reader) = node();
    let [alice, bob] = chain.accounts();
    let list = AccessList(vec![AccessListItem {
        address: bob,
        storage_keys: vec![B256::ZERO],
    }]);
    let authorization = Authorization {
        chain_id: U256::from(412_346),
        address: Address::repeat_byte(0x77),
        nonce: 0,
    };
    let signature = sign_hash(1, authorization.signature_hash());
    let to = TxKind::Call(bob);
    let bodies: [TypedTransaction; 4] = [
        TxLegacy {
            chain_id: Some(412_346),
            nonce: 0,
            gas_price: GWEI,
            gas_limit: 100_000,
            to,
            ..TxLegacy::default()
        }
        .into(),
        TxEip2930 {
            chain_id: 412_346,
            nonce: 1,
            gas_price: GWEI,
            gas_limit: 100_000,
            to,
            access_list: list,
            ..TxEip2930::default()
        }
        .into(),
        transfer(2, bob, 5).into(),
        TxEip7702 {
            chain_id: 412_346,
            nonce: 3,
            gas_limit: 100_000,
            max_fee_per_gas: GWEI,
            to: alice,
            authorization_list: vec![authorization.into_signed(signature)],
            ..TxEip7702::default()
        }
        .into(),
    ];
    // 2400 for an address and 1900 for a slot; 25000 for an authorization, of which a fifth of all comes back, for the
    // account exists.
    let gas = [21_000, 21_000 + 2_400 + 1_900, 21_000, (21_000 + 25_000) * 4 / 5];
    for ((body, ty), gas) in bodies.into_iter().zip([0u8, 1, 2, 4]).zip(gas) {
        let raw = signed(0, body);
        let hash = chain.submit_raw(&raw).unwrap();
        assert_eq!(hash, alloy_primitives::keccak256(&raw));
        let found = reader.transaction(hash).unwrap();
        let mined = &found.block.transactions[found.index];
        assert_eq!((mined.transaction.ty(), mined.receipt.tx_type), (ty, ty));
        assert_eq!(mined.transaction.from(), alice);
        assert_eq!(mined.transaction.raw(), raw);
        assert!(mined.receipt.status);
        assert_eq!(mined.receipt.gas_used, gas, "type {ty}");
    }
    // Bob's account now runs the code at the address that he signed.
    let code = chain.code_at(bob);
    assert_eq!(code[..3], hex!("ef0100"));
    assert_eq!(code[3..], Address::repeat_byte(0x77)[..]);
    assert_eq!(chain.nonce(bob), 1);
}

#[test]
fn test_refusals_speak_the_networks_words() {
    let (mut chain, _) = node();
    let [alice, bob] = chain.accounts();
    chain.tx(alice, bob).send().unwrap();
    let base = |nonce| transfer(nonce, bob, 1);
    let mut says = |body: TypedTransaction, words: &str| {
        let error = chain.submit_raw(&signed(0, body)).unwrap_err().network_message();
        assert!(error.contains(words), "{error:?} does not contain {words:?}");
    };
    says(base(0).into(), "nonce too low");
    says(
        TxEip1559 {
            max_fee_per_gas: 1,
            ..base(1)
        }
        .into(),
        "max fee per gas less than block base fee",
    );
    says(
        TxEip1559 {
            max_priority_fee_per_gas: 2 * GWEI,
            ..base(1)
        }
        .into(),
        "max priority fee per gas higher than max fee per gas",
    );
    says(
        TxEip1559 {
            gas_limit: 20_999,
            ..base(1)
        }
        .into(),
        "intrinsic gas too low: have 20999, want 21000",
    );
    says(
        TxEip1559 {
            value: U256::MAX >> 1,
            ..base(1)
        }
        .into(),
        "insufficient funds for gas * price + value",
    );
    says(
        TxEip1559 {
            chain_id: 1,
            ..base(1)
        }
        .into(),
        "invalid chain id for signer: have 1 want 412346",
    );
    says(
        TxEip1559 {
            input: vec![0; 95_000].into(),
            ..base(1)
        }
        .into(),
        "oversized data",
    );
    says(
        TxEip1559 {
            to: TxKind::Create,
            input: vec![0; 49_153].into(),
            gas_limit: 9_000_000,
            ..base(1)
        }
        .into(),
        "max initcode size exceeded",
    );
    says(
        TxEip7702 {
            chain_id: 412_346,
            nonce: 1,
            gas_limit: 100_000,
            max_fee_per_gas: GWEI,
            to: bob,
            ..TxEip7702::default()
        }
        .into(),
        "EIP-7702 transaction with empty auth list",
    );
    // Nobody's nonce can follow this one.
    says(base(u64::MAX).into(), "nonce has max value");
    says(TxEip4844::default().into(), "transaction type not supported");
    for ty in 0x64..=0x6a {
        assert_eq!(
            chain.submit_raw(&[ty, 0xc0]).unwrap_err(),
            Rejected::TypeNotSupported { ty }
        );
    }
    assert!(matches!(
        chain.submit_raw(&[]).unwrap_err(),
        Rejected::Malformed(_)
    ));
    assert!(matches!(
        chain.submit_raw(&[2, 0xc0]).unwrap_err(),
        Rejected::Malformed(_)
    ));
    let mut trailing = signed(0, base(1).into());
    trailing.push(0);
    assert!(matches!(
        chain.submit_raw(&trailing).unwrap_err(),
        Rejected::Malformed(_)
    ));
    assert_eq!(
        (chain.nonce(alice), chain.block_number()),
        (1, 1),
        "nothing was included"
    );
    let large = TxEip1559 {
        gas_limit: 9_000_000,
        input: vec![0; 95_000].into(),
        ..base(1)
    };
    let unsigned = Transaction::unsigned(large.into(), alice);
    assert!(matches!(
        chain.submit(unsigned).unwrap_err(),
        Rejected::TooLarge { limit: 95_000, .. }
    ));
    let raw = signed(0, base(1).into());
    chain.submit_raw(&raw).unwrap();
    assert_eq!(chain.submit_raw(&raw).unwrap_err(), Rejected::AlreadyKnown);
}

/// Only the EVM itself refuses delegations before ArbOS 40: a block has begun by then.
#[test]
fn test_what_the_evm_refuses_leaves_no_block_behind() {
    let mut chain = Chain::builder().archive(true).arbos_version(32).build().unwrap();
    let [alice, bob] = chain.accounts();
    let authorization = Authorization {
        chain_id: U256::from(412_346),
        address: bob,
        nonce: 0,
    };
    let signature = sign_hash(1, authorization.signature_hash());
    let delegating = TxEip7702 {
        chain_id: 412_346,
        gas_limit: 100_000,
        max_fee_per_gas: GWEI,
        to: bob,
        authorization_list: vec![authorization.into_signed(signature)],
        ..TxEip7702::default()
    };
    chain.warp(24);
    let state = |chain: &Chain| {
        (
            chain.balance_of(alice),
            chain.nonce(alice),
            chain.l1_block_number(),
        )
    };
    let before = state(&chain);
    let refused = chain.submit_raw(&signed(0, delegating.into())).unwrap_err();
    assert!(matches!(refused, Rejected::Invalid(_)), "{refused}");
    assert_eq!(state(&chain), before);
    // Time can still be moved before the next block, and there is but one.
    chain.warp(24);
    chain.submit_raw(&signed(0, transfer(0, bob, 1).into())).unwrap();
    assert_eq!(chain.block_number(), 1);
    assert_eq!(chain.head().timestamp, mintage_chain::DEFAULT_GENESIS_TS + 48);
}

#[test]
fn test_contract_cannot_sign_but_can_be_impersonated() {
    let (mut chain, _) = node();
    let [alice, bob] = chain.accounts();
    chain.set_code(alice, hex!("00"));
    let error = chain
        .submit_raw(&signed(0, transfer(0, bob, 1).into()))
        .unwrap_err();
    assert!(error.network_message().contains("sender not an eoa"), "{error}");
    let unsigned = Transaction::unsigned(transfer(0, bob, 1).into(), alice);
    let again = Transaction::unsigned(transfer(0, bob, 1).into(), alice);
    let other = Transaction::unsigned(transfer(0, bob, 1).into(), bob);
    assert_eq!(unsigned.hash(), again.hash());
    assert_ne!(unsigned.hash(), other.hash());
    chain.submit(unsigned).unwrap();
    assert_eq!(chain.nonce(alice), 1);
}

/// To the wei, with L1 gas, for a transfer and for a transaction that reverts.
#[test]
fn test_fees_to_the_wei() {
    let builder = Chain::builder().archive(true).l1_price_per_unit_wei(1_000_000);
    let mut chain = builder.build().unwrap();
    let reader = chain.reader().unwrap();
    let [alice, bob] = chain.accounts();
    chain.set_code(bob, hex!("5f5ffd"));
    let carol = Address::repeat_byte(0xca);
    for (nonce, to) in [(0, carol), (1, bob)] {
        let raw = signed(0, transfer(nonce, to, 9).into());
        let network = mintage_chain::account_of_name("network fees");
        let l1 = address!("0xA4B00000000000000000000000000000000000F6");
        let before = [alice, network, l1].map(|account| chain.balance_of(account));
        let hash = chain.submit_raw(&raw).unwrap();
        let found = reader.transaction(hash).unwrap();
        let receipt = &found.block.transactions[0].receipt;
        let units = mintage_vm::arbos::poster::units(&raw, 1);
        let poster = units * 1_000_000 / 20_000_000;
        assert!(poster > 0);
        assert_eq!(receipt.gas_used_for_l1, poster);
        assert_eq!(receipt.effective_gas_price_wei, 20_000_000);
        let value = if receipt.status { 9 } else { 0 };
        assert_eq!(receipt.status, to == carol);
        let paid = |gas: u64| U256::from(gas) * U256::from(20_000_000u64);
        let after = [alice, network, l1].map(|account| chain.balance_of(account));
        assert_eq!(before[0] - after[0], paid(receipt.gas_used) + U256::from(value));
        assert_eq!(after[1] - before[1], paid(receipt.gas_used - poster));
        assert_eq!(after[2] - before[2], paid(poster));
    }
    assert_eq!(
        reader.state(BlockId::Number(9)).unwrap_err(),
        ReadError::UnknownBlock
    );
}
