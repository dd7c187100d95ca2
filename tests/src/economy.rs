//! A whole economy, deployed and wired as `contracts/README.md` says: token, a second token as its asset, pair, oracle,
//! treasury, buyback and emission. What is asked of it stands in the tests.

use alloy_primitives::{Address, U256};
use mintage_abi::{
    Buyback, Emission, IEmission, IPair, IPriceOracle, IToken, ITreasury, Pair, PriceOracle, Token, Treasury,
};
use mintage_chain::Chain;

use crate::artifact;

/// One whole token, both tokens having 18 decimals.
pub const WAD: u64 = 1_000_000_000_000_000_000;

/// `whole` tokens in base units.
pub fn tokens(whole: u64) -> U256 {
    U256::from(whole) * U256::from(WAD)
}

/// The shortest time between two buybacks, seconds: systems.md's real parameter (Sky, September 2024).
pub const HOP_SECS: u64 = 11_635;

/// What a buyback spends at once, whole units of the asset.
pub const LOT: u64 = 10_000;

/// What the treasury must keep of the asset, whole units.
pub const FLOOR: u64 = 250_000;

/// The cap on everything ever minted of the token, whole tokens.
pub const CAP: u64 = 100_000_000;

/// What the emission issues in a year, whole tokens.
pub const EMISSION: u64 = 10_000_000;

/// Addresses of everything, on a chain where it stands.
#[derive(Clone)]
pub struct Economy {
    /// The chain.
    pub chain: Chain,
    /// Owner of all programs.
    pub owner: Address,
    /// Guardian of all programs.
    pub guardian: Address,
    /// Receives what the emission mints.
    pub staking: Address,
    /// The token.
    pub token: Address,
    /// What it is traded for and bought back with: an instance of the same program.
    pub asset: Address,
    /// The market of both.
    pub pair: Address,
    /// The token's price in the asset.
    pub oracle: Address,
    /// Holds the asset.
    pub treasury: Address,
    /// Buys the token and burns it.
    pub buyback: Address,
    /// Mints the token.
    pub emission: Address,
}

impl Economy {
    /// Everything deployed, with 1,000,000 of the asset and 20,000,000 tokens in the pair and 500,000 of the asset in the
    /// treasury. The oracle has its first observation.
    ///
    /// # Panics
    /// If the programs are not built or do not deploy.
    pub fn new() -> Self {
        let mut chain = Chain::builder()
            .history(0)
            .build()
            .expect("the defaults are valid");
        let [owner, guardian] = chain.accounts();
        let staking = chain.account("staking");
        let token = deploy_token(
            &mut chain,
            owner,
            guardian,
            "Mint",
            tokens(CAP),
            tokens(50_000_000),
        );
        let asset = deploy_token(
            &mut chain,
            owner,
            guardian,
            "Cash",
            U256::MAX >> 128,
            tokens(1_000_000_000),
        );
        let pair = deploy_pair(&mut chain, owner, token, asset);
        let mut economy = Self {
            oracle: Address::ZERO,
            treasury: Address::ZERO,
            buyback: Address::ZERO,
            emission: Address::ZERO,
            chain,
            owner,
            guardian,
            staking,
            token,
            asset,
            pair,
        };
        economy.send(
            owner,
            asset,
            IToken::transferCall {
                to: pair,
                value: tokens(1_000_000),
            },
        );
        economy.send(
            owner,
            token,
            IToken::transferCall {
                to: pair,
                value: tokens(20_000_000),
            },
        );
        economy.send(owner, pair, IPair::mintCall { to: owner });
        economy.deploy_the_rest();
        economy.wire();
        economy
    }

    fn deploy_the_rest(&mut self) {
        let (owner, guardian, token) = (self.owner, self.guardian, self.token);
        let chain = &mut self.chain;
        let mut deploy = |name: &str, args: Vec<u8>| {
            let artifact = artifact(name);
            let deployed = chain.deploy(&artifact).from(owner).raw_args(args).send();
            deployed.unwrap_or_else(|error| panic!("{name}: {error}")).address
        };
        self.oracle = deploy(
            "price-oracle",
            constructor(PriceOracle::constructorCall {
                pair: self.pair,
                base: token,
                windowSecs: 3_600,
                recentSecs: 900,
                periodSecs: 300,
                maxAgeSecs: 3_600,
                maxDeviationBps: 1_000,
            }),
        );
        self.treasury = deploy(
            "treasury",
            constructor(Treasury::constructorCall {
                owner,
                guardian,
                floorDelaySecs: 172_800,
                grantDelaySecs: 0,
            }),
        );
        self.buyback = deploy(
            "buyback",
            constructor(Buyback::constructorCall {
                owner,
                guardian,
                treasury: self.treasury,
                pair: self.pair,
                oracle: self.oracle,
                token,
                hopSecs: HOP_SECS,
                lot: u128::try_from(tokens(LOT)).expect("small"),
                hump: 0,
                wantWad: U256::from(WAD / 100 * 98),
            }),
        );
        self.emission = deploy(
            "emission",
            constructor(Emission::constructorCall {
                owner,
                guardian,
                token,
                startTs: 0,
                kind: IEmission::Schedule::Linear,
                parameters: vec![tokens(EMISSION), U256::from(365 * 86_400)],
                recipients: vec![self.staking, self.treasury],
                weightsBps: vec![U256::from(7_500), U256::from(2_500)],
            }),
        );
    }

