//! Transactions and calls through the chain's public interface, on EVM bytecode: what they cost, how they fail, what they
//! leave. Blocks, time and snapshots are in `blocks.rs`, programs in WASM in `stylus.rs`.

mod common;

use alloy_sol_types::{SolError, sol};
use common::{COUNTER, contract, numberCall, returning, word};
use mintage_chain::{
    Address, B256, Chain, ChainError, DEFAULT_BASE_FEE_WEI, DEFAULT_GENESIS_TS, DEV_BALANCE_WEI, Halt,
    JsonAbi, Rejected, Status, U256, account_of_name, hex,
};

const PRICE: u128 = DEFAULT_BASE_FEE_WEI as u128;

sol! {
    #[derive(Debug, PartialEq)]
    error TooMuch(address who, uint256 amount);
}

#[test]
fn test_chain_is_send_and_clones_are_independent() {
    fn send<T: Send + Sync + Clone>() {}
    send::<Chain>();
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    let counter = contract(&mut chain, &COUNTER);
    chain.tx(alice, counter).send().unwrap();
    let mut other = chain.clone();
    other.tx(alice, counter).send().unwrap();
    chain.tx(bob, bob).value(1).send().unwrap();
    assert_eq!(chain.storage_at(counter, U256::ZERO), U256::from(1));
    assert_eq!(other.storage_at(counter, U256::ZERO), U256::from(2));
    assert_eq!((chain.nonce(bob), other.nonce(bob)), (1, 0));
}

#[test]
fn test_same_calls_give_the_same_chain() {
    let run = || {
        let mut chain = Chain::new();
        let [alice, bob] = chain.accounts();
        let counter = contract(&mut chain, &COUNTER);
        for n in 0..50u64 {
            chain.warp(n % 7);
            chain.tx(alice, counter).send().unwrap();
            chain.tx(bob, alice).value(n).send().unwrap();
        }
        (
            *chain.head(),
            chain.balance_of(alice),
            chain.receipts_of(chain.block_number()).unwrap().to_vec(),
        )
    };
    assert_eq!(run(), run());
}

#[test]
fn test_transfer_pays_gas_and_fee_goes_to_the_network() {
    let network = account_of_name("network fees");
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    let receipt = chain.tx(alice, bob).value(7).send().unwrap();
    let cost = 21_000 * PRICE;
    assert_eq!(
        (
            receipt.status.clone(),
            receipt.gas_used,
            receipt.effective_gas_price_wei
        ),
        (Status::Success, 21_000, PRICE)
    );
    assert_eq!((receipt.from, receipt.to, receipt.nonce), (alice, Some(bob), 0));
    assert_eq!(
        (receipt.block, receipt.timestamp, receipt.tx_index),
        (1, DEFAULT_GENESIS_TS, 0)
    );
    assert_eq!(chain.balance_of(alice), DEV_BALANCE_WEI - U256::from(cost + 7));
    assert_eq!(chain.balance_of(bob), DEV_BALANCE_WEI + U256::from(7));
    assert_eq!(chain.balance_of(network), U256::from(cost));
    assert_eq!(chain.nonce(alice), 1);
}

#[test]
fn test_infra_account_receives_the_minimum_and_the_network_the_rest() {
    let (network, infra) = (account_of_name("n"), account_of_name("i"));
    let mut chain = Chain::builder()
        .network_fee_account(network)
        .infra_fee_account(infra)
        .base_fee_wei(100)
        .build()
        .unwrap();
    let [alice, bob] = chain.accounts();
    chain.set_base_fee_wei(130);
    chain.tx(alice, bob).send().unwrap();
    assert_eq!(chain.balance_of(infra), U256::from(21_000 * 100));
    assert_eq!(chain.balance_of(network), U256::from(21_000 * 30));
}

#[test]
fn test_more_is_offered_than_paid() {
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    let gas_price = contract(&mut chain, &returning(&[0x3a]));
    let receipt = chain.tx(alice, gas_price).max_fee_wei(5 * PRICE).send().unwrap();
    assert_eq!(receipt.effective_gas_price_wei, PRICE);
    assert_eq!(U256::from_be_slice(&receipt.output), U256::from(PRICE));
    let error = chain.tx(alice, bob).max_fee_wei(PRICE - 1).send().unwrap_err();
    assert!(
        matches!(error, ChainError::Rejected(Rejected::GasPriceTooLow { .. })),
        "{error}"
    );
    let error = chain.view(alice, bob).max_fee_wei(PRICE - 1).call().unwrap_err();
    assert!(
        matches!(error, ChainError::Rejected(Rejected::GasPriceTooLow { .. })),
        "{error}"
    );
}

