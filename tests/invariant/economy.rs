//! The whole economy under random use and abuse: trades, liquidity, gifts to programs, keepers, governance, attackers.

use std::fmt;

use mintage_abi::{IBuyback, IEmission, IPair, IPriceOracle, IToken, ITreasury};
use mintage_chain::{Address, ChainError, U256};
use mintage_tests::economy::{Economy, FLOOR, HOP_SECS, tokens};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::claims::Ghost;

const SEQUENCES: u64 = 24;
const CALLS: usize = 120;

/// Sequence `n` draws from stream `n` of this seed, so that one of them can be run alone.
const SEED: u64 = 0x6d69_6e74_6167_6531;

/// Who acts, on what, with how much. Amounts are relative, so that a call makes sense in most states.
#[derive(Clone, Copy, Debug)]
enum Op {
    Transfer {
        from: usize,
        to: usize,
        bps: u32,
    },
    TransferFrom {
        spender: usize,
        from: usize,
        to: usize,
        bps: u32,
    },
    Burn {
        from: usize,
        bps: u32,
    },
    Buy {
        from: usize,
        bps: u32,
    },
    Sell {
        from: usize,
        bps: u32,
    },
    AddLiquidity {
        from: usize,
        bps: u32,
    },
    RemoveLiquidity {
        from: usize,
        bps: u32,
    },
    Gift {
        from: usize,
        to: Receiver,
        asset: bool,
        bps: u32,
    },
    SyncOrSkim {
        from: usize,
        sync: bool,
    },
    Deposit {
        from: usize,
        bps: u32,
    },
    Record,
    Spend {
        from: usize,
        bps: u32,
    },
    Observe,
    Kick {
        from: usize,
    },
    Sweep {
        asset: bool,
    },
    Emit {
        from: usize,
    },
    EmitUpTo {
        from: usize,
        whole: u32,
    },
    MintAsStranger {
        from: usize,
    },
    Fee {
        bps: u16,
        burn_bps: u16,
    },
    Floor {
        whole: u32,
    },
    Pauses {
        program: Receiver,
        resume: bool,
    },
    Warp {
        secs: u32,
    },
    WarpObserved {
        secs: u32,
    },
}

#[derive(Clone, Copy, Debug)]
enum Receiver {
    Pair,
    Treasury,
    Buyback,
    Emission,
    Token,
}

struct World {
    economy: Economy,
    people: [Address; 4],
    ghost: Ghost,
}

#[test]
fn invariant_economy_claims_hold_after_every_call() {
    let world = World::new();
    let mut succeeded = [0_u64; KINDS];
    for sequence in 0..SEQUENCES {
        let mut world = world.fork();
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        rng.set_stream(sequence);
        let mut log = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let op = random_op(&mut rng);
            let done = world.run(op);
            succeeded[kind(op)] += u64::from(done.is_ok());
            log.push(Step {
                op,
                done: done.map_err(|error| error.to_string()),
            });
            if let Err(broken) = world.ghost.check(&world.economy, &world.people) {
                panic!(
                    "sequence {sequence} of seed {SEED:#x}: {broken}\nafter:\n{}",
                    Listing(&log)
                );
            }
        }
    }
    // A sequence that only reverts proves nothing: everything that may succeed did so, strangers never mint.
    for (kind, count) in succeeded.iter().enumerate() {
        let must_fail = kind == KIND_OF_STRANGER;
        assert_eq!(
            *count == 0,
            must_fail,
            "operation number {kind} succeeded {count} times"
        );
    }
}

/// Sequences in which each operation is run unwatched, traced and profiled.
const WATCHED_SEQUENCES: u64 = 3;

#[test]
fn test_economy_comes_to_the_same_however_it_is_watched() {
    let world = World::new();
    for sequence in 0..WATCHED_SEQUENCES {
        let [mut plain, mut traced, mut profiled] = std::array::from_fn(|_| world.fork());
        traced.economy.chain.trace_all(false);
        profiled.economy.chain.trace_all(true);
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        rng.set_stream(SEQUENCES + sequence);
        for call in 0..CALLS {
            let op = random_op(&mut rng);
            let done = plain.run(op).map_err(|error| error.to_string());
            let head = plain.economy.chain.head();
            for (how, world) in [("traced", &mut traced), ("profiled", &mut profiled)] {
                let also = world.run(op).map_err(|error| error.to_string());
                assert_eq!(done, also, "{how}, call {call} of sequence {sequence}: {op:?}");
                // Gas of every transaction and, where state would differ, of those to come.
                assert_eq!(
                    head,
                    world.economy.chain.head(),
                    "{how}, call {call} of sequence {sequence}: {op:?}"
                );
            }
        }
        let balances = |world: &World| {
            let everyone = [world.economy.pair, world.economy.treasury, world.economy.staking];
            let everyone = everyone.into_iter().chain(world.people);
            let both = |who| {
                [world.economy.token, world.economy.asset].map(|token| world.economy.balance(token, who))
            };
            everyone.map(both).collect::<Vec<_>>()
        };
        assert_eq!(balances(&plain), balances(&traced));
        assert_eq!(balances(&plain), balances(&profiled));
    }
}

