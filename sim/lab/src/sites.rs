//! Where everything stands on the chain: addresses of the programs, and the names that records use for addresses.

use std::collections::BTreeMap;

use alloy_primitives::Address;

/// Addresses of what a scenario deployed.
#[derive(Clone, Debug)]
pub struct Sites {
    /// Who deployed and owns the programs.
    pub owner: Address,
    /// The economy's token.
    pub token: Address,
    /// The quote token.
    pub quote: Address,
    /// The pool.
    pub pair: Address,
    /// Whether the token is the pool's token0.
    pub token_is_0: bool,
    /// The treasury program.
    pub treasury: Option<Address>,
    /// The emission program.
    pub emission: Option<Address>,
    /// The price oracle program.
    pub oracle: Option<Address>,
    /// The buyback program.
    pub buyback: Option<Address>,
    /// The outside venue's account.
    pub venue: Option<Address>,
}

impl Sites {
    /// Puts a pair of the pool's values (0, 1) into the order (token, quote).
    pub fn token_first<T>(&self, zero: T, one: T) -> (T, T) {
        if self.token_is_0 { (zero, one) } else { (one, zero) }
    }

    /// Puts a pair (token, quote) into the pool's order (0, 1).
    pub fn pool_order<T>(&self, token: T, quote: T) -> (T, T) {
        if self.token_is_0 {
            (token, quote)
        } else {
            (quote, token)
        }
    }

    /// Whether an account belongs to the system (programs, pool, venue) and not to a holder.
    pub fn is_system(&self, account: Address) -> bool {
        let programs = [
            self.treasury,
            self.emission,
            self.oracle,
            self.buyback,
            self.venue,
        ];
        [self.token, self.quote, self.pair].contains(&account) || programs.contains(&Some(account))
    }
}

/// Names of addresses in records.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<Address, String>);

impl Names {
    /// Names an address; a later name replaces an earlier one.
    pub fn insert(&mut self, address: Address, name: impl Into<String>) {
        self.0.insert(address, name.into());
    }

    /// An address's name, or the address in hexadecimal.
    pub fn of(&self, address: Address) -> std::borrow::Cow<'_, str> {
        match self.0.get(&address) {
            Some(name) => name.as_str().into(),
            None => address.to_checksum(None).into(),
        }
    }

    /// The address of a name.
    pub fn address(&self, name: &str) -> Option<Address> {
        self.0.iter().find(|(_, n)| *n == name).map(|(a, _)| *a)
    }
}
