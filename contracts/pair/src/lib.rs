//! The program `pair`: a constant-product pair with Uniswap v2's ABI, arithmetic, refusals and storage layout.
//!
//! Here: the state, who may call what, and the order of reading, paying and checking. The arithmetic is in
//! `mintage_mechanism::{swap, liquidity, pair_price}`, the liquidity token in `shares`, v2's texts in `refusal`, the calls
//! to tokens, factory and borrowers in `outside`.

mod outside;
mod refusal;
mod shares;

use mintage_kit::prelude::*;
use mintage_mechanism::{liquidity, pair_price, swap};

use outside::{FeeSource, FlashBorrower};
use refusal::refuse;

mintage_kit::interface!("../interfaces/IPair.sol");

/// The reserves and when they were written, in one slot.
#[record]
pub struct Reserves {
    #[bits(112)]
    reserve0: u128,
    #[bits(112)]
    reserve1: u128,
    /// Seconds modulo 2^32.
    timestamp: u32,
}

/// The pair's state, slot by slot where v2 keeps it.
#[storage]
pub struct Pair {
    total_supply: Slot<U256>,
    balances: Map<Address, Slot<U256>>,
    allowances: Map<Address, Map<Address, Slot<U256>>>,
    domain_separator: Slot<B256>,
    nonces: Map<Address, Slot<U256>>,
    factory: Slot<Address>,
    token0: Slot<Address>,
    token1: Slot<Address>,
    reserves: Slot<Reserves>,
    price0_cumulative: Slot<U256>,
    price1_cumulative: Slot<U256>,
    k_last: Slot<U256>,
    unlocked: Slot<U256>,
}

#[entrypoint]
impl IPair for Pair {
    fn constructor(&mut self, factory: Address, token0: Address, token1: Address) -> Result<()> {
        let named_later = !factory.is_zero() && token0.is_zero() && token1.is_zero();
        ensure!(
            named_later || in_order(token0, token1),
            PairInvalidTokens { token0, token1 }
        );
        self.domain_separator.set(shares::domain_separator());
        self.factory.set(factory);
        self.token0.set(token0);
        self.token1.set(token1);
        self.unlocked.set(U256::ONE);
        Ok(())
    }

    fn initialize(&mut self, token0: Address, token1: Address) -> Result<()> {
        // v2 leaves it to its factory to call once; here the factory may be anybody, so a pair's tokens never change.
        if msg::sender() != self.factory.get() || !self.token0.get().is_zero() {
            return refuse("FORBIDDEN");
        }
        ensure!(in_order(token0, token1), PairInvalidTokens { token0, token1 });
        self.token0.set(token0);
        self.token1.set(token1);
        Ok(())
    }

    fn mint(&mut self, to: Address) -> Result<U256> {
        self.lock()?;
        let (reserve0, reserve1, _) = self.wide_reserves();
        let (balance0, balance1) = self.own_balances()?;
        let amount0 = refusal::math(mintage_math::sub(balance0, reserve0))?;
        let amount1 = refusal::math(mintage_math::sub(balance1, reserve1))?;

        let fee_on = self.mint_fee(reserve0, reserve1)?;
        let supply = self.total_supply.get();
        let minted = refusal::liquidity(liquidity::shares_for_deposit_down(
            amount0, amount1, reserve0, reserve1, supply,
        ))?;
        if supply.is_zero() {
            self.mint_shares(Address::ZERO, liquidity::MINIMUM_LIQUIDITY)?;
        }
        self.mint_shares(to, minted)?;

        self.update(balance0, balance1)?;
        self.note_k(fee_on)?;
        emit(Mint {
            sender: msg::sender(),
            amount0,
            amount1,
        });
        self.unlock();
        Ok(minted)
    }

    fn burn(&mut self, to: Address) -> Result<(U256, U256)> {
        self.lock()?;
        let (reserve0, reserve1, _) = self.wide_reserves();
        let (token0, token1) = (self.token0.get(), self.token1.get());
        let (balance0, balance1) = self.own_balances()?;
        let burned = self.balances.get(this());

        let fee_on = self.mint_fee(reserve0, reserve1)?;
        let (amount0, amount1) = refusal::liquidity(liquidity::payout_down(
            burned,
            balance0,
            balance1,
            self.total_supply.get(),
        ))?;
        self.burn_shares(this(), burned)?;
        outside::pay(token0, to, amount0)?;
        outside::pay(token1, to, amount1)?;

        let (balance0, balance1) = self.own_balances()?;
        self.update(balance0, balance1)?;
        self.note_k(fee_on)?;
        emit(Burn {
            sender: msg::sender(),
            amount0,
            amount1,
            to,
        });
        self.unlock();
        Ok((amount0, amount1))
    }