impl World {
    fn new() -> Self {
        let mut economy = Economy::new();
        let names = ["alice", "bob", "carol", "mallory"];
        let people = names.map(|name| economy.chain.account(name));
        let owner = economy.owner;
        for person in people {
            for token in [economy.token, economy.asset] {
                economy.send(
                    owner,
                    token,
                    IToken::transferCall {
                        to: person,
                        value: tokens(400_000),
                    },
                );
            }
            let approve = IToken::approveCall {
                spender: people[0],
                value: tokens(100_000),
            };
            economy.send(person, economy.token, approve);
            let approve = IToken::approveCall {
                spender: economy.treasury,
                value: U256::MAX,
            };
            economy.send(person, economy.asset, approve);
        }
        economy.send(
            owner,
            economy.token,
            IToken::setFeeManagerCall { newFeeManager: owner },
        );
        economy.warp_observed(2 * 86_400);
        let ghost = Ghost::new(&economy);
        Self {
            economy,
            people,
            ghost,
        }
    }

    fn fork(&self) -> Self {
        Self {
            economy: self.economy.clone(),
            people: self.people,
            ghost: self.ghost.clone(),
        }
    }

    fn run(&mut self, op: Op) -> Result<(), ChainError> {
        let people = self.people;
        let e = &mut self.economy;
        let part = |balance: U256, bps: u32| balance * U256::from(bps) / U256::from(10_000);
        match op {
            Op::Transfer { from, to, bps } => {
                let value = part(e.balance(e.token, people[from]), bps);
                e.chain
                    .send(
                        people[from],
                        e.token,
                        IToken::transferCall {
                            to: people[to],
                            value,
                        },
                    )
                    .map(drop)
            }
            Op::TransferFrom {
                spender,
                from,
                to,
                bps,
            } => {
                let value = part(tokens(20_000), bps);
                let call = IToken::transferFromCall {
                    from: people[from],
                    to: people[to],
                    value,
                };
                e.chain.send(people[spender], e.token, call).map(drop)
            }
            Op::Burn { from, bps } => {
                let amount = part(e.balance(e.token, people[from]), bps.min(500));
                e.chain
                    .send(people[from], e.token, IToken::burnCall { amount })
                    .map(drop)
            }
            Op::Buy { from, bps } => {
                let amount = part(e.balance(e.asset, people[from]), bps.min(2_000));
                e.swap(people[from], e.asset, amount).map(drop)
            }
            Op::Sell { from, bps } => {
                let amount = part(e.balance(e.token, people[from]), bps);
                e.swap(people[from], e.token, amount).map(drop)
            }
            Op::AddLiquidity { from, bps } => {
                let (asset, token) = e.reserves();
                let value = part(e.balance(e.asset, people[from]), bps.min(2_000));
                let paired = value * token / asset;
                e.chain.send(
                    people[from],
                    e.token,
                    IToken::transferCall {
                        to: e.pair,
                        value: paired,
                    },
                )?;
                e.chain
                    .send(people[from], e.asset, IToken::transferCall { to: e.pair, value })?;
                e.chain
                    .send(people[from], e.pair, IPair::mintCall { to: people[from] })
                    .map(drop)
            }
            Op::RemoveLiquidity { from, bps } => {
                let value = part(e.call(e.pair, IPair::balanceOfCall { owner: people[from] }), bps);
                e.chain
                    .send(people[from], e.pair, IPair::transferCall { to: e.pair, value })?;
                e.chain
                    .send(people[from], e.pair, IPair::burnCall { to: people[from] })
                    .map(drop)
            }
            Op::Gift { from, to, asset, bps } => {
                let gift = if asset { e.asset } else { e.token };
                let value = part(e.balance(gift, people[from]), bps.min(100));
                let to = e.at(to);
                e.chain
                    .send(people[from], gift, IToken::transferCall { to, value })
                    .map(drop)
            }
            Op::SyncOrSkim { from, sync: true } => {
                e.chain.send(people[from], e.pair, IPair::syncCall {}).map(drop)
            }
            Op::SyncOrSkim { from, sync: false } => e
                .chain
                .send(people[from], e.pair, IPair::skimCall { to: people[from] })
                .map(drop),
            Op::Deposit { from, bps } => {
                let amount = part(e.balance(e.asset, people[from]), bps.min(500));
                let call = ITreasury::depositCall {
                    asset: e.asset,
                    amount,
                };
                e.chain.send(people[from], e.treasury, call).map(drop)
            }
            Op::Record => e
                .chain
                .send(people[0], e.treasury, ITreasury::recordCall { asset: e.asset })
                .map(drop),
            Op::Spend { from, bps } => {
                // The owner grants itself nothing but may try; carol has a limit of her own.
                let caller = [e.owner, people[2]][from % 2];
                let amount = part(e.balance(e.asset, e.treasury), bps);
                let limit = ITreasury::setSpendLimitCall {
                    asset: e.asset,
                    spender: people[2],
                    capacity: u128::MAX,
                    refillPerDay: u128::MAX,
                };
                e.chain.send(e.owner, e.treasury, limit)?;
                let call = ITreasury::spendCall {
                    asset: e.asset,
                    to: people[2],
                    amount,
                };
                e.chain.send(caller, e.treasury, call).map(drop)
            }
            Op::Observe => e
                .chain
                .send(people[0], e.oracle, IPriceOracle::observeCall {})
                .map(drop),
            Op::Kick { from } => e
                .chain
                .send(people[from], e.buyback, IBuyback::kickCall {})
                .map(drop),
            Op::Sweep { asset } => {
                let foreign = if asset { e.asset } else { e.token };
                e.chain
                    .send(people[0], e.buyback, IBuyback::sweepCall { foreign })
                    .map(drop)
            }
            Op::Emit { from } => e
                .chain
                .send(people[from], e.emission, IEmission::mintCall {})
                .map(drop),
            Op::EmitUpTo { from, whole } => {
                let maximum = tokens(u64::from(whole));
                e.chain
                    .send(people[from], e.emission, IEmission::mintUpToCall { maximum })
                    .map(drop)
            }
            Op::MintAsStranger { from } => {
                let call = IToken::mintCall {
                    to: people[from],
                    amount: U256::from(1),
                };
                e.chain.send(people[from], e.token, call).map(drop)
            }
            Op::Fee { bps, burn_bps } => {
                let call = IToken::setTransferFeeCall {
                    feeBps: bps,
                    burnBps: burn_bps,
                    receiver: e.treasury,
                };
                e.chain.send(e.owner, e.token, call).map(drop)
            }
            Op::Floor { whole } => {
                let floor = tokens(FLOOR - 50_000 + u64::from(whole));
                let call = ITreasury::setFloorCall {
                    asset: e.asset,
                    newFloor: floor,
                };
                e.chain.send(e.owner, e.treasury, call).map(drop)
            }
            Op::Pauses { program, resume } => e.pauses(program, resume),
            Op::Warp { secs } => {
                e.chain.warp(u64::from(secs));
                Ok(())
            }
            Op::WarpObserved { secs } => {
                e.warp_observed(u64::from(secs));
                Ok(())
            }
        }
    }
}

