//! What ArbOS has written into the state of a chain before its first transaction.
//!
//! Only what programs, tools or this crate read is here: versions, fee accounts, prices, the Stylus parameters.
//! Where a value stands in ArbOS's own account follows its storage scheme: a space has a key, a space inside it
//! `keccak(parent's key ‖ id)`, and slot `x` of a space stands at `keccak(key ‖ x[0..31])[0..31] ‖ x[31]`.

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use mintage_vm::arbos::{ArbosVersion, StylusParams};
use revm::bytecode::Bytecode;

use crate::state::State;

/// The account that holds ArbOS's state.
pub(crate) const ARBOS_STATE: Address = address!("0xA4B05FffffFffFFFFfFFfffFfffFFfffFfFfFFFf");

/// A space of ArbOS storage, by its key.
#[derive(Clone, Debug)]
pub(crate) struct Space(Vec<u8>);

impl Space {
    /// The root space, whose key is empty.
    pub(crate) const fn root() -> Self {
        Self(Vec::new())
    }

    /// The space `id` inside this one.
    pub(crate) fn open(&self, id: &[u8]) -> Self {
        Self(keccak256([&self.0, id].concat()).to_vec())
    }

    /// Where slot `x` of this space stands in the account's storage.
    pub(crate) fn slot(&self, x: u64) -> U256 {
        self.slot_of(B256::from(U256::from(x)))
    }

    /// As [`Space::slot`], for a whole word.
    pub(crate) fn slot_of(&self, x: B256) -> U256 {
        let mut place = keccak256([&self.0, &x[..31]].concat());
        place.0[31] = x[31];
        place.into()
    }
}

/// What a chain is born with.
#[derive(Clone, Debug)]
pub(crate) struct Genesis {
    pub(crate) arbos: ArbosVersion,
    pub(crate) chain_id: u64,
    pub(crate) min_base_fee_wei: u64,
    pub(crate) base_fee_wei: u64,
    pub(crate) network_fee_account: Address,
    pub(crate) infra_fee_account: Address,
    pub(crate) l1_price_per_unit_wei: U256,
    pub(crate) stylus: StylusParams,
    pub(crate) owners: Vec<Address>,
}

/// Seconds since 1970 that the data pricer counts from on a new chain, and the hours of an activation with it.
const STYLUS_EPOCH: u64 = 1_421_388_000;

/// Precompile addresses (last byte) by the ArbOS version that brought them.
const PRECOMPILES: [(u8, u64); 17] = [
    (0x64, 0),
    (0x65, 0),
    (0x66, 0),
    (0x67, 0),
    (0x68, 0),
    (0x69, 0),
    (0x6b, 0),
    (0x6c, 0),
    (0x6d, 0),
    (0x6e, 0),
    (0x6f, 0),
    (0x70, 0),
    (0x71, 30),
    (0x72, 30),
    (0x73, 41),
    (0x74, 60),
    (0xff, 0),
];

impl Genesis {
    /// Writes ArbOS's account and the marker code of its precompiles.
    pub(crate) fn write(&self, state: &mut State) {
        state.set_nonce(ARBOS_STATE, 1);
        let root = Space::root();
        let fields = [
            (0, U256::from(self.arbos.number())),
            (3, word(self.network_fee_account)),
            (4, U256::from(self.chain_id)),
            (6, word(self.infra_fee_account)),
            (7, U256::from(1)),
        ];
        for (slot, value) in fields {
            state.set_storage(ARBOS_STATE, root.slot(slot), value);
        }
        self.write_l1(state, &root.open(&[0]));
        self.write_l2(state, &root.open(&[1]));
        self.write_owners(state, &root.open(&[4]));
        self.write_programs(state, &root.open(&[8]));
        for (last, since) in PRECOMPILES {
            if since <= self.arbos.number() {
                // So that EXTCODESIZE finds something; what runs is the precompile.
                let address = Address::with_last_byte(last);
                state.set_code(address, Bytecode::new_legacy(Bytes::from_static(&[0xfe])));
            }
        }
    }

    fn write_l1(&self, state: &mut State, l1: &Space) {
        let fields = [
            (1, U256::from(160_000_000u64)),
            (2, U256::from(10)),
            (3, U256::from(10)),
            (7, self.l1_price_per_unit_wei),
            (9, U256::from(210_000)),
        ];
        for (slot, value) in fields {
            state.set_storage(ARBOS_STATE, l1.slot(slot), value);
        }
    }

    fn write_l2(&self, state: &mut State, l2: &Space) {
        let mut fields = vec![
            (0, 7_000_000),
            (1, 32_000_000),
            (2, self.base_fee_wei),
            (3, self.min_base_fee_wei),
            (5, 102),
            (6, 10),
        ];
        if self.arbos.number() >= 50 {
            fields.push((7, 32_000_000));
        }
        for (slot, value) in fields {
            state.set_storage(ARBOS_STATE, l2.slot(slot), U256::from(value));
        }
    }

    /// An address set: size, members from slot 1, and under id 0 the position of each.
    fn write_owners(&self, state: &mut State, owners: &Space) {
        state.set_storage(ARBOS_STATE, owners.slot(0), U256::from(self.owners.len()));
        let positions = owners.open(&[0]);
        for (position, owner) in (1u64..).zip(&self.owners) {
            state.set_storage(ARBOS_STATE, owners.slot(position), word(*owner));
            state.set_storage(ARBOS_STATE, positions.slot_of(owner.into_word()), U256::from(position));
        }
    }

    fn write_programs(&self, state: &mut State, programs: &Space) {
        let params = self.stylus.encode(self.arbos);
        state.set_storage(ARBOS_STATE, programs.open(&[0]).slot(0), params.into());
        // Nothing demanded yet; native code bytes a second; since when; least wei for a byte; inertia.
        let pricer = programs.open(&[3]);
        for (slot, value) in (0..).zip([0, 34_865, STYLUS_EPOCH, 82_928_201, 21_360_419]) {
            state.set_storage(ARBOS_STATE, pricer.slot(slot), U256::from(value));
        }
    }
}

fn word(address: Address) -> U256 {
    address.into_word().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places that were read on chain: the root's version slot and the Stylus parameters.
    #[test]
    fn test_space_places_follow_the_scheme() {
        let root = Space::root();
        let mut expected = keccak256([0u8; 31]);
        expected.0[31] = 0;
        assert_eq!(root.slot(0), U256::from_be_bytes(expected.0));
        assert_eq!(root.slot(3), root.slot(0) + U256::from(3));
        assert_ne!(root.slot(256), root.slot(0) + U256::from(256));
        let programs = root.open(&[8]);
        assert_eq!(programs.0, keccak256([8u8]).to_vec());
        assert_eq!(programs.open(&[0]).0, keccak256([keccak256([8u8]).as_slice(), &[0]].concat()).to_vec());
    }
}
