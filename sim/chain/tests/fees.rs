//! The base fee that follows demand, and gas for L1 data: both off unless the builder turns them on.

use mintage_chain::{
    Address, BaseFeeRule, Chain, ChainError, DEV_BALANCE_WEI, GasConstraint, Rejected, U256, account_of_name,
    address, hex,
};

/// Jumps in a circle until the gas is gone.
const ENDLESS: [u8; 3] = hex!("5b5f56");

fn burning(rule: BaseFeeRule) -> (Chain, Address, Address) {
    let mut chain = Chain::builder().base_fee_rule(rule).build().unwrap();
    let [alice] = chain.accounts();
    let burner = chain.account("burner");
    chain.set_code(burner, ENDLESS);
    (chain, alice, burner)
}

fn burn(chain: &mut Chain, from: Address, to: Address) -> u128 {
    let receipt = chain.tx(from, to).gas(32_000_000).include().unwrap();
    assert_eq!(receipt.gas_used, 32_000_000);
    receipt.effective_gas_price_wei
}

/// The beginning of the recorded sequence: blocks of 32,000,000 gas at the same time.
#[test]
fn test_fee_follows_use_one_block_later() {
    let (mut chain, alice, burner) = burning(BaseFeeRule::Constraints(GasConstraint::ARBITRUM_ONE.to_vec()));
    let paid: Vec<u128> = (0..3).map(|_| burn(&mut chain, alice, burner)).collect();
    assert_eq!(paid, [20_000_000, 20_000_000, 21_628_000]);
    assert_eq!(chain.base_fee_wei(), 23_398_000);
    chain.warp(86_400);
    burn(&mut chain, alice, burner);
    assert_eq!(
        chain.base_fee_wei(),
        20_000_000,
        "a day later all backlogs are worked off"
    );
}

#[test]
fn test_legacy_fee_tolerates_ten_seconds_of_speed() {
    let (mut chain, alice, burner) = burning(BaseFeeRule::Legacy);
    // 70,000,000 gas are tolerated: two blocks of 32,000,000 leave the fee, the third counts from the fifth block on.
    let paid: Vec<u128> = (0..5).map(|_| burn(&mut chain, alice, burner)).collect();
    let x = (3 * 32_000_000 - 70_000_000) * 10_000u128 / (102 * 7_000_000);
    assert_eq!(x, 364);
    assert_eq!(paid[..4], [20_000_000; 4]);
    assert_eq!(paid[4], 20_000_000 * 10_370 / 10_000);
    chain.warp(1_000);
    burn(&mut chain, alice, burner);
    assert_eq!(chain.base_fee_wei(), 20_000_000);
}

#[test]
fn test_flat_fee_stays() {
    let (mut chain, alice, burner) = burning(BaseFeeRule::Flat);
    for _ in 0..5 {
        assert_eq!(burn(&mut chain, alice, burner), 20_000_000);
    }
}

#[test]
fn test_free_gas_does_not_count() {
    let (mut chain, alice, burner) = burning(BaseFeeRule::Constraints(GasConstraint::ARBITRUM_ONE.to_vec()));
    for _ in 0..3 {
        chain.tx(alice, burner).free_gas().include().unwrap();
    }
    assert_eq!(chain.base_fee_wei(), 20_000_000);
}

#[test]
fn test_snapshot_gives_back_the_backlog() {
    let (mut chain, alice, burner) = burning(BaseFeeRule::Constraints(GasConstraint::ARBITRUM_ONE.to_vec()));
    burn(&mut chain, alice, burner);
    let snapshot = chain.snapshot();
    let first: Vec<u128> = (0..4).map(|_| burn(&mut chain, alice, burner)).collect();
    chain.revert_to(snapshot).unwrap();
    let second: Vec<u128> = (0..4).map(|_| burn(&mut chain, alice, burner)).collect();
    assert_eq!(first, second);
}

#[test]
fn test_rules_that_no_chain_can_have() {
    let rule = |constraints: Vec<GasConstraint>| BaseFeeRule::Constraints(constraints);
    let zero = GasConstraint {
        target_gas_per_sec: 0,
        window_secs: 1,
    };
    let one = GasConstraint {
        target_gas_per_sec: 1,
        window_secs: 1,
    };
    for (version, rule) in [
        (41, rule(vec![one])),
        (61, rule(vec![])),
        (61, rule(vec![zero])),
        (61, rule(vec![one; 21])),
    ] {
        let error = Chain::builder()
            .arbos_version(version)
            .base_fee_rule(rule)
            .build()
            .unwrap_err();
        assert!(
            matches!(
                error,
                ChainError::Setting {
                    setting: "base_fee_rule",
                    ..
                }
            ),
            "{error}"
        );
    }
}

