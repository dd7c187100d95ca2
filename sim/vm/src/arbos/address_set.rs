//! Sets of addresses in ArbOS's storage: owners, cache managers, batch posters.

use revm::primitives::{Address, U256};

use super::{
    schema::AddressSetSpace,
    storage::{Failure, Result, Store},
};

impl AddressSetSpace {
    /// Whether an address is a member. R.
    pub fn contains(&self, store: &mut dyn Store, member: Address) -> Result<bool> {
        Ok(!store.read(self.place_slot(member))?.is_zero())
    }

    /// Number of members. R.
    pub fn size(&self, store: &mut dyn Store) -> Result<u64> {
        store.read_u64(self.size_slot())
    }

    /// All members in order, at most 65,536 as on the network. R·(1+n).
    pub fn members(&self, store: &mut dyn Store) -> Result<Vec<Address>> {
        let size = self.size(store)?.min(65_536);
        (1..=size)
            .map(|place| store.read_address(self.member_slot(place)))
            .collect()
    }

    /// Adds a member at the end; one that is there already stays where it is. R, or 3R+3W.
    pub fn add(&self, store: &mut dyn Store, member: Address) -> Result<()> {
        if self.contains(store, member)? {
            return Ok(());
        }
        let place = store.read(self.size_slot())?.saturating_add(U256::ONE);
        store.write(self.place_slot(member), place)?;
        store.write(self.member_slot(place.saturating_to()), member.into_word().into())?;
        // The network reads the size once more to raise it.
        store.read(self.size_slot())?;
        store.write(self.size_slot(), place)
    }

    /// Takes a member out; the last one moves to its place. [`Failure::Plain`] for who is no member.
    pub fn remove(&self, store: &mut dyn Store, member: Address) -> Result<()> {
        let place = store.read_u64(self.place_slot(member))?;
        if place == 0 {
            return Err(Failure::Plain);
        }
        store.write(self.place_slot(member), U256::ZERO)?;
        let size = store.read_u64(self.size_slot())?;
        if place < size {
            let last = store.read(self.member_slot(size))?;
            store.write(self.member_slot(place), last)?;
            let last = Address::from_word(last.into());
            store.write(self.place_slot(last), U256::from(place))?;
        }
        store.write(self.member_slot(size), U256::ZERO)?;
        store.write(self.size_slot(), U256::from(size.saturating_sub(1)))
    }

    /// Mends the place of a member that stands in the list but whose place does not say so.
    /// [`Failure::Plain`] when nothing is broken, or when the address is no member.
    pub fn rectify(&self, store: &mut dyn Store, member: Address) -> Result<()> {
        if !self.contains(store, member)? {
            return Err(Failure::Plain);
        }
        let place = store.read_u64(self.place_slot(member))?;
        if store.read_address(self.member_slot(place))? == member && place <= self.size(store)? {
            return Err(Failure::Plain);
        }
        // Its place is forgotten, so that it is added anew.
        store.write(self.place_slot(member), U256::ZERO)?;
        self.add(store, member)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            schema::schema,
            storage::{Free, MemoryLedger},
        },
        *,
    };

    fn who(n: u8) -> Address {
        Address::repeat_byte(n)
    }

    #[test]
    fn test_removal_moves_the_last_member_into_the_gap() {
        let set = schema().chain_owners;
        let mut ledger = MemoryLedger::default();
        let store = &mut Free(&mut ledger);
        for n in [1, 2, 3, 2] {
            set.add(store, who(n)).unwrap();
        }
        assert_eq!(set.members(store).unwrap(), [1, 2, 3].map(who));
        set.remove(store, who(1)).unwrap();
        assert_eq!(set.members(store).unwrap(), [3, 2].map(who));
        assert!(!set.contains(store, who(1)).unwrap());
        set.remove(store, who(2)).unwrap();
        set.remove(store, who(3)).unwrap();
        assert_eq!(set.remove(store, who(3)), Err(Failure::Plain));
        assert_eq!(ledger, MemoryLedger::default(), "nothing is left behind");
    }

    #[test]
    fn test_rectify_acts_on_a_broken_place_only() {
        let set = schema().chain_owners;
        let mut ledger = MemoryLedger::default();
        let store = &mut Free(&mut ledger);
        set.add(store, who(1)).unwrap();
        assert_eq!(set.rectify(store, who(1)), Err(Failure::Plain));
        assert_eq!(set.rectify(store, who(9)), Err(Failure::Plain));
        store.poke(set.place_slot(who(9)), U256::from(1)).unwrap();
        set.rectify(store, who(9)).unwrap();
        assert_eq!(set.members(store).unwrap(), [who(1), who(9)]);
    }
}
