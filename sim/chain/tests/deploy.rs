//! Deployment of programs: create, activate, construct; refusals; what the network charges for it.

mod common;

use alloy_sol_types::{SolConstructor, sol};
use common::{Script, artifact, vectors};
use mintage_chain::{
    ARB_WASM, Artifact, CONSTRUCTOR_SELECTOR, Chain, ChainError, DEV_BALANCE_WEI, JsonAbi, Rejected, U256,
    account_of_name, hex,
};

sol! {
    constructor(uint256 a, uint256 b);

    interface IArbWasm {
        event ProgramActivated(bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version);
        function stylusVersion() external view returns (uint16);
        function programTimeLeft(address program) external view returns (uint64);
    }
}

/// The echo program with a constructor in its ABI, which it answers by returning its calldata.
fn constructed() -> Artifact {
    let abi = JsonAbi::parse(["constructor(uint256 a, uint256 b)"]).unwrap();
    Artifact {
        abi,
        ..artifact("own-echo.wasm")
    }
}

#[test]
fn test_deployment_creates_activates_and_constructs() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let program = constructed();
    let args = constructorCall {
        a: U256::from(1),
        b: U256::from(2),
    };
    let deployed = chain
        .deploy(&program)
        .from(alice)
        .args(args.clone())
        .send()
        .unwrap();

    assert_eq!(deployed.address, alice.create(0));
    assert_eq!(chain.code_at(deployed.address), program.code);
    assert_eq!(
        deployed.data_fee_wei, program.data_fee_wei,
        "the first activation of a chain at its genesis time"
    );
    let activation = deployed.activation.as_ref().unwrap();
    let event = activation.event::<IArbWasm::ProgramActivated>().unwrap();
    assert_eq!(
        (event.program, event.dataFee, event.version),
        (deployed.address, program.data_fee_wei, 3)
    );
    let construction = deployed.construction.as_ref().unwrap();
    assert_eq!(construction.output[..4], CONSTRUCTOR_SELECTOR);
    assert_eq!(construction.output[4..], args.abi_encode());

    let receipts = [&deployed.creation, activation, construction];
    assert_eq!(
        deployed.gas_used,
        receipts.map(|receipt| receipt.gas_used).iter().sum::<u64>()
    );
    let paid: u128 = receipts.map(|receipt| receipt.gas_cost_wei()).iter().sum();
    assert_eq!(
        chain.balance_of(alice),
        DEV_BALANCE_WEI - U256::from(paid) - program.data_fee_wei
    );
    let network = account_of_name("network fees");
    assert_eq!(chain.balance_of(network), U256::from(paid) + program.data_fee_wei);
    assert_eq!(chain.nonce(alice), 3);
}

#[test]
fn test_activation_costs_what_was_recorded() {
    for row in vectors("contracts.jsonl")
        .iter()
        .filter(|row| row["kind"] == "activate")
    {
        let mut chain = Chain::builder()
            .arbos_version(row["arbos"].as_u64().unwrap())
            .build()
            .unwrap();
        let program = artifact(row["wasm"].as_str().unwrap());
        let deployed = chain.deploy(&program).send().unwrap();
        // The program's own part, and the fixed one: ArbOS opened and its words (803), activation gas read (800),
        // 1,659,168, parameters (100), record (800), module hash (20,000), data pricer (44,000), record written (20,000),
        // fee account (800), event (2,149), result (6).
        let fixed = 803 + 800 + 1_659_168 + 100 + 800 + 20_000 + 44_000 + 20_000 + 800 + 2_149 + 6;
        // Calldata of 36 bytes: selector, and an address behind twelve zeros.
        let calldata: u64 = [&hex!("58c780c2")[..], deployed.address.as_slice()]
            .concat()
            .iter()
            .map(|byte| if *byte == 0 { 4 } else { 16 })
            .sum::<u64>()
            + 12 * 4;
        let expected = 21_000 + calldata + fixed + row["activation_gas"].as_u64().unwrap();
        assert_eq!(deployed.activation.unwrap().gas_used, expected, "{}", row["wasm"]);
    }
}

