//! Our pair against the bytecode of Uniswap v2's, from npm: the same operations, byte for byte the same outcome.
//!
//! Both run at one and the same address, on two copies of one chain: on the first stands v2's bytecode, on the second the
//! code there is replaced by our program, over the storage that v2's constructor and `initialize` wrote. So outputs, reverts, logs and
//! storage slots are compared as they are, without any translation.
//!
//! The one thing that may differ is what a failure without data leaves of the gas: v2 burns all of it where it divides by zero
//! (an invalid opcode of solc 0.5) and none for calldata that is no method's; our program the other way round.

#![allow(non_snake_case)] // bindings keep the names of the Solidity interface

mod script;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use alloy_primitives::{Address, B256, Bytes, Log, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use mintage_abi::IPair;
use mintage_chain::{Artifact, Chain, Halt, Status};
use mintage_tests::foreign::{deploy, two_tokens};
use mintage_tests::solidity::uniswap_v2;
use mintage_tests::{artifact, signing};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

use script::Script;

/// How many sequences are run in all.
const SEQUENCES: u64 = 10_000;

/// Their seed: sequence `n` draws from stream `n`, so that one of them can be run alone.
const SEED: u64 = 0x6d69_6e74_6167_6532;

/// One of the two chains.
#[derive(Clone)]
struct Side {
    chain: Chain,
    /// Our program, where it stands in for v2's, and when it was activated.
    program: Option<(Artifact, u64)>,
}

/// Where everything stands; the same on both sides.
#[derive(Clone)]
struct Stage {
    pair: Address,
    tokens: [Address; 2],
    fee_setting: Address,
    borrower: Address,
    people: [Address; 3],
}

/// What one operation did, as far as it must be equal.
#[derive(Debug, PartialEq)]
struct Outcome {
    success: bool,
    output: Bytes,
    logs: Vec<Log>,
}

/// One operation of a sequence.
#[derive(Clone)]
enum Op {
    /// A transaction.
    Send {
        from: Address,
        to: Address,
        data: Bytes,
        value_wei: u64,
        what: &'static str,
    },
    /// Time passes.
    Warp(u64),
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warp(secs) => write!(f, "warp({secs})"),
            Self::Send {
                from,
                to,
                data,
                value_wei,
                what,
            } => {
                write!(f, "{what}: from {from} to {to} value {value_wei} data {data}")
            }
        }
    }
}

impl Side {
    fn run(&mut self, op: &Op, pair: &Address) -> Option<Outcome> {
        match op {
            Op::Warp(secs) => {
                self.chain.warp(*secs);
                self.keep_alive(*pair);
                None
            }
            Op::Send {
                from,
                to,
                data,
                value_wei,
                ..
            } => {
                let tx = self
                    .chain
                    .tx(*from, *to)
                    .data(data.clone())
                    .value(U256::from(*value_wei))
                    .free_gas();
                let receipt = tx.include().expect("every operation can be included");
                let (success, output) = match receipt.status {
                    Status::Success => (true, receipt.output),
                    Status::Reverted => (false, receipt.output),
                    // v2's division by zero, and the end of a program whose calldata is none of its methods'.
                    Status::Halted(Halt::InvalidOpcode | Halt::Trap(_)) => (false, Bytes::new()),
                    Status::Halted(reason) => panic!("no other halt has a place here: {reason:?}"),
                };
                Some(Outcome {
                    success,
                    output,
                    logs: receipt.logs,
                })
            }
        }
    }

    /// Activates our program again before the year is over after which the network would demand it.
    fn keep_alive(&mut self, pair: Address) {
        let now = self.chain.now();
        if let Some((artifact, activated)) = &mut self.program
            && now - *activated > 300 * 86_400
        {
            self.chain
                .set_program(pair, artifact)
                .expect("the program is accepted");
            *activated = now;
        }
    }

    /// All of the pair's storage that its layout can hold for these people, and what it and they hold of the tokens.
    fn state(&self, stage: &Stage) -> Vec<U256> {
        let slot = |index: U256| self.chain.storage_at(stage.pair, index);
        let mut state: Vec<U256> = (0..13).map(|i| slot(U256::from(i))).collect();
        let accounts = stage.accounts();
        for account in &accounts {
            state.push(slot(entry(*account, 1)));
            state.push(slot(entry(*account, 4)));
            for spender in &accounts {
                state.push(slot(nested_entry(*account, *spender, 2)));
            }
            for token in stage.tokens {
                // `balances` is the third variable of TestToken.
                state.push(self.chain.storage_at(token, entry(*account, 3)));
            }
        }
        state
    }
}

/// The slot of a mapping's entry.
fn entry(key: Address, slot: u64) -> U256 {
    U256::from_be_bytes(keccak256((key, U256::from(slot)).abi_encode()).0)
}

/// The slot of an entry of a mapping of mappings.
fn nested_entry(outer: Address, inner: Address, slot: u64) -> U256 {
    let outer = B256::from(entry(outer, slot));
    U256::from_be_bytes(keccak256((inner, outer).abi_encode()).0)
}

impl Stage {
    fn accounts(&self) -> [Address; 6] {
        let [a, b, c] = self.people;
        [a, b, c, self.borrower, self.pair, Address::ZERO]
    }

    fn call(&self, from: Address, what: &'static str, call: &impl SolCall) -> Op {
        Op::Send {
            from,
            to: self.pair,
            data: call.abi_encode().into(),
            value_wei: 0,
            what,
        }
    }