#[test]
fn test_reverted_transaction_keeps_nonce_and_gas_only() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    // Counts, then reverts with TooMuch(0x…ff, 9).
    let mut code = hex!("5f546001015f55").to_vec();
    let who = Address::with_last_byte(0xff);
    let error = TooMuch {
        who,
        amount: U256::from(9),
    }
    .abi_encode();
    for (at, chunk) in (0u8..).step_by(32).zip(error.chunks(32)) {
        let mut padded = [0u8; 32];
        padded[..chunk.len()].copy_from_slice(chunk);
        code.push(0x7f);
        code.extend(padded);
        code.extend([0x60, at, 0x52]);
    }
    code.extend([0x60, error.len() as u8, 0x5f, 0xfd]);
    let target = contract(&mut chain, &code);

    let Err(ChainError::Revert(revert)) = chain.tx(alice, target).value(5).send() else {
        panic!("must revert")
    };
    assert_eq!(
        revert.decode::<TooMuch>(),
        Some(TooMuch {
            who,
            amount: U256::from(9)
        })
    );
    let receipt = revert.receipt().expect("it was included");
    assert_eq!(
        (receipt.status.clone(), receipt.gas_used),
        (Status::Reverted, revert.gas_used())
    );
    assert!(receipt.logs.is_empty() && receipt.gas_used > 21_000 && receipt.gas_used < 50_000);
    assert_eq!(chain.storage_at(target, U256::ZERO), U256::ZERO);
    assert_eq!(chain.balance_of(target), U256::ZERO);
    assert_eq!((chain.nonce(alice), chain.block_number()), (1, 1));
    assert_eq!(
        chain.balance_of(alice),
        DEV_BALANCE_WEI - U256::from(u128::from(receipt.gas_used) * PRICE)
    );

    // A call that reverts has no receipt and changes nothing.
    let error = chain.view(alice, target).call().unwrap_err();
    assert!(error.receipt().is_none());
    assert!(error.to_string().starts_with("reverted: data 0x"), "{error}");
    chain.remember_errors(&JsonAbi::parse(["error TooMuch(address who, uint256 amount)"]).unwrap());
    let error = chain.view(alice, target).call().unwrap_err();
    assert_eq!(
        error.to_string(),
        "reverted: TooMuch(who: 0x00000000000000000000000000000000000000ff, amount: 9)"
    );
    assert_eq!((chain.nonce(alice), chain.block_number()), (1, 1));
}

#[test]
fn test_halts_use_all_gas_and_say_why() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let cases: [(&[u8], Halt); 4] = [
        (&hex!("fe"), Halt::InvalidOpcode),
        (&hex!("600456"), Halt::InvalidJump),
        (&hex!("01"), Halt::Stack),
        (&hex!("5b5f56"), Halt::OutOfGas), // jumps in a circle
    ];
    for (nonce, (code, expected)) in (0..).zip(cases) {
        let target = contract(&mut chain, code);
        let Err(ChainError::Halt {
            reason,
            gas_used,
            receipt,
        }) = chain.tx(alice, target).gas(100_000).send()
        else {
            panic!("must halt: {expected}")
        };
        assert_eq!((reason, gas_used), (expected.clone(), 100_000));
        assert_eq!(receipt.unwrap().status, Status::Halted(expected));
        assert_eq!(chain.nonce(alice), nonce + 1);
    }
}