    fn swap(&mut self, amount0_out: U256, amount1_out: U256, to: Address, data: &[u8]) -> Result<()> {
        self.lock()?;
        let (reserve0, reserve1, _) = self.wide_reserves();
        refusal::swap(swap::check_output(amount0_out, amount1_out, reserve0, reserve1))?;
        let (token0, token1) = (self.token0.get(), self.token1.get());
        if to == token0 || to == token1 {
            return refuse("INVALID_TO");
        }

        // Paid first, judged after: what lies between is locked out of everything that writes.
        if !amount0_out.is_zero() {
            outside::pay(token0, to, amount0_out)?;
        }
        if !amount1_out.is_zero() {
            outside::pay(token1, to, amount1_out)?;
        }
        if !data.is_empty() {
            FlashBorrower::at(to).uniswap_v2_call(msg::sender(), amount0_out, amount1_out, data)?;
        }

        let (balance0, balance1) = self.own_balances()?;
        let (amount0_in, amount1_in) = refusal::swap(swap::check_swap(
            swap::Side {
                reserve: reserve0,
                amount_out: amount0_out,
                balance: balance0,
            },
            swap::Side {
                reserve: reserve1,
                amount_out: amount1_out,
                balance: balance1,
            },
        ))?;
        self.update(balance0, balance1)?;
        emit(Swap {
            sender: msg::sender(),
            amount0_in,
            amount1_in,
            amount0_out,
            amount1_out,
            to,
        });
        self.unlock();
        Ok(())
    }

    fn skim(&mut self, to: Address) -> Result<()> {
        self.lock()?;
        let (reserve0, reserve1, _) = self.wide_reserves();
        let (token0, token1) = (self.token0.get(), self.token1.get());
        outside::pay_excess(token0, to, reserve0)?;
        outside::pay_excess(token1, to, reserve1)?;
        self.unlock();
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        self.lock()?;
        let (balance0, balance1) = self.own_balances()?;
        self.update(balance0, balance1)?;
        self.unlock();
        Ok(())
    }

    fn minimum_liquidity(&self) -> Result<U256> {
        Ok(liquidity::MINIMUM_LIQUIDITY)
    }

    fn factory(&self) -> Result<Address> {
        Ok(self.factory.get())
    }

    fn token0(&self) -> Result<Address> {
        Ok(self.token0.get())
    }

    fn token1(&self) -> Result<Address> {
        Ok(self.token1.get())
    }

    fn get_reserves(&self) -> Result<(u128, u128, u32)> {
        let reserves = self.reserves.get();
        Ok((reserves.reserve0, reserves.reserve1, reserves.timestamp))
    }

    fn price0_cumulative_last(&self) -> Result<U256> {
        Ok(self.price0_cumulative.get())
    }

    fn price1_cumulative_last(&self) -> Result<U256> {
        Ok(self.price1_cumulative.get())
    }

    fn k_last(&self) -> Result<U256> {
        Ok(self.k_last.get())
    }

    // The liquidity token.

    fn name(&self) -> Result<Vec<u8>> {
        Ok(shares::NAME.to_vec())
    }

    fn symbol(&self) -> Result<Vec<u8>> {
        Ok(b"UNI-V2".to_vec())
    }

    fn decimals(&self) -> Result<u8> {
        Ok(18)
    }

    fn total_supply(&self) -> Result<U256> {
        Ok(self.total_supply.get())
    }

    fn balance_of(&self, owner: Address) -> Result<U256> {
        Ok(self.balances.get(owner))
    }

    fn allowance(&self, owner: Address, spender: Address) -> Result<U256> {
        Ok(self.allowances.at(owner).get(spender))
    }

    fn approve(&mut self, spender: Address, value: U256) -> Result<bool> {
        self.set_allowance(msg::sender(), spender, value);
        Ok(true)
    }