/// What only a test may do with an economy.
trait Abuse {
    fn at(&self, receiver: Receiver) -> Address;
    fn pauses(&mut self, program: Receiver, resume: bool) -> Result<(), ChainError>;
}

impl Abuse for Economy {
    fn at(&self, receiver: Receiver) -> Address {
        match receiver {
            Receiver::Pair => self.pair,
            Receiver::Treasury => self.treasury,
            Receiver::Buyback => self.buyback,
            Receiver::Emission => self.emission,
            Receiver::Token => self.token,
        }
    }

    fn pauses(&mut self, program: Receiver, resume: bool) -> Result<(), ChainError> {
        let (owner, guardian) = (self.owner, self.guardian);
        let chain = &mut self.chain;
        match (program, resume) {
            (Receiver::Treasury, false) => chain
                .send(guardian, self.treasury, ITreasury::pauseCall {})
                .map(drop),
            (Receiver::Treasury, true) => chain
                .send(owner, self.treasury, ITreasury::unpauseCall {})
                .map(drop),
            (Receiver::Emission, false) => chain
                .send(guardian, self.emission, IEmission::pauseCall {})
                .map(drop),
            (Receiver::Emission, true) => chain
                .send(owner, self.emission, IEmission::unpauseCall {})
                .map(drop),
            (Receiver::Buyback, false) => chain
                .send(guardian, self.buyback, IBuyback::stopCall {})
                .map(drop),
            (Receiver::Buyback, true) => {
                let call = IBuyback::setHopSecsCall { newHopSecs: HOP_SECS };
                chain.send(owner, self.buyback, call).map(drop)
            }
            (_, false) => chain
                .send(guardian, self.token, IToken::pauseMintingCall {})
                .map(drop),
            (_, true) => chain
                .send(owner, self.token, IToken::unpauseMintingCall {})
                .map(drop),
        }
    }
}