#[test]
fn test_the_same_code_is_activated_once() {
    let mut chain = Chain::new();
    let program = artifact("own-echo.wasm");
    let first = chain.deploy(&program).send().unwrap();
    let second = chain.deploy(&program).send().unwrap();
    assert!(first.activation.is_some() && second.activation.is_none());
    assert_ne!(first.address, second.address);
    let [alice] = chain.accounts();
    assert_eq!(
        chain
            .tx(alice, second.address)
            .data(hex!("0102"))
            .send()
            .unwrap()
            .output
            .as_ref(),
        [1, 2]
    );
    // Once it has expired, the next deployment activates it again, for both.
    chain.warp(366 * 86_400);
    assert!(chain.tx(alice, first.address).send().is_err());
    assert!(chain.deploy(&program).send().unwrap().activation.is_some());
    chain.tx(alice, first.address).send().unwrap();
}

#[test]
fn test_missing_and_needless_arguments_are_told() {
    let mut chain = Chain::new();
    let before = *chain.head();
    let error = chain.deploy(&constructed()).send().unwrap_err();
    assert!(matches!(error, ChainError::ConstructorArgs { .. }), "{error}");
    assert!(error.to_string().contains("uint256 a, uint256 b"), "{error}");
    let abi = JsonAbi::parse(["function f()"]).unwrap();
    let without = Artifact {
        abi,
        ..artifact("own-echo.wasm")
    };
    let args = constructorCall {
        a: U256::ZERO,
        b: U256::ZERO,
    };
    let error = chain.deploy(&without).args(args).send().unwrap_err();
    assert!(error.to_string().contains("no constructor"), "{error}");
    assert_eq!(chain.head(), &before);
}

#[test]
fn test_a_constructor_that_reverts_leaves_the_chain_as_it_was() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let outer = chain.snapshot();
    // The script program takes the constructor's selector for its first operations: 0x55 is none, which fails.
    let program = artifact("own-script.wasm");
    let before = (*chain.head(), chain.balance_of(alice), chain.nonce(alice));
    let error = chain
        .deploy(&program)
        .from(alice)
        .raw_args(vec![0; 32])
        .send()
        .unwrap_err();
    assert!(
        matches!(error, ChainError::Revert(_) | ChainError::Halt { .. }),
        "{error}"
    );
    assert_eq!(
        (*chain.head(), chain.balance_of(alice), chain.nonce(alice)),
        before
    );
    assert!(chain.code_at(alice.create(0)).is_empty());
    let deployed = chain.deploy(&program).from(alice).send().unwrap();
    assert!(
        deployed.activation.is_some(),
        "the failed deployment's activation is gone as well"
    );
    chain
        .tx(alice, deployed.address)
        .data(Script::new().cache(0, 1).flush())
        .send()
        .unwrap();
    chain.revert_to(outer).unwrap();
    assert_eq!(
        (*chain.head(), chain.balance_of(alice), chain.nonce(alice)),
        before
    );
}

#[test]
fn test_refused_wasm_says_why_and_changes_nothing() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let before = (*chain.head(), chain.balance_of(alice), chain.nonce(alice));
    let error = chain
        .deploy(&artifact("own-echo-70000.wasm"))
        .from(alice)
        .send()
        .unwrap_err();
    assert!(
        matches!(&error, ChainError::Refused { reason, .. } if reason.contains("24576")),
        "{error}"
    );
    let mut broken = artifact("own-echo.wasm");
    broken.code = hex!("eff0000012345678").into();
    let error = chain.deploy(&broken).from(alice).send().unwrap_err();
    assert!(matches!(error, ChainError::Refused { .. }), "{error}");
    assert_eq!(
        (*chain.head(), chain.balance_of(alice), chain.nonce(alice)),
        before
    );
}

