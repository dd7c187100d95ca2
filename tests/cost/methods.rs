//! What a call of each method costs: gas beyond the transaction's own, uncached and cached, and the called program's ink.

use alloy_sol_types::SolCall;
use mintage_abi::{IBuyback, IEmission, IPair, IPriceOracle, IToken, ITreasury};
use mintage_chain::{Address, Chain, U256};
use mintage_tests::economy::{Economy, HOP_SECS, amount_out, tokens};

/// One method's cost.
pub(crate) struct Cost {
    /// `program.method`
    pub(crate) method: String,
    /// Gas of the first call in a block.
    pub(crate) uncached: u64,
    /// Gas when the programs that it runs were called before in the block.
    pub(crate) cached: u64,
    /// Ink that the called program used itself or had used for it, entry not counted.
    pub(crate) ink: u64,
}

struct Meter {
    economy: Economy,
    costs: Vec<Cost>,
}

/// Every method that users call often, each from the same state with cold storage.
pub(crate) fn measure() -> Vec<Cost> {
    let mut economy = Economy::new();
    economy.warp_observed(3 * 86_400);
    let [alice, bob] = ["alice", "bob"].map(|name| economy.chain.account(name));
    let owner = economy.owner;
    for person in [alice, bob] {
        for token in [economy.token, economy.asset] {
            economy.send(
                owner,
                token,
                IToken::transferCall {
                    to: person,
                    value: tokens(100_000),
                },
            );
        }
    }
    let approve = IToken::approveCall {
        spender: economy.treasury,
        value: U256::MAX,
    };
    economy.send(alice, economy.asset, approve);
    economy.send(
        alice,
        economy.token,
        IToken::approveCall {
            spender: bob,
            value: tokens(100),
        },
    );
    let mut meter = Meter {
        economy,
        costs: Vec::new(),
    };
    meter.token(alice, bob);
    meter.pair(alice, bob);
    meter.others(alice);
    meter.costs
}

impl Meter {
    fn token(&mut self, alice: Address, bob: Address) {
        let token = self.economy.token;
        let value = tokens(1);
        self.row(
            "token.balanceOf",
            alice,
            token,
            IToken::balanceOfCall { account: bob },
        );
        self.row(
            "token.transfer",
            alice,
            token,
            IToken::transferCall { to: bob, value },
        );
        let to_nobody = IToken::transferCall {
            to: Address::repeat_byte(0x77),
            value,
        };
        self.row("token.transfer (new holder)", alice, token, to_nobody);
        self.row(
            "token.approve",
            bob,
            token,
            IToken::approveCall {
                spender: alice,
                value,
            },
        );
        let from_alice = IToken::transferFromCall {
            from: alice,
            to: bob,
            value,
        };
        self.row("token.transferFrom", bob, token, from_alice);
        self.row("token.burn", alice, token, IToken::burnCall { amount: value });
        let before = self.economy.chain.snapshot();
        let owner = self.economy.owner;
        self.economy
            .send(owner, token, IToken::setFeeManagerCall { newFeeManager: owner });
        let fee = IToken::setTransferFeeCall {
            feeBps: 100,
            burnBps: 5_000,
            receiver: self.economy.treasury,
        };
        self.economy.send(owner, token, fee);
        self.row(
            "token.transfer (fee)",
            alice,
            token,
            IToken::transferCall { to: bob, value },
        );
        self.economy.chain.revert_to(before).expect("just taken");
    }