const KINDS: usize = 23;
const KIND_OF_STRANGER: usize = 17;

fn kind(op: Op) -> usize {
    match op {
        Op::Transfer { .. } => 0,
        Op::TransferFrom { .. } => 1,
        Op::Burn { .. } => 2,
        Op::Buy { .. } => 3,
        Op::Sell { .. } => 4,
        Op::AddLiquidity { .. } => 5,
        Op::RemoveLiquidity { .. } => 6,
        Op::Gift { .. } => 7,
        Op::SyncOrSkim { .. } => 8,
        Op::Deposit { .. } => 9,
        Op::Record => 10,
        Op::Spend { .. } => 11,
        Op::Observe => 12,
        Op::Kick { .. } => 13,
        Op::Sweep { .. } => 14,
        Op::Emit { .. } => 15,
        Op::EmitUpTo { .. } => 16,
        Op::MintAsStranger { .. } => KIND_OF_STRANGER,
        Op::Fee { .. } => 18,
        Op::Floor { .. } => 19,
        Op::Pauses { .. } => 20,
        Op::Warp { .. } => 21,
        Op::WarpObserved { .. } => 22,
    }
}

fn random_op(rng: &mut impl Rng) -> Op {
    let mut person = || rng.random_range(0..4_usize);
    let (from, to, spender) = (person(), person(), person());
    let bps = rng.random_range(0..=10_000);
    let program = [
        Receiver::Pair,
        Receiver::Treasury,
        Receiver::Buyback,
        Receiver::Emission,
        Receiver::Token,
    ][rng.random_range(0..5)];
    let flag = rng.random();
    match rng.random_range(0..34) {
        0 => Op::Transfer { from, to, bps },
        1 => Op::TransferFrom {
            spender,
            from,
            to,
            bps,
        },
        2 => Op::Burn { from, bps },
        3..=5 => Op::Buy { from, bps },
        6..=8 => Op::Sell { from, bps },
        9 => Op::AddLiquidity { from, bps },
        10 => Op::RemoveLiquidity { from, bps },
        11 => Op::Gift {
            from,
            to: program,
            asset: flag,
            bps,
        },
        12 => Op::SyncOrSkim { from, sync: flag },
        13 => Op::Deposit { from, bps },
        14 => Op::Record,
        15 => Op::Spend { from, bps },
        16 => Op::Observe,
        17..=20 => Op::Kick { from },
        21 => Op::Sweep { asset: flag },
        22..=23 => Op::Emit { from },
        24 => Op::EmitUpTo {
            from,
            whole: rng.random_range(0..100_000),
        },
        25 => Op::MintAsStranger { from },
        26 => Op::Fee {
            bps: rng.random_range(0..=120),
            burn_bps: rng.random_range(0..=10_000),
        },
        27 => Op::Floor {
            whole: rng.random_range(0..100_000),
        },
        28 => Op::Pauses {
            program,
            resume: false,
        },
        29 => Op::Pauses {
            program,
            resume: true,
        },
        30..=31 => Op::Warp {
            secs: rng.random_range(0..40_000),
        },
        _ => Op::WarpObserved {
            secs: rng.random_range(1..20_000),
        },
    }
}

struct Step {
    op: Op,
    done: Result<(), String>,
}

struct Listing<'a>(&'a [Step]);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Step { op, done } in self.0 {
            match done {
                Ok(()) => writeln!(f, "  {op:?}")?,
                Err(error) => writeln!(f, "  {op:?} -> {error}")?,
            }
        }
        Ok(())
    }
}