    fn transfer(&mut self, to: Address, value: U256) -> Result<bool> {
        self.move_shares(msg::sender(), to, value)?;
        Ok(true)
    }

    fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool> {
        self.use_allowance(from, msg::sender(), value)?;
        self.move_shares(from, to, value)?;
        Ok(true)
    }

    fn domain_separator(&self) -> Result<B256> {
        Ok(self.domain_separator.get())
    }

    fn permit_typehash(&self) -> Result<B256> {
        Ok(shares::permit_typehash())
    }

    fn nonces(&self, owner: Address) -> Result<U256> {
        Ok(self.nonces.get(owner))
    }

    fn permit(
        &mut self,
        owner: Address,
        spender: Address,
        value: U256,
        deadline: U256,
        v: u8,
        r: B256,
        s: B256,
    ) -> Result<()> {
        self.permit_by_signature(owner, spender, value, deadline, (v, r, s))
    }
}

impl Pair {
    fn lock(&mut self) -> Result<()> {
        if self.unlocked.get() != U256::ONE {
            return refuse("LOCKED");
        }
        self.unlocked.set(U256::ZERO);
        Ok(())
    }

    fn unlock(&mut self) {
        self.unlocked.set(U256::ONE);
    }

    fn wide_reserves(&self) -> (U256, U256, u32) {
        let reserves = self.reserves.get();
        (
            U256::from(reserves.reserve0),
            U256::from(reserves.reserve1),
            reserves.timestamp,
        )
    }

    fn own_balances(&self) -> Result<(U256, U256)> {
        Ok((
            outside::own_balance(self.token0.get())?,
            outside::own_balance(self.token1.get())?,
        ))
    }

    /// Adds the time that the reserves have stood to the price sums, then writes the balances as reserves.
    fn update(&mut self, balance0: U256, balance1: U256) -> Result<()> {
        if balance0 > swap::MAX_RESERVE || balance1 > swap::MAX_RESERVE {
            return refuse("OVERFLOW");
        }
        let (old0, old1, last_ts) = self.wide_reserves();
        // v2 keeps the time modulo 2^32.
        let now_ts = block::timestamp() as u32;
        let elapsed = pair_price::elapsed_secs(last_ts, now_ts);
        if elapsed > 0 && !old0.is_zero() && !old1.is_zero() {
            self.price0_cumulative.set(pair_price::accumulate(
                self.price0_cumulative.get(),
                old0,
                old1,
                elapsed,
            ));
            self.price1_cumulative.set(pair_price::accumulate(
                self.price1_cumulative.get(),
                old1,
                old0,
                elapsed,
            ));
        }
        let (reserve0, reserve1) = (balance0.wrapping_to(), balance1.wrapping_to());
        self.reserves.set(Reserves {
            reserve0,
            reserve1,
            timestamp: now_ts,
        });
        emit(Sync { reserve0, reserve1 });
        Ok(())
    }

    /// Mints the protocol its sixth of the growth, if the fee is on; says whether it is.
    fn mint_fee(&mut self, reserve0: U256, reserve1: U256) -> Result<bool> {
        let factory = self.factory.get();
        let receiver = if factory.is_zero() {
            Address::ZERO
        } else {
            FeeSource::at(factory).fee_to()?
        };
        let k_last = self.k_last.get();
        if receiver.is_zero() {
            if !k_last.is_zero() {
                self.k_last.set(U256::ZERO);
            }
            return Ok(false);
        }
        let supply = self.total_supply.get();
        let minted = refusal::liquidity(liquidity::fee_shares_down(reserve0, reserve1, k_last, supply))?;
        if !minted.is_zero() {
            self.mint_shares(receiver, minted)?;
        }
        Ok(true)
    }

    /// Notes the product of the reserves from which the protocol's next share is counted.
    fn note_k(&mut self, fee_on: bool) -> Result<()> {
        if fee_on {
            let (reserve0, reserve1, _) = self.wide_reserves();
            self.k_last.set(refusal::swap(swap::k(reserve0, reserve1))?);
        }
        Ok(())
    }
}

/// Two different tokens, neither of them zero, the lower first.
fn in_order(token0: Address, token1: Address) -> bool {
    !token0.is_zero() && token0 < token1
}
