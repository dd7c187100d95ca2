//! What the sequences are made of: operations that mostly are close to what is allowed, and some that are far from it.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use mintage_abi::IPair;
use mintage_mechanism::swap::amount_out_down;
use mintage_tests::foreign::{IFeeSetting, IFlashBorrower, ITestToken, answer};
use mintage_tests::signing;
use rand::RngExt;
use rand_chacha::ChaCha12Rng;

use super::{Op, Side, Stage, entry};

/// Draws the operations of one sequence. It looks at the first side, so that most of them are close to what is allowed.
pub(super) struct Script<'a> {
    pub(super) rng: ChaCha12Rng,
    pub(super) stage: &'a Stage,
}

impl Script<'_> {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.random_range(0..from.len())]
    }

    /// An amount: mostly of the size of `near`, sometimes tiny, sometimes at an edge.
    fn amount(&mut self, near: U256) -> U256 {
        match self.rng.random_range(0..20) {
            0 => U256::ZERO,
            1 => U256::from(self.rng.random_range(1..3_000_u64)),
            2 => U256::MAX >> self.rng.random_range(0..3_usize),
            3 => (U256::ONE << 112) - U256::from(self.rng.random_range(0..3_u64)),
            4 => near + U256::ONE,
            5 => near.saturating_sub(U256::ONE),
            6 => near,
            _ => near.wrapping_mul(U256::from(self.rng.random_range(1..2_000_u64))) / U256::from(1_000),
        }
    }

    fn person(&mut self) -> Address {
        let stage = self.stage;
        self.pick(&stage.people)
    }

    /// Anybody, the awkward ones included.
    fn anybody(&mut self) -> Address {
        let stage = self.stage;
        match self.rng.random_range(0..12) {
            0 => stage.pair,
            1 => Address::ZERO,
            2 => stage.borrower,
            3 => self.pick(&stage.tokens),
            4 => stage.fee_setting,
            _ => self.person(),
        }
    }

    fn reserves(&self, side: &Side) -> [U256; 2] {
        let packed = side.chain.storage_at(self.stage.pair, U256::from(8));
        let mask = (U256::ONE << 112) - U256::ONE;
        [packed & mask, (packed >> 112) & mask]
    }

    /// The next operations: one, or a few that belong together.
    pub(super) fn next(&mut self, side: &Side) -> Vec<Op> {
        match self.rng.random_range(0..100) {
            0..20 => self.deposit(side),
            20..32 => self.withdraw(side),
            32..62 => self.trade(side),
            62..68 => self.flash(side),
            68..74 => self.tidy(side),
            74..84 => self.share_token(side),
            84..88 => self.fee(),
            88..92 => self.mischief(side),
            92..96 => self.odd_call(),
            _ => vec![self.time()],
        }
    }

    fn time(&mut self) -> Op {
        Op::Warp(match self.rng.random_range(0..10) {
            0 => u64::from(u32::MAX),
            1 => 1 << 31,
            2 => 0,
            _ => self.rng.random_range(1..100_000),
        })
    }

    fn give(&mut self, index: usize, to: Address, value: U256) -> Op {
        self.stage.other(
            self.stage.tokens[index],
            "give",
            &ITestToken::mintCall { to, value },
        )
    }

    fn deposit(&mut self, side: &Side) -> Vec<Op> {
        let reserves = self.reserves(side);
        let one = U256::from(10).pow(U256::from(self.rng.random_range(3..21_u64)));
        let mut ops = Vec::new();
        for (index, reserve) in reserves.into_iter().enumerate() {
            let near = if reserve.is_zero() { one } else { reserve };
            let value = self.amount(near);
            // Near the limits of 112 bits too, but not always.
            if value < U256::ONE << 128 || self.rng.random_range(0..4) == 0 {
                ops.push(self.give(index, self.stage.pair, value));
            }
        }
        let (from, to) = (self.person(), self.anybody());
        ops.push(self.stage.call(from, "mint", &IPair::mintCall { to }));
        ops
    }

    fn withdraw(&mut self, side: &Side) -> Vec<Op> {
        let from = self.person();
        let held = side.chain.storage_at(self.stage.pair, entry(from, 1));
        let value = self.amount(held);
        let to = self.anybody();
        let sent = self.stage.call(
            from,
            "transfer to pair",
            &IPair::transferCall {
                to: self.stage.pair,
                value,
            },
        );
        vec![sent, self.stage.call(from, "burn", &IPair::burnCall { to })]
    }

    fn trade(&mut self, side: &Side) -> Vec<Op> {
        let reserves = self.reserves(side);
        let index = self.rng.random_range(0..2_usize);
        let small = reserves[index] / U256::from(self.rng.random_range(1..200_u64));
        let paid = self.amount(small.max(U256::from(1_000)));
        let best = amount_out_down(paid, reserves[index], reserves[1 - index]).unwrap_or_default();
        let out = match self.rng.random_range(0..8) {
            0 => best + U256::ONE,
            1 => self.amount(best),
            2 => best.saturating_sub(U256::ONE),
            _ => best,
        };
        let back = if self.rng.random_range(0..10) == 0 {
            self.amount(paid)
        } else {
            U256::ZERO
        };
        let (amount0Out, amount1Out) = if index == 0 { (back, out) } else { (out, back) };
        let (from, to) = (self.person(), self.anybody());
        let swap = IPair::swapCall {
            amount0Out,
            amount1Out,
            to,
            data: Bytes::new(),
        };
        let mut ops = vec![self.stage.call(from, "swap", &swap)];
        if self.rng.random_range(0..12) != 0 {
            ops.insert(0, self.give(index, self.stage.pair, paid));
        }
        ops
    }

    fn flash(&mut self, side: &Side) -> Vec<Op> {
        let [reserve0, reserve1] = self.reserves(side);
        let [token0, token1] = self.stage.tokens;
        let borrower = self.stage.borrower;
        let amount0Out = self.amount(reserve0 / U256::from(10));
        let amount1Out = if self.rng.random() {
            U256::ZERO
        } else {
            self.amount(reserve1 / U256::from(10))
        };
        // Back with the fee of the same side, or with a unit too little.
        let owed = |out: U256| out.saturating_mul(U256::from(1_000)) / U256::from(997) + U256::ONE;
        let less = U256::from(self.rng.random_range(0..2_u64));
        let (pay0, pay1) = (owed(amount0Out).saturating_sub(less), owed(amount1Out));
        let reentry = if self.rng.random_range(0..2) == 0 {
            Bytes::new()
        } else {
            self.any_call()
        };
        let length = self.pick(&[0, 1, 31, 32, 33, 100]);
        let data = Bytes::from((0..length).map(|_| self.rng.random()).collect::<Vec<u8>>());
        let fail = self.rng.random_range(0..6) == 0;
        let plan = IFlashBorrower::planCall {
            token0,
            token1,
            pay0,
            pay1,
            reentry,
            fail,
        };
        let to = if self.rng.random_range(0..8) == 0 {
            self.anybody()
        } else {
            borrower
        };
        let from = self.person();
        vec![
            self.give(0, borrower, pay0.min(U256::ONE << 200)),
            self.give(1, borrower, pay1.min(U256::ONE << 200)),
            self.stage.other(borrower, "plan", &plan),
            self.stage.call(
                from,
                "flash swap",
                &IPair::swapCall {
                    amount0Out,
                    amount1Out,
                    to,
                    data,
                },
            ),
        ]
    }

    fn tidy(&mut self, side: &Side) -> Vec<Op> {
        let index = self.rng.random_range(0..2_usize);
        let near = self.reserves(side)[index].max(U256::from(10));
        let donated = self.amount(near / U256::from(7));
        let from = self.person();
        let last = if self.rng.random() {
            self.stage.call(from, "sync", &IPair::syncCall {})
        } else {
            let to = self.anybody();
            self.stage.call(from, "skim", &IPair::skimCall { to })
        };
        vec![self.give(index, self.stage.pair, donated), last]
    }

    fn share_token(&mut self, side: &Side) -> Vec<Op> {
        let (from, other) = (self.person(), self.anybody());
        let held = side.chain.storage_at(self.stage.pair, entry(from, 1));
        let value = self.amount(held);
        match self.rng.random_range(0..4) {
            0 => vec![
                self.stage
                    .call(from, "transfer", &IPair::transferCall { to: other, value }),
            ],
            1 => self.spend_allowance(from, other, value),
            2 => {
                let spender = self.person();
                vec![
                    self.stage
                        .call(from, "approve", &IPair::approveCall { spender, value }),
                ]
            }
            _ => vec![self.permit(side, value)],
        }
    }

    /// A transfer by somebody else, mostly within an allowance given just before: without limit, exact, or a unit too small.
    fn spend_allowance(&mut self, from: Address, to: Address, value: U256) -> Vec<Op> {
        let spender = self.person();
        let allowed = self.pick(&[
            U256::MAX,
            U256::MAX - U256::ONE,
            value,
            value.wrapping_sub(U256::ONE),
        ]);
        let call = IPair::transferFromCall { from, to, value };
        let spend = self.stage.call(spender, "transferFrom", &call);
        if self.rng.random_range(0..6) == 0 {
            return vec![spend];
        }
        let approve = IPair::approveCall {
            spender,
            value: allowed,
        };
        vec![self.stage.call(from, "approve", &approve), spend]
    }

    /// A permit, mostly with the signature that it needs.
    fn permit(&mut self, side: &Side, value: U256) -> Op {
        let stage = self.stage;
        let signer = self.rng.random_range(0..3_usize);
        let (owner, spender) = (stage.people[signer], self.anybody());
        let nonce = side.chain.storage_at(stage.pair, entry(owner, 4));
        let now = U256::from(side.chain.now());
        let deadline = self.pick(&[U256::MAX, now, now - U256::ONE, now + U256::ONE]);
        let domain = B256::from(side.chain.storage_at(stage.pair, U256::from(3)));
        let signature = signing::permit(signer as u32, domain, owner, spender, value, nonce, deadline);
        let (mut v, mut r, mut s) = signature;
        match self.rng.random_range(0..12) {
            // The other form of the same signature: v2 takes it.
            0 => (v, s) = (55 - v, signing::other_s(s)),
            1 => v = self.rng.random(),
            2 => r = B256::from(self.rng.random::<[u8; 32]>()),
            3 => s = B256::ZERO,
            4 => v = 55 - v,
            _ => {}
        }
        let owner = if self.rng.random_range(0..10) == 0 {
            Address::ZERO
        } else {
            owner
        };
        let from = self.person();
        stage.call(
            from,
            "permit",
            &IPair::permitCall {
                owner,
                spender,
                value,
                deadline,
                v,
                r,
                s,
            },
        )
    }

    fn fee(&mut self) -> Vec<Op> {
        let feeTo = if self.rng.random() {
            Address::ZERO
        } else {
            self.anybody()
        };
        vec![self.stage.other(
            self.stage.fee_setting,
            "setFeeTo",
            &IFeeSetting::setFeeToCall { feeTo },
        )]
    }

    /// Tokens begin to misbehave, or to behave again.
    fn mischief(&mut self, side: &Side) -> Vec<Op> {
        let token = self.rng.random_range(0..2_usize);
        let address = self.stage.tokens[token];
        vec![match self.rng.random_range(0..6) {
            0 => {
                let wanted = self.rng.random_range(0..answer::COUNT);
                self.stage.other(
                    address,
                    "misbehave",
                    &ITestToken::misbehaveCall { answer: wanted },
                )
            }
            1 => {
                let feeBps = U256::from(self.pick(&[0, 1, 30, 100, 5_000, 10_000_u64]));
                let senderFee = U256::from(self.pick(&[0, 0, 1, 1_000_u64]));
                self.stage
                    .other(address, "setFee", &ITestToken::setFeeCall { feeBps, senderFee })
            }
            2 => {
                let target = if self.rng.random() {
                    self.stage.pair
                } else {
                    Address::ZERO
                };
                let (data, mustSucceed) = (self.any_call(), self.rng.random());
                self.stage.other(
                    address,
                    "setHook",
                    &ITestToken::setHookCall {
                        target,
                        data,
                        mustSucceed,
                    },
                )
            }
            3 => {
                let near = self.reserves(side)[token];
                let value = self.amount(near);
                let account = self.stage.pair;
                self.stage.other(
                    address,
                    "setBalance",
                    &ITestToken::setBalanceCall { account, value },
                )
            }
            _ => self.stage.other(
                address,
                "behave",
                &ITestToken::misbehaveCall { answer: answer::TRUE },
            ),
        }]
    }

    /// A call of any method, in calldata that is as it should be.
    fn any_call(&mut self) -> Bytes {
        let (to, other) = (self.anybody(), self.anybody());
        let value = self.amount(U256::from(1_000_000));
        let data = match self.rng.random_range(0..25) {
            0 => IPair::nameCall {}.abi_encode(),
            1 => IPair::symbolCall {}.abi_encode(),
            2 => IPair::decimalsCall {}.abi_encode(),
            3 => IPair::totalSupplyCall {}.abi_encode(),
            4 => IPair::balanceOfCall { owner: to }.abi_encode(),
            5 => IPair::allowanceCall {
                owner: to,
                spender: other,
            }
            .abi_encode(),
            6 => IPair::approveCall { spender: to, value }.abi_encode(),
            7 => IPair::transferCall { to, value }.abi_encode(),
            8 => IPair::transferFromCall {
                from: other,
                to,
                value,
            }
            .abi_encode(),
            9 => IPair::DOMAIN_SEPARATORCall {}.abi_encode(),
            10 => IPair::PERMIT_TYPEHASHCall {}.abi_encode(),
            11 => IPair::noncesCall { owner: to }.abi_encode(),
            12 => IPair::MINIMUM_LIQUIDITYCall {}.abi_encode(),
            13 => IPair::factoryCall {}.abi_encode(),
            14 => IPair::token0Call {}.abi_encode(),
            15 => IPair::token1Call {}.abi_encode(),
            16 => IPair::getReservesCall {}.abi_encode(),
            17 => IPair::price0CumulativeLastCall {}.abi_encode(),
            18 => IPair::price1CumulativeLastCall {}.abi_encode(),
            19 => IPair::kLastCall {}.abi_encode(),
            20 => IPair::mintCall { to }.abi_encode(),
            21 => IPair::burnCall { to }.abi_encode(),
            22 => IPair::syncCall {}.abi_encode(),
            23 => IPair::skimCall { to }.abi_encode(),
            _ => IPair::initializeCall {
                _token0: to,
                _token1: other,
            }
            .abi_encode(),
        };
        Bytes::from(data)
    }

    /// Calls that no tool makes: cut calldata, ether, unknown methods.
    fn odd_call(&mut self) -> Vec<Op> {
        let mut data = self.any_call().to_vec();
        let mut value_wei = 0;
        let what = match self.rng.random_range(0..6) {
            0 => {
                data.truncate(self.rng.random_range(0..=data.len()));
                "cut call"
            }
            1 => {
                value_wei = 1;
                "call with ether"
            }
            2 => {
                data = (0..self.rng.random_range(0..8))
                    .map(|_| self.rng.random())
                    .collect();
                "noise"
            }
            3 => {
                data.extend([0xff; 33]);
                "call with more data"
            }
            _ => "call",
        };
        let from = self.person();
        vec![Op::Send {
            from,
            to: self.stage.pair,
            data: data.into(),
            value_wei,
            what,
        }]
    }

    /// The first liquidity, of any size.
    pub(super) fn begin(&mut self) -> Vec<Op> {
        let stage = self.stage;
        let [a, b] = [0, 1].map(|_| {
            let digits = self.rng.random_range(4..27_u64);
            U256::from(10).pow(U256::from(digits)) * U256::from(self.rng.random_range(1..10_u64))
        });
        let to = stage.people[0];
        vec![
            self.give(0, stage.pair, a),
            self.give(1, stage.pair, b),
            stage.call(to, "first mint", &IPair::mintCall { to }),
            Op::Warp(self.rng.random_range(0..1_000)),
        ]
    }
}