#[test]
fn test_rejected_transactions_change_nothing() {
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    let poor = account_of_name("nobody ever funded this");
    chain.set_nonce(bob, u64::MAX);
    let before = (*chain.head(), chain.balance_of(alice), chain.nonce(alice));

    let error = chain.tx(poor, alice).send().unwrap_err();
    let ChainError::Rejected(Rejected::Funds {
        from,
        balance_wei,
        needed_wei,
    }) = error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (from, balance_wei, needed_wei),
        (poor, U256::ZERO, U256::from(32_000_000 * PRICE))
    );
    let error = chain.tx(alice, bob).value(DEV_BALANCE_WEI).send().unwrap_err();
    assert!(
        matches!(error, ChainError::Rejected(Rejected::Funds { .. })),
        "{error}"
    );
    // What gas and value come to is no number of wei at all.
    let max = account_of_name("has all that one can have");
    chain.set_balance(max, U256::MAX);
    let error = chain.tx(max, alice).value(U256::MAX).send().unwrap_err();
    assert!(
        matches!(error, ChainError::Rejected(Rejected::CostOverflow { from }) if from == max),
        "{error}"
    );
    let error = chain.tx(alice, bob).nonce(4).send().unwrap_err();
    assert!(
        matches!(
            error,
            ChainError::Rejected(Rejected::Nonce {
                given: 4,
                next: 0,
                ..
            })
        ),
        "{error}"
    );
    let error = chain.tx(bob, alice).send().unwrap_err();
    assert!(
        matches!(error, ChainError::Rejected(Rejected::NonceExhausted { .. })),
        "{error}"
    );
    let error = chain.tx(alice, bob).gas(20_999).send().unwrap_err();
    assert!(
        matches!(
            error,
            ChainError::Rejected(Rejected::GasLimitTooLow {
                limit: 20_999,
                needed: 21_000
            })
        ),
        "{error}"
    );
    let error = chain.create(alice, vec![0u8; 49_153]).send().unwrap_err();
    assert!(
        matches!(
            error,
            ChainError::Rejected(Rejected::InitCodeTooLarge {
                size: 49_153,
                limit: 49_152
            })
        ),
        "{error}"
    );
    let error = chain.tx(alice, bob).value(-1).send().unwrap_err();
    assert!(matches!(error, ChainError::Rejected(Rejected::Value)), "{error}");

    assert_eq!(
        (*chain.head(), chain.balance_of(alice), chain.nonce(alice)),
        before
    );
}

#[test]
fn test_anyone_may_send_even_a_contract_without_ether() {
    let mut chain = Chain::new();
    let [_, bob] = chain.accounts();
    let vault = contract(&mut chain, &hex!("00"));
    chain.set_balance(vault, U256::from(10));
    let receipt = chain.tx(vault, bob).value(10).free_gas().send().unwrap();
    assert_eq!((receipt.gas_cost_wei(), chain.balance_of(vault)), (0, U256::ZERO));
    assert_eq!(chain.balance_of(bob), DEV_BALANCE_WEI + U256::from(10));
    let error = chain.tx(vault, bob).value(1).free_gas().send().unwrap_err();
    assert!(
        matches!(error, ChainError::Rejected(Rejected::Funds { .. })),
        "{error}"
    );
}

/// From ArbOS 50 the cap of 32,000,000 holds for the whole transaction, before for what comes after its intrinsic gas.
#[test]
fn test_gas_beyond_the_cap_is_returned() {
    for (version, cap) in [(61, 32_000_000), (50, 32_000_000), (41, 32_021_000)] {
        let mut chain = Chain::builder().arbos_version(version).build().unwrap();
        let [alice] = chain.accounts();
        let gas = contract(&mut chain, &returning(&[0x5a])); // GAS
        let at_cap = chain.tx(alice, gas).gas(cap).send().unwrap();
        let beyond = chain.tx(alice, gas).gas(1 << 40).send().unwrap();
        assert_eq!(at_cap.output, beyond.output);
        assert_eq!(U256::from_be_slice(&beyond.output), U256::from(cap - 21_000 - 2));
        assert_eq!(at_cap.gas_used, beyond.gas_used);
        let endless = contract(&mut chain, &hex!("5b5f56"));
        let receipt = chain.tx(alice, endless).gas(1 << 40).include().unwrap();
        assert_eq!(receipt.gas_used, cap);
    }
}

#[test]
fn test_refund_is_at_most_a_fifth() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let clears = contract(&mut chain, &hex!("5f5f555f600155")); // slots 0 and 1 := 0
    chain.set_storage(clears, U256::ZERO, U256::from(1));
    chain.set_storage(clears, U256::from(1), U256::from(1));
    let receipt = chain.tx(alice, clears).send().unwrap();
    // 21,000 + 2·5,000 (cold, non-zero to zero) + PUSH0·3 + PUSH1 = 31,009; a fifth of it is below the 9,600 counted.
    assert_eq!((receipt.gas_used, receipt.gas_refunded), (31_009 - 6_201, 6_201));
}

