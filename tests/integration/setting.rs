//! What the tests of several programs set up: tokens, a pair with liquidity, programs by their constructors.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolConstructor, SolError};
use mintage_abi::{IPair, Pair};
use mintage_chain::{Chain, ChainError, Halt};
use mintage_tests::artifact;
use mintage_tests::foreign::{ITestToken, two_tokens};

/// `n · 10^18`.
pub(crate) fn e18(n: u64) -> U256 {
    U256::from(n) * U256::from(10).pow(U256::from(18))
}

/// A number too long for a literal.
pub(crate) fn int(digits: &str) -> U256 {
    digits.replace('_', "").parse().expect("decimal digits")
}

/// Who deploys and owns things in these tests.
pub(crate) fn owner(chain: &Chain) -> Address {
    chain.dev_account(9)
}

/// Deploys a built program.
pub(crate) fn deploy(chain: &mut Chain, program: &str, constructor: impl SolConstructor) -> Address {
    try_deploy(chain, program, constructor).unwrap_or_else(|e| panic!("{program}: {e}"))
}

/// Deploys a built program whose constructor may refuse.
pub(crate) fn try_deploy(
    chain: &mut Chain,
    program: &str,
    constructor: impl SolConstructor,
) -> Result<Address, ChainError> {
    let from = owner(chain);
    chain
        .deploy(&artifact(program))
        .from(from)
        .args(constructor)
        .send()
        .map(|d| d.address)
}

/// A call that must succeed.
pub(crate) fn send<C: SolCall>(chain: &mut Chain, from: Address, to: Address, call: C) -> C::Return {
    chain
        .tx(from, to)
        .calling(call)
        .free_gas()
        .send()
        .unwrap_or_else(|e| panic!("{}: {e}", C::SIGNATURE))
        .output
}

/// A read-only call that must succeed.
pub(crate) fn read<C: SolCall>(chain: &Chain, to: Address, call: C) -> C::Return {
    chain
        .call(Address::ZERO, to, call)
        .unwrap_or_else(|e| panic!("{}: {e}", C::SIGNATURE))
}

/// The typed error with which a transaction must revert.
pub(crate) fn refusal<E: SolError>(chain: &mut Chain, from: Address, to: Address, call: impl SolCall) -> E {
    let result = chain.tx(from, to).calling(call).free_gas().send();
    let error = result.map(|_| ()).expect_err("it must revert");
    typed(&error)
}

/// The typed error in a revert.
pub(crate) fn typed<E: SolError>(error: &ChainError) -> E {
    let revert = error.revert().unwrap_or_else(|| panic!("not a revert: {error}"));
    revert
        .decode::<E>()
        .unwrap_or_else(|| panic!("not {}: {error}", E::SIGNATURE))
}

/// The text of `Error(string)` with which a transaction must revert; empty for a failure without data.
pub(crate) fn reason(chain: &mut Chain, from: Address, to: Address, call: impl SolCall) -> String {
    let result = chain.tx(from, to).calling(call).free_gas().send();
    let error = result.map(|_| ()).expect_err("it must revert");
    match error.revert() {
        Some(revert) if revert.data().is_empty() => String::new(),
        Some(revert) => revert
            .reason()
            .unwrap_or_else(|| panic!("not a text: {error}"))
            .to_string(),
        None if matches!(
            error,
            ChainError::Halt {
                reason: Halt::Trap(_),
                ..
            }
        ) =>
        {
            String::new()
        }
        None => panic!("not a revert: {error}"),
    }
}

/// Two tokens and our pair of them.
pub(crate) struct Market {
    pub(crate) chain: Chain,
    pub(crate) pair: Address,
    pub(crate) tokens: [Address; 2],
}

impl Market {
    /// An empty pair without protocol fee.
    pub(crate) fn new(decimals: [u8; 2]) -> Self {
        Self::on(Chain::new(), decimals)
    }

    /// The same on a chain of the test's own.
    pub(crate) fn on(mut chain: Chain, decimals: [u8; 2]) -> Self {
        let from = owner(&chain);
        let tokens = two_tokens(&mut chain, from, decimals);
        let [token0, token1] = tokens;
        let pair = deploy(
            &mut chain,
            "pair",
            Pair::constructorCall {
                factory: Address::ZERO,
                token0,
                token1,
            },
        );
        Self { chain, pair, tokens }
    }

    /// A chain whose 32-bit clocks overflow in `secs` seconds. A program is active for a year: it is deployed there.
    pub(crate) fn before_the_overflow(secs: u64) -> Self {
        let chain = Chain::builder()
            .genesis_ts((1 << 32) - secs)
            .build()
            .expect("a time in the future");
        Self::on(chain, [18, 18])
    }

    /// Makes tokens out of nothing.
    pub(crate) fn give(&mut self, index: usize, to: Address, value: U256) {
        let from = owner(&self.chain);
        send(
            &mut self.chain,
            from,
            self.tokens[index],
            ITestToken::mintCall { to, value },
        );
    }

    /// Adds liquidity for the owner of these tests.
    pub(crate) fn add_liquidity(&mut self, amount0: U256, amount1: U256) -> U256 {
        let to = owner(&self.chain);
        self.give(0, self.pair, amount0);
        self.give(1, self.pair, amount1);
        send(&mut self.chain, to, self.pair, IPair::mintCall { to })
    }

    /// Pays in and swaps for exactly `out` of the other token.
    pub(crate) fn trade(&mut self, index: usize, amount_in: U256, out: U256, to: Address) {
        self.give(index, self.pair, amount_in);
        let call = Self::swap_call(index, out, to);
        send(&mut self.chain, to, self.pair, call);
    }

    /// The call that takes `out` of the token that is not `index`.
    pub(crate) fn swap_call(index: usize, out: U256, to: Address) -> IPair::swapCall {
        let (amount0Out, amount1Out) = if index == 0 {
            (U256::ZERO, out)
        } else {
            (out, U256::ZERO)
        };
        IPair::swapCall {
            amount0Out,
            amount1Out,
            to,
            data: Default::default(),
        }
    }

    /// What an account holds of a token.
    pub(crate) fn held(&self, index: usize, account: Address) -> U256 {
        read(
            &self.chain,
            self.tokens[index],
            ITestToken::balanceOfCall { account },
        )
    }

    /// The reserves.
    pub(crate) fn reserves(&self) -> [U256; 2] {
        let reserves = read(&self.chain, self.pair, IPair::getReservesCall {});
        [U256::from(reserves._reserve0), U256::from(reserves._reserve1)]
    }
}