    fn wire(&mut self) {
        let (owner, asset, buyback) = (self.owner, self.asset, self.buyback);
        let daily = u128::try_from(tokens(8 * LOT)).expect("small");
        self.send(
            owner,
            self.treasury,
            ITreasury::setFloorCall {
                asset,
                newFloor: tokens(FLOOR),
            },
        );
        self.send(
            owner,
            self.treasury,
            ITreasury::setSpendLimitCall {
                asset,
                spender: buyback,
                capacity: daily,
                refillPerDay: daily,
            },
        );
        self.send(
            owner,
            asset,
            IToken::transferCall {
                to: self.treasury,
                value: tokens(500_000),
            },
        );
        self.send(owner, self.treasury, ITreasury::recordCall { asset });
        let limit = IToken::setMinterCall {
            minter: self.emission,
            limitPerDay: tokens(2 * EMISSION),
        };
        self.send(owner, self.token, limit);
    }

    /// Sends a transaction that must succeed.
    ///
    /// # Panics
    /// If it does not, with the error's name.
    pub fn send<C: alloy_sol_types::SolCall>(&mut self, from: Address, to: Address, call: C) -> C::Return {
        let sent = self.chain.send(from, to, call);
        sent.unwrap_or_else(|error| panic!("{}: {error}", C::SIGNATURE))
            .output
    }

    /// Reads.
    ///
    /// # Panics
    /// If the call reverts.
    pub fn call<C: alloy_sol_types::SolCall>(&self, to: Address, call: C) -> C::Return {
        let answer = self.chain.call(self.owner, to, call);
        answer.unwrap_or_else(|error| panic!("{}: {error}", C::SIGNATURE))
    }

    /// Lets time pass as a keeper sees it: an observation every period.
    pub fn warp_observed(&mut self, secs: u64) {
        let end = self.chain.now() + secs;
        while self.chain.now() < end {
            self.chain.warp((end - self.chain.now()).min(300));
            self.send(self.guardian, self.oracle, IPriceOracle::observeCall {});
        }
    }

    /// The balance of `account` in `token`.
    pub fn balance(&self, token: Address, account: Address) -> U256 {
        self.call(token, IToken::balanceOfCall { account })
    }

    /// The pair's reserves: asset, then token.
    pub fn reserves(&self) -> (U256, U256) {
        let reserves = self.call(self.pair, IPair::getReservesCall {});
        let (zero, one) = (U256::from(reserves._reserve0), U256::from(reserves._reserve1));
        if self.asset < self.token {
            (zero, one)
        } else {
            (one, zero)
        }
    }

    /// Sells `amount` of `sold` to the pair for the most that it gives.
    ///
    /// # Errors
    /// The pair's or the token's revert.
    pub fn swap(
        &mut self,
        from: Address,
        sold: Address,
        amount: U256,
    ) -> Result<U256, mintage_chain::ChainError> {
        let (asset, token) = self.reserves();
        let sells_asset = sold == self.asset;
        let (reserve_in, reserve_out) = if sells_asset {
            (asset, token)
        } else {
            (token, asset)
        };
        let before = self.balance(sold, self.pair);
        self.chain.send(
            from,
            sold,
            IToken::transferCall {
                to: self.pair,
                value: amount,
            },
        )?;
        let received = self.balance(sold, self.pair) - before;
        let out = amount_out(received, reserve_in, reserve_out);
        let bought_is_0 = (self.asset < self.token) != sells_asset;
        let (amount0, amount1) = if bought_is_0 {
            (out, U256::ZERO)
        } else {
            (U256::ZERO, out)
        };
        let swap = IPair::swapCall {
            amount0Out: amount0,
            amount1Out: amount1,
            to: from,
            data: Default::default(),
        };
        self.chain.send(from, self.pair, swap)?;
        Ok(out)
    }
}

impl Default for Economy {
    fn default() -> Self {
        Self::new()
    }
}

fn constructor(call: impl alloy_sol_types::SolConstructor) -> Vec<u8> {
    call.abi_encode()
}

/// Uniswap v2's output for an input, 0.3 % fee, rounded down: written here again from the rule, as a router computes it.
pub fn amount_out(amount_in: U256, reserve_in: U256, reserve_out: U256) -> U256 {
    let with_fee = amount_in * U256::from(997);
    with_fee * reserve_out / (reserve_in * U256::from(1_000) + with_fee)
}

fn deploy_token(
    chain: &mut Chain,
    owner: Address,
    guardian: Address,
    name: &str,
    cap: U256,
    supply: U256,
) -> Address {
    let args = Token::constructorCall {
        name_: name.to_owned(),
        symbol_: name.to_uppercase(),
        decimals_: 18,
        owner_: owner,
        guardian_: guardian,
        cap_: cap,
        capBasis_: IToken::CapBasis::LifetimeMinted,
        holder: owner,
        initialSupply: supply,
    };
    let deployed = chain.deploy(&artifact("token")).from(owner).args(args).send();
    deployed.unwrap_or_else(|error| panic!("token: {error}")).address
}

fn deploy_pair(chain: &mut Chain, owner: Address, token: Address, asset: Address) -> Address {
    let args = Pair::constructorCall {
        factory: Address::ZERO,
        token0: token.min(asset),
        token1: token.max(asset),
    };
    let deployed = chain.deploy(&artifact("pair")).from(owner).args(args).send();
    deployed.unwrap_or_else(|error| panic!("pair: {error}")).address
}