    fn pair(&mut self, alice: Address, bob: Address) {
        let (pair, asset, token) = (self.economy.pair, self.economy.asset, self.economy.token);
        self.row("pair.getReserves", alice, pair, IPair::getReservesCall {});
        let before = self.economy.chain.snapshot();
        self.economy.chain.warp(60);
        let (asset_reserve, token_reserve) = self.economy.reserves();
        self.economy.send(
            alice,
            asset,
            IToken::transferCall {
                to: pair,
                value: tokens(100),
            },
        );
        let out = amount_out(tokens(100), asset_reserve, token_reserve);
        let (amount0, amount1) = if asset < token {
            (U256::ZERO, out)
        } else {
            (out, U256::ZERO)
        };
        let swap = IPair::swapCall {
            amount0Out: amount0,
            amount1Out: amount1,
            to: bob,
            data: Default::default(),
        };
        self.row("pair.swap", alice, pair, swap);
        self.row("pair.sync", alice, pair, IPair::syncCall {});
        self.economy.send(
            alice,
            token,
            IToken::transferCall {
                to: pair,
                value: tokens(2_000),
            },
        );
        self.row("pair.mint", alice, pair, IPair::mintCall { to: alice });
        self.economy.chain.revert_to(before).expect("just taken");
        let owner = self.economy.owner;
        let liquidity = IPair::transferCall {
            to: pair,
            value: tokens(1_000),
        };
        self.economy.send(owner, pair, liquidity);
        self.row("pair.burn", owner, pair, IPair::burnCall { to: owner });
        self.economy.chain.revert_to(before).expect("just used");
    }

    fn others(&mut self, alice: Address) {
        let e = &mut self.economy;
        let (asset, emission, oracle, treasury, buyback) =
            (e.asset, e.emission, e.oracle, e.treasury, e.buyback);
        e.chain.warp(300);
        self.row("emission.mint", alice, emission, IEmission::mintCall {});
        self.row(
            "price-oracle.observe",
            alice,
            oracle,
            IPriceOracle::observeCall {},
        );
        self.row("price-oracle.price", alice, oracle, IPriceOracle::priceCall {});
        self.row(
            "treasury.deposit",
            alice,
            treasury,
            ITreasury::depositCall {
                asset,
                amount: tokens(10),
            },
        );
        let owner = self.economy.owner;
        let limit = ITreasury::setSpendLimitCall {
            asset,
            spender: alice,
            capacity: u128::MAX,
            refillPerDay: u128::MAX,
        };
        self.economy.send(owner, treasury, limit);
        self.economy.warp_observed(HOP_SECS);
        let spend = ITreasury::spendCall {
            asset,
            to: alice,
            amount: tokens(10),
        };
        self.row("treasury.spend", alice, treasury, spend);
        self.row("buyback.kick", alice, buyback, IBuyback::kickCall {});
    }

    /// Measures a call and takes it back. It must succeed.
    fn row<C: SolCall>(&mut self, method: &str, from: Address, to: Address, call: C) {
        let data = call.abi_encode();
        let chain = &mut self.economy.chain;
        let before = chain.snapshot();
        chain.auto_mine(false);
        chain.seal_block();
        let first = chain.snapshot();
        let (uncached, ink, limit) =
            run(chain, from, to, &data).unwrap_or_else(|why| panic!("{method}: {why}"));
        chain.revert_to(first).expect("just taken");
        // One gas short: all programs are entered, and so are among the block's recent ones, but nothing is changed.
        let short = chain
            .tx(from, to)
            .data(data.clone())
            .gas(limit - 1)
            .include()
            .expect("funded");
        assert!(
            !short.is_success(),
            "{method}: succeeded with less gas than it uses"
        );
        let (cached, ..) = run(chain, from, to, &data).unwrap_or_else(|why| panic!("{method}: {why}"));
        chain.auto_mine(true);
        chain.revert_to(before).expect("just taken");
        self.costs.push(Cost {
            method: method.to_owned(),
            uncached,
            cached,
            ink,
        });
    }
}

/// Sends a call: gas beyond the transaction's own, ink of the called program, all gas without refunds.
fn run(chain: &mut Chain, from: Address, to: Address, data: &[u8]) -> Result<(u64, u64, u64), String> {
    let receipt = chain
        .tx(from, to)
        .data(data.to_vec())
        .traced()
        .include()
        .expect("funded");
    if !receipt.is_success() {
        return Err(format!(
            "{:?}, 0x{}",
            receipt.status,
            hex::encode(&receipt.output)
        ));
    }
    let own: u64 = data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    let all = receipt.gas_used + receipt.gas_refunded;
    let trace = receipt.trace.expect("traced");
    let root = trace.root().expect("a transaction has a frame");
    let program = root.run.as_deref().expect("the called program ran");
    Ok((
        all - receipt.gas_used_for_l1 - 21_000 - own,
        program.ink_in - program.ink_left,
        all,
    ))
}
