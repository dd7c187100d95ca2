//! What must hold of an economy after any call, and what has to be remembered to tell.

use alloy_primitives::U512;
use mintage_abi::{IBuyback, IEmission, IPair, IToken, ITreasury};
use mintage_chain::{Address, U256};
use mintage_tests::economy::{CAP, EMISSION, Economy, tokens};

/// What was true before, where a claim is about change.
#[derive(Clone)]
pub(crate) struct Ghost {
    /// Liquidity tokens and the product of the reserves.
    liquidity: U256,
    product: U256,
    minted: U256,
    burned: U256,
    issued: U256,
    bought: U256,
    treasury: U256,
    floor: U256,
}

impl Ghost {
    pub(crate) fn new(economy: &Economy) -> Self {
        let (asset, token) = economy.reserves();
        let floor = ITreasury::floorOfCall { asset: economy.asset };
        Self {
            liquidity: economy.call(economy.pair, IPair::totalSupplyCall {}),
            product: asset * token,
            minted: economy.call(economy.token, IToken::totalMintedCall {}),
            burned: economy.call(economy.token, IToken::totalBurnedCall {}),
            issued: economy.call(economy.emission, IEmission::totalMintedCall {}),
            bought: economy.call(economy.buyback, IBuyback::totalBurnedCall {}),
            treasury: economy.balance(economy.asset, economy.treasury),
            floor: economy.call(economy.treasury, floor),
        }
    }

    /// Checks all claims and remembers this state. The error is the claim that broke.
    pub(crate) fn check(&mut self, economy: &Economy, people: &[Address]) -> Result<(), String> {
        let now = Self::new(economy);
        supply(economy, people, &now)?;
        issuance(economy, self, &now)?;
        market(economy, self, &now)?;
        treasury(economy, self, &now)?;
        buyback(economy, self, &now)?;
        *self = now;
        Ok(())
    }
}

fn claim(holds: bool, text: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text()) }
}

/// Supply is minted less burned, the sum of all balances, and never past the cap.
fn supply(e: &Economy, people: &[Address], now: &Ghost) -> Result<(), String> {
    let programs = [
        e.pair, e.treasury, e.buyback, e.emission, e.token, e.asset, e.oracle,
    ];
    let holders = people
        .iter()
        .copied()
        .chain(programs)
        .chain([e.owner, e.guardian, e.staking]);
    let held: U256 = holders.map(|holder| e.balance(e.token, holder)).sum();
    let supply = e.call(e.token, IToken::totalSupplyCall {});
    claim(supply == held, || format!("supply {supply}, balances {held}"))?;
    claim(supply == now.minted - now.burned, || {
        format!("supply {supply}, minted {}, burned {}", now.minted, now.burned)
    })?;
    claim(now.minted <= tokens(CAP), || {
        format!("minted {} past the cap", now.minted)
    })
}

/// Minting comes from the schedule alone; the totals of token and emission never fall and move together.
fn issuance(e: &Economy, before: &Ghost, now: &Ghost) -> Result<(), String> {
    let by_token = now
        .minted
        .checked_sub(before.minted)
        .ok_or("the minted total fell")?;
    let by_emission = now
        .issued
        .checked_sub(before.issued)
        .ok_or("the issued total fell")?;
    claim(by_token == by_emission, || {
        format!("token minted {by_token}, emission {by_emission}")
    })?;
    claim(now.burned >= before.burned, || "the burned total fell".into())?;
    let elapsed = e.call(e.emission, IEmission::elapsedSecsCall {});
    let year = U256::from(365 * 86_400);
    // The schedule of `Economy`, written out again: linear over a year.
    let curve = tokens(EMISSION) * U256::from(elapsed).min(year) / year;
    claim(now.issued <= curve, || {
        format!("issued {}, the schedule allows {curve}", now.issued)
    })
}

/// The pair owes nobody: balances cover reserves, and a liquidity token is never worth less of both than before.
fn market(e: &Economy, before: &Ghost, now: &Ghost) -> Result<(), String> {
    let (asset, token) = e.reserves();
    claim(e.balance(e.asset, e.pair) >= asset, || {
        "the pair's asset does not cover its reserve".into()
    })?;
    claim(e.balance(e.token, e.pair) >= token, || {
        "the pair's token does not cover its reserve".into()
    })?;
    // product / liquidity^2 does not fall, multiplied out; reserves and liquidity are below 2^112, so 512 bits hold it.
    let square = |liquidity: U256| U512::from(liquidity * liquidity);
    let worth = |product: U256, other: U256| U512::from(product) * square(other);
    claim(
        worth(now.product, before.liquidity) >= worth(before.product, now.liquidity),
        || {
            format!(
                "product {} -> {}, liquidity {} -> {}",
                before.product, now.product, before.liquidity, now.liquidity
            )
        },
    )
}

/// Nothing leaves the treasury but above its floor, and what is booked is there.
fn treasury(e: &Economy, before: &Ghost, now: &Ghost) -> Result<(), String> {
    let floor = before.floor.max(now.floor);
    claim(now.treasury >= before.treasury || now.treasury >= floor, || {
        format!(
            "the treasury fell from {} to {}, its floor is {floor}",
            before.treasury, now.treasury
        )
    })?;
    let recorded = e.call(e.treasury, ITreasury::recordedOfCall { asset: e.asset });
    claim(recorded <= now.treasury, || {
        format!("booked {recorded}, there are {}", now.treasury)
    })
}

/// What the buyback bought is burned, and it keeps and approves nothing of its own.
fn buyback(e: &Economy, before: &Ghost, now: &Ghost) -> Result<(), String> {
    let bought = now
        .bought
        .checked_sub(before.bought)
        .ok_or("the bought total fell")?;
    claim(now.burned - before.burned >= bought, || {
        format!("bought {bought}, burned {}", now.burned - before.burned)
    })?;
    for spender in [e.pair, e.treasury, e.oracle] {
        let allowance = IToken::allowanceCall {
            owner: e.buyback,
            spender,
        };
        claim(e.call(e.asset, allowance).is_zero(), || {
            "the buyback left an approval".into()
        })?;
    }
    Ok(())
}