#[test]
fn test_deployer_who_cannot_pay_the_data_fee() {
    let mut chain = Chain::new();
    let program = artifact("own-echo.wasm");
    let poor = account_of_name("poor");
    // Enough for the gas limits, but the fee comes on top.
    let gas_limit_wei = U256::from(32_000_000u128 * 20_000_000);
    chain.set_balance(poor, gas_limit_wei + U256::from(20_000_000u128 * 300_000));
    let error = chain.deploy(&program).from(poor).send().unwrap_err();
    assert!(
        matches!(error, ChainError::Rejected(Rejected::Funds { .. })),
        "{error}"
    );
    assert_eq!(chain.nonce(poor), 0);
    let later = chain.deploy(&program).send().unwrap();
    assert_eq!(
        later.data_fee_wei, program.data_fee_wei,
        "demand was not raised by the failed attempt"
    );
}

#[test]
fn test_value_goes_to_the_constructor_or_to_the_creation() {
    let mut chain = Chain::new();
    let args = constructorCall {
        a: U256::ZERO,
        b: U256::ZERO,
    };
    let with = chain
        .deploy(&constructed())
        .args(args)
        .value(U256::from(5))
        .send()
        .unwrap();
    assert_eq!(chain.balance_of(with.address), U256::from(5));
    let without = chain
        .deploy(&artifact("own-script.wasm"))
        .value(U256::from(6))
        .send()
        .unwrap();
    assert_eq!(chain.balance_of(without.address), U256::from(6));
}

#[test]
fn test_data_fee_rises_with_demand_and_falls_with_time() {
    let mut chain = Chain::new();
    let [first, second] = ["lean-z-opt.wasm", "token-z-opt.wasm"].map(artifact);
    chain.deploy(&first).send().unwrap();
    let snapshot = chain.snapshot();
    let dear = chain.deploy(&second).send().unwrap().data_fee_wei;
    assert!(dear > second.data_fee_wei);
    chain.revert_to(snapshot).unwrap();
    chain.warp(86_400);
    assert_eq!(
        chain.deploy(&second).send().unwrap().data_fee_wei,
        second.data_fee_wei
    );
}

#[test]
fn test_precompile_answers_about_programs() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let program = chain.deploy(&artifact("own-echo.wasm")).send().unwrap().address;
    assert_eq!(
        chain
            .call(alice, ARB_WASM, IArbWasm::stylusVersionCall {})
            .unwrap(),
        3
    );
    let left = chain
        .call(alice, ARB_WASM, IArbWasm::programTimeLeftCall { program })
        .unwrap();
    assert!((365 * 86_400 - 3_600..=365 * 86_400).contains(&left), "{left}");
}

#[test]
fn test_deployment_in_an_open_block() {
    let mut chain = Chain::new();
    let [alice, bob] = chain.accounts();
    chain.auto_mine(false);
    chain.tx(bob, alice).value(1).send().unwrap();
    let args = constructorCall {
        a: U256::ZERO,
        b: U256::ZERO,
    };
    let deployed = chain
        .deploy(&constructed())
        .from(alice)
        .args(args)
        .send()
        .unwrap();
    let receipts = [
        Some(&deployed.creation),
        deployed.activation.as_ref(),
        deployed.construction.as_ref(),
    ];
    let indices: Vec<u32> = receipts
        .into_iter()
        .flatten()
        .map(|receipt| receipt.tx_index)
        .collect();
    assert_eq!((indices, chain.block_number()), (vec![1, 2, 3], 0));
    // A deployment that fails takes only its own transactions back.
    chain.deploy_evm(hex!("5f5ffd")).from(alice).send().unwrap_err();
    assert_eq!(chain.seal_block().tx_count, 4);
    assert_eq!(
        chain
            .tx(alice, deployed.address)
            .data(hex!("07"))
            .send()
            .unwrap()
            .output
            .as_ref(),
        [7]
    );
}