#[test]
fn test_created_contracts_and_their_failures() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let deployed = chain.deploy_evm(hex!("60015ff3")).from(alice).send().unwrap();
    assert_eq!(deployed.address, alice.create(0));
    assert_eq!(
        (deployed.gas_used, deployed.activation.is_none()),
        (deployed.creation.gas_used, true)
    );

    // Init code that reverts: nothing of the deployment remains, not even the nonce.
    let error = chain.deploy_evm(hex!("5f5ffd")).from(alice).send().unwrap_err();
    assert!(matches!(error, ChainError::Revert(_)), "{error}");
    assert_eq!((chain.nonce(alice), chain.block_number()), (1, 1));

    // Code beginning with 0xEF that is no Stylus program: MSTORE8(0, 0xEF), RETURN(0, 1).
    let error = chain.create(alice, hex!("60ef5f5360015ff3")).send().unwrap_err();
    assert!(
        matches!(
            error,
            ChainError::Halt {
                reason: Halt::CreatedCode(_),
                ..
            }
        ),
        "{error}"
    );
    // 24,577 bytes.
    let error = chain.create(alice, hex!("6160015ff3")).send().unwrap_err();
    assert!(
        matches!(
            error,
            ChainError::Halt {
                reason: Halt::CreatedCode(_),
                ..
            }
        ),
        "{error}"
    );

    // A constructor argument is appended to the init code: here returned as the code.
    sol! { constructor(uint256 a); }
    let word = chain
        .deploy_evm(hex!("6020600a5f3960205ff3"))
        .args(constructorCall { a: U256::from(77) })
        .send()
        .unwrap()
        .address;
    assert_eq!(chain.code_at(word).as_ref(), U256::from(77).to_be_bytes::<32>());
}

#[test]
fn test_selfdestruct_in_the_creating_transaction_leaves_nothing() {
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    let beneficiary = [&[0x73], bob.as_slice(), &[0xff]].concat();
    let address = chain
        .create(alice, beneficiary)
        .value(9)
        .send()
        .unwrap()
        .contract_address
        .unwrap();
    assert_eq!(chain.balance_of(bob), DEV_BALANCE_WEI + U256::from(9));
    assert_eq!(
        (chain.code_hash_of(address), chain.nonce(address)),
        (B256::ZERO, 0)
    );
}

#[test]
fn test_typed_calls_tell_missing_code_and_wrong_output() {
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    let error = chain.call(alice, bob, numberCall {}).unwrap_err();
    assert!(matches!(error, ChainError::NoCode { to } if to == bob), "{error}");
    assert!(matches!(
        chain.send(alice, bob, numberCall {}),
        Err(ChainError::NoCode { .. })
    ));
    let short = contract(&mut chain, &hex!("601f5ff3"));
    let error = chain.call(alice, short, numberCall {}).unwrap_err();
    assert!(matches!(error, ChainError::BadOutput { len: 31, .. }), "{error}");
    assert!(error.to_string().contains("number()"), "{error}");
}

#[test]
fn test_a_call_changes_nothing() {
    let mut chain = Chain::new();
    let counter = contract(&mut chain, &COUNTER);
    assert_eq!(
        (word(&chain, counter), word(&chain, counter)),
        (U256::from(1), U256::from(1))
    );
    assert_eq!(chain.storage_at(counter, U256::ZERO), U256::ZERO);
    assert!(chain.view(counter, counter).gas_used().unwrap() > 21_000);
}

#[test]
fn test_settings_out_of_range_say_what_is_allowed() {
    let error = Chain::builder().arbos_version(33).build().unwrap_err();
    assert!(
        error.to_string().contains("arbos_version") && error.to_string().contains("61"),
        "{error}"
    );
    let error = Chain::builder().chain_id(0).build().unwrap_err();
    assert!(
        matches!(
            error,
            ChainError::Setting {
                setting: "chain_id",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn test_precompiles_show_one_byte_of_code_from_their_version_on() {
    for (version, address, has) in [
        (61u64, 0x71u8, true),
        (61, 0x74, true),
        (51, 0x74, false),
        (30, 0x71, true),
        (30, 0x73, false),
    ] {
        let chain = Chain::builder().arbos_version(version).build().unwrap();
        let code = chain.code_at(Address::with_last_byte(address));
        assert_eq!(
            code.as_ref(),
            if has { &[0xfe][..] } else { &[] },
            "{version} {address:x}"
        );
    }
}