const L1_FUNDS: Address = address!("0xA4B00000000000000000000000000000000000F6");

#[test]
fn test_data_on_l1_is_paid_for_and_goes_to_its_fund() {
    let price = 986_426;
    let mut chain = Chain::builder().l1_price_per_unit_wei(price).build().unwrap();
    let [alice, bob] = chain.accounts();
    let receipt = chain.tx(alice, bob).value(10u64.pow(15)).send().unwrap();
    // A transfer's bytes do not compress: four more than their number, 16 units each. Here: type and list header (3),
    // chain id (4), nonce and tip (2), fee (5), gas limit (5), receiver (21), value (8), data and access list (2),
    // signature (1 + 66).
    let bytes = 3 + 4 + 2 + 5 + 5 + 21 + 8 + 2 + 67 + 4;
    let poster_gas = price * 16 * bytes / 20_000_000;
    assert_eq!(
        (receipt.gas_used_for_l1, receipt.gas_used),
        (poster_gas, 21_000 + poster_gas)
    );
    assert_eq!(chain.balance_of(L1_FUNDS), U256::from(poster_gas * 20_000_000));
    assert_eq!(
        chain.balance_of(account_of_name("network fees")),
        U256::from(21_000u64 * 20_000_000)
    );
    let spent = U256::from(receipt.gas_cost_wei()) + U256::from(10u64.pow(15));
    assert_eq!(chain.balance_of(alice), DEV_BALANCE_WEI - spent);
    // An estimate is charged more, and no less than the transaction.
    assert!(chain.view(alice, bob).value(10u64.pow(15)).gas_used().unwrap() > receipt.gas_used);

    chain.set_l1_price_per_unit_wei(0);
    assert_eq!(chain.tx(alice, bob).send().unwrap().gas_used, 21_000);
}

#[test]
fn test_gas_limit_must_cover_the_data_too() {
    let mut chain = Chain::builder().l1_price_per_unit_wei(986_426).build().unwrap();
    let [alice, bob] = chain.accounts();
    let used = chain.tx(alice, bob).gas(30_000).send().unwrap().gas_used;
    let before = (chain.balance_of(alice), chain.nonce(alice), *chain.head());
    let error = chain.tx(alice, bob).gas(used - 1).send().unwrap_err();
    let ChainError::Rejected(Rejected::GasLimitTooLow { limit, needed }) = error else {
        panic!("{error}")
    };
    assert_eq!((limit, needed), (used - 1, used));
    assert_eq!(
        (chain.balance_of(alice), chain.nonce(alice), *chain.head()),
        before
    );
    assert_eq!(chain.tx(alice, bob).gas(used).send().unwrap().gas_used, used);
}

#[test]
fn test_programs_see_the_balance_without_the_l1_part_and_refunds_spare_it() {
    let mut chain = Chain::builder().l1_price_per_unit_wei(8_000_000).build().unwrap();
    let [alice] = chain.accounts();
    // Returns the balance of its caller: CALLER, BALANCE.
    let seer = chain.account("seer");
    chain.set_code(seer, hex!("33315f5260205ff3"));
    let receipt = chain.tx(alice, seer).gas(100_000).send().unwrap();
    assert_eq!(
        U256::from_be_slice(&receipt.output),
        DEV_BALANCE_WEI - U256::from(100_000u64 * 20_000_000)
    );
    // Clears two slots: the refund is a fifth of what the execution used, the L1 part aside.
    let clears = chain.account("clears");
    chain.set_code(clears, hex!("5f5f555f600155"));
    chain.set_storage(clears, U256::ZERO, U256::from(1));
    chain.set_storage(clears, U256::from(1), U256::from(1));
    let receipt = chain.tx(alice, clears).send().unwrap();
    assert!(receipt.gas_used_for_l1 > 0);
    assert_eq!(receipt.gas_refunded, 6_201);
    assert_eq!(receipt.gas_used, 31_009 - 6_201 + receipt.gas_used_for_l1);
}