    fn other(&self, to: Address, what: &'static str, call: &impl SolCall) -> Op {
        Op::Send {
            from: self.people[0],
            to,
            data: call.abi_encode().into(),
            value_wei: 0,
            what,
        }
    }
}

/// The stage with v2's pair, and the same with ours in its place.
fn stages() -> (Side, Side, Stage) {
    let mut chain = Chain::builder().history(0).build().expect("defaults");
    let people: [Address; 3] = chain.accounts();
    let deployer = chain.dev_account(9);
    let tokens = two_tokens(&mut chain, deployer, [18, 18]);
    let fee_setting = deploy(&mut chain, deployer, "FeeSetting", &[]);
    let borrower = deploy(&mut chain, deployer, "FlashBorrower", &[]);
    // v2's pair takes its deployer for its factory: the account that can answer feeTo() and call initialize().
    let pair = chain
        .create(fee_setting, uniswap_v2("UniswapV2Pair"))
        .free_gas()
        .send()
        .expect("v2's pair deploys")
        .contract_address
        .expect("created");
    let named = IPair::initializeCall {
        _token0: tokens[0],
        _token1: tokens[1],
    };
    chain
        .tx(fee_setting, pair)
        .calling(named)
        .free_gas()
        .send()
        .expect("the factory may");

    let mut replaced = chain.clone();
    let program = artifact("pair");
    replaced
        .set_program(pair, &program)
        .expect("the program is accepted");
    let activated = replaced.now();
    let stage = Stage {
        pair,
        tokens,
        fee_setting,
        borrower,
        people,
    };
    (
        Side { chain, program: None },
        Side {
            chain: replaced,
            program: Some((program, activated)),
        },
        stage,
    )
}

/// Runs one sequence on both sides; returns how many operations it had and how many of them succeeded.
fn run_sequence(number: u64, theirs: &mut Side, ours: &mut Side, stage: &Stage) -> (u64, u64) {
    let mut rng = ChaCha12Rng::seed_from_u64(SEED);
    rng.set_stream(number);
    let mut script = Script { rng, stage };
    let mut done: Vec<Op> = Vec::new();
    let (mut sent, mut succeeded) = (0, 0);
    // Half of the sequences begin with liquidity.
    let mut planned = if number.is_multiple_of(2) {
        script.begin()
    } else {
        Vec::new()
    };
    for _ in 0..script.rng.random_range(3..8) {
        planned.extend(script.next(theirs));
        for op in planned.drain(..) {
            done.push(op.clone());
            let (expected, got) = (theirs.run(&op, &stage.pair), ours.run(&op, &stage.pair));
            assert_eq!(got, expected, "sequence {number}, last of {done:#?}");
            if let Some(outcome) = expected {
                sent += 1;
                succeeded += u64::from(outcome.success);
            }
        }
        assert_eq!(
            ours.state(stage),
            theirs.state(stage),
            "sequence {number}, after {done:#?}"
        );
    }
    (sent, succeeded)
}

#[test]
fn test_pair_equals_uniswap_v2_over_random_sequences() {
    let threads = thread::available_parallelism().map_or(2, |n| n.get().min(8)) as u64;
    let (sent, succeeded) = (AtomicU64::new(0), AtomicU64::new(0));
    let (theirs, ours, stage) = stages();
    thread::scope(|scope| {
        for first in 0..threads {
            let (mut theirs, mut ours) = (theirs.clone(), ours.clone());
            let (stage, sent, succeeded) = (&stage, &sent, &succeeded);
            scope.spawn(move || {
                let start = (theirs.chain.snapshot(), ours.chain.snapshot());
                let activated = ours.program.clone();
                for number in (first..SEQUENCES).step_by(threads as usize) {
                    let counts = run_sequence(number, &mut theirs, &mut ours, stage);
                    sent.fetch_add(counts.0, Ordering::Relaxed);
                    succeeded.fetch_add(counts.1, Ordering::Relaxed);
                    theirs.chain.revert_to(start.0).expect("it is alive");
                    ours.chain.revert_to(start.1).expect("it is alive");
                    ours.program.clone_from(&activated);
                }
            });
        }
    });
    let (sent, succeeded) = (sent.into_inner(), succeeded.into_inner());
    // The script would prove little if hardly anything succeeded, or hardly anything failed.
    assert!(succeeded * 2 > sent, "{succeeded} of {sent} succeeded");
    assert!(succeeded * 10 < sent * 9, "{succeeded} of {sent} succeeded");
}

#[test]
fn test_constructor_leaves_the_state_that_v2_begins_with() {
    let (theirs, mut ours, stage) = stages();
    let [token0, token1] = stage.tokens;
    let constructor = mintage_abi::Pair::constructorCall {
        factory: stage.fee_setting,
        token0,
        token1,
    };
    let made = ours
        .chain
        .deploy(&artifact("pair"))
        .args(constructor)
        .send()
        .expect("deploys")
        .address;
    for slot in (0..13).filter(|slot| *slot != 3) {
        let slot = U256::from(slot);
        assert_eq!(
            ours.chain.storage_at(made, slot),
            theirs.chain.storage_at(stage.pair, slot),
            "slot {slot}"
        );
    }
    // The domain names the pair's own address.
    let domain = signing::domain_separator("Uniswap V2", ours.chain.chain_id(), made);
    assert_eq!(B256::from(ours.chain.storage_at(made, U256::from(3))), domain);
    let theirs_domain = signing::domain_separator("Uniswap V2", theirs.chain.chain_id(), stage.pair);
    assert_eq!(
        B256::from(theirs.chain.storage_at(stage.pair, U256::from(3))),
        theirs_domain
    );
}
